package ftptest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ScriptOptions set a Script up. The zero value is a plain server on
// 127.0.0.1 that takes any login.
type ScriptOptions struct {
	Host     string // "": 127.0.0.1; "::1" for IPv6
	Greeting string // "": "220 ferry test server"; whole reply without the last line end
	System   string // "": "UNIX Type: L8"
	Home     string // folder after login, "": /

	User, Pass string // "": any
	MaxConns   int    // more control connections are greeted with 421; 0: no limit

	Features []string // FEAT lines; nil: what the server does
	More     []string // FEAT lines beside those

	TLS          bool        // AUTH TLS, PBSZ and PROT, with a certificate made for Host
	Implicit     bool        // TLS from the first byte
	TLSConfig    *tls.Config // instead of the self-made one
	DataTLS      *tls.Config // another one for data connections
	NoTickets    bool        // offer no session resumption
	RequireReuse bool        // 522 for a data connection that does not resume a session
	OneTicket    bool        // take each session ticket once only
	BehindAuth   string      // raw bytes sent in the same segment as the 234

	DataTimeout time.Duration // how long a data connection is waited for; 0: 10 s
	Now         func() time.Time
}

// Handler answers one command. What it does not reply stays unsaid.
type Handler func(c *Conn, arg string)

// Script is an FTP server whose replies a test can bend. Its methods may be
// called from any goroutine, also while clients are connected.
type Script struct {
	o    ScriptOptions
	tree *tree
	cert *Cert
	tls  *tls.Config

	mu       sync.Mutex
	listener net.Listener
	addr     string
	handlers map[string]Handler
	faults   []*fault
	commands []Command
	counts   map[string]int
	news     chan struct{} // closed and replaced when a command arrives
	conns    map[*Conn]bool
	data     []DataConn
	total    int
	closed   bool
	wg       sync.WaitGroup
}

// Command is one that arrived.
type Command struct {
	Conn int    // number of the control connection, from 1
	Line string // without the line end, passwords as they came
}

// DataConn is a data connection that was made.
type DataConn struct {
	Verb    string
	TLS     bool
	Resumed bool
	Active  bool // by PORT or EPRT
}

// StartScript starts a server; Close ends it.
func StartScript(o ScriptOptions) (*Script, error) {
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.Greeting == "" {
		o.Greeting = "220 ferry test server"
	}
	if o.System == "" {
		o.System = "UNIX Type: L8"
	}
	if o.DataTimeout == 0 {
		o.DataTimeout = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Script{o: o, tree: newTree(o.Now), handlers: map[string]Handler{}, counts: map[string]int{},
		news: make(chan struct{}), conns: map[*Conn]bool{}}
	if o.Home != "" {
		s.Mkdir(o.Home)
	}
	if o.TLS || o.Implicit {
		if err := s.setUpTLS(); err != nil {
			return nil, err
		}
	}
	if err := s.listen(net.JoinHostPort(o.Host, "0")); err != nil {
		return nil, fmt.Errorf("start scripted server: %w", err)
	}
	return s, nil
}

// NewScript starts a server that ends with the test.
func NewScript(t TB, o ...ScriptOptions) *Script {
	t.Helper()
	var opt ScriptOptions
	if len(o) > 0 {
		opt = o[0]
	}
	s, err := StartScript(opt)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(s.Close)
	return s
}

func (s *Script) setUpTLS() error {
	s.tls = s.o.TLSConfig
	if s.tls == nil {
		cert, err := MakeCert(CertOptions{Hosts: []string{s.o.Host, "localhost"}})
		if err != nil {
			return err
		}
		s.cert = cert
		s.tls = &tls.Config{Certificates: []tls.Certificate{cert.TLS}}
	}
	s.tls = s.tls.Clone()
	s.tls.SessionTicketsDisabled = s.tls.SessionTicketsDisabled || s.o.NoTickets
	if s.o.OneTicket {
		takeTicketsOnce(s.tls)
	}
	// One ticket key for both kinds of connection, so that sessions can be resumed.
	if s.o.DataTLS == nil {
		s.o.DataTLS = s.tls
	}
	return nil
}

// takeTicketsOnce makes a server forget a session once it was resumed
// (RFC 8446 section 8.1), as OpenSSL does with stateful tickets.
func takeTicketsOnce(c *tls.Config) {
	var mu sync.Mutex
	used := map[string]bool{}
	c.WrapSession = c.EncryptTicket
	c.UnwrapSession = func(id []byte, cs tls.ConnectionState) (*tls.SessionState, error) {
		mu.Lock()
		defer mu.Unlock()
		if used[string(id)] {
			return nil, nil
		}
		used[string(id)] = true
		return c.DecryptTicket(id, cs)
	}
}

func (s *Script) listen(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.listener, s.addr = l, l.Addr().String()
	s.mu.Unlock()
	s.wg.Go(func() { s.accept(l) })
	return nil
}

func (s *Script) accept(l net.Listener) {
	for {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			nc.Close()
			return
		}
		s.total++
		c := newConn(s, nc, s.total)
		s.conns[c] = true
		over := s.o.MaxConns > 0 && len(s.conns) > s.o.MaxConns
		s.wg.Go(func() {
			c.serve(over)
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		})
		s.mu.Unlock()
	}
}

// Addr is host:port of the control port.
func (s *Script) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// Host is the address that the server listens on.
func (s *Script) Host() string { return s.o.Host }

// Port is the control port.
func (s *Script) Port() int {
	_, p, _ := net.SplitHostPort(s.Addr())
	n, _ := strconv.Atoi(p)
	return n
}

// Cert is the self-made certificate, nil without TLS or with TLSConfig set.
func (s *Script) Cert() *Cert { return s.cert }

// Roots is a pool that vouches for Cert.
func (s *Script) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	if s.cert != nil {
		pool.AddCert(s.cert.Leaf)
	}
	return pool
}

// On lets h answer verb instead of the default; nil gives the default back.
// The verb "GREETING" is a new connection, "*" a verb that nothing else answers.
func (s *Script) On(verb string, h Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h == nil {
		delete(s.handlers, verb)
		return
	}
	s.handlers[verb] = h
}

// Refuse answers the verbs with code, such as 502.
func (s *Script) Refuse(code int, verbs ...string) {
	for _, v := range verbs {
		s.On(v, func(c *Conn, _ string) { c.Reply(code, v+" not offered") })
	}
}

func (s *Script) handler(verb string) Handler {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.handlers[verb]; h != nil {
		return h
	}
	if _, known := defaults[verb]; !known && verb != "GREETING" {
		return s.handlers["*"]
	}
	return nil
}

// record notes a command and returns how often its verb came, this one included.
func (s *Script) record(c *Conn, verb, line string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, Command{c.num, line})
	s.counts[verb]++
	close(s.news)
	s.news = make(chan struct{})
	return s.counts[verb]
}

// Commands returns every command line so far, in order of arrival.
func (s *Script) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]string, len(s.commands))
	for i, c := range s.commands {
		out[i] = c.Line
	}
	return out
}

// CommandsOf returns the command lines of the nth control connection, from 1.
func (s *Script) CommandsOf(n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, c := range s.commands {
		if c.Conn == n {
			out = append(out, c.Line)
		}
	}
	return out
}

// Forget empties the record of commands and data connections.
func (s *Script) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands, s.data = nil, nil
	clear(s.counts)
}

// Count tells how often a verb came.
func (s *Script) Count(verb string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[strings.ToUpper(verb)]
}

// Await waits until verb came n times.
func (s *Script) Await(ctx context.Context, verb string, n int) error {
	for {
		s.mu.Lock()
		got, news := s.counts[verb], s.news
		s.mu.Unlock()
		if got >= n {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", verb, ctx.Err())
		case <-news:
		}
	}
}

// DataConns returns the data connections made so far.
func (s *Script) DataConns() []DataConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]DataConn(nil), s.data...)
}

// Total tells how many control connections were accepted.
func (s *Script) Total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Open tells how many control connections are open.
func (s *Script) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// DropAll resets every control and data connection; the server goes on listening.
func (s *Script) DropAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.resetData()
		c.Reset()
	}
}

// Down stops listening and resets every connection, as a server that is
// restarted does. Up lets it listen at the same address again.
func (s *Script) Down() {
	s.mu.Lock()
	l := s.listener
	s.mu.Unlock()
	l.Close()
	s.DropAll()
}

// Up ends Down.
func (s *Script) Up() error { return s.listen(s.Addr()) }

// Close ends the server and every connection, and waits for its goroutines.
func (s *Script) Close() {
	s.mu.Lock()
	s.closed = true
	l := s.listener
	for c := range s.conns {
		c.Close()
		c.CloseData()
	}
	s.mu.Unlock()
	l.Close()
	s.wg.Wait()
}
