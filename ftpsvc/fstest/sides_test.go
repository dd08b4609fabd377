package fstest_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ferry/ftpsvc/fstest"
	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// talk keeps the newest lines of a protocol log, to be shown when a test fails.
type talk struct {
	mu    sync.Mutex
	lines []string
}

func (k *talk) add(l session.Trace) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.lines) > 80 {
		k.lines = k.lines[1:]
	}
	k.lines = append(k.lines, fmt.Sprintf("%c %s", l.Dir, l.Text))
}

// login opens a session that ends with the test.
func login(t *testing.T, e vfs.Endpoint, password string) *session.Session {
	t.Helper()
	k := &talk{}
	e.Insecure, e.Debug = true, 2
	if e.Timeout == 0 {
		e.Timeout, e.DataIdle = 10*time.Second, 10*time.Second
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), fstest.Limit) // also used to clean up
	defer cancel()
	s, err := session.Open(ctx, session.Options{Endpoint: e, Password: password, Num: 1, Log: k.add})
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(k.lines, "\n"))
	}
	t.Cleanup(func() {
		s.Close()
		k.mu.Lock()
		defer k.mu.Unlock()
		if t.Failed() {
			t.Logf("the talk ended with:\n%s", strings.Join(k.lines, "\n"))
		}
	})
	return s
}

// workFolder makes an empty folder below the home and removes it after the test.
func workFolder(t *testing.T, s *session.Session, again func() *session.Session) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), fstest.Limit)
	defer cancel()
	home, err := s.Home(ctx)
	if err != nil {
		t.Fatal(err)
	}
	base := s.Style().Join(home, "ftptest")
	dir := s.Style().Join(base, fmt.Sprintf("%d-%s", time.Now().UnixNano(), strings.Map(wordsOnly, t.Name())))
	for i := range 10 { // another test, at its end, may remove the base between the two
		_ = s.Mkdir(ctx, base) // there already, or the next one tells
		if err = s.Mkdir(ctx, dir); err == nil || i == 9 {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := fstest.RemoveAll(ctx, again(), dir); err != nil {
			t.Error(err)
		}
		_ = again().Rmdir(ctx, base) // another test may still be in it
	})
	return dir
}

func wordsOnly(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

func TestScriptedServer(t *testing.T) {
	for _, c := range []struct {
		name string
		o    ftptest.ScriptOptions
		e    vfs.Endpoint
		set  func(s *ftptest.Script)
	}{
		{"plain", ftptest.ScriptOptions{}, vfs.Endpoint{TLS: vfs.TLSOff}, nil},
		{"PASV", ftptest.ScriptOptions{}, vfs.Endpoint{TLS: vfs.TLSOff}, func(s *ftptest.Script) { s.Refuse(500, "EPSV") }},
		{"active", ftptest.ScriptOptions{}, vfs.Endpoint{TLS: vfs.TLSOff, Data: vfs.DataEPRT}, nil},
		{"explicit TLS with required reuse", ftptest.ScriptOptions{TLS: true, RequireReuse: true}, vfs.Endpoint{TLS: vfs.TLSExplicit}, nil},
		{"TLS 1.2", ftptest.ScriptOptions{TLS: true}, vfs.Endpoint{TLS: vfs.TLSExplicit, TLSMax: "1.2"}, nil},
		{"implicit TLS", ftptest.ScriptOptions{Implicit: true}, vfs.Endpoint{TLS: vfs.TLSImplicit}, nil},
		{"LIST only", ftptest.ScriptOptions{Features: []string{"SIZE", "MDTM", "REST STREAM", "UTF8"}}, vfs.Endpoint{TLS: vfs.TLSOff},
			func(s *ftptest.Script) { s.Refuse(500, "MLSD", "MLST") }},
		{"nothing but the basics", ftptest.ScriptOptions{}, vfs.Endpoint{TLS: vfs.TLSOff},
			func(s *ftptest.Script) {
				s.Refuse(502, "FEAT", "SYST", "MLSD", "MLST", "SIZE", "MDTM", "MFMT", "SITE", "OPTS", "CLNT", "EPSV", "EPRT", "REST", "STAT", "ABOR")
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.name != "plain" && c.name != "implicit TLS" {
				t.Skip("one plain and one TLS server are enough for -short")
			}
			fstest.Run(t, func(t *testing.T) (vfs.FS, string) {
				srv := ftptest.NewScript(t, c.o)
				if c.set != nil {
					c.set(srv)
				}
				srv.Mkdir("/room")
				c.e.Host, c.e.Port, c.e.User = srv.Host(), srv.Port(), "tester"
				return login(t, c.e, "secret"), "/room"
			})
		})
	}
}

func TestDemoServer(t *testing.T) {
	d, err := ftptest.Serve(t.Context(), ftptest.Options{TempDir: t.TempDir(), Empty: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	suiteOn(t, vfs.Endpoint{Host: d.Host, Port: d.Port, User: d.User, TLS: vfs.TLSOff}, d.Password)
}

// suiteOn runs the suite over one session, as long as that lives: a login costs
// some servers more than the test.
func suiteOn(t *testing.T, e vfs.Endpoint, password string) {
	var s *session.Session
	fstest.Run(t, func(u *testing.T) (vfs.FS, string) {
		open := func() *session.Session {
			if s == nil || !s.Alive() {
				s = login(t, e, password)
			}
			return s
		}
		return open(), workFolder(u, open(), open)
	})
}

// realEndpoint is the test account on a real server.
func realEndpoint(r ftptest.Real, mode vfs.TLSMode) vfs.Endpoint {
	port, _ := strconv.Atoi(r.Port)
	return vfs.Endpoint{Host: r.Host, Port: port, User: ftptest.RealUser, TLS: mode}
}

// realModes are the ways to reach a server that the suite tries.
func realModes(r ftptest.Real) []vfs.TLSMode {
	switch {
	case r.TLS == "implicit":
		return []vfs.TLSMode{vfs.TLSImplicit}
	case r.TLS == "none", r.IPv6():
		return []vfs.TLSMode{vfs.TLSOff}
	}
	return []vfs.TLSMode{vfs.TLSOff, vfs.TLSExplicit}
}

func TestRealServers(t *testing.T) {
	for _, r := range ftptest.RealServers(t) {
		for _, mode := range realModes(r) {
			t.Run(r.String()+"-"+string(mode), func(t *testing.T) {
				t.Parallel() // mostly waiting for servers
				suiteOn(t, realEndpoint(r, mode), ftptest.RealPass)
			})
		}
	}
}
