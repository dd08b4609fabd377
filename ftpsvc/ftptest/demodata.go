package ftptest

import (
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"goftp.io/server/v2"
)

// tracker is the demo's listener. It knows every control connection, so that
// the demo can end them, and so that a command can find the socket of its
// session: the library hides it, and its own data sockets listen on every
// interface and outlive their session by up to a minute.
type tracker struct {
	net.Listener
	mu    sync.Mutex
	conns map[string]*tracked // by the client's address
	shut  bool
	wg    sync.WaitGroup
}

// tracked is a control connection with what belongs to its next transfer.
type tracked struct {
	net.Conn
	t    *tracker
	once sync.Once

	mu   sync.Mutex
	ends bool
	l    net.Listener
	nc   net.Conn
	dial string
	rest int64
}

// Accept implements net.Listener.
func (t *tracker) Accept() (net.Conn, error) {
	nc, err := t.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &tracked{Conn: nc, t: t}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shut {
		nc.Close()
		return nil, net.ErrClosed
	}
	t.conns[nc.RemoteAddr().String()] = c
	t.wg.Add(1)
	return c, nil
}

// of returns the connection of a session.
func (t *tracker) of(s *server.Session) *tracked {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.conns[s.RemoteAddr().String()]
}

// closeAll ends every connection and waits until their sessions noticed.
func (t *tracker) closeAll() {
	t.mu.Lock()
	t.shut = true
	var all []*tracked
	for _, c := range t.conns {
		all = append(all, c)
	}
	t.mu.Unlock()
	t.Listener.Close()
	for _, c := range all {
		c.Conn.Close() // the session's read fails, and it calls Close
		c.endData()
	}
	t.wg.Wait()
}

// Close implements net.Conn; the session calls it when it is done.
func (c *tracked) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.endData()
		c.t.mu.Lock()
		delete(c.t.conns, c.RemoteAddr().String())
		c.t.mu.Unlock()
		c.t.wg.Done()
	})
	return err
}

// lines sends a multi-line reply (RFC 959 section 4.2); the library flushes
// each of its own, so nothing is overtaken.
func (c *tracked) lines(code int, first string, inner []string, last string) {
	n := strconv.Itoa(code)
	s := n + "-" + first + "\r\n"
	for _, l := range inner {
		s += " " + l + "\r\n"
	}
	_, _ = io.WriteString(c.Conn, s+n+" "+last+"\r\n")
}

// endData closes what the connection has of data sockets, for good.
func (c *tracked) endData() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends = true
	c.dropData()
}

func (c *tracked) dropData() {
	if c.l != nil {
		c.l.Close()
	}
	if c.nc != nil {
		c.nc.Close()
	}
	c.l, c.nc, c.dial = nil, nil, ""
}

// listen opens a passive port on the address that the client came to.
func (c *tracked) listen() (int, error) {
	host, _, err := net.SplitHostPort(c.LocalAddr().String())
	if err != nil {
		return 0, err
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ends {
		l.Close()
		return 0, net.ErrClosed
	}
	c.dropData()
	c.l = l
	return l.Addr().(*net.TCPAddr).Port, nil
}

// active notes where to connect; only the client's own address is taken (RFC 2577 section 3).
func (c *tracked) active(addr string) bool {
	host, _, _ := net.SplitHostPort(addr)
	peer, _, _ := net.SplitHostPort(c.RemoteAddr().String())
	if host != peer {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropData()
	c.dial = addr
	return true
}

// open makes the data connection that was agreed.
func (c *tracked) open() (net.Conn, error) {
	c.mu.Lock()
	l, to := c.l, c.dial
	c.mu.Unlock()
	var nc net.Conn
	var err error
	switch {
	case l != nil:
		_ = l.(*net.TCPListener).SetDeadline(time.Now().Add(20 * time.Second))
		nc, err = l.Accept()
	case to != "":
		nc, err = net.DialTimeout("tcp", to, 20*time.Second)
	default:
		return nil, errNoData
	}
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropData()
	if c.ends {
		nc.Close()
		return nil, net.ErrClosed
	}
	c.nc = nc
	return nc, nil
}

// transfer runs move on a data connection, between 150 and the final reply.
func (c *tracked) transfer(s *server.Session, move func(net.Conn) error) {
	s.WriteMessage(150, "Opening data connection")
	nc, err := c.open()
	if err != nil {
		s.WriteMessage(425, "Cannot open data connection")
		return
	}
	err = move(nc)
	c.mu.Lock()
	c.dropData()
	c.mu.Unlock()
	if err != nil {
		s.WriteMessage(426, "Transfer aborted: "+oneLine(err.Error()))
		return
	}
	s.WriteMessage(226, "Transfer complete")
}
