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

// diskFull stops a job whose disk is full: what is left of it would be fetched
// in vain, one after the other. It reports whether the item waits with the
// rest; where nobody here waits for the job the item alone has failed.
func (e *engine) diskFull(j *job, it queue.Item, why error) bool {
	r, stopped := j.request, j.stopped
	if !j.full {
		j.full, j.stopped = true, true
		e.s.out.put(Notice{Text: "the disk is full: what is left of the copy is paused, and goes on when it is resumed or copied again"})
		e.keep.control(queue.OpPause, queue.Selection{Jobs: []int64{j.id}}, 0, func(int64, error) {
			j.full, j.request = false, nil // from here on it is a job like any in the file
			if r != nil && !r.canceled {
				e.s.finish(r, nil, why)
			}
		})
	}
	if r == nil && !stopped { // nobody waits: one item tells why
		return false
	}
	e.settleAs(it, queue.Paused)
	return true
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
