package ftpsvc

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
	"ferry/ftpsvc/vfs"
)

// worker is a goroutine that runs items, one at a time, over the sessions that
// it holds: one for each account of the item's route.
type worker struct {
	e    *engine
	work chan *assignment

	// loop's
	run   *run
	holds map[Conn]bool
	ends  func()      // stops the wait for retirement
	alone atomic.Bool // the server bears one connection: the browsing one is borrowed
	opens atomic.Bool // a session is being opened

	// goroutine's
	sides map[Conn]vfs.FS
	loans map[Conn]*loan
	used  time.Time
}

// assignment is an item on its way to a worker.
type assignment struct {
	run     *run
	options queue.Options
	rest    queue.Conflict  // the user's word for the rest of the job
	key     folderKey       // of the target's folder
	folder  *folder         // what is known of it, may be nil
	parent  *folder         // the same for a folder that is made
	since   time.Time       // when the job was queued
	proof   *proof          // a folder to prove, instead of an item
	parts   *transfer.Parts // of a download that several workers share
	naming  transfer.Naming // what the target's server bears
	few     bool            // the job began with so few items that each may be asked about
	oneHost bool            // source and target are on one server, by whatever account
}

// outcome is what came of an item.
type outcome struct {
	err      error
	failed   Conn // the account whose session could not be opened
	open     bool // ... when that was so
	reached  queue.Reached
	bytes    int64
	ran      bool // a transfer ran, and temp is what it left; else what an earlier try left is there still
	temp     string
	target   string // when a conflict gave it another name
	state    queue.State
	source   vfs.Entry // with a conflict
	existing vfs.Entry
	ask      bool
	changed  bool // something at the target changed
	resume   bool // what is there is to be gone on with
	notes    []string
	once     []string // notes about the target's server
	naming   transfer.Naming
	tally    tally
	item     *queue.Item // size and time of the source as they turned out; nil when it was not looked at
	late     bool        // uploaded, to be proven with its folder
	proven   proven      // of a proof
}

// workerFor finds or makes a worker that can run items of a route now.
func (e *engine) workerFor(k route) *worker {
	var idle *worker
	for w := range e.workers {
		if w.run != nil {
			continue
		}
		if w.fits(k) {
			return w
		}
		idle = w
	}
	alone := false
	for _, c := range []Conn{k.from, k.to} {
		if c == Local {
			continue
		}
		st := e.site(c)
		alone = alone || st.alone
		if st.asked || e.now().Before(st.retryAt) {
			return nil
		}
		if st.open >= st.max && (idle == nil || !idle.holds[c]) {
			return nil
		}
		if st.fails > 0 && st.open > 0 {
			return nil // one at a time until it works again
		}
	}
	if len(e.workers) >= e.s.opt.Workers {
		if idle == nil {
			return nil
		}
		e.retire(idle)
	}
	w := e.hire(k)
	w.alone.Store(alone)
	return w
}

// fits reports whether w holds the sessions that a route needs.
func (w *worker) fits(k route) bool {
	return (k.from == Local || w.holds[k.from]) && (k.to == Local || w.holds[k.to])
}

// hire makes a worker for a route; its sessions are opened with its first item.
func (e *engine) hire(k route) *worker {
	w := &worker{e: e, work: make(chan *assignment, 1), holds: map[Conn]bool{}, sides: map[Conn]vfs.FS{}, loans: map[Conn]*loan{}}
	for _, c := range []Conn{k.from, k.to} {
		if c != Local && !w.holds[c] {
			w.holds[c] = true
			e.site(c).open++
		}
	}
	e.workers[w] = true
	e.s.spawn(w.serve)
	e.tellHolds(w)
	return w
}

// tellHolds tells how many connections the accounts of a worker have now.
func (e *engine) tellHolds(w *worker) {
	for c := range w.holds {
		if a := e.s.accounts[c]; a != nil && a.info.State == Online && !e.stopping {
			a.tell()
		}
	}
}

// retire ends an idle worker and its sessions.
func (e *engine) retire(w *worker) {
	if !e.workers[w] {
		return
	}
	delete(e.workers, w)
	e.release(w)
	if w.ends != nil {
		w.ends()
	}
	close(w.work)
}

// retireIdle ends the idle workers of an account, so that new ones come up with new settings.
func (e *engine) retireIdle(c Conn) {
	for w := range e.workers {
		if w.holds[c] && w.run == nil {
			e.retire(w)
		}
	}
}

// release gives back the connections that a worker counts for.
func (e *engine) release(w *worker) {
	for c := range w.holds {
		if st := e.sites[c]; st != nil && st.open > 0 {
			st.open--
		}
	}
	e.tellHolds(w)
	w.holds = map[Conn]bool{}
}

func (w *worker) serve() {
	for a := range w.work {
		out := w.perform(a)
		w.e.s.report(func() { w.e.settle(w, a, out) })
	}
	w.closeSides(nil)
}

// closeSides ends the worker's sessions; err is why, nil when it is only done.
func (w *worker) closeSides(err error) {
	for c, side := range w.sides {
		if l := w.loans[c]; l != nil {
			l.give(err)
			delete(w.loans, c)
		} else {
			w.e.s.closeSide(side)
		}
		delete(w.sides, c)
	}
}

// giveBack returns a borrowed connection that something waits for.
func (w *worker) giveBack() {
	for c, l := range w.loans {
		if l.wanted.Load() {
			l.give(nil)
			delete(w.loans, c)
			delete(w.sides, c)
		}
	}
}

// perform runs an item. A connection that died while it was idle is opened
// anew, once, as long as nothing was sent.
func (w *worker) perform(a *assignment) outcome {
	stale := len(w.sides) > 0 && time.Since(w.used) > staleAfter
	for {
		out := w.once(a)
		w.giveBack()
		w.used = time.Now()
		if !lost(out.err) && !errors.Is(out.err, context.Canceled) {
			return out
		}
		if lost(out.err) {
			w.closeSides(out.err)
		}
		if !stale || a.run.ctx.Err() != nil || out.bytes > 0 || a.parts != nil {
			return out
		}
		stale = false
	}
}

func (w *worker) once(a *assignment) outcome {
	if a.proof != nil {
		v, err := w.prove(a.run.ctx, a.proof)
		return outcome{err: err, proven: v}
	}
	if a.run.helps != 0 {
		return w.helper(a)
	}
	it := &a.run.item
	src, err := w.side(a.run.ctx, Conn(it.From))
	if err != nil {
		return outcome{err: err, failed: Conn(it.From), open: true}
	}
	dst := src
	if it.From != it.To || it.Kind == queue.KindFile {
		// A copy within one side needs two ends.
		if dst, err = w.target(a.run.ctx, Conn(it.From), Conn(it.To)); err != nil {
			return outcome{err: err, failed: Conn(it.To), open: true}
		}
	}
	num := w.e.s.workFor(it.ID, src, dst)
	defer w.e.s.workFor(0, src, dst)
	if a.run.meter != nil {
		a.run.meter.conn.Store(int64(num))
	}
	switch it.Kind {
	case queue.KindTree:
		return w.tree(a, src, dst)
	case queue.KindLink:
		return w.link(a, src, dst)
	}
	return w.file(a, src, dst)
}

// second is the key of the other end of a copy within one account.
const second = "\x00second"

func (w *worker) target(ctx context.Context, from, to Conn) (vfs.FS, error) {
	if from == to {
		return w.sideAs(ctx, to+second, to)
	}
	return w.side(ctx, to)
}

func (w *worker) side(ctx context.Context, c Conn) (vfs.FS, error) { return w.sideAs(ctx, c, c) }

// sideAs returns the worker's session of an account, opening it when there is none.
func (w *worker) sideAs(ctx context.Context, key, c Conn) (vfs.FS, error) {
	if side := w.sides[key]; side != nil {
		return side, nil
	}
	if c == Local {
		w.sides[key] = w.e.s.opt.Local()
		return w.sides[key], nil
	}
	if a := w.alone.Load(); key == c && (a || w.e.s.opt.Lend) {
		if l := w.e.s.borrow(w, c); l != nil {
			w.loans[c], w.sides[c] = l, l.side
			return l.side, nil
		}
	}
	w.opens.Store(true)
	side, err := w.e.s.login(ctx, c, AskPasswordQueue)
	w.opens.Store(false)
	if err != nil {
		return nil, err
	}
	w.sides[key] = side
	return side, nil
}
