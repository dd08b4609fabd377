package ftpsvc

import (
	"testing"
	"time"

	"ferry/ftpsvc/vfs"
)

// listed lists a folder by request, and tells whether the answer was a kept one.
func (r *rig) listed(dir string, refresh bool) (names []string, cached bool) {
	r.t.Helper()
	from := len(r.seen)
	info := r.do(List{Conn: r.conn, Path: dir, Pane: 1, Refresh: refresh}).(vfs.ListInfo)
	for _, e := range r.seen[from:] {
		if rows, ok := e.(Rows); ok && rows.Path == dir {
			for i := range rows.Batch.Len() {
				names = append(names, rows.Batch.At(i).Name)
			}
		}
	}
	return names, info.Cached
}

func TestListingsAreKeptUntilFerryChangesTheFolder(t *testing.T) {
	r := newRig(t)
	r.remote.put("/a/b.txt", []byte("hello"))
	r.remote.put("/a/sub/c.txt", nil)
	r.remote.put("/other/d.txt", nil)
	r.local.put("/home/up.txt", []byte("x"))
	r.conn = r.connect()
	want := func(dir string, n int, kept bool) {
		t.Helper()
		if names, cached := r.listed(dir, false); len(names) != n || cached != kept {
			t.Errorf("%s: %q, kept %v; want %d names, kept %v", dir, names, cached, n, kept)
		}
	}
	want("/a", 2, false)
	want("/a", 2, true)
	want("/a/sub", 1, false)
	want("/other", 1, false)
	if _, cached := r.listed("/a", true); cached {
		t.Error("a refresh was answered from memory")
	}
	r.do(Mkdir{Conn: r.conn, Path: "/a/new"})
	want("/a", 3, false)
	want("/other", 1, true)
	r.do(Rename{Conn: r.conn, From: "/a/new", To: "/other/moved"})
	want("/a", 2, false)
	want("/other", 2, false)
	r.do(Copy{From: Local, Paths: []string{"/home/up.txt"}, To: r.conn, Dir: "/a"})
	want("/a", 3, false)
	want("/a", 3, true)
	want("/a/sub", 1, false)
	r.do(Delete{Conn: r.conn, Paths: []string{"/a/sub"}, Recursive: true})
	want("/a", 2, false)
	if err := r.fails(List{Conn: r.conn, Path: "/a/sub", Pane: 1}); err == nil {
		t.Error("a deleted folder is still listed")
	}
	want("/a", 2, true)
	r.do(Mkdir{Conn: r.conn, Path: "/a/p/q/r", Parents: true})
	want("/a", 3, false)
}

func TestKeptListingsGrowOldAndAreFew(t *testing.T) {
	now := time.Now()
	c := newDirCache(func() time.Time { return now })
	whole := func(n int) *cached { return &cached{rows: n} }
	c.put("/a", whole(1), c.epoch)
	now = now.Add(cacheFor)
	if c.get("/a") == nil {
		t.Error("dropped too early")
	}
	now = now.Add(time.Second)
	if c.get("/a") != nil {
		t.Error("kept for too long")
	}
	for i := range cacheFolders + 10 {
		now = now.Add(time.Millisecond)
		c.put(string(rune('A'+i)), whole(1), c.epoch)
	}
	if len(c.kept) != cacheFolders || c.rows != cacheFolders || c.get("A") != nil {
		t.Errorf("%d folders with %d rows are kept", len(c.kept), c.rows)
	}
	c.put("/long", whole(cacheRows), c.epoch)
	if len(c.kept) != 1 || c.rows != cacheRows {
		t.Errorf("%d folders with %d rows are kept", len(c.kept), c.rows)
	}
	c.put("/longer", whole(cacheRows+1), c.epoch)
	if c.get("/longer") != nil {
		t.Error("a listing of any length is kept")
	}
	epoch := c.epoch
	c.forget("/x")
	c.put("/x", whole(1), epoch)
	if c.get("/x") != nil {
		t.Error("a listing that began before a change is kept")
	}
	c.put("/unread", &cached{info: vfs.ListInfo{Unknown: 1}}, c.epoch)
	if c.get("/unread") != nil {
		t.Error("an incomplete listing is kept")
	}
}
