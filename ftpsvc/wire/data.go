package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Data is one data connection, from the moment it is prepared. It is made
// in the background; Read, Write and Close are for the goroutine that uses
// the library, the rest may come from any.
type Data struct {
	t       *Transport
	call    *call // the transfer; nil until it is sent
	rest    *call // REST that went out with it; may be nil
	up      bool
	cancel  context.CancelFunc
	unwatch func() bool   // ends the watch on the context of the call
	begun   chan struct{} // closed by begin: the command is out, TLS may start
	replied chan struct{} // closed by the transfer's first reply
	once    sync.Once     // of replied
	linked  chan struct{} // closed when raw is connected
	usable  chan struct{} // closed when conn is usable
	failed  chan struct{} // closed when it never will be
	quit    chan struct{} // closed by drop

	mu       sync.Mutex
	raw      net.Conn // TCP
	conn     net.Conn // raw or TLS
	listener *net.TCPListener
	err      error     // the first reason why the transfer is not whole
	limit    time.Time // no wait goes beyond; zero: none
	ended    bool      // dropped
	drained  chan struct{}
	keep     *time.Timer // sends NOOP
	records  *records    // below TLS

	count   atomic.Int64
	onCount func(int64)
	aborted bool // owner only, as all below
	touched bool // the user's reader or writer was used
	eof     bool
	closed  bool
	made    time.Time
}

func newData(t *Transport) *Data {
	return &Data{t: t, begun: make(chan struct{}), replied: make(chan struct{}), linked: make(chan struct{}),
		usable: make(chan struct{}), failed: make(chan struct{}), quit: make(chan struct{}), made: time.Now()}
}

// connect dials in the background.
func (d *Data) connect(addr string) {
	ctx, cancel := context.WithTimeout(context.Background(), d.t.dialLimit())
	d.cancel = cancel
	d.t.readers.Add(1)
	go func() {
		defer d.t.readers.Done()
		defer cancel()
		c, err := d.t.opt.dialData(ctx, "tcp", addr)
		if err == nil {
			d.t.detail("data connection to %s after %v", addr, time.Since(d.made).Round(10*time.Microsecond))
		}
		d.establish(c, err)
	}()
}

// accept waits for the server in the background.
func (d *Data) accept(l *net.TCPListener) {
	d.listener = l
	l.SetDeadline(time.Now().Add(d.t.opt.DataIdle))
	d.t.readers.Add(1)
	go func() {
		defer d.t.readers.Done()
		defer l.Close()
		c, err := d.t.acceptPeer(l)
		d.establish(c, err)
	}()
}

// establish makes the connection usable: with TLS, after a handshake that
// begins once the transfer command is sent. A server that gets bytes before it
// has read that command may close the connection (pyftpdlib does): there it
// begins at the first reply, from the second try on.
func (d *Data) establish(c net.Conn, err error) {
	if err != nil {
		d.fail(err)
		close(d.failed)
		return
	}
	if tc, ok := c.(*net.TCPConn); ok && d.t.opt.Buffer > 0 {
		tc.SetReadBuffer(d.t.opt.Buffer)
		tc.SetWriteBuffer(d.t.opt.Buffer)
	}
	d.mu.Lock()
	d.raw, d.conn = c, c
	ended := d.ended
	d.mu.Unlock()
	close(d.linked)
	if ended {
		reset(c)
		return
	}
	if d.t.tlsConf != nil {
		start := d.begun
		if d.t.quirk(QuirkLateTLS) {
			start = d.replied
		}
		select {
		case <-start:
		case <-d.quit:
			return
		}
		if err := d.secure(c); err != nil {
			d.fail(err)
			close(d.failed)
			return
		}
	}
	close(d.usable)
}

// secure does the TLS handshake of a data connection.
func (d *Data) secure(c net.Conn) error {
	d.records = &records{Conn: c}
	tc := tls.Client(d.records, d.t.tlsConf)
	c.SetDeadline(time.Now().Add(d.t.opt.Timeout))
	if err := tc.Handshake(); err != nil {
		return &TLSError{Err: err, data: true}
	}
	c.SetDeadline(time.Time{})
	st := tc.ConnectionState()
	d.t.detail("data connection: %s, session resumed: %v", tls.VersionName(st.Version), st.DidResume)
	d.mu.Lock()
	d.conn = tc
	if d.up {
		d.drained = make(chan struct{})
		d.t.readers.Add(1)
		go d.drain(tc)
	}
	d.mu.Unlock()
	d.t.countTLS(st.DidResume)
	return nil
}

// drain reads what a server sends on the connection of an upload: TLS 1.3
// session tickets. Unread, they would turn our close into a reset, and the
// server would lose the end of the file.
func (d *Data) drain(c net.Conn) {
	defer d.t.readers.Done()
	defer close(d.drained)
	io.Copy(io.Discard, c)
}

// begin marks that the transfer command went out.
func (d *Data) begin() { close(d.begun) }

// fail notes the first reason why the transfer is not whole.
func (d *Data) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = err
	}
}

func (d *Data) cause() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// giveUp ends all waits on the data connection, for the reason told.
func (d *Data) giveUp(err error) {
	d.fail(err)
	d.hurry(0)
}

// hurry lets waits on the data connection last no longer than d from now.
func (d *Data) hurry(wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := time.Now().Add(wait)
	if d.limit.IsZero() || at.Before(d.limit) {
		d.limit = at
	}
	if d.raw != nil {
		d.raw.SetDeadline(d.limit)
	}
	if d.listener != nil {
		d.listener.SetDeadline(d.limit)
	}
}

// accepted is called by the reader when a preliminary reply came.
func (d *Data) accepted() { d.once.Do(func() { close(d.replied) }) }

// finalReply is called by the reader when the transfer's last reply came,
// maybe before the data: a refusal ends the wait for them soon, a completion
// ends only the wait for a connection that nobody will make. alone says that no
// preliminary reply came: then there may be nothing to send, on a connection
// that was made already and that the server will not close.
func (d *Data) finalReply(code int, alone bool) {
	d.accepted()
	switch {
	case code >= 400:
		d.hurry(time.Second)
	case alone && d.listing() && d.Count() == 0:
		d.hurry(d.t.grace()) // nothing was begun: there is nothing to list
	case alone && !d.up && d.Count() == 0:
		d.hurry(1500*time.Millisecond + 2*d.t.rtt)
	default:
		select {
		case <-d.usable:
		default:
			d.hurry(2 * time.Second)
		}
	}
}

// controlLost is called when the control connection died.
func (d *Data) controlLost() { d.hurry(time.Second) }

// settled reports whether the transfer's final reply is in.
func (d *Data) settled() bool {
	select {
	case <-d.call.done:
		return true
	default:
		return false
	}
}

// drop closes the connection at once, with a reset when data may be under way.
func (d *Data) drop() {
	d.reset()
	d.stopDial()
}

// stopDial gives up on a connection that is still being made.
func (d *Data) stopDial() {
	if d.cancel != nil {
		d.cancel()
	}
}

// reset is drop, except that a connection still being made comes about first,
// and is reset then: a server that waits for it reads no ABOR before.
func (d *Data) reset() {
	d.mu.Lock()
	if d.ended {
		d.mu.Unlock()
		return
	}
	d.ended = true
	if d.keep != nil {
		d.keep.Stop()
	}
	raw, l := d.raw, d.listener
	close(d.quit)
	d.mu.Unlock()
	if l != nil {
		l.Close()
	}
	if raw != nil {
		reset(raw)
	}
}

// reset closes a connection so that neither side goes on with what is under way.
func reset(c net.Conn) {
	if tc, ok := c.(*net.TCPConn); ok {
		tc.SetLinger(0)
	}
	c.Close()
}

// wait returns the connection once it is usable.
func (d *Data) wait() (net.Conn, error) {
	select {
	case <-d.usable:
		return d.conn, nil
	default:
	}
	timer := time.NewTimer(d.t.opt.DataIdle)
	defer timer.Stop()
	var final <-chan struct{}
	if d.call != nil {
		final = d.call.done
	}
	for {
		select {
		case <-d.usable:
			return d.conn, nil
		case <-d.failed:
			return nil, d.connectError(d.cause())
		case <-final:
			// No connection, but the final reply: what may still come has two seconds.
			final = nil
			timer.Reset(2 * time.Second)
		case <-d.t.ctx.Done():
			return nil, context.Cause(d.t.ctx)
		case <-timer.C:
			return nil, d.connectError(ErrStalled)
		}
	}
}

// connectError tells that no connection was made. When the server reports
// success all the same, there was nothing to send (empty listings).
func (d *Data) connectError(err error) error {
	select {
	case <-d.call.done:
		if d.call.final.Code/100 == 2 && d.listing() && !errors.As(err, new(*TLSError)) {
			d.mu.Lock()
			d.err = nil
			d.mu.Unlock()
			return io.EOF
		}
	case <-time.After(d.t.grace()):
	}
	err = fmt.Errorf("%w: %w", ErrNoData, err)
	d.fail(err)
	return err
}

// listing reports commands whose answer may be nothing at all. An empty file is still a connection.
func (d *Data) listing() bool {
	switch d.call.verb {
	case "LIST", "MLSD", "NLST":
		return true
	}
	return false
}

// arm sets the deadline of the next read or write. giveUp and hurry may run
// at the same time; the lock keeps the earlier one.
func (d *Data) arm(c net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := time.Now().Add(d.t.opt.DataIdle)
	if !d.limit.IsZero() && d.limit.Before(at) {
		at = d.limit
	}
	if d.t.ctx.Err() != nil { // the watch on it may come late
		at = time.Unix(1, 0)
	}
	c.SetDeadline(at)
}

// explain turns an I/O error of the data connection into its cause.
func (d *Data) explain(err error) error {
	if cause := d.cause(); cause != nil {
		return cause
	}
	if d.t.ctx.Err() != nil {
		return context.Cause(d.t.ctx)
	}
	if err2 := d.t.Err(); err2 != nil {
		return err2
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %w", ErrData, ErrStalled)
	}
	return fmt.Errorf("%w: %w", ErrData, err)
}

// Count is the number of bytes that went by.
func (d *Data) Count() int64 { return d.count.Load() }

func (d *Data) add(n int64) {
	d.count.Add(n)
	if d.onCount != nil {
		d.onCount(n)
	}
}

func (d *Data) LocalAddr() net.Addr                { return d.t.lib.LocalAddr() }
func (d *Data) RemoteAddr() net.Addr               { return d.t.lib.RemoteAddr() }
func (d *Data) SetDeadline(t time.Time) error      { return nil }
func (d *Data) SetReadDeadline(t time.Time) error  { return nil }
func (d *Data) SetWriteDeadline(t time.Time) error { return nil }
