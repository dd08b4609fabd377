package session

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
	"ferry/ftpsvc/wire"
)

// describeTLS names version and cipher: "TLS 1.3 AES-128-GCM-SHA256".
func describeTLS(st *tls.ConnectionState) string {
	cipher := strings.TrimPrefix(tls.CipherSuiteName(st.CipherSuite), "TLS_")
	return tls.VersionName(st.Version) + " " + strings.ReplaceAll(cipher, "_", "-")
}

// tlsConfig is for the control connection. Certificates are judged by verify.
func (s *Session) tlsConfig() (*tls.Config, error) {
	lo, err := tlsVersion(s.e.TLSMin, tls.VersionTLS12)
	if err != nil {
		return nil, err
	}
	hi, err := tlsVersion(s.e.TLSMax, tls.VersionTLS13)
	if err != nil {
		return nil, err
	}
	if lo > hi {
		return nil, fmt.Errorf("the lowest TLS version, %s, is above the highest, %s", tls.VersionName(lo), tls.VersionName(hi))
	}
	c := &tls.Config{ServerName: s.e.Host, MinVersion: lo, MaxVersion: hi, InsecureSkipVerify: true, VerifyConnection: s.verify}
	if s.e.ClientCert != "" {
		key := s.e.ClientKey
		if key == "" {
			key = s.e.ClientCert
		}
		pair, err := tls.LoadX509KeyPair(atHome(s.e.ClientCert), atHome(key))
		if err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// atHome is a path in which ~ stands for the user's home.
func atHome(path string) string {
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || os.IsPathSeparator(rest[0])) {
		if home, err := os.UserHomeDir(); err == nil {
			return home + rest
		}
	}
	return path
}

func tlsVersion(name string, def uint16) (uint16, error) {
	switch name {
	case "":
		return def, nil
	case "1.0":
		return tls.VersionTLS10, nil
	case "1.1":
		return tls.VersionTLS11, nil
	case "1.2":
		return tls.VersionTLS12, nil
	case "1.3":
		return tls.VersionTLS13, nil
	}
	return 0, fmt.Errorf("unknown TLS version %q", name)
}

// untrusted is a certificate that the user must be asked about.
type untrusted struct{ cert vfs.Certificate }

func (u *untrusted) Error() string {
	if u.cert.Known != "" {
		return "the certificate changed: it was " + u.cert.Known + ", now it is " + u.cert.Fingerprint
	}
	return u.cert.Problem + ", SHA-256 " + u.cert.Fingerprint
}

func (u *untrusted) Unwrap() error { return vfs.ErrTrust }

// verify judges the control connection's certificate: the system's roots
// vouch for it, or the user does, or the handshake ends. The user is asked afterwards,
// without a time limit, and the connection made anew.
func (s *Session) verify(st tls.ConnectionState) error {
	if len(st.PeerCertificates) == 0 {
		return errors.New("the server shows no certificate")
	}
	leaf := st.PeerCertificates[0]
	print := Fingerprint(leaf)
	s.info.Lock()
	s.certEnd, s.certPrint = leaf.NotAfter, print
	accepted := s.accepted
	s.info.Unlock()
	known := ""
	if s.o.Memory != nil {
		known = s.o.Memory.Trusted(s.e.HostKey())
	}
	if print == accepted || print == known || s.e.Insecure && known == "" {
		return nil
	}
	problem := s.chainProblem(st.PeerCertificates)
	if problem == "" {
		return nil
	}
	c := vfs.Certificate{
		HostKey: s.e.HostKey(), Subject: leaf.Subject.String(), Issuer: leaf.Issuer.String(), Names: names(leaf),
		NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter, Fingerprint: print, Known: known, Problem: problem,
	}
	if !s.e.Insecure {
		return &untrusted{c}
	}
	if s.o.Changed != nil {
		s.o.Changed(c)
	}
	return nil
}

// chainProblem tells in words why the system does not vouch for a chain: all
// of the reasons, "" when it does.
func (s *Session) chainProblem(chain []*x509.Certificate) string {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	leaf := chain[0]
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: s.e.Host, Intermediates: between, Roots: s.o.Roots})
	if err == nil {
		return ""
	}
	var why []string
	when := time.Now()
	switch {
	case when.After(leaf.NotAfter):
		why, when = append(why, "expired"), leaf.NotAfter
	case when.Before(leaf.NotBefore):
		why, when = append(why, "not yet valid"), leaf.NotBefore
	}
	if leaf.VerifyHostname(s.e.Host) != nil {
		why = append(why, "wrong host: it is for "+strings.Join(names(leaf), ", "))
	}
	var unknown x509.UnknownAuthorityError
	if _, err := leaf.Verify(x509.VerifyOptions{Intermediates: between, Roots: s.o.Roots, CurrentTime: when}); errors.As(err, &unknown) {
		if leaf.Subject.String() == leaf.Issuer.String() {
			why = append(why, "self-signed")
		} else {
			why = append(why, "signed by an unknown authority")
		}
	} else if err != nil {
		why = append(why, err.Error())
	}
	if why == nil {
		return err.Error()
	}
	return strings.Join(why, "; ")
}

// names are the hosts and addresses that a certificate is for.
func names(c *x509.Certificate) []string {
	out := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	if len(out) == 0 {
		out = []string{c.Subject.CommonName}
	}
	return out
}

// Fingerprint is a certificate's SHA-256, in upper-case hex pairs with colons.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

// askTrust lets the user decide. It returns nil when the connection may be tried anew.
func (s *Session) askTrust(ctx context.Context, u *untrusted) error {
	refusal := &vfs.Error{Op: "connect", Path: s.e.Addr(), Err: u}
	if s.o.Trust == nil {
		return refusal
	}
	answer, err := s.o.Trust(ctx, u.cert)
	if err != nil {
		return s.fail("connect", s.e.Addr(), err)
	}
	if answer == vfs.TrustNo {
		return refusal
	}
	s.info.Lock()
	s.accepted = u.cert.Fingerprint
	s.info.Unlock()
	if answer == vfs.TrustRemember && s.o.Memory != nil {
		s.o.Memory.Trust(s.e.HostKey(), u.cert.Fingerprint)
	}
	return nil
}

// secure brings the connection to the state that the TLS mode asks for,
// before anything secret is sent.
func (s *Session) secure(ctx context.Context) error {
	switch s.e.TLS {
	case vfs.TLSOff, vfs.TLSImplicit:
		return nil
	case vfs.TLSTry:
		if s.proxy != nil {
			return s.proxyTLS()
		}
	}
	rep, err := s.t.StartTLS(ctx, "TLS")
	if err == nil && s.e.TLS == vfs.TLSExplicit && (rep.Code == 504 || rep.Code == 534) {
		rep, err = s.t.StartTLS(ctx, "SSL") // servers older than RFC 4217
	}
	fail := func(cause error) error {
		return &vfs.Error{Op: "connect", Path: s.e.Addr(), Reply: rep, Err: cause}
	}
	switch {
	case err != nil:
		return err
	case rep.Code == 234:
		if s.proxy == nil { // else it is the proxy's
			s.learnHost(func(l *vfs.Learned) { l.TLSOffered = true })
		}
		return nil
	case rep.Code < 400:
		return fail(joined{vfs.ErrTLS, errors.New("this does not answer AUTH TLS")})
	case rep.Code < 500 || tooMany(strings.ToLower(rep.String())): // it may be another time
		if cause := sentinelOf(rep); rep.Code == 421 || errors.Is(cause, vfs.ErrTooMany) {
			return fail(cause)
		}
		return fail(joined{vfs.ErrConnect, errors.New("no TLS now, perhaps later")})
	case s.e.TLS == vfs.TLSExplicit:
		return fail(joined{vfs.ErrTLS, errors.New("the server refuses AUTH TLS")})
	case s.known().TLSOffered:
		return s.tlsGone(ctx, fail)
	case !offersNone(rep):
		return fail(joined{vfs.ErrTLS, errors.New("the server refuses AUTH TLS, and not as one that has no TLS")})
	}
	return nil
}

// offersNone reports a refusal of AUTH that means that there is no TLS: the
// command, the mechanism or the policy of RFC 4217 and RFC 2228. Servers that look at
// no command before the login (vsftpd without TLS) say 530 and that one is to log in.
func offersNone(r vfs.Reply) bool {
	switch r.Code {
	case 500, 501, 502, 503, 504, 534:
		return true
	case 530:
		return has(strings.ToLower(r.String()), "log", "user")
	}
	return false
}

// proxyTLS is for an FTP proxy: AUTH would be for it, not for the server.
func (s *Session) proxyTLS() error {
	if !s.known().TLSOffered {
		return nil
	}
	return &vfs.Error{Op: "connect", Path: s.e.Addr(),
		Err: joined{vfs.ErrProxy, alarm("this server offers TLS, and through an FTP proxy there is none to it; nothing was sent in clear text")}}
}

// tlsGone lets the user decide where TLS was offered before.
func (s *Session) tlsGone(ctx context.Context, fail func(error) error) error {
	if s.o.ClearText != nil {
		var err error
		if s.clearOK, err = s.o.ClearText(ctx, s.o.Endpoint, true); err != nil {
			return err
		}
	}
	if !s.clearOK {
		return fail(alarm("the server offered TLS before and refuses it now; nothing was sent in clear text"))
	}
	return nil
}

// alarm is the error where encryption is not what it should be.
func alarm(text string) error {
	return joined{vfs.ErrTLS, joined{vfs.ErrAlarm, errors.New(text)}}
}

// mayTellPassword asks before a password goes out in clear text.
func (s *Session) mayTellPassword(ctx context.Context) error {
	if s.t.TLS() != nil || s.e.Anonymous() || s.o.Password == "" || s.known().ClearOK || s.o.ClearText == nil || s.clearOK {
		return nil
	}
	ok, err := s.o.ClearText(ctx, s.o.Endpoint, false)
	if err != nil {
		return err
	}
	if !ok {
		return &vfs.Error{Op: "log in", Path: s.e.Addr(), Err: joined{vfs.ErrTLS, errors.New("the password would go out in clear text")}}
	}
	s.clearOK = true
	s.learnHost(func(l *vfs.Learned) { l.ClearOK = true })
	return nil
}

// known is what is remembered of the host, whatever the account.
func (s *Session) known() vfs.Learned {
	if s.o.Memory == nil {
		return vfs.Learned{}
	}
	l := s.o.Memory.Learned(s.e.HostKey())
	own := s.o.Memory.Learned(s.e.Key())
	l.TLSOffered = l.TLSOffered || own.TLSOffered
	l.ClearOK = l.ClearOK || own.ClearOK
	return l
}

// learnHost remembers something for all accounts of the host, and for this one.
func (s *Session) learnHost(change func(*vfs.Learned)) {
	if s.o.Memory == nil {
		return
	}
	s.o.Memory.Learn(s.e.HostKey(), change)
	s.o.Memory.Learn(s.e.Key(), change)
}

// firstSilence is how long a server may take to greet before it is tried
// whether it waits for TLS; a variable for tests.
var firstSilence = 5 * time.Second

// errWaitsForTLS is why a server does not greet.
var errWaitsForTLS = joined{vfs.ErrTLS, errors.New("no greeting: the server waits for TLS from the first byte, which ftps:// is for")}

// dial is wire.Dial, and finds out over a second connection whether a server
// that does not greet waits for TLS: the time limit is long, for those that greet late.
func dial(ctx context.Context, w wire.Options) (*wire.Transport, error) {
	if w.Implicit {
		return wire.Dial(ctx, w)
	}
	dctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	waits, tried := false, make(chan struct{})
	timer := time.AfterFunc(min(firstSilence, w.Timeout/2), func() {
		defer close(tried)
		if waits = speaksTLS(dctx, w); waits {
			stop(errWaitsForTLS)
		}
	})
	t, err := wire.Dial(dctx, w)
	if !timer.Stop() {
		if !errors.Is(err, wire.ErrTimeout) {
			stop(nil)
		}
		if <-tried; waits && err != nil {
			return nil, errWaitsForTLS
		}
	}
	if t != nil {
		t.Use(ctx)
	}
	return t, err
}

// probeTLS is how long a server that said nothing is given to shake hands.
const probeTLS = 3 * time.Second

// speaksTLS reports whether a server that does not greet shakes hands instead.
func speaksTLS(ctx context.Context, w wire.Options) bool {
	w.Implicit, w.Timeout, w.Trace = true, min(w.Timeout, probeTLS), nil
	w.TLS = &tls.Config{ServerName: w.TLS.ServerName, InsecureSkipVerify: true} // nothing is said over it
	t, err := wire.Dial(ctx, w)
	if err != nil {
		var refusal *wire.ReplyError
		return errors.As(err, &refusal)
	}
	t.Close()
	return true
}

// protect sends PBSZ and PROT P as part of a batch (RFC 4217 section 9), and checkProtect reads the answer.
func (s *Session) protect() []string {
	if s.t.TLS() == nil {
		return nil
	}
	return []string{"PBSZ 0", "PROT P"}
}

// checkProtect refuses a session whose data would travel in clear text. With
// implicit TLS the data connections are encrypted whatever the server says to PROT.
func (s *Session) checkProtect(prot vfs.Reply) error {
	if prot.Code/100 == 2 || s.e.TLS == vfs.TLSImplicit {
		return nil
	}
	return &vfs.Error{Op: "encrypt data", Path: s.e.Addr(), Reply: prot,
		Err: joined{vfs.ErrTLS, errors.New("the server will not encrypt data connections")}}
}
