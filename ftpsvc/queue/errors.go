package queue

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"ferry/ftpsvc/vfs"
)

// ErrFile means that the queue's file cannot be used, or its disk: errors.Is
// finds vfs.ErrLocal as well, and vfs.ErrDiskFull where there is no room. That
// another process took over, or was in the way for long, is not it.
var ErrFile = errors.New("the queue's file cannot be used")

// ErrNewer means that a newer ferry wrote the file. It is left alone.
var ErrNewer = errors.New("written by a newer ferry")

// ErrLost means that another process took over this one's items, because its
// heartbeat had stopped for long.
var ErrLost = errors.New("another process took this item over")

// failed is the error of an operation on the queue; nil stays nil.
func (s *Store) failed(op string, err error) error { return failed(op, s.path, err) }

func failed(op, path string, err error) error {
	var done *vfs.Error
	if err == nil || errors.As(err, &done) {
		return err
	}
	if ofFile(err) {
		err = trouble{err}
	}
	return &vfs.Error{Op: "queue: " + op, Path: path, Err: err}
}

// trouble is an error of the file, with its classes.
type trouble struct{ err error }

func (t trouble) Error() string {
	if full(t.err) {
		return "no space left on its disk"
	}
	return t.err.Error()
}
func (t trouble) Unwrap() error { return t.err }
func (t trouble) Is(target error) bool {
	return target == ErrFile || target == vfs.ErrLocal || target == vfs.ErrDiskFull && full(t.err)
}

// ofFile reports an error of SQLite, or of the system when it opened the file.
func ofFile(err error) bool {
	var e *sqlite.Error
	var p *fs.PathError
	var l *os.LinkError
	if errors.Is(err, context.Canceled) || busy(err) {
		return false
	}
	return errors.As(err, &e) || errors.As(err, &p) || errors.As(err, &l) || errors.Is(err, ErrNewer)
}

// full reports an error for want of room. The file's shared memory is on the
// disk as well, and fails only for that when it grows.
func full(err error) bool {
	var e *sqlite.Error
	return code(err) == sqlite3.SQLITE_FULL || errors.As(err, &e) && e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE || errors.Is(err, syscall.ENOSPC)
}

// busy reports whether another process was in the way.
func busy(err error) bool {
	c := code(err)
	return c == sqlite3.SQLITE_BUSY || c == sqlite3.SQLITE_LOCKED
}

// damaged reports whether err means that the file is no queue or a broken one.
func damaged(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	case sqlite3.SQLITE_ERROR: // a table of ours is missing
		return true
	}
	return false
}

// code is SQLite's own for an error, without what is added to it; 0 for others.
func code(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}
