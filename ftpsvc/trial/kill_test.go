package trial

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc"
	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// A child is ferry without a screen: this test binary, started again with
// FERRY_TRIAL=host:port|queue|local folder|begin. It runs the queue to its end.
func TestMain(m *testing.M) {
	if spec := os.Getenv("FERRY_TRIAL"); spec != "" {
		if err := child(strings.Split(spec, "|")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const user, password = "me", "geheim-7"

func endpoint(addr string) vfs.Endpoint {
	host, port, _ := strings.Cut(addr, ":")
	n, _ := strconv.Atoi(port)
	return vfs.Endpoint{Host: host, Port: n, User: user, TLS: vfs.TLSOff}
}

func child(spec []string) error {
	addr, file, local, begin := spec[0], spec[1], spec[2], spec[3] != ""
	e := endpoint(addr)
	s, err := ftpsvc.New(ftpsvc.Options{Queue: file, Foreign: true, Down: 40 << 20, Up: 40 << 20, // slow enough to be killed in the middle of files
		Endpoint: func(key string) (vfs.Endpoint, bool) { return e, key == e.Key() }})
	if err != nil {
		return err
	}
	defer s.Close()
	ctx := context.Background()
	connect := s.Submit(ftpsvc.Connect{Endpoint: e, Password: password, HasPassword: true})
	copies := map[ftpsvc.ID]bool{}
	for {
		b, err := s.Next(ctx)
		if err != nil {
			return err
		}
		for _, ev := range b.Events {
			switch ev := ev.(type) {
			case ftpsvc.Asked:
				if ev.Question.Kind == ftpsvc.AskClearText {
					s.Submit(ftpsvc.Answer{Question: ev.Question.ID, Value: true})
					continue
				}
				s.Submit(ftpsvc.Answer{Question: ev.Question.ID, Value: password})
			case ftpsvc.Notice:
				fmt.Fprintln(os.Stderr, ev.Text)
			case ftpsvc.Failed:
				return ev.Err
			case ftpsvc.Done:
				if ev.ID == connect && begin {
					c := ev.Value.(ftpsvc.ConnInfo).Conn
					o := ftpsvc.CopyOptions{Conflict: queue.Overwrite, MaxTries: 1000}
					copies[s.Submit(ftpsvc.Copy{From: c, Paths: []string{"/src"}, To: ftpsvc.Local, Dir: filepath.Join(local, "down"), Options: o})] = true
					copies[s.Submit(ftpsvc.Copy{From: ftpsvc.Local, Paths: []string{filepath.Join(local, "src")}, To: c, Dir: "/up", Options: o})] = true
				} else if ev.ID == connect {
					s.Submit(ftpsvc.Control{Op: ftpsvc.RunNow, All: true})
				}
				delete(copies, ev.ID)
			}
		}
		if v := b.Queue; v != nil && v.Counts.Open() == 0 && len(copies) == 0 && v.Counts.ByState[queue.Done] > 0 {
			return nil
		}
	}
}

// rig is a server in memory, a local folder and the queue between them.
type rig struct {
	t     *testing.T
	srv   *ftptest.Script
	dir   string
	files map[string][32]byte // by name relative to both sources
	kills int
	size  int64
}

func newRig(t *testing.T, rnd *rand.Rand, n int) *rig {
	r := &rig{t: t, srv: ftptest.NewScript(t, ftptest.ScriptOptions{User: user, Pass: password}), dir: t.TempDir(), files: map[string][32]byte{}}
	r.srv.Mkdir("/up")
	for i := range n {
		size := rnd.IntN(8 << 10)
		switch {
		case i%40 == 0:
			size = 1<<20 + rnd.IntN(3<<20)
		case i%10 == 0:
			size = rnd.IntN(200 << 10)
		}
		b := make([]byte, size)
		for k := 0; k < len(b); k += 8 {
			v := rnd.Uint64()
			for j := k; j < min(k+8, len(b)); j++ {
				b[j] = byte(v)
				v >>= 8
			}
		}
		name := fmt.Sprintf("dir %d/sub/file%03d.bin", i%7, i)
		r.files[name] = sha256.Sum256(b)
		r.size += int64(size)
		r.srv.Put("/src/"+name, b)
		p := filepath.Join(r.dir, "src", name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func (r *rig) queue() string { return filepath.Join(r.dir, "state", "queue.db") }

// start runs a child; it may be killed.
func (r *rig) start(begin bool) (*exec.Cmd, *bytes.Buffer) {
	exe, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.Command(exe)
	spec := []string{r.srv.Addr(), r.queue(), r.dir, ""}
	if begin {
		spec[3] = "begin"
	}
	cmd.Env = append(os.Environ(), "FERRY_TRIAL="+strings.Join(spec, "|"))
	out := &bytes.Buffer{}
	cmd.Stderr, cmd.Stdout = out, out
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	return cmd, out
}

// seed is printed with a failure, and may be given by FERRY_SEED.
func seed(t *testing.T) *rand.Rand {
	n := uint64(time.Now().UnixNano())
	if s := os.Getenv("FERRY_SEED"); s != "" {
		var err error
		if n, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("FERRY_SEED=%d", n)
	return rand.New(rand.NewPCG(n, 1))
}

func number(t *testing.T, name string, short, normal int) int {
	if s := os.Getenv(name); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if testing.Short() {
		return short
	}
	return normal
}

func TestKillAtRandomMomentsLosesNothing(t *testing.T) {
	rnd := seed(t)
	left := number(t, "FERRY_KILLS", 3, 20)
	for round := 1; left > 0; round++ {
		r := newRig(t, rnd, 200) // 200 up and 200 down
		r.batch(rnd, &left)
		t.Logf("round %d: %d kills, %d left", round, r.kills, left)
	}
}

// batch runs one batch to its end, killing ferry again and again.
func (r *rig) batch(rnd *rand.Rand, left *int) {
	r.t.Helper()
	stored := false // the jobs are in the queue
	for {
		cmd, out := r.start(!stored)
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		limit := time.Minute
		if *left > 0 {
			limit = time.Duration(10+rnd.IntN(1<<rnd.IntN(11))) * time.Millisecond // short ones are as likely as long ones
		}
		select {
		case err := <-ended:
			if err != nil {
				r.t.Fatalf("ferry failed: %v\n%s", err, out)
			}
			r.check()
			return
		case <-time.After(limit):
			if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				r.t.Fatal(err)
			}
			<-ended
			if *left <= 0 {
				r.t.Fatalf("ferry does not come to an end\n%s\n%s", out, r.state())
			}
			*left--
			r.kills++
		}
		if !stored {
			stored = r.stored()
		}
	}
}

// stored reports whether both copies are in the queue. A kill between the two
// leaves one: the batch is then begun again from nothing.
func (r *rig) stored() bool {
	s := r.store()
	defer s.Close()
	jobs, err := s.Jobs(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	if len(jobs) == 1 {
		if err := os.RemoveAll(filepath.Dir(r.queue())); err != nil {
			r.t.Fatal(err)
		}
	}
	return len(jobs) == 2
}

func (r *rig) store() *queue.Store {
	s, err := queue.Open(context.Background(), r.queue(), queue.OpenOptions{Poll: -1})
	if err != nil {
		r.t.Fatal(err)
	}
	if s.Moved() != "" {
		r.t.Fatal("the queue was damaged")
	}
	return s
}

func (r *rig) state() string {
	s := r.store()
	defer s.Close()
	items, n, err := s.Page(context.Background(), queue.Filter{States: []queue.State{queue.Running, queue.Scanning, queue.Waiting,
		queue.Retrying, queue.Queued, queue.Paused, queue.Failed, queue.Canceled}}, 0, 10)
	return fmt.Sprintf("%d items left: %+v %v", n, items, err)
}

// check wants both trees whole, nothing else beside them, and each file done
// once in the queue.
func (r *rig) check() {
	r.t.Helper()
	s := r.store()
	defer s.Close()
	items, _, err := s.Page(r.t.Context(), queue.Filter{}, 0, 100000)
	if err != nil {
		r.t.Fatal(err)
	}
	done := map[string]int{}
	for _, it := range items {
		if it.Kind == queue.KindFile {
			done[it.Target]++
		}
		if it.State != queue.Done || it.Kind == queue.KindFile && it.Reached != queue.Verified {
			r.t.Errorf("%s %q is %s, %s %s", it.Kind, it.Target, it.State, it.Reached, it.Err)
		}
	}
	r.same(done)
}

// same wants both trees equal to their sources, and no file beside them; done
// tells how often each target is in the queue, where that matters.
func (r *rig) same(done map[string]int) {
	r.t.Helper()
	for name, sum := range r.files {
		local, remote := filepath.Join(r.dir, "down", "src", name), "/up/src/"+name
		if b, err := os.ReadFile(local); err != nil || sha256.Sum256(b) != sum {
			r.t.Errorf("download of %q: %d bytes, %v, or not equal", name, len(b), err)
		}
		if b, ok := r.srv.Get(remote); !ok || sha256.Sum256(b) != sum {
			r.t.Errorf("upload of %q: %d bytes, there %v, or not equal", name, len(b), ok)
		}
		if done != nil && (done[local] != 1 || done[remote] != 1) {
			r.t.Errorf("%q is %d and %d times in the queue", name, done[local], done[remote])
		}
	}
	count := 0
	err := filepath.WalkDir(filepath.Join(r.dir, "down"), func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			count++
		}
		return err
	})
	if err != nil || count != len(r.files) {
		r.t.Errorf("%d files were downloaded, want %d: %v", count, len(r.files), err)
	}
	for _, p := range r.srv.Paths() {
		name, ok := strings.CutPrefix(p, "/up/src/")
		if _, known := r.files[name]; ok && !known && strings.Contains(name, ".bin") {
			r.t.Errorf("%q is left on the server", p)
		}
	}
}
