package ftptest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Conn is one control connection as a Handler sees it. A Handler runs on the
// connection's own goroutine; Close, Reset and Gone may be called from any.
type Conn struct {
	srv *Script
	num int
	nth int // of the command at work, among all with its verb

	verb, arg string
	fault     *fault
	closing   atomic.Bool
	dribble   time.Duration

	User  string
	Dir   string // working folder
	Rest  int64  // restart point for the next transfer
	Type  byte   // 'A' or 'I'
	Prot  byte   // 'C' or 'P'
	In    bool   // logged in
	rnfr  string
	hash  string
	dial  string // from PORT or EPRT
	lines chan string
	ready chan struct{} // lets the reader go on behind AUTH
	gone  chan struct{}
	once  sync.Once

	mu      sync.Mutex // guards what Close and the reader touch
	nc      net.Conn   // TLS or plain
	raw     net.Conn
	passive net.Listener
	data    net.Conn // raw data connection
	aborted bool
	dead    bool
}

func newConn(s *Script, nc net.Conn, num int) *Conn {
	dir := "/"
	if s.o.Home != "" {
		dir = clean(s.o.Home)
	}
	return &Conn{srv: s, num: num, nc: nc, raw: nc, Dir: dir, Type: 'A', Prot: 'C', hash: "SHA-256",
		lines: make(chan string, 64), ready: make(chan struct{}), gone: make(chan struct{})}
}

// serve greets and answers until the client hangs up. over: too many connections.
func (c *Conn) serve(over bool) {
	defer c.hangUp()
	if c.srv.o.Implicit && c.startTLS() != nil {
		return
	}
	readerDone := make(chan struct{})
	go func() { defer close(readerDone); c.read() }()
	defer func() { c.hangUp(); <-readerDone }()
	c.verb = "GREETING"
	if f := c.srv.fault("GREETING", ""); f != nil && !c.strike(f) {
		return
	}
	switch h := c.srv.handler("GREETING"); {
	case over:
		c.Reply(421, "too many connections")
	case h != nil:
		h(c, "")
	default:
		c.Raw(c.srv.o.Greeting + "\r\n")
	}
	for !c.closing.Load() {
		line, ok := <-c.lines
		if !ok {
			return
		}
		c.answer(line)
		if c.verb == "AUTH" || c.verb == "CCC" {
			select {
			case c.ready <- struct{}{}:
			case <-c.gone:
			}
		}
	}
}

// answer carries out one command.
func (c *Conn) answer(line string) {
	verb, arg, _ := strings.Cut(line, " ")
	c.verb, c.arg = strings.ToUpper(verb), arg
	c.nth = c.srv.record(c, c.verb, line)
	c.fault = c.srv.fault(c.verb, arg)
	if f := c.fault; f != nil && f.When == Before && !c.strike(f) {
		return
	}
	if h := c.srv.handler(c.verb); h != nil {
		h(c, arg)
	} else {
		c.Default()
	}
	if f := c.fault; f != nil && f.When == AfterFinal {
		c.strike(f)
	}
}

// Default answers the command at work as if no Handler were set.
func (c *Conn) Default() {
	h, ok := defaults[c.verb]
	switch {
	case !ok:
		c.Reply(500, "command not understood")
	case !c.In && !beforeLogin[c.verb]:
		c.Reply(530, "please log in")
	default:
		h(c, c.arg)
	}
}

// read takes lines off the control connection. ABOR ends a running transfer at once.
func (c *Conn) read() {
	defer close(c.lines)
	defer c.hangUp()
	r := bufio.NewReaderSize(c.conn(), 64<<10)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = stripTelnet(strings.TrimRight(line, "\r\n"))
		verb, _, _ := strings.Cut(line, " ")
		verb = strings.ToUpper(verb)
		if verb == "ABOR" {
			c.abortData()
		}
		select {
		case c.lines <- line:
		case <-c.gone:
			return
		}
		if verb == "AUTH" || verb == "CCC" {
			select {
			case <-c.ready:
			case <-c.gone:
				return
			}
			r.Reset(c.conn())
		}
	}
}

// stripTelnet takes Telnet commands out of a line (RFC 854): IAC IAC is the
// byte 255, IAC and a command byte from 240 on is nothing.
func stripTelnet(s string) string {
	if strings.IndexByte(s, 255) < 0 {
		return s
	}
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] == 255 && i+1 < len(s) && s[i+1] >= 240 {
			if i++; s[i] == 255 {
				b = append(b, 255)
			}
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func (c *Conn) conn() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nc
}

// Reply sends a reply (RFC 959 section 4.2); more than one text makes it a
// multi-line one. Code 421 ends the connection.
func (c *Conn) Reply(code int, text ...string) {
	var b strings.Builder
	for i, t := range text {
		sep := "-"
		if i == len(text)-1 {
			sep = " "
		}
		fmt.Fprintf(&b, "%d%s%s\r\n", code, sep, t)
	}
	c.Raw(b.String())
	if code == 421 {
		c.closing.Store(true)
	}
}

// Raw sends bytes on the control connection as they are.
func (c *Conn) Raw(s string) {
	if c.dribble == 0 {
		_, _ = io.WriteString(c.conn(), s)
		return
	}
	c.Drip(s, c.dribble)
}

// Drip sends bytes on the control connection one each interval, until the client hangs up.
func (c *Conn) Drip(s string, each time.Duration) {
	for i := range len(s) {
		if _, err := io.WriteString(c.conn(), s[i:i+1]); err != nil || !c.pause(each) {
			return
		}
	}
}

// pause waits, and reports false when the connection ended meanwhile.
func (c *Conn) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.gone:
		return false
	}
}

// wait waits for ch, or for the end of the connection.
func (c *Conn) wait(ch <-chan struct{}) {
	select {
	case <-ch:
	case <-c.gone:
	}
}

// Stall does nothing until the client hangs up or the server closes.
func (c *Conn) Stall() { <-c.gone }

// Gone is closed when the control connection has ended.
func (c *Conn) Gone() <-chan struct{} { return c.gone }

// Num is the connection's number, from 1.
func (c *Conn) Num() int { return c.num }

// Nth tells how often the verb at work came to this server, from 1.
func (c *Conn) Nth() int { return c.nth }

// Server is the Script that c belongs to.
func (c *Conn) Server() *Script { return c.srv }

// TLS reports whether the control connection is encrypted.
func (c *Conn) TLS() bool { _, ok := c.conn().(*tls.Conn); return ok }

// Close ends the control connection in order; no further command is read.
func (c *Conn) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing.Store(true)
	c.nc.Close()
}

// Reset ends the control connection with a TCP reset.
func (c *Conn) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	reset(c.raw)
}

func reset(nc net.Conn) {
	if t, ok := nc.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	nc.Close()
}

// hangUp ends everything of the connection; it may be called more than once.
func (c *Conn) hangUp() {
	c.once.Do(func() { close(c.gone) })
	c.mu.Lock()
	c.dead = true
	c.nc.Close()
	c.mu.Unlock()
	c.CloseData()
}

// startTLS shakes hands on the control connection.
func (c *Conn) startTLS() error {
	tc := tls.Server(c.raw, c.srv.tls)
	if err := tc.SetDeadline(time.Now().Add(c.srv.o.DataTimeout)); err != nil {
		return err
	}
	if err := tc.Handshake(); err != nil {
		c.Close()
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nc = tc
	return tc.SetDeadline(time.Time{})
}
