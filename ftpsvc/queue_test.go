package ftpsvc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// gate holds transfers of one kind back until it is opened.
type gate struct {
	op string
	ch chan struct{}
}

func (g *gate) wait(op, path string) <-chan struct{} {
	if op == g.op {
		return g.ch
	}
	return nil
}

// waitFor reads news until cond holds.
func (r *rig) waitFor(cond func() bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	for !cond() {
		b, err := r.s.Next(ctx)
		if err != nil {
			r.t.Fatalf("waiting: %v; %s", err, r.state())
		}
		r.seen = append(r.seen, b.Events...)
	}
}

func TestCloseLeavesTheQueueAndTheNextProcessGoesOn(t *testing.T) {
	for _, up := range []bool{false, true} {
		t.Run(fmt.Sprintf("upload %v", up), func(t *testing.T) {
			r := newRig(t)
			src, dst, g := r.remote, r.local, &gate{"read", make(chan struct{})}
			if up {
				src, dst, g = r.local, r.remote, &gate{"write", make(chan struct{})}
			}
			want := map[string][]byte{}
			for i := range 30 {
				p := fmt.Sprintf("/src/d%d/f%d", i%3, i)
				want[p] = some(i * 500)
				src.put(p, want[p])
			}
			r.remote.wait = g.wait
			c := r.connect()
			req := Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst"}
			if up {
				req.From, req.To = Local, c
			}
			id := r.s.Submit(req)
			r.waitFor(func() bool { return r.remote.called(g.op) > 0 })
			r.s.Close()
			if e := r.end(id); e != (Canceled{id}) {
				t.Errorf("ended in %#v", e)
			}
			if n := r.remote.opened + r.local.opened; n != 0 {
				t.Errorf("%d sides still open", n)
			}
			close(g.ch)
			r.opt.Foreign = true
			r.start(r.opt)
			r.connect()
			r.waitFor(func() bool { return len(done(r.seen)) == len(want) })
			for p, b := range want {
				r.same(dst, "/dst"+p, b)
			}
			if left := temps(dst); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// done are the targets of files that were told as done; each once, or it fails.
func done(seen []Event) map[string]int {
	out := map[string]int{}
	for _, e := range seen {
		if d, ok := e.(ItemDone); ok && d.Item.Kind == queue.KindFile && d.Item.State == queue.Done {
			out[d.Item.Target]++
		}
	}
	return out
}

func TestControl(t *testing.T) {
	r := newRig(t, func(o *Options) { o.PerSite, o.Foreign = 1, true })
	for i := range 6 {
		r.remote.put(fmt.Sprintf("/src/f%d", i), some(3000))
	}
	g := &gate{"read", make(chan struct{})}
	r.remote.wait = g.wait
	c := r.connect()
	id := r.s.Submit(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst"})
	r.waitFor(func() bool { return r.remote.called("read") > 0 })
	rows := r.do(QueuePage{Limit: 100}).(QueueRows)
	var files []int64
	for _, it := range rows.Items {
		if it.Kind == queue.KindFile {
			files = append(files, it.ID)
		}
	}
	if len(files) != 6 {
		t.Fatalf("%d files in the queue, want 6", len(files))
	}
	r.do(Control{Op: Pause, Items: files})
	r.waitFor(func() bool { // the running one stops, too
		rows := r.do(QueuePage{Filter: queue.Filter{States: []queue.State{queue.Paused}}, Limit: 10}).(QueueRows)
		return rows.Total == 6
	})
	r.do(Control{Op: CancelItems, Items: files[:2]})
	close(g.ch)
	r.do(Control{Op: Resume, Items: files[2:]})
	e, ok := r.end(id).(Done)
	if !ok {
		t.Fatalf("%#v", e)
	}
	res := e.Value.(JobResult)
	if res.Done != 4 || res.Canceled != 2 {
		t.Errorf("%+v", res)
	}
	r.do(List{Conn: Local, Path: "/"}) // behind the removal of what the canceled one left
	if n := len(r.local.names("/dst/src")); n != 4 {
		t.Errorf("%d files at the target: %v", n, r.local.names("/dst/src"))
	}
	if err := r.fails(Control{Op: Pause}); !errors.Is(err, vfs.ErrUsage) {
		t.Errorf("a control of nothing: %v", err)
	}
}

func TestRetryBringsAFailedItemBack(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Foreign = true })
	r.remote.put("/f", some(10))
	bad := true
	r.remote.hook = func(op, path string) error {
		if op == "read" && bad {
			return reply(550, "Not now.", vfs.ErrRefused)
		}
		return nil
	}
	c := r.connect()
	if res := r.do(Copy{From: c, Paths: []string{"/f"}, To: Local, Dir: "/dst"}).(JobResult); res.Failed != 1 {
		t.Fatalf("%+v", res)
	}
	bad = false
	r.do(Control{Op: Retry, All: true})
	r.waitFor(func() bool { return len(done(r.seen)) == 1 })
	r.same(r.local, "/dst/f", some(10))
}

func TestASecondRunCostsOneListingAFolder(t *testing.T) {
	for _, up := range []bool{false, true} {
		t.Run(fmt.Sprintf("upload %v", up), func(t *testing.T) {
			r := newRig(t)
			src := r.remote
			if up {
				src = r.local
			}
			const folders = 5
			for i := range 50 {
				src.put(fmt.Sprintf("/src/d%d/f%d", i%folders, i), some(i))
			}
			c := r.connect()
			req := Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst", Options: CopyOptions{Conflict: queue.Differs, KeepTime: true}}
			if up {
				req.From, req.To = Local, c
			}
			if res := r.do(req).(JobResult); res.Done != 50 {
				t.Fatalf("%+v", res)
			}
			r.remote.mu.Lock()
			r.remote.calls = nil
			r.remote.mu.Unlock()
			if res := r.do(req).(JobResult); res.Done != 0 || res.Skipped != 50 || res.Failed != 0 {
				t.Errorf("%+v", res)
			}
			if n := r.remote.called("list"); n != folders+1 {
				t.Errorf("%d listings, want %d", n, folders+1)
			}
			for _, op := range []string{"read", "write"} {
				if n := r.remote.called(op); n != 0 {
					t.Errorf("%d of %s", n, op)
				}
			}
			if n := r.remote.called("stat"); n > 1 {
				t.Errorf("%d looks at single files", n)
			}
		})
	}
}

func TestPasswordIsAskedOncePerAccount(t *testing.T) {
	r := newRig(t)
	r.remote.pass = "right"
	for i := range 20 {
		r.remote.put(fmt.Sprintf("/src/f%d", i), some(10))
	}
	var asked []Question
	r.answer = func(q Question) any {
		asked = append(asked, q)
		if len(asked) == 1 {
			return "wrong"
		}
		return "right"
	}
	info := r.do(Connect{Endpoint: vfs.Endpoint{Host: "h", User: "me"}}).(ConnInfo)
	if len(asked) != 2 || asked[0].Again || !asked[1].Again || asked[1].Reply.Code != 530 {
		t.Errorf("asked %+v", asked)
	}
	if res := r.do(Copy{From: info.Conn, Paths: []string{"/src"}, To: Local, Dir: "/dst"}).(JobResult); res.Done != 20 {
		t.Errorf("%+v", res)
	}
	if len(asked) != 2 {
		t.Errorf("asked %d times", len(asked))
	}
}

func TestADeclinedPasswordCancelsTheConnect(t *testing.T) {
	r := newRig(t)
	r.remote.pass = "right"
	r.answer = func(Question) any { return nil }
	id := r.s.Submit(Connect{Endpoint: vfs.Endpoint{Host: "h", User: "me"}})
	if e := r.end(id); e != (Canceled{id}) {
		t.Errorf("ended in %#v", e)
	}
	id = r.s.Submit(Connect{Endpoint: vfs.Endpoint{Host: "h", User: "me"}, Password: "wrong", HasPassword: true})
	if e, ok := r.end(id).(Failed); !ok || !errors.Is(e.Err, vfs.ErrLogin) {
		t.Errorf("ended in %#v", e)
	}
}

func TestMoveWithinASideRenames(t *testing.T) {
	r := newRig(t)
	r.remote.put("/a/f", some(10)).put("/a/g", some(20)).put("/b/x", nil)
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/a/f", "/a/g"}, To: c, Dir: "/b", Options: CopyOptions{Move: true}}).(JobResult)
	if res.Done != 2 || r.remote.called("read") != 0 {
		t.Errorf("%+v", res)
	}
	r.same(r.remote, "/b/f", some(10))
	if _, ok := r.remote.get("/a/f"); ok {
		t.Error("the source is still there")
	}
}

func TestMoveAcrossRemovesWhatIsProven(t *testing.T) {
	for _, up := range []bool{false, true} {
		t.Run(fmt.Sprintf("upload %v", up), func(t *testing.T) {
			r := newRig(t)
			src, dst := r.remote, r.local
			if up {
				src, dst = r.local, r.remote
			}
			src.put("/src/d/f", some(10)).put("/src/d/g", some(2<<20)).put("/src/bad", some(30)).put("/keep", nil)
			src.hook = func(op, path string) error {
				if op == "read" && path == "/src/bad" {
					return reply(550, "Not this one.", vfs.ErrRefused)
				}
				return nil
			}
			c := r.connect()
			req := Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst", Options: CopyOptions{Move: true}}
			if up {
				req.From, req.To = Local, c
			}
			if res := r.do(req).(JobResult); res.Done != 2 || res.Failed != 1 {
				t.Errorf("%+v", res)
			}
			r.same(dst, "/dst/src/d/f", some(10))
			r.same(dst, "/dst/src/d/g", some(2<<20))
			if got := strings.Join(src.names("/src"), " "); got != "/src/bad" {
				t.Errorf("left at the source: %s", got)
			}
		})
	}
}

func TestRemoteToRemote(t *testing.T) {
	r := newRig(t)
	other := newDisk(vfs.Slash)
	dial := r.opt.Dial
	r.s.Close()
	r.opt.Dial = func(ctx context.Context, o session.Options) (Remote, error) {
		if o.Endpoint.Host == "other" {
			return other.dial(ctx, o)
		}
		return dial(ctx, o)
	}
	r.start(r.opt)
	for i := range 10 {
		r.remote.put(fmt.Sprintf("/src/f%d", i), some(3000*i))
	}
	c := r.connect()
	d := r.do(Connect{Endpoint: vfs.Endpoint{Host: "other"}}).(ConnInfo).Conn
	if res := r.do(Copy{From: c, Paths: []string{"/src"}, To: d, Dir: "/in"}).(JobResult); res.Done != 10 {
		t.Errorf("%+v", res)
	}
	for i := range 10 {
		r.same(other, fmt.Sprintf("/in/src/f%d", i), some(3000*i))
	}
	if res := r.do(Copy{From: c, Paths: []string{"/src/f3"}, To: c, Dir: "/copy"}).(JobResult); res.Done != 1 {
		t.Errorf("%+v", res)
	}
	r.same(r.remote, "/copy/f3", some(9000))
}

func TestLinks(t *testing.T) {
	link := func(d *disk, path, target string) {
		d.put(path, nil)
		d.nodes[path].kind, d.nodes[path].target = vfs.Link, target
	}
	for _, k := range []struct {
		policy  queue.LinkPolicy
		want    string
		skipped int64
		failed  int64
	}{
		{queue.LinksSkip, "/dst/src/d /dst/src/d/f", 4, 0},
		{queue.LinksFollow, "/dst/src/d /dst/src/d/f /dst/src/d/in /dst/src/folder /dst/src/folder/f /dst/src/folder/in", 3, 0},
		{queue.LinksRecreate, "/dst/src/d /dst/src/d/f /dst/src/d/in /dst/src/folder", 0, 2},
	} {
		t.Run(string(k.policy), func(t *testing.T) {
			r := newRig(t)
			r.remote.put("/src/d/f", some(10)).put("/etc/secret", some(5))
			link(r.remote, "/src/d/in", "f")
			link(r.remote, "/src/folder", "d")
			link(r.remote, "/src/out", "../etc/secret") // Hostile 5
			link(r.remote, "/src/d/up", "/src")         // Hostile 11
			c := r.connect()
			res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst", Options: CopyOptions{Links: k.policy}}).(JobResult)
			if got := strings.Join(r.local.names("/dst/src"), " "); got != k.want {
				t.Errorf("got %s\nwant %s; %+v", got, k.want, res)
			}
			if res.Skipped != k.skipped || res.Failed != k.failed {
				t.Errorf("%+v", res)
			}
		})
	}
}

func TestChangesOfFilesAndFolders(t *testing.T) {
	r := newRig(t)
	r.remote.put("/a/b/c", some(10)).put("/a/d", some(20)).put("/x", some(1))
	c := r.connect()
	if n := r.do(Measure{Conn: c, Paths: []string{"/a"}}).(Count); n.Files != 2 || n.Dirs != 2 || n.Bytes != 30 {
		t.Errorf("measured %+v", n)
	}
	if err := r.fails(Rename{Conn: c, From: "/x", To: "/a/d"}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("rename onto a file: %v", err)
	}
	if err := r.fails(Rename{Conn: c, From: "/a", To: "/a/b/z"}); !errors.Is(err, vfs.ErrUsage) {
		t.Errorf("rename into itself: %v", err)
	}
	r.do(Rename{Conn: c, From: "/x", To: "/y"})
	r.do(Mkdir{Conn: c, Path: "/p/q/r", Parents: true})
	r.do(Mkdir{Conn: c, Path: "/p/q/r", Parents: true})
	if err := r.fails(Mkdir{Conn: c, Path: "/p\r\nDELE y"}); !errors.Is(err, vfs.ErrBadName) { // Hostile 33
		t.Errorf("a name of two lines: %v", err)
	}
	r.do(MakeFile{Conn: c, Path: "/p/empty"})
	if err := r.fails(MakeFile{Conn: c, Path: "/y"}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that is there: %v", err)
	}
	if err := r.fails(Delete{Conn: c, Paths: []string{"/a"}}); !errors.Is(err, vfs.ErrUsage) {
		t.Errorf("deleting a folder: %v", err)
	}
	if n := r.do(Delete{Conn: c, Paths: []string{"/a", "/y"}, Recursive: true}).(Count); n.Files != 3 || n.Dirs != 2 {
		t.Errorf("deleted %+v", n)
	}
	mode := fs.FileMode(0o600)
	r.do(Chmod{Conn: c, Paths: []string{"/p"}, Files: &mode, Recursive: true})
	r.do(SetTime{Conn: c, Paths: []string{"/p/empty"}, Time: someDay})
	e := r.do(Stat{Conn: c, Path: "/p/empty"}).(vfs.Entry)
	if e.Mode != mode || !e.ModTime.Equal(someDay) {
		t.Errorf("%+v", e)
	}
	if got := strings.Join(r.remote.names(""), " "); got != "/ /p /p/empty /p/q /p/q/r" {
		t.Errorf("left: %s", got)
	}
}

func TestAMoveIntoItselfIsCalledAMove(t *testing.T) {
	r := newRig(t)
	r.remote.put("/a/b", some(10))
	c := r.connect()
	for move, want := range map[bool]string{false: "copied into itself", true: "moved into itself"} {
		err := r.fails(Copy{From: c, Paths: []string{"/a"}, To: c, Dir: "/a", Options: CopyOptions{Move: move}})
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "copy") == move {
			t.Errorf("move %v: %v", move, err)
		}
	}
}

func TestWrongCopiesAreRefused(t *testing.T) {
	r := newRig(t)
	r.remote.put("/a/b", some(10))
	r.local.put("/d/a/b/x", nil).put("/f", nil)
	c := r.connect()
	for name, req := range map[string]Copy{
		"nothing":              {From: c, To: Local, Dir: "/"},
		"no target":            {From: c, Paths: []string{"/a"}, To: Local},
		"two under one name":   {From: c, Paths: []string{"/a", "/a/b"}, To: Local, Dir: "/", As: "x"},
		"a folder into itself": {From: c, Paths: []string{"/a"}, To: c, Dir: "/a"},
		"a file onto itself":   {From: c, Paths: []string{"/a/b"}, To: c, Dir: "/a"},
		"a tree not asked for": {From: c, Paths: []string{"/a"}, To: Local, Dir: "/", Options: CopyOptions{NoTrees: true}},
	} {
		if err := r.fails(req); !errors.Is(err, vfs.ErrUsage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.fails(Copy{From: c, Paths: []string{"/none"}, To: Local, Dir: "/"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a source that is not there: %v", err)
	}
	// A file where a folder is, and a folder where a file is.
	if res := r.do(Copy{From: c, Paths: []string{"/a/b"}, To: Local, Dir: "/d/a", Options: CopyOptions{Conflict: queue.Overwrite}}).(JobResult); !errors.Is(res.FirstErr, vfs.ErrConflict) {
		t.Errorf("%+v", res)
	}
	if res := r.do(Copy{From: c, Paths: []string{"/a"}, To: Local, Dir: "/", As: "f", Options: CopyOptions{Conflict: queue.Overwrite}}).(JobResult); !errors.Is(res.FirstErr, vfs.ErrConflict) {
		t.Errorf("%+v", res)
	}
}

// Any mix of requests, cancels and failures ends each request exactly once.
func TestEachRequestEndsOnce(t *testing.T) {
	r := newRig(t)
	for i := range 30 {
		r.remote.put(fmt.Sprintf("/src/f%d", i), some(100*i))
	}
	var mu sync.Mutex
	n := 0
	r.remote.hook = func(op, path string) error {
		mu.Lock()
		defer mu.Unlock()
		n++
		switch {
		case n%17 == 0:
			return &vfs.Error{Op: op, Path: path, Err: vfs.ErrConnLost}
		case n%23 == 0:
			return reply(550, "No.", vfs.ErrRefused)
		}
		return nil
	}
	c := Conn(endpoint.Key())
	r.s.Submit(Connect{Endpoint: endpoint})
	var ids []ID
	for i := range 200 {
		var q Request
		switch i % 9 {
		case 0:
			q = List{Conn: c, Path: "/src", Pane: 1}
		case 1:
			q = Stat{Conn: c, Path: "/src/f1"}
		case 2:
			q = Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: fmt.Sprintf("/dst%d", i), Options: CopyOptions{MaxTries: 2}}
		case 3:
			q = Cancel{ID: ID(1 + i/2)}
		case 4:
			q = Measure{Conn: c, Paths: []string{"/src"}}
		case 5:
			q = QueuePage{Limit: 5}
		case 6:
			q = Delete{Conn: c, Paths: []string{"/nothing"}}
		case 7:
			q = Control{Op: ControlOp(i % 3), All: true}
		case 8:
			q = []Request{Reconnect{c}, Disconnect{c}, Connect{Endpoint: endpoint}, Answer{Question: 99}, Limit{Down: 0}}[i/9%5]
		}
		ids = append(ids, r.s.Submit(q))
	}
	r.s.Submit(Control{Op: Resume, All: true})
	last := r.s.Submit(Connect{Endpoint: endpoint})
	r.end(last)
	r.s.Close()
	for {
		b, err := r.s.Next(t.Context())
		if err != nil {
			if !errors.Is(err, ErrClosed) {
				t.Fatal(err)
			}
			break
		}
		r.seen = append(r.seen, b.Events...)
	}
	ends := map[ID]int{}
	for _, e := range r.seen {
		switch e := e.(type) {
		case Done:
			ends[e.ID]++
		case Failed:
			ends[e.ID]++
		case Canceled:
			ends[e.ID]++
		}
	}
	for _, id := range ids {
		if ends[id] != 1 {
			t.Errorf("request %d ended %d times", id, ends[id])
		}
	}
	if n := r.remote.opened + r.local.opened; n != 0 {
		t.Errorf("%d sides still open", n)
	}

}
