package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"ferry/ftpsvc/vfs"
)

// StartTLS sends AUTH (RFC 4217) for a mechanism, TLS or the older SSL, which
// means the same. A refusal is returned as it is, with the connection still in
// clear text.
func (t *Transport) StartTLS(ctx context.Context, mechanism string) (vfs.Reply, error) {
	line := "AUTH " + mechanism
	c := newCall(simple, line)
	c.lastOne = true
	if err := t.write([]byte(line+"\r\n"), c); err != nil {
		return vfs.Reply{}, err
	}
	rep, err := t.await(ctx, c, t.opt.Timeout)
	if err != nil || rep.Code != 234 {
		return rep, err
	}
	t.readers.Wait() // the reader stops behind the 234
	if err := t.Err(); err != nil {
		return rep, err
	}
	if err := t.handshake(ctx); err != nil {
		t.die(err)
		return rep, err
	}
	t.startReader()
	return rep, nil
}

// handshake puts TLS on the control connection and prepares that of the data connections.
func (t *Transport) handshake(ctx context.Context) error {
	conf := t.opt.TLS.Clone()
	host, _, _ := net.SplitHostPort(t.opt.Addr)
	if conf.ServerName == "" {
		conf.ServerName = host
	}
	conf.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	resumable(conf)
	tc := tls.Client(t.raw, conf)
	start := time.Now()
	hctx, cancel := context.WithTimeout(ctx, t.opt.Timeout)
	defer cancel()
	if err := tc.HandshakeContext(hctx); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("%w: TLS handshake", ErrTimeout)
		}
		return &TLSError{Err: err}
	}
	st := tc.ConnectionState()
	t.detail("%s, %s, after %v", tls.VersionName(st.Version), tls.CipherSuiteName(st.CipherSuite), time.Since(start).Round(10*time.Microsecond))
	t.mu.Lock()
	t.conn, t.tlsState = tc, &st
	t.mu.Unlock()
	t.tlsConf = dataConfig(conf, st)
	return nil
}

// ticketLife is the longest that a session may be resumed (RFC 8446 section 4.6.1).
const ticketLife = 7 * 24 * time.Hour

// resumable lets the sessions of an expired certificate be resumed, once
// VerifyConnection took it: crypto/tls, which asks no user, drops them, and
// servers refuse data connections that are no part of the session. The clock that
// it sees, for tickets alone, is set back to where the certificate was good.
func resumable(conf *tls.Config) {
	var back atomic.Int64 // nanoseconds
	judge := conf.VerifyConnection
	conf.VerifyConnection = func(st tls.ConnectionState) error {
		if judge != nil {
			if err := judge(st); err != nil {
				return err
			}
		}
		if len(st.PeerCertificates) > 0 {
			back.Store(int64(max(0, time.Since(st.PeerCertificates[0].NotAfter)+ticketLife)))
		}
		return nil
	}
	conf.Time = func() time.Time { return time.Now().Add(-time.Duration(back.Load())) }
}

// TLSError is a handshake that failed.
type TLSError struct {
	Err  error
	data bool // of a data connection
}

func (e *TLSError) Error() string { return "TLS: " + e.Err.Error() }
func (e *TLSError) Unwrap() error { return e.Err }

// Foreign reports that somebody else talks, by all that can be seen: bytes came
// before TLS could begin, or the peer of a data connection shows another certificate
// or speaks no TLS.
func (e *TLSError) Foreign() bool {
	var record tls.RecordHeaderError
	return errors.Is(e.Err, ErrOtherCert) || errors.Is(e.Err, ErrInjected) || e.data && errors.As(e.Err, &record)
}

// Cut reports that the peer just ended the connection, and gave no TLS reason.
func (e *TLSError) Cut() bool {
	var op *net.OpError
	return errors.Is(e.Err, io.EOF) || errors.As(e.Err, &op) && (op.Op == "read" || op.Op == "write") && !op.Timeout()
}

// LateTLS makes later data connections shake hands only after the server's
// first reply to the transfer. It reports false when they do so already.
func (t *Transport) LateTLS() bool {
	if t.quirk(QuirkLateTLS) {
		return false
	}
	t.SetQuirk(QuirkLateTLS)
	return true
}

// dataConfig is for data connections: the same name, version and sessions as
// the control connection, so that its session is resumed, which servers ask
// for as proof that it is the same client. The certificate must be the control connection's.
func dataConfig(conf *tls.Config, st tls.ConnectionState) *tls.Config {
	d := conf.Clone()
	d.MinVersion, d.MaxVersion = st.Version, st.Version
	d.InsecureSkipVerify = true
	leaf := st.PeerCertificates
	d.VerifyPeerCertificate = nil
	d.ClientSessionCache = keepSessions{conf.ClientSessionCache}
	d.VerifyConnection = func(got tls.ConnectionState) error {
		if !sameLeaf(leaf, got.PeerCertificates) {
			return ErrOtherCert
		}
		return nil
	}
	return d
}

// keepSessions is the cache as data connections see it. The newest session
// is kept, since some servers take a ticket only once. crypto/tls throws a session away when a
// handshake with it fails, which one does whenever the server refuses the
// transfer; the session is still good.
type keepSessions struct{ tls.ClientSessionCache }

func (k keepSessions) Put(key string, s *tls.ClientSessionState) {
	if s != nil {
		k.ClientSessionCache.Put(key, s)
	}
}

func sameLeaf(a, b []*x509.Certificate) bool {
	return len(a) > 0 && len(b) > 0 && bytes.Equal(a[0].Raw, b[0].Raw)
}

// TLS is the state of the control connection's TLS, nil in clear text.
func (t *Transport) TLS() *tls.ConnectionState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tlsState
}

// countTLS counts data connections over TLS and how many resumed a session.
func (t *Transport) countTLS(resumed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tlsData++
	if resumed {
		t.tlsResumed++
	}
}

// DataSessions is how many data connections used TLS, and how many of them
// resumed the control connection's session.
func (t *Transport) DataSessions() (all, resumed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tlsData, t.tlsResumed
}
