package localfs

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// disk is how changes reach the disk: anywhere, or inside one folder.
type disk interface {
	OpenFile(p string, flag int, perm fs.FileMode) (*os.File, error)
	Mkdir(p string, perm fs.FileMode) error
	Rename(from, to string) error
	Remove(p string) error
	Chtimes(p string, atime, mtime time.Time) error
	Chmod(p string, m fs.FileMode) error
	Symlink(target, p string) error
	close() error
}

// whole is the whole disk.
type whole struct{}

func (whole) OpenFile(p string, flag int, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(p, flag, perm)
}
func (whole) Mkdir(p string, perm fs.FileMode) error { return os.Mkdir(p, perm) }
func (whole) Rename(from, to string) error           { return rename(from, to) }
func (whole) Remove(p string) error                  { return os.Remove(p) }
func (whole) Chtimes(p string, a, m time.Time) error { return os.Chtimes(p, a, m) }
func (whole) Chmod(p string, m fs.FileMode) error    { return os.Chmod(p, m) }
func (whole) Symlink(target, p string) error         { return os.Symlink(target, p) }
func (whole) close() error                           { return nil }

// inside is one folder. os.Root resolves every element by itself, so that a
// link put in the way meanwhile leads nowhere either.
type inside struct {
	root *os.Root
	dir  string
}

// rel is p seen from the folder; what is not below it keeps its dots or its
// root and is refused by os.Root.
func (d *inside) rel(p string) string {
	r, err := filepath.Rel(d.dir, p)
	if err != nil {
		return p
	}
	return r
}

func (d *inside) OpenFile(p string, flag int, perm fs.FileMode) (*os.File, error) {
	return d.root.OpenFile(d.rel(p), flag, perm)
}
func (d *inside) Mkdir(p string, perm fs.FileMode) error { return d.root.Mkdir(d.rel(p), perm) }
func (d *inside) Rename(from, to string) error           { return d.root.Rename(d.rel(from), d.rel(to)) }
func (d *inside) Remove(p string) error                  { return d.root.Remove(d.rel(p)) }
func (d *inside) Chtimes(p string, a, m time.Time) error { return d.root.Chtimes(d.rel(p), a, m) }
func (d *inside) Chmod(p string, m fs.FileMode) error    { return d.root.Chmod(d.rel(p), m) }
func (d *inside) close() error                           { return d.root.Close() }

// Symlink makes no link that leads out of the folder: whoever follows it later
// is not confined.
func (d *inside) Symlink(target, p string) error {
	to := target
	if !filepath.IsAbs(to) {
		to = filepath.Join(filepath.Dir(p), target)
	}
	if r, err := filepath.Rel(d.dir, to); err != nil || !filepath.IsLocal(r) || filepath.IsAbs(target) {
		return &os.LinkError{Op: "symlink", Old: target, New: p, Err: ErrLeaves}
	}
	return d.root.Symlink(target, d.rel(p))
}
