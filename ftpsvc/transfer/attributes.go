package transfer

import (
	"context"
	"errors"
	"strings"

	"ferry/ftpsvc/vfs"
)

// keepsTime reports whether the target gets the source's time.
func (f *File) keepsTime() bool {
	return f.Options.KeepTime && f.Item.UTC && !f.Item.ModTime.IsZero() && f.Dst.Caps().SetModTime
}

// attributes gives the target the source's time and permissions, as far as
// asked for and possible. A side that cannot is a note, not a failure.
func (f *File) attributes(ctx context.Context, at string, res *Result) error {
	it := &f.Item
	if m, ok := f.Dst.(vfs.ModeSetter); ok && f.Options.KeepMode && it.HasMode && f.Dst.Caps().SetMode {
		if err := kept(m.SetMode(ctx, at, it.Mode.Perm()), res, "permissions"); err != nil {
			return err
		}
	}
	if m, ok := f.Dst.(vfs.ModTimeSetter); ok && f.keepsTime() && !f.timed {
		return kept(m.SetModTime(ctx, at, it.ModTime), res, "modification times")
	}
	return nil
}

// kept makes notes of what cannot be helped.
func kept(err error, res *Result, what string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, vfs.ErrUnsupported):
		res.once("the server keeps no " + what)
	case vfs.Permanent(err):
		res.note("its %s could not be kept: %s", what, reason(err))
	default:
		return err
	}
	return nil
}

// reason is an error without operation and path, for a note that names the file.
func reason(err error) string {
	var e *vfs.Error
	switch {
	case !errors.As(err, &e):
	case e.Reply.Code != 0:
		return "server replied " + strings.ReplaceAll(e.Reply.String(), "\n", " ")
	case e.Err != nil:
		return e.Err.Error()
	}
	return err.Error()
}
