package ftpsvc

import (
	"context"
	"errors"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// soon is the wait before the second try of an item whose connection was lost:
// a new connection is likely to work at once.
const soon = 200 * time.Millisecond

// retryAfter is when a failed item is tried again.
func (e *engine) retryAfter(tries int, err error) time.Duration {
	wait := e.s.pause(max(0, tries-1))
	if tries == 1 && lost(err) {
		return min(wait, soon)
	}
	return wait
}

// maxTries is how often an item is started.
func maxTries(o queue.Options) int {
	if o.MaxTries > 0 {
		return o.MaxTries
	}
	return 6
}

// class is the word for an error's class.
func class(err error) string {
	for _, c := range []struct {
		is   error
		word string
	}{{context.Canceled, "canceled"}, {vfs.ErrVerify, "verify"}, {vfs.ErrChanged, "changed"}, {vfs.ErrDiskFull, "disk"},
		{vfs.ErrLocal, "local"}, {vfs.ErrQuota, "quota"}, {vfs.ErrConflict, "conflict"}, {vfs.ErrTrust, "trust"}, {vfs.ErrTLS, "tls"},
		{vfs.ErrLogin, "login"}, {vfs.ErrTooMany, "too-many"}, {vfs.ErrConnLost, "lost"}, {vfs.ErrTimeout, "timeout"},
		{vfs.ErrConnect, "connect"}, {vfs.ErrBadName, "name"}, {vfs.ErrUsage, "usage"}} {
		if errors.Is(err, c.is) {
			return c.word
		}
	}
	return "refused"
}
