//go:build unix

package queue

import (
	"bytes"
	"errors"
	"os"
	"strconv"
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
		return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid)
	}
	p, h := strings.Split(place, "|"), strings.Split(here, "|")
	return len(p) == 3 && len(h) == 3 && p[0] == h[0] && p[1] != h[1] && p[1] != "" && h[1] != ""
}

// zombie reports whether a process has ended and only its number is left,
// because nobody asked for its end yet; false where the system does not tell.
func zombie(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	i := bytes.LastIndex(b, []byte(") ")) // the name before it may hold anything
	return err == nil && i > 0 && bytes.HasPrefix(b[i:], []byte(") Z"))
}
