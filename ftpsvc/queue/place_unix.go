//go:build unix

package queue

import (
	"errors"
	"os"
	"strings"
	"syscall"
)

// here names where process numbers of this process mean something: the host,
// its boot, and on Linux the name space of process numbers.
func here() string {
	host, _ := os.Hostname()
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	ns, _ := os.Readlink("/proc/self/ns/pid")
	return host + "|" + strings.TrimSpace(string(boot)) + "|" + ns
}

// gone reports whether the process is known to be dead: it was of this machine
// and its number is free, or the machine was started again since. A number
// that another program got since is left to the heartbeat.
func gone(place, here string, pid int) bool {
	if place == here {
		return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	}
	p, h := strings.Split(place, "|"), strings.Split(here, "|")
	return len(p) == 3 && len(h) == 3 && p[0] == h[0] && p[1] != h[1] && p[1] != "" && h[1] != ""
}
