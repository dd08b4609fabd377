package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"ferry/ftpsvc/vfs"
)

// Causes that the session tells apart.
var (
	ErrTimeout   = errors.New("no answer in time")
	ErrClosed    = errors.New("connection closed")
	ErrData      = errors.New("data connection failed")
	ErrNoData    = fmt.Errorf("%w before it began", ErrData) // no connection was made, no byte went by
	ErrNoMode    = errors.New("data mode cannot be used")    // from here, to this server
	ErrNotFTP    = errors.New("not an FTP server")
	ErrProtocol  = errors.New("reply makes no sense")
	ErrName      = errors.New("name cannot be sent to this server")
	ErrAborted   = errors.New("transfer aborted")
	ErrOtherCert = errors.New("the data connection shows another certificate than the control connection")
	ErrInjected  = errors.New("bytes in clear text behind the reply to AUTH")
	ErrStalled   = errors.New("no byte came through in time")
)

// DialFunc opens a TCP connection.
type DialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// Limits meter the bytes of data connections; see session.Limits.
type Limits interface {
	WaitDown(ctx context.Context, n int) error
	WaitUp(ctx context.Context, n int) error
	Limited() bool
}

// Options say how a server is reached. Zero values are the defaults told.
type Options struct {
	Addr     string // host:port
	Implicit bool   // TLS from the first byte
	// TLS is used for the control connection; its ServerName is set when empty,
	// its session cache replaced by one that only this connection and its data
	// connections share. Needed for Implicit and StartTLS.
	TLS *tls.Config

	Mode        vfs.DataMode // auto: begin with EPSV
	TrustPASV   bool         // connect to the address in a PASV reply
	ActivePorts [2]int       // range to listen on; zero: any
	ActiveAddr  string       // address told in EPRT and PORT; "": the local one
	Quirks      map[string]bool

	Codec    *Codec        // nil: UTF-8
	Timeout  time.Duration // one reply; 0: 30 s
	DataIdle time.Duration // no byte on a data connection; 0: 60 s
	AbortMax time.Duration // an abort, until in step again; 0: 1 s, or Timeout if that is shorter
	Grace    time.Duration // for one connection to explain what went wrong on the other; 0: 200 ms
	Keep     time.Duration // NOOP during transfers after this; 0: never

	// Dial opens all connections; nil: a net.Dialer. DataHost is what data
	// connections go to; "": the address of the control connection's peer.
	Dial     DialFunc
	DataHost string
	dialData DialFunc
	Limits   Limits // nil: none
	Buffer   int    // bytes of the socket buffers of data connections; 0: as the system says
	Sendfile bool   // uploads of files by sendfile(2): less CPU here, slower on loopback

	// Trace receives level 1 (commands and replies) and 2 (details) from any
	// goroutine, secrets already masked. dir is '>', '<' or '*'. nil: nothing.
	Trace func(level int, dir byte, text string)
	// Secrets are masked wherever they turn up in a reply.
	Secrets []string
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.DataIdle == 0 {
		o.DataIdle = 60 * time.Second
	}
	if o.AbortMax == 0 {
		o.AbortMax = min(time.Second, o.Timeout)
	}
	if o.Grace == 0 {
		o.Grace = 200 * time.Millisecond
	}
	if o.Codec == nil {
		o.Codec = UTF8
	}
	if o.Mode == "" {
		o.Mode = vfs.DataAuto
	}
	if o.Dial == nil {
		d := &net.Dialer{Timeout: o.Timeout, KeepAlive: 30 * time.Second}
		o.Dial = d.DialContext
		// A deadline watches data connections: probes would be system calls for nothing.
		data := &net.Dialer{Timeout: o.Timeout, KeepAlive: -1}
		o.dialData = data.DialContext
	}
	if o.dialData == nil {
		o.dialData = o.Dial
	}
	return o
}
