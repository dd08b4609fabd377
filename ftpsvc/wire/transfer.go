package wire

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
)

// startTransfer sends a data command, without waiting for the data connection
// to be there: the command and the connection's SYN travel together. It
// returns how the library's first reply to it is got.
func (t *Transport) startTransfer(line string) func() (vfs.Reply, error) {
	if t.next != "" {
		line, t.next = t.next, ""
	}
	t.mu.Lock()
	d := t.data
	t.mu.Unlock()
	fail := func(err error) func() (vfs.Reply, error) {
		return func() (vfs.Reply, error) { return local(err) }
	}
	if d == nil || d.call != nil {
		return fail(ErrData)
	}
	b, err := t.encode(line)
	if err != nil {
		return fail(err)
	}
	b = append(b, '\r', '\n')
	d.up, t.unclean = isUpload(line), false
	var calls []*call
	if rest := t.rest; rest != "" {
		t.rest = ""
		if d.up || t.quirk(QuirkNoPipeline) {
			// A STOR behind a refused REST would begin the file anew.
			if rep, err := t.Exec(t.ctx, rest); err != nil || rep.Code/100 != 3 {
				return func() (vfs.Reply, error) { return rep, err }
			}
		} else {
			d.rest = newCall(simple, rest)
			calls, b = append(calls, d.rest), append([]byte(rest+"\r\n"), b...)
		}
	}
	t.last = d
	c := newCall(transfer, line)
	c.data, d.call, d.onCount = d, c, t.onCount
	ctx := t.ctx
	d.unwatch = context.AfterFunc(ctx, func() { d.giveUp(context.Cause(ctx)) })
	if err := t.write(b, append(calls, c)...); err != nil {
		return fail(err)
	}
	t.keepAlive(d)
	d.begin()
	return func() (vfs.Reply, error) {
		if rep, err := t.awaitRest(d); err != nil || rep.Code >= 400 {
			return rep, err
		}
		return t.awaitStart(d, c)
	}
}

// awaitRest waits for the reply to a REST that went out with the transfer's
// command. When it is refused the server sends from the beginning: that is
// aborted, and the refusal is the answer.
func (t *Transport) awaitRest(d *Data) (vfs.Reply, error) {
	if d.rest == nil {
		return vfs.Reply{}, nil
	}
	rep, err := t.await(t.ctx, d.rest, t.opt.Timeout)
	if err != nil || rep.Code/100 != 3 {
		t.abort(d)
	}
	if err == nil && rep.Code/100 < 3 {
		rep.Code = 503 // neither accepted nor refused
	}
	return rep, err
}

// Untouch forgets the last transfer for Touched, before the next one.
func (t *Transport) Untouch() { t.last = nil }

// Touched reports whether the last transfer came so far that the reader or
// writer of its user was used: to run it again would take a part twice or leave it out.
func (t *Transport) Touched() bool { return t.last != nil && t.last.touched }

func isUpload(line string) bool {
	switch firstWord(line) {
	case "STOR", "APPE", "STOU":
		return true
	}
	return false
}

// awaitStart waits for the reply that opens a transfer, and watches the data
// connection meanwhile: when that cannot be made, the wait ends too.
func (t *Transport) awaitStart(d *Data, c *call) (vfs.Reply, error) {
	limit := time.NewTimer(max(t.opt.Timeout, t.opt.DataIdle))
	defer limit.Stop()
	failed := d.failed
	var usable chan struct{}
	if d.up && t.eager {
		usable = d.usable
	}
	for {
		select {
		case <-c.early:
			return t.started(c), nil
		case <-usable:
			return made(150, "sent before the server said so"), nil
		case <-failed:
			failed = nil
			if err := t.dataFailed(d, c); err != nil {
				return vfs.Reply{}, err
			}
		case <-t.ctx.Done():
			d.giveUp(context.Cause(t.ctx))
			t.abort(d)
			return vfs.Reply{}, context.Cause(t.ctx)
		case <-t.dead:
			return vfs.Reply{}, t.Err()
		case <-limit.C:
			err := fmt.Errorf("%w: %s has no reply", ErrTimeout, c.verb)
			t.die(err)
			return vfs.Reply{}, err
		}
	}
}

// started makes the reply that the library wants to see: a preliminary one,
// or the refusal. Some servers send the completion alone, when there is nothing to send.
func (t *Transport) started(c *call) vfs.Reply {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case c.prelim.Code != 0:
		return made(150, strings.Join(c.prelim.Lines, " "))
	case c.final.Code < 300:
		return made(150, "the server sent no preliminary reply")
	}
	return c.final
}

// dataFailed settles a data connection that could not be made: the server may
// have said why, or say so soon; else the transfer is aborted.
func (t *Transport) dataFailed(d *Data, c *call) error {
	select {
	case <-c.early:
		return nil
	case <-t.dead:
		return t.Err()
	case <-time.After(t.grace()):
	}
	cause := d.cause()
	t.abort(d)
	return fmt.Errorf("%w: %w", ErrNoData, cause)
}

// grace is how long the other connection may take to explain a failure.
func (t *Transport) grace() time.Duration { return t.opt.Grace + 2*t.rtt }

// finish gives the library the reply that ends a transfer.
func (t *Transport) finish() (vfs.Reply, error) {
	t.mu.Lock()
	d := t.data
	t.data = nil
	t.mu.Unlock()
	if d == nil || d.call == nil {
		return made(226, "nothing was transferred"), nil
	}
	c := d.call
	t.lastData = c.verb
	t.eager = false
	d.unwatch()
	if d.aborted {
		return vfs.Reply{}, d.cause()
	}
	rep, err := t.await(t.ctx, c, max(t.opt.Timeout, t.opt.DataIdle))
	if err != nil {
		if t.ctx.Err() != nil {
			t.abort(d)
		}
		return rep, err
	}
	t.turned = d.up && d.refused()
	t.settleKeep()
	if rep.Code/100 == 2 {
		if err := d.cause(); err != nil {
			return rep, err
		}
		rep.Code = 226
		t.worked = t.mode
	}
	return rep, nil
}

// Data is the connection of the transfer that runs, nil when none does.
func (t *Transport) Data() *Data {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.data
}

// OnCount sets what is told of the bytes that go by in the transfers that
// follow, from the goroutine that moves them; nil for nothing.
func (t *Transport) OnCount(f func(n int64)) { t.onCount = f }

// Greet makes the library see a greeting when it dials.
func (t *Transport) Greet() {
	t.lib.todo = append(t.lib.todo, func() (vfs.Reply, error) { return made(220, "ready"), nil })
}

// Reset makes the transport ready for the next library call after one that
// failed half-way: no data connection is left over.
func (t *Transport) Reset() {
	t.mu.Lock()
	d := t.data
	t.data = nil
	t.mu.Unlock()
	if d != nil {
		if d.call != nil {
			d.unwatch()
			if !d.settled() {
				t.abort(d)
			}
		}
		d.drop()
	}
	t.lib.reset()
	t.next, t.rest = "", ""
	t.refused, t.noWay = vfs.Reply{}, nil
}
