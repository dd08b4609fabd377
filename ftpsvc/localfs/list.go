package localfs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"ferry/ftpsvc/vfs"
)

// Rows a batch: few at first, so that a pane fills at once, then many.
const firstBatch, laterBatch = 128, 2048

// List implements vfs.FS. The order is the disk's.
func (f *FS) List(ctx context.Context, dir string, _ vfs.ListOptions, yield func(vfs.Batch) error) (vfs.ListInfo, error) {
	info := vfs.ListInfo{Format: "local", Taken: time.Now()}
	p := raw(dir)
	d, err := os.Open(p)
	if err != nil {
		return info, fail("list", dir, err)
	}
	defer d.Close()
	info.Dir = filepath.Clean(dir)
	for n := firstBatch; ; n = laterBatch {
		if err := ctx.Err(); err != nil {
			return info, fail("list", dir, err)
		}
		rows, err := d.ReadDir(n)
		batch := make(vfs.Entries, 0, len(rows))
		for _, r := range rows {
			fi, err := r.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue // gone since
			}
			if err != nil {
				batch = append(batch, f.unread(r)) // stays visible
				continue
			}
			batch = append(batch, f.entry(fi, p, r.Name()))
		}
		info.Entries += len(batch)
		if len(batch) > 0 {
			if err := yield(batch); err != nil {
				return info, err
			}
		}
		if errors.Is(err, io.EOF) {
			return info, nil
		}
		if err != nil {
			return info, fail("list", dir, err)
		}
	}
}

// entry is what the disk tells of a name.
func (f *FS) entry(fi fs.FileInfo, dir, name string) vfs.Entry {
	e := vfs.Entry{Name: shown(name), Kind: kind(fi.Mode()), Size: fi.Size(), ModTime: fi.ModTime().UTC(), Prec: vfs.Nano, UTC: true,
		Mode: fi.Mode() & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky), HasMode: true, Perm: fi.Mode().Perm().String()[1:]}
	if e.Name != name {
		e.Raw = name
	}
	if e.Kind == vfs.Link {
		if t, err := os.Readlink(filepath.Join(dir, name)); err == nil {
			e.Target = shown(t)
		}
	}
	f.system(&e, fi)
	return e
}

// unread is a name of which the disk tells nothing more.
func (f *FS) unread(r fs.DirEntry) vfs.Entry {
	e := vfs.Entry{Name: shown(r.Name()), Kind: kind(r.Type()), Size: -1}
	if e.Name != r.Name() {
		e.Raw = r.Name()
	}
	return e
}

func kind(m fs.FileMode) vfs.Kind {
	switch {
	case m.IsRegular():
		return vfs.File
	case m.IsDir():
		return vfs.Dir
	case m&fs.ModeSymlink != 0:
		return vfs.Link
	}
	return vfs.Other
}
