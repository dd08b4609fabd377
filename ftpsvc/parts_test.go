package ftpsvc

import (
	"sync"
	"testing"
	"time"

	"ferry/ftpsvc/vfs"
)

func TestSegments(t *testing.T) {
	const size = 6 << 20
	for name, prepare := range map[string]func(*rig){
		"all goes well":                       func(*rig) {},
		"the server ignores REST, Hostile 23": func(r *rig) { r.remote.ignoreREST = true },
		"the server refuses REST":             func(r *rig) { r.remote.noREST = true },
		"a connection is lost": func(r *rig) {
			r.remote.cut = once("read", 700<<10, &vfs.Error{Op: "read", Err: vfs.ErrConnLost})
		},
		"only two connections are allowed": func(r *rig) { r.remote.slots = 3 },
		"only one is":                      func(r *rig) { r.remote.slots = 2 },
		"one connection is slow": func(r *rig) {
			var mu sync.Mutex
			n := 0
			hold := make(chan struct{})
			r.remote.wait = func(op, path string) <-chan struct{} {
				mu.Lock()
				defer mu.Unlock()
				if op != "read" {
					return nil
				}
				if n++; n == 2000 { // one waits until the others are through
					return hold
				}
				if n == 5000 {
					close(hold)
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			want := some(size)
			r.remote.put("/big", want)
			c := r.connect()
			prepare(r)
			res := r.do(Copy{From: c, Paths: []string{"/big"}, To: Local, Dir: "/dst", Options: CopyOptions{Segments: 4}}).(JobResult)
			if res.Done != 1 || res.Verified != 1 {
				t.Fatalf("%+v", res)
			}
			r.same(r.local, "/dst/big", want)
			if left := temps(r.local); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestSegmentsUseSeveralConnections(t *testing.T) {
	r := newRig(t)
	r.remote.put("/big", some(6<<20))
	c := r.connect()
	r.do(Copy{From: c, Paths: []string{"/big"}, To: Local, Dir: "/dst", Options: CopyOptions{Segments: 4}})
	if r.remote.most < 3 {
		t.Errorf("%d connections at once, want several", r.remote.most)
	}
}

func TestSegmentsGoOnInTheNextProcess(t *testing.T) {
	const size = 24 << 20 // more than what is not trusted at the end of each part
	r := newRig(t)
	want := some(size)
	r.remote.put("/big", want)
	var mu sync.Mutex
	var passed int64
	hold, full := make(chan struct{}), false
	r.remote.wait = func(op, path string) <-chan struct{} {
		mu.Lock()
		defer mu.Unlock()
		if op != "read" {
			return nil
		}
		if passed += 1024; passed < size*3/4 || full {
			return nil
		}
		return hold
	}
	c := r.connect()
	r.s.Submit(Copy{From: c, Paths: []string{"/big"}, To: Local, Dir: "/dst", Options: CopyOptions{Segments: 2}})
	r.waitFor(func() bool { mu.Lock(); defer mu.Unlock(); return passed >= size*3/4 })
	r.s.Close()
	mu.Lock()
	full, passed = true, 0
	mu.Unlock()
	r.opt.Foreign = true
	r.start(r.opt)
	r.connect()
	r.waitFor(func() bool { return len(done(r.seen)) == 1 })
	r.same(r.local, "/dst/big", want)
	if passed > size*3/4 {
		t.Errorf("%d of %d bytes were sent again", passed, size)
	}
	if left := temps(r.local); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestASlowDownloadIsSplitByItself(t *testing.T) {
	for _, mode := range []string{"REST works", "REST is ignored"} {
		t.Run(mode, func(t *testing.T) {
			const size = 2 << 20
			r := newRig(t)
			set := make(chan struct{})
			r.s.do(func() {
				r.s.eng.rule = splitRule{from: 1 << 20, after: 20 * time.Millisecond, slow: 1 << 40}
				r.s.eng.every = 10 * time.Millisecond
				close(set)
			})
			<-set
			want := some(size)
			r.remote.put("/big", want)
			r.remote.ignoreREST = mode == "REST is ignored"
			r.remote.reader = func(_ *memFS, n int64) <-chan struct{} {
				if n < size/4 {
					return nil
				}
				slow := make(chan struct{})
				time.AfterFunc(100*time.Microsecond, func() { close(slow) })
				return slow
			}
			c := r.connect()
			res := r.do(Copy{From: c, Paths: []string{"/big"}, To: Local, Dir: "/dst"}).(JobResult)
			if res.Verified != 1 {
				t.Fatalf("%+v", res)
			}
			r.same(r.local, "/dst/big", want)
			if r.remote.most < 3 { // one of them to browse
				t.Errorf("%d connections at once", r.remote.most)
			}
			if left := temps(r.local); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
