package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"strconv"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
	"ferry/ftpsvc/wire"
)

var (
	_ vfs.ModTimeSetter = (*Session)(nil)
	_ vfs.ModeSetter    = (*Session)(nil)
	_ vfs.Symlinker     = (*Session)(nil)

	_ vfs.AttributeSetter = (*Session)(nil)
	_ vfs.Hasher          = (*Session)(nil)
	_ vfs.SpaceTeller     = (*Session)(nil)
	_ vfs.Quoter          = (*Session)(nil)
	_ vfs.Follower        = (*Session)(nil)
	_ vfs.LinkReader      = (*Session)(nil)
	_ vfs.Prober          = (*Session)(nil)
	_ vfs.Dater           = (*Session)(nil)
	_ vfs.Renamer         = (*Session)(nil)
	_ vfs.Finisher        = (*Session)(nil)
)

// unsupported reports a reply by which a server says that it does not know a command.
func unsupported(r vfs.Reply) bool {
	switch r.Code {
	case 202, 500, 501, 502, 503, 504:
		return true
	}
	return false
}

// tryAll sends the commands one after the other until the server knows one.
// The first that it takes comes first from then on, so that each costs one round trip.
func (s *Session) tryAll(ctx context.Context, kind string, cmds []string) (vfs.Reply, error) {
	if len(cmds) == 0 || s.without(kind) {
		return vfs.Reply{}, vfs.ErrUnsupported
	}
	first := s.preferred(kind)
	var last vfs.Reply
	for i := range cmds {
		k := (first + i) % len(cmds)
		r, err := s.t.Exec(ctx, cmds[k])
		if err != nil {
			return r, err
		}
		if r.Code/100 == 2 && r.Code != 202 {
			s.prefer(kind, k)
			return r, nil
		}
		query := false
		if !unsupported(r) {
			if query, err = s.tookForName(ctx, cmds[k], r); err != nil {
				return r, err
			}
		}
		if !unsupported(r) && !query {
			return r, &wire.ReplyError{Reply: r}
		}
		last = r
	}
	s.lacks(kind)
	return last, &vfs.Error{Op: kind, Reply: last, Err: vfs.ErrUnsupported}
}

// tookForName reports a refusal of MDTM with a time by a server that knows MDTM
// as a query only, and took the time for the beginning of the name: the file
// is there when it is asked about without.
func (s *Session) tookForName(ctx context.Context, cmd string, r vfs.Reply) (bool, error) {
	arg, ok := strings.CutPrefix(cmd, "MDTM ")
	if !ok || r.Code != 550 {
		return false, nil
	}
	_, path, _ := strings.Cut(arg, " ")
	answer, err := s.t.Exec(ctx, "MDTM "+path)
	_, there := timeIn(answer)
	return there, err
}

func (s *Session) without(kind string) bool {
	s.info.Lock()
	defer s.info.Unlock()
	return s.choice[kind] < 0
}

func (s *Session) preferred(kind string) int {
	s.info.Lock()
	defer s.info.Unlock()
	return s.choice[kind]
}

func (s *Session) prefer(kind string, k int) {
	s.info.Lock()
	defer s.info.Unlock()
	if s.choice == nil {
		s.choice = map[string]int{}
	}
	s.choice[kind] = k
}

// lacks notes that the server knows no command for something.
func (s *Session) lacks(kind string) {
	s.prefer(kind, -1)
	s.dropCap(kind)
	if q := lasting[kind]; q != "" {
		s.learn(func(l *vfs.Learned) { l.Quirks = withQuirk(l.Quirks, q) })
	}
}

// lasting are what a server lacks that is remembered of an account: it decides
// about things before the server could be asked.
var lasting = map[string]string{"set time": "no-set-time", "rename": "no-rename"}

func (s *Session) dropCap(kind string) {
	s.info.Lock()
	defer s.info.Unlock()
	switch kind {
	case "restart":
		s.caps.REST = false
	case "set time":
		s.caps.SetModTime = false
	case "set permissions":
		s.caps.SetMode = false
	case "make link":
		s.caps.Symlink = false
	case "tell space":
		s.caps.Space = false
	}
}

// knownLacks takes over what the server was found to lack before: remembered
// of the account, or by the session that this one is like.
func (s *Session) knownLacks(l vfs.Learned) {
	for kind, q := range lasting {
		if l.Quirks[q] {
			s.prefer(kind, -1)
		}
	}
	s.info.Lock()
	choice := maps.Clone(s.choice)
	s.info.Unlock()
	for kind, k := range choice {
		if k < 0 {
			s.dropCap(kind)
		}
	}
}

// extra is do for commands that only some servers know.
func (s *Session) extra(ctx context.Context, op, path string, cmds func() []string) (vfs.Reply, error) {
	var r vfs.Reply
	err := s.do(ctx, op, path, func() error {
		var err error
		r, err = s.tryAll(ctx, op, cmds())
		var ve *vfs.Error
		if errors.As(err, &ve) {
			ve.Path = path
		} else if errors.Is(err, vfs.ErrUnsupported) {
			return &vfs.Error{Op: op, Path: path, Err: vfs.ErrUnsupported}
		}
		return err
	})
	return r, err
}

// SetModTime implements vfs.ModTimeSetter: by MFMT, by MDTM with two
// arguments (vsftpd), or by SITE UTIME in its newer and older form.
func (s *Session) SetModTime(ctx context.Context, path string, t time.Time) error {
	_, err := s.extra(ctx, "set time", path, func() []string { return s.timeCommands(path, t) })
	return err
}

func (s *Session) timeCommands(path string, t time.Time) (cmds []string) {
	for _, f := range s.timeForms() {
		cmds = append(cmds, f(path, t.UTC().Format(timeStamp)))
	}
	return cmds
}

const timeStamp = "20060102150405"

// timeForm makes a command that sets a file's time, of the path and a stamp in UTC.
type timeForm func(path, stamp string) string

func (s *Session) timeForms() []timeForm {
	out := make([]timeForm, 0, 4)
	if s.facts.has("MFMT") {
		out = append(out, func(path, stamp string) string { return "MFMT " + stamp + " " + path })
	}
	if s.facts.has("MDTM") || len(s.facts.feat) == 0 {
		out = append(out, func(path, stamp string) string { return "MDTM " + stamp + " " + path })
	}
	return append(out,
		func(path, stamp string) string { return "SITE UTIME " + stamp + " " + path },
		func(path, stamp string) string {
			return "SITE UTIME " + path + " " + stamp + " " + stamp + " " + stamp + " UTC"
		})
}

// timeCommand is the command by which this server has set a time before, ""
// when none has, or t is zero.
func (s *Session) timeCommand(path string, t time.Time) string {
	s.info.Lock()
	k, known := s.choice["set time"]
	s.info.Unlock()
	if t.IsZero() || !known || k < 0 {
		return ""
	}
	return s.timeForms()[k](path, t.UTC().Format(timeStamp))
}

// SetMode implements vfs.ModeSetter, by SITE CHMOD.
func (s *Session) SetMode(ctx context.Context, path string, m fs.FileMode) error {
	_, err := s.extra(ctx, "set permissions", path, func() []string { return []string{chmodCommand(path, m)} })
	return err
}

func chmodCommand(path string, m fs.FileMode) string {
	bits := uint32(m.Perm())
	for k, v := range map[fs.FileMode]uint32{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if m&k != 0 {
			bits |= v
		}
	}
	return fmt.Sprintf("SITE CHMOD %03o %s", bits, path)
}

// Symlink implements vfs.Symlinker, by SITE SYMLINK.
func (s *Session) Symlink(ctx context.Context, target, path string) error {
	if err := s.check("make link", target); err != nil {
		return err
	}
	_, err := s.extra(ctx, "make link", path, func() []string { return []string{"SITE SYMLINK " + target + " " + path} })
	return err
}

// Space implements vfs.SpaceTeller, by AVBL.
func (s *Session) Space(ctx context.Context, path string) (int64, error) {
	r, err := s.extra(ctx, "tell space", path, func() []string {
		if !s.facts.has("AVBL") {
			return nil
		}
		return []string{"AVBL " + path}
	})
	if err != nil {
		return 0, err
	}
	for _, w := range strings.Fields(strings.Join(r.Lines, " ")) {
		if n, err := strconv.ParseInt(w, 10, 64); err == nil && n >= 0 {
			return n, nil
		}
	}
	return 0, &vfs.Error{Op: "tell space", Path: path, Reply: r, Err: vfs.ErrUnsupported}
}

// Hash implements vfs.Hasher: by HASH (draft-bryan-ftp-hash), with RANG for a
// part, or by the older X commands, whose arguments are start and end.
func (s *Session) Hash(ctx context.Context, algo, path string, off, n int64) (string, error) {
	const op = "hash"
	var digest string
	err := s.do(ctx, op, path, func() error {
		r, err := s.hash(ctx, algo, path, off, n)
		if err != nil {
			return err
		}
		if digest = findDigest(algo, strings.Join(r.Lines, " ")); digest == "" {
			return &vfs.Error{Op: op, Path: path, Reply: r, Err: vfs.ErrUnsupported}
		}
		return nil
	})
	return digest, err
}

func (s *Session) hash(ctx context.Context, algo, path string, off, n int64) (vfs.Reply, error) {
	name := map[string]string{"crc32": "CRC32", "md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512"}[algo]
	verbs := map[string][]string{"crc32": {"XCRC"}, "md5": {"XMD5"}, "sha1": {"XSHA1", "XSHA"}, "sha256": {"XSHA256"}, "sha512": {"XSHA512"}}[algo]
	whole := off == 0 && n < 0
	if s.facts.hasParam("HASH", name) && name != "" && (whole || s.facts.has("RANG")) {
		cmds := []string{"OPTS HASH " + name}
		if !whole {
			end := int64(1<<63 - 1)
			if n >= 0 {
				end = off + n - 1
			}
			cmds = append(cmds, fmt.Sprintf("RANG %d %d", off, end))
		}
		r, err := s.t.Pipeline(ctx, append(cmds, "HASH "+path)...)
		if err != nil {
			return vfs.Reply{}, err
		}
		return s.hashReply(path, r[len(r)-1])
	}
	for _, v := range verbs {
		if !s.facts.has(v) {
			continue
		}
		line := v + " " + path
		if !whole {
			if n < 0 {
				break
			}
			line = fmt.Sprintf(`%s "%s" %d %d`, v, path, off, off+n)
		}
		r, err := s.t.Exec(ctx, line)
		if err != nil {
			return r, err
		}
		return s.hashReply(path, r)
	}
	return vfs.Reply{}, &vfs.Error{Op: "hash", Path: path, Err: vfs.ErrUnsupported}
}

func (s *Session) hashReply(path string, r vfs.Reply) (vfs.Reply, error) {
	switch {
	case r.Code/100 == 2:
		return r, nil
	case unsupported(r):
		return r, &vfs.Error{Op: "hash", Path: path, Reply: r, Err: vfs.ErrUnsupported}
	}
	return r, &wire.ReplyError{Reply: r}
}

// findDigest finds the one word that can be a digest of the algorithm.
func findDigest(algo, text string) string {
	size := map[string]int{"crc32": 8, "md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}[algo]
	for _, w := range strings.Fields(text) {
		w = strings.ToLower(strings.Trim(w, `"'.,;:`))
		if len(w) == size && strings.Trim(w, "0123456789abcdef") == "" {
			return w
		}
		if algo == "crc32" && len(w) >= 6 && len(w) < 8 && strings.Trim(w, "0123456789abcdef") == "" {
			return strings.Repeat("0", 8-len(w)) + w
		}
	}
	return ""
}

// Size asks for a file's size in bytes, in image type (RFC 3659 section 4).
func (s *Session) Size(ctx context.Context, path string) (int64, error) {
	var n int64
	err := s.do(ctx, "ask size", path, func() error {
		r, err := s.t.Exec(ctx, "SIZE "+path)
		if err != nil {
			return err
		}
		var ok bool
		if n, ok = sizeIn(r); !ok {
			return s.why(ctx, "ask size", path, &wire.ReplyError{Reply: r})
		}
		return nil
	})
	return n, err
}

// sizeIn reads a reply to SIZE. Some servers put words around the number.
func sizeIn(r vfs.Reply) (int64, bool) {
	if r.Code/100 != 2 || len(r.Lines) == 0 {
		return 0, false
	}
	text := strings.TrimSpace(r.Lines[len(r.Lines)-1])
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, n >= 0
	}
	n, found := int64(0), false
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		v, err := strconv.ParseInt(w, 10, 64)
		if err != nil || (found && v != n) {
			return 0, false // several numbers: no telling which
		}
		n, found = v, true
	}
	return n, found && !strings.Contains(text, "-")
}

// ModTime asks for a file's time by MDTM, in UTC (RFC 3659 section 3).
func (s *Session) ModTime(ctx context.Context, path string) (time.Time, error) {
	var t time.Time
	err := s.do(ctx, "ask time", path, func() error {
		r, err := s.t.Exec(ctx, "MDTM "+path)
		if err != nil {
			return err
		}
		var ok bool
		if t, ok = timeIn(r); !ok {
			return s.why(ctx, "ask time", path, &wire.ReplyError{Reply: r})
		}
		return nil
	})
	return t, err
}

// timeIn reads a reply to MDTM, fractions and the year 19100 of servers with
// the Y2K fault included.
func timeIn(r vfs.Reply) (time.Time, bool) {
	if r.Code/100 != 2 || len(r.Lines) == 0 {
		return time.Time{}, false
	}
	f := strings.Fields(r.Lines[len(r.Lines)-1])
	if len(f) == 0 {
		return time.Time{}, false
	}
	text, _, _ := strings.Cut(f[0], ".")
	if len(text) == 15 && strings.HasPrefix(text, "191") {
		if n, err := strconv.Atoi(text[2:5]); err == nil {
			text = strconv.Itoa(1900+n) + text[5:]
		}
	}
	t, err := time.Parse("20060102150405", text)
	return t, err == nil
}

// RawList copies the bytes of a listing to w: cmd is LIST, MLSD or NLST with
// its arguments.
func (s *Session) RawList(ctx context.Context, cmd string, w io.Writer) error {
	return s.call(ctx, "list", cmd, func() error {
		s.t.OnCount(nil)
		return s.transfer(func() error {
			s.t.NextData(cmd)
			resp, err := s.c.Retr("listing")
			if err != nil {
				return err
			}
			return s.lend(ctx, resp, func(r io.Reader) error {
				_, err := io.Copy(w, r)
				return err
			})
		})
	})
}

// DataSessions is how many data connections used TLS so far, and how many of
// them resumed the control connection's session.
func (s *Session) DataSessions() (all, resumed int) { return s.t.DataSessions() }
