package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"ferry/ftpsvc/vfs"
	"ferry/ftpsvc/wire"
)

// A route is how the server is reached: directly, through a tunnel, or by
// logging in at an FTP proxy that goes on to the server.
type route struct {
	addr     string // what is dialled
	dial     wire.DialFunc
	dataHost string
	login    *ftpProxy
}

// ftpProxy is a proxy that speaks FTP itself.
type ftpProxy struct {
	kind       string // "user@host", "proxy-user", "site", "open"
	user, pass string
}

// route finds out from the endpoint, else from FTP_PROXY and ALL_PROXY, with
// NO_PROXY for exceptions.
func (s *Session) route() (route, error) {
	direct := route{addr: s.e.Addr(), dial: s.o.Dial}
	text := Proxy(s.e)
	if text == "" {
		return direct, nil
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return direct, fmt.Errorf("proxy: want socks5://, http:// or ftp:// and a host, not %q", hideUser(text))
	}
	if u.Scheme == "ftp" {
		p := &ftpProxy{kind: u.Query().Get("login")}
		if u.User != nil {
			p.user = u.User.Username()
			p.pass, _ = u.User.Password()
		}
		switch p.kind {
		case "":
			p.kind = "user@host"
			if p.user != "" {
				p.kind = "proxy-user"
			}
		case "user@host", "proxy-user", "site", "open":
		default:
			return direct, fmt.Errorf("proxy: login %q is unknown; want user@host, proxy-user, site or open", p.kind)
		}
		port := u.Port()
		if port == "" {
			port = "21"
		}
		return route{addr: net.JoinHostPort(u.Hostname(), port), dial: s.o.Dial, login: p}, nil
	}
	dial, err := wire.ProxyDialer(u, s.o.Dial)
	return route{addr: s.e.Addr(), dial: dial, dataHost: s.e.Host}, err
}

// Proxy is the proxy that leads to a server, its own or the environment's; ""
// for none.
func Proxy(e vfs.Endpoint) string {
	switch e.Proxy {
	case "none":
		return ""
	case "":
		return envProxy(e.Host, e.WithDefaults().Port, os.Getenv)
	}
	return e.Proxy
}

// FTPProxy reports whether a proxy that speaks FTP leads to a server, so that
// there is no TLS to it.
func FTPProxy(e vfs.Endpoint) bool {
	scheme, _, _ := strings.Cut(Proxy(e), "://")
	return strings.EqualFold(scheme, "ftp")
}

func hideUser(text string) string {
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		return "*****" + text[i:]
	}
	return text
}

// envProxy reads the environment as other programs do: the FTP variable before
// the one for all, lower case before upper case, exceptions in NO_PROXY.
func envProxy(host string, port int, env func(string) string) string {
	host = strings.ToLower(host)
	for _, list := range []string{env("no_proxy"), env("NO_PROXY")} {
		for _, e := range strings.Split(list, ",") {
			if spared(host, port, strings.ToLower(strings.TrimSpace(e))) {
				return ""
			}
		}
	}
	for _, name := range []string{"ftp_proxy", "FTP_PROXY", "all_proxy", "ALL_PROXY"} {
		if v := env(name); v != "" {
			return v
		}
	}
	return ""
}

// spared reports whether an entry of NO_PROXY is for a host: *, a name and all
// below it, an address, a net, each of the first with a port or without.
func spared(host string, port int, entry string) bool {
	if h, p, err := net.SplitHostPort(entry); err == nil {
		if p != strconv.Itoa(port) {
			return false
		}
		entry = h
	}
	bare := strings.TrimPrefix(strings.TrimPrefix(entry, "*"), ".")
	return entry == "*" || bare != "" && (host == bare || strings.HasSuffix(host, "."+bare)) || inNet(host, entry)
}

func inNet(host, cidr string) bool {
	_, n, err := net.ParseCIDR(cidr)
	return err == nil && n.Contains(net.ParseIP(host))
}

// target is how an FTP proxy is told the server.
func (s *Session) target() string {
	if s.e.Port == 21 {
		return s.e.Host
	}
	return net.JoinHostPort(s.e.Host, strconv.Itoa(s.e.Port))
}

// enterProxy logs in at an FTP proxy, and returns the user's name as the proxy wants to see it.
func (s *Session) enterProxy(ctx context.Context, p *ftpProxy) (string, error) {
	through := s.e.User + "@" + s.target()
	if p.kind == "user@host" {
		return through, nil
	}
	r, err := s.t.Exec(ctx, "USER "+p.user)
	if err == nil && r.Code == 331 {
		r, err = s.t.Exec(ctx, "PASS "+p.pass)
	}
	if err == nil && r.Code/100 != 2 {
		err = &vfs.Error{Op: "log in at the proxy", Path: s.wireAddr, Reply: r, Err: joined{vfs.ErrLogin, vfs.ErrProxy}}
	}
	if err != nil {
		return "", err
	}
	switch p.kind {
	case "site", "open":
		r, err = s.t.Exec(ctx, strings.ToUpper(p.kind)+" "+s.target())
		if err == nil && r.Code >= 400 {
			err = &vfs.Error{Op: "connect through the proxy", Path: s.e.Addr(), Reply: r,
				Err: joined{vfs.ErrConnect, errors.New("the proxy refused")}}
		}
		return s.e.User, err
	}
	return through, nil
}
