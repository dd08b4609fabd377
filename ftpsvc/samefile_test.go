package ftpsvc

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
)

// A file that is moved onto itself by another path must not vanish.
func TestNothingReplacesItself(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/real/f", []byte("abc"))
	srv.Put("/real/tree/g", []byte("def"))
	srv.Put("/other/f", []byte("old"))
	srv.Link("real", "/alias")
	top := t.TempDir()
	for name, data := range map[string]string{"real/f": "abc", "real/tree/g": "def", "real/tree/h/i": "ghi", "other/f": "old"} {
		p := filepath.Join(top, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(data), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("real", filepath.Join(top, "alias")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	r := scriptRig(t, srv)
	for _, c := range []struct {
		conn Conn
		top  string
	}{{Local, top + "/"}, {r.conn, "/"}} {
		for _, move := range []bool{false, true} {
			res := r.do(Copy{From: c.conn, Paths: []string{c.top + "real/f", c.top + "real/tree"}, To: c.conn, Dir: c.top + "alias",
				Options: CopyOptions{Conflict: queue.Overwrite, Move: move}}).(JobResult)
			if move && (res.Failed == 0 || !errors.Is(res.FirstErr, errSameFile)) {
				t.Errorf("%q, move %v: %+v", c.conn, move, res)
			}
		}
		res := r.do(Copy{From: c.conn, Paths: []string{c.top + "real/f"}, To: c.conn, Dir: c.top + "other",
			Options: CopyOptions{Conflict: queue.Overwrite, Move: true}}).(JobResult)
		if res.Done != 1 || res.Failed > 0 {
			t.Errorf("%q, to another folder: %+v", c.conn, res)
		}
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(name)))
		if err != nil {
			return ""
		}
		return string(b)
	}
	far := func(name string) string {
		b, _ := srv.Get("/" + name)
		return string(b)
	}
	for side, get := range map[string]func(string) string{"local": read, "server": far} {
		for name, want := range map[string]string{"other/f": "abc", "real/f": "", "real/tree/g": "def"} {
			if got := get(name); got != want {
				t.Errorf("%s: %s is %q, not %q", side, name, got, want)
			}
		}
	}
	for _, name := range srv.Paths() {
		if transfer.IsTemp(filepath.Base(name)) {
			t.Errorf("left: %s", name)
		}
	}
}
