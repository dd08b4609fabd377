package ftptest

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"goftp.io/server/v2"
)

// driver is the library's file driver with the ways mended in which it is
// dangerous or wrong: it removes whole trees for RMD, makes parents for MKD,
// does not enter links to folders, and opens a folder as if it were a file.
type driver struct {
	server.Driver
	root string
}

// real is where the path of a client lies on the disk. Links inside the tree
// are followed by the system; the demo's do not lead out of it, and no command
// makes one.
func (d *driver) real(p string) string {
	return filepath.Join(d.root, filepath.FromSlash(path.Clean("/"+p)))
}

// target is where a link points, "" for anything else.
func (d *driver) target(p string, fi os.FileInfo) string {
	if fi.Mode()&fs.ModeSymlink == 0 {
		return ""
	}
	t, err := os.Readlink(d.real(p))
	if err != nil {
		return ""
	}
	return filepath.ToSlash(t)
}

// Stat implements server.Driver; CWD enters links to folders.
func (d *driver) Stat(ctx *server.Context, p string) (os.FileInfo, error) {
	if ctx != nil && strings.HasSuffix(ctx.Cmd, "CWD") {
		return os.Stat(d.real(p))
	}
	return os.Lstat(d.real(p))
}

// ListDir implements server.Driver; a link to a folder is listed as that folder.
func (d *driver) ListDir(_ *server.Context, p string, add func(os.FileInfo) error) error {
	rows, err := os.ReadDir(d.real(p))
	if err != nil {
		return err
	}
	for _, r := range rows {
		fi, err := r.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // gone since
		}
		if err != nil {
			return err
		}
		if err := add(fi); err != nil {
			return err
		}
	}
	return nil
}

// DeleteDir implements server.Driver; only an empty folder goes.
func (d *driver) DeleteDir(_ *server.Context, p string) error {
	fi, err := os.Lstat(d.real(p))
	if err != nil {
		return err
	}
	if !fi.IsDir() {
		return errors.New("not a directory")
	}
	if path.Clean("/"+p) == "/" {
		return fs.ErrPermission
	}
	return os.Remove(d.real(p))
}

// MakeDir implements server.Driver.
func (d *driver) MakeDir(_ *server.Context, p string) error {
	return bare(os.Mkdir(d.real(p), 0o755))
}

// Rename implements server.Driver.
func (d *driver) Rename(_ *server.Context, from, to string) error {
	if from == "" {
		return errors.New("RNFR first")
	}
	return bare(os.Rename(d.real(from), d.real(to)))
}

// bare drops the paths of an error: the library sends it to the client.
func bare(err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &le):
		return le.Err
	}
	return err
}

// GetFile implements server.Driver; only plain files are given.
func (d *driver) GetFile(ctx *server.Context, p string, off int64) (int64, io.ReadCloser, error) {
	fi, err := os.Stat(d.real(p))
	switch {
	case err != nil:
		return 0, nil, err
	case !fi.Mode().IsRegular():
		return 0, nil, errors.New("not a plain file")
	case off > fi.Size():
		return 0, nil, errors.New("restart point behind the end")
	}
	return d.Driver.GetFile(ctx, p, off)
}

// openPut opens the target of STOR or APPE; off < 0 appends, 0 begins anew,
// else what is before off stays.
func (d *driver) openPut(p string, off int64) (*os.File, error) {
	flags := os.O_CREATE | os.O_WRONLY
	switch {
	case off < 0:
		flags |= os.O_APPEND
	case off == 0:
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(d.real(p), flags, 0o644)
	if err != nil || off <= 0 {
		return f, err
	}
	if err := f.Truncate(off); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.Seek(off, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
