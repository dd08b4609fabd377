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

// clash looks at what is at an item's target and decides. In its outcome,
// state is set when the item is over, ask when the user must say, target when
// it takes another name, existing.Name when something there is to be replaced.
func (w *worker) clash(ctx context.Context, a *assignment, it queue.Item, src, dst vfs.FS) outcome {
	old, there, err := w.existing(ctx, a, it, dst)
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
		return outcome{err: &vfs.Error{Op: "copy", Path: it.Target, Err: ErrFolderThere}}
	}
	en := vfs.Entry{Name: src.Style().Base(it.Source), Kind: vfs.File, Size: it.Size, ModTime: it.ModTime, UTC: it.UTC, Mode: it.Mode, HasMode: it.HasMode, Prec: it.Prec}
	policy, keeps := conflictOf(it, a.options, a.rest), keepsTimes(a.options, dst)
	what := decide(policy, en, old, keeps)
	if what == queue.Skip && a.folder == nil && (a.few || inDoubt(it, en, old, time.Now())) && rough(policy, it, en, old) {
		if err := moreExact(ctx, src, dst, it, &en, &old); err != nil {
			return outcome{err: err}
		}
		what = decide(policy, en, old, keeps)
	}
	out := outcome{once: timeless(policy, keeps)}
	switch what {
	case queue.Skip:
		out.state = queue.Skipped
	case queue.KeepBoth:
		out.target, out.err = freeName(ctx, dst, it.Target)
	case queue.Ask:
		out.ask, out.source, out.existing = true, en, old
	default:
		out.existing, out.resume = old, policy == queue.ResumePart
		out.err = w.apart(ctx, a, it, old, src, dst)
	}
	return out
}

// existing tells what is at the target. What is known of its folder saves the
// look at a server; the local disk is asked, unless we made the folder: what
// came there since is met when the file gets its name.
func (w *worker) existing(ctx context.Context, a *assignment, it queue.Item, dst vfs.FS) (vfs.Entry, bool, error) {
	if it.Tries == 0 && (it.To != "" || a.folder.fresh()) {
		known, err := a.folder.read(ctx, dst, dst.Style().Dir(it.Target))
		if err != nil {
			return vfs.Entry{}, false, err
		}
		if known {
			old, ok := a.folder.at(dst.Style(), dst.Style().Base(it.Target))
			return old, ok, nil
		}
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

// maxCopies ends the search for a free name.
const maxCopies = 1000

// parted cuts a name before its extension. A dot-file has none, "x.tar.gz" two.
func parted(base string) (stem, ext string) {
	stem = base
	if e := path.Ext(base); e != base {
		stem = strings.TrimSuffix(base, e)
	}
	if s, ok := strings.CutSuffix(stem, ".tar"); ok && s != "" && s != base {
		stem = s
	}
	return stem, base[len(stem):]
}

// freeName finds "name (2).ext" beside a target, or (3) and so on.
func freeName(ctx context.Context, dst vfs.FS, target string) (string, error) {
	st := dst.Style()
	dir, base := st.Dir(target), st.Base(target)
	stem, ext := parted(base)
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
