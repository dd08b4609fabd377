package session

import (
	"context"
	"errors"
	"strings"

	"ferry/ftpsvc/vfs"
)

// do runs one call of the library on a path, and makes errors of ours out of its.
func (s *Session) do(ctx context.Context, op, path string, f func() error) error {
	if err := s.rooted(op, path); err != nil {
		return err
	}
	return s.call(ctx, op, path, f)
}

// call is do for what is no path.
func (s *Session) call(ctx context.Context, op, path string, f func() error) error {
	if err := s.check(op, path); err != nil {
		return err
	}
	done, err := s.begin(ctx)
	if err != nil {
		return s.fail(op, path, err)
	}
	defer done()
	if err := s.learnTelnet(ctx, path); err != nil {
		return s.fail(op, path, err)
	}
	return s.fail(op, path, f())
}

// learnTelnet finds out, before the first name for which it matters, how the
// server reads 0xFF.
func (s *Session) learnTelnet(ctx context.Context, name string) error {
	if s.telnetKnown || !s.t.Telnet(name) {
		return nil
	}
	s.telnetKnown = true
	return s.t.Undoubles(ctx)
}

// rooted refuses a path that counts from the working folder: listings change
// that, so it would stand for another place.
func (s *Session) rooted(op, path string) error {
	if s.Style() == vfs.Slash && !strings.HasPrefix(path, "/") {
		return &vfs.Error{Op: op, Path: path, Err: joined{vfs.ErrUsage, errors.New("the path does not begin at the root")}}
	}
	return nil
}

// check refuses text that cannot be sent, before anything else of the call is.
func (s *Session) check(op, path string) error {
	err := checkPath(path)
	if err == nil {
		if err = s.t.Sendable(path); err != nil {
			err = joined{vfs.ErrBadName, err}
		}
	}
	if err != nil {
		return &vfs.Error{Op: op, Path: path, Err: err}
	}
	return nil
}

// checkPath refuses what would end a command line (RFC 2640 section 3.1 lets
// a name hold CR only as CR NUL, which no server is known to understand).
func checkPath(p string) error {
	if strings.ContainsAny(p, "\r\n\x00") {
		return joined{vfs.ErrBadName, errors.New("the name holds CR, LF or NUL, which FTP cannot send")}
	}
	return nil
}
