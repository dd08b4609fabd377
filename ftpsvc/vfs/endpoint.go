package vfs

import (
	"net"
	"strconv"
	"strings"
	"time"
)

// TLSMode is whether and how a connection is encrypted (RFC 4217).
type TLSMode string

const (
	TLSTry      TLSMode = "try"      // AUTH TLS where it is offered; clear text only where it never was
	TLSOff      TLSMode = "off"      // never
	TLSExplicit TLSMode = "explicit" // AUTH TLS or nothing
	TLSImplicit TLSMode = "implicit" // from the first byte, port 990
)

// DataMode is how data connections are made.
type DataMode string

const (
	DataAuto DataMode = "auto" // EPSV, then PASV, then active; what worked is remembered
	DataEPSV DataMode = "epsv" // RFC 2428
	DataPASV DataMode = "pasv" // RFC 959
	DataEPRT DataMode = "eprt"
	DataPORT DataMode = "port"
)

// Endpoint says how a server is reached. It holds no password. The zero value
// of every field but Host means "the default".
type Endpoint struct {
	Name    string // of the saved site, "" when typed
	Host    string
	Port    int    // 0: 21, or 990 with implicit TLS
	User    string // "": anonymous
	Account string // for ACCT, where asked
	Start   string // folder to begin in

	TLS            TLSMode // "": try
	TLSMin, TLSMax string  // "1.2", "1.3"
	ClientCert     string  // PEM file, with ClientKey
	ClientKey      string
	Insecure       bool // any certificate; said loudly

	Data        DataMode // "": auto
	TrustPASV   bool     // use the address in a PASV reply
	ActivePorts string   // "40000-40100"
	ActiveAddr  string   // external address told in PORT and EPRT

	Charset string // "" or "auto": UTF-8 with a picker; else an IANA name
	Zone    string // server's zone for LIST: "", "+0200", "Europe/Berlin"
	List    string // "": automatic; "mlsd", "list", "list-a", "nlst"

	Proxy string // socks5://, http://, or ftp://host with ?login=user@host|proxy-user ...; "": environment; "none"

	MaxConns     int           // 0: learned
	SocketBuffer int           // bytes of a data connection's buffers; 0: as the system says
	RateDown     int64         // bytes a second, 0: no limit
	RateUp       int64         //
	Timeout      time.Duration // one reply; 0: 30 s
	DataIdle     time.Duration // no byte on a data connection; 0: 60 s
	Keepalive    time.Duration // NOOP while idle; 0: 30 s
	Debug        int           // 0, 1 or 2, as in ftplib
	NoTempName   bool          // the server cannot rename: upload under the final name
}

// WithDefaults fills in what an empty field stands for.
func (e Endpoint) WithDefaults() Endpoint {
	if e.TLS == "" {
		e.TLS = TLSTry
	}
	if e.Data == "" {
		e.Data = DataAuto
	}
	if e.Port == 0 {
		e.Port = 21
		if e.TLS == TLSImplicit {
			e.Port = 990
		}
	}
	if e.User == "" {
		e.User = "anonymous"
	}
	if e.Charset == "" {
		e.Charset = "auto"
	}
	if e.Timeout == 0 {
		e.Timeout = 30 * time.Second
	}
	if e.DataIdle == 0 {
		e.DataIdle = 60 * time.Second
	}
	if e.Keepalive == 0 {
		e.Keepalive = 30 * time.Second
	}
	return e
}

// Anonymous reports whether the login needs no password of the user's.
func (e Endpoint) Anonymous() bool { return e.User == "" || e.User == "anonymous" || e.User == "ftp" }

// Addr is host:port for dialling.
func (e Endpoint) Addr() string {
	e = e.WithDefaults()
	return net.JoinHostPort(e.Host, strconv.Itoa(e.Port))
}

// Key names the account on the server: user@host:port in lower-case host. It
// is what a queue item, the learned facts and a connection are known by, and
// never holds a password.
func (e Endpoint) Key() string {
	e = e.WithDefaults()
	return e.User + "@" + net.JoinHostPort(strings.ToLower(e.Host), strconv.Itoa(e.Port))
}

// HostKey is host:port in lower case: what certificates and the memory of
// offered TLS are kept by.
func (e Endpoint) HostKey() string { return strings.ToLower(e.Addr()) }

// Learned is what was found out about an account and is worth remembering.
// Zero values mean: not known.
type Learned struct {
	Data       DataMode // the one that worked when asked for auto
	TLSOffered bool     // once true, clear text is an alarm
	ClearOK    bool     // the user allowed a password in clear text
	MaxConns   int      // learned from 421 or 530
	Zone       string   // measured, "+02:00"
	ListAll    string   // "yes", "no": LIST -a
	MLSDBad    bool
	Charset    string
	Quirks     map[string]bool // "no-early-epsv", "no-rest" ...: what the server does not bear
	Welcome    string          // last greeting, for the site list
}

// Memory keeps what was learned. Its methods may be called from any goroutine
// and return at once (writing to disk is its own business).
type Memory interface {
	Learned(key string) Learned
	Learn(key string, change func(*Learned))
	// Trusted returns the SHA-256 fingerprint (upper-case hex pairs with colons)
	// remembered for host:port, "" when none.
	Trusted(hostKey string) string
	Trust(hostKey, fingerprint string)
}

// Certificate is what is shown of one that is not trusted.
type Certificate struct {
	HostKey     string
	Subject     string
	Issuer      string
	Names       []string // hosts and addresses that it is for
	NotBefore   time.Time
	NotAfter    time.Time
	Fingerprint string // SHA-256
	Known       string // the remembered fingerprint when it changed: an alarm
	Problem     string // "expired; self-signed", "wrong host: ..." ...
}

// Alarm is what to say of a certificate that changed and is taken all the same.
func (c Certificate) Alarm() string {
	return "ALARM: the certificate of " + c.HostKey + " has CHANGED since it was trusted; somebody may stand between" +
		"\n  known:    " + c.Known + "\n  SHA-256:  " + c.Fingerprint
}

// TrustAnswer is the user's word on a certificate.
type TrustAnswer uint8

const (
	TrustNo TrustAnswer = iota
	TrustOnce
	TrustRemember
)
