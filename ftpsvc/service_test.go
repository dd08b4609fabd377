package ftpsvc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a service over two disks in memory, and what it has told so far.
type rig struct {
	t      *testing.T
	s      *Service
	local  *disk
	remote *disk
	seen   []Event
	views  int
	answer func(Question) any // settles questions as they come; nil: none
	rest   bool
	conn   Conn
	opt    Options
}

// patience bounds every wait of these tests.
const patience = time.Minute

func newRig(t *testing.T, change ...func(*Options)) *rig {
	t.Helper()
	r := &rig{t: t, local: newDisk(vfs.OS), remote: newDisk(vfs.Slash)}
	o := Options{Queue: filepath.Join(t.TempDir(), "queue.db"), Dial: r.remote.dial, Local: func() vfs.FS { return r.local.open() }}
	for _, f := range change {
		f(&o)
	}
	r.start(o)
	t.Cleanup(func() { r.s.Close() })
	return r
}

func (r *rig) start(o Options) {
	r.t.Helper()
	s, err := New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	s.do(func() { s.pause = func(int) time.Duration { return time.Millisecond } })
	r.s, r.opt = s, o
}

// until reads news until what says enough.
func (r *rig) until(enough func(Event) bool) Event {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	for {
		b, err := r.s.Next(ctx)
		if err != nil {
			r.t.Fatalf("waiting for news: %v; %s", err, r.state())
		}
		if b.Queue != nil {
			r.views++
		}
		var found Event
		for _, e := range b.Events {
			r.seen = append(r.seen, e)
			if a, ok := e.(Asked); ok && r.answer != nil {
				r.s.Submit(Answer{Question: a.Question.ID, Value: r.answer(a.Question), Rest: r.rest})
			}
			if found == nil && enough(e) {
				found = e
			}
		}
		if found != nil {
			return found
		}
	}
}

// state tells where the service stands, for the message of a test that hangs.
func (r *rig) state() string {
	ch := make(chan string, 2)
	r.s.do(func() {
		e := r.s.eng
		var b strings.Builder
		fmt.Fprintf(&b, "%d events; held %d, claiming %v, more %v, %d workers", len(r.seen), e.held, e.claiming, e.more, len(e.workers))
		for id, j := range e.jobs {
			fmt.Fprintf(&b, "; job %d: open %d, here %d, parked %d", id, j.open, j.here, len(j.parked))
		}
		for id, x := range e.runs {
			fmt.Fprintf(&b, "; run %d %s %q", id, x.item.State, x.item.Target)
		}
		for c, st := range e.sites {
			fmt.Fprintf(&b, "; site %s: %+v", c, *st)
		}
		ch <- b.String()
	})
	r.s.do(func() {
		r.s.eng.keep.do(func(ctx context.Context, st *queue.Store) func() {
			items, n, err := st.Page(ctx, queue.Filter{States: []queue.State{queue.Queued, queue.Running, queue.Waiting, queue.Retrying, queue.Paused, queue.Failed, queue.Canceled}}, 0, 10)
			ch <- fmt.Sprintf("%d in the file: %+v %v", n, items, err)
			return nil
		})
	})
	select {
	case s := <-ch:
		return s + <-ch
	case <-time.After(time.Second):
		return "the loop is stuck"
	}
}

// end waits for the end of a request.
func (r *rig) end(id ID) Event {
	r.t.Helper()
	is := func(e Event) bool {
		switch e := e.(type) {
		case Done:
			return e.ID == id
		case Failed:
			return e.ID == id
		case Canceled:
			return e.ID == id
		}
		return false
	}
	for _, e := range r.seen {
		if is(e) {
			return e
		}
	}
	return r.until(is)
}

// do submits a request and wants it done.
func (r *rig) do(req Request) any {
	r.t.Helper()
	switch e := r.end(r.s.Submit(req)).(type) {
	case Done:
		return e.Value
	case Failed:
		r.t.Fatalf("%T failed: %v", req, e.Err)
	default:
		r.t.Fatalf("%T ended in %T", req, e)
	}
	return nil
}

// fails submits a request and wants it to fail.
func (r *rig) fails(req Request) error {
	r.t.Helper()
	e, ok := r.end(r.s.Submit(req)).(Failed)
	if !ok {
		r.t.Fatalf("%T did not fail", req)
	}
	return e.Err
}

var endpoint = vfs.Endpoint{Host: "files.example", User: "anonymous"}

func (r *rig) connect() Conn {
	r.t.Helper()
	info := r.do(Connect{Endpoint: endpoint}).(ConnInfo)
	r.conn = info.Conn
	return info.Conn
}

func (r *rig) same(d *disk, path string, want []byte) {
	r.t.Helper()
	got, ok := d.get(path)
	if !ok || !bytes.Equal(got, want) {
		r.t.Errorf("%s: %d bytes, there %v; want %d bytes", path, len(got), ok, len(want))
	}
}

// some makes n bytes that differ along the way.
func some(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func TestConnectListDisconnect(t *testing.T) {
	r := newRig(t)
	r.remote.put("/a/b.txt", []byte("hello"))
	c := r.connect()
	info := r.do(List{Conn: c, Path: "/a", Pane: 1, Gen: 7}).(vfs.ListInfo)
	if info.Entries != 1 {
		t.Errorf("listed %d entries, want 1", info.Entries)
	}
	var rows int
	for _, e := range r.seen {
		if e, ok := e.(Rows); ok && e.Pane == 1 && e.Gen == 7 {
			rows += e.Batch.Len()
		}
	}
	if rows != 1 {
		t.Errorf("told %d rows, want 1", rows)
	}
	r.do(Disconnect{c})
	if err := r.fails(List{Conn: c, Path: "/"}); !errors.Is(err, vfs.ErrConnect) {
		t.Errorf("listing after disconnect: %v", err)
	}
	r.do(Cancel{})
	r.s.Close()
	if n := r.remote.opened; n != 0 {
		t.Errorf("%d sessions still open", n)
	}
}

func TestCopyTreeBothWays(t *testing.T) {
	r := newRig(t)
	want := map[string][]byte{}
	for i := range 60 {
		p := fmt.Sprintf("/d%d/sub/f%02d", i%5, i)
		want[p] = some(i * 100)
		r.remote.put("/src"+p, want[p])
	}
	want["/big"] = some(3 << 20)
	r.remote.put("/src/big", want["/big"])
	r.local.put("/home/x", nil)
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/home"}).(JobResult)
	if res.Done != 61 || res.Failed != 0 || res.Verified != 61 {
		t.Errorf("download: %+v", res)
	}
	res = r.do(Copy{From: Local, Paths: []string{"/home/src"}, To: c, Dir: "/", As: "back"}).(JobResult)
	if res.Done != 61 || res.Failed != 0 {
		t.Errorf("upload: %+v", res)
	}
	for p, b := range want {
		r.same(r.local, "/home/src"+p, b)
		r.same(r.remote, "/back"+p, b)
	}
	if n := len(r.local.names("/home/src")); n != len(want)+10 {
		t.Errorf("%d names at the target, want %d", n, len(want)+10)
	}
}

func TestConflictIsAskedAndTheAnswerHolds(t *testing.T) {
	r := newRig(t)
	for _, n := range []string{"a", "b", "c"} {
		r.remote.put("/src/"+n, []byte("new "+n))
		r.local.put("/home/src/"+n, []byte("old "+n))
	}
	c := r.connect()
	words := []queue.Conflict{queue.Skip, queue.Overwrite, queue.KeepBoth}
	var got []string
	r.answer = func(q Question) any {
		got = append(got, q.Item.Source)
		if q.Source.Size != 5 || q.Target.Size != 5 {
			t.Errorf("question shows sizes %d and %d", q.Source.Size, q.Target.Size)
		}
		w := words[0]
		words = words[1:]
		return w
	}
	res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/home"}).(JobResult)
	if res.Done != 2 || res.Skipped != 1 || len(got) != 3 {
		t.Errorf("%+v, asked %v", res, got)
	}
	if n := len(r.local.names("/home/src")); n != 4 {
		t.Errorf("%d files, want 4: %v", n, r.local.names("/home/src"))
	}
}

func TestNoAnswerForTheRestCancelsTheJob(t *testing.T) {
	r := newRig(t)
	for i := range 20 {
		n := fmt.Sprintf("/src/%02d", i)
		r.remote.put(n, []byte("new"))
		r.local.put("/home"+n, []byte("older"))
	}
	c := r.connect()
	asked := 0
	r.rest = true
	r.answer = func(Question) any { asked++; return nil }
	res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/home"}).(JobResult)
	if asked != 1 || res.Done+res.Skipped+res.Failed != 0 {
		t.Errorf("asked %d times: %+v", asked, res)
	}
	for i := range 20 {
		r.same(r.local, fmt.Sprintf("/home/src/%02d", i), []byte("older"))
	}
	r.rest = false
	r.answer = func(Question) any { return queue.Overwrite }
	if res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/home"}).(JobResult); res.Done != 20 {
		t.Errorf("the next copy: %+v", res)
	}
}

func TestCancelEndsACopyAndLeavesNoFinalName(t *testing.T) {
	r := newRig(t)
	r.remote.put("/big", some(1<<20))
	r.local.put("/home/x", nil)
	hold := make(chan struct{})
	defer close(hold)
	r.remote.wait = func(op, path string) <-chan struct{} {
		if op == "read" {
			return hold
		}
		return nil
	}
	c := r.connect()
	id := r.s.Submit(Copy{From: c, Paths: []string{"/big"}, To: Local, Dir: "/home"})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for r.remote.called("read") == 0 {
		if _, err := r.s.Next(ctx); err != nil {
			t.Fatal(err)
		}
	}
	r.s.Submit(Cancel{ID: id})
	if e := r.end(id); e != (Canceled{id}) {
		t.Errorf("ended in %#v", e)
	}
	if _, ok := r.local.get("/home/big"); ok {
		t.Error("the partial file has the final name")
	}
	if info := r.do(List{Conn: c, Path: "/"}).(vfs.ListInfo); info.Entries != 1 {
		t.Errorf("listing after a cancel: %+v", info)
	}
}
