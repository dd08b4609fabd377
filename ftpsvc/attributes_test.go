package ftpsvc

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// Folders get the time and the permissions of the original, when all is in
// them: also one that then forbids it.
func TestFoldersKeepTimeAndPermissions(t *testing.T) {
	srv := ftptest.NewScript(t)
	top := t.TempDir()
	src := filepath.Join(top, "src")
	modes := map[string]fs.FileMode{"": 0o755, "/ro": 0o555, "/sub": 0o750, "/sub/deep": 0o700}
	for _, d := range []string{"", "/ro", "/sub", "/sub/deep"} {
		if err := os.MkdirAll(src+d, 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if err := os.WriteFile(fmt.Sprintf("%s%s/f%d", src, d, i), some(10), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	dress := func(root string) {
		for d, m := range modes {
			if err := os.Chtimes(root+d, someDay, someDay); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(root+d, m); err != nil {
				t.Fatal(err)
			}
		}
	}
	dress(src)
	t.Cleanup(func() {
		for _, d := range []string{src + "/ro", top + "/back/src/ro"} {
			_ = os.Chmod(d, 0o755)
		}
	})
	r := scriptRig(t, srv)
	o := CopyOptions{KeepTime: true, KeepMode: true, Conflict: queue.Overwrite}
	srv.Forget()
	if res := r.do(Copy{From: Local, Paths: []string{src}, To: r.conn, Dir: "/far", Options: o}).(JobResult); res.Verified != 12 {
		t.Fatalf("%+v", res)
	}
	for d, m := range modes {
		if got := srv.ModTime("/far/src" + d); !got.Equal(someDay) {
			t.Errorf("up: %s has the time %v", d, got)
		}
		if got := srv.Mode("/far/src" + d); got != m {
			t.Errorf("up: %s has the mode %v", d, got)
		}
	}
	if res := r.do(Copy{From: r.conn, Paths: []string{"/far/src"}, To: Local, Dir: top + "/back", Options: o}).(JobResult); res.Verified != 12 {
		t.Fatalf("%+v", res)
	}
	for d, m := range modes {
		fi, err := os.Stat(top + "/back/src" + d)
		if err != nil || !fi.ModTime().Equal(someDay) || fi.Mode().Perm() != m {
			t.Errorf("down: %s: %v %v, %v", d, fi.ModTime(), fi.Mode(), err)
		}
	}
}

// A server that sets no times of folders is told of once, and not asked again.
func TestServersThatKeepNoTimesOfFolders(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.On("MFMT", func(c *ftptest.Conn, arg string) {
		if !strings.HasSuffix(arg, "/f") {
			c.Reply(550, "not a file")
			return
		}
		c.Default()
	})
	r := newRig(t)
	r.local.put("/d/f", some(10)).put("/d/d2/f", some(10))
	mem := &learning{}
	for try, want := range []string{"the server keeps no times of folders", ""} {
		s := scriptRig(t, srv, func(o *Options, _ *vfs.Endpoint) {
			o.Memory, o.Local = mem, func() vfs.FS { return r.local.open() }
		})
		srv.Forget()
		to := fmt.Sprintf("/far%d", try)
		if res := s.do(Copy{From: Local, Paths: []string{"/d"}, To: s.conn, Dir: to, Options: CopyOptions{KeepTime: true}}).(JobResult); res.Done != 2 {
			t.Errorf("%+v", res)
		}
		told := s.notices()
		if strings.Contains(told, "folder") != (want != "") || !strings.Contains(told, want) {
			t.Errorf("try %d: %s", try, told)
		}
		s.s.Close()
	}
}
