package session

import (
	"context"
	"crypto/x509"
	"time"

	"ferry/ftpsvc/vfs"
	"ferry/ftpsvc/wire"
)

// Options are what Open needs. All callbacks may be nil and are called from
// the goroutine that uses the Session, except Log.
type Options struct {
	Endpoint vfs.Endpoint
	Password string
	Num      int        // connection number for the log, from 1
	Memory   vfs.Memory // nil: nothing is remembered

	// Like is a living session of the same account: what it learned at login
	// (FEAT, SYST, home, data mode, what the server does not bear) is not asked again.
	Like *Session

	// Trust decides on a certificate that the system's roots and Memory do not vouch for; nil: no.
	Trust func(ctx context.Context, c vfs.Certificate) (vfs.TrustAnswer, error)
	// Changed is told, before anything secret is sent, of a certificate that is not the remembered one
	// and is taken all the same, by Endpoint.Insecure.
	Changed func(c vfs.Certificate)
	// Dial opens TCP connections, that to a proxy included; nil: a net.Dialer.
	Dial  wire.DialFunc
	Roots *x509.CertPool // nil: the system's
	// ClearText is asked before a password goes out in clear (alarm false), and when a host that
	// once offered TLS refuses it (alarm true); nil: no on alarm, else yes.
	ClearText func(ctx context.Context, e vfs.Endpoint, alarm bool) (bool, error)
	// Account answers 332 where Endpoint.Account is ""; nil, or "": the login is refused.
	Account func(ctx context.Context, r vfs.Reply) (string, error)
	// Log receives trace lines, secrets already masked. It is called from any goroutine and must not block.
	Log func(Trace)
	// NoSendfile makes uploads of files go through a buffer instead of by sendfile(2): faster
	// on loopback, for more of our CPU.
	NoSendfile bool
	// Limits are shared by all sessions that count against them; nil: none.
	Limits Limits
}

// Trace is a line of the protocol log. Level 1 is commands and replies, level 2 details.
type Trace struct {
	Time  time.Time
	Level int
	Dir   byte // '>', '<', '*'
	Text  string
}

// Limits meter bytes; Wait blocks until n bytes may pass. Rates change while running.
type Limits interface {
	WaitDown(ctx context.Context, n int) error
	WaitUp(ctx context.Context, n int) error
	// Limited reports whether any limit is set now, so that splice and sendfile may be used when not.
	Limited() bool
}

// Info is what a session found out about its server and connection.
type Info struct {
	Welcome []string // greeting and login text, raw
	Home    string
	// HomeUntold says that the server knows no PWD: Home is "/" for want of better.
	HomeUntold bool
	TLS        string // "TLS 1.3 AES-128-GCM", "" for clear text
	CertEnd    time.Time
	CertPrint  string // SHA-256 of the certificate
	Charset    string
	Data       vfs.DataMode
	Command    string // listing command in use
	Zone       string // "+02:00" when measured or told
	RTT        time.Duration
}
