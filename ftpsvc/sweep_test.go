package ftpsvc

import (
	"strings"
	"sync/atomic"
	"testing"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
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

// over counts the items that were told to be in a final state.
func over(seen []Event, st queue.State) (n int) {
	for _, e := range seen {
		if d, ok := e.(ItemDone); ok && d.Item.State == st {
			n++
		}
	}
	return n
}

func TestAnItemThatGoesAnotherWayLeavesNoPart(t *testing.T) {
	for name, word := range map[string]queue.Conflict{"skipped": queue.Skip, "kept beside": queue.KeepBoth} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(o *Options) { o.Foreign = true })
			c := r.connect()
			r.do(Disconnect{Conn: c})
			for _, d := range []*disk{r.local, r.remote} {
				d.put("/f", some(20)).put("/dst/f", []byte("of somebody else"))
			}
			left(t, r, c, func(it *queue.Item) { it.State, it.Tries, it.Answer = queue.Queued, 1, word })
			st := queue.Done
			if word == queue.Skip {
				st = queue.Skipped
			}
			r.connect()
			r.do(QueuePage{Limit: 1})
			r.waitFor(func() bool { return over(r.seen, st) == 2 })
			if left := append(temps(r.local), temps(r.remote)...); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestAPartThatCannotBeRemovedNowIsSweptLater(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Foreign = true })
	c := r.connect()
	r.do(Disconnect{Conn: c})
	for _, d := range []*disk{r.local, r.remote} {
		d.put("/f", some(20)).put("/dst/f", []byte("of somebody else"))
	}
	left(t, r, c, func(it *queue.Item) { it.State, it.Tries, it.Answer = queue.Queued, 1, queue.Skip })
	var busy atomic.Bool
	busy.Store(true)
	swept := make(chan string, 10)
	r.remote.hook = func(op, path string) error {
		switch {
		case op != "remove":
		case busy.Load():
			return reply(450, "Busy.", vfs.ErrRefused)
		default:
			swept <- path
		}
		return nil
	}
	r.connect()
	r.do(QueuePage{Limit: 1})
	r.waitFor(func() bool { return over(r.seen, queue.Skipped) == 2 })
	r.s.Close()
	busy.Store(false)
	r.start(r.opt)
	r.connect()
	r.do(QueuePage{Limit: 1})
	if p := <-swept; p != "/dst/.f.ferry-part-abcdefgh" {
		t.Errorf("removed %s", p)
	}
}
