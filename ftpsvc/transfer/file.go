package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// TempFrom is the size in bytes from which an upload goes to a temporary name
// even when nothing is replaced.
const TempFrom = 1 << 20

// File is one file to move. Its sides are used by the caller of Run alone.
type File struct {
	Item     queue.Item // Source, Target, Size, ModTime, Mode; Reached and Segments of an earlier try
	Options  queue.Options
	Src, Dst vfs.FS
	Salt     string // for TempName
	// Exists says that the target's name is taken and may be replaced; false
	// that it was free a moment ago.
	Exists bool
	// Again says that an earlier try may have left something at the target.
	Again bool
	// Fresh says that the source changed since that try: nothing is built upon
	// what it left, which may hold bytes of both.
	Fresh  bool
	Since  time.Time // when the item was queued: what is older at the target is not of an earlier try
	NoTemp bool      // the target's side cannot rename
	// Late leaves the proof of a small upload to the caller, who lists its folder later.
	Late     bool
	Progress *atomic.Int64 // bytes done, what an earlier try left included; may be nil
	Left     *atomic.Int64 // how many of them an earlier try left; may be nil
	// Record stores what Item has come to before it returns: Reached, before
	// a large upload gets its name; Segments. May be nil.
	Record func(queue.Item) error

	timed bool // the target was given its time along with its bytes
}

// Result is what became of a file.
type Result struct {
	Bytes   int64 // the size of the target
	Sent    int64 // bytes that went over the wire in this run
	Reached queue.Reached
	Late    bool   // the proof was left to the caller
	Temp    string // what is left under a temporary name, "" when nothing
	Notes   []string
}

func (r *Result) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Run moves the file. On an error, Result.Temp tells what can be resumed.
func (f *File) Run(ctx context.Context) (Result, error) {
	if f.Progress == nil {
		f.Progress = new(atomic.Int64)
	}
	var res Result
	if err := f.same(); err != nil {
		return res, err
	}
	at, temp := f.Item.Target, f.useTemp()
	if temp {
		at = TempName(f.Dst.Style(), f.Item, f.Salt)
	}
	if f.Fresh && temp {
		if err := f.Dst.Remove(ctx, at); err != nil && !vfs.Permanent(err) {
			return res, err
		}
	}
	err := f.deliver(ctx, at, temp, &res)
	if err == nil {
		err = f.proveHash(ctx, at, &res)
	}
	if err == nil {
		err = f.attributes(ctx, at, &res)
	}
	if err == nil && temp {
		err = f.name(ctx, at, &res)
	}
	if err != nil && temp {
		res.Temp = at
		if res.Bytes == 0 && local(f.Dst) && f.Dst.Remove(context.WithoutCancel(ctx), at) == nil {
			res.Temp = "" // nothing to build upon
		}
	}
	if err != nil && !temp {
		f.takeBack(ctx, at, &res, err)
	}
	return res, err
}

// takeBack removes what a failed upload left under the final name of a file
// that was not there before: a partial file must not have it. What is larger
// than what was sent is not ours; after a failed proof both sides are kept.
func (f *File) takeBack(ctx context.Context, at string, res *Result, why error) {
	if local(f.Dst) || f.Exists || errors.Is(why, vfs.ErrVerify) || !vfs.Permanent(why) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	e, err := f.Dst.Stat(ctx, at)
	if err != nil || e.Kind != vfs.File || e.Size < 0 || e.Size > res.Sent {
		return
	}
	if err := f.Dst.Remove(ctx, at); err != nil {
		res.note("what came of it could not be removed: %v", err)
	}
}

// same refuses a copy of a file onto itself, which would empty it.
func (f *File) same() error {
	if f.Item.From != f.Item.To || f.Item.Source != f.Item.Target {
		return nil
	}
	return &vfs.Error{Op: "copy", Path: f.Item.Source, Err: fmt.Errorf("%w: source and target are the same file", vfs.ErrUsage)}
}

// deliver brings all bytes to at and proves them; first with what an earlier
// try left, and from the beginning where that does not work.
func (f *File) deliver(ctx context.Context, at string, temp bool, res *Result) error {
	from, err := int64(0), error(nil)
	if temp {
		if from, err = f.partial(ctx, at, res); err != nil {
			return err
		}
	}
	err = f.move(ctx, at, from, res)
	if err == nil {
		err = f.prove(ctx, at, res)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	switch {
	case from > 0 && again(err):
		res.note("could not be resumed, started again: %v", err)
		from = 0
	case from == 0 && temp && !local(f.Dst) && errors.Is(err, vfs.ErrVerify):
		// pyftpdlib says 226 to an upload that was cut: what came is a beginning.
		f.Again = true
		var perr error
		if from, perr = f.partial(ctx, at, res); perr != nil || from == f.Item.Size {
			return err
		}
		res.note("the server had a part only, sent the rest: %v", err)
	default:
		return err
	}
	if err = f.move(ctx, at, from, res); err == nil {
		err = f.prove(ctx, at, res)
	}
	return err
}

// local reports whether a side is this machine's disk.
func local(s vfs.FS) bool { return s.Style() == vfs.OS }

// useTemp reports whether the bytes go to a temporary name first.
func (f *File) useTemp() bool {
	if local(f.Dst) {
		return true
	}
	if f.NoTemp || f.Options.NoTemp || f.Dst.Style() != vfs.Slash {
		return false
	}
	return f.Exists || f.Item.Size < 0 || f.Item.Size >= TempFrom
}

// ascii reports whether the user asked for this name to go as text.
func (f *File) ascii() bool {
	for _, mask := range f.Options.ASCII {
		if ok, _ := path.Match(mask, f.Src.Style().Base(f.Item.Source)); ok {
			return true
		}
	}
	return false
}

// move copies the bytes from an offset on to at.
func (f *File) move(ctx context.Context, at string, from int64, res *Result) error {
	ascii := f.ascii()
	check := f.overlap(from)
	ro := vfs.ReadOptions{Offset: from, Size: f.Item.Size, ASCII: ascii}
	wo := vfs.WriteOptions{Offset: from, Size: -1, ASCII: ascii, Sync: f.sync()}
	if f.Item.Size >= 0 {
		wo.Size = f.Item.Size - from
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
		sent, werr = f.write(ctx, at, r, wo)
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

// prove compares what arrived with what the source is said to be.
func (f *File) prove(ctx context.Context, at string, res *Result) error {
	if f.ascii() {
		return nil // line ends change the size: acknowledged is all there is
	}
	if local(f.Src) && !local(f.Dst) {
		return f.proveUpload(ctx, at, res)
	}
	want := f.Item.Size
	if want < 0 {
		return nil
	}
	if res.Bytes == want {
		res.Reached = queue.Verified
		return nil
	}
	// Listings lie at times (a size of 0, a file that grows): ask anew.
	e, err := vfs.StatEnd(ctx, f.Src, f.Item.Source)
	switch {
	case err == nil && e.Size == res.Bytes:
		res.note("the listing said %d bytes, the file has %d", want, res.Bytes)
		res.Reached = queue.Verified
		return nil
	case want == 0 && (err != nil || e.Size <= 0):
		res.note("the server tells no size")
		return nil
	}
	return &vfs.Error{Op: "verify", Path: f.Item.Target,
		Err: fmt.Errorf("%w: %d bytes arrived, the source has %d", vfs.ErrVerify, res.Bytes, want)}
}

// proveUpload asks the server for the size, unless the caller does so later.
func (f *File) proveUpload(ctx context.Context, at string, res *Result) error {
	src, err := vfs.StatEnd(ctx, f.Src, f.Item.Source)
	if err != nil {
		return err
	}
	if src.Size != res.Bytes || !f.Item.ModTime.IsZero() && !src.ModTime.Equal(f.Item.ModTime) {
		return &vfs.Error{Op: "upload", Path: f.Item.Source, Err: fmt.Errorf("%w: %d bytes were sent, it has %d now", vfs.ErrChanged, res.Bytes, src.Size)}
	}
	if f.Late && at == f.Item.Target {
		res.Late = true
		return nil
	}
	e, err := f.Dst.Stat(ctx, at)
	switch {
	case errors.Is(err, vfs.ErrUnsupported):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return &vfs.Error{Op: "verify", Path: at, Err: fmt.Errorf("%w: the server took it, and it is not there", vfs.ErrVerify)}
	case err != nil && ctx.Err() == nil && vfs.Permanent(err): // folders that show nothing, for uploads only
		res.note("the server does not show it: %v", err)
		return nil
	case err != nil:
		return err
	case e.Size < 0:
		return nil
	case e.Size != res.Bytes:
		return &vfs.Error{Op: "verify", Path: at, Err: fmt.Errorf("%w: the server has %d bytes, %d were sent", vfs.ErrVerify, e.Size, res.Bytes)}
	}
	res.Reached = queue.Verified
	return nil
}

// keepsTime reports whether the target gets the source's time.
func (f *File) keepsTime() bool {
	return f.Options.KeepTime && f.Item.UTC && !f.Item.ModTime.IsZero() && f.Dst.Caps().SetModTime
}

// attributes gives the target the source's time and permissions, as far as
// asked for and possible. A side that cannot is a note, not a failure.
func (f *File) attributes(ctx context.Context, at string, res *Result) error {
	it := &f.Item
	if f.Options.KeepMode && it.HasMode && f.Dst.Caps().SetMode {
		if m, ok := f.Dst.(vfs.ModeSetter); ok {
			if err := m.SetMode(ctx, at, it.Mode.Perm()); err != nil {
				if !vfs.Permanent(err) {
					return err
				}
				res.note("%v", err)
			}
		}
	}
	if f.keepsTime() && !f.timed {
		if m, ok := f.Dst.(vfs.ModTimeSetter); ok {
			if err := m.SetModTime(ctx, at, it.ModTime); err != nil {
				if !vfs.Permanent(err) {
					return err
				}
				res.note("%v", err)
			}
		}
	}
	return nil
}

// name gives the proven bytes their name. Where something has come there
// meanwhile that nobody decided on, it fails with vfs.ErrConflict.
func (f *File) name(ctx context.Context, temp string, res *Result) error {
	if f.Record != nil && !local(f.Dst) && f.Item.Size >= TempFrom {
		f.Item.Reached, f.Item.Bytes, f.Item.Temp = queue.Acknowledged, res.Bytes, temp
		if err := f.Record(f.Item); err != nil {
			return err
		}
	}
	return f.rename(ctx, temp)
}

func (f *File) rename(ctx context.Context, temp string) error {
	to := f.Item.Target
	if !f.Exists && local(f.Dst) {
		if _, err := f.Dst.Stat(ctx, to); err == nil {
			return &vfs.Error{Op: "rename", Path: to, Err: vfs.ErrConflict}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err := f.Dst.Rename(ctx, temp, to)
	if err == nil || !f.Exists || local(f.Dst) || !vfs.Permanent(err) || ctx.Err() != nil {
		return err
	}
	// The server renames onto nothing that is there: the old file steps aside,
	// and comes back when the new one does not get its place.
	aside := temp + "-old"
	if aerr := f.Dst.Rename(ctx, to, aside); aerr != nil {
		return err
	}
	if err = f.Dst.Rename(ctx, temp, to); err != nil {
		if berr := f.Dst.Rename(ctx, aside, to); berr != nil {
			return fmt.Errorf("%w; the old file is now %q", err, aside)
		}
		return err
	}
	return f.Dst.Remove(ctx, aside)
}

// SafeBase reports whether name can be an element of a path on a slash side:
// not empty, not "." or "..", no slash, no NUL.
func SafeBase(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}
