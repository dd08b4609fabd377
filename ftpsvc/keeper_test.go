package ftpsvc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/ftpsvc/queue"
)

func TestADamagedQueueIsReplacedAndTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "queue.db")
	if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *Options) { o.Queue = file })
	r.remote.put("/a.txt", []byte("hello"))
	c := r.connect()
	if res := r.do(Copy{From: c, Paths: []string{"/a.txt"}, To: Local, Dir: "/down"}).(JobResult); res.Done != 1 {
		t.Fatalf("%+v", res)
	}
	told := func(e Event) bool {
		n, ok := e.(Notice)
		return ok && strings.Contains(n.Text, "damaged") && strings.Contains(n.Text, ".damaged-")
	}
	for _, e := range r.seen {
		if told(e) {
			return
		}
	}
	r.until(told)
}

func TestControlsOfTheUserAreDoneInTheirOrder(t *testing.T) {
	r := newRig(t)
	r.remote.put("/a.txt", []byte("hello"))
	c := r.connect()
	r.do(Copy{From: c, Paths: []string{"/a.txt"}, To: Local, Dir: "/down", Later: true})
	var ids []ID
	for range 10 {
		ids = append(ids, r.s.Submit(Control{Op: Pause, All: true}), r.s.Submit(Control{Op: Resume, All: true}))
	}
	ids = append(ids, r.s.Submit(Control{Op: Pause, All: true}))
	for _, id := range ids {
		if _, ok := r.end(id).(Done); !ok {
			t.Fatal("a control did not end in Done")
		}
	}
	r.s.Close()
	st, err := queue.Open(t.Context(), r.s.opt.Queue, queue.OpenOptions{Poll: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if paused, err := st.Paused(t.Context()); err != nil || !paused {
		t.Fatal("the last word was pause", paused, err)
	}
}
