//go:build unix

package ftptest

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes the lock of f unless another open file has it.
func tryLock(f *os.File) bool {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
}

// dropLock removes the lock file while the lock is held, then lets go.
func dropLock(f *os.File) error { return errors.Join(os.Remove(f.Name()), f.Close()) }
