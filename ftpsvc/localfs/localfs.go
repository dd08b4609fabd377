// Package localfs is the local side of a copy: vfs.FS over the disk of this
// machine, and the rules for names that come from elsewhere.
//
// It follows no link where it writes, opens no FIFO or device, and keeps no
// goroutine. An FS made by Confined changes nothing outside its folder, also
// when a link in the way points out of it.
//
// Names are valid UTF-8 (vfs.Entry.Name): on Linux and the BSDs, where a name
// is bytes, a byte that is no UTF-8 is the private-use rune U+F700+byte and
// goes back to the disk as that byte.
package localfs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"ferry/ftpsvc/vfs"
)

// FS is the local side. It may be used from any goroutine.
type FS struct {
	disk  disk
	names ownerNames
}

var (
	_ vfs.FS            = (*FS)(nil)
	_ vfs.ModTimeSetter = (*FS)(nil)
	_ vfs.ModeSetter    = (*FS)(nil)
	_ vfs.Symlinker     = (*FS)(nil)
	_ vfs.Hasher        = (*FS)(nil)
	_ vfs.SpaceTeller   = (*FS)(nil)
	_ vfs.Follower      = (*FS)(nil)
)

// New returns the whole local disk.
func New() *FS { return &FS{disk: whole{}} }

// Confined returns an FS whose changes stay inside dir, which must exist:
// a path that leads out of it, by ".." or by a link, is refused. Close gives
// the folder free again.
func Confined(dir string) (*FS, error) {
	root, err := os.OpenRoot(raw(dir))
	if err != nil {
		return nil, fail("open folder", dir, err)
	}
	return &FS{disk: &inside{root: root, dir: filepath.Clean(raw(dir))}}, nil
}

// Style implements vfs.FS.
func (f *FS) Style() vfs.PathStyle { return vfs.OS }

// Caps implements vfs.FS.
func (f *FS) Caps() vfs.Caps {
	return vfs.Caps{Size: true, MDTM: true, REST: true, Append: true, UTF8: true, SetModTime: true, SetMode: true,
		Symlink: true, Space: true, Hashes: []string{"crc32", "md5", "sha1", "sha256", "sha512"}, System: runtime.GOOS}
}

// Home implements vfs.FS: the working folder of the process.
func (f *FS) Home(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fail("find working folder", "", err)
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fail("find working folder", "", err)
	}
	return shown(dir), nil
}

// Close implements vfs.FS.
func (f *FS) Close() error { return f.disk.close() }

// Stat implements vfs.FS.
func (f *FS) Stat(ctx context.Context, path string) (vfs.Entry, error) {
	if err := ctx.Err(); err != nil {
		return vfs.Entry{}, fail("look up", path, err)
	}
	p := raw(path)
	fi, err := os.Lstat(p)
	if err != nil {
		return vfs.Entry{}, fail("look up", path, err)
	}
	return f.entry(fi, filepath.Dir(p), filepath.Base(p)), nil
}

// Mkdir implements vfs.FS.
func (f *FS) Mkdir(ctx context.Context, path string) error {
	return f.do(ctx, "make folder", path, func(p string) error { return f.disk.Mkdir(p, 0o777) })
}

// Rename implements vfs.FS. A file in the way is replaced.
func (f *FS) Rename(ctx context.Context, from, to string) error {
	return f.do(ctx, "rename", from, func(p string) error { return f.disk.Rename(p, raw(to)) })
}

// Remove implements vfs.FS.
func (f *FS) Remove(ctx context.Context, path string) error {
	return f.do(ctx, "delete", path, func(p string) error {
		fi, err := os.Lstat(p)
		if err == nil && fi.IsDir() {
			err = errors.New("is a folder")
		}
		if err != nil {
			return err
		}
		return f.disk.Remove(p)
	})
}

// Rmdir implements vfs.FS.
func (f *FS) Rmdir(ctx context.Context, path string) error {
	return f.do(ctx, "delete folder", path, func(p string) error {
		fi, err := os.Lstat(p)
		if err == nil && !fi.IsDir() {
			err = errors.New("not a folder")
		}
		if err != nil {
			return err
		}
		return f.disk.Remove(p)
	})
}

// SetModTime implements vfs.ModTimeSetter; the time of the last reading stays.
func (f *FS) SetModTime(ctx context.Context, path string, t time.Time) error {
	return f.do(ctx, "set time", path, func(p string) error { return f.disk.Chtimes(p, time.Time{}, t) })
}

// SetMode implements vfs.ModeSetter.
func (f *FS) SetMode(ctx context.Context, path string, m fs.FileMode) error {
	return f.do(ctx, "set permissions", path, func(p string) error {
		return f.disk.Chmod(p, m&(fs.ModePerm|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky))
	})
}

// Symlink implements vfs.Symlinker.
func (f *FS) Symlink(ctx context.Context, target, path string) error {
	return f.do(ctx, "make link", path, func(p string) error { return f.disk.Symlink(raw(target), p) })
}

func (f *FS) do(ctx context.Context, op, path string, act func(p string) error) error {
	err := ctx.Err()
	if err == nil {
		err = act(raw(path))
	}
	if err != nil {
		return fail(op, path, err)
	}
	return nil
}
