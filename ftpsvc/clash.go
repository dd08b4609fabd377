package ftpsvc

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// folderKey names a folder at the target of a job.
type folderKey struct {
	job int64
	to  Conn
	dir string
}

// folder is what is known of a target folder since it was made or listed.
type folder struct {
	names map[string]vfs.Entry // what was there; empty when the folder was made by us. Does not change

	// loop's
	from    Conn
	open    int    // its files and links that are not over
	scanned bool   // no more will come
	late    []late // uploaded and not proven
	listed  int    // uploads of which the proof was begun
}

func folderOf(it *queue.Item) folderKey {
	st := vfs.Slash
	if it.To == "" {
		st = vfs.OS
	}
	return folderKey{it.Job, Conn(it.To), st.Dir(it.Target)}
}

// clash looks at what is at an item's target and decides. In its outcome,
// state is set when the item is over, ask when the user must say, target when
// it takes another name, existing.Name when something there is to be replaced.
func (w *worker) clash(ctx context.Context, a *assignment, src, dst vfs.FS) outcome {
	it := a.run.item
	old, there, err := w.existing(ctx, a, dst)
	if err != nil {
		return outcome{err: err}
	}
	if !there {
		return outcome{}
	}
	if old.Name == "" {
		old.Name = dst.Style().Base(it.Target)
	}
	if old.Kind == vfs.Dir {
		return outcome{err: &vfs.Error{Op: "copy", Path: it.Target, Err: fmt.Errorf("%w: a folder is there", vfs.ErrConflict)}}
	}
	en := vfs.Entry{Name: src.Style().Base(it.Source), Kind: vfs.File, Size: it.Size, ModTime: it.ModTime, UTC: it.UTC, Mode: it.Mode, HasMode: it.HasMode, Prec: vfs.Second}
	switch decide(conflictOf(it, a.options, a.rest), en, old) {
	case queue.Skip:
		return outcome{state: queue.Skipped}
	case queue.KeepBoth:
		target, err := freeName(ctx, dst, it.Target)
		return outcome{err: err, target: target}
	case queue.Ask:
		return outcome{ask: true, source: en, existing: old}
	}
	return outcome{existing: old}
}

// existing tells what is at the target. What is known of its folder saves the
// look at a server; the local disk is asked, unless we made the folder: what
// came there since is met when the file gets its name.
func (w *worker) existing(ctx context.Context, a *assignment, dst vfs.FS) (vfs.Entry, bool, error) {
	it := a.run.item
	if a.folder != nil && it.Tries == 0 && (it.To != "" || a.folder.names == nil) {
		old, ok := a.folder.names[dst.Style().NameKey(dst.Style().Base(it.Target))]
		return old, ok, nil
	}
	old, err := dst.Stat(ctx, it.Target)
	switch {
	case err == nil:
		return old, true, nil
	case isMissing(err):
		return vfs.Entry{}, false, nil
	}
	return vfs.Entry{}, false, err
}

// decide applies a policy to two entries: Skip, Overwrite, KeepBoth or Ask.
func decide(c queue.Conflict, src, old vfs.Entry) queue.Conflict {
	yes := func(replace bool) queue.Conflict {
		if replace {
			return queue.Overwrite
		}
		return queue.Skip
	}
	switch c {
	case queue.NewerOnly:
		return yes(newer(src, old))
	case queue.SizeOnly:
		return yes(src.Size < 0 || old.Size < 0 || src.Size != old.Size)
	case queue.Differs:
		return yes(differs(src, old))
	case queue.ResumePart:
		return yes(src.Size < 0 || src.Size != old.Size)
	case queue.Skip, queue.KeepBoth, queue.Overwrite:
		return c
	}
	return queue.Ask
}

// slack is how far two times may be apart and still be the same, by how exactly they were told.
func slack(a, b vfs.Entry) time.Duration {
	d := 2 * time.Second // FAT's grain
	for _, e := range []vfs.Entry{a, b} {
		switch e.Prec {
		case vfs.Minute:
			d = max(d, time.Minute)
		case vfs.Day:
			d = max(d, 24*time.Hour)
		}
	}
	return d
}

// newer reports whether src is newer than old, as far as both times are known.
func newer(src, old vfs.Entry) bool {
	if src.ModTime.IsZero() || old.ModTime.IsZero() {
		return true
	}
	return src.ModTime.Sub(old.ModTime) > slack(src, old)
}

// differs reports whether size or time differ, as far as they are known. A
// time whose zone is not known says nothing.
func differs(src, old vfs.Entry) bool {
	if src.Size >= 0 && old.Size >= 0 && src.Size != old.Size {
		return true
	}
	if src.ModTime.IsZero() || old.ModTime.IsZero() || !src.UTC || !old.UTC {
		return src.Size < 0 || old.Size < 0
	}
	return src.ModTime.Sub(old.ModTime).Abs() > slack(src, old)
}

// maxCopies ends the search for a free name.
const maxCopies = 1000

// freeName finds "name (2).ext" beside a target, or (3) and so on.
func freeName(ctx context.Context, dst vfs.FS, target string) (string, error) {
	st := dst.Style()
	dir, base := st.Dir(target), st.Base(target)
	ext := path.Ext(base)
	if ext == base { // a dot-file
		ext = ""
	}
	stem := strings.TrimSuffix(base, ext)
	for n := 2; n < maxCopies; n++ {
		p := st.Join(dir, fmt.Sprintf("%s (%d)%s", stem, n, ext))
		if _, err := dst.Stat(ctx, p); isMissing(err) {
			return p, nil
		} else if err != nil {
			return "", err
		}
	}
	return "", &vfs.Error{Op: "copy", Path: target, Err: fmt.Errorf("%w: no free name beside it", vfs.ErrConflict)}
}

// inside reports whether a link leads to something in its own folder or below.
func inside(st vfs.PathStyle, link, target string) bool {
	return !st.IsAbs(target) && target != "" && st.Within(st.Dir(link), resolve(st, link, target))
}
