package ftpsvc

import (
	"context"
	"errors"
	"fmt"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// dressMost is how many folders are given their attributes at once: something
// else may want the side between them.
const dressMost = 200

// dressing gives the folders of a job the times and permissions of their
// sources, once all that is in them is there: what is made in a folder changes
// its time, and its permissions may forbid it.
type dressing struct {
	to      Conn
	before  int64 // the last folder that is done
	failed  int
	first   error
	timed   int // that got their time
	untimed int // that were refused it
	over    bool
}

// dress sees to it where it is wanted; false as long as the job has to wait for it.
func (e *engine) dress(j *job) bool {
	o := j.options
	switch {
	case j.dress != nil:
		return j.dress.over
	case !o.KeepTime && !o.KeepMode, j.trees == 0 && j.open >= 0, j.request == nil || j.request.canceled:
		return true
	}
	j.dress = &dressing{}
	e.dressMore(j, j.dress)
	return false
}

func (e *engine) dressMore(j *job, d *dressing) {
	e.keep.do(func(ctx context.Context, st *queue.Store) func() {
		trees, err := st.Trees(ctx, j.id, j.first, d.before, dressMost)
		return func() {
			if err != nil {
				e.trouble(err)
			}
			e.dressSome(j, d, trees)
		}
	})
}

// dressSome hands some folders to the side that they are on.
func (e *engine) dressSome(j *job, d *dressing, trees []queue.Item) {
	if len(trees) == 0 || ctxDone(j.request) != nil {
		e.dressed(d)
		d.over = true
		e.endJob(j)
		return
	}
	d.to, d.before = Conn(trees[0].To), trees[len(trees)-1].ID
	a, err := e.s.account("set attributes", d.to)
	if err != nil {
		d.over = true
		e.endJob(j)
		return
	}
	l, o := a.short, j.options
	if a.long != nil {
		l = a.long
	}
	o.KeepTime = o.KeepTime && !e.knows(d.to, noFolderTimes)
	l.add(&task{ctx: j.request.ctx, again: true, run: func(ctx context.Context, side vfs.FS) (any, error) {
		return setAttributes(ctx, side, attributesOf(o, side, trees))
	}, done: func(v any, err error) {
		each, _ := v.([]error)
		d.add(each, err, o.KeepTime)
		if err != nil || d.failed >= dressMost || len(trees) < dressMost {
			e.dressSome(j, d, nil)
			return
		}
		e.dressMore(j, d)
	}})
}

// add takes in what came of some folders.
func (d *dressing) add(each []error, err error, timed bool) {
	if err != nil {
		each = append(each, err)
	}
	for _, why := range each {
		var e *vfs.Error
		switch {
		case why == nil && timed:
			d.timed++
		case why == nil, errors.Is(why, context.Canceled):
		case errors.As(why, &e) && e.Op == "set time" && vfs.Permanent(why):
			d.untimed++
		default:
			if d.failed++; d.first == nil {
				d.first = why
			}
		}
	}
}

// noFolderTimes is remembered of servers that set the time of files alone.
const noFolderTimes = "no-folder-times"

// dressed tells what did not work; what a server never does, once.
func (e *engine) dressed(d *dressing) {
	switch {
	case d.untimed > 0 && d.timed == 0 && d.to != Local:
		e.learnQuirk(d.to, noFolderTimes)
		e.once(d.to, "the server keeps no times of folders")
	default:
		d.failed += d.untimed
	}
	if d.failed > 0 {
		why := ""
		if d.first != nil {
			why = ": " + d.first.Error()
		}
		e.s.out.put(Notice{Conn: d.to, Text: fmt.Sprintf("%s did not get all of the time and permissions of the original%s",
			plural(int64(d.failed), "folder", "folders"), why)})
	}
}

// attributesOf are what the folders get. On a server, where each costs a
// command, those alone that were made.
func attributesOf(o queue.Options, side vfs.FS, trees []queue.Item) (list []vfs.Attributes) {
	caps := side.Caps()
	for _, it := range trees {
		if side.Style() != vfs.OS && it.Reached == queue.Nothing {
			continue
		}
		a := vfs.Attributes{Path: it.Target}
		if o.KeepTime && it.UTC && caps.SetModTime {
			a.ModTime = it.ModTime
		}
		if o.KeepMode && it.HasMode && caps.SetMode {
			m := it.Mode
			a.Mode = &m
		}
		if !a.ModTime.IsZero() || a.Mode != nil {
			list = append(list, a)
		}
	}
	return list
}

// setAttributes sets what is in list, one after the other where the side knows
// no better.
func setAttributes(ctx context.Context, side vfs.FS, list []vfs.Attributes) ([]error, error) {
	if s, ok := side.(vfs.AttributeSetter); ok {
		return s.SetAttributes(ctx, list)
	}
	out := make([]error, len(list))
	times, _ := side.(vfs.ModTimeSetter)
	modes, _ := side.(vfs.ModeSetter)
	for i, a := range list {
		if !a.ModTime.IsZero() && times != nil {
			out[i] = times.SetModTime(ctx, a.Path, a.ModTime)
		}
		if a.Mode != nil && modes != nil {
			out[i] = errors.Join(out[i], modes.SetMode(ctx, a.Path, *a.Mode))
		}
		if lost(out[i]) || ctx.Err() != nil {
			return out, out[i]
		}
	}
	return out, nil
}
