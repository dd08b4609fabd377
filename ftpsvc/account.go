package ftpsvc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ferry/ftpsvc/vfs"
)

// account is one side that can be browsed: the local disk, or an account on a
// server with its browsing connection, which transfers never use.
type account struct {
	s     *Service
	conn  Conn
	ep    vfs.Endpoint
	short *lane            // what answers a key press
	long  *lane            // local side only: what may take minutes
	lists map[int]*request // newest List of each pane
	cache *dirCache        // of listings; nil on the local side
	info  ConnInfo
	gen   int    // grows with each connect, so that news of an old lane is told apart
	tries int    // reconnects in a row that failed
	stop  func() // ends the count-down
	beat  func() // ends the wait for the next keep-alive
}

// maxReconnects is how often a lost browsing connection is tried again before
// it waits for the user.
const maxReconnects = 8

// backOff is how long to wait before try n (from 0): 1, 2, 4 ... 60 seconds.
func backOff(n int) time.Duration {
	if n > 5 {
		return time.Minute
	}
	return time.Second << n
}

// local returns the account of the local side, made when first needed.
func (s *Service) local() *account {
	a := s.accounts[Local]
	if a == nil {
		open := func(context.Context) (vfs.FS, error) { return s.opt.Local(), nil }
		a = &account{s: s, conn: Local, lists: map[int]*request{}, short: newLane(s, open), long: newLane(s, open)}
		a.info = ConnInfo{State: Online, Style: vfs.OS}
		s.accounts[Local] = a
	}
	return a
}

// account finds a connected account; an error when there is none.
func (s *Service) account(op string, c Conn) (*account, error) {
	if c == Local {
		return s.local(), nil
	}
	if a := s.accounts[c]; a != nil {
		return a, nil
	}
	return nil, &vfs.Error{Op: op, Path: string(c), Err: fmt.Errorf("%w: not connected", vfs.ErrConnect)}
}

// connect opens the browsing connection of an account.
func (s *Service) connect(r *request, b Connect) {
	if b.Endpoint.Host == "" {
		s.finish(r, nil, &vfs.Error{Op: "connect", Err: fmt.Errorf("%w: no host given", vfs.ErrUsage)})
		return
	}
	key := Conn(b.Endpoint.Key())
	if old := s.accounts[key]; old != nil {
		old.close()
	}
	s.known[key] = b.Endpoint
	delete(s.likes, key)
	if b.HasPassword {
		s.passwords[key] = b.Password
	}
	l := s.limitOf(key)
	l[0].set(b.Endpoint.RateDown)
	l[1].set(b.Endpoint.RateUp)
	a := &account{s: s, conn: key, ep: b.Endpoint, lists: map[int]*request{}, cache: newDirCache(time.Now)}
	a.info = ConnInfo{Conn: key, Endpoint: b.Endpoint}
	s.accounts[key] = a
	a.dial(r)
	s.eng.accountUp(key)
}

// dial makes a new browsing lane and opens it; r ends with the outcome (nil: nobody waits).
func (a *account) dial(r *request) {
	s := a.s
	a.gen++
	gen := a.gen
	a.stopTimers()
	if a.short != nil {
		a.short.close()
	}
	a.short = newLane(s, func(ctx context.Context) (vfs.FS, error) {
		s.report(func() { a.connecting(gen) })
		return s.login(ctx, a.conn, AskPassword)
	})
	opened := r == nil
	a.short.state = func(side vfs.FS, err error) {
		opened = opened || side != nil
		if opened { // else the one who asked to connect hears of it
			a.changed(gen, side, err)
		}
	}
	a.short.used = func(side vfs.FS) { a.refined(gen, side) }
	a.short.watch = !s.opt.Lend // a verb needs it for what it asks, no longer
	ctx := s.ctx
	if r != nil {
		ctx = r.ctx
	}
	a.short.add(&task{ctx: ctx, again: true,
		run: func(context.Context, vfs.FS) (any, error) { return nil, nil },
		done: func(_ any, err error) {
			if r == nil {
				return
			}
			if err != nil && a.gen == gen {
				a.stopTimers()
				a.set(Offline, err)
			}
			s.finish(r, a.info, err)
		},
	})
}

func (a *account) connecting(gen int) {
	if gen == a.gen && a.info.State != Connecting {
		a.set(Connecting, nil)
	}
}

// changed hears from the lane that a session was opened or lost.
func (a *account) changed(gen int, side vfs.FS, err error) {
	if gen != a.gen {
		return
	}
	a.stopTimers()
	switch {
	case side != nil:
		a.tries = 0
		a.fill(side)
		a.set(Online, nil)
		a.keepAlive(gen)
		a.s.eng.sweep(a.conn, nil)
	case errors.Is(err, context.Canceled):
		a.set(Offline, nil)
	case vfs.Permanent(err) || a.tries >= maxReconnects:
		a.set(Lost, err)
	default:
		wait := a.s.pause(a.tries)
		a.tries++
		a.info.RetryAt = time.Now().Add(wait)
		a.set(Retrying, err)
		a.stop = a.s.after(wait, func() {
			if gen == a.gen {
				a.dial(nil)
			}
		})
	}
}

// fill copies what a session found out into what the site line shows.
func (a *account) fill(side vfs.FS) {
	i := &a.info
	i.Caps, i.Style = side.Caps(), side.Style()
	if r, ok := side.(Remote); ok {
		n := r.Info()
		i.Welcome, i.Home, i.TLS, i.CertEnd, i.CertPrint = n.Welcome, n.Home, n.TLS, n.CertEnd, n.CertPrint
		i.Charset, i.Data, i.Command, i.Zone, i.RTT = n.Charset, n.Data, n.Command, n.Zone, n.RTT
	}
}

// refined hears that a task was done: a session finds out more with time.
func (a *account) refined(gen int, side vfs.FS) {
	r, ok := side.(Remote)
	if !ok || gen != a.gen || a.info.State != Online {
		return
	}
	n, i := r.Info(), &a.info
	if n.Data != i.Data || n.Command != i.Command || n.Zone != i.Zone || n.Charset != i.Charset {
		a.fill(side)
		a.tell()
	}
}

// set tells a change of state.
func (a *account) set(st ConnState, err error) {
	a.info.State, a.info.Err = st, err
	if st != Retrying {
		a.info.RetryAt = time.Time{}
	}
	a.tell()
}

func (a *account) tell() {
	a.info.Open, a.info.Max = a.s.eng.connections(a.conn)
	switch {
	case a.info.State != Online:
	case a.s.eng.site(a.conn).alone: // it does both in turns
		a.info.Open = 1
	default: // the one for browsing
		a.info.Open++
		if a.info.Max > 0 {
			a.info.Max++
		}
	}
	a.s.out.put(ConnChanged{a.info})
}

// keepAlive sends NOOP while the connection is idle.
func (a *account) keepAlive(gen int) {
	every := a.ep.WithDefaults().Keepalive
	if every < 0 {
		return
	}
	a.beat = a.s.after(every, func() {
		if gen != a.gen || a.info.State != Online {
			return
		}
		if a.short.idle() {
			a.short.add(&task{ctx: a.s.ctx, again: true, done: func(any, error) {},
				run: func(ctx context.Context, side vfs.FS) (any, error) { return nil, noop(ctx, side) }})
		}
		a.keepAlive(gen)
	})
}

func (a *account) stopTimers() {
	for _, f := range []*func(){&a.stop, &a.beat} {
		if *f != nil {
			(*f)()
			*f = nil
		}
	}
}

// close ends the account's connections; tasks under way are canceled by their requests.
func (a *account) close() {
	a.gen++
	a.stopTimers()
	for _, l := range []*lane{a.short, a.long} {
		if l != nil {
			l.close()
		}
	}
}

// disconnect says QUIT. What runs on the connection is canceled.
func (s *Service) disconnect(r *request, c Conn) {
	a, err := s.account("disconnect", c)
	if err != nil || c == Local {
		s.finish(r, nil, err)
		return
	}
	for _, q := range s.requests {
		if q != r && requestConn(q.body) == c {
			q.cancelNow()
		}
	}
	a.close()
	a.set(Offline, nil)
	delete(s.accounts, c)
	s.eng.accountDown(c)
	s.finish(r, nil, nil)
}

// reconnect tries at once, also in the middle of a count-down.
func (s *Service) reconnect(r *request, c Conn) {
	a, err := s.account("reconnect", c)
	if err != nil || c == Local {
		s.finish(r, nil, err)
		return
	}
	a.tries = 0
	a.dial(r)
	s.eng.accountUp(c)
}

// configure changes a live connection. Limits change in place; what only
// steers later connections is kept; the rest reconnects.
func (s *Service) configure(r *request, b Configure) {
	e := b.Endpoint
	key := Conn(e.Key())
	s.known[key] = e
	l := s.limitOf(key)
	l[0].set(e.RateDown)
	l[1].set(e.RateUp)
	s.eng.dirty()
	if b.Remember && s.opt.Memory != nil {
		s.opt.Memory.Learn(string(key), func(l *vfs.Learned) { l.Charset = e.Charset })
	}
	a := s.accounts[key]
	if a == nil {
		s.finish(r, nil, nil)
		return
	}
	old := a.ep
	a.ep, a.info.Endpoint = e, e
	// What is left when the fields that change in place are taken out.
	bare := func(e vfs.Endpoint) vfs.Endpoint {
		e.Name, e.Start, e.MaxConns, e.RateDown, e.RateUp, e.Keepalive, e.NoTempName = "", "", 0, 0, 0, 0, false
		e.Debug, e.Charset = 0, ""
		return e
	}
	if bare(old) == bare(e) && a.info.State == Online {
		s.retune(r, a, old)
		return
	}
	delete(s.likes, key)
	s.eng.accountDown(key)
	a.dial(r)
	s.eng.accountUp(key)
}

// retune changes the level of the log and the charset of names on the live
// browsing connection. Transfers take them up with their next connection.
func (s *Service) retune(r *request, a *account, old vfs.Endpoint) {
	e, level := a.ep, max(s.opt.Log, a.ep.Debug)
	if e.Charset != old.Charset {
		delete(s.likes, a.conn) // names would be sent by the charset of before
		s.eng.retireIdle(a.conn)
		a.cache.clear()
	}
	a.short.add(&task{ctx: r.ctx, again: true, run: func(_ context.Context, side vfs.FS) (any, error) {
		if t := s.tapOf(side); t != nil {
			t.level.Store(int64(level))
		}
		if d, ok := side.(interface{ SetDebug(int) }); ok {
			d.SetDebug(level)
		}
		if c, ok := side.(interface{ SetCharset(string) error }); ok && e.Charset != old.Charset {
			if err := c.SetCharset(e.WithDefaults().Charset); err != nil {
				return nil, err
			}
		}
		return side, nil
	}, done: func(v any, err error) {
		if side, ok := v.(vfs.FS); ok {
			a.fill(side)
		}
		if err != nil {
			a.ep, a.info.Endpoint, s.known[a.conn] = old, old, old
		}
		a.tell()
		s.finish(r, a.info, err)
	}})
}

// requestConn is the connection that a request works on; Local when none.
func requestConn(b Request) Conn {
	switch b := b.(type) {
	case Connect:
		return Conn(b.Endpoint.Key())
	case List:
		return b.Conn
	case Stat:
		return b.Conn
	case Mkdir:
		return b.Conn
	case MakeFile:
		return b.Conn
	case Rename:
		return b.Conn
	case Delete:
		return b.Conn
	case Chmod:
		return b.Conn
	case SetTime:
		return b.Conn
	case Symlink:
		return b.Conn
	case Measure:
		return b.Conn
	case Space:
		return b.Conn
	case Read:
		return b.Conn
	case Quote:
		return b.Conn
	case CharsetPreview:
		return b.Conn
	}
	return Local
}
