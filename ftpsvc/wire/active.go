package wire

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
)

// active listens and tells the server where (EPRT, RFC 2428; PORT, RFC 959). The
// address told is the one that the control connection already shows, so that
// nothing inner is given away, or the one that the site names.
func (t *Transport) active(m vfs.DataMode) (*Data, vfs.Reply, error) {
	local, ok := t.raw.LocalAddr().(*net.TCPAddr)
	if !ok || t.opt.DataHost != "" {
		return nil, vfs.Reply{}, fmt.Errorf("%w: active mode is not possible through a proxy", ErrNoMode)
	}
	if m == vfs.DataPORT && local.IP.To4() == nil {
		return nil, vfs.Reply{}, fmt.Errorf("%w: PORT is for IPv4 only", ErrNoMode)
	}
	told, err := t.activeIP(local.IP)
	if err != nil {
		return nil, vfs.Reply{}, fmt.Errorf("%w: %w", ErrNoMode, err)
	}
	l, err := t.listen(local)
	if err != nil {
		return nil, vfs.Reply{}, fmt.Errorf("%w: cannot listen: %w", ErrNoData, err)
	}
	rep, err := t.tellPort(m, told, l)
	if err != nil || rep.Code/100 != 2 {
		l.Close()
		return nil, rep, err
	}
	d := newData(t)
	d.accept(l)
	return d, rep, nil
}

// activeIP is the address to tell: the local one, or that of the site, which
// may be a name. It is of the family of the connection.
func (t *Transport) activeIP(local net.IP) (net.IP, error) {
	name := t.opt.ActiveAddr
	if name == "" {
		return local, nil
	}
	if ip := net.ParseIP(name); ip != nil {
		return ip, nil
	}
	ips, err := net.DefaultResolver.LookupIP(t.ctx, "ip", name)
	if err != nil {
		return nil, fmt.Errorf("active address %q: %w", name, err)
	}
	for _, ip := range ips {
		if (ip.To4() == nil) == (local.To4() == nil) {
			return ip, nil
		}
	}
	return nil, fmt.Errorf("active address %q: it has none of the connection's kind, IPv4 or IPv6", name)
}

func (t *Transport) tellPort(m vfs.DataMode, ip net.IP, l *net.TCPListener) (vfs.Reply, error) {
	told := ip.String()
	port := l.Addr().(*net.TCPAddr).Port
	line := fmt.Sprintf("PORT %s,%d,%d", strings.ReplaceAll(told, ".", ","), port>>8, port&0xFF)
	if m == vfs.DataEPRT {
		family := 1
		if strings.Contains(told, ":") {
			family = 2
		}
		line = fmt.Sprintf("EPRT |%d|%s|%d|", family, told, port)
	}
	calls, err := t.send(simple, line)
	if err != nil {
		return vfs.Reply{}, err
	}
	return t.await(t.ctx, calls[0], t.opt.Timeout)
}

// listen opens a port on the control connection's own address.
func (t *Transport) listen(local *net.TCPAddr) (*net.TCPListener, error) {
	lo, hi := t.opt.ActivePorts[0], t.opt.ActivePorts[1]
	if lo == 0 {
		return net.ListenTCP("tcp", &net.TCPAddr{IP: local.IP, Zone: local.Zone})
	}
	n := max(hi, lo) - lo + 1
	begin := int(time.Now().UnixNano()/1000) % n
	for i := range n {
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: local.IP, Zone: local.Zone, Port: lo + (begin+i)%n})
		if err == nil {
			return l, nil
		}
	}
	return nil, errors.New("no free port in " + strconv.Itoa(lo) + "-" + strconv.Itoa(max(hi, lo)))
}

// acceptPeer takes the first connection that comes from the server's own
// address; strangers are sent away, so that nobody can slip in data.
func (t *Transport) acceptPeer(l *net.TCPListener) (net.Conn, error) {
	for {
		c, err := l.AcceptTCP()
		if err != nil {
			return nil, err
		}
		from := c.RemoteAddr().(*net.TCPAddr).IP
		if from.Equal(t.peer) {
			return c, nil
		}
		t.detail("data connection from stranger %s refused", from)
		c.SetLinger(0)
		c.Close()
	}
}
