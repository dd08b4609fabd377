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
	l, err := t.listen(local)
	if err != nil {
		return nil, vfs.Reply{}, fmt.Errorf("%w: cannot listen: %w", ErrNoData, err)
	}
	rep, err := t.tellPort(m, local.IP, l)
	if err != nil || rep.Code/100 != 2 {
		l.Close()
		return nil, rep, err
	}
	d := newData(t)
	d.accept(l)
	return d, rep, nil
}

func (t *Transport) tellPort(m vfs.DataMode, ip net.IP, l *net.TCPListener) (vfs.Reply, error) {
	told := ip.String()
	if t.opt.ActiveAddr != "" {
		told = t.opt.ActiveAddr
	}
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
