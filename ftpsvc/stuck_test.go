package ftpsvc

import (
	"database/sql"
	"errors"
	"testing"

	"ferry/ftpsvc/queue"
)

// stick makes each change of that kind fail, as a full disk would, until it is
// told to stop.
func (r *rig) stick(change string) (stop func()) {
	r.t.Helper()
	db, err := sql.Open("sqlite", r.opt.Queue+"?_pragma=busy_timeout(15000)")
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { db.Close() })
	run := func(q string) {
		r.t.Helper()
		if _, err := db.ExecContext(r.t.Context(), q); err != nil {
			r.t.Fatal(err)
		}
	}
	run("CREATE TRIGGER stuck BEFORE " + change + " BEGIN SELECT RAISE(ABORT,'stuck'); END")
	return func() { run("DROP TRIGGER stuck") }
}

// stuck is how often it was told that the file cannot be used.
func (r *rig) stuck() (n int) {
	for _, e := range r.seen {
		if m, ok := e.(Notice); ok && errors.Is(m.Err, queue.ErrFile) {
			n++
		}
	}
	return n
}

func TestWhatCannotBeStoredIsNotReportedAsDone(t *testing.T) {
	r := newRig(t)
	for _, name := range []string{"/src/a", "/src/b", "/src/c"} {
		r.remote.put(name, some(3000))
	}
	g := &gate{"read", make(chan struct{})}
	r.remote.wait = g.wait
	c := r.connect()
	id := r.s.Submit(Copy{From: c, Paths: []string{"/src/a", "/src/b", "/src/c"}, To: Local, Dir: "/dst"})
	r.waitFor(func() bool { return r.remote.called("read") > 0 })
	stop := r.stick("UPDATE ON items")
	close(g.ch)
	if e, ok := r.end(id).(Failed); !ok || !errors.Is(e.Err, queue.ErrFile) {
		t.Fatalf("the copy ended in %#v", e)
	}
	if n := done(r.seen); len(n) > 0 {
		t.Errorf("told as over: %v", n)
	}
	if n := r.stuck(); n > 1 {
		t.Errorf("told %d times that the file cannot be used", n)
	}
	stop()
	r.waitFor(func() bool { // it is stored now, and told
		r.do(QueuePage{Limit: 10})
		return len(done(r.seen)) == 3
	})
}

func TestAFolderGoesOnOnceTheQueueCanBeWritten(t *testing.T) {
	r := newRig(t)
	r.remote.put("/src/a", some(3000))
	c := r.connect()
	r.do(QueuePage{Limit: 1}) // makes the file
	stop := r.stick("INSERT ON items WHEN NEW.kind='file'")
	id := r.s.Submit(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst"})
	r.waitFor(func() bool { return r.stuck() > 0 })
	stop()
	e, ok := r.end(id).(Done)
	if !ok {
		t.Fatalf("%#v", e)
	}
	if res := e.Value.(JobResult); res.Done != 1 || res.Failed != 0 {
		t.Errorf("%+v", res)
	}
	if n := r.stuck(); n != 1 {
		t.Errorf("told %d times that the file cannot be used", n)
	}
}
