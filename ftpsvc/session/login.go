package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jlaffaye/ftp"

	"ferry/ftpsvc/vfs"
	"ferry/ftpsvc/wire"
)

// open connects and logs in; what the user must be asked in between may take
// so long that it begins anew, with the answer.
func (s *Session) open(ctx context.Context) error {
	known := s.learned()
	s.familiar = s.o.Like != nil || known.Data != ""
	for {
		again, err := s.attempt(ctx, known)
		if !again {
			return err
		}
		known = s.learned()
	}
}

func (s *Session) learned() vfs.Learned {
	var l vfs.Learned
	if s.o.Memory != nil {
		l = s.o.Memory.Learned(s.e.Key())
	}
	if s.o.Like != nil && s.o.Like.Info().Data != "" {
		l.Data = s.o.Like.Info().Data
	}
	return l
}

func (s *Session) learn(change func(*vfs.Learned)) {
	if s.o.Memory != nil {
		s.o.Memory.Learn(s.e.Key(), change)
	}
}

// attempt is one try from connecting to being logged in.
func (s *Session) attempt(ctx context.Context, known vfs.Learned) (again bool, err error) {
	w, err := s.wireOptions(known)
	if err != nil {
		return false, err
	}
	t, err := dial(ctx, w)
	if err == nil {
		s.t = t
		asked := time.Now()
		if err = s.start(ctx, known); err == nil {
			return false, nil
		}
		// A server that grew tired while the user was thinking is dialled again.
		again = s.clearOK && !t.Alive() && time.Since(asked) > 5*time.Second && !s.tired
		s.tired = again
		if slices.Contains(t.Learned(), wire.QuirkNoPipeline) && !s.single {
			s.single, again = true, true
			s.learn(func(l *vfs.Learned) { l.Quirks = withQuirk(l.Quirks, wire.QuirkNoPipeline) })
		}
		t.Close()
	}
	var u *untrusted
	if errors.As(err, &u) {
		err = s.askTrust(ctx, u)
		return err == nil, err
	}
	return again, s.connectFail("connect", err)
}

func (s *Session) start(ctx context.Context, known vfs.Learned) error {
	if known.Data != "" && s.e.Data == vfs.DataAuto {
		s.t.StartMode(known.Data)
		s.data = known.Data
	}
	if err := s.secure(ctx); err != nil {
		return err
	}
	if err := s.mayTellPassword(ctx); err != nil {
		return err
	}
	if err := s.login(ctx); err != nil {
		return err
	}
	if err := s.setUp(ctx); err != nil {
		return err
	}
	s.knownWays(known)
	return s.attach()
}

func (s *Session) wireOptions(known vfs.Learned) (wire.Options, error) {
	charset := s.e.Charset
	if charset == "auto" && known.Charset != "" {
		charset = known.Charset
	}
	codec, err := wire.NewCodec(charset)
	if err != nil {
		return wire.Options{}, &vfs.Error{Op: "connect", Path: s.e.Addr(), Err: joined{vfs.ErrUsage, err}}
	}
	ports, err := portRange(s.e.ActivePorts)
	if err != nil {
		return wire.Options{}, &vfs.Error{Op: "connect", Path: s.e.Addr(), Err: joined{vfs.ErrUsage, err}}
	}
	conf, err := s.tlsConfig()
	if err != nil {
		return wire.Options{}, &vfs.Error{Op: "connect", Path: s.e.Addr(), Err: joined{vfs.ErrUsage, err}}
	}
	way, err := s.route()
	if err != nil {
		return wire.Options{}, &vfs.Error{Op: "connect", Path: s.e.Addr(), Err: joined{vfs.ErrUsage, err}}
	}
	s.proxy, s.wireAddr = way.login, way.addr
	return wire.Options{
		Addr: way.addr, Dial: way.dial, DataHost: way.dataHost, Implicit: s.e.TLS == vfs.TLSImplicit, TLS: conf, Mode: s.e.Data, TrustPASV: s.e.TrustPASV, ActiveAddr: s.e.ActiveAddr, ActivePorts: ports,
		Quirks: s.quirks(known), Codec: codec, Buffer: s.e.SocketBuffer, Timeout: s.e.Timeout, DataIdle: s.e.DataIdle,
		Keep: s.keepDuringData(), Sendfile: !s.o.NoSendfile, Limits: s.o.Limits, Trace: s.tracer(), Secrets: s.secrets(way),
	}, nil
}

// quirks are what is remembered of the account, and what was found out in this call of Open.
func (s *Session) quirks(known vfs.Learned) map[string]bool {
	q := known.Quirks
	if s.o.Like != nil {
		q = s.o.Like.t.Quirks()
	}
	if s.single {
		return withQuirk(q, wire.QuirkNoPipeline)
	}
	return q
}

func withQuirk(m map[string]bool, name string) map[string]bool {
	m = maps.Clone(m)
	if m == nil {
		m = map[string]bool{}
	}
	m[name] = true
	return m
}

func (s *Session) secrets(way route) []string {
	list := []string{s.o.Password}
	if way.login != nil {
		list = append(list, way.login.pass)
	}
	return list
}

func (s *Session) tracer() func(int, byte, string) {
	if s.o.Log == nil {
		return nil
	}
	return func(level int, dir byte, text string) {
		if int32(level) <= s.level.Load() {
			s.o.Log(Trace{Time: time.Now(), Level: level, Dir: dir, Text: text})
		}
	}
}

// login sends USER, PASS and, where asked, ACCT (RFC 959 section 4.1.1).
func (s *Session) login(ctx context.Context) error {
	banner := s.t.Banner()
	s.welcome = append([]string(nil), banner.Lines...)
	if banner.Code == 230 { // logged in by the greeting
		return nil
	}
	user := s.e.User
	if s.proxy != nil {
		var err error
		if user, err = s.enterProxy(ctx, s.proxy); err != nil {
			return err
		}
	}
	r, err := s.user(ctx, user)
	cause := vfs.ErrLogin
	for step := 0; err == nil && step < 4; step++ {
		switch {
		case r.Code == 331:
			r, err = s.pass(ctx)
		case r.Code == 332:
			var acct string
			if acct, err = s.account(ctx, r); err == nil {
				r, err = s.t.Exec(ctx, "ACCT "+acct)
				cause = joined{vfs.ErrLogin, vfs.ErrAccount}
			}
		case r.Code/100 == 2:
			s.welcome = append(s.welcome, r.Lines...)
			return nil
		case errors.Is(sentinelOf(r), vfs.ErrLogin):
			return &vfs.Error{Op: "log in", Path: s.e.Addr(), Reply: r, Err: cause}
		default:
			return s.connectFail("log in", &wire.ReplyError{Reply: r})
		}
	}
	if err == nil {
		err = &wire.ReplyError{Reply: r} // 331 again and again
	}
	return s.connectFail("log in", err)
}

// user sends USER. A session Like another one sends all of the login in one
// packet: what the server answers to it is known.
func (s *Session) user(ctx context.Context, name string) (vfs.Reply, error) {
	if s.o.Like == nil || s.proxy != nil || s.e.Account != "" {
		return s.t.Exec(ctx, "USER "+name)
	}
	return s.logInAhead(ctx, "USER "+name, "PASS "+s.password())
}

// pass sends PASS; for an account that is known, along with what follows it.
func (s *Session) pass(ctx context.Context) (vfs.Reply, error) {
	if !s.familiar || s.e.Account != "" {
		return s.t.Exec(ctx, "PASS "+s.password())
	}
	return s.logInAhead(ctx, "PASS "+s.password())
}

// logInAhead sends the end of a login, and setUpCommands with it. It returns
// the reply on which the login depends. Only where that lets us in do the other
// answers count: after any other one they are those to a stranger.
func (s *Session) logInAhead(ctx context.Context, lines ...string) (vfs.Reply, error) {
	r, err := s.t.PipelineAhead(ctx, append(lines, s.setUpCommands()...)...)
	n := 0
	for n+1 < len(lines) && n+1 < len(r) && r[n].Code == 331 {
		n++
	}
	switch {
	case len(r) > n && r[n].Code >= 400: // most servers hang up then, which is the lesser news
		return r[n], nil
	case err != nil:
		return vfs.Reply{}, err
	case n+1 == len(lines) && r[n].Code/100 == 2:
		s.early = r[n+1:]
	default:
		s.familiar = false
		s.t.Unready()
	}
	return r[n], nil
}

func (s *Session) password() string {
	if s.o.Password == "" && s.e.Anonymous() {
		return "anonymous@"
	}
	return s.o.Password
}

func (s *Session) account(ctx context.Context, r vfs.Reply) (string, error) {
	if s.e.Account != "" || s.o.Account == nil {
		return s.e.Account, s.noAccount(s.e.Account, r)
	}
	a, err := s.o.Account(ctx, r)
	if err == nil {
		err = s.noAccount(a, r)
	}
	return a, err
}

// noAccount is the error where there is none to give.
func (s *Session) noAccount(a string, r vfs.Reply) error {
	if a != "" {
		return nil
	}
	return &vfs.Error{Op: "log in", Path: s.e.Addr(), Reply: r, Err: joined{vfs.ErrLogin, vfs.ErrAccount}}
}

// setUpCommands make the session ready, and find out what the server can do,
// in one round trip. A session Like another one asks nothing.
func (s *Session) setUpCommands() []string {
	cmds := append(s.protect(), "TYPE I")
	if s.t.Codec() == wire.UTF8 {
		cmds = append(cmds, "OPTS UTF8 ON")
	}
	if s.o.Like == nil {
		cmds = append(cmds, "SYST", "FEAT", "PWD")
	}
	return cmds
}

// setUp reads the answers to setUpCommands.
func (s *Session) setUp(ctx context.Context) error {
	r, err := s.answers(ctx)
	if err != nil {
		return s.connectFail("log in", err)
	}
	if s.t.TLS() != nil {
		if err := s.checkProtect(r[1]); err != nil {
			return err
		}
	}
	if like := s.o.Like; like != nil {
		like.info.Lock()
		s.facts, s.choice = like.facts, maps.Clone(like.choice)
		s.zone, s.zoneAsked, s.command = like.zone, like.zoneAsked, like.command
		like.info.Unlock()
	} else {
		n := len(r)
		pwd := r[n-1]
		if unsupported(pwd) { // RFC 1123 section 4.1.3.1
			if pwd, err = s.t.Exec(ctx, "XPWD"); err != nil {
				return s.connectFail("log in", err)
			}
		}
		s.facts = readFacts(r[n-3], r[n-2], pwd)
		if err := s.insistUTF8(ctx, r); err != nil {
			return err
		}
		if err := s.unixNames(ctx); err != nil {
			return err
		}
	}
	if s.facts.homeTold && s.facts.style == vfs.Slash {
		s.cwd = s.facts.home
	}
	s.caps = s.facts.caps()
	s.knownServer()
	return nil
}

// answers are the replies to setUpCommands, which may have been sent with the
// login. Those that do not fit their commands show that the server said
// something unasked, and all is off by one: it is asked again once the server
// is silent, and where that does not help, one thing at a time from then on.
func (s *Session) answers(ctx context.Context) ([]vfs.Reply, error) {
	cmds := s.setUpCommands()
	r := s.early
	s.early = nil
	for try := 0; ; try++ {
		if r == nil {
			var err error
			if r, err = s.t.PipelineAhead(ctx, cmds...); err != nil {
				return nil, err
			}
		}
		if try == 2 || fit(cmds, r) {
			return r, nil
		}
		if try == 1 {
			s.t.Assume(wire.QuirkNoPipeline)
		}
		if err := s.t.Settle(ctx); err != nil {
			return nil, err
		}
		r = nil
	}
}

// fit reports whether replies can be those to the commands: codes that mean
// something of their own (RFC 959 section 5.4) answer neither TYPE nor OPTS, and
// PWD only the one with a folder in it.
func fit(cmds []string, r []vfs.Reply) bool {
	for i, c := range cmds {
		switch code := r[i].Code; {
		case code >= 400:
		case c == "PWD" && code != 257 && !strings.Contains(strings.Join(r[i].Lines, " "), `"`):
			return false
		case c == "TYPE I" || strings.HasPrefix(c, "OPTS"):
			if code < 200 || code > 202 && code < 250 || code == 257 {
				return false
			}
		}
	}
	return true
}

// unixNames asks IBM i for paths with slashes, which it offers beside the
// names of its libraries.
func (s *Session) unixNames(ctx context.Context) error {
	if s.facts.style != vfs.Library {
		return nil
	}
	r, err := s.t.Exec(ctx, "SITE NAMEFMT 1")
	if err != nil || r.Code/100 != 2 {
		return err
	}
	if r, err = s.t.Exec(ctx, "PWD"); err != nil {
		return err
	}
	if dir, ok := parsePWD(strings.Join(r.Lines, " ")); ok && strings.HasPrefix(dir, "/") {
		s.facts.home, s.facts.style = dir, vfs.Slash
	}
	return nil
}

// insistUTF8 is for servers that want to know the client's name before they
// turn UTF-8 on (RaidenFTPD, G6).
func (s *Session) insistUTF8(ctx context.Context, r []vfs.Reply) error {
	if s.t.Codec() != wire.UTF8 || !s.facts.has("CLNT") || !s.facts.has("UTF8") {
		return nil
	}
	if opts := r[len(r)-4]; opts.Code/100 == 2 {
		return nil
	}
	_, err := s.t.Pipeline(ctx, "CLNT ferry", "OPTS UTF8 ON")
	if err != nil {
		return s.connectFail("log in", err)
	}
	return nil
}

// knownServer notes what is known of the server's kind.
func (s *Session) knownServer() {
	if s.facts.vsftpd() {
		s.t.Assume(wire.QuirkUploadEPSV)
	}
	if s.facts.honestMLST() { // pure-ftpd
		s.t.Assume(wire.QuirkNeedsABOR)
	}
	// "FTP server (Version 6.4/OpenBSD ...) ready": they take Telnet's IAC at its word.
	if strings.Contains(strings.Join(s.t.Banner().Lines, " "), "FTP server (") {
		s.t.Assume(wire.QuirkDoubleIAC)
	}
}

// attach tells the library that it is connected and logged in: it sends what
// it always sends, and gets the answers from here.
func (s *Session) attach() error {
	s.t.Feign(func(line string) (vfs.Reply, bool) {
		switch verb, _, _ := strings.Cut(line, " "); verb {
		case "USER":
			return vfs.Reply{Code: 230, Lines: []string{"logged in"}}, true
		case "FEAT":
			return s.facts.forLibrary(), true
		}
		return vfs.Reply{Code: 200, Lines: []string{"ok"}}, true
	})
	defer s.t.Feign(nil)
	s.t.Greet()
	c, err := ftp.Dial(s.e.Addr(), ftp.DialWithDialFunc(s.t.DialFunc()), ftp.DialWithDisabledUTF8(true), ftp.DialWithWritingMDTM(true))
	if err == nil {
		err = c.Login("ferry", "")
	}
	if err != nil {
		return s.connectFail("log in", errors.Join(errors.New("internal error: the library refused the connection"), err))
	}
	s.c = c
	return nil
}

// portRange reads "40000-40100".
func portRange(text string) (r [2]int, err error) {
	if text == "" {
		return r, nil
	}
	lo, hi, found := strings.Cut(text, "-")
	if !found {
		hi = lo
	}
	for i, v := range []string{lo, hi} {
		n, perr := strconv.ParseUint(strings.TrimSpace(v), 10, 16)
		if perr != nil || n == 0 {
			return r, fmt.Errorf("port range %q: want 40000-40100", text)
		}
		r[i] = int(n)
	}
	if r[1] < r[0] {
		return r, fmt.Errorf("port range %q ends before it begins", text)
	}
	return r, nil
}

// keepDuringData is the pause between NOOPs in a transfer: longer than while
// idle, since not all servers like them.
func (s *Session) keepDuringData() time.Duration {
	if s.e.Keepalive < 0 {
		return 0
	}
	return s.e.Keepalive * 2
}
