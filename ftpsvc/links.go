package ftpsvc

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// link treats a link as the job's policy says.
func (w *worker) link(a *assignment, src, dst vfs.FS) outcome {
	ctx, it := a.run.ctx, a.run.item
	en, err := src.Stat(ctx, it.Source)
	if err != nil {
		return outcome{err: err}
	}
	switch {
	case en.Kind != vfs.Link: // it changed since
		return outcome{err: &vfs.Error{Op: "copy", Path: it.Source, Err: vfs.ErrChanged}}
	case a.options.Links == queue.LinksRecreate:
		return w.recreate(a, src, dst, en)
	}
	return w.follow(a, src, dst)
}

// recreate makes the same link at the target.
func (w *worker) recreate(a *assignment, src, dst vfs.FS, en vfs.Entry) outcome {
	ctx, it := a.run.ctx, a.run.item
	l, ok := dst.(vfs.Symlinker)
	if !ok || !dst.Caps().Symlink {
		return outcome{err: unsupported("link", it.Target)}
	}
	if r, ok := src.(vfs.LinkReader); ok && en.Target == "" {
		to, err := r.Readlink(ctx, it.Source)
		if err != nil {
			return outcome{err: err}
		}
		en.Target = to
	}
	switch {
	case en.Target == "":
		return outcome{err: &vfs.Error{Op: "link", Path: it.Target, Err: errNowhere}}
	case climbs(en.Target, depth(src.Style(), a.options.Roots, it.Source)):
		return outcome{err: &vfs.Error{Op: "link", Path: it.Target, Err: errOutside}}
	}
	c := w.clash(ctx, a, it, src, dst)
	if c.over() {
		return c
	}
	if c.target != "" {
		it.Target = c.target
	} else if c.existing.Name != "" {
		if err := dst.Remove(ctx, it.Target); err != nil {
			return outcome{err: err}
		}
	}
	if err := l.Symlink(ctx, en.Target, it.Target); err != nil {
		return outcome{err: err}
	}
	return outcome{state: queue.Done, reached: queue.Acknowledged, changed: true, target: c.target}
}

// maxFollow is how deep below the target of a job followed links may lead:
// links that hold one another would go on for ever.
const maxFollow = 40

// follow copies what a link stands for, where that is inside the job's trees
// or the user named the link.
func (w *worker) follow(a *assignment, src, dst vfs.FS) outcome {
	ctx, it := a.run.ctx, &a.run.item
	end, at, err := followed(ctx, src, it.Source)
	if err != nil {
		return outcome{err: err}
	}
	why := notFollowed(src.Style(), a.options.Roots, it, end, at)
	switch named := a.options.Links != queue.LinksFollow || slices.Contains(a.options.Roots, it.Source); {
	case named && end.Kind == vfs.Link: // the user meant it to be followed
		return outcome{err: &vfs.Error{Op: "copy", Path: it.Source, Err: errNowhere}}
	case !named && why != "":
		return outcome{state: queue.Skipped, notes: []string{"the link is not followed: " + why}}
	case !named && end.Kind == vfs.Other:
		return outcome{state: queue.Skipped, tally: tally{others: 1}}
	}
	child := itemOf(end, at, it.Target)
	child.ID, child.Job, child.From, child.To, child.Priority, child.Tries = it.ID, it.Job, it.From, it.To, it.Priority, it.Tries
	// The loop reads the run that it knows; this one is the worker's.
	b, r := *a, run{item: child, w: w, ctx: a.run.ctx, cancel: a.run.cancel, meter: newMeter(it.ID, child.Size, 0, w.e.now())}
	b.run = &r
	if child.Kind == queue.KindTree {
		return w.tree(&b, src, dst)
	}
	return w.file(&b, src, dst)
}

// notFollowed tells why a link in a tree is not followed, "" when it is. end
// is what it leads to, at is where that is, as far as the side tells.
func notFollowed(st vfs.PathStyle, roots []string, it *queue.Item, end vfs.Entry, at string) string {
	within := false
	for _, root := range roots {
		within = within || st.Within(root, at)
	}
	switch {
	case end.Kind == vfs.Link:
		return "it leads nowhere"
	case at == it.Source:
		return "the server does not tell where it leads"
	case !within:
		return "it leads out of the tree"
	case st.Within(at, it.Source), strings.Count(it.Target, "/") > maxFollow:
		return "it leads round in a circle"
	}
	return ""
}

var (
	errOutside = fmt.Errorf("%w: it leads out of what is copied", vfs.ErrLink)
	errNowhere = fmt.Errorf("%w: it leads nowhere, as far as can be seen", vfs.ErrLink)
)

// depth is how many folders below what is copied a path is.
func depth(st vfs.PathStyle, roots []string, path string) int {
	least := -1
	for _, root := range roots {
		n := 0
		d := st.Dir(path)
		for ; st.Within(root, d) && d != root; d = st.Dir(d) {
			n++
		}
		if d == root && (least < 0 || n < least) {
			least = n
		}
	}
	return max(least, 0)
}

// climbs reports whether a link with this target may lead to something that is
// not below the folder that is depth above its own, wherever that is. ".."
// behind a name is not counted on: the name may be a link that climbs.
func climbs(target string, depth int) bool {
	target = filepath.ToSlash(target)
	up, down := 0, ""
	for _, part := range strings.Split(target, "/") {
		switch {
		case part == "" || part == ".":
		case part != "..":
			down += part + "/"
		case down != "":
			return true
		default:
			up++
		}
	}
	return up > depth || strings.HasPrefix(target, "/") || down != "" && !filepath.IsLocal(filepath.FromSlash(down))
}

// followed tells what a path leads to, and where that is.
func followed(ctx context.Context, side vfs.FS, path string) (vfs.Entry, string, error) {
	if f, ok := side.(vfs.Follower); ok {
		return f.Follow(ctx, path)
	}
	e, err := side.Stat(ctx, path)
	return e, path, err
}
