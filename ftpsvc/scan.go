package ftpsvc

import (
	"context"
	"fmt"
	"hash/maphash"
	"path"
	"strings"
	"time"

	"ferry/ftpsvc/localfs"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
	"ferry/ftpsvc/vfs"
)

// scanChunk is how many children are stored at once.
const scanChunk = 1000

// tree makes a folder at the target and queues what the source folder holds.
func (w *worker) tree(a *assignment, src, dst vfs.FS) outcome {
	ctx, it := a.run.ctx, a.run.item
	if a.options.NoTrees {
		return outcome{err: errNoTrees(it.Source)}
	}
	if deep(it.Source) {
		return outcome{err: &vfs.Error{Op: "scan", Path: it.Source, Err: fmt.Errorf("folders are nested more than %d deep", maxDepth)}}
	}
	if err := leadsOut(ctx, it, dst); err != nil {
		return outcome{err: err}
	}
	if err := ontoItself(ctx, it, src, dst); err != nil {
		return outcome{err: err}
	}
	known, made, err := w.ready(ctx, dst, Conn(it.To), it.Target, a.parent.holds(dst.Style(), it.Target))
	if err != nil {
		return outcome{err: err}
	}
	sc := &scanner{w: w, a: a, src: src, dst: dst, known: known, seen: map[uint64]struct{}{}, keeps: keepsTimes(a.options, dst), now: time.Now()}
	if dst.Style() == vfs.OS && localfs.FoldsCase(it.Target) {
		sc.names = localfs.NewNames(true)
	}
	w.e.s.report(func() { w.e.remember(folderKey{it.Job, Conn(it.To), it.Target}, known) })
	info, err := src.List(ctx, it.Source, vfs.ListOptions{}, sc.take)
	if err == nil {
		err = sc.settle()
	}
	if err == nil {
		err = sc.flush()
	}
	w.e.s.report(func() {
		known.scanned = true
		if known.open <= 0 {
			w.e.proveFolder(folderKey{it.Job, Conn(it.To), it.Target}, known)
		}
	})
	reached := queue.Nothing // it was there
	if made {
		reached = queue.Acknowledged
	}
	out := outcome{err: err, state: queue.Done, reached: reached, tally: sc.tally, changed: made, once: timeless(a.options.Conflict, sc.keeps)}
	if err == nil && !info.Complete() {
		out.tally.lost += int64(info.Unknown)
		out.notes = append(out.notes, plural(int64(info.Unknown), "line of the listing could not be read", "lines of the listing could not be read"))
	}
	out.notes = append(out.notes, sc.notes...)
	return out
}

// leadsOut refuses a link in the place of a folder that a server names: what is
// behind it may lie outside of the folder that the user chose.
func leadsOut(ctx context.Context, it queue.Item, dst vfs.FS) error {
	if it.From == "" || dst.Style() != vfs.OS {
		return nil
	}
	if e, err := dst.Stat(ctx, it.Target); err == nil && e.Kind == vfs.Link {
		return &vfs.Error{Op: "make folder", Path: it.Target,
			Err: fmt.Errorf("%w: a link to %q is there; choose that folder itself as the target", vfs.ErrConflict, e.Target)}
	}
	return nil
}

func deep(p string) bool { return strings.Count(p, "/")+strings.Count(p, `\`) > maxDepth }

// remember keeps what is known of a target folder, within bounds.
func (e *engine) remember(k folderKey, f *folder) {
	const most = 256
	if len(e.folders) >= most {
		for old, f := range e.folders {
			if f.open <= 0 && len(f.late) == 0 {
				delete(e.folders, old)
			}
		}
	}
	e.folders[k] = f
}

// ready makes the target folder, or lists what is in it. there says that a
// listing showed it.
func (w *worker) ready(ctx context.Context, dst vfs.FS, to Conn, dir string, there bool) (*folder, bool, error) {
	if there {
		if known, err := listNames(ctx, dst, dir); err == nil || lost(err) || ctx.Err() != nil {
			return known, false, err
		}
	}
	err := dst.Mkdir(ctx, dir)
	if err == nil {
		return &folder{}, true, nil
	}
	if ctx.Err() != nil || lost(err) {
		return nil, false, err
	}
	known, lerr := listNames(ctx, dst, dir)
	if lerr == nil {
		return known, false, nil
	}
	if lost(lerr) || ctx.Err() != nil {
		return nil, false, lerr
	}
	if e, serr := dst.Stat(ctx, dir); serr == nil && e.Kind == vfs.File {
		return nil, false, &vfs.Error{Op: "make folder", Path: dir, Err: fmt.Errorf("%w: a file is there", vfs.ErrConflict)}
	}
	if up := dst.Style().Dir(dir); up != dir {
		if err := w.mkdirs(ctx, dst, to, up); err != nil {
			return nil, false, err
		}
	}
	if err := mkdirAll(ctx, dst, dir); err != nil {
		return nil, false, err
	}
	known, err = listNames(ctx, dst, dir)
	return known, true, err
}

func listNames(ctx context.Context, side vfs.FS, dir string) (*folder, error) {
	f, _, err := listFolder(ctx, side, dir)
	return f, err
}

func listFolder(ctx context.Context, side vfs.FS, dir string) (*folder, vfs.ListInfo, error) {
	f := &folder{names: map[string]vfs.Entry{}}
	info, err := side.List(ctx, dir, vfs.ListOptions{Refresh: true}, func(b vfs.Batch) error {
		for i := range b.Len() {
			e := b.At(i)
			if e.SizeRough { // nothing is proven by a count of blocks
				e.Size = -1
			}
			f.names[side.Style().NameKey(e.Name)] = e
		}
		return ctx.Err()
	})
	return f, info, err
}

// nameSeed is of the hashes of names. Two of a million names share one of 64
// bits with a chance of one in thirty million.
var nameSeed = maphash.MakeSeed()

// scanner turns a listing into items.
type scanner struct {
	w        *worker
	a        *assignment
	src, dst vfs.FS
	known    *folder
	seen     map[uint64]struct{} // hashes of the names of this listing: a million of them have to fit
	names    *localfs.Names      // target names given in this folder, where the disk takes several for one; else nil
	keeps    bool                // copies have the time of their sources
	now      time.Time
	doubts   []doubt
	items    []queue.Item
	tally    tally
	notes    []string
}

func (sc *scanner) take(b vfs.Batch) error {
	for i := range b.Len() {
		sc.entry(b.At(i))
		if len(sc.items) >= scanChunk {
			if err := sc.flush(); err != nil {
				return err
			}
		}
	}
	return sc.a.run.ctx.Err()
}

// entry makes an item of an entry, unless the policy has no use for it.
func (sc *scanner) entry(e vfs.Entry) {
	it, o := sc.a.run.item, sc.a.options
	if !safeBase(e.Name) {
		sc.leaveOut(e.Name, "it is no name of an entry")
		return
	}
	if !chosen(e, o) {
		return
	}
	if transfer.IsTemp(e.Name) {
		sc.tally.skipped++
		sc.notes = append(sc.notes, fmt.Sprintf("left out %q: it is part of another transfer", e.Name))
		return
	}
	source := sc.src.Style().Join(it.Source, e.Name)
	name, kept := nameAt(sc.src.Style(), sc.dst.Style(), e.Name)
	h := maphash.String(nameSeed, e.Name)
	if _, twice := sc.seen[h]; twice {
		sc.leaveOut(e.Name, "the listing has it twice")
		return
	}
	sc.seen[h] = struct{}{}
	if sc.names != nil {
		if other, clash := sc.names.Add(name); clash {
			sc.notes = append(sc.notes, fmt.Sprintf("%q and %q are one name to this disk", e.Name, other))
			name, kept = localfs.Distinct(name), false
		}
	}
	if !kept {
		sc.notes = append(sc.notes, fmt.Sprintf("%q is called %q there", e.Name, name))
	}
	switch e.Kind {
	case vfs.Other:
		sc.tally.skipped++
		sc.tally.others++
		return
	case vfs.Link:
		if o.Links != queue.LinksRecreate && o.Links != queue.LinksFollow {
			sc.tally.skipped++
			sc.tally.links++
			return
		}
	}
	child := itemOf(e, source, sc.dst.Style().Join(it.Target, name))
	child.From, child.To, child.Priority = it.From, it.To, it.Priority
	if old, ok := sc.known.at(sc.dst.Style(), name); ok && child.Kind == queue.KindFile && old.Kind != vfs.Dir {
		c := conflictOf(child, o, sc.a.rest)
		if c != queue.Ask && decide(c, e, old, sc.keeps) == queue.Skip {
			if rough(c, child, e, old) && inDoubt(child, e, old, sc.now) {
				sc.doubts = append(sc.doubts, doubt{child, e, old})
				return
			}
			sc.tally.skipped++
			return
		}
	}
	sc.items = append(sc.items, child)
}

// doubt is an entry that is skipped unless its exact time says otherwise.
type doubt struct {
	item     queue.Item
	src, old vfs.Entry
}

// settle asks for the exact times of what is in doubt, all at once.
func (sc *scanner) settle() error {
	if len(sc.doubts) == 0 {
		return nil
	}
	it, side := sc.a.run.item, sc.src
	if it.Upload() {
		side = sc.dst
	}
	times := make([]time.Time, len(sc.doubts))
	if d, ok := side.(vfs.Dater); ok {
		paths := make([]string, len(sc.doubts))
		for i, x := range sc.doubts {
			if paths[i] = x.item.Source; it.Upload() {
				paths[i] = x.item.Target
			}
		}
		var err error
		if times, err = d.Dates(sc.a.run.ctx, paths); err != nil {
			return err
		}
	}
	for i, x := range sc.doubts {
		e := &x.src
		if it.Upload() {
			e = &x.old
		}
		if !times[i].IsZero() {
			e.ModTime, e.Prec, e.UTC = times[i], vfs.Second, true
			if it.Upload() {
				sc.known.correct(side.Style(), *e)
			}
		}
		if decide(conflictOf(x.item, sc.a.options, sc.a.rest), x.src, x.old, sc.keeps) == queue.Skip {
			sc.tally.skipped++
			continue
		}
		x.item.ModTime, x.item.Prec = x.src.ModTime, x.src.Prec
		sc.items = append(sc.items, x.item)
	}
	sc.doubts = nil
	return nil
}

// leaveOut drops an entry, which is then missing at the target.
func (sc *scanner) leaveOut(name, why string) {
	sc.tally.lost++
	sc.notes = append(sc.notes, fmt.Sprintf("left out %q: %s", name, why))
}

// flush stores the items gathered.
func (sc *scanner) flush() error {
	if len(sc.items) == 0 {
		return nil
	}
	it := sc.a.run.item
	// Counted before they can be claimed, so that a job never seems to be at its end.
	n, files := len(sc.items), leaves(sc.items)
	sc.w.e.s.report(func() {
		sc.w.e.grow(it.Job, n)
		sc.known.open += files
	})
	stored, err := sc.w.e.keep.add(sc.a.run.ctx, it.Job, it.ID, sc.items)
	less, lessFiles := n-len(stored), files-leaves(stored)
	sc.items = nil
	sc.w.e.s.report(func() {
		sc.w.e.grow(it.Job, -less)
		sc.known.open -= lessFiles
		sc.w.e.stir()
	})
	return err
}

// leaves counts the items that are no folders.
func leaves(items []queue.Item) (n int) {
	for i := range items {
		if items[i].Kind != queue.KindTree {
			n++
		}
	}
	return n
}

// grow counts items that came to a job, or did not after all.
func (e *engine) grow(job int64, n int) {
	if j := e.jobs[job]; j != nil && j.open >= 0 {
		j.open += int64(n)
	}
}

// chosen applies the job's masks: a file must match one of Include, where there
// are any; nothing may match one of Exclude. Masks are of names, as in a shell.
func chosen(e vfs.Entry, o queue.Options) bool {
	match := func(masks []string) bool {
		for _, m := range masks {
			if ok, _ := path.Match(m, e.Name); ok {
				return true
			}
		}
		return false
	}
	if match(o.Exclude) {
		return false
	}
	return len(o.Include) == 0 || e.Kind == vfs.Dir || match(o.Include)
}
