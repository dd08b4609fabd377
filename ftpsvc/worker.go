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

// file moves one file, once the conflict with what is at the target is settled.
func (w *worker) file(a *assignment, src, dst vfs.FS) outcome {
	ctx := a.run.ctx
	f, out := w.fileOf(a, src, dst)
	if out.err != nil {
		return out
	}
	if f.Again {
		found, res, err := f.Look(ctx)
		switch {
		case err != nil:
			return outcome{err: err}
		case found == transfer.Whole:
			out = w.landed(a, f, res, out)
			if f.Item.Reached == "" { // else it was what got the name
				out = out.without(ctx, dst, f.Item.Temp)
			}
			return out
		case found == transfer.Part:
			f.Exists = true
			return w.bring(a, f, out)
		}
	}
	c := w.clash(ctx, a, f.Item, src, dst)
	if c.state != "" {
		return c.without(ctx, dst, f.Item.Temp)
	}
	if c.over() {
		return c
	}
	if c.target != "" { // the temporary name goes with it
		c = c.without(ctx, dst, f.Item.Temp)
	}
	out.decide(f, c)
	return w.bring(a, f, out)
}

// fileOf makes a transfer of an item. A local source is looked at: that costs
// nothing.
func (w *worker) fileOf(a *assignment, src, dst vfs.FS) (f *transfer.File, out outcome) {
	it := a.run.item
	f = &transfer.File{Item: it, Options: a.options, Src: src, Dst: dst, Salt: w.e.s.salt(), Naming: a.naming,
		Again: it.Tries > 0 || it.Temp != "", Since: a.since, Late: a.folder != nil && it.Upload() && a.options.Hash == "",
		Progress: &a.run.meter.Bytes, Left: &a.run.meter.left, Record: w.e.keep.record}
	f.Replace = conflictOf(it, a.options, a.rest) == queue.Overwrite
	if it.From != "" {
		return f, out
	}
	e, err := vfs.StatEnd(a.run.ctx, src, it.Source)
	if err != nil {
		return f, outcome{err: err}
	}
	if e.Size != it.Size || !e.ModTime.Equal(it.ModTime) {
		f.Item.Size, f.Item.ModTime, f.Item.UTC, f.Item.Prec, f.Item.Reached = e.Size, e.ModTime, e.UTC, e.Prec, ""
		a.run.meter.size.Store(e.Size)
		if f.Fresh = f.Again; f.Fresh {
			out.notes = append(out.notes, "the source changed since: sent from the beginning")
		}
	}
	return f, out
}

// over reports whether a conflict ends the item here, for now or for good.
func (o *outcome) over() bool { return o.err != nil || o.ask || o.state != "" }

// decide takes over what came of a conflict.
func (o *outcome) decide(f *transfer.File, c outcome) {
	f.Exists, f.Resume = c.existing.Name != "", c.resume
	if c.target != "" {
		f.Item.Target, o.target = c.target, c.target
	}
}

// bring runs a transfer. What came to the target while it ran is one more conflict.
func (w *worker) bring(a *assignment, f *transfer.File, out outcome) outcome {
	ctx := a.run.ctx
	res, err := w.runFile(a, f)
	if errors.Is(err, vfs.ErrConflict) && ctx.Err() == nil {
		b := *a
		b.folder = nil // it knows of what was there before
		c := w.clash(ctx, &b, f.Item, f.Src, f.Dst)
		if c.over() {
			if c.ran, c.temp = true, res.Temp; c.state != "" {
				c = c.without(ctx, f.Dst, res.Temp)
			}
			return c
		}
		if out.decide(f, c); c.target != "" {
			if err = f.Dst.Rename(ctx, res.Temp, c.target); err == nil { // it is whole
				res.Temp = ""
			}
		} else {
			f.Again = true
			res, err = w.runFile(a, f)
		}
	}
	if err == nil {
		return w.landed(a, f, res, out)
	}
	if res.Temp != "" && context.Cause(ctx) == halted(queue.Canceled) {
		if clean(ctx, f.Dst, res.Temp) {
			res.Temp = ""
		}
	}
	if f.Fresh && res.Sent == 0 { // what the earlier try left may still be there: notice it again
		f.Item.Size, f.Item.ModTime = a.run.item.Size, a.run.item.ModTime
	}
	out.err, out.changed = err, res.Sent > 0
	return out.with(f, res)
}

// runFile runs a transfer, and makes the target's folder when it turns out to be missing.
func (w *worker) runFile(a *assignment, f *transfer.File) (res transfer.Result, err error) {
	ctx, dir, began := a.run.ctx, f.Dst.Style().Dir(f.Item.Target), time.Now()
	if a.parts != nil {
		if err := w.mkdirs(ctx, f.Dst, Conn(f.Item.To), dir); err != nil {
			return res, err
		}
		return f.RunParts(ctx, a.parts)
	}
	res, err = f.Run(ctx)
	if err == nil || res.Sent > 0 || !vfs.Permanent(err) || ctx.Err() != nil {
		return res, err
	}
	if w.madeSince(Conn(f.Item.To), dir, began) || noFolder(ctx, f.Dst, f.Item, err) {
		if w.mkdirs(ctx, f.Dst, Conn(f.Item.To), dir) == nil {
			return f.Run(ctx)
		}
	}
	return res, err
}

// madeKey names a folder of a side.
type madeKey struct {
	to  Conn
	dir string
}

// mkdirs makes a folder that was found missing, and those above it. Others who
// ran into that at the same time hear of it.
func (w *worker) mkdirs(ctx context.Context, dst vfs.FS, to Conn, dir string) error {
	w.e.made.Store(madeKey{to, dir}, time.Time{}) // being made
	defer func() { w.e.made.Store(madeKey{to, dir}, time.Now()) }()
	return mkdirAll(ctx, dst, dir)
}

// madeSince reports whether a folder that was missing then was, or is being,
// made meanwhile.
func (w *worker) madeSince(to Conn, dir string, began time.Time) bool {
	v, ok := w.e.made.Load(madeKey{to, dir})
	t, _ := v.(time.Time)
	return ok && (t.IsZero() || t.After(began))
}

// landed is the outcome of a file that is at its target.
func (w *worker) landed(a *assignment, f *transfer.File, res transfer.Result, out outcome) outcome {
	if a.options.Move && !res.Late {
		out.err = dropSource(a.run.ctx, f.Src, f.Item, &res)
	}
	out.state, out.changed, out.late = queue.Done, true, res.Late
	return out.with(f, res)
}

// with adds what a transfer found out.
func (o outcome) with(f *transfer.File, res transfer.Result) outcome {
	o.ran, o.reached, o.bytes, o.temp, o.naming = true, res.Reached, res.Bytes, res.Temp, res.Naming
	o.item, o.notes, o.once = &f.Item, append(o.notes, res.Notes...), res.Once
	return o
}

// dropSource ends a move: the source goes only when the copy is proven.
func dropSource(ctx context.Context, src vfs.FS, it queue.Item, res *transfer.Result) error {
	if res.Reached != queue.Verified {
		res.Notes = append(res.Notes, "the source stays: the copy could not be proven")
		return nil
	}
	return src.Remove(ctx, it.Source)
}

// cleanUp bounds the removal of what a canceled transfer left.
const cleanUp = 5 * time.Second

// clean removes a temporary file that nothing goes on with.
func clean(ctx context.Context, dst vfs.FS, temp string) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
	defer cancel()
	return removeTemp(ctx, dst, temp) == nil
}

// without is the outcome of an item that ends without its temporary file, which
// may be "". Where it cannot be removed now, a sweep will.
func (o outcome) without(ctx context.Context, dst vfs.FS, temp string) outcome {
	if o.ran, o.temp = true, temp; temp != "" && clean(ctx, dst, temp) {
		o.temp = ""
	}
	return o
}

// noFolder reports whether err may be for want of the target's folder.
func noFolder(ctx context.Context, dst vfs.FS, it queue.Item, err error) bool {
	var e *vfs.Error
	if isMissing(err) && errors.As(err, &e) && e.Path != it.Source {
		return true
	}
	_, err = dst.Stat(ctx, dst.Style().Dir(it.Target))
	return isMissing(err)
}

// settle takes in what came of an item, and is the only writer of its end.
func (e *engine) settle(w *worker, a *assignment, out outcome) {
	r := a.run
	if a.proof != nil {
		r.cancel(nil)
		w.run = nil
		e.after(w, out)
		e.settleProof(a.proof, out.proven, out.err)
		return
	}
	if r.helps != 0 {
		r.cancel(nil)
		w.run = nil
		e.helped(r, out)
		e.after(w, out)
		return
	}
	delete(e.runs, r.item.ID)
	r.cancel(nil)
	if r.meter != nil {
		e.s.out.drop(r.meter)
	}
	w.run = nil
	e.after(w, out)
	it := r.item
	e.gone(&it)
	if r.stop == lostLease {
		return
	}
	if r.stop == "" && e.s.ctx.Err() != nil {
		r.stop = queue.Queued // the service ends: the item does not
	}
	if out.target != "" {
		it.Target = out.target
	}
	if out.ran {
		it.Temp = out.temp
	} else if out.state == "" {
		out.bytes = it.Bytes
	}
	if r.shared != nil && out.err != nil {
		it.Segments = r.shared.parts.Segments()
	} else {
		it.Segments = nil
	}
	if out.item != nil {
		it.Size, it.ModTime, it.UTC, it.Prec = out.item.Size, out.item.ModTime, out.item.UTC, out.item.Prec
		e.learnNaming(Conn(it.To), out.naming)
	}
	for _, n := range out.once {
		e.once(Conn(it.To), n)
	}
	for _, n := range out.notes {
		e.s.out.put(Notice{Conn: Conn(it.To), Text: it.Target + ": " + n})
	}
	switch {
	case r.stop == splitting && out.err != nil:
		it.State = queue.Queued
		e.hold(&it, true)
	case r.stop != "" && (out.err != nil || out.ask):
		it.Bytes, it.Tries = out.bytes, it.Tries+1
		e.settleAs(it, r.stop)
	case out.ask:
		j := e.jobs[it.Job]
		j.here++
		e.park(j, &parked{item: it, source: out.source, target: out.existing})
	case out.err != nil:
		e.fail(it, a, out)
	case out.late:
		it.State, it.Reached, it.Bytes = queue.Running, queue.Acknowledged, out.bytes
		e.awaitProof(a.folder, a.key, it, a.options.Move)
		e.left(a.key, a.folder)
		e.changedAt(it)
	default:
		it.State, it.Reached, it.Bytes = out.state, out.reached, out.bytes
		it.Tries++
		if it.Kind == queue.KindFile && it.Size < 0 {
			it.Size = out.bytes
		}
		e.keep.later(it)
		j := e.jobs[it.Job]
		if j != nil {
			j.result.add(out.tally)
		}
		if out.changed {
			e.changedAt(it)
		}
		e.count(j, it, nil)
		e.left(a.key, a.folder)
	}
	if j := e.jobs[it.Job]; j != nil && j.atRest() {
		e.stir() // the file may have more of it, or its end
	}
	e.stale = true
}

// after looks after the worker and its account's connections.
func (e *engine) after(w *worker, out outcome) {
	if out.open {
		e.unopened(w, out)
		return
	}
	for c := range w.holds {
		if st := e.sites[c]; st != nil {
			st.fails = 0
		}
	}
	if !e.workers[w] {
		return
	}
	if e.stopping {
		e.retire(w)
		return
	}
	if w.ends != nil {
		w.ends()
	}
	w.ends = e.s.after(idleWorker, func() {
		if w.run == nil {
			e.retire(w)
		}
	})
}

// unopened learns from a session that could not be opened.
func (e *engine) unopened(w *worker, out outcome) {
	st := e.site(out.failed)
	others := st.open - 1
	e.retire(w)
	if errors.Is(out.err, context.Canceled) {
		return
	}
	if errors.Is(out.err, vfs.ErrTooMany) {
		a := e.s.accounts[out.failed]
		browsing := a != nil && a.info.State == Online
		switch {
		case others > 0:
			st.max, st.fixed = others, true
			if browsing && a.short.lent == nil { // else it is one of the others
				others++
			}
			e.learned(out.failed, others, "the server allows no more connections: transfers go on over fewer")
			return
		case browsing && !st.alone:
			st.alone, st.max = true, 1
			e.learned(out.failed, 1, "the server allows one connection: transfers and browsing take turns")
			return
		}
	}
	st.fails++
	wait := e.s.pause(st.fails - 1)
	st.retryAt = e.now().Add(wait)
	e.s.after(wait, func() {}) // has the loop look again
	if vfs.Permanent(out.err) || !e.s.opt.Foreign && st.fails >= maxTries(queue.Options{}) {
		st.dead = out.err
	}
	e.s.out.put(Notice{Conn: out.failed, Text: out.err.Error()})
}

// learned remembers how many connections an account allows, browsing included.
func (e *engine) learned(c Conn, n int, text string) {
	if e.s.opt.Memory != nil {
		e.s.opt.Memory.Learn(string(c), func(l *vfs.Learned) { l.MaxConns = n })
	}
	if st := e.site(c); !st.told {
		st.told = true
		e.s.out.put(Notice{Conn: c, Text: text})
	}
	if a := e.s.accounts[c]; a != nil {
		a.tell()
	}
}

// fail decides whether an item is tried again.
func (e *engine) fail(it queue.Item, a *assignment, out outcome) {
	j := e.jobs[it.Job]
	if out.open {
		switch st := e.site(out.failed); {
		case errors.Is(out.err, context.Canceled): // the user gave no password
			e.decline(out.failed, it)
		case st.dead != nil:
			e.failNow(&it, st.dead)
			e.failSite(out.failed)
		default:
			it.State = queue.Queued
			e.hold(&it, true) // the item is not to blame: it waits for the connection
		}
		return
	}
	it.Tries++
	it.Err, it.Class, it.Bytes = out.err.Error(), class(out.err), out.bytes
	if errors.Is(out.err, context.Canceled) {
		it.State = queue.Canceled
		e.keep.later(it)
		e.count(j, it, nil)
		e.left(a.key, a.folder)
		return
	}
	if vfs.Permanent(out.err) || it.Tries >= maxTries(a.options) {
		it.State = queue.Failed
		e.keep.later(it)
		e.count(j, it, out.err)
		e.left(a.key, a.folder)
		return
	}
	wait := e.retryAfter(it.Tries, out.err)
	it.State, it.NotBefore = queue.Retrying, e.now().Add(wait)
	e.s.out.put(ItemRetry{it, wait})
	e.keep.do(func(ctx context.Context, st *queue.Store) func() {
		if err := st.Save(ctx, it); err != nil {
			return func() { e.trouble(err) }
		}
		return func() { e.s.after(it.NotBefore.Sub(e.now())+time.Millisecond, e.stir) }
	})
}

// failNow ends an item whose account cannot be reached.
func (e *engine) failNow(it *queue.Item, err error) {
	it.State, it.Err, it.Class = queue.Failed, err.Error(), class(err)
	e.keep.later(*it)
	e.count(e.jobs[it.Job], *it, err)
	if f := e.folders[folderOf(it)]; it.Kind != queue.KindTree {
		e.left(folderOf(it), f)
	}
}

// failSite ends all ready items of an account that cannot be reached; those
// still in the file end when they are claimed.
func (e *engine) failSite(c Conn) {
	err := e.site(c).dead
	for k, b := range e.ready {
		if k.from != c && k.to != c {
			continue
		}
		for _, l := range []*list{&b.trees, &b.small, &b.big} {
			for l.len() > 0 {
				it := l.pop()
				e.held--
				e.gone(it)
				e.failNow(it, err)
			}
		}
		for _, p := range b.proofs {
			e.held--
			p.tries = maxProofs
			e.settleProof(p, nil, err)
		}
		b.proofs = nil
	}
	e.stir()
}

// decline leaves the items of an account waiting: the user gave no password.
func (e *engine) decline(c Conn, it queue.Item) {
	st := e.site(c)
	if !st.asked { // once, not by each worker
		e.s.out.put(Notice{Conn: c, Text: "transfers wait for the password of " + string(c)})
	}
	st.asked = true
	it.State = queue.Queued
	e.keep.later(it)
	e.unready(func(o *queue.Item) bool {
		return Conn(o.From) == c || Conn(o.To) == c
	})
}

// changedAt tells the panes, at most now and then for a folder.
func (e *engine) changedAt(it queue.Item) {
	c := Conn(it.To)
	st := vfs.Slash
	if c == Local {
		st = vfs.OS
	} else if a := e.s.accounts[c]; a != nil {
		st = a.info.Style
	}
	e.s.changedSoon(c, st.Dir(it.Target))
}
