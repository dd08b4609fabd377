package wire

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
)

// readyFor is how long a passive port asked for ahead is trusted to stay open.
const readyFor = 10 * time.Second

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
	d.up, t.unclean = isUpload(line), false
	t.last = d
	c := newCall(transfer, line)
	c.data, d.call, d.onCount = d, c, t.onCount
	ctx := t.ctx
	d.unwatch = context.AfterFunc(ctx, func() { d.giveUp(context.Cause(ctx)) })
	if err := t.write(append(b, '\r', '\n'), c); err != nil {
		return fail(err)
	}
	t.keepAlive(d)
	d.begin()
	return func() (vfs.Reply, error) { return t.awaitStart(d, c) }
}

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
	}
	return rep, nil
}

// A marker is a NOOP whose 200 shows that the replies to an abort are over.
// Their number cannot be foretold; none of them is a 200.
type marker struct {
	left int           // how many 200 to wait for: NOOPs of keep-alive count too
	any  chan struct{} // gets a value for each reply
	done chan struct{}
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
		if c.kind == keepalive || c.verb == "NOOP" {
			m.left++
		}
	}
	t.calls, t.ready, t.marker = nil, nil, m
	t.mu.Unlock()
	start := time.Now()
	t.settle(m, d)
	t.detail("abort settled in %v", time.Since(start).Round(100*time.Microsecond))
}

// settle sends ABOR and, once it was answered, NOOP, and waits for the NOOP's
// 200. pure-ftpd may read ABOR and what came with it in one piece and throw it all away,
// so NOOP waits for the first reply, and is sent anew after a silence.
func (t *Transport) settle(m *marker, d *Data) {
	limit := time.NewTimer(t.opt.AbortMax + 4*t.rtt)
	defer limit.Stop()
	t.writeLoose("ABOR")
	d.drop()
	select {
	case <-m.any:
	case <-t.dead:
	case <-time.After(t.grace() / 2):
	}
	sent := 0
	for {
		t.writeLoose("NOOP")
		sent++
		if t.silence(m, limit.C, t.grace()+100*time.Millisecond*time.Duration(sent)) {
			break
		}
	}
	if sent > 1 && t.Err() == nil {
		t.surplus(m, sent-1)
	}
	t.mu.Lock()
	t.marker = nil
	t.mu.Unlock()
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

// surplus waits a moment for the 200 of NOOPs that were sent anew, lest one
// be taken for the answer to the next command.
func (t *Transport) surplus(m *marker, n int) {
	t.mu.Lock()
	again := &marker{left: n, any: m.any, done: make(chan struct{})}
	t.marker = again
	t.mu.Unlock()
	select {
	case <-again.done:
	case <-t.dead:
	case <-time.After(t.grace()):
	}
}

// routeMarker takes the replies while an abort is being settled.
func (t *Transport) routeMarker(rep vfs.Reply) {
	m := t.marker
	if rep.Code == 200 {
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

// Abort stops the transfer that runs, if any, and brings the connection back
// in step, or drops it. The library's call is then ended as usual.
func (t *Transport) Abort() {
	t.mu.Lock()
	d := t.data
	t.mu.Unlock()
	if d != nil && d.call != nil {
		t.abort(d)
	}
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
	t.next = ""
}

// prepareData makes a data connection ready and tells the library a port,
// whatever the real command was. A refusal is told as it is.
func (t *Transport) prepareData(verb string) (vfs.Reply, error) {
	if verb == "PASV" && t.refused.Code != 0 {
		// The library tries PASV after a refused EPSV. All was tried already.
		r := t.refused
		t.refused = vfs.Reply{}
		return r, nil
	}
	d, rep, err := t.openData()
	if err != nil {
		return vfs.Reply{}, err
	}
	if d == nil {
		t.refused = rep
		return rep, nil
	}
	t.refused = vfs.Reply{}
	t.mu.Lock()
	old := t.data
	t.data = d
	t.mu.Unlock()
	if old != nil {
		old.drop()
	}
	if verb == "PASV" {
		return made(227, "Entering Passive Mode (127,0,0,1,0,9)."), nil
	}
	return made(229, "Entering Extended Passive Mode (|||9|)"), nil
}

// openData tries the modes that are allowed, in their order, and remembers
// the one that the server accepted.
func (t *Transport) openData() (*Data, vfs.Reply, error) {
	var last vfs.Reply
	for _, m := range t.modes() {
		d, rep, err := t.openMode(m)
		if err != nil {
			return nil, rep, err
		}
		if d != nil {
			t.mode = m
			return d, rep, nil
		}
		last = rep
		if rep.Code/100 == 4 { // busy, not unknown: another mode will not help
			break
		}
	}
	return nil, last, nil
}

// modes are the data modes to try, the one that works now first.
func (t *Transport) modes() []vfs.DataMode {
	if t.opt.Mode != vfs.DataAuto {
		return []vfs.DataMode{t.opt.Mode}
	}
	all := []vfs.DataMode{vfs.DataEPSV, vfs.DataPASV, vfs.DataEPRT, vfs.DataPORT}
	if t.opt.DataHost != "" { // behind a proxy nobody can reach us
		all = all[:2]
	}
	for i, m := range all {
		if m == t.mode {
			return all[i:]
		}
	}
	return all
}

// NextMode makes auto go on to the next data mode, after the data connection
// of the present one could not be made. It reports whether there is one.
func (t *Transport) NextMode() bool {
	l := t.modes()
	if t.opt.Mode != vfs.DataAuto || len(l) < 2 {
		return false
	}
	t.mode, t.ready = l[1], nil
	t.detail("data connections: %s failed, now trying %s", l[0], l[1])
	return true
}

// StartMode makes auto begin with what worked before.
func (t *Transport) StartMode(m vfs.DataMode) { t.mode = m }

func (t *Transport) openMode(m vfs.DataMode) (*Data, vfs.Reply, error) {
	switch m {
	case vfs.DataPASV:
		return t.passive("PASV")
	case vfs.DataEPRT, vfs.DataPORT:
		return t.active(m)
	}
	return t.passive("EPSV")
}

// passive asks for a port, unless that was done ahead, and begins to connect.
func (t *Transport) passive(verb string) (*Data, vfs.Reply, error) {
	rep, err := t.askPort(verb)
	if err != nil {
		return nil, rep, err
	}
	if rep.Code/100 != 2 {
		return nil, rep, nil
	}
	addr, err := t.passiveAddr(verb, rep)
	if err != nil {
		return nil, made(425, err.Error()), nil
	}
	d := newData(t)
	d.connect(addr)
	return d, rep, nil
}

// askPort sends EPSV or PASV, or takes the reply to one that was sent ahead. A
// server that refused it at that moment is not asked ahead again.
func (t *Transport) askPort(verb string) (vfs.Reply, error) {
	c := t.ready
	t.ready = nil
	if c != nil && c.verb == verb && time.Since(t.readyAt) < readyFor {
		rep, err := t.await(t.ctx, c, t.opt.Timeout)
		if err != nil || rep.Code/100 == 2 {
			return rep, err
		}
		if rep, err = t.Exec(t.ctx, verb); err == nil && rep.Code/100 == 2 {
			t.SetQuirk(QuirkNoEarlyEPSV)
		}
		return rep, err
	}
	return t.Exec(t.ctx, verb)
}

// Prepare asks for the next passive port now, so that the transfer that
// follows need not wait for it.
func (t *Transport) Prepare() {
	verb := t.passiveVerb()
	if verb == "" || t.ready != nil && time.Since(t.readyAt) < readyFor {
		return
	}
	if calls, err := t.send(simple, verb); err == nil {
		t.ready, t.readyAt = calls[0], time.Now()
	}
}

// passiveVerb is the command that the next transfer will need, "" in active mode.
func (t *Transport) passiveVerb() string {
	switch t.modes()[0] {
	case vfs.DataEPSV:
		return "EPSV"
	case vfs.DataPASV:
		return "PASV"
	}
	return ""
}

var errPort = errors.New("no usable port in the reply")

// afterData is called when the last byte of a transfer is through and our end
// is closed, before its final reply: the moment to ask for the next port. In
// downloads no server minds. In uploads our end is not the server's:
// only those known to finish one command before they look at the next are asked.
// That a transfer follows is guessed from one having come before.
func (t *Transport) afterData(d *Data) {
	verb := d.call.verb
	if t.quirk(QuirkNoPipeline) || d.up && !t.quirk(QuirkUploadEPSV) {
		return
	}
	if d.up && len(t.behind) > 0 {
		t.behindCalls, _ = t.send(simple, t.behind...)
	}
	if t.lastData == verb && !t.quirk(QuirkNoEarlyEPSV) && !t.holdPort {
		t.Prepare()
	}
}

// Eager lets the next upload send its bytes as soon as there is a connection,
// without the wait for the preliminary reply: a round trip less. It is for
// small files: what a server refuses has then been sent in vain.
func (t *Transport) Eager(on bool) { t.eager, t.turned = on, false }

// Turned reports whether the server refused the last upload at once, so that
// nothing was stored of what was sent.
func (t *Transport) Turned() bool { return t.turned }

// Behind sets the commands that follow the next upload. Where the server
// bears it they leave with the last byte, before the final reply. hold keeps
// the port of the next transfer from being asked for at that moment.
func (t *Transport) Behind(hold bool, lines ...string) {
	t.behind, t.behindCalls, t.holdPort = lines, nil, hold
}

// BehindReplies gives the answers to the commands of Behind, and sends them
// now if that was not done. They are forgotten then.
func (t *Transport) BehindReplies(ctx context.Context) ([]vfs.Reply, error) {
	lines, calls, ahead := t.behind, t.behindCalls, !t.holdPort
	t.Behind(false)
	if len(lines) == 0 {
		return nil, nil
	}
	if calls == nil {
		return t.batch(ctx, lines, ahead)
	}
	out := make([]vfs.Reply, len(calls))
	for i, c := range calls {
		var err error
		if out[i], err = t.await(ctx, c, t.opt.Timeout); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// BehindForget drops the commands of Behind; answers that are still to come are waited for.
func (t *Transport) BehindForget(ctx context.Context) {
	if t.behindCalls != nil && t.Alive() {
		t.BehindReplies(ctx)
	}
	t.Behind(false)
}

// Expect tells whether more transfers of the same kind follow, where it is known, so that
// the next port may be asked for early.
func (t *Transport) Expect(verb string) { t.lastData = verb }
