package session

import (
	"context"
	"errors"
	"io"
	"strings"

	"ferry/ftpsvc/listing"
	"ferry/ftpsvc/vfs"
	"ferry/ftpsvc/wire"
)

// The commands of a listing, the best one first.
const (
	wayMLSD = "MLSD"
	wayAll  = "LIST -a"
	wayList = "LIST"
	wayNLST = "NLST"
)

// errNextWay says that the server does not bear a listing command.
var errNextWay = errors.New("the server does not bear this listing command")

// list tries the commands in turn, until one tells of the folder.
func (s *Session) list(ctx context.Context, dir string, info *vfs.ListInfo, yield func(vfs.Batch) error) error {
	ways := s.ways()
	taken := info.Taken
	var unread vfs.ListInfo
	for i, way := range ways {
		z := &zoneProbe{loc: s.location()}
		rows := 0
		*info = vfs.ListInfo{Dir: dir, Command: way, Taken: taken}
		err := s.transfer(func() error {
			return s.listBy(ctx, way, dir, info, func(b vfs.Batch) error {
				rows += b.Len()
				z.look(b)
				return yield(b)
			})
		})
		last := i == len(ways)-1
		switch {
		case errors.Is(err, errNextWay) && !last && rows == 0:
			s.noteRefused(way)
			continue
		case err == nil && !last && rows == 0 && info.Unknown > 0 && info.Format == "unknown":
			unread = *info // no reader knew a single line
			s.noteRefused(way)
			continue
		case err == nil && way == wayAll && rows == 0 && info.Noise == 0 && s.hiddenUnknown():
			continue // "-a" may have been taken for a name
		case err != nil && unread.Unknown > 0:
			*info = unread // better than nothing: its lines can be looked at
			return nil
		}
		if err == nil {
			s.noteWay(way, info, rows)
			s.measureZone(ctx, dir, z)
		}
		return err
	}
	return nil
}

// ways are the commands worth trying, the best first.
func (s *Session) ways() []string {
	s.info.Lock()
	defer s.info.Unlock()
	switch strings.ToLower(s.e.List) {
	case "mlsd":
		return []string{wayMLSD}
	case "list":
		return []string{wayList}
	case "list-a":
		return []string{wayAll}
	case "nlst":
		return []string{wayNLST}
	}
	var out []string
	// pyftpdlib's MLSD shows links as what they point to, so that deleting a
	// tree would leave it; its LIST tells the truth, and hidden names unasked.
	if s.facts.mlst && !s.facts.followsLinks() && s.choice[wayMLSD] >= 0 {
		out = append(out, wayMLSD)
	}
	if s.choice[wayAll] >= 0 && !s.facts.followsLinks() && s.facts.unixLike() {
		out = append(out, wayAll)
	}
	if s.choice[wayList] >= 0 {
		out = append(out, wayList)
	}
	return append(out, wayNLST)
}

// unixLike reports whether LIST may take the options of ls. Where names are not
// Unix's, "-a" is a name.
func (f *facts) unixLike() bool {
	if f.style != vfs.Slash {
		return false
	}
	up := strings.ToUpper(f.system)
	for _, other := range []string{"VMS", "MVS", "OS/400", "VM/CMS", "Z/VM", "Z/OS", "TANDEM", "NONSTOP", "GUARDIAN", "NETWARE", "OS/2", "VXWORKS", "MACOS", "WINDOWS"} {
		if strings.Contains(up, other) {
			return false
		}
	}
	return true
}

func (s *Session) hiddenUnknown() bool {
	s.info.Lock()
	defer s.info.Unlock()
	return s.choice[wayAll] == 0
}

// noteRefused remembers that the server does not bear a command.
func (s *Session) noteRefused(way string) {
	s.prefer(way, -1)
	s.learn(func(l *vfs.Learned) {
		switch way {
		case wayMLSD:
			l.MLSDBad = true
		case wayAll:
			l.ListAll = "no"
		}
	})
}

// noteWay remembers the command that told of a folder.
func (s *Session) noteWay(way string, info *vfs.ListInfo, rows int) {
	s.info.Lock()
	s.command = way
	s.info.Unlock()
	if s.e.List != "" || rows == 0 && info.Noise == 0 || !s.hiddenUnknown() {
		return
	}
	switch way {
	case wayAll:
		s.prefer(wayAll, 1)
		s.learn(func(l *vfs.Learned) { l.ListAll = "yes" })
	case wayList:
		if s.facts.unixLike() && !s.facts.followsLinks() {
			s.noteRefused(wayAll) // tried before, and told of nothing
		}
	}
}

// knownWays takes over what was learned of the account before.
func (s *Session) knownWays(l vfs.Learned) {
	s.info.Lock()
	if s.zone == "" {
		s.zone = l.Zone
	}
	s.info.Unlock()
	s.knownLacks(l)
	if l.MLSDBad {
		s.prefer(wayMLSD, -1)
	}
	switch l.ListAll {
	case "yes":
		s.prefer(wayAll, 1)
	case "no":
		s.prefer(wayAll, -1)
	}
}

// listBy runs one command. A folder with a plain name is told with the command.
// Servers may take another name for a pattern, an option or another account's
// home, or shorten it; so such a folder is entered first.
func (s *Session) listBy(ctx context.Context, way, dir string, info *vfs.ListInfo, yield func(vfs.Batch) error) error {
	if !s.plainPath(way, dir) {
		return s.listInside(ctx, way, dir, info, yield)
	}
	held := &holdBack{yield: yield}
	err := s.listArg(ctx, way, dir, info, held.take)
	switch {
	case err != nil:
		return err
	case way == wayMLSD, held.rows > 1, held.rows == 1 && held.first.At(0).Name != s.Style().Base(dir):
		return held.release()
	case held.rows == 0 && info.Unknown > 0: // a complaint, or the link that dir is
		return s.listInside(ctx, way, dir, info, yield)
	}
	// vsftpd calls a folder empty that is not there, and ls shows a file, or a
	// link, that it is asked about: only going there tells.
	r, err := s.t.Exec(ctx, "CWD "+dir)
	switch {
	case err != nil:
		return err
	case r.Code/100 != 2:
		s.cwd = ""
		return s.notThere(ctx, dir, r, held.rows > 0)
	}
	s.cwd = dir
	if held.rows == 1 && held.first.At(0).Kind == vfs.Link {
		return s.listInside(ctx, way, dir, info, yield)
	}
	return held.release()
}

// notThere is the error of a folder that cannot be entered. exists says that
// something bears its name.
func (s *Session) notThere(ctx context.Context, dir string, r vfs.Reply, exists bool) error {
	if exists {
		return &vfs.Error{Op: "list", Path: dir, Reply: r, Err: joined{vfs.ErrRefused, errors.New("not a folder")}}
	}
	return s.why(ctx, "list", dir, &wire.ReplyError{Reply: r})
}

// plainPath reports whether a server can be told the folder with the command.
func (s *Session) plainPath(way, dir string) bool {
	if s.Style() != vfs.Slash || way == wayAll && s.hiddenUnknown() || !strings.HasPrefix(dir, "/") {
		return false
	}
	if way == wayMLSD {
		return !strings.ContainsAny(dir, "*?[]{}") && !strings.HasSuffix(dir, " ")
	}
	for _, c := range []byte(dir) {
		if c <= ' ' || c == 0x7F || strings.IndexByte("*?[]{}()~;&|<>$`'\"\\!#%", c) >= 0 {
			return false
		}
	}
	return !strings.Contains(dir, "/-")
}

// listArg sends the command with the folder behind it.
func (s *Session) listArg(ctx context.Context, way, dir string, info *vfs.ListInfo, yield func(vfs.Batch) error) error {
	err := s.listCommand(ctx, way, way+" "+dir, dir, info, yield)
	r := replyIn(err)
	switch {
	case r.Code == 0 || errors.Is(err, errNextWay):
		return err
	case emptyFolder(r): // or not there at all
		return s.listInside(ctx, way, dir, info, yield)
	}
	return s.why(ctx, "list", dir, err)
}

// listInside goes into the folder and sends the command alone.
func (s *Session) listInside(ctx context.Context, way, dir string, info *vfs.ListInfo, yield func(vfs.Batch) error) error {
	if s.cwd != dir {
		r, err := s.t.PipelineAhead(ctx, "CWD "+dir)
		if err != nil {
			return err
		}
		if r[0].Code/100 != 2 {
			s.cwd = ""
			return s.notThere(ctx, dir, r[0], false)
		}
		s.cwd = dir
	}
	err := s.listCommand(ctx, way, way, dir, info, yield)
	if emptyFolder(replyIn(err)) {
		return nil // the folder is there, so it holds nothing
	}
	return err
}

// listCommand sends a listing command and reads what comes.
func (s *Session) listCommand(ctx context.Context, way, line, dir string, info *vfs.ListInfo, yield func(vfs.Batch) error) error {
	s.t.OnCount(nil)
	s.t.NextData(line)
	resp, err := s.c.Retr("listing")
	if err != nil {
		if r := replyIn(err); unsupported(r) && (r.Code != 501 || way == wayAll) { // 501 of MLSD: not a folder
			return errors.Join(errNextWay, err)
		}
		return err
	}
	return s.lend(ctx, resp, func(r io.Reader) error {
		o := listing.Options{Command: way, Dir: dir, Location: s.location(), Decode: s.decode}
		read, err := listing.Read(ctx, r, o, yield)
		read.Dir, read.Command, read.Taken = dir, info.Command, info.Taken
		*info = read
		return err
	})
}

// holdBack keeps a first row to itself until there is a second one: a listing
// of one row may be of the thing asked for, not of what it holds.
type holdBack struct {
	yield func(vfs.Batch) error
	first vfs.Batch
	rows  int
}

func (h *holdBack) take(b vfs.Batch) error {
	h.rows += b.Len()
	if h.rows == 1 {
		h.first = b
		return nil
	}
	if err := h.release(); err != nil {
		return err
	}
	return h.yield(b)
}

func (h *holdBack) release() error {
	b := h.first
	h.first = nil
	if b == nil {
		return nil
	}
	return h.yield(b)
}

// emptyFolder reports the replies by which servers say that a folder, which is
// there, holds nothing: 450 and 550 with such words (z/OS, ProFTPD, IIS), or the
// completion alone.
func emptyFolder(r vfs.Reply) bool {
	text := strings.ToLower(strings.Join(r.Lines, " "))
	switch r.Code {
	case 226, 250:
		return true
	case 450, 550, 426, 551:
		return has(text, "no files", "no data sets", "no members", "no such file", "not found", "empty", "no file", "no entries", "nothing found", "no match")
	}
	return false
}
