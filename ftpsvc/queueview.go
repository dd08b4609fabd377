package ftpsvc

import (
	"context"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// viewEvery is the least time between two looks at the queue's numbers.
const viewEvery = 250 * time.Millisecond

// dirty asks for a new view of the queue.
func (e *engine) dirty() { e.stale = true }

// refreshView reads the queue's numbers for the screen, four times a second at most.
func (e *engine) refreshView() {
	if !e.stale || e.busy || !e.keep.opened {
		return
	}
	e.stale, e.busy = false, true
	upTo := e.ended()
	e.keep.do(func(ctx context.Context, st *queue.Store) func() {
		v, err := readView(ctx, st)
		return func() { e.viewed(v, upTo, err) }
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

// viewed passes on what was read, behind the items that were over by then.
func (e *engine) viewed(v *QueueView, upTo int, err error) {
	if err != nil {
		e.trouble(err)
		e.s.after(e.s.pause(0), func() { e.busy, e.stale = false, true }) // what is unsaid is told once it is stored
		return
	}
	e.tell(upTo)
	if e.paused != nil && !*e.paused && v.Paused { // also where nothing was at work that could be told to stop
		e.pauseOwn()
	}
	paused := v.Paused
	e.paused = &paused
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

// page reads a part of the queue. What was over before that is told before the end
// of the request.
func (e *engine) page(r *request, b QueuePage) {
	if b.Offset < 0 || b.Limit < 0 {
		e.s.finish(r, nil, &vfs.Error{Op: "queue", Err: vfs.ErrUsage})
		return
	}
	upTo := e.ended()
	e.keep.try(func(ctx context.Context, st *queue.Store, err error) func() {
		rows, flushed := QueueRows{Offset: b.Offset}, false
		if err == nil {
			flushed = st.Flush(ctx) == nil
			rows.Paused, err = st.Paused(ctx)
		}
		switch {
		case err != nil:
		case len(b.Items) > 0:
			rows.Items, err = st.Items(ctx, b.Items...)
			rows.Total = len(rows.Items)
		default:
			rows.Items, rows.Total, err = st.Page(ctx, b.Filter, b.Offset, b.Limit)
		}
		return func() {
			if flushed {
				e.tell(upTo)
			}
			e.s.finish(r, rows, err)
		}
	})
}
