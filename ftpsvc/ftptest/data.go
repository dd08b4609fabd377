package ftptest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

var (
	errFault   = errors.New("scripted fault")
	errNoData  = errors.New("no data connection")
	errAborted = errors.New("aborted")
)

// Listen opens a passive port for the next transfer and returns its number.
func (c *Conn) Listen() (int, error) {
	host, _, err := net.SplitHostPort(c.raw.LocalAddr().String())
	if err != nil {
		return 0, err
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		l.Close()
		return 0, net.ErrClosed
	}
	if c.passive != nil {
		c.passive.Close()
	}
	c.passive, c.dial = l, ""
	return l.Addr().(*net.TCPAddr).Port, nil
}

// OpenData makes the data connection, TLS included, as PASV, EPSV, PORT or
// EPRT set it up. CloseData, Send and Receive end it.
func (c *Conn) OpenData() (net.Conn, error) {
	nc, active, err := c.connectData()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	if c.dead || c.aborted {
		c.mu.Unlock()
		nc.Close()
		return nil, errAborted
	}
	c.data = nc
	c.mu.Unlock()
	info := DataConn{Verb: c.verb, Active: active}
	out := nc
	if c.Prot == 'P' {
		tc := tls.Server(nc, c.srv.o.DataTLS)
		_ = tc.SetDeadline(time.Now().Add(c.srv.o.DataTimeout))
		if err := tc.Handshake(); err != nil {
			return nil, fmt.Errorf("TLS on the data connection: %w", err)
		}
		_ = tc.SetDeadline(time.Time{})
		info.TLS, info.Resumed, out = true, tc.ConnectionState().DidResume, tc
	}
	c.srv.mu.Lock()
	c.srv.data = append(c.srv.data, info)
	c.srv.mu.Unlock()
	if info.TLS && !info.Resumed && c.srv.o.RequireReuse {
		return nil, errReuse
	}
	return out, nil
}

// DropData takes the data connection and resets it at once, without TLS.
func (c *Conn) DropData() error {
	nc, _, err := c.connectData()
	if err == nil {
		reset(nc)
	}
	return err
}

var errReuse = errors.New("session reuse required")

func (c *Conn) connectData() (nc net.Conn, active bool, err error) {
	c.mu.Lock()
	l, to := c.passive, c.dial
	c.passive, c.dial = nil, ""
	c.mu.Unlock()
	switch {
	case l != nil:
		defer l.Close()
		stop := make(chan struct{})
		defer close(stop)
		go func() {
			select {
			case <-c.gone:
				l.Close()
			case <-stop:
			}
		}()
		_ = l.(*net.TCPListener).SetDeadline(time.Now().Add(c.srv.o.DataTimeout))
		nc, err = l.Accept()
		return nc, false, err
	case to != "":
		nc, err = net.DialTimeout("tcp", to, c.srv.o.DataTimeout)
		return nc, true, err
	}
	return nil, false, errNoData
}

// CloseData ends the data connection in order, as far as there is one.
func (c *Conn) CloseData() { c.endData(func(nc net.Conn) { nc.Close() }) }

// resetData ends it with a TCP reset.
func (c *Conn) resetData() { c.endData(reset) }

func (c *Conn) abortData() {
	c.mu.Lock()
	c.aborted = c.data != nil || c.passive != nil
	c.mu.Unlock()
	c.resetData()
}

func (c *Conn) endData(end func(net.Conn)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.data != nil {
		end(c.data)
		c.data = nil
	}
	if c.passive != nil {
		c.passive.Close()
		c.passive = nil
	}
}

// Send answers the command at work with what fn writes on a data connection,
// between the replies 150 and 226. Faults set for the command strike here.
func (c *Conn) Send(fn func(w io.Writer) error) {
	c.transfer(func(nc net.Conn) error {
		err := fn(&faulty{c: c, rw: nc})
		if tc, ok := nc.(*tls.Conn); ok && err == nil {
			err = tc.CloseWrite()
		}
		return err
	})
}

// SendText is Send of a text.
func (c *Conn) SendText(s string) {
	c.Send(func(w io.Writer) error { _, err := io.WriteString(w, s); return err })
}

// Receive hands what the client sends on a data connection to fn, between the
// replies 150 and 226. Faults set for the command strike here.
func (c *Conn) Receive(fn func(r io.Reader) error) {
	c.transfer(func(nc net.Conn) error { return fn(&faulty{c: c, rw: nc}) })
}

func (c *Conn) transfer(move func(net.Conn) error) {
	c.mu.Lock()
	c.aborted = false
	c.mu.Unlock()
	c.Reply(150, "here it comes")
	nc, err := c.OpenData()
	if err == nil && c.fault != nil && c.fault.When == AtByte && c.fault.Byte == 0 && !c.strike(c.fault) {
		err = errFault
	}
	if err == nil {
		err = move(nc)
	}
	c.mu.Lock()
	aborted := c.aborted
	c.aborted = false
	c.mu.Unlock()
	if err == nil && c.fault != nil && c.fault.When == Final && !c.strike(c.fault) {
		err = errFault
	}
	c.Rest, c.dribble = 0, 0
	switch {
	case errors.Is(err, errFault):
		c.CloseData()
	case errors.Is(err, errReuse):
		c.resetData()
		c.Reply(522, "session reuse required")
	case aborted, errors.Is(err, errAborted):
		c.CloseData()
		c.Reply(426, "transfer aborted")
	case errors.Is(err, errNoData):
		c.Reply(425, "use PASV first")
	case err != nil:
		c.resetData()
		c.Reply(426, oneLine(err.Error()))
	default:
		c.CloseData()
		c.Reply(226, "transfer complete")
	}
}

func oneLine(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }

// faulty passes bytes and strikes at the fault's byte.
type faulty struct {
	c    *Conn
	rw   net.Conn
	done int64
	hit  bool
}

// room returns how many of n bytes may pass before the fault strikes, 0 when
// it strikes now.
func (f *faulty) room(n int) int {
	at := f.c.fault
	if at == nil || at.When != AtByte || f.hit || f.done+int64(n) <= at.Byte {
		return n
	}
	return int(max(at.Byte-f.done, 0))
}

// meet carries the fault out; the error ends the transfer.
func (f *faulty) meet() error {
	f.hit = true
	if f.c.fault.Byte > 0 && !f.c.strike(f.c.fault) {
		return errFault
	}
	return nil
}

func (f *faulty) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		n := f.room(len(p) - sent)
		if n == 0 {
			if err := f.meet(); err != nil {
				return sent, err
			}
			continue
		}
		if f.c.dribble > 0 {
			if n = 1; !f.c.pause(f.c.dribble) {
				return sent, errFault
			}
		}
		m, err := f.rw.Write(p[sent : sent+n])
		sent += m
		f.done += int64(m)
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

func (f *faulty) Read(p []byte) (int, error) {
	n := f.room(len(p))
	if n == 0 && len(p) > 0 {
		if err := f.meet(); err != nil {
			return 0, err
		}
		n = len(p)
	}
	if f.c.dribble > 0 {
		if n = min(n, 1); !f.c.pause(f.c.dribble) {
			return 0, errFault
		}
	}
	m, err := f.rw.Read(p[:n])
	f.done += int64(m)
	if err == io.EOF && f.c.fault != nil && f.c.fault.When == AtByte && !f.hit && f.done == f.c.fault.Byte {
		if err := f.meet(); err != nil {
			return m, err
		}
	}
	return m, err
}

// pasvText is the argument of a 227 reply (RFC 959 section 4.1.2).
func pasvText(ip net.IP, port int) string {
	v := ip.To4()
	if v == nil {
		v = net.IPv4zero.To4()
	}
	return fmt.Sprintf("(%d,%d,%d,%d,%d,%d)", v[0], v[1], v[2], v[3], port>>8, port&255)
}

// PASV opens a passive port and answers 227 with host as its address, which
// may be a foreign one; "" is the true one.
func (c *Conn) PASV(host string) {
	ip := c.raw.LocalAddr().(*net.TCPAddr).IP
	if host == "" && ip.To4() == nil {
		c.Reply(425, "no IPv4 here, use EPSV")
		return
	}
	port, err := c.Listen()
	if err != nil {
		c.Reply(425, "no passive port")
		return
	}
	if host != "" {
		ip = net.ParseIP(host)
	}
	c.Reply(227, "Entering Passive Mode "+pasvText(ip, port)+".")
}

// parsePort reads the argument of PORT.
func parsePort(arg string) (string, bool) {
	f := strings.Split(arg, ",")
	if len(f) != 6 {
		return "", false
	}
	var n [6]int
	for i, s := range f {
		v, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || v < 0 || v > 255 {
			return "", false
		}
		n[i] = v
	}
	return net.JoinHostPort(fmt.Sprintf("%d.%d.%d.%d", n[0], n[1], n[2], n[3]), strconv.Itoa(n[4]<<8|n[5])), true
}

// parseEPRT reads the argument of EPRT (RFC 2428 section 2).
func parseEPRT(arg string) (string, bool) {
	if arg == "" {
		return "", false
	}
	f := strings.Split(arg, arg[:1])
	if len(f) != 5 || net.ParseIP(f[2]) == nil {
		return "", false
	}
	return net.JoinHostPort(f[2], f[3]), true
}
