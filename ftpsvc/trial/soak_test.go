package trial

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"ferry/ftpsvc"
	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// TestSoakWithFaults copies trees up and down, over and over, through one
// service that never ends, while connections break, replies are wrong and the server
// restarts. Whatever happens, each tree is whole in the end. FERRY_SOAK=30m is the long run.
func TestSoakWithFaults(t *testing.T) {
	length := 4 * time.Second
	if testing.Short() {
		length = time.Second
	}
	if s := os.Getenv("FERRY_SOAK"); s != "" {
		var err error
		if length, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	rnd := seed(t)
	r := newRig(t, rnd, 120)
	s, err := ftpsvc.New(ftpsvc.Options{Queue: r.queue(), Workers: 6, PerSite: 6})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	x := &soak{t: t, rnd: rnd, rig: r, s: s}
	x.conn = x.do(ftpsvc.Connect{Endpoint: endpoint(r.srv.Addr()), Password: password, HasPassword: true}).(ftpsvc.ConnInfo).Conn
	var heap uint64
	var threads int
	end := time.Now().Add(length)
	rounds := 0
	for ; rounds == 0 || time.Now().Before(end); rounds++ {
		x.round()
		if rounds == 3 { // warm
			heap, threads = memory(), runtime.NumGoroutine()
		}
	}
	t.Logf("%d rounds of %d files, %d faults, %d restarts of the server", rounds, 2*len(r.files), x.faults, x.restarts)
	if rounds > 20 {
		now, n := memory(), runtime.NumGoroutine()
		t.Logf("memory %d bytes, in the end %d", heap, now)
		if now > 3*heap+(16<<20) || n > threads+20 {
			t.Errorf("memory grew from %d to %d bytes, goroutines from %d to %d", heap, now, threads, n)
		}
	}
}

func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

type soak struct {
	t                *testing.T
	rnd              *rand.Rand
	rig              *rig
	s                *ftpsvc.Service
	conn             ftpsvc.Conn
	faults, restarts int
}

// do runs a request to its end, however long it is tried.
func (x *soak) do(r ftpsvc.Request) any {
	x.t.Helper()
	return x.all(r)[0]
}

// all runs requests side by side.
func (x *soak) all(rs ...ftpsvc.Request) []any {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), 3*time.Minute)
	defer cancel()
	at := map[ftpsvc.ID]int{}
	for i, r := range rs {
		at[x.s.Submit(r)] = i
	}
	out := make([]any, len(rs))
	for left := len(rs); left > 0; {
		b, err := x.s.Next(ctx)
		if err != nil {
			x.t.Fatalf("%v; %s", err, x.rig.state())
		}
		for _, e := range b.Events {
			switch e := e.(type) {
			case ftpsvc.Asked:
				var v any = password
				if e.Question.Kind == ftpsvc.AskClearText {
					v = true
				}
				x.s.Submit(ftpsvc.Answer{Question: e.Question.ID, Value: v})
			case ftpsvc.Failed:
				i, ours := at[e.ID]
				switch {
				case !ours:
				case !vfs.Permanent(e.Err): // before anything was queued: the user says it again
					at[x.s.Submit(rs[i])] = i
				default:
					x.t.Fatalf("%T failed: %v", rs[i], e.Err)
				}
			case ftpsvc.Done:
				if i, ours := at[e.ID]; ours {
					out[i], left = e.Value, left-1
				}
			}
		}
	}
	return out
}

// round copies both trees, with some faults on the way, and looks at the result.
func (x *soak) round() {
	x.t.Helper()
	for range x.rnd.IntN(6) {
		x.rig.srv.Fault(x.fault())
		x.faults++
	}
	if x.rnd.IntN(8) == 0 {
		x.restarts++
		go func(wait time.Duration) {
			time.Sleep(wait)
			x.rig.srv.DropAll()
		}(time.Duration(x.rnd.IntN(100)) * time.Millisecond)
	}
	down := filepath.Join(x.rig.dir, "down")
	o := ftpsvc.CopyOptions{Conflict: queue.Overwrite, MaxTries: 50, KeepTime: x.rnd.IntN(2) == 0}
	for i, v := range x.all(
		ftpsvc.Copy{From: x.conn, Paths: []string{"/src"}, To: ftpsvc.Local, Dir: down, Options: o},
		ftpsvc.Copy{From: ftpsvc.Local, Paths: []string{filepath.Join(x.rig.dir, "src")}, To: x.conn, Dir: "/up", Options: o},
	) {
		if r := v.(ftpsvc.JobResult); r.Failed > 0 || r.Canceled > 0 || r.Done < int64(len(x.rig.files)) {
			x.t.Fatalf("copy %d: %+v; %s", i, r, x.rig.state())
		}
	}
	x.rig.srv.ClearFaults()
	x.rig.srv.Forget() // else its list of commands is what grows
	x.rig.whole()
	if x.t.Failed() {
		x.t.FailNow()
	}
	if err := os.RemoveAll(down); err != nil {
		x.t.Fatal(err)
	}
	x.rig.srv.Remove("/up/src")
	x.do(ftpsvc.Control{Op: ftpsvc.Clear, All: true})
}

// fault draws one that passes: what is tried again must come through.
func (x *soak) fault() ftptest.Fault {
	pick := func(s ...string) string { return s[x.rnd.IntN(len(s))] }
	f := ftptest.Fault{Verb: pick("RETR", "STOR", "RETR", "STOR", "EPSV", "LIST", "MLSD", "RNTO", "SIZE"), Nth: 1 + x.rnd.IntN(60)}
	switch x.rnd.IntN(6) {
	case 0:
		f.When, f.Code = ftptest.Before, []int{421, 425, 426, 450, 451}[x.rnd.IntN(5)]
	case 1:
		f.When, f.Do = ftptest.Before, ftptest.ResetControl
	case 2:
		f.When, f.Do = ftptest.Final, ftptest.ResetControl
	case 3:
		f.When, f.Do = ftptest.AfterFinal, ftptest.CloseControl
	default:
		f.When, f.Byte = ftptest.AtByte, int64(x.rnd.IntN(1<<x.rnd.IntN(21)))
		f.Do = []ftptest.Action{ftptest.CloseData, ftptest.ResetData, ftptest.CloseControl, ftptest.ResetControl}[x.rnd.IntN(4)]
		f.Code = 426
	}
	return f
}

// whole wants both trees equal to their sources, and no file beside them.
func (r *rig) whole() {
	r.t.Helper()
	r.same(nil)
	if r.t.Failed() {
		fmt.Fprintln(os.Stderr, r.state())
	}
}
