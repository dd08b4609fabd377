package ftpsvc

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
	"ferry/ftpsvc/vfs"
)

func reply(code int, text string, cause error) error {
	return &vfs.Error{Op: "transfer", Reply: vfs.Reply{Code: code, Lines: []string{text}}, Err: cause}
}

// once gives err the first time that a transfer of a file has passed n bytes.
func once(op string, n int64, err error) func(string, string, int64) error {
	var mu sync.Mutex
	done := false
	return func(o, path string, at int64) error {
		mu.Lock()
		defer mu.Unlock()
		if done || o != op || at < n {
			return nil
		}
		done = true
		return err
	}
}

// always gives err at every try.
func always(op string, n int64, err error) func(string, string, int64) error {
	return func(o, path string, at int64) error {
		if o == op && at >= n {
			return err
		}
		return nil
	}
}

// temps are the names of unfinished transfers on a disk.
func temps(d *disk) (out []string) {
	for _, p := range d.names("") {
		if transfer.IsTemp(p[strings.LastIndexByte(p, '/')+1:]) {
			out = append(out, p)
		}
	}
	return out
}

func TestFaultsOnTheWayAreOvercome(t *testing.T) {
	const size = 300 << 10
	kinds := map[string]error{
		"connection lost": &vfs.Error{Op: "transfer", Err: vfs.ErrConnLost},
		"timeout":         &vfs.Error{Op: "transfer", Err: vfs.ErrTimeout},
		"421":             reply(421, "Timeout.", vfs.ErrConnLost),
		"425":             reply(425, "Cannot open data connection.", vfs.ErrRefused),
		"426":             reply(426, "Connection closed.", vfs.ErrRefused),
		"451":             reply(451, "Local error.", vfs.ErrRefused),
	}
	for name, fault := range kinds {
		for _, at := range []int64{0, 1, size / 2, size - 1, size} {
			for _, up := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s at %d, upload %v", name, at, up), func(t *testing.T) {
					t.Parallel()
					r := newRig(t)
					want := some(size)
					src, dst, op := r.remote, r.local, "read"
					if up {
						src, dst, op = r.local, r.remote, "write"
						dst.put("/dst/f", []byte("the old one")) // so that it goes to a temporary name
					}
					src.put("/src/f", want)
					dst.put("/dst/other", []byte("other"))
					r.remote.cut = once(op, at, fault)
					c := r.connect()
					req := Copy{From: c, Paths: []string{"/src/f"}, To: Local, Dir: "/dst"}
					if up {
						req = Copy{From: Local, Paths: []string{"/src/f"}, To: c, Dir: "/dst", Options: CopyOptions{Conflict: queue.Overwrite}}
					}
					res := r.do(req).(JobResult)
					if res.Done != 1 || res.Verified != 1 {
						t.Fatalf("%+v", res)
					}
					r.same(dst, "/dst/f", want)
					r.same(dst, "/dst/other", []byte("other"))
					if left := temps(dst); len(left) > 0 {
						t.Errorf("left behind: %v", left)
					}
				})
			}
		}
	}
}

func TestFaultsThatCannotBeMendedAreToldAtOnce(t *testing.T) {
	const size = 100 << 10
	kinds := []struct {
		name, class string
		fault       error
		local       bool
	}{
		{"552 is a full server", "quota", reply(552, "Quota exceeded.", vfs.ErrQuota), false},
		{"a full local disk", "disk", &vfs.Error{Op: "write", Err: vfs.ErrDiskFull}, true},
		{"a refused permission", "refused", reply(550, "Permission denied.", vfs.ErrRefused), false},
	}
	for _, k := range kinds {
		for _, at := range []int64{0, size / 2, size} {
			t.Run(fmt.Sprintf("%s at %d", k.name, at), func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				src, dst := r.local, r.remote
				if k.local {
					src, dst = r.remote, r.local
				}
				src.put("/src/f", some(size)).put("/src/g", some(10))
				dst.put("/dst/src/f", []byte("old"))
				dst.cut = func(op, path string, n int64) error {
					if op == "write" && strings.Contains(path, ".f.") && n >= at {
						return k.fault
					}
					return nil
				}
				c := r.connect()
				req := Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst", Options: CopyOptions{Conflict: queue.Overwrite}}
				if !k.local {
					req.From, req.To = Local, c
				}
				state := queue.Failed
				if k.local { // the rest waits, too
					state = queue.Paused
					if err := r.fails(req); !errors.Is(err, vfs.ErrDiskFull) {
						t.Error(err)
					}
				} else {
					if res := r.do(req).(JobResult); res.Done != 1 || res.Failed != 1 || res.FirstErr == nil {
						t.Errorf("%+v", res)
					}
					r.same(dst, "/dst/src/g", some(10))
				}
				r.same(dst, "/dst/src/f", []byte("old"))
				rows := r.do(QueuePage{Filter: queue.Filter{States: []queue.State{state}}, Limit: 10}).(QueueRows)
				if rows.Total == 0 || !k.local && rows.Total != 1 || rows.Items[0].Class != k.class || rows.Items[0].Tries != 1 {
					t.Errorf("failed items: %+v", rows)
				}
			})
		}
	}
}

func TestRetriesEnd(t *testing.T) {
	r := newRig(t)
	r.remote.put("/f", some(5000))
	r.remote.cut = always("read", 100, &vfs.Error{Op: "transfer", Err: vfs.ErrConnLost})
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/f"}, To: Local, Dir: "/", Options: CopyOptions{MaxTries: 3}}).(JobResult)
	if res.Failed != 1 || !errors.Is(res.FirstErr, vfs.ErrConnLost) {
		t.Errorf("%+v", res)
	}
	if n := r.remote.called("read"); n != 3 {
		t.Errorf("tried %d times, want 3", n)
	}
}

func TestADeadServerFailsAllItemsAndTheJobEnds(t *testing.T) {
	r := newRig(t)
	for i := range 40 {
		r.local.put(fmt.Sprintf("/src/f%d", i), some(10))
	}
	c := r.connect()
	r.remote.hook = func(op, path string) error {
		if op == "dial" {
			return &vfs.Error{Op: "connect", Path: path, Err: vfs.ErrConnect}
		}
		return nil
	}
	res := r.do(Copy{From: Local, Paths: []string{"/src/f1", "/src/f2", "/src"}, To: c, Dir: "/"}).(JobResult)
	if res.Failed != 3 || res.Done != 0 || !errors.Is(res.FirstErr, vfs.ErrConnect) {
		t.Errorf("%+v", res)
	}
}

func TestTooManyConnectionsAreLearned(t *testing.T) {
	mem := &memory{learned: map[string]vfs.Learned{}}
	r := newRig(t, func(o *Options) { o.Memory = mem })
	r.remote.slots = 3 // one to browse, two for transfers
	for i := range 40 {
		r.remote.put(fmt.Sprintf("/src/f%d", i), some(2000))
	}
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/"}).(JobResult)
	if res.Done != 40 {
		t.Errorf("%+v", res)
	}
	if r.remote.most > 3 {
		t.Errorf("%d sessions at once", r.remote.most)
	}
	if got := mem.Learned(string(c)).MaxConns; got != 3 {
		t.Errorf("learned %d connections, want 3", got)
	}
	told := false
	for _, e := range r.seen {
		if ch, ok := e.(ConnChanged); ok && ch.Info.Max > 0 {
			told = told || ch.Info.Max == 3
			if ch.Info.Open > ch.Info.Max {
				t.Errorf("told %d connections of %d", ch.Info.Open, ch.Info.Max)
			}
		}
	}
	if !told {
		t.Error("the limit of 3, browsing included, was not told")
	}
}

func TestAVerbLearnsTheConnectionLimitAsItIs(t *testing.T) {
	for _, limit := range []int{1, 2, 3} {
		mem := &memory{learned: map[string]vfs.Learned{}}
		r := newRig(t, func(o *Options) { o.Memory, o.Lend = mem, true })
		r.remote.slots = limit
		for i := range 40 {
			r.remote.put(fmt.Sprintf("/src/f%d", i), some(2000))
		}
		c := r.connect()
		if res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/"}).(JobResult); res.Done != 40 {
			t.Errorf("%+v", res)
		}
		// Several may be refused at one moment, so it may be less.
		if got := mem.Learned(string(c)).MaxConns; got > limit {
			t.Errorf("learned %d connections, want %d", got, limit)
		}
	}
}

func TestAServerOfOneConnectionIsServedInTurns(t *testing.T) {
	mem := &memory{learned: map[string]vfs.Learned{}}
	r := newRig(t, func(o *Options) { o.Memory = mem })
	r.remote.slots = 1
	for i := range 10 {
		r.remote.put(fmt.Sprintf("/src/f%d", i), some(2000))
	}
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/"}).(JobResult)
	if res.Done != 10 {
		t.Errorf("%+v", res)
	}
	if got := mem.Learned(string(c)).MaxConns; got != 1 {
		t.Errorf("learned %d connections", got)
	}
	notices := 0
	for _, e := range r.seen {
		switch e := e.(type) {
		case Notice:
			notices++
		case ConnChanged:
			if e.Info.Max > 0 && e.Info.Open > e.Info.Max {
				t.Errorf("told %d connections of %d", e.Info.Open, e.Info.Max)
			}
		}
	}
	if notices != 1 {
		t.Errorf("%d notices", notices)
	}
	if n := r.do(List{Conn: c, Path: "/src"}).(vfs.ListInfo).Entries; n != 10 {
		t.Errorf("listed %d", n)
	}
}

func TestTheSitesConnectionLimitCountsTheBrowsingOneToo(t *testing.T) {
	for _, limit := range []int{1, 3} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			r := newRig(t)
			for i := range 20 {
				r.remote.put(fmt.Sprintf("/src/f%d", i), some(2000))
			}
			ep := endpoint
			ep.MaxConns = limit
			c := r.do(Connect{Endpoint: ep}).(ConnInfo).Conn
			res := r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/"}).(JobResult)
			if res.Done != 20 {
				t.Errorf("%+v", res)
			}
			if r.remote.most > limit {
				t.Errorf("%d connections were open at once, the site allows %d", r.remote.most, limit)
			}
		})
	}
}

// What cannot be asked now has not changed.
func TestALookAtTheSourceThatFailsThrowsNothingAway(t *testing.T) {
	const size = 1 << 20
	r := newRig(t)
	want := some(size)
	r.remote.put("/src/f", want)
	var mu sync.Mutex
	var passed, last int64
	cut := false
	r.remote.cut = func(op, _ string, n int64) error {
		mu.Lock()
		defer mu.Unlock()
		passed += max(n-last, 0)
		last = n
		if !cut && n >= size/2 {
			cut = true
			return &vfs.Error{Op: op, Err: vfs.ErrTimeout}
		}
		return nil
	}
	failed := 0
	r.remote.hook = func(op, _ string) error {
		mu.Lock()
		defer mu.Unlock()
		if cut && op == "stat" && failed < 2 {
			failed++
			return &vfs.Error{Op: op, Err: vfs.ErrConnLost}
		}
		return nil
	}
	c := r.connect()
	if res := r.do(Copy{From: c, Paths: []string{"/src/f"}, To: Local, Dir: "/dst"}).(JobResult); res.Verified != 1 {
		t.Fatalf("%+v", res)
	}
	r.same(r.local, "/dst/f", want)
	for _, e := range r.seen {
		if n, ok := e.(Notice); ok && strings.Contains(n.Text, "changed") {
			t.Errorf("told: %s", n.Text)
		}
	}
	if failed != 2 || passed > size+2*transfer.Overlap {
		t.Errorf("%d looks failed, %d bytes went by for a file of %d", failed, passed, size)
	}
}

func TestResumeSendsOnlyTheRest(t *testing.T) {
	const size = 1 << 20
	for _, up := range []bool{false, true} {
		t.Run(fmt.Sprintf("upload %v", up), func(t *testing.T) {
			r := newRig(t)
			want := some(size)
			src, dst, op := r.remote, r.local, "read"
			if up {
				src, dst, op = r.local, r.remote, "write"
			}
			src.put("/src/f", want)
			var mu sync.Mutex
			var passed, last int64
			cut := once(op, size/2, &vfs.Error{Op: op, Err: vfs.ErrConnLost})
			r.remote.cut = func(o, p string, n int64) error {
				mu.Lock()
				if o == op {
					if n < last {
						last = 0
					}
					passed += n - last
					last = n
				}
				mu.Unlock()
				return cut(o, p, n)
			}
			c := r.connect()
			req := Copy{From: c, Paths: []string{"/src/f"}, To: Local, Dir: "/dst"}
			if up {
				req.From, req.To = Local, c
			}
			res := r.do(req).(JobResult)
			if res.Verified != 1 {
				t.Fatalf("%+v", res)
			}
			r.same(dst, "/dst/f", want)
			if passed > size+2*transfer.Overlap {
				t.Errorf("%d bytes went by for a file of %d", passed, size)
			}
		})
	}
}

// Hostile 23: REST is accepted and ignored, or the offset is wrong.
func TestHostile23IgnoredRESTDoesNotCorrupt(t *testing.T) {
	r := newRig(t)
	want := some(400 << 10)
	r.remote.put("/f", want)
	r.remote.ignoreREST = true
	r.remote.cut = once("read", 200<<10, &vfs.Error{Op: "read", Err: vfs.ErrConnLost})
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/f"}, To: Local, Dir: "/dst"}).(JobResult)
	if res.Verified != 1 {
		t.Fatalf("%+v", res)
	}
	r.same(r.local, "/dst/f", want)
}

func TestHostile23RefusedRESTStartsAgain(t *testing.T) {
	r := newRig(t)
	want := some(400 << 10)
	r.remote.put("/f", want)
	r.remote.noREST = true
	r.remote.cut = once("read", 200<<10, &vfs.Error{Op: "read", Err: vfs.ErrConnLost})
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/f"}, To: Local, Dir: "/dst"}).(JobResult)
	if res.Verified != 1 {
		t.Fatalf("%+v", res)
	}
	r.same(r.local, "/dst/f", want)
}

func TestAChangedSourceIsNotAppended(t *testing.T) {
	r := newRig(t)
	r.remote.put("/f", some(400<<10))
	first := true
	r.remote.cut = func(op, _ string, n int64) error {
		if op == "read" && first && n >= 200<<10 {
			first = false
			r.remote.put("/f", append([]byte("another"), some(400<<10)...))
			return &vfs.Error{Op: "read", Err: vfs.ErrConnLost}
		}
		return nil
	}
	c := r.connect()
	res := r.do(Copy{From: c, Paths: []string{"/f"}, To: Local, Dir: "/dst"}).(JobResult)
	if res.Done != 1 {
		t.Fatalf("%+v", res)
	}
	r.same(r.local, "/dst/f", append([]byte("another"), some(400<<10)...))
}

// A server that loses bytes and says that all is well.
func TestALyingServerFailsTheProof(t *testing.T) {
	r := newRig(t)
	r.local.put("/src/a", some(5000)).put("/src/b", some(5000)).put("/src/big", some(2<<20))
	r.remote.put("/dst/src/big", []byte("old"))
	r.remote.lose = func(path string) bool { return strings.Contains(path, "b") }
	c := r.connect()
	res := r.do(Copy{From: Local, Paths: []string{"/src"}, To: c, Dir: "/dst", Options: CopyOptions{Conflict: queue.Overwrite}}).(JobResult)
	if res.Verified != 1 || res.Failed != 2 || !errors.Is(res.FirstErr, vfs.ErrVerify) {
		t.Errorf("%+v", res)
	}
	r.same(r.remote, "/dst/src/big", []byte("old"))
}

// A server that keeps the size and changes the bytes is found out by a hash.
func TestAHashFindsWhatTheSizeDoesNot(t *testing.T) {
	for _, hash := range []string{"auto", "md5"} {
		r := newRig(t)
		r.local.put("/src/a", some(5000)).put("/src/b", some(5000)).put("/src/big", some(2<<20))
		r.remote.spoil = func(path string) bool { return strings.Contains(path, "b") }
		c := r.connect()
		res := r.do(Copy{From: Local, Paths: []string{"/src"}, To: c, Dir: "/dst", Options: CopyOptions{Hash: hash}}).(JobResult)
		if res.Verified != 1 || res.Failed != 2 || !errors.Is(res.FirstErr, vfs.ErrVerify) {
			t.Errorf("%s: %+v", hash, res)
		}
		if _, ok := r.remote.get("/dst/src/big"); ok {
			t.Errorf("%s: a file that is not proven has its name", hash)
		}
		res = r.do(Copy{From: c, Paths: []string{"/dst/src/a"}, To: Local, Dir: "/back", Options: CopyOptions{Hash: hash}}).(JobResult)
		if res.Verified != 1 {
			t.Errorf("%s: %+v", hash, res)
		}
	}
}

func TestALostBrowsingConnectionComesBack(t *testing.T) {
	r := newRig(t)
	r.remote.put("/a/b", nil)
	c := r.connect()
	first := true
	r.remote.hook = func(op, path string) error {
		if op == "list" && first {
			first = false
			return &vfs.Error{Op: op, Path: path, Err: vfs.ErrConnLost}
		}
		return nil
	}
	if n := r.do(List{Conn: c, Path: "/a"}).(vfs.ListInfo).Entries; n != 1 {
		t.Errorf("listed %d", n)
	}
}

func TestAChangeIsNotSentTwice(t *testing.T) {
	r := newRig(t)
	r.remote.put("/a/b", nil)
	c := r.connect()
	r.remote.hook = func(op, path string) error {
		if op == "remove" {
			return &vfs.Error{Op: op, Path: path, Err: vfs.ErrConnLost}
		}
		return nil
	}
	if err := r.fails(Delete{Conn: c, Paths: []string{"/a/b"}}); !errors.Is(err, vfs.ErrConnLost) {
		t.Errorf("%v", err)
	}
	if n := r.remote.called("remove"); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

// memory is a vfs.Memory for tests.
type memory struct {
	mu      sync.Mutex
	learned map[string]vfs.Learned
}

func (m *memory) Learned(key string) vfs.Learned {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.learned[key]
}

func (m *memory) Learn(key string, change func(*vfs.Learned)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.learned[key]
	change(&l)
	m.learned[key] = l
}

func (m *memory) Trusted(string) string { return "" }
func (m *memory) Trust(string, string)  {}

// A look at the source may cost a listing of its folder: where nothing is here
// to go on with, it is not taken.
func TestATryWithNothingToBuildOnDoesNotLookAtTheSource(t *testing.T) {
	r := newRig(t)
	want := some(2000)
	r.remote.put("/src/f", want)
	var mu sync.Mutex
	cut, looks := false, 0
	r.remote.cut = func(op, _ string, n int64) error {
		mu.Lock()
		defer mu.Unlock()
		if !cut {
			cut = true
			return &vfs.Error{Op: op, Err: vfs.ErrConnLost}
		}
		return nil
	}
	r.remote.hook = func(op, _ string) error {
		mu.Lock()
		defer mu.Unlock()
		if cut && op == "stat" {
			looks++
		}
		return nil
	}
	c := r.connect()
	if res := r.do(Copy{From: c, Paths: []string{"/src/f"}, To: Local, Dir: "/dst"}).(JobResult); res.Verified != 1 {
		t.Fatalf("%+v", res)
	}
	r.same(r.local, "/dst/f", want)
	if !cut || looks > 0 {
		t.Errorf("cut %v, %d looks at the source", cut, looks)
	}
}
