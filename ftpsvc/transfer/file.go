package transfer

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// TempFrom is the size in bytes from which an upload goes to a temporary name
// even when nothing is replaced, and from which a download's source is looked
// at before and after.
const TempFrom = 1 << 20

// File is one file to move. Its sides are used by the caller of Run alone.
type File struct {
	Item     queue.Item // Source, Target, Size, ModTime, Mode; Reached and Segments of an earlier try
	Options  queue.Options
	Src, Dst vfs.FS
	Salt     string // for TempName
	Naming   Naming // what the target's server bears
	// Exists says that the target's name is taken and may be replaced; false
	// that it was free a moment ago.
	Exists bool
	// Replace says that what comes there meanwhile may be replaced as well.
	Replace bool
	// Resume says that what is at the target is to be gone on with, if it fits.
	Resume bool
	// Again says that an earlier try may have left something at the target.
	Again bool
	// Fresh says that the source changed since that try: nothing is built upon
	// what it left, which may hold bytes of both.
	Fresh bool
	Since time.Time // when the item was queued: what is older at the target is not of an earlier try
	// Late leaves the proof of a small upload to the caller, who lists its folder later.
	Late     bool
	Progress *atomic.Int64 // bytes done, what an earlier try left included; may be nil
	Left     *atomic.Int64 // how many of them an earlier try left; may be nil
	// Record stores what Item has come to before it returns: Reached, before
	// a large upload gets its name; Segments. May be nil.
	Record func(queue.Item) error

	seen  vfs.Entry // the source when its bytes began to come, as far as it was asked; Size -1
	date  time.Time // of the source, told with its last byte
	timed bool      // the target was given its time along with its bytes
	sized bool      // the server told the size that it must be
	named bool      // the target has its name
	aside string    // where the old file is meanwhile, "" where it stays
}

// Result is what became of a file. Size and time of Item are then those that
// the source turned out to have.
type Result struct {
	Bytes   int64 // the size of the target
	Sent    int64 // bytes that went over the wire in this run
	Reached queue.Reached
	Late    bool   // the proof was left to the caller
	Temp    string // what is left under a temporary name, "" when nothing
	Naming  Naming // what the server turned out to bear
	Notes   []string
	Once    []string // notes about the server, not about this file
}

func (r *Result) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

func (r *Result) once(text string) {
	if !slices.Contains(r.Once, text) {
		r.Once = append(r.Once, text)
	}
}

// Run moves the file. On an error, Result.Temp tells what can be resumed. Where
// the server refuses a temporary name the next kind of name is tried, and where
// it refuses to rename what is whole, its own name.
func (f *File) Run(ctx context.Context) (Result, error) {
	if f.Progress == nil {
		f.Progress = new(atomic.Int64)
	}
	res := Result{Naming: f.Naming}
	if err := f.same(); err != nil {
		return res, err
	}
	if err := f.lookFirst(ctx, &res); err != nil {
		return res, f.said(err)
	}
	err := f.attempt(ctx, &res)
	first, from := err, f.Naming
	for err != nil && f.nameRefused(ctx, err, &res) {
		f.Naming++
		err = f.attempt(ctx, &res)
	}
	anyway := f.renameRefused(ctx, err)
	if anyway {
		err = f.withoutRename(ctx, &res)
	}
	switch {
	case f.Naming == from:
	case err != nil && anyway: // renames alone are not to blame
		f.Naming = from
	case err != nil && res.Sent == 0: // it was not the name
		f.Naming, err = from, first
	default:
		res.once(f.Naming.why())
	}
	res.Naming = f.Naming
	return res, f.said(err)
}

// said has an error name the file, not the temporary name of its bytes.
func (f *File) said(err error) error {
	var e *vfs.Error
	if errors.As(err, &e) && e.Path != f.Item.Source && IsTemp(f.Dst.Style().Base(e.Path)) {
		e.Path = f.Item.Target
	}
	return err
}

// attempt is Run by one kind of temporary name.
func (f *File) attempt(ctx context.Context, res *Result) error {
	f.timed, f.sized, f.named = false, false, false
	at, temp, err := f.place(ctx, res)
	if err != nil {
		return err
	}
	if err = f.prepare(ctx, at, temp, res); err == nil {
		err = f.shortAgain(f.deliver(ctx, at, temp, res), res)
	}
	if err == nil {
		err = f.proveHash(ctx, at, res)
	}
	if f.named {
		at = f.Item.Target
	}
	if err == nil {
		err = f.attributes(ctx, at, res)
	}
	if err == nil && temp && !f.named {
		err = f.name(ctx, at, res)
	}
	switch {
	case err == nil:
		f.dropAside(ctx, res)
	case temp && !f.named:
		f.leave(ctx, at, res, err)
	case !temp:
		f.takeBack(ctx, at, res, err)
		err = f.bringBack(ctx, err)
	}
	return err
}

// prepare clears the way for an attempt.
func (f *File) prepare(ctx context.Context, at string, temp bool, res *Result) error {
	if f.Fresh && temp {
		if err := f.Dst.Remove(ctx, at); err != nil && !vfs.Permanent(err) {
			return err
		}
	}
	if f.Resume {
		return f.takeUp(ctx, at, temp, res)
	}
	return nil
}

// leave notes what a failed try left under a temporary name, and how much that
// is: of what was sent the server may have taken less.
func (f *File) leave(ctx context.Context, at string, res *Result, why error) {
	if res.Temp = at; hopeless(why) && f.Dst.Remove(ctx, at) == nil {
		res.Temp = ""
		return
	}
	if local(f.Dst) {
		if res.Bytes > 0 {
			return
		}
		ctx := context.WithoutCancel(ctx)
		if e, err := f.Dst.Stat(ctx, at); err == nil && e.Size >= Overlap { // of a try before, which could not be gone on with now
			res.Bytes = e.Size
		} else if f.Dst.Remove(ctx, at) == nil {
			res.Temp = "" // nothing to build upon
		}
		return
	}
	if res.Bytes == 0 || errors.Is(why, vfs.ErrVerify) || !vfs.Permanent(why) || ctx.Err() != nil {
		return
	}
	if n, ok := sizeAt(ctx, f.Dst, at); ok && n < res.Bytes {
		res.Bytes = n
	}
}

// sizeAt asks for the size of a file by its name.
func sizeAt(ctx context.Context, side vfs.FS, path string) (int64, bool) {
	p, ok := side.(vfs.Prober)
	if !ok {
		return 0, false
	}
	e, err := p.Probe(ctx, path)
	return e.Size, err == nil && e.Size >= 0
}

// same refuses a copy of a file onto itself, which would empty it.
func (f *File) same() error {
	if f.Item.From != f.Item.To || f.Item.Source != f.Item.Target {
		return nil
	}
	return &vfs.Error{Op: "copy", Path: f.Item.Source, Err: fmt.Errorf("%w: source and target are the same file", vfs.ErrUsage)}
}

// deliver brings all bytes to at and proves them; first with what an earlier
// try left, and from the beginning where that does not work or the source
// changed meanwhile.
func (f *File) deliver(ctx context.Context, at string, temp bool, res *Result) error {
	from, err := int64(0), error(nil)
	if temp || f.Resume {
		if from, err = f.partial(ctx, at, res); err != nil {
			return err
		}
	}
	err = f.carry(ctx, at, temp, from, res)
	if err == nil || ctx.Err() != nil {
		return err
	}
	switch {
	case errors.Is(err, errRead):
		res.note("the source changed while it was read: fetched again")
		from = 0
	case from > 0 && again(err):
		res.note("started again, for it could not be resumed: %s", reason(err))
		from = 0
	case from == 0 && temp && !local(f.Dst) && errors.Is(err, vfs.ErrVerify):
		// pyftpdlib says 226 to an upload that was cut: what came is a beginning.
		f.Again = true
		var perr error
		if from, perr = f.partial(ctx, at, res); perr != nil || from == f.Item.Size {
			return err
		}
		res.note("the server had a part only, sent the rest: %s", reason(err))
	default:
		return err
	}
	err = f.carry(ctx, at, temp, from, res)
	if errors.Is(err, errRead) && temp { // bytes of several: nothing to build upon
		if rerr := f.Dst.Remove(ctx, at); rerr == nil {
			res.Bytes = 0
		}
	}
	return err
}

// carry moves the bytes from an offset on, and proves them.
func (f *File) carry(ctx context.Context, at string, temp bool, from int64, res *Result) error {
	err := f.move(ctx, at, temp, from, res)
	if err == nil {
		err = f.lookAgain(ctx)
	}
	if err == nil {
		err = f.prove(ctx, at, res)
	}
	return err
}

// local reports whether a side is this machine's disk.
func local(s vfs.FS) bool { return s.Style() == vfs.OS }

// ascii reports whether the user asked for this name to go as text.
func (f *File) ascii() bool {
	for _, mask := range f.Options.ASCII {
		if ok, _ := path.Match(mask, f.Src.Style().Base(f.Item.Source)); ok {
			return true
		}
	}
	return false
}

// SafeBase reports whether name can be an element of a path on a slash side:
// not empty, not "." or "..", no slash, no NUL.
func SafeBase(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}
