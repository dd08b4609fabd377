package ftpsvc

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"ferry/ftpsvc/vfs"
)

func TestAnExtensionIsPartedWhole(t *testing.T) {
	for name, want := range map[string][2]string{"a.txt": {"a", ".txt"}, "a.b.tar.gz": {"a.b", ".tar.gz"}, "a.tar": {"a", ".tar"}, ".profile": {".profile", ""},
		".tar.gz": {".tar", ".gz"}, "plain": {"plain", ""}, "照片.jpg": {"照片", ".jpg"}} {
		if s, e := parted(name); s != want[0] || e != want[1] {
			t.Errorf("%q: %q and %q", name, s, e)
		}
	}
}

// stubborn makes a disk refuse some operations.
func stubborn(d *disk, refused ...string) {
	d.hook = func(op, path string) error {
		for _, r := range refused {
			if op+" "+path == r {
				return &vfs.Error{Op: op, Path: path, Reply: vfs.Reply{Code: 550, Lines: []string{"Permission denied."}}, Err: fs.ErrPermission}
			}
		}
		return nil
	}
}

// One entry that cannot be deleted stays, with the folders that hold it; the
// rest goes, and the sum is told.
func TestOneFailureDoesNotStopADeletion(t *testing.T) {
	r := newRig(t)
	for _, p := range []string{"/a/1", "/a/b/2", "/a/b/3", "/a/c/4", "/d/5"} {
		r.remote.put(p, some(10))
	}
	stubborn(r.remote, "remove /a/b/2", "remove /a/1")
	c := r.connect()
	err := r.fails(Delete{Conn: c, Paths: []string{"/none", "/a", "/d"}, Recursive: true})
	if got := strings.Join(r.remote.names(""), " "); got != "/ /a /a/1 /a/b /a/b/2" {
		t.Errorf("left: %s", got)
	}
	if want := "(and 2 more); 3 files and 2 folders were deleted"; !strings.Contains(err.Error(), want) || !errors.Is(err, fs.ErrNotExist) || vfs.ExitCode(err) != vfs.ExitRefused {
		t.Errorf("%v; want %s", err, want)
	}
	err = r.fails(Delete{Conn: c, Paths: []string{"/a/1"}})
	if !strings.HasSuffix(err.Error(), "550 Permission denied.") {
		t.Error(err)
	}
	mode := fs.FileMode(0o600)
	stubborn(r.remote, "chmod /a/1")
	err = r.fails(Chmod{Conn: c, Paths: []string{"/a"}, Files: &mode, Recursive: true})
	if r.remote.nodes["/a/b/2"].mode != mode || !strings.Contains(err.Error(), "1 file and 2 folders were changed") {
		t.Errorf("%v; mode %v", err, r.remote.nodes["/a/b/2"].mode)
	}
}

// A folder is never replaced by a rename, and nobody is asked whether it may be.
func TestARenameOntoAFolderIsRefused(t *testing.T) {
	r := newRig(t)
	r.remote.put("/a", some(10)).put("/full/x", some(10))
	c := r.connect()
	for _, over := range []bool{false, true} {
		err := r.fails(Rename{Conn: c, From: "/a", To: "/full", Overwrite: over})
		if !errors.Is(err, ErrFolderThere) || !errors.Is(err, vfs.ErrConflict) || !strings.Contains(err.Error(), `rename "/a" to "/full"`) {
			t.Errorf("overwrite %v: %v", over, err)
		}
	}
	stubborn(r.remote, "rename /a")
	if err := r.fails(Rename{Conn: c, From: "/a", To: "/b"}); !strings.Contains(err.Error(), `"/a" to "/b"`) {
		t.Error(err)
	}
	stubborn(r.remote, "stat /b")
	if err := r.fails(Rename{Conn: c, From: "/a", To: "/b"}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("what cannot be looked at may be replaced: %v", err)
	}
}
