package ftpsvc

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// When the disk is full the copy stops with one error, and the same copy goes
// on with what is left.
func TestAFullDiskStopsTheCopy(t *testing.T) {
	const n = 600
	r := newRig(t)
	for i := range n {
		r.remote.put(fmt.Sprintf("/src/d%d/f%d", i%3, i), some(100))
	}
	var full atomic.Bool
	full.Store(true)
	r.local.hook = func(op, path string) error {
		if op == "write" && full.Load() {
			return &vfs.Error{Op: op, Path: path, Err: vfs.ErrDiskFull}
		}
		return nil
	}
	c := r.connect()
	copied := Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst", Options: CopyOptions{Conflict: queue.Overwrite}}
	if err := r.fails(copied); !errors.Is(err, vfs.ErrDiskFull) || vfs.ExitCode(err) != vfs.ExitLocal {
		t.Error(err)
	}
	for _, e := range r.seen {
		if d, ok := e.(ItemDone); ok && d.Item.State == queue.Failed {
			t.Errorf("failed for itself: %+v", d.Item)
		}
	}
	full.Store(false)
	if res := r.do(copied).(JobResult); res.Failed > 0 {
		t.Errorf("%+v", res)
	}
	for i := range n { // what was still at work then may have been done before
		r.same(r.local, fmt.Sprintf("/dst/src/d%d/f%d", i%3, i), some(100))
	}
}
