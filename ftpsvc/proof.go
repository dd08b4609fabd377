package ftpsvc

import (
	"context"
	"fmt"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

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
}

// late is an upload that was acknowledged and not yet proven.
type late struct {
	item queue.Item
	move bool // the source goes once it is proven
}

// proven is what the listing told of each item, in their order.
type proven []error

// errNotListed is the outcome where the folder cannot be listed at all.
var errNotListed = fmt.Errorf("%w: the folder cannot be listed", vfs.ErrUnsupported)

// awaitProof keeps an uploaded item until its folder is listed.
func (e *engine) awaitProof(f *folder, k folderKey, it queue.Item, move bool) {
	f.late = append(f.late, late{it, move})
	f.from = Conn(it.From)
	if j := e.jobs[it.Job]; j != nil {
		j.here++
		j.late++
	}
	if len(f.late) >= max(lateMost, f.size()) {
		e.proveFolder(k, f)
	}
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
		j := e.jobs[it.Job]
		if j != nil {
			j.here--
			j.late--
		}
		var why error
		switch {
		case err != nil && e.stopping:
			it.State, it.Tries = queue.Queued, it.Tries+1 // proven by whoever goes on
			e.keep.later(it)
			continue
		case err != nil:
			why = errNotListed
		default:
			why = out[i]
		}
		it.State, it.Reached = queue.Done, queue.Verified
		switch {
		case why == errNotListed:
			it.Reached = queue.Acknowledged
		case why != nil:
			it.State, it.Reached = queue.Failed, queue.Acknowledged
			it.Err, it.Class = why.Error(), class(why)
		default:
			why = nil
		}
		if it.State == queue.Done {
			why = nil
		}
		e.keep.later(it)
		e.count(j, it, why)
	}
	e.stale = true
}
