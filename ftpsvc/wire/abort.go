package wire

import (
	"fmt"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
)

// A marker is a NOOP whose 200 shows that the replies to an abort are over.
// Their number cannot be foretold; none of them is a 200.
type marker struct {
	left int           // how many 200 to wait for: NOOPs of keep-alive count too
	any  chan struct{} // gets a value for each reply
	done chan struct{}
	text string // of the 200
}

// abort stops the transfer: ABOR, reset of the data connection, NOOP, and all
// replies up to its 200. If that takes too long the control connection is dropped.
func (t *Transport) abort(d *Data) {
	if d.aborted {
		return
	}
	d.aborted = true
	d.giveUp(ErrAborted)
	t.behindCalls = nil
	t.mu.Lock()
	over := d.call == nil || t.err != nil
	if !over {
		select {
		case <-d.call.done:
			over = len(t.calls) == 0
		default:
		}
	}
	if over {
		t.mu.Unlock()
		d.drop()
		return
	}
	m := &marker{left: 1, any: make(chan struct{}, 1), done: make(chan struct{})}
	for _, c := range t.calls {
		if c.kind == keepalive && c.text == "" || c.kind == simple && c.verb == "NOOP" {
			m.left++
		}
	}
	t.calls, t.ready, t.marker = nil, nil, m
	t.mu.Unlock()
	start := time.Now()
	t.settle(m, d)
	t.detail("abort settled in %v", time.Since(start).Round(100*time.Microsecond))
}

// leave ends a download of which enough was read: most servers end it when the
// data connection is reset, one round trip sooner than with ABOR and NOOP. One
// that does not is aborted, and is not left again on this connection.
func (t *Transport) leave(d *Data) {
	if t.quirk(QuirkNeedsABOR) {
		t.abort(d)
		return
	}
	d.giveUp(ErrAborted)
	d.reset()
	if t.quirk(QuirkUploadEPSV) { // it does one thing at a time
		t.prepare()
	}
	timer := time.NewTimer(t.grace() + t.rtt)
	defer timer.Stop()
	select {
	case <-d.call.done:
		d.aborted = true
		d.stopDial()
		t.settleKeep()
		return
	case <-t.dead:
	case <-t.ctx.Done():
	case <-timer.C:
		t.Assume(QuirkNeedsABOR)
	}
	t.abort(d)
}

// settle sends ABOR and, once it was answered, NOOP, and waits for the NOOP's
// 200. pure-ftpd throws away what it finds on the control connection while it
// ends a transfer, so NOOP waits until the answers to ABOR pause, and is sent anew
// after a silence.
func (t *Transport) settle(m *marker, d *Data) {
	limit := time.NewTimer(t.opt.AbortMax + 4*t.rtt)
	defer limit.Stop()
	t.writeLoose("ABOR")
	d.reset()
	defer d.stopDial()
	select {
	case <-m.any:
		t.silence(m, limit.C, 5*time.Millisecond+t.rtt/2)
	case <-t.dead:
	case <-time.After(t.grace() / 2):
	}
	if t.settles {
		// Nothing is thrown away here: the next port is asked for in the same packet.
		t.noopAndPort()
		t.silence(m, limit.C, t.opt.AbortMax+4*t.rtt)
		return
	}
	sent := 0
	for pause := 60*time.Millisecond + 3*t.rtt; ; pause *= 2 {
		t.writeLoose("NOOP")
		sent++
		if t.silence(m, limit.C, pause) {
			break
		}
	}
	t.settles = sent == 1 && !t.quirk(QuirkNeedsABOR) // pure-ftpd throws away now and then only
	t.mu.Lock()
	defer t.mu.Unlock()
	t.marker = nil
	for range sent - 1 {
		// The answers to the NOOPs sent in vain may still come, or never.
		ghost := newCall(keepalive, "NOOP")
		ghost.text = m.text
		t.calls = append(t.calls, ghost)
	}
}

// prepare asks for the next port, if there will be one.
func (t *Transport) prepare() {
	if verb := t.portVerb(); verb != "" {
		if calls, err := t.send(simple, verb); err == nil {
			t.ready, t.readyAt = calls[0], time.Now()
		}
	}
}

// noopAndPort sends the marker's NOOP, and behind it the command that asks for
// the next port, if there will be one.
func (t *Transport) noopAndPort() {
	verb := t.portVerb()
	if verb == "" || t.quirk(QuirkNoPipeline) {
		t.writeLoose("NOOP")
		return
	}
	t.trace(1, '>', "NOOP")
	c := newCall(simple, verb)
	if t.write([]byte("NOOP\r\n"+verb+"\r\n"), c) == nil {
		t.ready, t.readyAt = c, time.Now()
	}
}

// silence waits until the marker is through, or no reply came for a while. It
// reports whether the abort is settled, or never will be.
func (t *Transport) silence(m *marker, limit <-chan time.Time, quiet time.Duration) bool {
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	for {
		select {
		case <-m.done:
			return true
		case <-t.dead:
			return true
		case <-m.any:
			timer.Reset(quiet)
		case <-timer.C:
			return false
		case <-limit:
			t.die(fmt.Errorf("%w: abort was not settled", ErrTimeout))
			return true
		}
	}
}

// routeMarker takes the replies while an abort is being settled.
func (t *Transport) routeMarker(rep vfs.Reply) {
	m := t.marker
	if rep.Code == 200 {
		m.text = strings.Join(rep.Lines, "\n")
		if m.left--; m.left == 0 {
			t.marker, t.lastKind = nil, simple
			close(m.done)
			return
		}
	}
	select {
	case m.any <- struct{}{}:
	default:
	}
}
