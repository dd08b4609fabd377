package ftpsvc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"ferry/ftpsvc/vfs"
)

// maxDepth ends a walk into a folder that holds itself for ever.
const maxDepth = 500

// walker goes through trees below paths, counting. Links are never followed.
type walker struct {
	side   vfs.FS
	strict bool // a folder whose listing is incomplete is left as it is
	count  Count
	tell   func(Count)
	// enter is called for a folder before its content, leave after it, leaf for all else; any may be nil.
	enter, leave, leaf func(ctx context.Context, path string, e vfs.Entry) error
	goOn               bool // one failure does not stop the rest
	clings             bool // leave is not called for what holds something that failed
	failed             failures
}

// walk visits path, which e describes.
func (w *walker) walk(ctx context.Context, path string, e vfs.Entry, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.count.Now = path
	return w.bear(ctx, w.visit(ctx, path, e, depth))
}

func (w *walker) visit(ctx context.Context, path string, e vfs.Entry, depth int) error {
	if !e.IsDir() {
		err := call(w.leaf, ctx, path, e)
		if err == nil {
			w.add(e)
		}
		return err
	}
	if depth > maxDepth {
		return &vfs.Error{Op: "walk", Path: path, Err: fmt.Errorf("folders are nested more than %d deep", maxDepth)}
	}
	if err := call(w.enter, ctx, path, e); err != nil {
		return err
	}
	before := w.failed.n
	if err := w.inside(ctx, path, depth); err != nil {
		return err
	}
	if w.clings && w.failed.n > before {
		return nil
	}
	err := call(w.leave, ctx, path, e)
	if err == nil {
		w.count.Dirs++
	}
	return err
}

// bear notes a failure that does not stop the rest.
func (w *walker) bear(ctx context.Context, err error) error {
	if err == nil || !w.goOn || lost(err) || ctx.Err() != nil || errors.Is(err, vfs.ErrUnsupported) {
		return err
	}
	w.failed.add(err)
	return nil
}

// failures are what went wrong on a walk that went on.
type failures struct {
	n        int64
	first    error
	unlisted error // of an incomplete listing, for errors.Is
}

func (f *failures) add(err error) {
	f.n++
	if f.first == nil {
		f.first = err
	}
	if errors.Is(err, vfs.ErrIncomplete) {
		f.unlisted = err
	}
}

// partly is the error of a walk of which a part failed.
type partly struct {
	failures
	count Count
	done  string // "deleted"
}

func (p *partly) Error() string {
	s := p.first.Error()
	if p.n > 1 {
		s += fmt.Sprintf(" (and %d more)", p.n-1)
	}
	return fmt.Sprintf("%s; %s and %s were %s", s, plural(p.count.Files+p.count.Others, "file", "files"), plural(p.count.Dirs, "folder", "folders"), p.done)
}

func (p *partly) Unwrap() []error {
	if p.unlisted == nil {
		return []error{p.first}
	}
	return []error{p.first, p.unlisted}
}

// end is the error of a walk of which all but err was borne.
func (w *walker) end(err error, done string) error {
	switch {
	case err != nil && w.failed.first != nil:
		w.failed.add(err)
	case err != nil, w.failed.first == nil:
		return err
	}
	if w.failed.n == 1 && w.count.Files+w.count.Dirs+w.count.Others == 0 {
		return w.failed.first
	}
	return &partly{w.failed, w.count, done}
}

// inside visits what a folder holds. The listing is read whole first: a side
// does one thing at a time.
func (w *walker) inside(ctx context.Context, dir string, depth int) error {
	var entries []vfs.Entry
	info, err := w.side.List(ctx, dir, vfs.ListOptions{Refresh: w.strict}, func(b vfs.Batch) error {
		for i := range b.Len() {
			entries = append(entries, b.At(i))
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	w.count.Unread += int64(info.Unknown)
	if w.strict && !info.Complete() {
		return &vfs.Error{Op: "list", Path: dir, Err: fmt.Errorf("%w: %s could not be read", vfs.ErrIncomplete, plural(int64(info.Unknown), "line", "lines"))}
	}
	w.tell(w.count)
	for _, e := range entries {
		if err := w.walk(ctx, w.side.Style().Join(dir, e.Name), e, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) add(e vfs.Entry) {
	if e.Kind != vfs.File && e.Kind != vfs.Unknown {
		w.count.Others++
		return
	}
	w.count.Files++
	if e.Size < 0 {
		w.count.Unknown++
	} else {
		w.count.Bytes += e.Size
	}
}

func call(f func(context.Context, string, vfs.Entry) error, ctx context.Context, path string, e vfs.Entry) error {
	if f == nil {
		return nil
	}
	return f(ctx, path, e)
}

// roots visits each of paths.
func (w *walker) roots(ctx context.Context, paths []string) error {
	for _, p := range paths {
		e, err := w.side.Stat(ctx, p)
		if err == nil {
			err = w.walk(ctx, p, e, 0)
		} else {
			err = w.bear(ctx, err)
		}
		if err != nil {
			return err
		}
	}
	w.count.Now = ""
	return nil
}

func (s *Service) counter(r *request) func(Count) {
	return func(c Count) { s.out.put(Counted{r.id, c}) }
}

// measure counts what is below paths.
func (s *Service) measure(r *request, b Measure) {
	s.onSide(r, op{name: "measure", conn: b.Conn, again: true, long: true,
		run: func(ctx context.Context, side vfs.FS) (any, error) {
			w := walker{side: side, tell: s.counter(r)}
			err := w.roots(ctx, b.Paths)
			return w.count, err
		}})
}

// delete removes paths; folders from the inside out. Each folder is listed
// afresh, and one that could not be read whole is left, unless told otherwise.
// What cannot be removed stays, and so do the folders that hold it.
func (s *Service) delete(r *request, b Delete) {
	s.onSide(r, op{name: "delete", conn: b.Conn, long: true, after: s.touched(b.Conn, b.Paths...),
		run: func(ctx context.Context, side vfs.FS) (any, error) {
			w := walker{side: side, strict: !b.Unread, tell: s.counter(r), goOn: true, clings: true}
			w.leaf = func(ctx context.Context, p string, _ vfs.Entry) error { return side.Remove(ctx, p) }
			w.leave = func(ctx context.Context, p string, _ vfs.Entry) error { return side.Rmdir(ctx, p) }
			if !b.Recursive {
				w.enter = func(_ context.Context, p string, _ vfs.Entry) error {
					return &vfs.Error{Op: "delete", Path: p, Err: ErrFolder}
				}
			}
			err := w.roots(ctx, b.Paths)
			return w.count, w.end(err, "deleted")
		}})
}

// chmod sets permissions, below folders too when asked. Links are left alone.
func (s *Service) chmod(r *request, b Chmod) {
	s.onSide(r, op{name: "set permissions", conn: b.Conn, again: true, long: true, after: s.touched(b.Conn, b.Paths...),
		run: func(ctx context.Context, side vfs.FS) (any, error) {
			m, ok := side.(vfs.ModeSetter)
			if !ok {
				return nil, unsupported("set permissions", "")
			}
			set := func(want *fs.FileMode) func(context.Context, string, vfs.Entry) error {
				return func(ctx context.Context, p string, e vfs.Entry) error {
					if want == nil || e.Kind == vfs.Link {
						return nil
					}
					return m.SetMode(ctx, p, *want)
				}
			}
			w := walker{side: side, strict: !b.Unread, tell: s.counter(r), goOn: true}
			w.leaf, w.leave = set(b.Files), set(b.Dirs)
			walk := w.flat
			if b.Recursive {
				walk = w.roots
			}
			err := walk(ctx, b.Paths)
			return w.count, w.end(err, "changed")
		}})
}

// flat visits paths alone, not what is below them.
func (w *walker) flat(ctx context.Context, paths []string) error {
	for _, p := range paths {
		if err := w.bear(ctx, w.alone(ctx, p)); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) alone(ctx context.Context, path string) error {
	e, err := w.side.Stat(ctx, path)
	if err != nil {
		return err
	}
	if !e.IsDir() {
		if err = call(w.leaf, ctx, path, e); err == nil {
			w.add(e)
		}
		return err
	}
	if err = call(w.leave, ctx, path, e); err == nil {
		w.count.Dirs++
	}
	return err
}
