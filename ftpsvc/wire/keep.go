package wire

import "time"

// keepAlive sends NOOP while a long transfer runs, so that nobody on the way
// takes the control connection for dead. One is out at a time: some servers
// answer at once, some behind the transfer. TCP's own keep-alive, which is always on, does the rest.
func (t *Transport) keepAlive(d *Data) {
	if t.opt.Keep <= 0 || t.quirk(QuirkNoKeep) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keep = time.AfterFunc(t.opt.Keep, func() {
		if !t.keepOnce(d) {
			return
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if !d.ended {
			d.keep.Reset(t.opt.Keep)
		}
	})
}

// keepOnce sends a NOOP if the transfer still runs. It reports whether to go on.
func (t *Transport) keepOnce(d *Data) bool {
	d.mu.Lock()
	over := d.ended
	d.mu.Unlock()
	t.mu.Lock()
	over = over || t.err != nil || t.marker != nil || len(t.calls) == 0 || t.calls[0] != d.call
	waiting := len(t.calls) > 1
	t.mu.Unlock()
	if over || t.quirk(QuirkNoKeep) {
		return false
	}
	if !waiting {
		t.write([]byte("NOOP\r\n"), newCall(keepalive, "NOOP"))
	}
	return true
}

// settleKeep waits a moment for the answer to a NOOP that is still out when
// the transfer is over. A server that swallowed it gets no more.
func (t *Transport) settleKeep() {
	t.mu.Lock()
	var out *call
	for _, c := range t.calls {
		if c.kind == keepalive && c.text == "" {
			out = c
		}
	}
	t.mu.Unlock()
	if out == nil {
		return
	}
	timer := time.NewTimer(time.Second + t.grace())
	defer timer.Stop()
	select {
	case <-out.done:
	case <-t.dead:
	case <-timer.C:
		t.SetQuirk(QuirkNoKeep)
		t.mu.Lock()
		t.remove(out)
		t.mu.Unlock()
	}
}
