package transfer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"sync/atomic"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// Overlap is how many bytes before the point of resumption are compared with
// the source (or with the target) before anything is appended.
const Overlap = 64 << 10

// errNoResume means that what is there cannot be built upon.
var errNoResume = errors.New("the end of what is there does not fit the source")

// again reports whether a failed resumption is worth a start from the beginning.
func again(err error) bool {
	if errors.Is(err, errNoResume) || errors.Is(err, vfs.ErrVerify) || errors.Is(err, vfs.ErrUnsupported) {
		return true
	}
	var e *vfs.Error
	// REST refused, or the transfer after it: 501, 502, 504, 554.
	return errors.As(err, &e) && e.Reply.Code >= 500 && !errors.Is(err, vfs.ErrQuota)
}

// overlap returns room for the bytes to compare before an offset.
func (f *File) overlap(from int64) []byte { return make([]byte, min(from, Overlap)) }

// partial tells how many bytes at the temporary name can be built upon; 0 for
// none. An upload's are compared here, a download's when its bytes come.
func (f *File) partial(ctx context.Context, at string, res *Result) (int64, error) {
	if f.Fresh || f.Item.Size < 0 || f.ascii() || !local(f.Dst) && !f.Again {
		return 0, nil
	}
	e, err := f.Dst.Stat(ctx, at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil && (ctx.Err() != nil || !vfs.Permanent(err)):
		return 0, err
	case err != nil || e.Kind != vfs.File || e.Size < Overlap || e.Size > f.Item.Size:
		return 0, nil
	}
	switch same, err := f.sourceSame(ctx); {
	case err != nil:
		return 0, err
	case !same:
		res.note("the source changed since: started again")
		return 0, nil
	}
	if local(f.Dst) {
		return e.Size, nil
	}
	theirs, ours := f.overlap(e.Size), f.overlap(e.Size)
	off := e.Size - int64(len(ours))
	err = readFull(ctx, f.Dst, at, off, theirs)
	if err == nil {
		err = readFull(ctx, f.Src, f.Item.Source, off, ours)
	}
	if err != nil && (ctx.Err() != nil || !vfs.Permanent(err) && !errors.Is(err, errNoResume)) {
		return 0, err
	}
	if err != nil || !bytes.Equal(theirs, ours) {
		res.note("what the server has does not fit the source: started again")
		return 0, nil
	}
	return e.Size, nil
}

// sourceSame reports whether the source is what it was when it was queued. An
// error means that it could not be asked now.
func (f *File) sourceSame(ctx context.Context) (bool, error) {
	e, err := f.Src.Stat(ctx, f.Item.Source)
	if err != nil {
		if ctx.Err() == nil && vfs.Permanent(err) {
			err = nil
		}
		return false, err
	}
	if e.Size != f.Item.Size {
		return false, nil
	}
	if f.Item.ModTime.IsZero() || e.ModTime.IsZero() || e.UTC != f.Item.UTC {
		return true, nil
	}
	// A listing may have told the time less exactly than a look at the file does.
	grain := time.Second
	if e.Prec == vfs.Minute || f.Item.ModTime.Second() == 0 {
		grain = time.Minute
	}
	return e.ModTime.Truncate(grain).Equal(f.Item.ModTime.Truncate(grain)), nil
}

// readFull fills buf from an offset of a file.
func readFull(ctx context.Context, side vfs.FS, path string, off int64, buf []byte) error {
	var got bool
	err := side.Read(ctx, path, vfs.ReadOptions{Offset: off, Size: -1}, func(r io.Reader) error {
		if _, err := io.ReadFull(r, buf); err != nil {
			return err
		}
		got = true
		return errEnough
	})
	switch {
	case got:
		return nil
	case err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return errNoResume
	}
	return err
}

// errEnough ends a transfer of which enough was read.
var errEnough = errors.New("enough was read")

// compare reads as many bytes as want holds, and fails when they differ.
func compare(r io.Reader, want []byte) error {
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errNoResume
		}
		return err
	}
	if !bytes.Equal(got, want) {
		return errNoResume
	}
	return nil
}

// write stores r at an offset; on a side that refuses the restart point, by appending.
func (f *File) write(ctx context.Context, at string, r io.Reader, o vfs.WriteOptions) (int64, error) {
	if d, ok := f.Dst.(vfs.Finisher); ok && f.keepsTime() && o.Offset == 0 {
		done, err := d.WriteThen(ctx, at, r, o, vfs.Then{ModTime: f.Item.ModTime})
		f.timed = err == nil && done.TimeSet
		return done.Sent, err
	}
	n, err := f.Dst.Write(ctx, at, r, o)
	if o.Offset == 0 || err == nil || n > 0 || local(f.Dst) || ctx.Err() != nil || !again(err) || !f.Dst.Caps().Append {
		return n, err
	}
	o.Append, o.Offset = true, 0
	return f.Dst.Write(ctx, at, r, o)
}

// Found is what an earlier try of an item, of whose end nobody heard, left at
// the target.
type Found uint8

const (
	Nothing Found = iota // or nothing that is known to be its work
	Part                 // the target is a beginning of the source
	Whole                // the target is the source, proven
)

// Look tells what an earlier try left, so that it is neither taken for
// somebody else's file nor sent again. A big upload had been recorded as
// acknowledged before it was renamed; a small one, which may have been written
// under its own name, is read back; a download got its name when it was whole,
// with the time of the source, or at least after the item was queued.
func (f *File) Look(ctx context.Context) (Found, Result, error) {
	var res Result
	it := &f.Item
	if it.Size < 0 || f.ascii() {
		return Nothing, res, ctx.Err()
	}
	if same, err := f.sourceSame(ctx); !same {
		return Nothing, res, err
	}
	if f.Progress == nil {
		f.Progress = new(atomic.Int64)
	}
	if it.Reached != "" && it.Temp != "" && !local(f.Dst) {
		if e, err := f.Dst.Stat(ctx, it.Temp); err == nil && e.Size == it.Size {
			f.Exists = true // what is there was to be replaced, or is nothing
			err := f.rename(ctx, it.Temp)
			return Whole, f.proven(), err
		}
	}
	e, err := f.Dst.Stat(ctx, it.Target)
	switch {
	case err != nil && (ctx.Err() != nil || !vfs.Permanent(err)):
		return Nothing, res, err
	case err != nil || e.Kind != vfs.File || e.Size > it.Size:
		return Nothing, res, nil
	case local(f.Dst):
		if e.Size == it.Size && (f.Options.KeepTime && it.UTC && e.ModTime.Equal(it.ModTime) || !f.Since.IsZero() && !e.ModTime.Before(f.Since)) {
			return Whole, f.proven(), nil
		}
		return Nothing, res, nil
	case it.Reached != "" && e.Size == it.Size:
		return Whole, f.proven(), nil
	case it.Size >= TempFrom:
		return Nothing, res, nil
	}
	same, err := f.begins(ctx, e.Size)
	switch {
	case err != nil || !same:
		return Nothing, res, err
	case e.Size < it.Size:
		return Part, res, nil
	}
	return Whole, f.proven(), nil
}

func (f *File) proven() Result {
	f.Progress.Store(f.Item.Size)
	return Result{Bytes: f.Item.Size, Reached: queue.Verified}
}

// begins compares the first n bytes of the target with the source's.
func (f *File) begins(ctx context.Context, n int64) (bool, error) {
	a, b := make([]byte, n), make([]byte, n)
	if err := readFull(ctx, f.Src, f.Item.Source, 0, a); err != nil {
		return false, err
	}
	err := readFull(ctx, f.Dst, f.Item.Target, 0, b)
	if errors.Is(err, errNoResume) || err != nil && vfs.Permanent(err) && ctx.Err() == nil {
		return false, nil
	}
	return err == nil && bytes.Equal(a, b), err
}
