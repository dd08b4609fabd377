package session

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jlaffaye/ftp"

	"ferry/ftpsvc/vfs"
	"ferry/ftpsvc/wire"
)

// Session is a logged-in control connection. It implements vfs.FS and all the
// optional interfaces of vfs.
type Session struct {
	o     Options
	e     vfs.Endpoint
	level atomic.Int32

	mu          sync.Mutex // held during a call: one command or transfer at a time
	t           *wire.Transport
	c           *ftp.ServerConn
	ascii       bool   // TYPE A is set
	rested      bool   // the last transfer began at an offset
	telnetKnown bool   // it was found out how the server reads 0xFF
	cwd         string // "" when not known
	links       links  // of the folder that was asked about last
	halfway     string // of a rename: RNFR was taken, RNTO not sent

	info      sync.Mutex // guards what follows
	facts     facts
	welcome   []string
	caps      vfs.Caps
	data      vfs.DataMode
	command   string
	zone      string // measured, "+02:00"
	zoneAsked bool
	certEnd   time.Time
	choice    map[string]int // which of several commands the server takes; -1: none

	proxy    *ftpProxy   // nil: none that speaks FTP
	wireAddr string      // what is dialled
	accepted string      // fingerprint that the user allowed for this session
	familiar bool        // the account logged in before
	single   bool        // one command at a time: the server stalled on more
	early    []vfs.Reply // answers to setUpCommands, sent with the login
	tired    bool        // the server hung up while the user was asked
	clearOK  bool        // the user allowed the password in clear text
}

// facts is what was learned at login; sessions of the same account share it.
type facts struct {
	home     string
	homeTold bool // by PWD
	style    vfs.PathStyle
	system   string
	feat     []string // FEAT lines without the leading blank
	mlst     bool
}

// Open connects and logs in. Certificates and clear text are asked about by the callbacks.
func Open(ctx context.Context, o Options) (*Session, error) {
	s := &Session{o: o, e: o.Endpoint.WithDefaults()}
	s.level.Store(int32(s.e.Debug))
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	s.o.Like = nil // else all sessions that ever were hang on one another
	return s, nil
}

// Close says QUIT and drops the connection. It does not wait for a call that
// runs: that one ends with an error.
func (s *Session) Close() error {
	if s.mu.TryLock() {
		defer s.mu.Unlock()
		return s.t.Quit()
	}
	return s.t.Close()
}

// Alive reports whether the control connection can still be used.
func (s *Session) Alive() bool { return s.t.Alive() }

// Lost is closed when the control connection has ended, also while nothing
// was asked of it; Err then tells why.
func (s *Session) Lost() <-chan struct{} { return s.t.Dead() }

// Err is why the control connection ended, nil while it lives.
func (s *Session) Err() error {
	if err := s.t.Err(); err != nil {
		return joined{vfs.ErrConnLost, err}
	}
	return nil
}

// SetDebug sets which lines Options.Log gets: 0 none, 1 commands and replies, 2 details too.
func (s *Session) SetDebug(level int) { s.level.Store(int32(level)) }

// SetCharset changes the charset of names; an unknown one is refused.
func (s *Session) SetCharset(name string) error {
	c, err := wire.NewCodec(name)
	if err != nil {
		return &vfs.Error{Op: "set charset", Path: name, Err: vfs.ErrUsage}
	}
	s.t.SetCodec(c)
	return nil
}

// Info tells what is known of the connection.
func (s *Session) Info() Info {
	s.info.Lock()
	defer s.info.Unlock()
	i := Info{Welcome: s.welcome, Home: s.facts.home, HomeUntold: !s.facts.homeTold, CertEnd: s.certEnd, Charset: s.t.Codec().Name,
		Data: s.data, Command: s.command, Zone: s.e.Zone, RTT: s.t.RTT()}
	if i.Zone == "" {
		i.Zone = s.zone
	}
	if st := s.t.TLS(); st != nil {
		i.TLS = describeTLS(st)
	}
	return i
}

// Caps tells what the server can do.
func (s *Session) Caps() vfs.Caps {
	s.info.Lock()
	defer s.info.Unlock()
	return s.caps
}

// Style is how the server writes paths.
func (s *Session) Style() vfs.PathStyle {
	s.info.Lock()
	defer s.info.Unlock()
	return s.facts.style
}

// Home is the folder after login.
func (s *Session) Home(context.Context) (string, error) {
	s.info.Lock()
	defer s.info.Unlock()
	return s.facts.home, nil
}

// begin takes the session for one call. The function it returns gives it back.
func (s *Session) begin(ctx context.Context) (func(), error) {
	s.mu.Lock()
	if err := ctx.Err(); err != nil {
		s.mu.Unlock()
		return nil, context.Cause(ctx)
	}
	if err := s.t.Err(); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	s.t.Use(ctx)
	if err := s.endRename(ctx); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	return func() {
		s.remember()
		s.mu.Unlock()
	}, nil
}

// remember hands what was found out during a call to the memory.
func (s *Session) remember() {
	quirks := s.t.Learned()
	mode := s.t.Mode()
	s.info.Lock()
	fresh := mode != s.data && s.t.Worked()
	if fresh {
		s.data = mode
	}
	s.info.Unlock()
	if s.o.Memory == nil || (len(quirks) == 0 && !fresh) {
		return
	}
	auto := s.e.Data == vfs.DataAuto
	s.o.Memory.Learn(s.e.Key(), func(l *vfs.Learned) {
		if fresh && auto {
			l.Data = mode
		}
		for _, q := range quirks {
			l.Quirks = withQuirk(l.Quirks, q)
		}
	})
}

// Noop keeps the connection alive.
func (s *Session) Noop(ctx context.Context) error {
	done, err := s.begin(ctx)
	if err != nil {
		return s.fail("keep alive", "", err)
	}
	defer done()
	if _, err := s.t.Exec(ctx, "NOOP"); err != nil {
		return s.fail("keep alive", "", err)
	}
	return nil
}

// Quote sends a raw command, in dir where that is not "". Those that need a data
// connection or change the connection itself are refused: they would put it out of step.
func (s *Session) Quote(ctx context.Context, dir, line string) (vfs.Reply, error) {
	if why := notQuotable(line); why != "" {
		return vfs.Reply{}, &vfs.Error{Op: "send command", Path: wire.Mask(line), Err: joined{vfs.ErrUsage, errors.New(why)}}
	}
	if err := s.check("enter folder", dir); err != nil {
		return vfs.Reply{}, err
	}
	done, err := s.begin(ctx)
	if err != nil {
		return vfs.Reply{}, s.fail("send command", wire.Mask(line), err)
	}
	defer done()
	if dir != "" && s.cwd != dir {
		r, err := s.t.Exec(ctx, "CWD "+dir)
		if err == nil && r.Code/100 != 2 {
			err = refused("enter folder", dir, r)
		}
		if err != nil {
			return vfs.Reply{}, s.fail("enter folder", dir, err)
		}
	}
	s.cwd = ""
	r, err := s.t.Exec(ctx, line)
	if err != nil {
		return r, s.fail("send command", wire.Mask(line), err)
	}
	return r, nil
}
