package ftpsvc

import (
	"strings"
	"testing"

	"ferry/ftpsvc/queue"
)

// left is a queue that a process left behind: two failed items, one for either
// side, and their temporary files.
func left(t *testing.T, r *rig, c Conn, change func(*queue.Item)) {
	t.Helper()
	ctx := t.Context()
	st, err := queue.Open(ctx, r.opt.Queue, queue.OpenOptions{Poll: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	r.local.put("/dst/.f.ferry-part-abcdefgh", some(10))
	r.remote.put("/dst/.f.ferry-part-abcdefgh", some(10))
	_, items, err := st.AddJob(ctx, queue.Job{Title: "x"}, []queue.Item{
		{Kind: queue.KindFile, From: string(c), Source: "/f", Target: "/dst/f", Size: 20},
		{Kind: queue.KindFile, To: string(c), Source: "/f", Target: "/dst/f", Size: 20}})
	if err == nil {
		items, err = st.Claim(ctx, queue.Want{N: 2})
	}
	for i := range items {
		items[i].Temp = "/dst/.f.ferry-part-abcdefgh"
		change(&items[i])
	}
	if err == nil {
		err = st.Save(ctx, items...)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatForgottenItemsLeftIsRemoved(t *testing.T) {
	r := newRig(t)
	c := r.connect()
	r.do(Disconnect{Conn: c})
	left(t, r, c, func(it *queue.Item) { it.State = queue.Failed })
	swept := make(chan string, 10)
	r.remote.hook = func(op, path string) error {
		if op == "remove" {
			swept <- path
		}
		return nil
	}
	r.do(Control{Op: Forget, All: true})
	if temps := temps(r.local); len(temps) > 0 {
		t.Errorf("left here: %v", temps)
	}
	if n := r.do(QueuePage{Limit: 10}).(QueueRows).Total; n != 0 {
		t.Errorf("%d items are left", n)
	}
	told := false
	for _, e := range r.seen {
		n, ok := e.(Notice)
		told = told || ok && strings.Contains(n.Text, "temporary files are left on "+string(c))
	}
	if !told || len(swept) > 0 {
		t.Errorf("told %v, %d removed", told, len(swept))
	}
	r.s.Close() // another process connects, and has the queue
	r.opt.Foreign = true
	r.start(r.opt)
	r.connect()
	r.do(QueuePage{Limit: 1})
	if p := <-swept; p != "/dst/.f.ferry-part-abcdefgh" {
		t.Errorf("removed %s", p)
	}
}
