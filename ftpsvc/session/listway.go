package session

import (
	"context"
	"errors"
	"io"
	"io/fs"
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
func (s *Session) list(ctx context.Context, dir string, info *vfs.ListInfo, to rowSink) error {
	ways := s.ways()
	taken := info.Taken
	var unread *vfs.ListInfo // of a command whose lines no reader knew
	var mute []string        // such commands
	for i, way := range ways {
		in := s.newInbox(way, to)
		*info = vfs.ListInfo{Dir: dir, Command: way, Taken: taken}
		err := s.transfer(func() error {
			return s.listBy(ctx, way, dir, info, in.sink())
		})
		last := i == len(ways)-1
		switch {
		case errors.Is(err, errNextWay) && !last && in.count == 0:
			s.noteRefused(way)
			continue
		case err == nil && in.count == 0 && info.Unknown > 0 && info.Format == "unknown" && !last && !s.isRefusal(way, info):
			read := *info
			unread, mute = &read, append(mute, way)
			continue
		case err == nil && way == wayAll && in.count == 0 && info.Noise == 0 && info.Unknown == 0 && s.hiddenUnknown():
			continue // "-a" may have been taken for a name
		case unread != nil && in.count == 0:
			*info = *unread // better than nothing: its lines can be looked at
			return nil
		}
		loc := in.loc
		if err == nil {
			s.noteWay(way, info, in.count)
			s.noteMute(mute, way, in.count)
			loc = s.measureZone(ctx, dir, in)
		}
		if e := in.settle(loc); err == nil {
			err = e
		}
		return err
	}
	return nil
}

// isRefusal reports that a listing is nothing but the server's complaint about
// the folder, which no other command makes better.
func (s *Session) isRefusal(way string, info *vfs.ListInfo) bool {
	if way == wayMLSD || way == wayAll && s.hiddenUnknown() { // it may be about the command
		return false
	}
	for _, u := range info.Unread {
		if u.Why != listing.WhyComplaint {
			return false
		}
	}
	return true
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
	if rows > 0 && way != wayAll {
		s.prefer(way, 1)
	}
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

// maxMute is how many folders a command may leave unread before it is given up.
const maxMute = 3

// noteMute remembers the commands whose answer no reader knew, where another
// one told of the folder. That it has names proves little: the folder may be
// an odd one, so NLST has to be better several times, and is so for this login.
func (s *Session) noteMute(mute []string, way string, rows int) {
	for _, m := range mute {
		switch {
		case rows == 0 || s.preferred(m) > 0: // it worked before
		case way != wayNLST:
			s.noteRefused(m)
		default:
			if n := s.preferred("mute "+m) + 1; n < maxMute {
				s.prefer("mute "+m, n)
			} else {
				s.prefer(m, -1)
			}
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
func (s *Session) listBy(ctx context.Context, way, dir string, info *vfs.ListInfo, to rowSink) error {
	if !s.plainPath(way, dir) {
		return s.listInside(ctx, way, dir, info, to)
	}
	held := &holdBack{to: to}
	err := s.listArg(ctx, way, dir, info, held.sink())
	switch {
	case err != nil:
		return err
	case way == wayMLSD, held.rows > 1, held.rows == 1 && held.first.At(0).Name != s.Style().Base(dir):
		return held.release()
	case held.rows == 0 && info.Unknown > 0: // a complaint, or the link that dir is
		return s.listInside(ctx, way, dir, info, to)
	}
	// vsftpd calls a folder empty that is not there. ls shows a file, or a link,
	// that it is asked about, and vsftpd a folder that it may not read: only going
	// there tells.
	r, err := s.t.Exec(ctx, "CWD "+dir)
	switch {
	case err != nil:
		return err
	case r.Code/100 != 2:
		s.cwd = ""
		return s.notThere(ctx, dir, r, held.rows > 0)
	}
	s.cwd = dir
	if held.rows != 1 {
		return nil
	}
	kind := held.first.At(0).Kind
	err = s.listInside(ctx, way, dir, info, to)
	if err == nil && kind == vfs.Dir && info.Entries == 0 && info.Unknown == 0 { // it holds nothing, not even the row that bears its name
		return &vfs.Error{Op: "list", Path: dir, Err: joined{fs.ErrPermission, errors.New("the server shows the folder itself and nothing of what it holds")}}
	}
	return err
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
	if way != wayMLSD && !s.facts.has("TVFS") {
		return false // only RFC 3659 section 6 promises that a path is understood; some list the current folder
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
func (s *Session) listArg(ctx context.Context, way, dir string, info *vfs.ListInfo, to rowSink) error {
	err := s.listCommand(ctx, way, way+" "+dir, dir, info, to)
	r := replyIn(err)
	switch {
	case r.Code == 0 || errors.Is(err, errNextWay):
		return err
	case emptyFolder(r): // or not there at all
		return s.listInside(ctx, way, dir, info, to)
	}
	return s.why(ctx, "list", dir, err)
}

// listInside goes into the folder and sends the command alone.
func (s *Session) listInside(ctx context.Context, way, dir string, info *vfs.ListInfo, to rowSink) error {
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
	err := s.listCommand(ctx, way, way, dir, info, to)
	if emptyFolder(replyIn(err)) {
		return nil // the folder is there, so it holds nothing
	}
	return err
}

// listCommand sends a listing command and reads what comes.
func (s *Session) listCommand(ctx context.Context, way, line, dir string, info *vfs.ListInfo, to rowSink) error {
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
		o := listing.Options{Command: way, Dir: dir, Decode: s.decode, Anew: to.anew}
		o.Now, o.Location = s.clock(way)
		read, err := listing.Read(ctx, r, o, to.rows)
		read.Dir, read.Command, read.Taken = dir, info.Command, info.Taken
		*info = read
		return err
	})
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
