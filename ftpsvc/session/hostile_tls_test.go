package session_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

func encrypted() ftptest.ScriptOptions { return ftptest.ScriptOptions{TLS: true} }

// with sets the TLS mode and lets the server's certificate be vouched for.
func with(srv *ftptest.Script, mode vfs.TLSMode) func(*session.Options) {
	return func(o *session.Options) { o.Endpoint.TLS, o.Roots = mode, srv.Roots() }
}

func noSecretsWereTold(t *testing.T, srv *ftptest.Script) {
	t.Helper()
	for _, c := range srv.Commands() {
		if strings.HasPrefix(c, "USER") || strings.HasPrefix(c, "PASS") {
			t.Errorf("sent in clear text: %q", c)
		}
	}
}

func TestHostile36AuthRefused(t *testing.T) {
	for name, h := range map[string]ftptest.Handler{
		"refused":          func(c *ftptest.Conn, _ string) { c.Reply(502, "no TLS") },
		"answered 230":     func(c *ftptest.Conn, _ string) { c.In = true; c.Reply(230, "in already") },
		"answered 200":     func(c *ftptest.Conn, _ string) { c.Reply(200, "whatever") },
		"answered 431":     func(c *ftptest.Conn, _ string) { c.Reply(431, "not now") },
		"hangs up instead": func(c *ftptest.Conn, _ string) { c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			srv := ftptest.NewScript(t, encrypted())
			srv.On("AUTH", h)
			if _, err := tryConnect(t, srv, with(srv, vfs.TLSExplicit)); err == nil {
				t.Error("no error")
			}
			noSecretsWereTold(t, srv)
		})
	}
}

func TestHostile36GreetingThatLogsInBeforeAuth(t *testing.T) {
	srv := ftptest.NewScript(t, encrypted())
	srv.On("GREETING", func(c *ftptest.Conn, _ string) { c.In = true; c.Raw("230 in already\r\n") })
	srv.Refuse(502, "AUTH")
	if _, err := tryConnect(t, srv, with(srv, vfs.TLSExplicit)); !errors.Is(err, vfs.ErrTLS) {
		t.Errorf("it is %v", err)
	}
}

func TestHostile37BytesBehindThe234(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true, BehindAuth: "230 you are in\r\n200 fine\r\n"})
	if _, err := tryConnect(t, srv, with(srv, vfs.TLSExplicit)); !errors.Is(err, vfs.ErrTLS) || !errors.Is(err, vfs.ErrAlarm) {
		t.Errorf("it is %v", err)
	}
	noSecretsWereTold(t, srv)
}

func cert(t *testing.T, o ftptest.CertOptions) *ftptest.Cert {
	t.Helper()
	c, err := ftptest.MakeCert(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func serverWith(t *testing.T, c *ftptest.Cert) *ftptest.Script {
	return ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true, TLSConfig: &tls.Config{Certificates: []tls.Certificate{c.TLS}}})
}

func TestHostile38Certificates(t *testing.T) {
	good := cert(t, ftptest.CertOptions{})
	pool := x509.NewCertPool()
	pool.AddCert(good.Leaf)
	old := cert(t, ftptest.CertOptions{NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour)})
	pool.AddCert(old.Leaf)
	other := cert(t, ftptest.CertOptions{Hosts: []string{"elsewhere.example"}})
	pool.AddCert(other.Leaf)
	for name, c := range map[string]struct {
		cert *ftptest.Cert
		want string
	}{
		"vouched for": {good, ""},
		"self-signed": {cert(t, ftptest.CertOptions{}), "self-signed"},
		"wrong host":  {other, "wrong host: it is for elsewhere.example"},
		"expired":     {old, "expired"},
		"expired, for another host and self-signed": {cert(t, ftptest.CertOptions{Hosts: []string{"elsewhere.example", "192.0.2.7"},
			NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour)}), "expired; wrong host: it is for elsewhere.example, 192.0.2.7; self-signed"},
		"chain that ends in nothing": {cert(t, ftptest.CertOptions{Name: "leaf",
			Parent: cert(t, ftptest.CertOptions{Name: "nobody"})}), "signed by an unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := serverWith(t, c.cert)
			var asked []vfs.Certificate
			ask := func(answer vfs.TrustAnswer) func(*session.Options) {
				return func(o *session.Options) {
					o.Endpoint.TLS, o.Roots = vfs.TLSExplicit, pool
					o.Trust = func(_ context.Context, c vfs.Certificate) (vfs.TrustAnswer, error) {
						asked = append(asked, c)
						return answer, nil
					}
				}
			}
			s, err := tryConnect(t, srv, ask(vfs.TrustNo))
			if c.want == "" {
				if err != nil || len(asked) != 0 {
					t.Fatalf("%v, asked %v", err, asked)
				}
				inStep(t, s)
				return
			}
			if !errors.Is(err, vfs.ErrTrust) || len(asked) != 1 || asked[0].Problem != c.want {
				t.Fatalf("%v, asked %+v", err, asked)
			}
			if l := c.cert.Leaf; len(asked[0].Names) != len(l.DNSNames)+len(l.IPAddresses) {
				t.Errorf("names %q", asked[0].Names)
			}
			if asked[0].Fingerprint != session.Fingerprint(c.cert.Leaf) || asked[0].Known != "" {
				t.Errorf("shown %+v", asked[0])
			}
			noSecretsWereTold(t, srv)
			s, err = tryConnect(t, srv, ask(vfs.TrustOnce))
			if err != nil {
				t.Fatal(err)
			}
			inStep(t, s)
		})
	}
}

func TestHostile38ChangedCertificateIsAnAlarm(t *testing.T) {
	first := cert(t, ftptest.CertOptions{})
	mem := newMemory()
	var shown vfs.Certificate
	answer := vfs.TrustRemember
	opt := func(o *session.Options) {
		o.Endpoint.TLS, o.Memory = vfs.TLSExplicit, mem
		o.Trust = func(_ context.Context, c vfs.Certificate) (vfs.TrustAnswer, error) { shown = c; return answer, nil }
	}
	srv := serverWith(t, first)
	if _, err := tryConnect(t, srv, opt); err != nil {
		t.Fatal(err)
	}
	shown = vfs.Certificate{}
	if _, err := tryConnect(t, srv, opt); err != nil || shown.Fingerprint != "" {
		t.Fatalf("a remembered certificate was asked about again: %+v, %v", shown, err)
	}
	other := serverWith(t, cert(t, ftptest.CertOptions{}))
	key := to(srv).HostKey()
	mem.Trust(to(other).HostKey(), mem.Trusted(key))
	answer = vfs.TrustNo
	_, err := tryConnect(t, other, opt)
	if !errors.Is(err, vfs.ErrTrust) || shown.Known != session.Fingerprint(first.Leaf) || !strings.Contains(err.Error(), "changed") {
		t.Errorf("%v, shown %+v", err, shown)
	}
	noSecretsWereTold(t, other)
}

func TestHostile38DataConnectionWithAnotherCertificate(t *testing.T) {
	thief := cert(t, ftptest.CertOptions{})
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true, NoTickets: true,
		DataTLS: &tls.Config{Certificates: []tls.Certificate{thief.TLS}, SessionTicketsDisabled: true}})
	srv.Put("/f", []byte("hello"))
	s := connect(t, srv, with(srv, vfs.TLSExplicit))
	if _, err := get(t, s, "/f"); !errors.Is(err, vfs.ErrTLS) || !errors.Is(err, vfs.ErrAlarm) {
		t.Errorf("download: %v", err)
	}
	if err := put(t, s, "/g", []byte("secret")); err == nil {
		t.Error("an upload went to another certificate")
	}
	if got, ok := srv.Get("/g"); ok && len(got) > 0 {
		t.Errorf("%q was told to it", got)
	}
}

func TestHostile39ProtRefused(t *testing.T) {
	for _, code := range []int{534, 536, 502, 431} {
		srv := ftptest.NewScript(t, encrypted())
		srv.Refuse(code, "PROT")
		if _, err := tryConnect(t, srv, with(srv, vfs.TLSExplicit)); !errors.Is(err, vfs.ErrTLS) {
			t.Errorf("%d: %v", code, err)
		}
		if srv.Count("CCC") != 0 {
			t.Error("CCC was sent unasked")
		}
	}
}

func TestHostile40DataConnectionWithoutTLS(t *testing.T) {
	t.Parallel()
	srv := ftptest.NewScript(t, encrypted())
	srv.Put("/f", []byte("hello"))
	srv.On("PROT", func(c *ftptest.Conn, _ string) { c.Reply(200, "surely") })
	s := connect(t, srv, with(srv, vfs.TLSExplicit), func(o *session.Options) { o.Endpoint.Timeout = time.Second })
	if got, err := get(t, s, "/f"); !errors.Is(err, vfs.ErrAlarm) {
		t.Errorf("%q was taken: %v", got, err)
	}
	if err := put(t, s, "/g", []byte("secret, secret, secret")); err == nil {
		t.Error("the upload went on")
	}
	if got, _ := srv.Get("/g"); strings.Contains(string(got), "secret") {
		t.Error("it went out in clear text")
	}
}

func TestHostile42AndQuirk1SessionsAreResumed(t *testing.T) {
	for name, version := range map[string]string{"TLS 1.2": "1.2", "TLS 1.3": "1.3"} {
		t.Run(name, func(t *testing.T) {
			srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true, RequireReuse: true})
			srv.Put("/f", []byte("hello"))
			s := connect(t, srv, with(srv, vfs.TLSExplicit), func(o *session.Options) { o.Endpoint.TLSMin, o.Endpoint.TLSMax = version, version })
			for range 5 { // tickets may be good for one use each
				if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
					t.Fatalf("%q, %v", got, err)
				}
				get(t, s, "/none")
			}
			if all, resumed := s.DataSessions(); all != resumed || all < 5 {
				t.Errorf("%d of %d resumed", resumed, all)
			}
		})
	}
}

// crypto/tls resumes no session of an expired certificate by itself.
func TestATrustedCertificateThatExpiredIsResumed(t *testing.T) {
	cert, err := ftptest.MakeCert(ftptest.CertOptions{NotBefore: time.Now().AddDate(-2, 0, 0), NotAfter: time.Now().AddDate(-1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"1.2", "1.3"} {
		srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true, RequireReuse: true, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert.TLS}}})
		srv.Put("/f", []byte("hello"))
		s := connect(t, srv, func(o *session.Options) {
			o.Endpoint.TLS, o.Endpoint.TLSMin, o.Endpoint.TLSMax = vfs.TLSExplicit, version, version
			o.Trust = func(context.Context, vfs.Certificate) (vfs.TrustAnswer, error) { return vfs.TrustOnce, nil }
		})
		for range 3 {
			if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
				t.Errorf("TLS %s: %q, %v", version, got, err)
			}
		}
	}
}

func TestHostile41DownloadCutWithoutCloseNotify(t *testing.T) {
	srv := ftptest.NewScript(t, encrypted())
	body := []byte("hello, world")
	cut := func(n int) ftptest.Handler {
		return func(c *ftptest.Conn, _ string) {
			c.Reply(150, "here")
			d, err := c.OpenData()
			if err != nil {
				return
			}
			d.Write(body[:n])
			d.(*tls.Conn).NetConn().Close()
			c.Reply(226, "done")
		}
	}
	srv.Put("/f", body)
	s := connect(t, srv, with(srv, vfs.TLSExplicit))
	srv.On("RETR", cut(len(body)))
	if got, err := read(t.Context(), s, "/f", vfs.ReadOptions{Size: int64(len(body))}); err != nil || string(got) != string(body) {
		t.Errorf("whole by its length, yet %q, %v", got, err)
	}
	srv.On("RETR", cut(5))
	if _, err := get(t, s, "/f"); err == nil {
		t.Error("a cut download of unknown length was told whole")
	}
	srv.Refuse(502, "SIZE")
	if _, err := get(t, s, "/f"); !errors.Is(err, vfs.ErrConnLost) {
		t.Errorf("cut, and no SIZE to ask: %v", err)
	}
}

func TestHostile43Handshakes(t *testing.T) {
	t.Run("that never end", func(t *testing.T) {
		srv := ftptest.NewScript(t, encrypted())
		srv.On("AUTH", func(c *ftptest.Conn, _ string) { c.Reply(234, "go on"); <-t.Context().Done() })
		_, err := tryConnect(t, srv, with(srv, vfs.TLSExplicit), func(o *session.Options) { o.Endpoint.Timeout = 300 * time.Millisecond })
		if !errors.Is(err, vfs.ErrTimeout) && !errors.Is(err, vfs.ErrTLS) {
			t.Errorf("it is %v", err)
		}
	})
	t.Run("against a clear text greeting", func(t *testing.T) {
		srv := ftptest.NewScript(t)
		_, err := tryConnect(t, srv, func(o *session.Options) { o.Endpoint.TLS = vfs.TLSImplicit })
		if !errors.Is(err, vfs.ErrTLS) {
			t.Errorf("it is %v", err)
		}
	})
	t.Run("of a server that waits for one on the clear text port", func(t *testing.T) {
		srv := ftptest.NewScript(t, ftptest.ScriptOptions{Implicit: true})
		_, err := tryConnect(t, srv, func(o *session.Options) { o.Endpoint.Timeout = 300 * time.Millisecond })
		if !errors.Is(err, vfs.ErrTLS) || !strings.Contains(err.Error(), "ftps://") {
			t.Errorf("it is %v", err)
		}
	})
	t.Run("of a server that waits for one, told before the time limit", func(t *testing.T) {
		defer session.GreetsWithin(10 * time.Millisecond)()
		srv := ftptest.NewScript(t, ftptest.ScriptOptions{Implicit: true})
		o := options(srv, func(o *session.Options) { o.Endpoint.Timeout = time.Hour })
		if _, err := session.Open(soon(t), o); !errors.Is(err, vfs.ErrTLS) || !strings.Contains(err.Error(), "ftps://") {
			t.Errorf("it is %v", err)
		}
	})
	t.Run("of none: a server that greets late", func(t *testing.T) {
		defer session.GreetsWithin(time.Millisecond)()
		srv := ftptest.NewScript(t)
		tried := make(chan struct{})
		srv.On("GREETING", func(c *ftptest.Conn, _ string) {
			if srv.Total() > 1 { // what was tried meanwhile
				close(tried)
				c.Close()
				return
			}
			<-tried
			c.Raw("220 at last\r\n")
		})
		inStep(t, connect(t, srv))
	})
	t.Run("after a flood", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			c, err := l.Accept()
			if err == nil {
				c.Write([]byte("220 " + strings.Repeat("x", 16<<10) + "\r\n"))
				c.Close()
			}
		}()
		e := vfs.Endpoint{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: vfs.TLSImplicit, Timeout: time.Second, Proxy: "none"}
		if _, err := session.Open(t.Context(), session.Options{Endpoint: e}); !errors.Is(err, vfs.ErrTLS) {
			t.Errorf("it is %v", err)
		}
	})
}

func TestTLSIsTriedFirstAndItsLossIsAnAlarm(t *testing.T) {
	srv := ftptest.NewScript(t, encrypted())
	mem := newMemory()
	var alarms []bool
	opt := func(answer bool) func(*session.Options) {
		return func(o *session.Options) {
			with(srv, vfs.TLSTry)(o)
			o.Memory = mem
			o.ClearText = func(_ context.Context, _ vfs.Endpoint, alarm bool) (bool, error) {
				alarms = append(alarms, alarm)
				return answer, nil
			}
		}
	}
	s, err := tryConnect(t, srv, opt(false))
	if err != nil || s.Info().TLS == "" || len(alarms) != 0 {
		t.Fatalf("%v, %q, asked %v", err, s.Info().TLS, alarms)
	}
	srv.Refuse(502, "AUTH")
	srv.Forget()
	if _, err := tryConnect(t, srv, opt(false)); !errors.Is(err, vfs.ErrTLS) || !errors.Is(err, vfs.ErrAlarm) || len(alarms) != 1 || !alarms[0] {
		t.Errorf("%v, asked %v", err, alarms)
	}
	noSecretsWereTold(t, srv)
	if _, err := tryConnect(t, srv, func(o *session.Options) { with(srv, vfs.TLSTry)(o); o.Memory = mem }); !errors.Is(err, vfs.ErrTLS) {
		t.Errorf("without anyone to ask: %v", err)
	}
	noSecretsWereTold(t, srv)
	alarms = nil
	if s, err := tryConnect(t, srv, opt(true)); err != nil || s.Info().TLS != "" {
		t.Errorf("allowed, yet %v", err)
	}
	if len(alarms) != 1 || !alarms[0] {
		t.Errorf("who allowed clear text was asked %v", alarms)
	}
}

func TestOnlySomeRefusalsOfAuthMeanThatThereIsNoTLS(t *testing.T) {
	known := newMemory()
	for _, c := range []struct {
		code            int
		text            string
		unknown, before error // of an unknown host, and of one known for TLS; nil: in
	}{
		{500, "AUTH not understood", nil, vfs.ErrAlarm},
		{502, "no such command", nil, vfs.ErrAlarm},
		{504, "not that", nil, vfs.ErrAlarm},
		{530, "Please login with USER and PASS.", nil, vfs.ErrAlarm},
		{534, "policy", nil, vfs.ErrAlarm},
		{530, "SSL is broken", vfs.ErrTLS, vfs.ErrAlarm},
		{535, "security check failed", vfs.ErrTLS, vfs.ErrAlarm},
		{530, "too many connections", vfs.ErrTooMany, vfs.ErrTooMany},
		{421, "too many users", vfs.ErrTooMany, vfs.ErrTooMany},
		{421, "Service not available, try again later", vfs.ErrConnLost, vfs.ErrConnLost},
		{431, "no certificate now", vfs.ErrConnect, vfs.ErrConnect},
		{454, "later", vfs.ErrConnect, vfs.ErrConnect},
		{220, "hello", vfs.ErrTLS, vfs.ErrTLS},
		{334, "go on", vfs.ErrTLS, vfs.ErrTLS},
	} {
		srv := ftptest.NewScript(t, encrypted())
		known.Learn(vfs.Endpoint{Host: srv.Host(), Port: srv.Port()}.HostKey(), func(l *vfs.Learned) { l.TLSOffered = true })
		srv.On("AUTH", func(conn *ftptest.Conn, _ string) { conn.Reply(c.code, c.text) })
		for _, m := range []struct {
			mem  vfs.Memory
			want error
		}{{newMemory(), c.unknown}, {known, c.before}} {
			srv.Forget()
			_, err := tryConnect(t, srv, with(srv, vfs.TLSTry), func(o *session.Options) { o.Memory = m.mem })
			if !errors.Is(err, m.want) || m.want != vfs.ErrAlarm && errors.Is(err, vfs.ErrAlarm) {
				t.Errorf("%d %s: %v, want %v", c.code, c.text, err, m.want)
			}
			if m.want != nil {
				noSecretsWereTold(t, srv)
			}
		}
	}
}

func TestAChangedCertificateIsToldAlsoWhereAnyIsTaken(t *testing.T) {
	srv := serverWith(t, cert(t, ftptest.CertOptions{}))
	mem := newMemory()
	var told []vfs.Certificate
	opt := func(o *session.Options) {
		o.Endpoint.TLS, o.Endpoint.Insecure, o.Memory = vfs.TLSExplicit, true, mem
		o.Changed = func(c vfs.Certificate) {
			told = append(told, c)
			noSecretsWereTold(t, srv)
		}
	}
	connect(t, srv, opt)
	if len(told) != 0 {
		t.Errorf("nothing was remembered, yet %v", told)
	}
	srv.Forget()
	mem.Trust(vfs.Endpoint{Host: srv.Host(), Port: srv.Port()}.HostKey(), "AA:BB")
	connect(t, srv, opt)
	if len(told) != 1 || !strings.Contains(told[0].Alarm(), "AA:BB") || !strings.Contains(told[0].Alarm(), told[0].Fingerprint) {
		t.Fatalf("told %v", told)
	}
	mem.Trust(told[0].HostKey, told[0].Fingerprint)
	connect(t, srv, opt)
	if len(told) != 1 {
		t.Errorf("it is the remembered one, yet told %v", told)
	}
}

func TestClearTextPasswordsAreAskedAboutOnce(t *testing.T) {
	srv := ftptest.NewScript(t)
	mem := newMemory()
	asked := 0
	answer := false
	opt := func(o *session.Options) {
		o.Endpoint.TLS, o.Memory = vfs.TLSTry, mem
		o.ClearText = func(context.Context, vfs.Endpoint, bool) (bool, error) { asked++; return answer, nil }
	}
	if _, err := tryConnect(t, srv, opt); !errors.Is(err, vfs.ErrTLS) || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	noSecretsWereTold(t, srv)
	if _, err := tryConnect(t, srv, opt, func(o *session.Options) { o.Endpoint.User, o.Password = "anonymous", "" }); err != nil || asked != 1 {
		t.Errorf("anonymous: %v, asked %d times", err, asked)
	}
	answer = true
	for range 2 {
		if _, err := tryConnect(t, srv, opt); err != nil || asked != 2 {
			t.Errorf("%v, asked %d times", err, asked)
		}
	}
}

func TestQuirk33AuthSSLAndNoPBSZ(t *testing.T) {
	srv := ftptest.NewScript(t, encrypted())
	srv.Put("/f", []byte("hello"))
	srv.Refuse(502, "PBSZ")
	srv.On("AUTH", func(c *ftptest.Conn, arg string) {
		if arg != "SSL" {
			c.Reply(504, "no such mechanism")
			return
		}
		c.Default()
	})
	s := connect(t, srv, with(srv, vfs.TLSExplicit))
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" || s.Info().TLS == "" {
		t.Errorf("%q, %v, TLS %q", got, err, s.Info().TLS)
	}
}

func TestQuirk34ImplicitTLSThatRefusesProt(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{Implicit: true})
	srv.Put("/f", []byte("hello"))
	srv.On("PBSZ", func(c *ftptest.Conn, _ string) { c.Reply(503, "not here") })
	srv.On("PROT", func(c *ftptest.Conn, _ string) { c.Prot = 'P'; c.Reply(503, "it always is") })
	s := connect(t, srv, with(srv, vfs.TLSImplicit))
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestClientCertificateIsShown(t *testing.T) {
	mine := cert(t, ftptest.CertOptions{Name: "me"})
	server := cert(t, ftptest.CertOptions{})
	pool := x509.NewCertPool()
	pool.AddCert(mine.Leaf)
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true, TLSConfig: &tls.Config{
		Certificates: []tls.Certificate{server.TLS}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}})
	srv.Put("/f", []byte("hello"))
	dir := t.TempDir()
	files := [2]string{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	for i, b := range [][]byte{mine.PEM, mine.KeyPEM} {
		if err := os.WriteFile(files[i], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	trust := func(o *session.Options) { o.Endpoint.TLS, o.Endpoint.Insecure = vfs.TLSExplicit, true }
	for _, version := range []string{"1.2", "1.3"} { // 1.3 tells behind the handshake
		_, err := tryConnect(t, srv, trust, func(o *session.Options) { o.Endpoint.TLSMin, o.Endpoint.TLSMax = version, version })
		if !errors.Is(err, vfs.ErrTLS) || version == "1.3" && !strings.Contains(err.Error(), "certificate required") {
			t.Errorf("without a certificate, TLS %s: %v", version, err)
		}
	}
	t.Setenv("HOME", dir)
	connect(t, srv, trust, func(o *session.Options) { o.Endpoint.ClientCert, o.Endpoint.ClientKey = "~/cert.pem", "~/key.pem" })
	s := connect(t, srv, trust, func(o *session.Options) { o.Endpoint.ClientCert, o.Endpoint.ClientKey = files[0], files[1] })
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestTLSVersionsAreKept(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true})
	for _, v := range []string{"1.2", "1.3"} {
		s := connect(t, srv, with(srv, vfs.TLSExplicit), func(o *session.Options) { o.Endpoint.TLSMin, o.Endpoint.TLSMax = v, v })
		if got := s.Info().TLS; !strings.HasPrefix(got, "TLS "+v) {
			t.Errorf("%q, want %s", got, v)
		}
	}
	for _, v := range [][2]string{{"9", ""}, {"1.3", "1.2"}} {
		if _, err := tryConnect(t, srv, func(o *session.Options) { o.Endpoint.TLSMin, o.Endpoint.TLSMax = v[0], v[1] }); !errors.Is(err, vfs.ErrUsage) {
			t.Errorf("%q: %v", v, err)
		}
	}
}
