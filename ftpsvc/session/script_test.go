package session_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// to is how a scripted server is reached in tests: with short deadlines.
func to(srv *ftptest.Script) vfs.Endpoint {
	return vfs.Endpoint{Host: srv.Host(), Port: srv.Port(), User: "me", TLS: vfs.TLSOff, Proxy: "none",
		Timeout: 2 * time.Second, DataIdle: 2 * time.Second, Keepalive: -1}
}

// connect opens a session with a scripted server.
func connect(t *testing.T, srv *ftptest.Script, change ...func(*session.Options)) *session.Session {
	t.Helper()
	return open(t, options(srv, change...))
}

func options(srv *ftptest.Script, change ...func(*session.Options)) session.Options {
	o := session.Options{Endpoint: to(srv), Password: "geheim"}
	for _, f := range change {
		f(&o)
	}
	return o
}

// tryConnect opens a session that may fail.
func tryConnect(t *testing.T, srv *ftptest.Script, change ...func(*session.Options)) (*session.Session, error) {
	t.Helper()
	s, err := session.Open(t.Context(), options(srv, change...))
	if err == nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, err
}

// memory is a vfs.Memory in memory.
type memory struct {
	mu      sync.Mutex
	learned map[string]vfs.Learned
	trusted map[string]string
}

func newMemory() *memory {
	return &memory{learned: map[string]vfs.Learned{}, trusted: map[string]string{}}
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

func (m *memory) Trusted(key string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.trusted[key]
}

func (m *memory) Trust(key, fingerprint string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trusted[key] = fingerprint
}

// log collects trace lines.
type log struct {
	mu    sync.Mutex
	lines []string
}

func (l *log) add(t session.Trace) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(t.Dir)+" "+t.Text)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// inStep fails the test unless the session still answers rightly.
func inStep(t *testing.T, s *session.Session) {
	t.Helper()
	if r, err := s.Quote(t.Context(), "", "PWD"); err != nil || r.Code != 257 {
		t.Errorf("out of step: PWD was answered %v, %v", r, err)
	}
}

func put(t *testing.T, s *session.Session, path string, body []byte) error {
	t.Helper()
	_, err := s.Write(t.Context(), path, bytes.NewReader(body), vfs.WriteOptions{Size: int64(len(body))})
	return err
}

func get(t *testing.T, s *session.Session, path string) ([]byte, error) {
	t.Helper()
	return read(t.Context(), s, path, vfs.ReadOptions{Size: -1})
}

// soon is a context for what must end by itself; it is never waited for in full.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// dialled notes the addresses that a session connects to.
type dialled struct {
	mu    sync.Mutex
	addrs []string
}

func (d *dialled) record(o *session.Options) {
	o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		d.mu.Lock()
		d.addrs = append(d.addrs, addr)
		d.mu.Unlock()
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
}

func (d *dialled) list() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.addrs...)
}
