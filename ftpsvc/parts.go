package ftpsvc

import (
	"context"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
	"ferry/ftpsvc/vfs"
)

// splitRule says when a large download is split without being asked: it has run
// for a while, would run for long, is slow, and nothing else wants the connections.
type splitRule struct {
	from  int64         // bytes of the file
	after time.Duration // between two looks
	left  time.Duration // at the rate of now
	slow  int64         // bytes a second
}

var usualSplit = splitRule{from: 16 << 20, after: 3 * time.Second, left: 10 * time.Second, slow: 32 << 20}

// splitting is the stop of a run that begins again in parts.
const splitting queue.State = "split"

// shared is a download that several workers share.
type shared struct {
	parts   *transfer.Parts
	want    int // workers, the one who has the item included
	helpers int
	ctx     context.Context
	a       *assignment
	rate    int64 // bytes a second before the last helper came
	at      time.Time
}

// divide makes parts of a download where that was asked for, was decided
// while it ran, or was begun by an earlier try.
func (e *engine) divide(r *run, a *assignment) {
	it := &r.item
	if it.Kind != queue.KindFile || !it.Download() || it.Size < 2*transfer.MinPart || len(a.options.ASCII) > 0 {
		return
	}
	want := a.options.Segments
	switch {
	case want > 1:
	case e.split[it.ID]:
		want = 2
	case len(it.Segments) > 0 && want == 0:
		want = max(2, min(len(it.Segments), 4))
	default:
		return
	}
	n := want
	if e.split[it.ID] {
		n = 1 // what is there is the beginning; the helper takes over half of the rest
	}
	delete(e.split, it.ID)
	row := *it
	save := func(s []queue.Segment) error {
		row.Segments = s
		return e.keep.record(row)
	}
	a.parts = transfer.NewParts(it.Size, n, it.Segments, &r.meter.Bytes, save)
	r.shared = &shared{parts: a.parts, want: want, ctx: r.ctx, a: a, at: e.now()}
}

// lend gives idle connections to the downloads that are in parts.
func (e *engine) lendHelpers() {
	for _, r := range e.runs {
		for r.shared != nil && r.shared.helpers+1 < r.shared.want {
			c := Conn(r.item.From)
			st := e.site(c)
			if most := r.shared.a.options.Segments; !st.fixed && st.max < most {
				st.max = most
			}
			w := e.workerFor(route{c, Local})
			if w == nil {
				return
			}
			r.shared.helpers++
			h := &run{w: w, item: r.item, helps: r.item.ID}
			h.ctx, h.cancel = context.WithCancelCause(r.shared.ctx)
			w.run = h
			w.work <- &assignment{run: h, options: r.shared.a.options, parts: r.shared.parts}
		}
	}
}

// helped hears that a helper is done.
func (e *engine) helped(h *run, out outcome) {
	if r := e.runs[h.helps]; r != nil && r.shared != nil {
		r.shared.helpers--
		if out.err != nil || out.open {
			r.shared.want = max(1, r.shared.want-1)
		} else {
			r.shared.want = r.shared.helpers + 1 // nothing is left to take over
		}
	}
}

// consider looks once a second whether a download should go over more connections.
func (e *engine) consider(r *run) {
	it := &r.item
	if r.meter == nil || !it.Download() || it.Size < e.rule.from {
		return
	}
	j := e.jobs[it.Job]
	if j == nil || j.options.Segments != 0 || len(j.options.ASCII) > 0 {
		return
	}
	now, n := e.now(), r.meter.Bytes.Load()
	if r.seen.IsZero() {
		r.seen, r.seenBytes = now, n
		return
	}
	span := now.Sub(r.seen)
	if span < e.rule.after {
		return
	}
	rate := int64(float64(n-r.seenBytes) / span.Seconds())
	r.seen, r.seenBytes = now, n
	k := route{Conn(it.From), Conn(it.To)}
	st := e.site(k.from)
	if rate <= 0 || rate > e.rule.slow || float64(it.Size-n)/float64(rate) < e.rule.left.Seconds() ||
		st.open >= st.max || e.binOf(k).len() > 0 || e.s.limit[0].limit() > 0 || e.s.limitOf(k.from)[0].limit() > 0 {
		return
	}
	switch s := r.shared; {
	case s == nil:
		e.split[it.ID] = true
		r.end(splitting)
	case rate > s.rate+s.rate/10: // the last one was worth it
		s.rate = rate
		s.want = s.helpers + 2
	}
}

// helper works at another worker's item.
func (w *worker) helper(a *assignment) outcome {
	it := a.run.item
	src, err := w.side(a.run.ctx, Conn(it.From))
	if err != nil {
		return outcome{err: err, failed: Conn(it.From), open: true}
	}
	var dst vfs.FS
	if dst, err = w.side(a.run.ctx, Local); err != nil {
		return outcome{err: err}
	}
	f := transfer.File{Item: it, Options: a.options, Src: src, Dst: dst, Salt: w.e.s.salt()}
	return outcome{err: a.parts.Help(a.run.ctx, &f)}
}
