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

// looks is how often a server was asked what is where.
func looks(srv *ftptest.Script) int {
	return srv.Count("LIST") + srv.Count("MLSD") + srv.Count("MLST") + srv.Count("NLST")
}

// Many files into one folder, or out of one, cost its listing and not one each.
func TestFilesOfOneFolderCostItsListing(t *testing.T) {
	const n = 20
	for name, features := range map[string][]string{"MLSD": nil, "LIST": {"EPSV", "SIZE", "MDTM", "MFMT", "REST STREAM"}} {
		t.Run(name, func(t *testing.T) {
			srv := ftptest.NewScript(t, ftptest.ScriptOptions{Features: features})
			srv.Put("/far/other", []byte("x"))
			dir, back := t.TempDir(), t.TempDir()
			var paths, far []string
			for i := range n {
				f := fmt.Sprintf("f%d", i)
				paths, far = append(paths, filepath.Join(dir, f)), append(far, "/far/"+f)
				if err := os.WriteFile(paths[i], some(100+i), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			r := scriptRig(t, srv)
			up := Copy{From: Local, Paths: paths, To: r.conn, Dir: "/far", Options: CopyOptions{Conflict: queue.Overwrite, KeepTime: true}}
			srv.Forget()
			if res := r.do(up).(JobResult); res.Verified != n {
				t.Errorf("up: %+v", res)
			}
			if got := looks(srv); got > 3 { // before, and after
				t.Errorf("%d looks for %d new files", got, n)
			}
			srv.Forget()
			down := Copy{From: r.conn, Paths: far, To: Local, Dir: back, Options: CopyOptions{KeepTime: true}}
			if res := r.do(down).(JobResult); res.Verified != n {
				t.Errorf("down: %+v", res)
			}
			if got := looks(srv); got > 1 {
				t.Errorf("%d looks for %d files to fetch", got, n)
			}
		})
	}
}

// What is in a folder goes into another by one listing of each; folders that
// the listing showed are not made.
func TestContentsOfAFolder(t *testing.T) {
	srv := ftptest.NewScript(t)
	dir := t.TempDir()
	for _, p := range []string{"a", "b", "sub/c"} {
		srv.Put("/far/"+p, some(100))
		p = filepath.Join(dir, p)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, some(100), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := scriptRig(t, srv)
	srv.Forget()
	o := CopyOptions{Conflict: queue.SizeOnly}
	if res := r.do(Copy{From: Local, Paths: []string{dir}, To: r.conn, Dir: "/far", Contents: true, Options: o}).(JobResult); res.Skipped != 3 || res.Done != 0 {
		t.Errorf("up: %+v", res)
	}
	if got := looks(srv); got != 2 || srv.Count("MKD") != 1 {
		t.Errorf("%d looks and %d MKD: %q", got, srv.Count("MKD"), srv.Commands())
	}
	to := t.TempDir()
	if res := r.do(Copy{From: r.conn, Paths: []string{"/far"}, To: Local, Dir: to, Contents: true, Options: o}).(JobResult); res.Done != 3 {
		t.Errorf("down: %+v", res)
	}
	if got := tree(t, to); got != "a, b, sub, sub/c" {
		t.Errorf("got %s", got)
	}
	if err := r.fails(Copy{From: r.conn, Paths: []string{"/far/a"}, To: Local, Dir: to, Contents: true, Options: o}); !strings.Contains(err.Error(), "not a folder") {
		t.Error(err)
	}
}

// One of several sources that is not there, or a folder that was not asked
// for, fails for itself.
func TestSourcesThatCannotBeReadDoNotStopTheOthers(t *testing.T) {
	r := newRig(t)
	r.remote.put("/a", some(10)).put("/b", some(20)).put("/d/x", some(30))
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/a", "/none", "/d", "/b"}, To: Local, Dir: "/dst", Options: CopyOptions{NoTrees: true}}).(JobResult)
	if res.Done != 2 || res.Failed != 2 {
		t.Errorf("%+v", res)
	}
	failed := map[string]bool{}
	for _, e := range r.seen {
		if d, ok := e.(ItemDone); ok && d.Item.State == queue.Failed {
			failed[d.Item.Source] = true
		}
	}
	if !failed["/none"] || !failed["/d"] {
		t.Errorf("failed: %v", failed)
	}
	for _, p := range []string{"/none", "/d"} {
		if err := r.fails(Copy{From: c, Paths: []string{p}, To: Local, Dir: "/dst", Options: CopyOptions{NoTrees: true}}); vfs.ExitCode(err) == 0 {
			t.Error(err)
		}
	}
}

// What a listing holds and the copy does not is counted.
func TestWhatWasLeftOutIsCounted(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/far/f", some(10))
	srv.On("MLSD", func(c *ftptest.Conn, arg string) {
		if arg != "/far" && c.Dir != "/far" {
			c.Default()
			return
		}
		c.SendText("type=file;size=10; f\r\ntype=file;size=10; f\r\ntype=file;size=3; ../up\r\nnothing of the kind\r\n")
	})
	r := scriptRig(t, srv)
	if res := r.do(Copy{From: r.conn, Paths: []string{"/far"}, To: Local, Dir: t.TempDir()}).(JobResult); res.Done != 1 || res.Lost != 3 {
		t.Errorf("%+v", res)
	}
}
