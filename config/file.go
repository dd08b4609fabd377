package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// maxFile is the largest file that is read, in bytes: one that is larger is
// not a settings file, and reading it would only cost memory.
const maxFile = 8 << 20

// readFile returns a file's bytes, nil when there is none.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("read %q: larger than %d bytes", path, maxFile)
	}
	return data, nil
}

// writeFile puts data at path, whole or not at all, mode 0600, in a folder of
// mode 0700 when it has to be made. A path that is a link stays one: the file
// it leads to is replaced.
func writeFile(path string, data []byte) (err error) {
	if real, e := filepath.EvalSymlinks(path); e == nil {
		path = real
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	if d, e := os.Open(dir); e == nil { // the rename itself; not every system can
		_ = d.Sync()
		d.Close()
	}
	return nil
}

// locked runs f while no other ferry process changes the files in d.
func (d Dirs) locked(f func() error) error {
	if err := os.MkdirAll(d.State, 0o700); err != nil {
		return err
	}
	lock, err := lockedfile.OpenFile(d.lockFile(), os.O_RDWR|os.O_CREATE, 0o600) // waits for the lock
	if err != nil {
		return err
	}
	defer lock.Close()
	return f()
}
