package ftpsvc

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/ftpsvc/localfs"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// hostile is a rig over the real disk of this machine, below a folder of its
// own, and a server that lists whatever it likes.
func hostile(t *testing.T) (r *rig, dir string) {
	t.Helper()
	top := t.TempDir()
	dir = filepath.Join(top, "downloads")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r = newRig(t, func(o *Options) { o.Local = func() vfs.FS { return localfs.New() } })
	r.remote.fake = map[string]vfs.Entries{}
	t.Cleanup(func() {
		rows, err := os.ReadDir(top)
		if err != nil || len(rows) != 1 {
			t.Errorf("something was written beside the target: %v, %v", rows, err)
		}
	})
	return r, dir
}

// tree lists what is below dir, links with their targets.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		if d.Type()&fs.ModeSymlink != 0 {
			to, _ := os.Readlink(p)
			rel += " -> " + to
		}
		out = append(out, filepath.ToSlash(rel))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, ", ")
}

func listed(kind vfs.Kind, names ...string) (es vfs.Entries) {
	for _, n := range names {
		es = append(es, vfs.Entry{Name: n, Kind: kind, Size: 3})
	}
	return es
}

func TestHostile01To03And06NamesThatArePathsAreLeftOut(t *testing.T) {
	r, dir := hostile(t)
	r.remote.put("/src/good", []byte("abc")).put("/src/sub/good", []byte("abc"))
	r.remote.put("/x", []byte("bad")).put("/etc/x", []byte("bad"))
	names := []string{"../../x", "/etc/x", "..", ".", "", "sub/good", "a/../../x"}
	r.remote.fake["/src"] = append(listed(vfs.File, names...), listed(vfs.Dir, names...)...)
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: dir}).(JobResult)
	if res.Done != 2 || res.Failed != 0 {
		t.Errorf("%+v", res)
	}
	if got := tree(t, dir); got != "src, src/good, src/sub, src/sub/good" {
		t.Errorf("got %s", got)
	}
	notes := 0
	for _, e := range r.seen {
		if n, ok := e.(Notice); ok && strings.Contains(n.Text, "left out") {
			notes++
		}
	}
	if notes == 0 {
		t.Error("nobody was told")
	}
}

func TestHostile04ALinkAndAFolderOfOneName(t *testing.T) {
	r, dir := hostile(t)
	outside := t.TempDir()
	r.remote.put("/src/d/f", []byte("abc"))
	r.remote.fake["/src"] = vfs.Entries{{Name: "d", Kind: vfs.Link, Target: outside, Size: -1}, {Name: "e", Kind: vfs.Link, Target: outside, Size: -1}}
	r.remote.put("/src/e", nil)
	r.remote.nodes["/src/e"].kind, r.remote.nodes["/src/e"].target = vfs.Link, outside
	c := r.connect()
	r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: dir, Options: CopyOptions{Links: queue.LinksRecreate}})
	if got := tree(t, outside); got != "" {
		t.Errorf("written through the link: %s", got)
	}
	if got := tree(t, dir); strings.Contains(got, "->") {
		t.Errorf("a link that leads out was made: %s", got)
	}
}

func TestHostile05ALinkInTheWayOfAnUploadIsNotFollowed(t *testing.T) {
	r, dir := hostile(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "link")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	c := r.connect()
	for _, p := range []queue.LinkPolicy{queue.LinksSkip, queue.LinksFollow, queue.LinksRecreate} {
		r.do(Copy{From: Local, Paths: []string{dir}, To: c, Dir: "/" + string(p), Options: CopyOptions{Links: p}})
	}
	for _, p := range r.remote.names("") {
		if b, _ := r.remote.get(p); string(b) == "secret" {
			t.Errorf("%s holds what the link leads to", p)
		}
	}
}

// A link at the very target of a download is replaced, never written through.
func TestHostile05ALinkAtTheTargetIsReplaced(t *testing.T) {
	r, dir := hostile(t)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, filepath.Join(dir, "f")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	r.remote.put("/f", []byte("theirs"))
	c := r.connect()
	r.do(Copy{From: c, Paths: []string{"/f"}, To: Local, Dir: dir, Options: CopyOptions{Conflict: queue.Overwrite}})
	if b, _ := os.ReadFile(victim); string(b) != "mine" {
		t.Errorf("the file behind the link is %q now", b)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "f")); string(b) != "theirs" {
		t.Errorf("the target is %q", b)
	}
}

func TestHostile07NamesThatShellsMind(t *testing.T) {
	r, dir := hostile(t)
	names := []string{"|id", "-rf", "~", "~root", "$(id)", "`id`", "a;b", "a&b", "a>b", "* ?", "'\"", "#", "%41"}
	for _, n := range names {
		r.remote.put("/src/"+n, []byte(n))
	}
	c := r.connect()
	if res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: dir}).(JobResult); res.Done != int64(len(names)) {
		t.Errorf("%+v", res)
	}
	if res := r.do(Copy{From: Local, Paths: []string{filepath.Join(dir, "src")}, To: c, Dir: "/back"}).(JobResult); res.Done != int64(len(names)) {
		t.Errorf("%+v", res)
	}
	for _, n := range names {
		r.same(r.remote, "/back/src/"+n, []byte(n))
	}
}

func TestHostile08OneNameTwice(t *testing.T) {
	r, dir := hostile(t)
	r.remote.put("/src/f", []byte("abc")).put("/src/F", []byte("xyz"))
	r.remote.fake["/src"] = listed(vfs.File, "f")
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: dir}).(JobResult)
	if res.Done != 2 || res.Failed != 0 {
		t.Errorf("%+v", res)
	}
	for n, want := range map[string]string{"f": "abc", "F": "xyz"} {
		if b, _ := os.ReadFile(filepath.Join(dir, "src", n)); string(b) != want && !localfs.FoldsCase(dir) {
			t.Errorf("%s is %q", n, b)
		}
	}
}

func TestHostile09NamesThatTheDiskRefuses(t *testing.T) {
	r, dir := hostile(t)
	long := strings.Repeat("n", 300)
	longer := strings.Repeat("ü", 2000)
	for _, n := range []string{long, long + "2", longer, "nul\x00byte"} {
		r.remote.put("/src/"+n, []byte("abc"))
	}
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: dir}).(JobResult)
	if res.Done != 3 || res.Failed != 0 {
		t.Errorf("%+v", res)
	}
	if got := tree(t, dir); strings.Count(got, "src/") != 3 {
		t.Errorf("got %s", got)
	}
}

func TestHostile10NamesOfUnfinishedTransfersAreNotMixedUp(t *testing.T) {
	r, dir := hostile(t)
	whole := some(200 << 10)
	r.remote.put("/src/x", whole).put("/src/x.part", []byte("abc")).put("/src/.x.part", []byte("abc"))
	for _, n := range []string{"x.part", ".x.part", ".x.ferry-part"} {
		if err := os.MkdirAll(filepath.Join(dir, "src"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "src", n), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: dir, Options: CopyOptions{Conflict: queue.Skip}}).(JobResult)
	if res.Done != 1 || res.Skipped != 2 {
		t.Errorf("%+v", res)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "src", "x")); string(b) != string(whole) {
		t.Errorf("x has %d bytes", len(b))
	}
	for _, n := range []string{"x.part", ".x.part", ".x.ferry-part"} {
		if b, _ := os.ReadFile(filepath.Join(dir, "src", n)); string(b) != "mine" {
			t.Errorf("%s is %q", n, b)
		}
	}
}

func TestHostile11AFolderThatHoldsItself(t *testing.T) {
	r := newRig(t)
	r.remote.put("/src/f", nil)
	r.remote.endless = "/src"
	c := r.connect()
	if err := r.fails(Measure{Conn: c, Paths: []string{"/src"}}); !strings.Contains(err.Error(), "deep") {
		t.Errorf("%v", err)
	}
	res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst"}).(JobResult)
	if res.Failed != 1 || !strings.Contains(fmt.Sprint(res.FirstErr), "deep") {
		t.Errorf("%+v", res)
	}
}

func TestHostile12DotFilesAreNotOverwrittenUnasked(t *testing.T) {
	r, dir := hostile(t)
	mine := filepath.Join(dir, ".bashrc")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.remote.put("/src/.bashrc", []byte("theirs"))
	var asked []string
	r.answer = func(q Question) any {
		asked = append(asked, q.Item.Target)
		return queue.Skip
	}
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/src/.bashrc"}, To: Local, Dir: dir}).(JobResult)
	if res.Skipped != 1 || len(asked) != 1 || asked[0] != mine {
		t.Errorf("%+v, asked %v", res, asked)
	}
	if b, _ := os.ReadFile(mine); string(b) != "mine" {
		t.Errorf("it is %q now", b)
	}
}

// Hostile 22: what a listing says of sizes is wrong.
func TestHostile22WrongSizes(t *testing.T) {
	for _, c := range []struct {
		name       string
		told, real int
		after      int64 // what a closer look tells
		done       bool
	}{
		{"0 for a file that has bytes, and the look agrees", 0, 5000, 0, true},
		{"too small, and the look is right", 100, 5000, 5000, true},
		{"too large, and the look is right", 9000, 5000, 5000, true},
		{"too large, and the look agrees", 9000, 5000, 9000, false},
		{"too small, and the look agrees", 100, 5000, 100, false},
		{"unknown", -1, 5000, -1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.remote.put("/src/f", some(c.real))
			first := true
			r.remote.sizes = func(path string, n int64) int64 {
				if path != "/src/f" {
					return n
				}
				if first {
					first = false
					return int64(c.told)
				}
				return c.after
			}
			conn := r.connect()
			res := r.do(Copy{From: conn, Paths: []string{"/src"}, To: Local, Dir: "/dst"}).(JobResult)
			if (res.Done == 1) != c.done {
				t.Errorf("%+v", res)
			}
			if _, ok := r.local.get("/dst/src/f"); ok != c.done {
				t.Errorf("the target is there: %v", ok)
			}
		})
	}
}
