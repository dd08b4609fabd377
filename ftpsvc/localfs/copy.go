package localfs

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"

	"ferry/ftpsvc/vfs"
)

// blockSize is how much is moved at once where the system cannot move it itself.
const blockSize = 256 << 10

// Read implements vfs.FS. Without o.Progress the reader is an *os.File, so
// that sending it can use sendfile.
func (f *FS) Read(ctx context.Context, path string, o vfs.ReadOptions, use func(r io.Reader) error) error {
	const op = "read"
	if err := ctx.Err(); err != nil {
		return fail(op, path, err)
	}
	file, err := os.OpenFile(raw(path), os.O_RDONLY|openFlags, 0)
	if err != nil {
		return fail(op, path, err)
	}
	defer file.Close()
	if err := regular(file); err != nil {
		return fail(op, path, err)
	}
	if o.Offset > 0 {
		if _, err := file.Seek(o.Offset, io.SeekStart); err != nil {
			return fail(op, path, err)
		}
	}
	stop := context.AfterFunc(ctx, func() { file.Close() })
	defer stop()
	var r io.Reader = file
	if o.Progress != nil {
		r = &countReader{file, o.Progress}
	}
	err = use(r)
	if ctx.Err() != nil {
		return fail(op, path, ctx.Err())
	}
	if errors.Is(err, os.ErrClosed) {
		return fail(op, path, err)
	}
	return err
}

func regular(file *os.File) error {
	fi, err := file.Stat()
	switch {
	case err != nil:
		return err
	case fi.IsDir():
		return errors.New("is a folder")
	case !fi.Mode().IsRegular():
		return errors.New("not a regular file")
	}
	return nil
}

type countReader struct {
	*os.File
	n *atomic.Int64
}

// Read implements io.Reader.
func (c *countReader) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// WriteTo implements io.WriterTo in blocks: the one of os.File would not count.
func (c *countReader) WriteTo(w io.Writer) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{c}, make([]byte, blockSize))
}

// Write implements vfs.FS. The last element of path is not followed when it
// is a link. Without o.Progress an r that is an io.WriterTo is handed the
// *os.File, so that it can use splice, and another file is copied by the
// system. What came stays on the disk when it fails.
func (f *FS) Write(ctx context.Context, path string, r io.Reader, o vfs.WriteOptions) (int64, error) {
	const op = "write"
	if err := ctx.Err(); err != nil {
		return 0, fail(op, path, err)
	}
	file, err := f.openWrite(raw(path), o)
	if err != nil {
		return 0, fail(op, path, err)
	}
	stop := context.AfterFunc(ctx, func() { file.Close() })
	n, err := fill(file, r, o.Progress)
	if err == nil && o.Sync {
		err = file.Sync()
	}
	stop()
	if e := file.Close(); err == nil {
		err = e
	}
	switch {
	case err == nil:
		return n, nil
	case ctx.Err() != nil:
		return n, fail(op, path, ctx.Err())
	case ours(err, file.Name()):
		return n, fail(op, path, err)
	}
	return n, sourceError(path, err)
}

// openWrite opens the target. An offset keeps what is before it and also what
// is behind the new bytes: segments of one file are written side by side.
func (f *FS) openWrite(p string, o vfs.WriteOptions) (*os.File, error) {
	flag := os.O_WRONLY | os.O_CREATE | openFlags | noFollow
	if o.Offset == 0 && !o.Append && !o.InPlace {
		flag |= os.O_TRUNC
	}
	file, err := f.disk.OpenFile(p, flag, 0o666)
	if err != nil {
		return nil, err
	}
	err = regular(file)
	// O_APPEND would rule splice out, so the end is looked up.
	if err == nil && o.Append {
		_, err = file.Seek(0, io.SeekEnd)
	} else if err == nil && o.Offset > 0 {
		_, err = file.Seek(o.Offset, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func fill(file *os.File, r io.Reader, progress *atomic.Int64) (int64, error) {
	if src, ok := r.(*os.File); ok {
		return copyFile(file, src, progress)
	}
	if progress != nil {
		return io.CopyBuffer(struct{ io.Writer }{&countWriter{file, progress}}, struct{ io.Reader }{r}, make([]byte, blockSize))
	}
	if src, ok := r.(io.WriterTo); ok {
		return src.WriteTo(file)
	}
	return io.CopyBuffer(struct{ io.Writer }{file}, r, make([]byte, blockSize))
}

// copyFile lets the system copy (copy_file_range), in parts so that progress
// can be told and the end of the context is noticed.
func copyFile(file, src *os.File, progress *atomic.Int64) (int64, error) {
	const part = 8 << 20
	var total int64
	for {
		n, err := file.ReadFrom(io.LimitReader(src, part))
		total += n
		if progress != nil {
			progress.Add(n)
		}
		if err != nil || n == 0 {
			return total, err
		}
	}
}

type countWriter struct {
	w io.Writer
	n *atomic.Int64
}

// Write implements io.Writer.
func (c *countWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// ours reports whether err came from the file called name, not from the reader
// that fed it. With splice the system tells errors of both under the file's
// name, so those of a connection are sorted out by their number.
func ours(err error, name string) bool {
	var pe *os.PathError
	if !errors.As(err, &pe) {
		return full(err) || errors.Is(err, os.ErrClosed)
	}
	return pe.Path == name && !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, net.ErrClosed) && !netError(pe.Err)
}

// sourceError is an error of the reader; it stays what it is for errors.Is.
func sourceError(path string, err error) error {
	var done *vfs.Error
	if errors.As(err, &done) {
		return err
	}
	return &vfs.Error{Op: "write", Path: path, Err: err}
}
