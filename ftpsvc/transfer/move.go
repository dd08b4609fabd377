package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// move copies the bytes from an offset on to at.
func (f *File) move(ctx context.Context, at string, temp bool, from int64, res *Result) error {
	ascii := f.ascii()
	check := f.overlap(from)
	ro := vfs.ReadOptions{Offset: from, Size: f.Item.Size, ASCII: ascii}
	wo := vfs.WriteOptions{Offset: from, Size: -1, ASCII: ascii, Sync: f.sync()}
	if f.Item.Size >= 0 {
		wo.Size = f.Item.Size - from
	}
	if f.date = (time.Time{}); f.wantsDate() {
		ro.ModTime = &f.date
	}
	f.Progress.Store(from)
	if local(f.Src) {
		wo.Progress = f.Progress
	} else {
		ro.Progress = f.Progress
		if local(f.Dst) { // the last bytes that are there come again, to be compared
			ro.Offset -= int64(len(check))
			f.Progress.Store(ro.Offset)
		}
	}
	if f.Left != nil {
		f.Left.Store(f.Progress.Load())
	}
	if from > 0 && local(f.Dst) {
		if err := readFull(ctx, f.Dst, at, ro.Offset, check); err != nil {
			return errors.Join(errNoResume, err)
		}
	}
	var werr error
	var sent int64
	err := f.Src.Read(ctx, f.Item.Source, ro, func(r io.Reader) error {
		if from > 0 && local(f.Dst) {
			if werr = compare(r, check); werr != nil {
				return werr
			}
		}
		sent, werr = f.write(ctx, at, temp, r, wo)
		return werr
	})
	res.Sent += sent
	res.Bytes = from + sent
	if err != nil {
		return cause(err, werr)
	}
	res.Reached = queue.Acknowledged
	return nil
}

// write stores r at an offset; on a side that refuses the restart point, by appending.
func (f *File) write(ctx context.Context, at string, temp bool, r io.Reader, o vfs.WriteOptions) (int64, error) {
	if d, ok := f.Dst.(vfs.Finisher); ok && o.Offset == 0 {
		return f.writeThen(ctx, d, at, temp, r, o)
	}
	if o.Offset == 0 || local(f.Dst) || !f.Dst.Caps().Append {
		return f.Dst.Write(ctx, at, r, o)
	}
	if f.Dst.Caps().REST {
		n, err := f.Dst.Write(ctx, at, r, o)
		if err == nil || n > 0 || ctx.Err() != nil || !again(err) {
			return n, err
		}
	}
	o.Append, o.Offset = true, 0
	return f.Dst.Write(ctx, at, r, o)
}

// writeThen has what follows an upload travel with it: the time, and of a
// temporary name the size and, for a small file, the final name.
func (f *File) writeThen(ctx context.Context, d vfs.Finisher, at string, temp bool, r io.Reader, o vfs.WriteOptions) (int64, error) {
	var then vfs.Then
	if f.keepsTime() {
		then.ModTime = f.Item.ModTime
	}
	if temp && !o.ASCII {
		then.Size = f.Dst.Caps().Size
		if f.Item.Size >= 0 && f.Item.Size < TempFrom && f.Options.Hash == "" && !f.Options.KeepMode {
			then.Rename, then.Check = f.Item.Target, f.mayRename(ctx)
		}
	}
	done, err := d.WriteThen(ctx, at, r, o, then)
	f.timed = done.TimeSet
	var e *vfs.Error
	switch {
	case err == nil:
		f.sized, f.named = then.Size && done.Size >= 0, done.Renamed
	case errors.Is(err, vfs.ErrVerify) && done.Size >= 0:
		return done.Sent, nil // SIZE may lie: what a look at it tells counts
	case errors.Is(err, errUntold):
		return done.Sent, nil
	case then.Rename != "" && errors.As(err, &e) && e.Op == "rename" && vfs.Permanent(err):
		f.sized = done.Size >= 0
		return done.Sent, nil // name knows what to do
	}
	return done.Sent, err
}

// errUntold keeps a file from its name until a look at it proves it.
var errUntold = errors.New("the server tells no size")

// mayRename is asked before an upload whose size the server told gets its name.
func (f *File) mayRename(ctx context.Context) func(int64) error {
	return func(size int64) error {
		if size < 0 {
			return errUntold
		}
		return f.sourceStill(ctx, size)
	}
}

// cause chooses between what the source and the target said: a server's own
// words say most, then the side where it began.
func cause(rerr, werr error) error {
	var e *vfs.Error
	if werr == nil || errors.As(rerr, &e) && e.Reply.Code != 0 {
		return rerr
	}
	return werr
}

// sync tells whether the target's data is flushed to the disk before it gets its name.
func (f *File) sync() bool {
	switch f.Options.Sync {
	case "always":
		return true
	case "never":
		return false
	}
	return f.Item.Size >= TempFrom
}

// shortAgain gives up on a source that the server ended where it had ended it
// the last time, and called that the whole.
func (f *File) shortAgain(err error, res *Result) error {
	if !errors.Is(err, vfs.ErrShort) || f.Item.Tries == 0 || res.Bytes != f.Item.Bytes {
		return err
	}
	return &vfs.Error{Op: "download", Path: f.Item.Source,
		Err: fmt.Errorf("%w: %w, after %d of %d bytes, as it did before", vfs.ErrVerify, vfs.ErrShort, res.Bytes, f.Item.Size)}
}

// hopeless reports that nothing is to be built upon what came.
func hopeless(err error) bool { return errors.Is(err, vfs.ErrShort) && errors.Is(err, vfs.ErrVerify) }
