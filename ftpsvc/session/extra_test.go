package session_test

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

func TestHashes(t *testing.T) {
	body := randomBytes(50000)
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{More: []string{"XCRC", "XMD5", "HASH SHA-256*;SHA-512"}})
	srv.Put("/a b", body)
	s := connect(t, srv)
	for algo, want := range map[string]string{
		"crc32":  fmt.Sprintf("%08x", crc32.ChecksumIEEE(body)),
		"md5":    fmt.Sprintf("%x", md5.Sum(body)),
		"sha256": fmt.Sprintf("%x", sha256.Sum256(body)),
	} {
		if got, err := s.Hash(t.Context(), algo, "/a b", 0, -1); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", algo, got, err, want)
		}
	}
	if _, err := s.Hash(t.Context(), "sha1", "/a b", 0, -1); !errors.Is(err, vfs.ErrUnsupported) {
		t.Errorf("not offered, yet %v", err)
	}
}

func TestHashRepliesInManyForms(t *testing.T) {
	for raw, want := range map[string]string{
		"250 1A2B3C4D":                   "1a2b3c4d",
		"250 XCRC 1a2b3c4d":              "1a2b3c4d",
		`213 CRC32 0-7 "1A2B3C4D" /file`: "1a2b3c4d",
		"250 A2B3C4":                     "00a2b3c4",
		"250 done":                       "",
		"250":                            "",
	} {
		srv := ftptest.NewScript(t, ftptest.ScriptOptions{More: []string{"XCRC"}})
		srv.On("XCRC", func(c *ftptest.Conn, _ string) { c.Raw(raw + "\r\n") })
		s := connect(t, srv)
		if got, err := s.Hash(t.Context(), "crc32", "/f", 0, -1); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", raw, got, err)
		}
	}
}

func TestQuirk43OptionalCommandsAreAskedOnce(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{Features: []string{"SIZE", "MFMT", "MDTM", "AVBL"}})
	srv.Refuse(502, "MFMT", "SITE", "AVBL")
	set := ""
	srv.On("MDTM", func(c *ftptest.Conn, arg string) { set = arg; c.Reply(213, "fine") })
	s := connect(t, srv)
	ctx := t.Context()
	for range 3 {
		if err := s.SetModTime(ctx, "/f", time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)); err != nil || set != "20200102030405 /f" {
			t.Errorf("%q, %v", set, err)
		}
		if err := s.SetMode(ctx, "/f", 0o644); !errors.Is(err, vfs.ErrUnsupported) {
			t.Errorf("chmod: %v", err)
		}
		if _, err := s.Space(ctx, "/"); !errors.Is(err, vfs.ErrUnsupported) {
			t.Errorf("space: %v", err)
		}
	}
	for verb, want := range map[string]int{"MFMT": 1, "MDTM": 3, "SITE": 1, "AVBL": 1} {
		if got := srv.Count(verb); got != want {
			t.Errorf("%s was sent %d times, want %d", verb, got, want)
		}
	}
	if c := s.Caps(); c.SetMode || c.Space || !c.SetModTime {
		t.Errorf("told %+v", c)
	}
}

// MDTM with a time is no part of RFC 3659: most servers take it for a name.
func TestMDTMAsAQueryOnlyIsLearned(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{Features: []string{"SIZE", "MDTM"}})
	srv.Put("/f", []byte("hello"))
	srv.Refuse(502, "SITE")
	srv.On("MDTM", func(c *ftptest.Conn, arg string) {
		if arg == "/f" {
			c.Reply(213, "20250105120000")
			return
		}
		c.Reply(550, "no such file")
	})
	s := connect(t, srv)
	for range 3 {
		if err := s.SetModTime(t.Context(), "/f", time.Now()); !errors.Is(err, vfs.ErrUnsupported) {
			t.Errorf("it is %v", err)
		}
	}
	if s.Caps().SetModTime || srv.Count("MDTM") != 2 {
		t.Errorf("MDTM was sent %d times: %q", srv.Count("MDTM"), srv.Commands())
	}
	s = connect(t, srv)
	if err := s.SetModTime(t.Context(), "/none", time.Now()); errors.Is(err, vfs.ErrUnsupported) || err == nil {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestARawCommandsErrorIsOneLine(t *testing.T) {
	s := connect(t, ftptest.NewScript(t))
	if _, err := s.Quote(t.Context(), "", "NOOP\r\nDELE x"); err == nil || strings.Contains(err.Error(), "\n") || !errors.Is(err, vfs.ErrUsage) {
		t.Errorf("it is %v", err)
	}
}

func TestQuirk29RestartPointIsCleared(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	s := connect(t, srv)
	if got, err := read(t.Context(), s, "/f", vfs.ReadOptions{Offset: 3, Size: 5}); err != nil || string(got) != "lo" {
		t.Fatalf("%q, %v", got, err)
	}
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
		t.Fatalf("%q, %v", got, err)
	}
	get(t, s, "/f")
	if all := strings.Join(srv.Commands(), ","); strings.Count(all, "REST 0") != 1 {
		t.Errorf("sent %s", all)
	}
}

func TestQuirk41AbortsThatServersDoNotUnderstand(t *testing.T) {
	for name, h := range map[string]ftptest.Handler{
		"ignored":          func(c *ftptest.Conn, _ string) {},
		"unknown":          func(c *ftptest.Conn, _ string) { c.Reply(502, "what?") },
		"226 twice":        func(c *ftptest.Conn, _ string) { c.Raw("226 a\r\n226 b\r\n") },
		"hangs up instead": func(c *ftptest.Conn, _ string) { c.Close() },
	} {
		for _, verb := range []string{"RETR", "STOR"} {
			t.Run(name+" "+verb, func(t *testing.T) {
				t.Parallel()
				srv := ftptest.NewScript(t)
				srv.PutAt("/big", zeros{}, 1<<30)
				srv.On("ABOR", h)
				s := connect(t, srv)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var err error
				if verb == "RETR" {
					err = s.Read(ctx, "/big", vfs.ReadOptions{Size: 1 << 30}, func(r io.Reader) error {
						io.CopyN(io.Discard, r, 1<<20)
						cancel()
						_, err := io.Copy(io.Discard, r)
						return err
					})
				} else {
					_, err = s.Write(ctx, "/up", &stopAfter{left: 1 << 20, stop: cancel}, vfs.WriteOptions{})
				}
				if !errors.Is(err, context.Canceled) {
					t.Errorf("it is %v", err)
				}
				if s.Alive() {
					inStep(t, s)
				} else if name != "hangs up instead" {
					t.Error("the connection was given up")
				}
			})
		}
	}
}

type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

// meter counts what passes the limits.
type meter struct {
	down, up atomic.Int64
	off      atomic.Bool
}

func (m *meter) WaitDown(_ context.Context, n int) error { m.down.Add(int64(n)); return nil }
func (m *meter) WaitUp(_ context.Context, n int) error   { m.up.Add(int64(n)); return nil }
func (m *meter) Limited() bool                           { return !m.off.Load() }

func TestLimitsSeeEveryByteWhileTheyAreSet(t *testing.T) {
	body := randomBytes(3 << 20)
	srv := ftptest.NewScript(t)
	srv.Put("/f", body)
	var m meter
	s := connect(t, srv, func(o *session.Options) { o.Limits = &m })
	var seen atomic.Int64
	err := s.Read(t.Context(), "/f", vfs.ReadOptions{Size: int64(len(body)), Progress: &seen}, func(r io.Reader) error {
		_, err := r.(io.WriterTo).WriteTo(io.Discard)
		return err
	})
	if err != nil || m.down.Load() != int64(len(body)) || seen.Load() != int64(len(body)) {
		t.Errorf("%d limited, %d counted, %v", m.down.Load(), seen.Load(), err)
	}
	if err := put(t, s, "/g", body); err != nil || m.up.Load() != int64(len(body)) {
		t.Errorf("%d limited, %v", m.up.Load(), err)
	}
	m.off.Store(true)
	if err := put(t, s, "/g", body); err != nil || m.up.Load() != int64(len(body)) {
		t.Errorf("%d limited, though no limit was set, %v", m.up.Load(), err)
	}
}

func TestRawCommandsThatWouldBreakTheSessionAreRefused(t *testing.T) {
	srv := ftptest.NewScript(t)
	s := connect(t, srv)
	srv.Forget()
	for _, line := range []string{"", "RETR x", "list", " STOR x", "PASV", "AUTH TLS", "USER x", "TYPE A", "QUIT", "PORT 1,2,3,4,5,6", "CCC", "NOOP\r\nDELE x"} {
		if _, err := s.Quote(t.Context(), "", line); !errors.Is(err, vfs.ErrUsage) {
			t.Errorf("%q: %v", line, err)
		}
	}
	if got := srv.Commands(); len(got) != 0 {
		t.Errorf("sent %q", got)
	}
	if r, err := s.Quote(t.Context(), "", "NOOP"); err != nil || r.Code/100 != 2 {
		t.Errorf("NOOP: %v, %v", r, err)
	}
}

func TestQuirk32TooManyConnections(t *testing.T) {
	for _, raw := range []string{"530 Sorry, the maximum number of clients (3) from your host are already connected.", "421 Too many connections", "530 User limit reached", "430 too many users"} {
		srv := ftptest.NewScript(t)
		srv.On("PASS", func(c *ftptest.Conn, _ string) { c.Raw(raw + "\r\n") })
		if _, err := tryConnect(t, srv); !errors.Is(err, vfs.ErrTooMany) || vfs.Permanent(err) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestASessionLikeAnotherAsksNothing(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	first := connect(t, srv)
	srv.Forget()
	second := connect(t, srv, func(o *session.Options) { o.Like = first })
	if got, err := get(t, second, "/f"); err != nil || string(got) != "hello" {
		t.Fatalf("%q, %v", got, err)
	}
	want := "USER me,PASS geheim,TYPE I,OPTS UTF8 ON,EPSV,RETR /f"
	if got := strings.Join(srv.CommandsOf(2), ","); got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}

// packets counts the turns of the talk: how often something is sent after
// something was received.
type packets struct {
	net.Conn
	turns  *atomic.Int64
	waited atomic.Bool
}

func (p *packets) Write(b []byte) (int, error) {
	if p.waited.Swap(false) {
		p.turns.Add(1)
	}
	return p.Conn.Write(b)
}

func (p *packets) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	p.waited.Store(true)
	return n, err
}

// A first login and listing must not take more than 8 turns: over a link of 50 ms they are what one waits for.
func TestFewTurnsToTheFirstListing(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	var turns atomic.Int64
	s := connect(t, srv, func(o *session.Options) {
		o.Endpoint.TLS = vfs.TLSTry
		o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			turns.Add(1) // the SYN
			c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &packets{Conn: c, turns: &turns}, nil
		}
	})
	if l := list(t.Context(), s, "/"); len(l) != 1 {
		t.Fatalf("listed %v", l)
	}
	if n := turns.Load(); n > 8 {
		t.Errorf("%d turns: %q", n, srv.Commands())
	}
}
