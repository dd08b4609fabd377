package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand"
	"strconv"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// realEndpoint is the account on a real server, in clear text unless the port wants TLS.
func realEndpoint(r ftptest.Real) vfs.Endpoint {
	port, _ := strconv.Atoi(r.Port)
	e := vfs.Endpoint{Host: r.Host, Port: port, User: ftptest.RealUser, TLS: vfs.TLSOff, Timeout: 10 * time.Second, Insecure: true}
	if r.TLS == "implicit" {
		e.TLS = vfs.TLSImplicit
	}
	return e
}

func open(t *testing.T, o session.Options) *session.Session {
	t.Helper()
	if o.Password == "" {
		o.Password = ftptest.RealPass
	}
	var trace []string
	if o.Log == nil {
		lines := make(chan string, 4096)
		o.Log = func(l session.Trace) {
			select {
			case lines <- fmt.Sprintf("%c %s", l.Dir, l.Text):
			default:
			}
		}
		t.Cleanup(func() {
			for t.Failed() {
				select {
				case l := <-lines:
					trace = append(trace, l)
					continue
				default:
				}
				break
			}
			if len(trace) > 0 {
				t.Logf("talk:\n%s", strings.Join(trace[max(0, len(trace)-60):], "\n"))
			}
		})
	}
	o.Endpoint.Debug = 2
	s, err := session.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// workFolder makes a folder of the test's own on a server, and removes it with all in it.
func workFolder(t *testing.T, s *session.Session) string {
	t.Helper()
	home, _ := s.Home(t.Context())
	dir := s.Style().Join(home, fmt.Sprintf("wire-%d", rand.Int63()))
	if err := s.Mkdir(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if s.Alive() {
			removeAll(ctx, s, dir)
		}
	})
	return dir
}

func removeAll(ctx context.Context, s *session.Session, dir string) {
	for _, e := range list(ctx, s, dir) {
		p := s.Style().Join(dir, e.Name)
		if e.IsDir() {
			removeAll(ctx, s, p)
		} else {
			s.Remove(ctx, p)
		}
	}
	s.Rmdir(ctx, dir)
}

func list(ctx context.Context, s *session.Session, dir string) []vfs.Entry {
	var out []vfs.Entry
	s.List(ctx, dir, vfs.ListOptions{}, func(b vfs.Batch) error {
		for i := range b.Len() {
			out = append(out, b.At(i))
		}
		return nil
	})
	return out
}

func read(ctx context.Context, s *session.Session, path string, o vfs.ReadOptions) ([]byte, error) {
	var buf bytes.Buffer
	err := s.Read(ctx, path, o, func(r io.Reader) error {
		buf.Reset()
		_, err := io.Copy(&buf, r)
		return err
	})
	return buf.Bytes(), err
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.New(rand.NewSource(int64(n))).Read(b)
	return b
}

func TestRealServersPlain(t *testing.T) {
	for _, r := range ftptest.RealServers(t) {
		if r.TLS == "implicit" {
			continue
		}
		t.Run(r.String(), func(t *testing.T) {
			ctx := t.Context()
			s := open(t, session.Options{Endpoint: realEndpoint(r)})
			dir := workFolder(t, s)
			for _, size := range []int{0, 1, 5000, 300 << 10, 3 << 20} {
				body := randomBytes(size)
				path := s.Style().Join(dir, fmt.Sprintf("file %d é.bin", size))
				n, err := s.Write(ctx, path, bytes.NewReader(body), vfs.WriteOptions{Size: int64(size)})
				if err != nil || n != int64(size) {
					t.Fatalf("write %d bytes: %d, %v", size, n, err)
				}
				got, err := read(ctx, s, path, vfs.ReadOptions{Size: int64(size)})
				if err != nil || !bytes.Equal(got, body) {
					t.Fatalf("read %d bytes: %d, %v", size, len(got), err)
				}
				e, err := s.Stat(ctx, path)
				if err != nil || e.Size != int64(size) || e.Kind != vfs.File {
					t.Fatalf("stat: %+v, %v", e, err)
				}
			}
			if _, err := s.Stat(ctx, dir+"/none"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("stat of nothing: %v", err)
			}
			if _, err := read(ctx, s, dir+"/none", vfs.ReadOptions{Size: -1}); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("read of nothing: %v", err)
			}
			if err := s.Mkdir(ctx, dir); !errors.Is(err, fs.ErrExist) {
				t.Errorf("mkdir of what is there: %v", err)
			}
			if err := s.Rename(ctx, dir+"/file 1 é.bin", dir+"/two"); err != nil {
				t.Error(err)
			}
			if err := s.Remove(ctx, dir+"/two"); err != nil {
				t.Error(err)
			}
			if err := s.Remove(ctx, dir+"/two"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("remove of nothing: %v", err)
			}
			if got := len(list(ctx, s, dir)); got != 4 {
				t.Errorf("%d entries, want 4", got)
			}
		})
	}
}

func TestRealServersCancel(t *testing.T) {
	for _, r := range ftptest.RealFirst(t) {
		t.Run(r.Name, func(t *testing.T) {
			s := open(t, session.Options{Endpoint: realEndpoint(r)})
			dir := workFolder(t, s)
			path := dir + "/big"
			if _, err := s.Write(t.Context(), path, bytes.NewReader(randomBytes(8<<20)), vfs.WriteOptions{}); err != nil {
				t.Fatal(err)
			}
			for range 5 {
				ctx, cancel := context.WithCancel(t.Context())
				err := s.Read(ctx, path, vfs.ReadOptions{Size: 8 << 20}, func(r io.Reader) error {
					io.CopyN(io.Discard, r, 1<<20)
					cancel()
					_, err := io.Copy(io.Discard, r)
					return err
				})
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("canceled download: %v", err)
				}
				if err := s.Noop(t.Context()); err != nil {
					t.Fatal(err)
				}
				ctx, cancel = context.WithCancel(t.Context())
				_, err = s.Write(ctx, path+"2", &stopAfter{left: 1 << 20, stop: cancel}, vfs.WriteOptions{})
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("canceled upload: %v", err)
				}
				if rep, err := s.Quote(t.Context(), "", "PWD"); err != nil || rep.Code != 257 {
					t.Fatalf("out of step: %v %v", rep, err)
				}
			}
		})
	}
}

// stopAfter gives zeros for ever and calls stop once left are gone.
type stopAfter struct {
	left int
	stop func()
}

func (s *stopAfter) Read(p []byte) (int, error) {
	if s.left -= len(p); s.left < 0 {
		s.stop()
	}
	return len(p), nil
}
