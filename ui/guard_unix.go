//go:build unix

package ui

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const noTermNeeded = false

// stopSignals end ferry with the terminal restored. SIGHUP would kill it
// without.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// jobControl reports whether a shell waits that can stop and continue ferry.
// Where none does, as in a terminal that runs ferry in the place of a shell,
// ferry is of the group of its session's leader, and the kernel never stops it.
func jobControl() bool {
	sid, err := unix.Getsid(0)
	return err == nil && sid != unix.Getpgrp()
}

// holdBack is how long an unfinished escape sequence is waited for. The
// terminal library takes one that was cut for more than 50 ms for typed text,
// and letters are commands here.
const holdBack = 300 * time.Millisecond

// inputGuard holds back an escape sequence that has not come whole yet. It
// keeps Fd, so that raw mode and polling still work.
type inputGuard struct{ *os.File }

func guard(f *os.File) inputGuard { return inputGuard{f} }

// Read reads like the file, but goes on while what came ends within a sequence.
func (g inputGuard) Read(p []byte) (int, error) {
	n, err := g.File.Read(p)
	for end := time.Now().Add(holdBack); err == nil && n > 0 && n < len(p) && unfinished(p[:n]); {
		if !readable(g.Fd(), time.Until(end)) {
			break
		}
		var k int
		k, err = g.File.Read(p[n:])
		n += k
		if k == 0 {
			break
		}
	}
	return n, err
}

// readable waits until fd has bytes to read, at most for d.
func readable(fd uintptr, d time.Duration) bool {
	end := time.Now().Add(d)
	for d > 0 {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(d.Milliseconds())+1)
		if err == unix.EINTR {
			d = time.Until(end)
			continue
		}
		return err == nil && n > 0
	}
	return false
}
