package ftpsvc

import (
	"context"
	"fmt"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// copy looks at the sources, fixes the targets and queues a job.
func (e *engine) copy(r *request, b Copy) {
	if err := checkCopy(b); err != nil {
		e.s.finish(r, nil, err)
		return
	}
	to, err := e.s.account("copy", b.To)
	if err == nil {
		_, err = e.s.account("copy", b.From)
	}
	if err != nil {
		e.s.finish(r, nil, err)
		return
	}
	if b.From == b.To && b.Options.Move && !b.Later {
		e.s.onSideThen(r, op{name: "move", conn: b.From, run: func(ctx context.Context, side vfs.FS) (any, error) {
			return moveWithin(ctx, side, b)
		}}, func(v any) { e.moved(r, b, v.(movedPaths)) })
		return
	}
	e.look(r, b, to)
}

// look learns what the sources are, and plans.
func (e *engine) look(r *request, b Copy, to *account) {
	e.s.onSideThen(r, op{name: "copy", conn: b.From, again: true, run: func(ctx context.Context, side vfs.FS) (any, error) {
		return sources(ctx, side, b)
	}}, func(v any) { e.plan(r, b, to.info.Style, v.([]source)) })
}

func checkCopy(b Copy) error {
	wrong := func(why string) error {
		return &vfs.Error{Op: "copy", Err: fmt.Errorf("%w: %s", vfs.ErrUsage, why)}
	}
	switch {
	case len(b.Paths) == 0:
		return wrong("nothing to copy")
	case b.Dir == "":
		return wrong("no target folder")
	case b.As != "" && len(b.Paths) > 1:
		return wrong("a new name is for a single source")
	case b.As == "." || b.As == "..":
		return wrong("the new name is no name")
	case b.Contents && (b.As != "" || b.Options.Move):
		return wrong("the contents of a folder have no new name and are not moved")
	}
	return nil
}

// plan makes the job's first items and stores them.
func (e *engine) plan(r *request, b Copy, dst vfs.PathStyle, from []source) {
	a, err := e.s.account("copy", b.From)
	if err != nil {
		e.s.finish(r, nil, err)
		return
	}
	src := a.info.Style
	o := b.Options
	if !b.Later {
		o.Owner = ownJob
	}
	items := make([]queue.Item, 0, len(from))
	for i, f := range from {
		it := itemOf(f.entry, f.path, targetOf(b, src, dst, b.Paths[i]))
		if b.Contents && it.Kind != queue.KindTree {
			e.s.finish(r, nil, &vfs.Error{Op: "copy", Path: it.Source, Err: fmt.Errorf("%w: not a folder", vfs.ErrUsage)})
			return
		}
		it.From, it.To = string(b.From), string(b.To)
		if o.Links == queue.LinksFollow || o.Links == queue.LinksRecreate {
			o.Roots = append(o.Roots, f.path)
		}
		if it.Kind == queue.KindTree && o.NoTrees && len(from) == 1 {
			e.s.finish(r, nil, errNoTrees(it.Source))
			return
		}
		if err := intoItself(src, it, o.Move); err != nil {
			e.s.finish(r, nil, err)
			return
		}
		items = append(items, it)
	}
	title := b.Paths[0]
	if n := len(b.Paths); n > 1 {
		title = fmt.Sprintf("%s and %d more", title, n-1)
	}
	if b.Contents {
		title = "what is in " + title
	}
	var ends []vfs.Endpoint // so that another process knows how to reach them
	for _, c := range []Conn{b.From, b.To} {
		if c != Local {
			ends = append(ends, e.s.endpoint(c))
		}
	}
	e.keep.try(func(ctx context.Context, st *queue.Store, err error) func() {
		if err != nil {
			return func() { e.s.finish(r, nil, err) }
		}
		for _, ep := range ends {
			if err := st.PutAccount(ctx, ep); err != nil {
				return func() { e.s.finish(r, nil, err) }
			}
		}
		if old, ok := interrupted(ctx, st, title, o, items, b.Began); ok && !b.Later {
			if err := st.Own(ctx, old.ID); err != nil {
				return func() { e.s.finish(r, nil, err) }
			}
			return func() { e.goOn(r, old) }
		}
		j, stored, err := st.AddJob(ctx, queue.Job{Title: title, Options: o}, items)
		return func() { e.filed(r, b.Later, j, stored, err) }
	})
}

// targetOf is where a path of a Copy goes.
func targetOf(b Copy, src, dst vfs.PathStyle, path string) string {
	if b.Contents {
		return b.Dir
	}
	name := b.As
	if name == "" {
		name, _ = nameAt(src, dst, src.Base(path))
	}
	return dst.Join(b.Dir, name)
}

// itemOf is the item of a listing's entry.
func itemOf(en vfs.Entry, source, target string) queue.Item {
	it := queue.Item{Kind: queue.KindFile, Source: source, Target: target, Size: en.Size,
		ModTime: en.ModTime, UTC: en.UTC, Prec: en.Prec, Mode: en.Mode, HasMode: en.HasMode}
	if en.SizeRough {
		it.Size = -1
	}
	switch en.Kind {
	case vfs.Dir:
		it.Kind, it.Size = queue.KindTree, -1
	case vfs.Link:
		it.Kind, it.Size = queue.KindLink, -1
	}
	return it
}

// errNoTrees is the refusal of a folder where whole trees were not asked for.
func errNoTrees(path string) error {
	return &vfs.Error{Op: "copy", Path: path, Err: ErrFolder}
}

// ErrFolder is the cause where a folder is among what is not to be gone into.
var ErrFolder = fmt.Errorf("%w: it is a folder", vfs.ErrUsage)

// intoItself refuses what would read what it writes.
func intoItself(st vfs.PathStyle, it queue.Item, move bool) error {
	if it.From != it.To {
		return nil
	}
	op, done := "copy", "copied"
	if move {
		op, done = "move", "moved"
	}
	if st.Clean(it.Source) == st.Clean(it.Target) {
		return &vfs.Error{Op: op, Path: it.Source, Err: fmt.Errorf("%w: source and target are the same", vfs.ErrUsage)}
	}
	if it.Kind == queue.KindTree && st.Within(it.Source, it.Target) {
		return &vfs.Error{Op: op, Path: it.Source, Err: fmt.Errorf("%w: a folder cannot be %s into itself", vfs.ErrUsage, done)}
	}
	return nil
}

// filed hears that a job is on disk.
func (e *engine) filed(r *request, later bool, j queue.Job, items []queue.Item, err error) {
	if err != nil {
		e.s.finish(r, nil, err)
		return
	}
	e.stale = true
	if later {
		e.s.finish(r, JobResult{Job: j.ID}, nil)
		return
	}
	n := newJob(j)
	n.open, n.request, n.first = int64(len(items)), r, items[0].ID
	if j.Options.Move {
		n.roots = items
	}
	e.jobs[j.ID] = n
	e.onCancel(r, j.ID)
	e.stir()
}

// onCancel lets a request end what is left of its job: canceled, or with keep
// paused, of which the request does not wait for the end. The end of the
// service leaves what is queued.
func (e *engine) onCancel(r *request, id int64) {
	r.onCancel = func() {
		switch {
		case e.stopping:
		case r.keep:
			e.keep.control(queue.OpPause, queue.Selection{Jobs: []int64{id}}, 0, func(int64, error) { e.s.finish(r, nil, context.Canceled) })
		default:
			e.cancelJobs(id)
		}
	}
	if r.canceled {
		r.onCancel()
	}
}
