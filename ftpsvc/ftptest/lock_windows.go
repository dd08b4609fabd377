package ftptest

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock takes the lock of f unless another open file has it.
func tryLock(f *os.File) bool {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, new(windows.Overlapped)) == nil
}

// dropLock removes the lock file, which Windows allows only once it is closed.
func dropLock(f *os.File) error { return errors.Join(f.Close(), os.Remove(f.Name())) }
