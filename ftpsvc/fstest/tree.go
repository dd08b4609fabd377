package fstest

import (
	"context"
	"errors"
	"io/fs"

	"ferry/ftpsvc/vfs"
)

// RemoveAll removes a folder with all below it; one that is not there is fine.
// It follows no link. It is for cleaning up after tests.
func RemoveAll(ctx context.Context, side vfs.FS, dir string) error {
	var all []vfs.Entry
	_, err := side.List(ctx, dir, vfs.ListOptions{Refresh: true}, func(b vfs.Batch) error {
		for i := range b.Len() {
			all = append(all, b.At(i))
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range all {
		p := side.Style().Join(dir, e.Name)
		if e.IsDir() {
			err = RemoveAll(ctx, side, p)
		} else {
			err = side.Remove(ctx, p)
		}
		if err != nil {
			return err
		}
	}
	return side.Rmdir(ctx, dir)
}
