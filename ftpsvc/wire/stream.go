package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"time"
)

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
	limited := d.limited()
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
	d.stopDial()
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
		if d.limited() {
			part = p[:min(len(p), limitedChunk)]
			if err := d.t.opt.Limits.WaitUp(d.t.ctx, len(part)); err != nil {
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
	case !d.eof && d.cause() == nil && d.t.ctx.Err() == nil:
		d.t.leave(d)
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
