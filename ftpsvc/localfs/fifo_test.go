//go:build unix

package localfs_test

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ferry/ftpsvc/localfs"
	"ferry/ftpsvc/vfs"
)

func TestAFIFOIsNotWaitedFor(t *testing.T) {
	p := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(p, 0o600); err != nil {
		t.Skip("cannot make a FIFO here:", err)
	}
	f := localfs.New()
	if err := f.Read(t.Context(), p, vfs.ReadOptions{}, func(io.Reader) error { return nil }); !errors.Is(err, vfs.ErrLocal) {
		t.Errorf("reading: %v", err)
	}
	if _, err := f.Write(t.Context(), p, strings.NewReader("x"), vfs.WriteOptions{}); !errors.Is(err, vfs.ErrLocal) {
		t.Errorf("writing: %v", err)
	}
}
