package wire

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ErrProxy marks what a proxy refused or got wrong.
var ErrProxy = errors.New("proxy")

// ProxyLoginError tells that a proxy refused its user and password, or wants some.
type ProxyLoginError struct{ text string }

func (e *ProxyLoginError) Error() string { return e.text }

// ProxyDialer returns a DialFunc that goes through a proxy: socks5 and
// socks5h (RFC 1928, names are resolved by the proxy), http and https (CONNECT, RFC 9110
// section 9.3.6). User and password of the URL are used where the proxy asks.
func ProxyDialer(u *url.URL, forward DialFunc) (DialFunc, error) {
	if forward == nil {
		forward = (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext
	}
	var greet func(net.Conn, *url.URL, string) error
	port := u.Port()
	switch u.Scheme {
	case "socks5", "socks5h":
		greet, port = socks5, orElse(port, "1080")
	case "http":
		greet, port = httpConnect, orElse(port, "8080")
	case "https":
		greet, port = httpConnect, orElse(port, "443")
	default:
		return nil, fmt.Errorf("%w: unknown kind %q", ErrProxy, u.Scheme)
	}
	at := net.JoinHostPort(u.Hostname(), port)
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := forward(ctx, network, at)
		if err != nil {
			return nil, fmt.Errorf("%w %s: %w", ErrProxy, at, err)
		}
		stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
		if u.Scheme == "https" {
			c = tls.Client(c, &tls.Config{ServerName: u.Hostname()})
		}
		err = greet(c, u, addr)
		if !stop() && err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("%w %s: %w", ErrProxy, at, err)
		}
		return c, c.SetDeadline(time.Time{})
	}, nil
}

func orElse(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// socks5 asks for a connection to addr (RFC 1928), with a login where asked (RFC 1929).
func socks5(c net.Conn, u *url.URL, addr string) error {
	methods := []byte{5, 1, 0}
	if u.User != nil {
		methods = []byte{5, 2, 0, 2}
	}
	if _, err := c.Write(methods); err != nil {
		return err
	}
	var b [4]byte
	if _, err := io.ReadFull(c, b[:2]); err != nil {
		return err
	}
	switch {
	case b[0] != 5:
		return errors.New("it does not speak SOCKS5")
	case b[1] == 2 && u.User != nil:
		if err := socksLogin(c, u.User); err != nil {
			return err
		}
	case b[1] != 0:
		return &ProxyLoginError{"it wants a login"}
	}
	req, err := socksRequest(addr)
	if err != nil {
		return err
	}
	if _, err := c.Write(req); err != nil {
		return err
	}
	if _, err := io.ReadFull(c, b[:4]); err != nil {
		return err
	}
	if b[1] != 0 {
		return errors.New(socksRefusal(b[1]))
	}
	return socksSkipAddr(c, b[3])
}

func socksLogin(c net.Conn, user *url.Userinfo) error {
	pass, _ := user.Password()
	name := user.Username()
	if len(name) > 255 || len(pass) > 255 {
		return errors.New("user or password is too long")
	}
	msg := append([]byte{1, byte(len(name))}, name...)
	msg = append(append(msg, byte(len(pass))), pass...)
	if _, err := c.Write(msg); err != nil {
		return err
	}
	var b [2]byte
	if _, err := io.ReadFull(c, b[:]); err != nil {
		return err
	}
	if b[1] != 0 {
		return &ProxyLoginError{"it refused the login"}
	}
	return nil
}

func socksRequest(addr string) ([]byte, error) {
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, err
	}
	req := []byte{5, 1, 0}
	switch ip := net.ParseIP(host); {
	case ip.To4() != nil:
		req = append(append(req, 1), ip.To4()...)
	case ip != nil:
		req = append(append(req, 4), ip.To16()...)
	case len(host) > 255:
		return nil, errors.New("the host's name is too long")
	default:
		req = append(append(req, 3, byte(len(host))), host...)
	}
	return binary.BigEndian.AppendUint16(req, uint16(port)), nil
}

func socksSkipAddr(c net.Conn, kind byte) error {
	n := 4
	switch kind {
	case 3:
		var l [1]byte
		if _, err := io.ReadFull(c, l[:]); err != nil {
			return err
		}
		n = int(l[0])
	case 4:
		n = 16
	}
	_, err := io.CopyN(io.Discard, c, int64(n+2))
	return err
}

func socksRefusal(code byte) string {
	words := []string{"", "general failure", "not allowed by its rules", "network unreachable", "host unreachable",
		"connection refused", "TTL expired", "command not supported", "kind of address not supported"}
	if int(code) < len(words) {
		return words[code]
	}
	return fmt.Sprintf("failure %d", code)
}

// httpConnect asks for a tunnel. The answer's head is read byte by byte: what
// follows it belongs to the server.
func httpConnect(c net.Conn, u *url.URL, addr string) error {
	req := "CONNECT " + addr + " HTTP/1.1\r\nHost: " + addr + "\r\nUser-Agent: ferry\r\n"
	if u.User != nil {
		pass, _ := u.User.Password()
		req += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+pass)) + "\r\n"
	}
	if _, err := io.WriteString(c, req+"\r\n"); err != nil {
		return err
	}
	rep, err := http.ReadResponse(bufio.NewReaderSize(&headReader{c: c}, 16), &http.Request{Method: http.MethodConnect})
	if err != nil {
		return err
	}
	if rep.StatusCode == http.StatusProxyAuthRequired {
		return &ProxyLoginError{"it replied " + rep.Status}
	}
	if rep.StatusCode/100 != 2 {
		return errors.New("it replied " + rep.Status)
	}
	return nil
}

// headReader gives one byte at a time, and no more than a head may have.
type headReader struct {
	c io.Reader
	n int
}

func (h *headReader) Read(p []byte) (int, error) {
	if h.n++; h.n > 16<<10 {
		return 0, errors.New("its answer is too long")
	}
	return h.c.Read(p[:min(1, len(p))])
}
