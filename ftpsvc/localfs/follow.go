package localfs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"ferry/ftpsvc/vfs"
)

// Follow implements vfs.Follower. at is without links in any of its elements.
func (f *FS) Follow(ctx context.Context, path string) (vfs.Entry, string, error) {
	e, err := f.Stat(ctx, path)
	if err != nil {
		return e, path, err
	}
	real, err := filepath.EvalSymlinks(raw(path))
	if err != nil {
		return e, path, nil // it leads nowhere, or in a circle
	}
	if e.Kind != vfs.Link {
		return e, shown(real), nil
	}
	fi, err := os.Lstat(real)
	if errors.Is(err, fs.ErrNotExist) {
		return e, path, nil
	}
	if err != nil {
		return e, path, fail("look up", path, err)
	}
	end := f.entry(fi, filepath.Dir(real), filepath.Base(real))
	end.Name, end.Raw = e.Name, e.Raw
	return end, shown(real), nil
}
