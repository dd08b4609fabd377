package ftpsvc

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// notices are the notices so far.
func (r *rig) notices() string {
	var out []string
	for _, e := range r.seen {
		if n, ok := e.(Notice); ok {
			out = append(out, n.Text)
		}
	}
	return strings.Join(out, "\n")
}

// What the user names is followed, whatever the policy says of links below.
func TestLinksThatAreNamedAreFollowed(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/far/real/f", []byte("abc"))
	srv.Link("f", "/far/real/inner")
	srv.Link("real/f", "/far/file")
	srv.Link("real", "/far/folder")
	srv.Link("gone", "/far/nothing")
	dir := t.TempDir()
	for _, p := range []string{"real", "in"} {
		if err := os.MkdirAll(filepath.Join(dir, p), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"file": "real/f", "folder": "real", "nothing": "gone", "real/inner": "f"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skipf("no links here: %v", err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "real", "f"), []byte("xyz"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []queue.LinkPolicy{"", queue.LinksFollow, queue.LinksRecreate} {
		t.Run(string(p), func(t *testing.T) {
			r := scriptRig(t, srv)
			o := CopyOptions{Links: p, Conflict: queue.Overwrite}
			to := filepath.Join(t.TempDir(), "in")
			if res := r.do(Copy{From: r.conn, Paths: []string{"/far/file", "/far/folder"}, To: Local, Dir: to, Options: o}).(JobResult); res.Failed > 0 || res.Done < 2 {
				t.Errorf("down: %+v", res)
			}
			for _, f := range []string{"file", "folder/f"} {
				if b, err := os.ReadFile(filepath.Join(to, f)); string(b) != "abc" {
					t.Errorf("down: %s is %q, %v", f, b, err)
				}
			}
			if _, err := os.Lstat(filepath.Join(to, "folder", "inner")); (err == nil) != (p != "") {
				t.Errorf("down: the link below: %v", err)
			}
			up := "/up" + string(p)
			if res := r.do(Copy{From: Local, Paths: []string{filepath.Join(dir, "file"), filepath.Join(dir, "folder")}, To: r.conn, Dir: up, Options: CopyOptions{Conflict: queue.Overwrite}}).(JobResult); res.Failed > 0 || res.Done < 2 {
				t.Errorf("up: %+v", res)
			}
			for _, f := range []string{"file", "folder/f"} {
				if b, _ := srv.Get(up + "/" + f); string(b) != "xyz" {
					t.Errorf("up: %s is %q", f, b)
				}
			}
			if p == "" && !strings.Contains(r.notices(), "1 link skipped") {
				t.Errorf("nobody was told of the link below: %s", r.notices())
			}
			if p == queue.LinksRecreate {
				return // it is made as it is
			}
			for _, req := range []Copy{{From: Local, Paths: []string{filepath.Join(dir, "nothing")}, To: r.conn, Dir: up, Options: o},
				{From: r.conn, Paths: []string{"/far/nothing"}, To: Local, Dir: to, Options: o}} {
				if res := r.do(req).(JobResult); res.Failed != 1 || !strings.Contains(fmt.Sprint(res.FirstErr), "nowhere") {
					t.Errorf("%q: %+v", req.Paths, res)
				}
			}
		})
	}
}

// A move of a link to a folder would empty that folder.
func TestALinkToAFolderIsNotMoved(t *testing.T) {
	r := newRig(t)
	r.remote.put("/real/f", some(10)).put("/link", nil)
	r.remote.nodes["/link"].kind, r.remote.nodes["/link"].target = vfs.Link, "real"
	c := r.connect()
	if err := r.fails(Copy{From: c, Paths: []string{"/link"}, To: Local, Dir: "/dst", Options: CopyOptions{Move: true}}); !strings.Contains(err.Error(), "emptied") {
		t.Error(err)
	}
	r.same(r.remote, "/real/f", some(10))
}

// MLSD and MLST of proftpd and pure-ftpd tell of a link that it is one, and
// not where it leads; proftpd's MLST tells not even that.
func TestLinksAreFollowedWhereMLSDTellsNoTarget(t *testing.T) {
	for name, row := range map[string]func(name string) string{
		"pure-ftpd": func(n string) string { return "type=OS.unix=slink:;size=1;UNIX.mode=0777; " + n },
		"proftpd":   func(n string) string { return "size=1;type=OS.unix=symlink;UNIX.mode=0777; " + n },
	} {
		t.Run(name, func(t *testing.T) {
			features := []string{"EPSV", "SIZE", "MDTM", "REST STREAM", "MLST modify*;size*;type*;UNIX.mode*;"}
			if name == "pure-ftpd" {
				features[4] = "MLST type*;size*;sizd*;modify*;UNIX.mode*;"
			}
			srv := ftptest.NewScript(t, ftptest.ScriptOptions{Features: features})
			srv.Put("/far/d/f", []byte("abc"))
			srv.Put("/else/g", []byte("secret"))
			for n, to := range map[string]string{"in": "d/f", "folder": "d", "out": "../else/g", "d/up": ".."} {
				srv.Link(to, "/far/"+n)
			}
			isLink := func(p string) bool {
				switch p {
				case "/far/in", "/far/folder", "/far/out", "/far/d/up", "in", "folder", "out", "up":
					return true
				}
				return false
			}
			srv.On("MLSD", func(c *ftptest.Conn, arg string) {
				rows := map[string]string{"/far": "type=file;size=0; none\r\n" + row("in") + "\r\n" + row("folder") + "\r\n" + row("out") + "\r\ntype=dir;UNIX.mode=0755; d\r\n",
					"/far/d": "type=file;size=3;UNIX.mode=0644; f\r\n" + row("up") + "\r\n", "/": "type=dir;UNIX.mode=0755; far\r\ntype=dir; else\r\n", "/else": "type=file;size=6; g\r\n"}
				if arg == "" {
					arg = c.Dir
				}
				c.SendText(strings.Replace(rows[arg], "type=file;size=0; none\r\n", "", 1))
			})
			srv.On("MLST", func(c *ftptest.Conn, arg string) {
				switch {
				case !isLink(arg):
					c.Default()
				case name == "pure-ftpd":
					c.Raw("250-Begin\r\n " + row(arg) + "\r\n250 End\r\n")
				default:
					c.Raw("250-Start\r\n size=1;type=file;UNIX.mode=0777; " + arg + "\r\n250 End\r\n")
				}
			})
			r := scriptRig(t, srv)
			dir := filepath.Join(t.TempDir(), "t")
			res := r.do(Copy{From: r.conn, Paths: []string{"/far"}, To: Local, Dir: dir, Options: CopyOptions{Links: queue.LinksFollow}}).(JobResult)
			if got := tree(t, dir); got != "far, far/d, far/d/f, far/folder, far/folder/f, far/in" || res.Failed > 0 {
				t.Errorf("got %s; %+v; %s", got, res, r.notices())
			}
			for _, why := range []string{"out: the link is not followed: it leads out of the tree", "up: the link is not followed: it leads round in a circle"} {
				if !strings.Contains(r.notices(), why) {
					t.Errorf("want %q in: %s", why, r.notices())
				}
			}
			if res := r.do(Copy{From: r.conn, Paths: []string{"/far/in"}, To: Local, Dir: dir}).(JobResult); res.Verified != 1 {
				t.Errorf("the link itself: %+v", res)
			}
		})
	}
}

// HOSTILE 5: at the root of a server ".." is the root itself, but not here.
func TestHostile05ALinkThatClimbsIsNotRecreatedAtTheRoot(t *testing.T) {
	r, dir := hostile(t)
	r.remote.put("/good", []byte("abc")).put("/e", nil)
	r.remote.nodes["/e"].kind, r.remote.nodes["/e"].target = vfs.Link, ".."
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/"}, To: Local, Dir: dir, As: "t", Options: CopyOptions{Links: queue.LinksRecreate}}).(JobResult)
	if got := tree(t, dir); res.Failed != 1 || got != "t, t/good" {
		t.Errorf("%+v, %s", res, got)
	}
}

// A link that is refused is not tried again, and one that stays within what is
// copied is made, also where it climbs.
func TestLinksWithinWhatIsCopiedAreRecreated(t *testing.T) {
	r, dir := hostile(t)
	r.remote.put("/src/good", []byte("abc")).put("/src/a/b/f", nil)
	for p, to := range map[string]string{"/src/a/loop": "..", "/src/a/b/up": "../../good", "/src/a/b/self": ".", "/src/here": "a/b",
		"/src/out": "..", "/src/a/out": "../../x", "/src/a/trick": "b/../..", "/src/abs": "/src/good"} {
		r.remote.put(p, nil)
		r.remote.nodes[p].kind, r.remote.nodes[p].target = vfs.Link, to
	}
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: dir, Options: CopyOptions{Links: queue.LinksRecreate}}).(JobResult)
	if got := tree(t, dir); res.Failed != 4 || got != "src, src/a, src/a/b, src/a/b/f, src/a/b/self -> ., src/a/b/up -> ../../good, src/a/loop -> .., src/good, src/here -> a/b" {
		t.Errorf("%+v, %s", res, got)
	}
	for _, e := range r.seen {
		if again, ok := e.(ItemRetry); ok {
			t.Errorf("tried again: %s: %s", again.Item.Source, again.Item.Err)
		}
	}
	if to, err := os.Readlink(filepath.Join(dir, "src", "a", "loop")); to != ".." {
		t.Errorf("it leads to %q, %v", to, err)
	}
}

func TestSpecialFilesAreCountedAndToldOnce(t *testing.T) {
	r := newRig(t)
	r.remote.put("/src/f", some(10))
	r.remote.fake = map[string]vfs.Entries{"/src": {{Name: "fifo", Kind: vfs.Other, Size: -1}, {Name: "dev", Kind: vfs.Other, Size: -1}, {Name: "l", Kind: vfs.Link, Size: -1}}}
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst"}).(JobResult)
	if res.Skipped != 3 || res.Links != 1 || res.Others != 2 || !strings.Contains(r.notices(), "1 link and 2 special files skipped") {
		t.Errorf("%+v; %s", res, r.notices())
	}
}
