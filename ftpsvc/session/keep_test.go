package session_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// slow lets some bytes pass a second.
type slow struct{ rate int }

func (s slow) WaitDown(ctx context.Context, n int) error { return s.wait(ctx, n) }
func (s slow) WaitUp(ctx context.Context, n int) error   { return s.wait(ctx, n) }
func (s slow) Limited() bool                             { return true }

func (s slow) wait(ctx context.Context, n int) error {
	select {
	case <-time.After(time.Duration(n) * time.Second / time.Duration(s.rate)):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// A NOOP in the middle of a transfer is answered at once by some servers,
// behind it by others; either way the connection stays in step.
func TestRealServersKeepAliveInTransfers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a slow transfer to each server: not in short mode")
	}
	for _, r := range ftptest.RealFirst(t) {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			e := realEndpoint(r)
			e.Keepalive = 100 * time.Millisecond
			s := open(t, session.Options{Endpoint: e, Limits: slow{8 << 20}})
			dir := workFolder(t, s)
			body := randomBytes(12 << 20)
			if _, err := s.Write(t.Context(), dir+"/f", bytes.NewReader(body), vfs.WriteOptions{}); err != nil {
				t.Fatal(err)
			}
			got, err := read(t.Context(), s, dir+"/f", vfs.ReadOptions{Size: int64(len(body))})
			if err != nil || !bytes.Equal(got, body) {
				t.Fatalf("%d bytes came: %v", len(got), err)
			}
			if r, err := s.Quote(t.Context(), "", "PWD"); err != nil || r.Code != 257 {
				t.Fatalf("out of step: %v %v", r, err)
			}
		})
	}
}
