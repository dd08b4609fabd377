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
	up      bool
	cancel  context.CancelFunc
	unwatch func() bool   // ends the watch on the context of the call
	begun   chan struct{} // closed by begin: the command is out, TLS may start
	replied chan struct{} // closed by the transfer's first reply
	once    sync.Once     // of replied
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
	return &Data{t: t, begun: make(chan struct{}), replied: make(chan struct{}), usable: make(chan struct{}),
		failed: make(chan struct{}), quit: make(chan struct{}), made: time.Now()}
}

// connect dials in the background.
func (d *Data) connect(addr string) {
	ctx, cancel := context.WithTimeout(context.Background(), d.t.opt.Timeout)
	d.cancel = cancel
	d.t.readers.Add(1)
	go func() {
		defer d.t.readers.Done()
		defer cancel()
		c, err := d.t.opt.Dial(ctx, "tcp", addr)
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
	d.mu.Lock()
	d.raw, d.conn = c, c
	ended := d.ended
	d.mu.Unlock()
	if ended {
		c.Close()
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
		return &TLSError{Err: err}
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
	if d.cancel != nil {
		d.cancel()
	}
	if l != nil {
		l.Close()
	}
	if raw != nil {
		if tc, ok := raw.(*net.TCPConn); ok {
			tc.SetLinger(0)
		}
		raw.Close()
	}
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

// Ready waits until the connection can carry data. Its error is ErrNoData when there will be none.
func (d *Data) Ready() error {
	_, err := d.wait()
	if err == io.EOF {
		return nil
	}
	return err
}

func (d *Data) Read(p []byte) (int, error) {
	c, err := d.wait()
	if err != nil {
		if err == io.EOF {
			d.finishDown()
		}
		return 0, err
	}
	if d.eof {
		return 0, io.EOF
	}
	d.touched = true
	limited := d.t.opt.Limits != nil && d.t.opt.Limits.Limited()
	if limited && len(p) > limitedChunk {
		p = p[:limitedChunk]
	}
	d.arm(d.raw)
	n, err := c.Read(p)
	d.add(int64(n))
	if limited && n > 0 {
		if lerr := d.t.opt.Limits.WaitDown(d.t.ctx, n); lerr != nil {
			return n, lerr
		}
	}
	if err != nil {
		return n, d.readEnd(err)
	}
	return n, nil
}

// readEnd handles the end of the data, regular or not.
func (d *Data) readEnd(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		if d.records != nil && !d.records.notified() {
			d.t.detail("data connection: closed without close_notify")
			d.t.unclean = true
		}
		d.finishDown()
		return io.EOF
	}
	if d.settled() && d.call.final.Code/100 == 2 && d.Count() == 0 && d.listing() && d.t.ctx.Err() == nil {
		d.finishDown() // a connection on which nothing was sent: an empty listing
		return io.EOF
	}
	err = d.explain(err)
	d.fail(err)
	return err
}

// finishDown closes a download's connection at its end, before the final
// reply is read: servers linger until they see our FIN. The port for the next one is asked for at
// this moment.
func (d *Data) finishDown() {
	if d.eof {
		return
	}
	d.eof = true
	d.closeQuietly()
	d.t.afterData(d)
}

// closeQuietly closes without a reset.
func (d *Data) closeQuietly() {
	d.mu.Lock()
	if d.ended {
		d.mu.Unlock()
		return
	}
	d.ended = true
	if d.keep != nil {
		d.keep.Stop()
	}
	c, l := d.conn, d.listener
	close(d.quit)
	d.mu.Unlock()
	if d.cancel != nil {
		d.cancel()
	}
	if l != nil {
		l.Close()
	}
	if c != nil {
		c.SetDeadline(time.Now().Add(time.Second))
		c.Close()
	}
}

func (d *Data) Write(p []byte) (int, error) {
	c, err := d.wait()
	if err != nil {
		return 0, err
	}
	total := 0
	for len(p) > 0 {
		part := p
		if l := d.t.opt.Limits; l != nil && l.Limited() {
			part = p[:min(len(p), limitedChunk)]
			if err := l.WaitUp(d.t.ctx, len(part)); err != nil {
				d.fail(err)
				return total, err
			}
		}
		d.arm(d.raw)
		n, err := c.Write(part)
		total += n
		d.add(int64(n))
		if err != nil {
			err = d.writeEnd(err)
			return total, err
		}
		p = p[n:]
	}
	return total, nil
}

// writeEnd explains a failed write. A server that refuses an upload half-way
// closes the data connection and says why on the other: that reply is the
// better explanation, so it gets a moment.
func (d *Data) writeEnd(err error) error {
	if d.cause() == nil && d.t.ctx.Err() == nil {
		select {
		case <-d.call.done:
		case <-d.t.dead:
		case <-time.After(d.t.grace()):
		}
	}
	err = d.explain(err)
	d.fail(err)
	return err
}

const limitedChunk = 16 << 10

// Close ends the data connection: as a whole transfer if it was one, else by an abort.
func (d *Data) Close() error {
	if d.closed {
		return nil
	}
	d.closed = true
	switch {
	case d.call == nil, d.refused():
		d.drop()
		return nil
	case d.aborted:
		return nil
	case d.up:
		return d.closeUp()
	case !d.eof && d.cause() == nil && d.settled():
		d.closeQuietly()
		d.fail(ErrAborted)
		return nil
	case !d.eof:
		if err := d.t.ctx.Err(); err != nil {
			d.fail(context.Cause(d.t.ctx))
		}
		d.t.abort(d)
	}
	return nil
}

// refused reports that the server did not begin the transfer.
func (d *Data) refused() bool {
	select {
	case <-d.call.done:
		return d.call.prelim.Code == 0 && d.call.final.Code >= 300
	default:
		return false
	}
}

// closeUp ends an upload. Over TLS: close_notify, FIN, and wait for the
// server's end, so that nothing unread turns the close into a reset.
func (d *Data) closeUp() error {
	if d.cause() != nil || d.t.ctx.Err() != nil {
		if d.t.ctx.Err() != nil {
			d.fail(context.Cause(d.t.ctx))
		}
		d.stopUp()
		return nil
	}
	c, err := d.wait() // an empty file: nothing was written yet
	if err != nil {
		d.fail(err)
		d.stopUp()
		return nil
	}
	if tc, ok := c.(*tls.Conn); ok {
		d.raw.SetDeadline(time.Now().Add(d.t.opt.DataIdle))
		if err := tc.CloseWrite(); err != nil {
			d.fail(d.explain(err))
		}
		if half, ok := d.raw.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
			d.t.afterData(d)
			<-d.drained
		}
		d.closeQuietly()
		return nil
	}
	d.closeQuietly()
	d.t.afterData(d)
	return nil
}

// stopUp ends an upload that is not whole: by an abort, unless the server ended it itself.
func (d *Data) stopUp() {
	if d.settled() {
		d.drop()
		return
	}
	d.t.abort(d)
}

func (d *Data) LocalAddr() net.Addr                { return d.t.lib.LocalAddr() }
func (d *Data) RemoteAddr() net.Addr               { return d.t.lib.RemoteAddr() }
func (d *Data) SetDeadline(t time.Time) error      { return nil }
func (d *Data) SetReadDeadline(t time.Time) error  { return nil }
func (d *Data) SetWriteDeadline(t time.Time) error { return nil }
