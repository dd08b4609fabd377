package ftpsvc

import (
	"context"
	"time"

	"ferry/ftpsvc/queue"
)

// Of each class so many items are held ready, leased but not begun.
const (
	readyTrees = 16
	readySmall = 256
	readyBig   = 16
)

// claim leases more from the file, when there may be more and few are ready.
func (e *engine) claim() {
	if e.claiming || e.sorting > 0 || !e.more[queue.ClassTree] && !e.more[queue.ClassSmall] && !e.more[queue.ClassBig] {
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
		var due time.Time
		if len(items) == 0 {
			due, _ = st.NextRetry(ctx) // it may have failed in a process that is gone
		}
		return func() {
			e.claimed(items, n, err)
			e.wakeAt(due)
		}
	})
}

// wakeAt has the file asked again at a time, unless it will be before.
func (e *engine) wakeAt(due time.Time) {
	now := e.now()
	if due.IsZero() || e.wake.After(now) && !due.Before(e.wake) {
		return
	}
	e.wake = due
	e.s.after(due.Sub(now)+time.Millisecond, e.stir)
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
		if to, ok := e.early[it.ID]; ok {
			e.settleAs(*it, to)
			continue
		}
		e.hold(it, false)
	}
	clear(e.early)
	for c, st := range e.sites {
		if st.dead != nil && len(items) > 0 {
			e.failSite(c)
		}
	}
	e.stale = true
	if len(items) == 0 {
		e.proveRest()
		e.resting = true
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
	for i := range back {
		e.gone(&back[i])
	}
	if len(back) > 0 {
		e.keep.do(func(ctx context.Context, st *queue.Store) func() {
			_ = st.Release(ctx, back...) // a lease that is not given back ends with the process
			return nil
		})
	}
}

// noted hears from the file what other processes did.
func (e *engine) noted(n queue.Note) {
	if n.Changed {
		e.stir()
		e.stale, e.resting = true, true
	}
	own := false
	for _, st := range n.Stops {
		if st.State == queue.Queued && !e.s.opt.Foreign { // all is paused
			st.State, own = queue.Paused, true
		}
		e.halt(st.Item, st.State)
	}
	if own {
		e.pauseOwn()
	}
	if n.Lost {
		e.loseAll()
	}
}

// loseAll forgets all that is held: another process took it over.
func (e *engine) loseAll() {
	for _, b := range e.ready {
		for _, p := range b.proofs {
			p.void = true
		}
		*b = bin{}
	}
	e.held = 0
	for _, f := range e.folders {
		f.late = nil
	}
	for _, j := range e.jobs {
		for _, p := range j.parked {
			if p.asked != 0 {
				e.s.drop(p.asked)
			}
		}
		j.parked, j.here, j.late, j.open = nil, 0, 0, -1
	}
	for w := range e.workers {
		if w.run != nil && w.run.proof != nil {
			w.run.proof.void = true
		}
	}
	for _, r := range e.runs {
		e.jobs[r.item.Job].here++
		r.end(lostLease)
	}
	e.stir()
}

// lostLease is the stop of a run whose item another process took: nothing is stored of it.
const lostLease queue.State = "lost"

// halt stops an item that is held here.
func (e *engine) halt(id int64, to queue.State) {
	if r := e.runs[id]; r != nil {
		r.end(to)
		return
	}
	if !e.haltReady(id, to) && !e.haltParked(id, to) && !e.haltLate(id, to) && e.claiming {
		e.early[id] = to // it may be on its way here
	}
}

func (e *engine) haltReady(id int64, to queue.State) bool {
	for _, b := range e.ready {
		for _, l := range []*list{&b.trees, &b.small, &b.big} {
			for i, it := range l.items {
				if it.ID == id {
					l.items = append(l.items[:i:i], l.items[i+1:]...)
					e.held--
					e.gone(it)
					e.settleAs(*it, to)
					return true
				}
			}
		}
	}
	return false
}

func (e *engine) haltParked(id int64, to queue.State) bool {
	for _, j := range e.jobs {
		for i, p := range j.parked {
			if p.item.ID == id {
				j.parked = append(j.parked[:i:i], j.parked[i+1:]...)
				e.gone(&p.item)
				if p.asked != 0 {
					e.s.drop(p.asked)
					e.askNext(j)
				}
				e.settleAs(p.item, to)
				return true
			}
		}
	}
	return false
}

// gone hears that an item is in memory no more.
func (e *engine) gone(it *queue.Item) {
	if j := e.jobs[it.Job]; j != nil {
		j.here--
		e.resting = e.resting || j.atRest()
	}
}
