package transfer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"sync/atomic"

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
	fits, err := f.fits(ctx, at, e.Size)
	if err != nil && (ctx.Err() != nil || !vfs.Permanent(err)) {
		return 0, err
	}
	switch {
	case err != nil:
		res.note("what the server has could not be compared with the source: started again: %s", reason(err))
		return 0, nil
	case !fits:
		res.note("what the server has does not fit the source: started again")
		return 0, nil
	}
	return e.Size, nil
}

// fits compares the end of the first n bytes of a file on the target's side
// with the source's; where one of the sides refuses the restart point, all n.
func (f *File) fits(ctx context.Context, path string, n int64) (bool, error) {
	theirs, ours := f.overlap(n), f.overlap(n)
	off := n - int64(len(ours))
	err := readFull(ctx, f.Dst, path, off, theirs)
	if err == nil {
		err = readFull(ctx, f.Src, f.Item.Source, off, ours)
	}
	switch {
	case err == nil:
		return bytes.Equal(theirs, ours), nil
	case errors.Is(err, errNoResume):
		return false, nil
	case errors.Is(err, vfs.ErrUnsupported) && off > 0 && f.Dst.Caps().Append && ctx.Err() == nil:
		return f.begins(ctx, path, n)
	}
	return false, err
}

// takeUp makes what is at the target the beginning of the new file, where the
// user wants that and it fits. Else it stays until the new file is proven.
func (f *File) takeUp(ctx context.Context, at string, temp bool, res *Result) error {
	if f.Item.Size < 0 || f.ascii() || f.Again && f.Item.Temp != "" {
		return nil
	}
	e, err := f.Dst.Stat(ctx, f.Item.Target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case e.Kind != vfs.File || e.Size < Overlap:
		res.note("what is there is too short to go on from: sent from the beginning")
		return nil
	case e.Size > f.Item.Size:
		res.note("what is there is larger than the source: sent from the beginning")
		return nil
	}
	fits, err := f.fits(ctx, f.Item.Target, e.Size)
	if err != nil && (ctx.Err() != nil || !vfs.Permanent(err)) {
		return err
	}
	if err != nil || !fits {
		res.note("what is there does not fit the source: sent from the beginning")
		return nil
	}
	f.Again = true
	if !temp {
		return nil
	}
	return f.Dst.Rename(ctx, f.Item.Target, at)
}

// sourceSame reports whether the source is what it was when it was queued. An
// error means that it could not be asked now.
func (f *File) sourceSame(ctx context.Context) (bool, error) {
	e, err := vfs.StatEnd(ctx, f.Src, f.Item.Source)
	if err != nil {
		if ctx.Err() == nil && vfs.Permanent(err) {
			err = nil
		}
		return false, err
	}
	return e.Size == f.Item.Size && f.sameTime(e), nil
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
	if f.Progress == nil {
		f.Progress = new(atomic.Int64)
	}
	if local(f.Dst) {
		return f.lookHere(ctx)
	}
	if same, err := f.sourceSame(ctx); !same {
		return Nothing, res, err
	}
	if it.Reached != "" && it.Temp != "" {
		if e, err := f.Dst.Stat(ctx, it.Temp); err == nil && e.Size == it.Size {
			f.Exists = true // what is there was to be replaced, or is nothing
			if err := f.rename(ctx, it.Temp); !f.renameRefused(ctx, err) {
				return Whole, f.proven(), f.said(err)
			}
			it.Reached = "" // Run knows what to do
		}
	}
	e, err := f.Dst.Stat(ctx, it.Target)
	switch {
	case err != nil && (ctx.Err() != nil || !vfs.Permanent(err)):
		return Nothing, res, err
	case err != nil || e.Kind != vfs.File || e.Size > it.Size:
		return Nothing, res, nil
	case it.Reached != "" && e.Size == it.Size:
		return Whole, f.proven(), nil
	case it.Size >= TempFrom:
		return Nothing, res, nil
	}
	same, err := f.begins(ctx, it.Target, e.Size)
	if err != nil && vfs.Permanent(err) && ctx.Err() == nil {
		return Nothing, res, nil
	}
	switch {
	case err != nil || !same:
		return Nothing, res, err
	case e.Size < it.Size:
		return Part, res, nil
	}
	return Whole, f.proven(), nil
}

// lookHere is Look of a download. The source, which may cost a listing to look
// at, is asked last.
func (f *File) lookHere(ctx context.Context) (Found, Result, error) {
	it := &f.Item
	e, err := f.Dst.Stat(ctx, it.Target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Nothing, Result{}, ctx.Err()
	case err != nil && (ctx.Err() != nil || !vfs.Permanent(err)):
		return Nothing, Result{}, err
	case err != nil || e.Kind != vfs.File || e.Size != it.Size:
		return Nothing, Result{}, nil
	case !(f.Options.KeepTime && it.UTC && e.ModTime.Equal(it.ModTime)) && (f.Since.IsZero() || e.ModTime.Before(f.Since)):
		return Nothing, Result{}, nil
	}
	if same, err := f.sourceSame(ctx); !same {
		return Nothing, Result{}, err
	}
	return Whole, f.proven(), nil
}

func (f *File) proven() Result {
	f.Progress.Store(f.Item.Size)
	return Result{Bytes: f.Item.Size, Reached: queue.Verified}
}

// begins compares the first n bytes of a file on the target's side with the source's.
func (f *File) begins(ctx context.Context, path string, n int64) (bool, error) {
	same := false
	both := func(theirs, ours io.Reader) error {
		a, b := make([]byte, Overlap), make([]byte, Overlap)
		for left := n; left > 0; {
			k := min(left, Overlap)
			_, err := io.ReadFull(theirs, a[:k])
			_, oerr := io.ReadFull(ours, b[:k])
			switch {
			case short(err) || short(oerr):
				return errEnough
			case err != nil || oerr != nil:
				return errors.Join(err, oerr)
			case !bytes.Equal(a[:k], b[:k]):
				return errEnough
			}
			left -= k
		}
		same = true
		return errEnough
	}
	err := f.Dst.Read(ctx, path, vfs.ReadOptions{Size: -1}, func(theirs io.Reader) error {
		return f.Src.Read(ctx, f.Item.Source, vfs.ReadOptions{Size: -1}, func(ours io.Reader) error { return both(theirs, ours) })
	})
	if err == nil || same || errors.Is(err, errEnough) {
		return same, ctx.Err()
	}
	return false, err
}

// short reports that a reader came to its end early.
func short(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
