package ftpsvc

import (
	"context"
	"errors"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

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
	if errors.Is(out.err, queue.ErrFile) { // the item is not to blame, and what it has is kept
		it.State = queue.Queued
		e.hold(&it, true)
		e.shut(out.err)
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
	if errors.Is(out.err, vfs.ErrDiskFull) && it.To == "" && e.diskFull(j, it, out.err) {
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
		err := st.Save(ctx, it)
		return func() {
			if err != nil {
				e.trouble(err)
			}
			e.s.after(it.NotBefore.Sub(e.now())+time.Millisecond, e.stir)
		}
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
