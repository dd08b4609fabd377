package ftpsvc

import (
	"context"
	"errors"
	"sync"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
)

// idleWorker is how long a worker keeps its connections with nothing to do.
const idleWorker = 15 * time.Second

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
	naming  map[Conn]transfer.Naming // how uploads are called until they are whole
	told    map[Conn]map[string]bool // what was said of a server
	made    sync.Map                 // folders that workers found missing and made: madeKey to the time; any goroutine

	claiming bool
	sorting  int                       // changes of the order that are under way
	wake     time.Time                 // when the file is asked again for a retry
	more     map[queue.Class]bool      // the file may have items of the class to claim
	busy     bool                      // the keeper has asked for the view
	stale    bool                      // the view is out of date
	paused   *bool                     // whether the whole queue was when last looked at; nil: not looked yet
	resting  bool                      // a job may have come to its end
	early    map[int64]queue.State     // controls of items that are being claimed
	unsaid   []queue.Item              // over, and not told before that is stored
	said     int                       // how many of them were told before
	swept    map[Conn][]queue.Leftover // removed, and not stored yet
	ticking  bool
	showing  bool
	stopping bool
	troubled time.Time // when it was told last that the file cannot be used
	shutTill time.Time // nothing starts before: what became of it could not be stored
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
	proof  *proof // a folder to prove, instead of an item
	meter  *meter
	ctx    context.Context
	cancel context.CancelCauseFunc
	asks   bool        // the user is being asked before there is a session
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
	e.naming, e.told = map[Conn]transfer.Naming{}, map[Conn]map[string]bool{}
	e.swept = map[Conn][]queue.Leftover{}
	e.more, e.early = map[queue.Class]bool{}, map[int64]queue.State{}
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

// step starts what can start. The loop calls it whenever something happened.
func (e *engine) step() {
	if e.stopping {
		return
	}
	if e.resting {
		e.resting = false
		e.checkJobs()
	}
	e.claim()
	e.assign()
	e.lendHelpers()
	e.refreshView()
}

// trouble tells that the queue cannot be used. Of its file, or a full disk, it
// tells now and then: all that goes on meanwhile finds the same.
func (e *engine) trouble(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	if errors.Is(err, queue.ErrFile) {
		now := e.now()
		if now.Sub(e.troubled) < troubleEvery {
			return
		}
		e.troubled = now
	}
	e.s.out.put(Notice{Text: err.Error(), Err: err})
}

const troubleEvery = time.Minute

// shut lets nothing start for a while: the queue's file cannot be written.
func (e *engine) shut(err error) {
	e.trouble(err)
	wait := e.s.pause(2)
	e.shutTill = e.now().Add(wait)
	e.s.after(wait, func() {}) // has the loop look again
}

// assign gives ready items to workers, as far as connections allow.
func (e *engine) assign() {
	if e.held == 0 || e.now().Before(e.shutTill) {
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

// asks hears that the user is asked about an account: an item whose session
// cannot be opened before is not at work yet.
func (e *engine) asks(c Conn) {
	for _, r := range e.runs {
		if !r.asks && r.w.opens.Load() && (Conn(r.item.From) == c || Conn(r.item.To) == c) {
			r.asks, e.stale = true, true
			it := r.item
			it.State = queue.Held
			e.keep.later(it)
		}
	}
}

// asked hears that the user has answered.
func (e *engine) asked(c Conn) {
	for _, r := range e.runs {
		if r.asks && (Conn(r.item.From) == c || Conn(r.item.To) == c) {
			r.asks, e.stale = false, true
			e.keep.later(r.item)
		}
	}
}

// startProof hands a folder to prove to a worker.
func (e *engine) startProof(w *worker, p *proof) {
	r := &run{w: w, proof: p}
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
	e.keep.later(r.item)
	if queue.ClassOf(*it) == queue.ClassBig {
		e.tick()
	}
	t := &assignment{run: r, options: j.options, rest: j.answer, naming: e.namingOf(Conn(it.To)), few: j.few}
	t.key = folderOf(it)
	if it.Kind == queue.KindTree {
		t.parent = e.folders[t.key]
	} else {
		t.folder = e.folderFor(t.key, it)
	}
	t.since = j.created
	t.oneHost = it.From != "" && it.To != "" && e.s.endpoint(Conn(it.From)).Host == e.s.endpoint(Conn(it.To)).Host
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
		e.storeProgress()
	})
}

// storeProgress stores how far big items are. Until the first byte moved, that
// is as far as they were.
func (e *engine) storeProgress() {
	for id, r := range e.runs {
		if r.meter == nil || queue.ClassOf(r.item) != queue.ClassBig {
			continue
		}
		if n := r.meter.Bytes.Load(); n > 0 && !r.asks {
			if r.shared != nil {
				it := r.item
				it.Segments = r.shared.parts.Segments()
				e.keep.later(it)
			}
			e.keep.progress(id, n)
		}
		e.consider(r)
		e.tick()
	}
	e.stale = true
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

func (e *engine) closeStore() {
	if st := e.keep.get(); st != nil {
		for c, gone := range e.swept {
			_ = st.Swept(context.Background(), string(c), gone) // else it is looked for once more
		}
	}
	e.keep.close()
	e.tell(e.ended())
}
