package session_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// proxy is a small proxy on loopback; greet talks to the client and returns
// where it wants to go.
type proxy struct {
	addr  string
	mu    sync.Mutex
	asked []string
}

func startProxy(t *testing.T, greet func(c net.Conn) (string, error)) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String()}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(c, greet) })
		}
	})
	return p
}

func (p *proxy) serve(c net.Conn, greet func(net.Conn) (string, error)) {
	defer c.Close()
	to, err := greet(c)
	p.mu.Lock()
	p.asked = append(p.asked, to)
	p.mu.Unlock()
	if err != nil {
		return
	}
	s, err := net.Dial("tcp", strings.Replace(to, "ftp.example", "127.0.0.1", 1))
	if err != nil {
		return
	}
	defer s.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		io.Copy(s, c)
		s.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(c, s)
	c.(*net.TCPConn).CloseWrite()
	<-done
}

func (p *proxy) list() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...)
}

// socksGreet speaks SOCKS5 (RFC 1928), with a login (RFC 1929) when user is set.
func socksGreet(user string) func(net.Conn) (string, error) {
	return func(c net.Conn) (string, error) {
		b := make([]byte, 512)
		io.ReadFull(c, b[:2])
		io.ReadFull(c, b[:b[1]])
		if user == "" {
			c.Write([]byte{5, 0})
		} else {
			c.Write([]byte{5, 2})
			io.ReadFull(c, b[:2])
			n := int(b[1])
			io.ReadFull(c, b[:n])
			name := string(b[:n])
			io.ReadFull(c, b[:1])
			n = int(b[0])
			io.ReadFull(c, b[:n])
			if name+":"+string(b[:n]) != user {
				c.Write([]byte{1, 1})
				return "", errors.New("refused")
			}
			c.Write([]byte{1, 0})
		}
		io.ReadFull(c, b[:5])
		if b[3] != 3 {
			rest := make([]byte, 5)
			io.ReadFull(c, rest)
			c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
			return fmt.Sprintf("%d.%d.%d.%d:%d", b[4], rest[0], rest[1], rest[2], int(rest[3])<<8|int(rest[4])), nil
		}
		n := int(b[4])
		io.ReadFull(c, b[:n+2])
		c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		return fmt.Sprintf("%s:%d", b[:n], int(b[n])<<8|int(b[n+1])), nil
	}
}

// connectGreet speaks HTTP CONNECT.
func connectGreet(user string) func(net.Conn) (string, error) {
	return func(c net.Conn) (string, error) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil || r.Method != http.MethodConnect {
			return "", errors.New("not CONNECT")
		}
		if user != "" && r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(user)) {
			io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
			return r.Host, errors.New("refused")
		}
		io.WriteString(c, "HTTP/1.1 200 Connection established\r\nServer: x\r\n\r\n")
		return r.Host, nil
	}
}

func TestTunnels(t *testing.T) {
	for name, c := range map[string]struct {
		greet func(net.Conn) (string, error)
		url   string
	}{
		"SOCKS5":                    {socksGreet(""), "socks5://%s"},
		"SOCKS5 with a login":       {socksGreet("hans:wurst"), "socks5://hans:wurst@%s"},
		"HTTP CONNECT":              {connectGreet(""), "http://%s"},
		"HTTP CONNECT with a login": {connectGreet("hans:wurst"), "http://hans:wurst@%s"},
	} {
		for _, tls := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, TLS %v", name, tls), func(t *testing.T) {
				srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: tls})
				body := randomBytes(300 << 10)
				srv.Put("/f", body)
				p := startProxy(t, c.greet)
				s := connect(t, srv, func(o *session.Options) {
					o.Endpoint.Proxy, o.Endpoint.Host = fmt.Sprintf(c.url, p.addr), "ftp.example"
					if tls {
						o.Endpoint.TLS, o.Endpoint.Insecure = vfs.TLSExplicit, true
					}
				})
				if got, err := get(t, s, "/f"); err != nil || string(got) != string(body) {
					t.Fatalf("%d bytes, %v", len(got), err)
				}
				if err := put(t, s, "/g", body); err != nil {
					t.Fatal(err)
				}
				if got, _ := srv.Get("/g"); string(got) != string(body) {
					t.Errorf("%d bytes arrived", len(got))
				}
				for _, to := range p.list() {
					if !strings.HasPrefix(to, "ftp.example:") {
						t.Errorf("the proxy was asked for %s", to)
					}
				}
				if len(p.list()) < 3 {
					t.Errorf("connections past the proxy: %q", p.list())
				}
			})
		}
	}
}

func TestProxiesThatRefuse(t *testing.T) {
	srv := ftptest.NewScript(t)
	for _, c := range []struct {
		url   string
		greet func(net.Conn) (string, error)
		want  error
	}{
		{"socks5://hans:falsch@%s", socksGreet("hans:wurst"), vfs.ErrLogin},
		{"socks5://%s", func(c net.Conn) (string, error) { c.Write([]byte{5, 0xFF}); return "", errors.New("no") }, vfs.ErrLogin},
		{"http://hans:falsch@%s", connectGreet("hans:wurst"), vfs.ErrLogin},
		{"http://%s", connectGreet("hans:wurst"), vfs.ErrLogin},
		{"socks5://%s", func(c net.Conn) (string, error) { io.WriteString(c, "SSH-2.0-x\r\n"); return "", errors.New("no") }, vfs.ErrConnect},
		{"http://%s", func(c net.Conn) (string, error) { io.WriteString(c, "220 hello\r\n"); return "", errors.New("no") }, vfs.ErrConnect},
	} {
		p := startProxy(t, c.greet)
		_, err := tryConnect(t, srv, func(o *session.Options) { o.Endpoint.Proxy = fmt.Sprintf(c.url, p.addr) })
		if !errors.Is(err, c.want) || !errors.Is(err, vfs.ErrProxy) || !strings.Contains(err.Error(), "proxy") || strings.Contains(err.Error(), "falsch") {
			t.Errorf("%s: %v, want %v", c.url, err, c.want)
		}
	}
	for _, bad := range []string{"gopher://x", "socks5://", "http://%zz", "ftp://x?login=magic"} {
		if _, err := tryConnect(t, srv, func(o *session.Options) { o.Endpoint.Proxy = bad }); !errors.Is(err, vfs.ErrUsage) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestFTPProxyLogins(t *testing.T) {
	for url, want := range map[string][]string{
		"ftp://%s":                             {"USER me@ftp.example:2121", "PASS geheim"},
		"ftp://hans:wurst@%s":                  {"USER hans", "PASS wurst", "USER me@ftp.example:2121", "PASS geheim"},
		"ftp://hans:wurst@%s?login=site":       {"USER hans", "PASS wurst", "SITE ftp.example:2121", "USER me", "PASS geheim"},
		"ftp://hans:wurst@%s?login=open":       {"USER hans", "PASS wurst", "OPEN ftp.example:2121", "USER me", "PASS geheim"},
		"ftp://x@%s?login=user@host":           {"USER me@ftp.example:2121", "PASS geheim"},
		"ftp://hans:wurst@%s?login=proxy-user": {"USER hans", "PASS wurst", "USER me@ftp.example:2121", "PASS geheim"},
	} {
		t.Run(url, func(t *testing.T) {
			srv := ftptest.NewScript(t)
			srv.Put("/f", []byte("hello"))
			srv.On("SITE", func(c *ftptest.Conn, _ string) { c.Reply(220, "connected") })
			srv.On("OPEN", func(c *ftptest.Conn, _ string) { c.Reply(220, "connected") })
			s := connect(t, srv, func(o *session.Options) {
				o.Endpoint.Proxy = fmt.Sprintf(url, srv.Addr())
				o.Endpoint.Host, o.Endpoint.Port = "ftp.example", 2121
			})
			got := strings.Join(srv.Commands(), "\n")
			if !strings.HasPrefix(got, strings.Join(want, "\n")) {
				t.Errorf("sent\n%s\nwant\n%s", got, strings.Join(want, "\n"))
			}
			if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestAnFTPProxyIsNoWayAroundTLS(t *testing.T) {
	srv := ftptest.NewScript(t, encrypted())
	mem := newMemory()
	asked := 0
	try := func(mode vfs.TLSMode) error {
		_, err := tryConnect(t, srv, with(srv, mode), func(o *session.Options) {
			o.Endpoint.Proxy, o.Endpoint.Host, o.Endpoint.Port, o.Memory = "FTP://"+srv.Addr(), "ftp.example", 21, mem
			o.Endpoint.Insecure = true
			o.ClearText = func(_ context.Context, e vfs.Endpoint, alarm bool) (bool, error) {
				asked++
				if alarm || !session.FTPProxy(e) {
					t.Errorf("asked about %+v, alarm %v", e, alarm)
				}
				return true, nil
			}
		})
		return err
	}
	if err := try(vfs.TLSExplicit); err != nil || mem.Learned("ftp.example:21").TLSOffered {
		t.Errorf("TLS with the proxy: %v; it was taken for the server's", err)
	}
	if err := try(vfs.TLSTry); err != nil || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	srv.Forget()
	mem.Learn("ftp.example:21", func(l *vfs.Learned) { l.TLSOffered = true })
	if err := try(vfs.TLSTry); !errors.Is(err, vfs.ErrAlarm) || !errors.Is(err, vfs.ErrProxy) || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	noSecretsWereTold(t, srv)
}

func TestAWrongLoginAtAnFTPProxyIsNotTheServers(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.On("PASS", func(c *ftptest.Conn, _ string) { c.Reply(530, "proxy says no") })
	_, err := tryConnect(t, srv, func(o *session.Options) { o.Endpoint.Proxy = "ftp://hans:falsch@" + srv.Addr() })
	if !errors.Is(err, vfs.ErrProxy) || !vfs.Permanent(err) || !strings.Contains(err.Error(), "log in at the proxy") {
		t.Errorf("it is %v", err)
	}
}

func TestProxyFromTheEnvironment(t *testing.T) {
	srv := ftptest.NewScript(t)
	p := startProxy(t, socksGreet(""))
	for _, v := range []string{"ftp_proxy", "FTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"} {
		t.Setenv(v, "")
	}
	environment := func(o *session.Options) { o.Endpoint.Proxy = "" }
	t.Setenv("ALL_PROXY", "socks5://"+p.addr)
	connect(t, srv, environment)
	if n := len(p.list()); n != 1 {
		t.Errorf("ALL_PROXY: %d connections through the proxy", n)
	}
	t.Setenv("NO_PROXY", "localhost, 127.0.0.0/8")
	connect(t, srv, environment)
	t.Setenv("NO_PROXY", fmt.Sprintf("localhost:21,127.0.0.1:%d", srv.Port()))
	connect(t, srv, environment)
	t.Setenv("NO_PROXY", "")
	connect(t, srv)
	if n := len(p.list()); n != 1 {
		t.Errorf("NO_PROXY or none: %d connections through the proxy", n)
	}
	t.Setenv("NO_PROXY", "127.0.0.1:1, 127.0.0.2")
	connect(t, srv, environment)
	if n := len(p.list()); n != 2 {
		t.Errorf("NO_PROXY of another port: %d connections through the proxy", n)
	}
	t.Setenv("FTP_PROXY", "socks5://127.0.0.1:1")
	if _, err := tryConnect(t, srv, environment); !errors.Is(err, vfs.ErrConnect) {
		t.Errorf("FTP_PROXY comes before ALL_PROXY, yet %v", err)
	}
}
