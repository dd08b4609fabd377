package ftpsvc

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// lateLong is how long an upload waits for its proof at most, where the folder
// holds no more than four times what waits.
const lateLong = 10 * time.Second

// lateMost is how many uploads of a folder wait for their proof at most,
// unless the folder is so large that listing it so often would cost more.
const lateMost = 1000

// proof is a target folder to list once, which proves the small files that
// were uploaded to it.
type proof struct {
	key   folderKey
	from  Conn
	items []late
	tries int
	void  bool // another process has the items now
}

// late is an upload that was acknowledged and not yet proven.
type late struct {
	item  queue.Item
	move  bool // the source goes once it is proven
	since time.Time
	shown bool // the file says that it was sent
}

// proven is what the listing told of each item, in their order.
type proven []error

// errNotListed is the outcome where the folder cannot be listed at all.
var errNotListed = fmt.Errorf("%w: the folder cannot be listed", vfs.ErrUnsupported)

// awaitProof keeps an uploaded item until its folder is listed.
func (e *engine) awaitProof(f *folder, k folderKey, it queue.Item, move bool) {
	f.late = append(f.late, late{item: it, move: move, since: e.now()})
	f.from = Conn(it.From)
	if j := e.jobs[it.Job]; j != nil {
		j.here++
		j.late++
	}
	e.keep.rest(it)
	e.showLate()
	if len(f.late) >= max(lateMost, f.size()) {
		e.proveFolder(k, f)
	}
}

// showLate stores what uploads have reached that wait for their proof for long,
// so that nobody takes them for unsent: most of them never wait.
func (e *engine) showLate() {
	if e.showing {
		return
	}
	e.showing = true
	e.s.after(e.every, func() {
		e.showing = false
		now := e.now()
		old := now.Add(-e.every)
		for k, f := range e.folders {
			for i := range f.late {
				if l := &f.late[i]; !l.shown && !l.since.After(old) {
					l.shown, e.stale = true, true
					it := l.item
					it.State = queue.Held
					e.keep.later(it)
				}
			}
			if len(f.late) == 0 {
				continue
			}
			e.showLate()
			if now.Sub(f.late[0].since) > lateLong && 4*len(f.late) >= f.size()+f.listed {
				e.proveFolder(k, f)
			}
		}
	})
}

// left hears that an item of a folder is over; the last one brings the proof.
func (e *engine) left(k folderKey, f *folder) {
	if f == nil {
		return
	}
	f.open--
	if f.open <= 0 && f.scanned {
		e.proveFolder(k, f)
	}
}

// proveFolder has a folder listed.
func (e *engine) proveFolder(k folderKey, f *folder) {
	if len(f.late) == 0 {
		return
	}
	e.binOf(route{f.from, k.to}).proofs = append(e.binOf(route{f.from, k.to}).proofs, &proof{key: k, from: f.from, items: f.late})
	e.held++
	f.listed += len(f.late)
	f.late = nil
}

// proveRest has all folders listed of which something waits and nothing is at work.
func (e *engine) proveRest() {
	for k, f := range e.folders {
		if j := e.jobs[k.job]; j == nil || j.atRest() {
			e.proveFolder(k, f)
		}
	}
}

// haltLate ends an upload that waits for its proof: it cannot be stopped any
// more, but a cancel is not waited for. A pause lets the proof go on.
func (e *engine) haltLate(id int64, to queue.State) bool {
	take := func(list []late) ([]late, bool) {
		i := slices.IndexFunc(list, func(l late) bool { return l.item.ID == id })
		if i < 0 || to != queue.Canceled {
			return list, i >= 0
		}
		it := list[i].item
		if list[i].move {
			e.s.out.put(Notice{Conn: Conn(it.From), Text: it.Source + ": the source stays: canceled before the copy was proven"})
		}
		e.unlate(&it)
		e.over(it, nil)
		return slices.Delete(list, i, i+1), true
	}
	for _, f := range e.folders {
		var found bool
		if f.late, found = take(f.late); found {
			return true
		}
	}
	for _, b := range e.ready {
		for _, p := range b.proofs {
			var found bool
			if p.items, found = take(p.items); found {
				return true
			}
		}
	}
	return false
}

// unlate hears that an upload waits for its proof no more.
func (e *engine) unlate(it *queue.Item) {
	if j := e.jobs[it.Job]; j != nil {
		j.late--
	}
	e.gone(it)
}

// over ends an upload that had waited for its proof; why says that it failed.
func (e *engine) over(it queue.Item, why error) {
	it.State = queue.Done
	if why != nil {
		it.State, it.Err, it.Class = queue.Failed, why.Error(), class(why)
	}
	e.keep.later(it)
	e.count(e.jobs[it.Job], it, why)
}

// prove lists the folder and compares sizes. It runs in a worker.
func (w *worker) prove(ctx context.Context, p *proof) (proven, error) {
	src, err := w.side(ctx, p.from)
	if err != nil {
		return nil, err
	}
	dst, err := w.target(ctx, p.from, p.key.to)
	if err != nil {
		return nil, err
	}
	known, err := listNames(ctx, dst, p.key.dir)
	if lost(err) || ctx.Err() != nil {
		return nil, err
	}
	out := make(proven, len(p.items))
	for i, l := range p.items {
		if err != nil {
			out[i] = errNotListed
			continue
		}
		if out[i] = agrees(known, dst.Style().NameKey(dst.Style().Base(l.item.Target)), l.item); out[i] == nil && l.move {
			out[i] = src.Remove(ctx, l.item.Source)
		}
	}
	return out, nil
}

// agrees compares a listed entry with what was sent; name is the key of its name.
func agrees(f *folder, name string, it queue.Item) error {
	e, ok := f.names[name]
	switch {
	case !ok:
		return &vfs.Error{Op: "verify", Path: it.Target, Err: fmt.Errorf("%w: it is not in the listing", vfs.ErrVerify)}
	case e.Size < 0:
		return errNotListed
	case e.Size != it.Bytes:
		return &vfs.Error{Op: "verify", Path: it.Target, Err: fmt.Errorf("%w: the server has %d bytes, %d were sent", vfs.ErrVerify, e.Size, it.Bytes)}
	}
	return nil
}

// maxProofs is how often a listing that proves is tried.
const maxProofs = 3

// settleProof ends the items of a proof.
func (e *engine) settleProof(p *proof, out proven, err error) {
	if p.void {
		return
	}
	if err != nil && !e.stopping {
		p.tries++
		if p.tries < maxProofs {
			b := e.binOf(route{p.from, p.key.to})
			b.proofs = append(b.proofs, p)
			e.held++
			return
		}
	}
	for i, l := range p.items {
		it := l.item
		e.unlate(&it)
		switch {
		case err != nil && e.stopping:
			it.State, it.Tries = queue.Queued, it.Tries+1 // proven by whoever goes on
			e.keep.later(it)
		case err != nil || out[i] == errNotListed:
			e.over(it, nil)
		case out[i] != nil:
			e.over(it, out[i])
		default:
			it.Reached = queue.Verified
			e.over(it, nil)
		}
	}
	e.stale = true
}
