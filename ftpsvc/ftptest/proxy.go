package ftptest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Proxy stands between a client and a real server and breaks connections. It
// reads the control connection, so that data connections go through it too:
// plain FTP and passive mode only.
type Proxy struct {
	server   string
	listener net.Listener
	wg       sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]*link
	closed bool
	cut    *Cut
}

// link is what is known of an open connection.
type link struct {
	gone  chan struct{}
	file  bool           // the newest transfer is of a file, not a listing
	ports []net.Listener // passive ports opened for a control connection
}

// Cut is one break on the way, at a byte of a file's data connection that
// carries more than Byte bytes. It strikes once.
type Cut struct {
	Byte    int64
	Control bool // reset the control connection too, toward both sides
	Quiet   bool // pass nothing more instead, until the client hangs up
}

// NewProxy starts a proxy before a server; it ends with the test.
func NewProxy(t TB, server string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("start proxy: %v", err)
	}
	p := &Proxy{server: server, listener: l, conns: map[net.Conn]*link{}}
	p.wg.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Host and Port are where the proxy listens.
func (p *Proxy) Host() string { return "127.0.0.1" }

// Port is the control port.
func (p *Proxy) Port() int { return p.listener.Addr().(*net.TCPAddr).Port }

// Break sets the next break; nil takes it away.
func (p *Proxy) Break(c *Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = c
}

// Struck reports whether the break that was set has happened.
func (p *Proxy) Struck() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cut == nil
}

func (p *Proxy) close() {
	p.mu.Lock()
	p.closed = true
	for c, k := range p.conns {
		c.Close()
		for _, l := range k.ports {
			l.Close()
		}
	}
	p.mu.Unlock()
	p.listener.Close()
	p.wg.Wait()
}

// keep notes a connection, false when the proxy has ended.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		c.Close()
		return false
	}
	p.conns[c] = &link{gone: make(chan struct{})}
	return true
}

func (p *Proxy) drop(c net.Conn) {
	c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := p.conns[c]; k != nil {
		close(k.gone)
		for _, l := range k.ports {
			l.Close()
		}
	}
	delete(p.conns, c)
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.control(c) })
	}
}

// control passes one control connection on.
func (p *Proxy) control(client net.Conn) {
	if !p.keep(client) {
		return
	}
	defer p.drop(client)
	server, err := net.Dial("tcp", p.server)
	if err != nil || !p.keep(server) {
		return
	}
	defer p.drop(server)
	p.wg.Go(func() {
		p.commands(client, server)
		server.Close()
		p.drop(client) // also ends what waits for the client to hang up
	})
	r := bufio.NewReader(server)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		if _, err := io.WriteString(client, p.redirect(client, line)); err != nil {
			return
		}
	}
}

// commands passes what the client says, and notes what it transfers.
func (p *Proxy) commands(client, server net.Conn) {
	r := bufio.NewReader(client)
	for {
		line, err := r.ReadString('\n')
		verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		p.mu.Lock()
		if k := p.conns[client]; k != nil {
			switch strings.ToUpper(verb) {
			case "RETR", "STOR", "APPE":
				k.file = true
			case "LIST", "MLSD", "NLST":
				k.file = false
			}
		}
		p.mu.Unlock()
		if _, werr := io.WriteString(server, line); err != nil || werr != nil {
			return
		}
	}
}

var (
	epsvReply = regexp.MustCompile(`\(\|\|\|(\d+)\|\)`)
	pasvReply = regexp.MustCompile(`\d+,\d+,\d+,\d+,(\d+),(\d+)`)
)

// redirect opens a port of the proxy's own for a passive reply and tells that one.
func (p *Proxy) redirect(client net.Conn, line string) string {
	port := 0
	switch {
	case strings.HasPrefix(line, "229 "):
		if m := epsvReply.FindStringSubmatch(line); m != nil {
			port, _ = strconv.Atoi(m[1])
		}
	case strings.HasPrefix(line, "227 "):
		if m := pasvReply.FindStringSubmatch(line); m != nil {
			hi, _ := strconv.Atoi(m[1])
			lo, _ := strconv.Atoi(m[2])
			port = hi<<8 | lo
		}
	}
	if port == 0 {
		return line
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return line
	}
	p.mu.Lock()
	if k := p.conns[client]; k != nil {
		k.ports = append(k.ports, l)
	}
	p.mu.Unlock()
	host, _, _ := net.SplitHostPort(p.server)
	p.wg.Go(func() { p.data(client, l, net.JoinHostPort(host, strconv.Itoa(port))) })
	mine := l.Addr().(*net.TCPAddr).Port
	if line[2] == '9' {
		return fmt.Sprintf("229 Extended Passive Mode OK (|||%d|)\r\n", mine)
	}
	return "227 Entering Passive Mode " + pasvText(net.IPv4(127, 0, 0, 1), mine) + "\r\n"
}

// data passes one data connection on, until its break.
func (p *Proxy) data(control net.Conn, l net.Listener, to string) {
	client, err := l.Accept()
	l.Close()
	if err != nil || !p.keep(client) {
		return
	}
	defer p.drop(client)
	server, err := net.Dial("tcp", to)
	if err != nil || !p.keep(server) {
		return
	}
	defer p.drop(server)
	done := make(chan struct{})
	go func() { defer close(done); p.pass(control, server, client) }()
	p.pass(control, client, server)
	<-done
}

// pass copies one direction and hands the end of it on.
func (p *Proxy) pass(control, to, from net.Conn) {
	var n int64
	buf := make([]byte, 16<<10)
	for {
		m, err := from.Read(buf)
		if c := p.strike(control, n+int64(m)); c != nil {
			_, _ = to.Write(buf[:max(0, min(int64(m), c.Byte-n))])
			p.carryOut(c, control, to, from)
			return
		}
		n += int64(m)
		if _, werr := to.Write(buf[:m]); werr != nil || err != nil {
			break
		}
	}
	if t, ok := to.(*net.TCPConn); ok {
		_ = t.CloseWrite()
	}
}

// strike returns the break that is due when a data connection came to n bytes.
func (p *Proxy) strike(control net.Conn, n int64) *Cut {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.conns[control]
	if p.cut == nil || n <= p.cut.Byte || k == nil || !k.file {
		return nil
	}
	c := p.cut
	p.cut = nil
	return c
}

func (p *Proxy) carryOut(c *Cut, control, to, from net.Conn) {
	if c.Quiet {
		<-p.gone(control)
	}
	if c.Control {
		reset(control)
	}
	reset(to)
	reset(from)
}

// gone is closed when a control connection has ended.
func (p *Proxy) gone(control net.Conn) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.conns[control]; l != nil {
		return l.gone
	}
	over := make(chan struct{})
	close(over)
	return over
}
