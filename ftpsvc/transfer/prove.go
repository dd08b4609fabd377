package transfer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// errRead is the cause when a source changed while it was read.
var errRead = fmt.Errorf("%w: while it was read", vfs.ErrChanged)

// lookFirst notes size and time of a big source on a server before it is read,
// so that a change meanwhile can be seen: a round trip that nothing else gives.
// Of a small one, what its listing told is taken for what it is.
func (f *File) lookFirst(ctx context.Context, res *Result) error {
	f.seen = vfs.Entry{Size: -1}
	p, ok := f.Src.(vfs.Prober)
	if !ok || local(f.Src) || f.Item.Size < TempFrom || f.ascii() {
		return nil
	}
	e, err := p.Probe(ctx, f.Item.Source)
	if err != nil {
		if ctx.Err() == nil && vfs.Permanent(err) {
			err = nil // the transfer tells more
		}
		return err
	}
	switch {
	case e.ModTime.IsZero() && e.Size >= 0 && e.Size != f.Item.Size, !f.sameTime(e):
		if f.Again && !f.Fresh {
			f.Fresh = true
			res.note("the source changed since: started again")
		}
		if e.Size >= 0 {
			f.Item.Size = e.Size
		}
	case e.Size != f.Item.Size: // SIZE and the listing differ, and nothing changed: one lies
		e.Size = -1
	}
	if !e.ModTime.IsZero() {
		f.dated(e.ModTime)
	}
	f.seen = e
	return nil
}

// lookAgain fails with errRead where the source is not what it was before; its
// new size and time are then those of Item. Of a small one it compares the
// time that came with the last byte, if any, with that of the listing.
func (f *File) lookAgain(ctx context.Context) error {
	if f.seen.Size < 0 && f.seen.ModTime.IsZero() {
		if f.date.IsZero() {
			return nil
		}
		changed := !f.sameTime(vfs.Entry{ModTime: f.date, Prec: vfs.Second, UTC: true})
		f.dated(f.date)
		if changed {
			return f.wasRead()
		}
		return nil
	}
	e, err := f.Src.(vfs.Prober).Probe(ctx, f.Item.Source)
	if err != nil {
		if ctx.Err() == nil && vfs.Permanent(err) {
			return f.wasRead() // it is gone, or cannot be seen any more
		}
		return err
	}
	if f.seen.Size < 0 {
		e.Size = -1
	}
	if e.Size == f.seen.Size && e.ModTime.Equal(f.seen.ModTime) {
		return nil
	}
	f.seen = e
	if e.Size >= 0 {
		f.Item.Size = e.Size
	}
	if !e.ModTime.IsZero() {
		f.dated(e.ModTime)
	}
	return f.wasRead()
}

// dated notes the exact time of the source.
func (f *File) dated(t time.Time) { f.Item.ModTime, f.Item.UTC, f.Item.Prec = t, true, vfs.Second }

func (f *File) wasRead() error { return &vfs.Error{Op: "download", Path: f.Item.Source, Err: errRead} }

// sameTime reports whether e can bear the time that Item has. A listing may
// tell that less exactly than a look at the file does: without seconds, by a
// summer time that was not in force then, or as a day.
func (f *File) sameTime(e vfs.Entry) bool {
	t := f.Item.ModTime
	if local(f.Src) {
		return e.ModTime.Equal(t)
	}
	if t.IsZero() || e.ModTime.IsZero() || e.UTC != f.Item.UTC {
		return true
	}
	rough, exact := f.Item.Rough(), e.Prec >= vfs.Second
	switch {
	case rough != exact && rough: // two of a listing
		return e.ModTime.Truncate(time.Minute).Equal(t)
	case rough != exact:
		return e.ModTime.Truncate(time.Second).Equal(t.Truncate(time.Second))
	}
	d := e.ModTime.Truncate(time.Minute).Sub(t.Truncate(time.Minute))
	if d < -zones || d > zones {
		return false
	}
	day := e.Prec == vfs.Day || f.Item.Prec == vfs.Day
	return day || d%(15*time.Minute) == 0
}

// zones is how far two clocks of the world may be apart, and a day.
const zones = 26 * time.Hour

// wantsDate reports whether the exact time of the source is of use, and a
// listing may have told less.
func (f *File) wantsDate() bool {
	return f.Options.KeepTime && !local(f.Src) && (!f.Item.UTC || f.Item.ModTime.IsZero() || f.Item.Rough())
}

// prove compares what arrived with what the source is said to be.
func (f *File) prove(ctx context.Context, at string, res *Result) error {
	if f.ascii() {
		return nil // line ends change the size: acknowledged is all there is
	}
	err := f.proveSource(ctx, res)
	if err != nil || local(f.Dst) {
		return err
	}
	if f.named {
		at = f.Item.Target
	}
	return f.proveTarget(ctx, at, res)
}

// proveSource compares the bytes that went by with the source's size, which is
// proof of a download.
func (f *File) proveSource(ctx context.Context, res *Result) error {
	if local(f.Src) {
		if err := f.sourceStill(ctx, res.Bytes); err != nil {
			return err
		}
		f.verified(res)
		return nil
	}
	want := f.Item.Size
	if want < 0 {
		return nil
	}
	if res.Bytes == want {
		f.verified(res)
		return nil
	}
	// Listings lie at times (a size of 0, a file that grows): ask anew.
	e, err := vfs.StatEnd(ctx, f.Src, f.Item.Source)
	switch {
	case err == nil && e.Size == res.Bytes:
		res.note("the listing said %d bytes, the file has %d", want, res.Bytes)
		f.verified(res)
		return nil
	case want == 0 && (err != nil || e.Size <= 0):
		res.note("the server tells no size")
		f.Item.Size = res.Bytes
		return nil
	}
	return &vfs.Error{Op: "verify", Path: f.Item.Target,
		Err: fmt.Errorf("%w: %d bytes arrived, the source has %d", vfs.ErrVerify, res.Bytes, want)}
}

// verified notes that all of the source came by; of what is on a server that
// is no proof yet.
func (f *File) verified(res *Result) {
	f.Item.Size = res.Bytes
	if local(f.Dst) {
		res.Reached = queue.Verified
	}
}

// sourceStill fails when a local source is not what it was, after n bytes of it were sent.
func (f *File) sourceStill(ctx context.Context, n int64) error {
	if !local(f.Src) {
		return nil
	}
	src, err := vfs.StatEnd(ctx, f.Src, f.Item.Source)
	if err != nil {
		return err
	}
	if src.Size != n || !f.Item.ModTime.IsZero() && !src.ModTime.Equal(f.Item.ModTime) {
		return &vfs.Error{Op: "upload", Path: f.Item.Source, Err: fmt.Errorf("%w: %d bytes were sent, it has %d now", vfs.ErrChanged, n, src.Size)}
	}
	return nil
}

// proveTarget asks the server for the size, unless it told that with the last
// byte or the caller asks later.
func (f *File) proveTarget(ctx context.Context, at string, res *Result) error {
	switch {
	case f.sized:
		res.Reached = queue.Verified
		return nil
	case f.Late && at == f.Item.Target:
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
		res.note("the server does not show it: %s", reason(err))
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
