package ftpsvc

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// realRig is a rig over the local disk and a real server.
func realRig(t *testing.T, s ftptest.Real, change ...func(*Options)) (r *rig, home string) {
	t.Helper()
	r = &rig{t: t, answer: func(Question) any { return true }} // no TLS: clear text is asked about
	o := Options{Queue: filepath.Join(t.TempDir(), "queue.db")}
	for _, f := range change {
		f(&o)
	}
	r.start(o)
	t.Cleanup(func() { r.s.Close() })
	port, _ := strconv.Atoi(s.Port)
	info := r.do(Connect{Endpoint: vfs.Endpoint{Host: s.Host, Port: port, User: ftptest.RealUser, TLS: vfs.TLSOff},
		Password: ftptest.RealPass, HasPassword: true}).(ConnInfo)
	r.conn = info.Conn
	home = info.Style.Join(info.Home, fmt.Sprintf("service-%s-%s", strings.ReplaceAll(t.Name(), "/", "-"), s.Port))
	if e := r.end(r.s.Submit(Stat{Conn: r.conn, Path: home})); isDone(e) {
		r.do(Delete{Conn: r.conn, Paths: []string{home}, Recursive: true})
	}
	r.do(Mkdir{Conn: r.conn, Path: home})
	t.Cleanup(func() { r.s.end() }) // whatever hangs, ends
	return r, home
}

func isDone(e Event) bool { _, ok := e.(Done); return ok }

// odd are names that trip clients.
var odd = []string{"with blank", "üñï中文日本", "quo'te\"s", "100%", "#hash", "-dash", "~tilde", ".dot", "a;b", "star*[x]", "émoji 🛳"}

// makeTree fills dir with a tree of many kinds of files.
func makeTree(t *testing.T, dir string, small int, big int64) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	write := func(p string, n int64) {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		p = filepath.Join(dir, p)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := range small {
		write(fmt.Sprintf("dir%02d/sub/file%03d.txt", i%20, i), int64(rnd.IntN(6000)))
	}
	write("empty", 0)
	write("big.bin", big)
	for _, n := range odd {
		write("odd/"+n, 300)
		if !strings.Contains(n, "*") { // proftpd refuses such folders
			write("odd dirs/"+n+"/x", 10)
		}
	}
}

// sums are the hashes of all files below dir; folders are there with "dir".
func sums(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		if d.IsDir() {
			out[rel] = "dir"
			return nil
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		out[rel] = fmt.Sprintf("%x", sha256.Sum256(b))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sameTrees(t *testing.T, a, b string) {
	t.Helper()
	want, got := sums(t, a), sums(t, b)
	for p, s := range want {
		if got[p] != s {
			t.Errorf("%q differs or is missing", p)
		}
	}
	for p := range got {
		if want[p] == "" {
			t.Errorf("%q is too much", p)
		}
	}
}

func TestRealServersTreeBothWays(t *testing.T) {
	for _, s := range ftptest.RealFirst(t) {
		t.Run(s.String(), func(t *testing.T) {
			src, back := filepath.Join(t.TempDir(), "tree"), t.TempDir()
			makeTree(t, src, 500, 64<<20)
			r, home := realRig(t, s)
			up := r.do(Copy{From: Local, Paths: []string{src}, To: r.conn, Dir: home}).(JobResult)
			if up.Failed > 0 || up.Done != int64(501+2*len(odd)) {
				t.Fatalf("upload: %+v", up)
			}
			down := r.do(Copy{From: r.conn, Paths: []string{r.style().Join(home, "tree")}, To: Local, Dir: back,
				Options: CopyOptions{Conflict: queue.Overwrite}}).(JobResult)
			if down.Failed > 0 || down.Done != up.Done {
				t.Fatalf("download: %+v", down)
			}
			sameTrees(t, src, filepath.Join(back, "tree"))
			var b bytes.Buffer
			r.do(Read{Conn: r.conn, Path: r.style().Join(home, "tree/odd/#hash"), Limit: -1, W: &b})
			if b.Len() != 300 {
				t.Errorf("read %d bytes, want 300", b.Len())
			}
			r.do(Delete{Conn: r.conn, Paths: []string{home}, Recursive: true})
		})
	}
}

func (r *rig) style() vfs.PathStyle { return vfs.Slash }

func TestRealServersSegments(t *testing.T) {
	for _, s := range ftptest.RealFirst(t) {
		t.Run(s.String(), func(t *testing.T) {
			src, back := filepath.Join(t.TempDir(), "tree"), t.TempDir()
			makeTree(t, src, 0, 48<<20)
			r, home := realRig(t, s)
			r.do(Copy{From: Local, Paths: []string{filepath.Join(src, "big.bin")}, To: r.conn, Dir: home})
			res := r.do(Copy{From: r.conn, Paths: []string{r.style().Join(home, "big.bin")}, To: Local, Dir: back,
				Options: CopyOptions{Segments: 4}}).(JobResult)
			if res.Verified != 1 {
				t.Fatalf("%+v", res)
			}
			if a, b := sums(t, src)["big.bin"], sums(t, back)["big.bin"]; a != b {
				t.Errorf("the copy differs: %s, %s", a, b)
			}
			for _, e := range r.seen {
				if n, ok := e.(Notice); ok && strings.Contains(n.Text, "one go") {
					t.Errorf("not in parts: %s", n.Text)
				}
			}
			r.do(Delete{Conn: r.conn, Paths: []string{home}, Recursive: true})
		})
	}
}
