package ftpsvc

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// hold holds transfers of some files back; the channel is closed once one of
// them has begun.
func (g *gate) hold(d *disk, which func(path string) bool) <-chan struct{} {
	there := make(chan struct{})
	begun := sync.OnceFunc(func() { close(there) })
	d.wait = func(op, path string) <-chan struct{} {
		if op != g.op || !which(path) {
			return nil
		}
		begun()
		return g.ch
	}
	return there
}

// sendingAll uploads a folder of n small files over one connection and stops
// in the middle of the last one: all before it were sent and wait for the
// listing that proves them.
func sendingAll(t *testing.T, n int, o CopyOptions) (r *rig, id ID, g *gate) {
	t.Helper()
	r = newRig(t, func(o *Options) { o.PerSite = 1 })
	r.s.do(func() { r.s.eng.every = time.Millisecond })
	for i := range n {
		r.local.put(fmt.Sprintf("/src/f%d", i), some(1000))
	}
	g = &gate{"write", make(chan struct{})}
	last := fmt.Sprintf("/f%d", n-1)
	there := g.hold(r.remote, func(path string) bool { return strings.HasSuffix(path, last) })
	c := r.connect()
	id = r.s.Submit(Copy{From: Local, Paths: []string{"/src"}, To: c, Dir: "/dst", Options: o})
	<-there
	return r, id, g
}

// states counts the files of the queue by what they are.
func (r *rig) states() map[string]int {
	out := map[string]int{}
	for _, it := range r.do(QueuePage{Limit: 1000}).(QueueRows).Items {
		if it.Kind == queue.KindFile {
			out[strings.TrimSpace(string(it.State)+" "+string(it.Reached))]++
		}
	}
	return out
}

func TestACancelEndsWhatWasSentAndWaitsForItsProof(t *testing.T) {
	r, id, _ := sendingAll(t, 10, CopyOptions{Move: true})
	r.do(Control{Op: CancelItems, All: true})
	e, ok := r.end(id).(Done)
	if !ok {
		t.Fatalf("%#v", e)
	}
	if res := e.Value.(JobResult); res.Done != 9 || res.Acknowledged != 9 || res.Canceled != 1 {
		t.Errorf("%+v", res)
	}
	if got := fmt.Sprint(r.states()); got != "map[canceled:1 done acknowledged:9]" {
		t.Error(got)
	}
	if n := len(r.local.names("/src")); n != 10 {
		t.Errorf("%d sources are left: none was proven", n)
	}
}

func TestWhatWaitsForItsProofIsShownAsSent(t *testing.T) {
	r, id, g := sendingAll(t, 10, CopyOptions{})
	r.waitFor(func() bool { return fmt.Sprint(r.states()) == "map[queued acknowledged:9 running:1]" })
	close(g.ch)
	if res := r.end(id).(Done).Value.(JobResult); res.Verified != 10 {
		t.Errorf("%+v", res)
	}
}

// What a control took out of a folder leaves the others to be proven.
func TestTheRestOfAFolderIsProvenWhenSomeOfItIsPaused(t *testing.T) {
	r, id, g := sendingAll(t, 10, CopyOptions{})
	r.do(Control{Op: Pause, Jobs: []int64{1}}) // the one at work
	r.waitFor(func() bool { return r.states()["done verified"] == 9 })
	close(g.ch)
	if res := r.end(id).(Done).Value.(JobResult); res.Verified != 9 || res.Paused != 1 {
		t.Errorf("%+v", res)
	}
}

func TestItemsAreToldOfWhenTheirEndIsStored(t *testing.T) {
	r := newRig(t)
	for i := range 20 {
		r.remote.put(fmt.Sprintf("/src/f%d", i), some(10))
	}
	c := r.connect()
	other, err := queue.Open(t.Context(), r.opt.Queue, queue.OpenOptions{Poll: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	id := r.s.Submit(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst"})
	r.until(func(e Event) bool {
		if d, ok := e.(ItemDone); ok {
			items, err := other.Items(t.Context(), d.Item.ID)
			if err != nil || len(items) != 1 {
				t.Fatal(items, err)
			}
			if got := items[0].State; got != d.Item.State {
				t.Errorf("told %s, stored %s", d.Item.State, got)
			}
		}
		d, ok := e.(Done)
		return ok && d.ID == id
	})
}

func TestTheOrderOfWhatIsHeldAheadCanBeChanged(t *testing.T) {
	for _, k := range []struct {
		name string
		ctl  func(first, last int64) Control
	}{
		{"a priority", func(_, last int64) Control { return Control{Op: SetPriority, Items: []int64{last}, Value: 5} }},
		{"less of one", func(first, _ int64) Control { return Control{Op: SetPriority, Items: []int64{first}, Value: -5} }},
		{"a place", func(_, last int64) Control { return Control{Op: Reorder, Items: []int64{last}, Value: 0} }},
	} {
		t.Run(k.name, func(t *testing.T) {
			r := newRig(t, func(o *Options) { o.PerSite = 1 })
			var paths []string
			for i := range 6 {
				paths = append(paths, fmt.Sprintf("/f%d", i))
				r.remote.put(paths[i], some(10))
				r.local.put("/dst/other", nil)
			}
			g := &gate{"read", make(chan struct{})}
			there := g.hold(r.remote, func(string) bool { return true })
			c := r.connect()
			id := r.s.Submit(Copy{From: c, Paths: paths, To: Local, Dir: "/dst"})
			<-there
			r.do(k.ctl(2, 6)) // item 1 is at work
			close(g.ch)
			if res := r.end(id).(Done).Value.(JobResult); res.Done != 6 {
				t.Fatalf("%+v", res)
			}
			var order []string
			for _, c := range r.remote.calls {
				if p, ok := strings.CutPrefix(c, "read "); ok {
					order = append(order, p)
				}
			}
			want := "/f0 /f5 /f1 /f2 /f3 /f4"
			if strings.HasPrefix(k.name, "less") {
				want = "/f0 /f2 /f3 /f4 /f5 /f1"
			}
			if got := strings.Join(order, " "); got != want {
				t.Errorf("order %s, want %s", got, want)
			}
		})
	}
}

func TestPausingAllEndsAVerbAndTheSameCommandGoesOn(t *testing.T) {
	r := newRig(t, func(o *Options) { o.PerSite = 1 })
	want := map[string][]byte{}
	for i := range 6 {
		p := fmt.Sprintf("/src/f%d", i)
		want[p] = some(3000 + i)
		r.remote.put(p, want[p])
	}
	g := &gate{"read", make(chan struct{})}
	r.remote.wait = g.wait
	c := r.connect()
	again := Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst", Options: CopyOptions{Conflict: queue.Overwrite}}
	id := r.s.Submit(again)
	r.waitFor(func() bool { return r.remote.called("read") > 0 })
	r.do(Control{Op: Pause, All: true})
	e, ok := r.end(id).(Done)
	if res, _ := e.Value.(JobResult); !ok || res.Paused != 6 || res.Done > 0 {
		t.Fatalf("%#v", e)
	}
	close(g.ch)
	if res := r.do(again).(JobResult); res.Done != 6 || res.Paused > 0 { // begun while all is paused
		t.Errorf("%+v", res)
	}
	for p, b := range want {
		r.same(r.local, "/dst"+p, b)
	}
}

func TestPausingAllReachesAVerbThatHoldsNothing(t *testing.T) {
	r := newRig(t)
	r.s.do(func() { r.s.pause = func(int) time.Duration { return time.Hour } })
	r.remote.put("/f", some(10))
	r.remote.hook = func(op, path string) error {
		if op == "read" {
			return reply(450, "Busy.", vfs.ErrRefused)
		}
		return nil
	}
	c := r.connect()
	id := r.s.Submit(Copy{From: c, Paths: []string{"/f"}, To: Local, Dir: "/dst"})
	r.until(func(e Event) bool { _, ok := e.(ItemRetry); return ok })
	r.do(QueuePage{Limit: 1})
	r.do(Control{Op: Pause, All: true})
	e, ok := r.end(id).(Done)
	if res, _ := e.Value.(JobResult); !ok || res.Paused != 1 {
		t.Fatalf("%#v", e)
	}
}
