package localfs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"ferry/ftpsvc/vfs"
)

// ErrLeaves is the cause of a refusal to write outside a confined folder.
var ErrLeaves = errors.New("leads out of the target folder")

// trouble is an error of the disk: errors.Is finds vfs.ErrLocal beside what
// the system said, vfs.ErrDiskFull where there is no room, and vfs.ErrLongName
// where the disk takes no such name.
type trouble struct{ err error }

func (t trouble) Error() string {
	if tooLong(t.err) {
		return vfs.ErrLongName.Error()
	}
	return t.err.Error()
}
func (t trouble) Unwrap() error { return t.err }
func (t trouble) Is(target error) bool {
	return target == vfs.ErrLocal || (target == vfs.ErrLongName && tooLong(t.err)) || (target == vfs.ErrDiskFull && full(t.err)) || (target == fs.ErrExist && notEmpty(t.err))
}

// fail makes a *vfs.Error; the path is told once, so the system's own form
// with the path in it is taken apart.
func fail(op, path string, err error) error {
	if err == nil {
		return nil
	}
	var done *vfs.Error
	if errors.As(err, &done) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &vfs.Error{Op: op, Path: path, Err: err}
	}
	return &vfs.Error{Op: op, Path: path, Err: trouble{bare(err)}}
}

// bare drops operation and path of a system error.
func bare(err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		err = pe.Err
	case errors.As(err, &le):
		err = le.Err
	}
	var se *os.SyscallError
	if errors.As(err, &se) {
		err = se.Err // without the name of the call
	}
	if strings.Contains(err.Error(), "path escapes from parent") {
		return ErrLeaves // os.Root has no name for it
	}
	return err
}
