package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// Transfers are canceled 200 times in a row in each direction, and PWD is
// answered in step after each.
func TestRealServersAbort(t *testing.T) {
	if testing.Short() {
		t.Skip("two thousand aborts: not in short mode")
	}
	for _, r := range ftptest.RealFirst(t) {
		abortBothWays(t, r, vfs.TLSOff, 200)
		if r.TLS == "explicit" {
			abortBothWays(t, r, vfs.TLSExplicit, 50)
		}
	}
}

func abortBothWays(t *testing.T, r ftptest.Real, enc vfs.TLSMode, times int) {
	e := realEndpoint(r)
	e.TLS = enc
	t.Run(fmt.Sprintf("%s download, TLS %s", r.Name, enc), func(t *testing.T) {
		t.Parallel()
		s := open(t, session.Options{Endpoint: e})
		dir := workFolder(t, s)
		if err := put(t, s, dir+"/big", randomBytes(16<<20)); err != nil {
			t.Fatal(err)
		}
		abortOften(t, s, times, func(ctx context.Context, cancel func()) error {
			return s.Read(ctx, dir+"/big", vfs.ReadOptions{Size: 16 << 20}, func(r io.Reader) error {
				io.CopyN(io.Discard, r, 100<<10)
				cancel()
				_, err := io.Copy(io.Discard, r)
				return err
			})
		})
	})
	t.Run(fmt.Sprintf("%s download left early, TLS %s", r.Name, enc), func(t *testing.T) {
		t.Parallel()
		s := open(t, session.Options{Endpoint: e})
		dir := workFolder(t, s)
		if err := put(t, s, dir+"/big", randomBytes(16<<20)); err != nil {
			t.Fatal(err)
		}
		enough := errors.New("enough")
		for i := range times {
			err := s.Read(t.Context(), dir+"/big", vfs.ReadOptions{Offset: 1000, Size: 16 << 20}, func(r io.Reader) error {
				io.CopyN(io.Discard, r, 100<<10)
				return enough
			})
			if !errors.Is(err, enough) {
				t.Fatalf("time %d: %v", i, err)
			}
			if i%2 == 0 {
				inStep(t, s)
			}
		}
	})
	t.Run(fmt.Sprintf("%s upload, TLS %s", r.Name, enc), func(t *testing.T) {
		t.Parallel()
		s := open(t, session.Options{Endpoint: e})
		dir := workFolder(t, s)
		abortOften(t, s, times, func(ctx context.Context, cancel func()) error {
			_, err := s.Write(ctx, dir+"/up", &stopAfter{left: 1 << 20, stop: cancel}, vfs.WriteOptions{})
			return err
		})
	})
}

func abortOften(t *testing.T, s *session.Session, times int, run func(context.Context, func()) error) {
	var took []time.Duration
	for i := range times {
		ctx, cancel := context.WithCancel(t.Context())
		var start time.Time
		err := run(ctx, func() { start = time.Now(); cancel() })
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("abort %d: %v", i, err)
		}
		if r, err := s.Quote(t.Context(), "", "PWD"); err != nil || r.Code != 257 {
			t.Fatalf("abort %d: out of step: %v, %v", i, r, err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	t.Logf("%d aborts: median %v, longest %v, PWD included", times, took[len(took)/2].Round(100*time.Microsecond), took[len(took)-1].Round(100*time.Microsecond))
}

// A transfer canceled while its data connection is still being made: the
// server sits in accept and reads ABOR only once the connection came.
func TestAbortWhileTheDataConnectionIsMade(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	var late atomic.Bool
	asked := make(chan struct{}) // closed when ABOR goes out
	s := connect(t, srv, func(o *session.Options) {
		o.Log = func(l session.Trace) {
			if l.Text == "ABOR" {
				close(asked)
			}
		}
		o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if late.Load() {
				select {
				case <-asked:
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
			var d net.Dialer
			return d.DialContext(ctx, network, addr)
		}
	})
	if _, err := get(t, s, "/f"); err != nil {
		t.Fatal(err)
	}
	late.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		srv.Await(ctx, "RETR", 2)
		cancel()
	}()
	err := s.Read(ctx, "/f", vfs.ReadOptions{Size: 5}, func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it is %v", err)
	}
	inStep(t, s)
}
