package ftpsvc

import (
	"context"
	"fmt"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// control acts on the queue.
func (e *engine) control(r *request, b Control) {
	sel := queue.Selection{Items: b.Items, Jobs: b.Jobs, All: b.All}
	ops := map[ControlOp]queue.Op{Pause: queue.OpPause, Resume: queue.OpResume, CancelItems: queue.OpCancel, Retry: queue.OpRetry,
		Reorder: queue.OpReorder, SetPriority: queue.OpPriority, Clear: queue.OpClear, Forget: queue.OpForget, RunNow: queue.OpResume}
	o, ok := ops[b.Op]
	if !ok || !b.All && len(b.Items) == 0 && len(b.Jobs) == 0 {
		e.s.finish(r, nil, &vfs.Error{Op: "control", Err: fmt.Errorf("%w: nothing chosen", vfs.ErrUsage)})
		return
	}
	if b.Op == Retry || b.Op == RunNow || b.Op == Resume {
		for _, st := range e.sites {
			st.asked, st.fails, st.retryAt, st.dead = false, 0, e.now(), nil
		}
		for _, j := range e.jobs {
			j.dropped = false
		}
	}
	order := b.Op == Reorder || b.Op == SetPriority
	if order { // also of what is held ahead, and nothing is taken again before
		e.unready(func(*queue.Item) bool { return true })
		e.sorting++
	}
	e.keep.control(o, sel, b.Value, func(n int64, err error) {
		if order {
			e.sorting--
		}
		finish := func() { e.s.finish(r, n, err) }
		switch o {
		case queue.OpCancel:
			finish()
			e.sweepAll(nil)
		case queue.OpClear:
			e.sweepAll(finish)
		case queue.OpForget:
			e.sweepAll(func() { e.tellStrays(finish) })
		default:
			finish()
		}
	})
}

// cancelJobs cancels whole jobs, and removes what they left.
func (e *engine) cancelJobs(ids ...int64) {
	e.keep.control(queue.OpCancel, queue.Selection{Jobs: ids}, 0, func(int64, error) { e.sweepAll(nil) })
}

// control runs a change of the user's in the file; then hears of it in the
// loop. A million items take seconds, in which transfers go on.
func (k *keeper) control(o queue.Op, sel queue.Selection, value int64, then func(int64, error)) {
	k.try(func(ctx context.Context, st *queue.Store, err error) func() {
		change := func() {
			var n int64
			if err == nil {
				n, err = st.Control(ctx, o, sel, value)
			}
			k.e.s.report(func() {
				k.e.stir()
				k.e.stale, k.e.resting = true, true
				if then != nil {
					then(n, err)
				}
			})
		}
		return func() { k.aside(change) }
	})
}
