package ftpsvc

import (
	"context"
	"errors"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// Of each class so many items are held ready, leased but not begun.
const (
	readyTrees = 16
	readySmall = 256
	readyBig   = 16
)

// idleWorker is how long a worker keeps its connections with nothing to do.
const idleWorker = 15 * time.Second

// viewEvery is the least time between two looks at the queue's numbers.
const viewEvery = 250 * time.Millisecond

// engine runs the queue: it leases items from the file, hands them to workers
// and stores what became of them. All of it belongs to the service's loop.
//
//	file -> claim -> ready -> worker -> settle -> file
type engine struct {
	s    *Service
	keep *keeper

	jobs    map[int64]*job
	ready   map[route]*bin
	held    int // items in ready
	runs    map[int64]*run
	folders map[folderKey]*folder
	split   map[int64]bool // items to begin again in parts
	rule    splitRule
	every   time.Duration // between two looks at what is running
	workers map[*worker]bool
	sites   map[Conn]*site

	claiming bool
	more     map[queue.Class]bool // the file may have items of the class to claim
	busy     bool                 // the keeper has asked for the view
	stale    bool                 // the view is out of date
	ticking  bool
	stopping bool
	now      func() time.Time
}

// route is between which accounts an item goes.
type route struct{ from, to Conn }

// bin holds the ready items of a route by class, and the folders to prove.
type bin struct {
	trees, small, big list
	proofs            []*proof
}

// list is a queue of items.
type list struct{ items []*queue.Item }

func (l *list) push(it *queue.Item)  { l.items = append(l.items, it) }
func (l *list) front(it *queue.Item) { l.items = append([]*queue.Item{it}, l.items...) }
func (l *list) len() int             { return len(l.items) }
func (l *list) pop() *queue.Item {
	it := l.items[0]
	l.items[0] = nil
	l.items = l.items[1:]
	return it
}

func (b *bin) of(it *queue.Item) *list {
	switch queue.ClassOf(*it) {
	case queue.ClassTree:
		return &b.trees
	case queue.ClassBig:
		return &b.big
	}
	return &b.small
}

func (b *bin) len() int { return b.trees.len() + b.small.len() + b.big.len() + len(b.proofs) }

// binOf returns the bin of a route, made when missing.
func (e *engine) binOf(k route) *bin {
	b := e.ready[k]
	if b == nil {
		b = &bin{}
		e.ready[k] = b
	}
	return b
}

// run is an item at work.
type run struct {
	item   queue.Item
	w      *worker
	meter  *meter
	ctx    context.Context
	cancel context.CancelCauseFunc
	stop   queue.State // what a control made of it: Canceled, Paused, Queued; "" when nothing

	shared    *shared   // a download in parts; nil for others
	helps     int64     // the item that a helper works at
	seen      time.Time // when consider looked last, and what it saw
	seenBytes int64
}

// halted is the cause of a run's end: the state that a control gave the item.
type halted queue.State

func (h halted) Error() string        { return "stopped: " + string(h) }
func (h halted) Is(target error) bool { return target == context.Canceled }

// end stops a run.
func (r *run) end(to queue.State) {
	r.stop = to
	r.cancel(halted(to))
}

// site is what the engine knows of an account's connections.
type site struct {
	open    int // workers that have or open a session
	max     int // allowed; learned
	fails   int // opens in a row that failed
	retryAt time.Time
	asked   bool  // the user declined to give a password: nothing runs until a connect or a retry
	fixed   bool  // max is the user's or was learned
	alone   bool  // the server bears one connection: the browsing one is lent
	told    bool  // that the server allows no more
	dead    error // why nothing can be opened, until a connect or a retry
}

func newEngine(s *Service) *engine {
	e := &engine{s: s, jobs: map[int64]*job{}, ready: map[route]*bin{}, runs: map[int64]*run{},
		folders: map[folderKey]*folder{}, split: map[int64]bool{}, rule: usualSplit, every: time.Second, workers: map[*worker]bool{}, sites: map[Conn]*site{}, now: time.Now}
	e.more = map[queue.Class]bool{}
	e.keep = &keeper{e: e, wake: make(chan struct{}, 1)}
	return e
}

func (e *engine) site(c Conn) *site {
	st := e.sites[c]
	if st == nil {
		st = &site{max: e.s.opt.PerSite}
		if m := e.s.endpoint(c).MaxConns; m > 0 {
			// One of them is for browsing; a single one serves both in turns.
			st.max, st.fixed, st.alone = max(1, m-1), true, m == 1
		} else if e.s.opt.Memory != nil {
			if m := e.s.opt.Memory.Learned(string(c)).MaxConns; m > 0 {
				st.alone, st.fixed = m == 1, true
				if !e.s.opt.Lend { // one is for browsing
					m--
				}
				st.max = max(1, min(st.max, m))
			}
		}
		e.sites[c] = st
	}
	return st
}

// connections tells how many are open for transfers, and the limit.
func (e *engine) connections(c Conn) (open, limit int) {
	st := e.sites[c]
	if st == nil {
		return 0, 0
	}
	return st.open, st.max
}

// accountUp hears that the user wants an account connected: what waited for it goes on.
func (e *engine) accountUp(c Conn) {
	if st := e.sites[c]; st != nil {
		*st = site{open: st.open, max: st.max}
	}
	delete(e.sites, c) // limits may have changed
	st := e.site(c)
	for w := range e.workers {
		if w.holds[c] {
			st.open++
		}
	}
	e.stir()
}

// accountDown hears that an account was disconnected: running items go back to the queue.
func (e *engine) accountDown(c Conn) {
	e.site(c).asked = true
	for _, r := range e.runs {
		if Conn(r.item.From) == c || Conn(r.item.To) == c {
			r.end(queue.Queued)
		}
	}
	for w := range e.workers {
		if w.holds[c] && w.run == nil {
			e.retire(w)
		}
	}
	e.unready(func(it *queue.Item) bool { return Conn(it.From) == c || Conn(it.To) == c })
}

// unready gives ready items back to the file.
func (e *engine) unready(which func(*queue.Item) bool) {
	var back []queue.Item
	for _, b := range e.ready {
		for _, l := range []*list{&b.trees, &b.small, &b.big} {
			kept := l.items[:0]
			for _, it := range l.items {
				if which(it) {
					back = append(back, *it)
				} else {
					kept = append(kept, it)
				}
			}
			l.items = kept
		}
	}
	e.held -= len(back)
	if len(back) > 0 {
		e.keep.do(func(ctx context.Context, st *queue.Store) func() {
			_ = st.Release(ctx, back...) // a lease that is not given back ends with the process
			return nil
		})
	}
}

// step starts what can start. The loop calls it whenever something happened.
func (e *engine) step() {
	if e.stopping {
		return
	}
	e.claim()
	e.assign()
	e.lendHelpers()
	e.refreshView()
}

// claim leases more from the file, when there may be more and few are ready.
func (e *engine) claim() {
	if e.claiming || !e.more[queue.ClassTree] && !e.more[queue.ClassSmall] && !e.more[queue.ClassBig] {
		return
	}
	var trees, small, big int
	for _, b := range e.ready {
		trees, small, big = trees+b.trees.len(), small+b.small.len(), big+b.big.len()
	}
	var wants []queue.Want
	blocked := map[Conn]bool{}
	for c, st := range e.sites {
		if st.asked {
			blocked[c] = true
		}
	}
	own := map[int64]bool{}
	for id := range e.jobs {
		own[id] = true
	}
	foreign := e.s.opt.Foreign
	if len(own) == 0 && (!foreign || e.s.opt.Queue == "") {
		return // nothing can be there: a verb that only looks opens no file
	}
	for _, w := range []struct {
		class     queue.Class
		have, max int
	}{{queue.ClassTree, trees, readyTrees}, {queue.ClassSmall, small, readySmall}, {queue.ClassBig, big, readyBig}} {
		if !e.more[w.class] || w.have > w.max/2 {
			continue
		}
		delete(e.more, w.class)
		wants = append(wants, queue.Want{N: w.max - w.have, OK: func(l queue.Lane) bool {
			return l.Class == w.class && (foreign || own[l.Job]) && !blocked[Conn(l.From)] && !blocked[Conn(l.To)]
		}})
	}
	if len(wants) == 0 {
		return
	}
	e.claiming = true
	e.keep.do(func(ctx context.Context, st *queue.Store) func() {
		items, err := st.Claim(ctx, wants...)
		n := e.keep.knownOf(ctx, st, items, own)
		return func() { e.claimed(items, n, err) }
	})
}

// stir has the file asked for more to do.
func (e *engine) stir() {
	for _, c := range []queue.Class{queue.ClassTree, queue.ClassSmall, queue.ClassBig} {
		e.more[c] = true
	}
}

// claimed takes leased items in.
func (e *engine) claimed(items []queue.Item, n known, err error) {
	e.claiming = false
	if err != nil {
		e.trouble(err)
		e.s.after(time.Second, e.stir)
		return
	}
	for i := range items {
		it := &items[i]
		e.more[queue.ClassOf(*it)] = true
		if e.jobs[it.Job] == nil {
			j := n.jobs[it.Job]
			j.ID = it.Job
			e.jobs[it.Job] = newJob(j)
		}
		for _, c := range []Conn{Conn(it.From), Conn(it.To)} {
			if _, ok := e.s.known[c]; !ok && c != Local {
				if ep, ok := n.accounts[c]; ok {
					e.s.adopt(c, ep)
				}
			}
		}
		e.hold(it, false)
	}
	for c, st := range e.sites {
		if st.dead != nil && len(items) > 0 {
			e.failSite(c)
		}
	}
	e.stale = true
	if len(items) == 0 {
		e.proveRest()
		e.checkJobs()
	}
}

// hold makes an item ready to start.
func (e *engine) hold(it *queue.Item, first bool) {
	b := e.binOf(route{Conn(it.From), Conn(it.To)})
	e.held++
	e.jobs[it.Job].here++
	if first {
		b.of(it).front(it)
	} else {
		b.of(it).push(it)
	}
}

// trouble tells that the queue's file cannot be used.
func (e *engine) trouble(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	e.s.out.put(Notice{Text: "queue: " + err.Error()})
}

// assign gives ready items to workers, as far as connections allow.
func (e *engine) assign() {
	if e.held == 0 {
		return
	}
	for k, b := range e.ready {
		for b.len() > 0 {
			w := e.workerFor(k)
			if w == nil {
				break
			}
			if n := len(b.proofs); n > 0 {
				p := b.proofs[0]
				b.proofs = b.proofs[1:]
				e.held--
				e.startProof(w, p)
				continue
			}
			it := e.choose(k, b)
			if it == nil {
				break
			}
			e.held--
			e.start(w, it)
		}
	}
}

// choose picks the next item of a route: folders while files are few, and big
// and small files so that both are at work.
func (e *engine) choose(k route, b *bin) *queue.Item {
	var scans, bigs, all int
	for _, r := range e.runs {
		if (route{Conn(r.item.From), Conn(r.item.To)}) != k {
			continue
		}
		all++
		switch queue.ClassOf(r.item) {
		case queue.ClassTree:
			scans++
		case queue.ClassBig:
			bigs++
		}
	}
	files := b.small.len() + b.big.len()
	switch {
	case b.trees.len() > 0 && (files == 0 || files < readySmall/2 && scans <= all/4):
		return b.trees.pop()
	case b.big.len() > 0 && (b.small.len() == 0 || bigs <= all/3):
		return b.big.pop()
	case b.small.len() > 0:
		return b.small.pop()
	}
	return nil
}

// startProof hands a folder to prove to a worker.
func (e *engine) startProof(w *worker, p *proof) {
	r := &run{w: w}
	r.ctx, r.cancel = context.WithCancelCause(e.s.ctx)
	w.run = r
	w.work <- &assignment{run: r, proof: p}
}

// start hands an item to a worker.
func (e *engine) start(w *worker, it *queue.Item) {
	j := e.jobs[it.Job]
	r := &run{item: *it, w: w}
	r.ctx, r.cancel = context.WithCancelCause(e.s.ctx)
	r.item.State = queue.Running
	if it.Kind == queue.KindTree {
		r.item.State = queue.Scanning
	}
	r.item.Err, r.item.Class = "", ""
	e.runs[it.ID] = r
	if it.Kind == queue.KindFile {
		r.meter = newMeter(it.ID, it.Size, 0, e.now())
		e.s.out.track(r.meter)
	}
	if queue.ClassOf(*it) == queue.ClassBig {
		e.keep.later(r.item)
		e.tick()
	}
	t := &assignment{run: r, options: j.options, rest: j.answer, noTemp: it.To != "" && e.s.endpoint(Conn(it.To)).NoTempName}
	if it.Kind != queue.KindTree {
		t.key = folderOf(it)
		t.folder = e.folders[t.key]
	}
	t.since = j.created
	e.divide(r, t)
	w.run = r
	w.work <- t
	e.stale = true
}

// tick stores how far big items are, once a second.
func (e *engine) tick() {
	if e.ticking {
		return
	}
	e.ticking = true
	e.s.after(e.every, func() {
		e.ticking = false
		for id, r := range e.runs {
			if r.meter != nil && queue.ClassOf(r.item) == queue.ClassBig {
				if r.shared != nil {
					it := r.item
					it.Segments = r.shared.parts.Segments()
					e.keep.later(it)
				}
				e.keep.progress(id, r.meter.Bytes.Load())
				e.consider(r)
				e.tick()
			}
		}
		e.stale = true
	})
}

// stop ends all work; items that run go back to the queue.
func (e *engine) stop() {
	e.stopping = true
	for _, r := range e.runs {
		if r.stop == "" {
			r.end(queue.Queued)
		}
	}
	for w := range e.workers {
		if w.run == nil {
			e.retire(w)
		}
	}
	e.keep.end()
}

func (e *engine) closeStore() { e.keep.close() }

// dirty asks for a new view of the queue.
func (e *engine) dirty() { e.stale = true }

// refreshView reads the queue's numbers for the screen, four times a second at most.
func (e *engine) refreshView() {
	if !e.stale || e.busy || !e.keep.opened {
		return
	}
	e.stale, e.busy = false, true
	e.keep.do(func(ctx context.Context, st *queue.Store) func() {
		v, err := readView(ctx, st)
		return func() { e.viewed(v, err) }
	})
}

func readView(ctx context.Context, st *queue.Store) (*QueueView, error) {
	v := &QueueView{}
	var err error
	if v.Counts, err = st.Counts(ctx, 0); err != nil {
		return nil, err
	}
	if v.Paused, err = st.Paused(ctx); err != nil {
		return nil, err
	}
	page := func(n int, newest bool, states ...queue.State) ([]queue.Item, error) {
		f := queue.Filter{States: states}
		var total int64
		for _, s := range states {
			total += v.Counts.ByState[s]
		}
		from := 0
		if newest {
			from = max(0, int(total)-n)
		}
		if total == 0 {
			return nil, nil
		}
		items, _, err := st.Page(ctx, f, from, n)
		return items, err
	}
	if v.Active, err = page(64, false, queue.Running, queue.Scanning, queue.Waiting, queue.Retrying); err != nil {
		return nil, err
	}
	if v.Next, err = page(16, false, queue.Queued); err != nil {
		return nil, err
	}
	v.Failed, err = page(16, true, queue.Failed)
	return v, err
}

// viewed adds what runs here, of which the file knows only the large ones.
func (e *engine) viewed(v *QueueView, err error) {
	if err != nil {
		e.busy = false
		e.trouble(err)
		return
	}
	seen := map[int64]bool{}
	for i := range v.Active {
		seen[v.Active[i].ID] = true
	}
	for id, r := range e.runs {
		if seen[id] {
			continue
		}
		it := r.item
		if r.meter != nil {
			it.Bytes = r.meter.Bytes.Load()
		}
		if len(v.Active) < 64 {
			v.Active = append(v.Active, it)
		}
		if v.Counts.ByState[queue.Queued] > 0 {
			v.Counts.ByState[queue.Queued]--
			v.Counts.ByState[it.State]++
		}
	}
	kept := v.Next[:0]
	for _, it := range v.Next {
		if e.runs[it.ID] == nil {
			kept = append(kept, it)
		}
	}
	v.Next = kept
	v.Down, v.Up = e.s.limit[0].limit(), e.s.limit[1].limit()
	for _, r := range e.runs {
		lower(&v.SiteDown, e.s.limits[Conn(r.item.From)][0])
		lower(&v.SiteUp, e.s.limits[Conn(r.item.To)][1])
	}
	e.s.out.setView(v)
	e.s.after(viewEvery, func() { e.busy = false })
}

// lower brings a rate down to that of a bucket, which may be nil, as may be no limit.
func lower(rate *int64, b *bucket) {
	if b == nil {
		return
	}
	if n := b.limit(); n > 0 && (*rate == 0 || n < *rate) {
		*rate = n
	}
}

// noted hears from the file what other processes did.
func (e *engine) noted(n queue.Note) {
	if n.Changed {
		e.stir()
		e.stale = true
	}
	for _, st := range n.Stops {
		e.halt(st.Item, st.State)
	}
	if n.Lost {
		for _, r := range e.runs {
			r.end(lostLease)
		}
		for _, b := range e.ready {
			*b = bin{}
		}
		e.held = 0
		e.stir()
	}
}

// lostLease is the stop of a run whose item another process took: nothing is stored of it.
const lostLease queue.State = "lost"

// halt stops an item that is held here.
func (e *engine) halt(id int64, to queue.State) {
	if r := e.runs[id]; r != nil {
		r.end(to)
		return
	}
	for _, b := range e.ready {
		for _, l := range []*list{&b.trees, &b.small, &b.big} {
			for i, it := range l.items {
				if it.ID == id {
					l.items = append(l.items[:i:i], l.items[i+1:]...)
					e.held--
					e.jobs[it.Job].here--
					e.settleAs(*it, to)
					return
				}
			}
		}
	}
	for _, j := range e.jobs {
		for i, p := range j.parked {
			if p.item.ID == id {
				j.parked = append(j.parked[:i:i], j.parked[i+1:]...)
				j.here--
				if p.asked != 0 {
					e.s.drop(p.asked)
					e.askNext(j)
				}
				e.settleAs(p.item, to)
				return
			}
		}
	}
}

// soon is the wait before the second try of an item whose connection was lost:
// a new connection is likely to work at once.
const soon = 200 * time.Millisecond

// retryAfter is when a failed item is tried again.
func (e *engine) retryAfter(tries int, err error) time.Duration {
	wait := e.s.pause(max(0, tries-1))
	if tries == 1 && lost(err) {
		return min(wait, soon)
	}
	return wait
}

// maxTries is how often an item is started.
func maxTries(o queue.Options) int {
	if o.MaxTries > 0 {
		return o.MaxTries
	}
	return 6
}

// class is the word for an error's class.
func class(err error) string {
	for _, c := range []struct {
		is   error
		word string
	}{{context.Canceled, "canceled"}, {vfs.ErrVerify, "verify"}, {vfs.ErrChanged, "changed"}, {vfs.ErrDiskFull, "disk"},
		{vfs.ErrLocal, "local"}, {vfs.ErrQuota, "quota"}, {vfs.ErrConflict, "conflict"}, {vfs.ErrTrust, "trust"}, {vfs.ErrTLS, "tls"},
		{vfs.ErrLogin, "login"}, {vfs.ErrTooMany, "too-many"}, {vfs.ErrConnLost, "lost"}, {vfs.ErrTimeout, "timeout"},
		{vfs.ErrConnect, "connect"}, {vfs.ErrBadName, "name"}, {vfs.ErrUsage, "usage"}} {
		if errors.Is(err, c.is) {
			return c.word
		}
	}
	return "refused"
}
