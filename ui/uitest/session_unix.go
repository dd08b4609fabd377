//go:build !windows

package uitest

import "syscall"

// newSession makes the pseudo-terminal the controlling one of the program.
func newSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true, Setctty: true} }
