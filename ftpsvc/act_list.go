package ftpsvc

import (
	"context"
	"errors"
	"io"
	"time"

	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// op is work for a side's browsing connection.
type op struct {
	name  string // for errors: "list", "make folder" ...
	conn  Conn
	again bool // harmless to do twice
	long  bool // may take minutes; the local side then does it beside the rest
	run   func(ctx context.Context, side vfs.FS) (any, error)
	after func(err error) // in the loop, before the request ends; may be nil
}

// onSide runs o for r.
func (s *Service) onSide(r *request, o op) {
	a, err := s.account(o.name, o.conn)
	if err != nil {
		s.finish(r, nil, err)
		return
	}
	l := a.short
	if o.long && a.long != nil {
		l = a.long
	}
	l.add(&task{ctx: r.ctx, again: o.again, run: o.run, done: func(v any, err error) {
		if o.after != nil {
			o.after(err)
		}
		s.finish(r, v, err)
	}})
}

// onSideThen runs o for r and hands its value to then, in the loop; an error ends r.
func (s *Service) onSideThen(r *request, o op, then func(v any)) {
	a, err := s.account(o.name, o.conn)
	if err != nil {
		s.finish(r, nil, err)
		return
	}
	a.short.add(&task{ctx: r.ctx, again: o.again, run: o.run, done: func(v any, err error) {
		if err != nil {
			s.finish(r, nil, err)
			return
		}
		then(v)
	}})
}

// list reads a folder. A newer one of the same pane cancels the older. What a
// server told a moment ago is not asked again, unless the request wants it.
func (s *Service) list(r *request, b List) {
	a := s.accounts[b.Conn]
	if a != nil && b.Pane != 0 {
		if old := a.lists[b.Pane]; old != nil {
			old.cancelNow()
		}
		a.lists[b.Pane] = r
	}
	var keep *cached
	epoch := 0
	if a != nil && a.cache != nil {
		if k := a.cache.get(b.Path); k != nil && !b.Refresh && a.info.State == Online {
			delete(a.lists, b.Pane)
			s.listKept(r, b, k)
			return
		}
		keep, epoch = &cached{}, a.cache.epoch
	}
	s.onSide(r, op{name: "list", conn: b.Conn, again: true,
		run: func(ctx context.Context, side vfs.FS) (any, error) {
			return s.listRows(ctx, side, r.id, b, keep)
		},
		after: func(err error) {
			a := s.accounts[b.Conn]
			if a != nil && a.lists[b.Pane] == r {
				delete(a.lists, b.Pane)
			}
			if a != nil && a.cache != nil && keep != nil && err == nil {
				a.cache.style = a.info.Style
				a.cache.put(keep.info.Dir, keep, epoch)
			}
		},
	})
}

// listKept answers with a listing that was kept.
func (s *Service) listKept(r *request, b List, k *cached) {
	for _, batch := range k.batches {
		s.out.put(Rows{ID: r.id, Conn: b.Conn, Path: b.Path, Pane: b.Pane, Gen: b.Gen, Batch: batch})
	}
	info := k.info
	info.Cached = true
	s.finish(r, info, nil)
}

// listRows lists for a pane; the rows are put into keep too, which may be nil.
func (s *Service) listRows(ctx context.Context, side vfs.FS, id ID, b List, keep *cached) (any, error) {
	keep.reset() // a lost connection may have begun it before
	path := b.Path
	if path == "" {
		var err error
		if path, err = side.Home(ctx); err != nil {
			return nil, err
		}
	}
	o := vfs.ListOptions{Refresh: b.Refresh}
	if b.Anew {
		o.Anew = func() {
			s.out.put(Rows{ID: id, Conn: b.Conn, Path: path, Pane: b.Pane, Gen: b.Gen, Anew: true})
			keep.reset()
		}
	}
	info, err := side.List(ctx, path, o, func(batch vfs.Batch) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.out.put(Rows{ID: id, Conn: b.Conn, Path: path, Pane: b.Pane, Gen: b.Gen, Batch: batch})
		keep.add(batch)
		return nil
	})
	if info.Dir == "" {
		info.Dir = path
	}
	if keep != nil {
		keep.info = info
	}
	return info, err
}

func (s *Service) stat(r *request, b Stat) {
	s.onSide(r, op{name: "stat", conn: b.Conn, again: true, run: func(ctx context.Context, side vfs.FS) (any, error) {
		return statPath(ctx, side, b.Path, b.Follow)
	}})
}

// statPath tells about a path; with follow about what a link stands for, or
// the link itself where it leads nowhere.
func statPath(ctx context.Context, side vfs.FS, path string, follow bool) (vfs.Entry, error) {
	if f, ok := side.(vfs.Follower); ok && follow {
		e, _, err := f.Follow(ctx, path)
		return e, err
	}
	return side.Stat(ctx, path)
}

// space tells the free bytes of a volume.
func (s *Service) space(r *request, b Space) {
	s.onSide(r, op{name: "space", conn: b.Conn, again: true, run: func(ctx context.Context, side vfs.FS) (any, error) {
		t, ok := side.(vfs.SpaceTeller)
		if !ok || !side.Caps().Space {
			return nil, unsupported("free space", b.Path)
		}
		return t.Space(ctx, b.Path)
	}})
}

// quote sends a raw command.
func (s *Service) quote(r *request, b Quote) {
	s.onSide(r, op{name: "quote", conn: b.Conn, after: s.forgetAll(b.Conn), run: func(ctx context.Context, side vfs.FS) (any, error) {
		q, ok := side.(vfs.Quoter)
		if !ok {
			return nil, unsupported("quote", b.Line)
		}
		return q.Quote(ctx, b.Dir, b.Line)
	}})
}

// forgetAll drops all kept listings: nobody knows what a raw command changed.
func (s *Service) forgetAll(c Conn) func(error) {
	return func(error) {
		if a := s.accounts[c]; a != nil && a.cache != nil {
			a.cache.clear()
		}
	}
}

// read copies a part of a file to a writer.
func (s *Service) read(r *request, b Read) {
	s.onSide(r, op{name: "read", conn: b.Conn, long: true, run: func(ctx context.Context, side vfs.FS) (any, error) {
		return readPart(ctx, side, b)
	}})
}

// errEnough stops a Read that has got what was asked for.
var errEnough = errors.New("enough was read")

func readPart(ctx context.Context, side vfs.FS, b Read) (any, error) {
	var n int64
	err := side.Read(ctx, b.Path, vfs.ReadOptions{Offset: b.Offset, Size: -1}, func(r io.Reader) error {
		if b.Limit >= 0 {
			r = io.LimitReader(r, b.Limit)
		}
		var err error
		n, err = io.Copy(b.W, r)
		if err == nil && b.Limit >= 0 && n == b.Limit {
			return errEnough
		}
		return err
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return n, err
}

// CharsetDecoder is a side that can show names in another charset.
type CharsetDecoder interface {
	// DecodeName decodes a raw name; bad when a byte of it did not decode.
	DecodeName(charset, raw string) (name string, bad bool)
	// Charsets are the usual candidates for this server.
	Charsets() []string
}

// CheckCharset is the error for a charset that a site cannot have.
func CheckCharset(name string) error { return session.CheckCharset(name) }

// charsetPreview decodes the names of a folder by each charset.
func (s *Service) charsetPreview(r *request, b CharsetPreview) {
	s.onSide(r, op{name: "preview charsets", conn: b.Conn, again: true, run: func(ctx context.Context, side vfs.FS) (any, error) {
		d, ok := side.(CharsetDecoder)
		if !ok {
			return nil, unsupported("preview charsets", b.Path)
		}
		var raw []string
		_, err := side.List(ctx, b.Path, vfs.ListOptions{}, func(batch vfs.Batch) error {
			for i := range batch.Len() {
				raw = append(raw, batch.At(i).RawName())
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		charsets := b.Charsets
		if len(charsets) == 0 {
			charsets = d.Charsets()
		}
		out := make([]CharsetSample, 0, len(charsets))
		for _, c := range charsets {
			sample := CharsetSample{Charset: c}
			for _, n := range raw {
				name, bad := d.DecodeName(c, n)
				sample.Names = append(sample.Names, name)
				if bad {
					sample.Bad++
				}
			}
			out = append(out, sample)
		}
		return out, nil
	}})
}

// setTime sets the modification time of paths.
func (s *Service) setTime(r *request, b SetTime) {
	s.onSide(r, op{name: "set time", conn: b.Conn, again: true, after: s.touched(b.Conn, b.Paths...),
		run: func(ctx context.Context, side vfs.FS) (any, error) {
			for _, p := range b.Paths {
				if err := setModTime(ctx, side, p, b.Time); err != nil {
					return nil, err
				}
			}
			return nil, nil
		}})
}

func setModTime(ctx context.Context, side vfs.FS, path string, t time.Time) error {
	m, ok := side.(vfs.ModTimeSetter)
	if !ok {
		return unsupported("set time", path)
	}
	return m.SetModTime(ctx, path, t)
}

// symlink makes a link.
func (s *Service) symlink(r *request, b Symlink) {
	s.onSide(r, op{name: "link", conn: b.Conn, after: s.touched(b.Conn, b.Path),
		run: func(ctx context.Context, side vfs.FS) (any, error) {
			l, ok := side.(vfs.Symlinker)
			if !ok || !side.Caps().Symlink {
				return nil, unsupported("link", b.Path)
			}
			return nil, l.Symlink(ctx, b.Target, b.Path)
		}})
}

// touched tells the panes that show a folder of one of paths, whatever came of it.
func (s *Service) touched(c Conn, paths ...string) func(error) {
	return func(error) {
		a := s.accounts[c]
		if a == nil {
			return
		}
		seen := map[string]bool{}
		for _, p := range paths {
			if d := a.info.Style.Dir(p); !seen[d] {
				seen[d] = true
				s.touch(c, d)
			}
		}
	}
}

func unsupported(op, path string) error {
	return &vfs.Error{Op: op, Path: path, Err: vfs.ErrUnsupported}
}
