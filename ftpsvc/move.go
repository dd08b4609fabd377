package ftpsvc

import (
	"context"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// movedPaths is what moveWithin could do by renaming, and what is left to copy.
type movedPaths struct {
	done []string
	left []string
}

// moveWithin renames within one side. What cannot be renamed, because it goes
// to another disk or something is there, is left.
func moveWithin(ctx context.Context, side vfs.FS, b Copy) (movedPaths, error) {
	var m movedPaths
	st := side.Style()
	if err := mkdirAll(ctx, side, b.Dir); err != nil {
		return m, err
	}
	for _, p := range b.Paths {
		name := b.As
		if name == "" {
			name = st.Base(p)
		}
		to := st.Join(b.Dir, name)
		it := queue.Item{Kind: queue.KindTree, From: string(b.From), To: string(b.To), Source: p, Target: to}
		if err := intoItself(st, it, true); err != nil {
			return m, err
		}
		err := absent(ctx, side, "move", to)
		if err == nil {
			err = side.Rename(ctx, p, to)
		}
		switch {
		case err == nil:
			m.done = append(m.done, p)
		case lost(err) || ctx.Err() != nil:
			return m, err
		default:
			m.left = append(m.left, p)
		}
	}
	return m, nil
}

// moved goes on with what could not be renamed.
func (e *engine) moved(r *request, b Copy, m movedPaths) {
	for _, d := range []string{b.Dir, m.parent(e.s, b)} {
		e.s.changedSoon(b.To, d)
	}
	if len(m.left) == 0 {
		n := int64(len(m.done))
		e.s.finish(r, JobResult{Done: n, Verified: n}, nil)
		return
	}
	to, err := e.s.account("move", b.To)
	if err != nil {
		e.s.finish(r, nil, err)
		return
	}
	b.Paths = m.left
	e.look(r, b, to)
}

func (m movedPaths) parent(s *Service, b Copy) string {
	if a := s.accounts[b.From]; a != nil {
		return a.info.Style.Dir(b.Paths[0])
	}
	return b.Dir
}

// tidy removes the folders that a move left empty, and ends the job.
func (e *engine) tidy(j *job) {
	ok := false
	j.moved = &ok
	var dirs []string
	from := Local
	for _, it := range j.roots {
		if it.Kind == queue.KindTree {
			dirs = append(dirs, it.Source)
		}
		from = Conn(it.From)
	}
	r := j.request
	a, err := e.s.account("move", from)
	if err != nil || len(dirs) == 0 {
		e.endJob(j)
		return
	}
	a.short.add(&task{ctx: r.ctx, run: func(ctx context.Context, side vfs.FS) (any, error) {
		for _, d := range dirs {
			if _, err := emptyFolders(ctx, side, d, 0); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}, done: func(_ any, err error) {
		if err != nil && ctxDone(r) == nil {
			e.s.out.put(Notice{Conn: from, Text: "folders were left behind: " + err.Error()})
		}
		for _, d := range dirs {
			e.s.changedSoon(from, a.info.Style.Dir(d))
		}
		e.endJob(j)
	}})
}

func ctxDone(r *request) error { return r.ctx.Err() }

// emptyFolders removes dir and the folders in it, as far as nothing else is in
// them. It tells whether dir went.
func emptyFolders(ctx context.Context, side vfs.FS, dir string, depth int) (bool, error) {
	if depth > maxDepth {
		return false, nil
	}
	known, info, err := listFolder(ctx, side, dir)
	if err != nil {
		return false, err
	}
	empty := info.Complete()
	for _, e := range known.names {
		if !e.IsDir() {
			empty = false
			continue
		}
		gone, err := emptyFolders(ctx, side, side.Style().Join(dir, e.Name), depth+1)
		if err != nil {
			return false, err
		}
		empty = empty && gone
	}
	if !empty {
		return false, nil
	}
	return true, side.Rmdir(ctx, dir)
}
