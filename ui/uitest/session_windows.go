package uitest

import "syscall"

// newSession is never used: pseudo-terminals are not opened here.
func newSession() *syscall.SysProcAttr { return nil }
