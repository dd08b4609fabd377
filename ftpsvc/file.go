package ftpsvc

import (
	"context"
	"errors"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
	"ferry/ftpsvc/vfs"
)

// file moves one file, once the conflict with what is at the target is settled.
func (w *worker) file(a *assignment, src, dst vfs.FS) outcome {
	ctx := a.run.ctx
	f, out := w.fileOf(a, src, dst)
	if out.err != nil {
		return out
	}
	if f.Again {
		found, res, err := f.Look(ctx)
		switch {
		case err != nil:
			return outcome{err: err}
		case found == transfer.Whole:
			out = w.landed(a, f, res, out)
			if f.Item.Reached == "" { // else it was what got the name
				out = out.without(ctx, dst, f.Item.Temp)
			}
			return out
		case found == transfer.Part:
			f.Exists = true
			return w.bring(a, f, out)
		}
	}
	c := w.clash(ctx, a, f.Item, src, dst)
	if c.state != "" {
		return c.without(ctx, dst, f.Item.Temp)
	}
	if c.over() {
		return c
	}
	if c.target != "" { // the temporary name goes with it
		c = c.without(ctx, dst, f.Item.Temp)
	}
	out.decide(f, c)
	return w.bring(a, f, out)
}

// fileOf makes a transfer of an item. A local source is looked at: that costs
// nothing.
func (w *worker) fileOf(a *assignment, src, dst vfs.FS) (f *transfer.File, out outcome) {
	it := a.run.item
	f = &transfer.File{Item: it, Options: a.options, Src: src, Dst: dst, Salt: w.e.s.salt(), Naming: a.naming,
		Again: it.Tries > 0 || it.Temp != "", Since: a.since, Late: a.folder != nil && it.Upload() && a.options.Hash == "",
		Progress: &a.run.meter.Bytes, Left: &a.run.meter.left, Record: w.e.keep.record}
	f.Replace = conflictOf(it, a.options, a.rest) == queue.Overwrite
	if it.From != "" {
		return f, out
	}
	e, err := vfs.StatEnd(a.run.ctx, src, it.Source)
	if err != nil {
		return f, outcome{err: err}
	}
	if e.Size != it.Size || !e.ModTime.Equal(it.ModTime) {
		f.Item.Size, f.Item.ModTime, f.Item.UTC, f.Item.Prec, f.Item.Reached = e.Size, e.ModTime, e.UTC, e.Prec, ""
		a.run.meter.size.Store(e.Size)
		if f.Fresh = f.Again; f.Fresh {
			out.notes = append(out.notes, "the source changed since: sent from the beginning")
		}
	}
	return f, out
}

// over reports whether a conflict ends the item here, for now or for good.
func (o *outcome) over() bool { return o.err != nil || o.ask || o.state != "" }

// decide takes over what came of a conflict.
func (o *outcome) decide(f *transfer.File, c outcome) {
	f.Exists, f.Resume = c.existing.Name != "", c.resume
	if c.target != "" {
		f.Item.Target, o.target = c.target, c.target
	}
}

// bring runs a transfer. What came to the target while it ran is one more conflict.
func (w *worker) bring(a *assignment, f *transfer.File, out outcome) outcome {
	ctx := a.run.ctx
	res, err := w.runFile(a, f)
	if errors.Is(err, vfs.ErrConflict) && ctx.Err() == nil {
		b := *a
		b.folder = nil // it knows of what was there before
		c := w.clash(ctx, &b, f.Item, f.Src, f.Dst)
		if c.over() {
			if c.ran, c.temp = true, res.Temp; c.state != "" {
				c = c.without(ctx, f.Dst, res.Temp)
			}
			return c
		}
		if out.decide(f, c); c.target != "" {
			if err = f.Dst.Rename(ctx, res.Temp, c.target); err == nil { // it is whole
				res.Temp = ""
			}
		} else {
			f.Again = true
			res, err = w.runFile(a, f)
		}
	}
	if err == nil {
		return w.landed(a, f, res, out)
	}
	if res.Temp != "" && context.Cause(ctx) == halted(queue.Canceled) {
		if clean(ctx, f.Dst, res.Temp) {
			res.Temp = ""
		}
	}
	if f.Fresh && res.Sent == 0 { // what the earlier try left may still be there: notice it again
		f.Item.Size, f.Item.ModTime = a.run.item.Size, a.run.item.ModTime
	}
	out.err, out.changed = err, res.Sent > 0
	return out.with(f, res)
}

// runFile runs a transfer, and makes the target's folder when it turns out to be missing.
func (w *worker) runFile(a *assignment, f *transfer.File) (res transfer.Result, err error) {
	ctx, dir, began := a.run.ctx, f.Dst.Style().Dir(f.Item.Target), time.Now()
	if a.parts != nil {
		if err := w.mkdirs(ctx, f.Dst, Conn(f.Item.To), dir); err != nil {
			return res, err
		}
		return f.RunParts(ctx, a.parts)
	}
	res, err = f.Run(ctx)
	if err == nil || res.Sent > 0 || !vfs.Permanent(err) || ctx.Err() != nil {
		return res, err
	}
	if w.madeSince(Conn(f.Item.To), dir, began) || noFolder(ctx, f.Dst, f.Item, err) {
		if w.mkdirs(ctx, f.Dst, Conn(f.Item.To), dir) == nil {
			return f.Run(ctx)
		}
	}
	return res, err
}

// madeKey names a folder of a side.
type madeKey struct {
	to  Conn
	dir string
}

// mkdirs makes a folder that was found missing, and those above it. Others who
// ran into that at the same time hear of it.
func (w *worker) mkdirs(ctx context.Context, dst vfs.FS, to Conn, dir string) error {
	w.e.made.Store(madeKey{to, dir}, time.Time{}) // being made
	defer func() { w.e.made.Store(madeKey{to, dir}, time.Now()) }()
	return mkdirAll(ctx, dst, dir)
}

// madeSince reports whether a folder that was missing then was, or is being,
// made meanwhile.
func (w *worker) madeSince(to Conn, dir string, began time.Time) bool {
	v, ok := w.e.made.Load(madeKey{to, dir})
	t, _ := v.(time.Time)
	return ok && (t.IsZero() || t.After(began))
}

// landed is the outcome of a file that is at its target.
func (w *worker) landed(a *assignment, f *transfer.File, res transfer.Result, out outcome) outcome {
	if a.options.Move && !res.Late {
		out.err = dropSource(a.run.ctx, f.Src, f.Item, &res)
	}
	out.state, out.changed, out.late = queue.Done, true, res.Late
	return out.with(f, res)
}

// with adds what a transfer found out.
func (o outcome) with(f *transfer.File, res transfer.Result) outcome {
	o.ran, o.reached, o.bytes, o.temp, o.naming = true, res.Reached, res.Bytes, res.Temp, res.Naming
	o.item, o.notes, o.once = &f.Item, append(o.notes, res.Notes...), res.Once
	return o
}

// dropSource ends a move: the source goes only when the copy is proven.
func dropSource(ctx context.Context, src vfs.FS, it queue.Item, res *transfer.Result) error {
	if res.Reached != queue.Verified {
		res.Notes = append(res.Notes, "the source stays: the copy could not be proven")
		return nil
	}
	return src.Remove(ctx, it.Source)
}

// cleanUp bounds the removal of what a canceled transfer left.
const cleanUp = 5 * time.Second

// clean removes a temporary file that nothing goes on with.
func clean(ctx context.Context, dst vfs.FS, temp string) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
	defer cancel()
	return removeTemp(ctx, dst, temp) == nil
}

// without is the outcome of an item that ends without its temporary file, which
// may be "". Where it cannot be removed now, a sweep will.
func (o outcome) without(ctx context.Context, dst vfs.FS, temp string) outcome {
	if o.ran, o.temp = true, temp; temp != "" && clean(ctx, dst, temp) {
		o.temp = ""
	}
	return o
}

// noFolder reports whether err may be for want of the target's folder.
func noFolder(ctx context.Context, dst vfs.FS, it queue.Item, err error) bool {
	var e *vfs.Error
	if isMissing(err) && errors.As(err, &e) && e.Path != it.Source {
		return true
	}
	_, err = dst.Stat(ctx, dst.Style().Dir(it.Target))
	return isMissing(err)
}
