package ftptest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A demo's temporary folder ferry-demo-X is guarded by the lock file
// ferry-demo-X.lock beside it, which the living process keeps locked. The
// system drops the lock when the process dies, however it dies, so who gets
// the lock knows that nobody uses the folder.
const demoPrefix, lockSuffix = "ferry-demo-", ".lock"

type tempDir struct {
	path string
	lock *os.File
}

// newTempDir makes a folder and holds its lock.
func newTempDir(base string) (*tempDir, error) {
	for range 10 {
		f, err := os.CreateTemp(base, demoPrefix+"*"+lockSuffix)
		if err != nil {
			return nil, fmt.Errorf("make temporary folder: %w", err)
		}
		// Another ferry may sweep the file between its creation and the lock.
		if !tryLock(f) || !still(f) {
			f.Close()
			continue
		}
		d := &tempDir{strings.TrimSuffix(f.Name(), lockSuffix), f}
		if err := os.Mkdir(d.path, 0o700); err != nil {
			return nil, errors.Join(fmt.Errorf("make temporary folder: %w", err), d.remove())
		}
		return d, nil
	}
	return nil, errors.New("make temporary folder: no lock to be had")
}

// still reports whether f is the file of its name.
func still(f *os.File) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Lstat(f.Name())
	return err == nil && os.SameFile(a, b)
}

// remove takes the folder and then the lock file away.
func (d *tempDir) remove() error {
	return errors.Join(os.RemoveAll(d.path), dropLock(d.lock))
}

// sweep removes what demos left behind whose process is dead.
func sweep(base string) {
	if base == "" {
		base = os.TempDir()
	}
	locks, err := filepath.Glob(filepath.Join(base, demoPrefix+"*"+lockSuffix))
	if err != nil {
		return
	}
	for _, name := range locks {
		if fi, err := os.Lstat(name); err != nil || !fi.Mode().IsRegular() {
			continue
		}
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			continue // another user's
		}
		if !tryLock(f) || !still(f) {
			f.Close()
			continue
		}
		d := tempDir{strings.TrimSuffix(name, lockSuffix), f}
		_ = d.remove()
	}
}
