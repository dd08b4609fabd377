package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ferry/ftpsvc/vfs"
)

// Names of quirks: what a server does not bear, or wants otherwise. The
// session remembers them for the account.
const (
	QuirkNoEarlyEPSV = "no-early-epsv"   // EPSV before a download's final reply
	QuirkUploadEPSV  = "early-epsv-up"   // bears EPSV before an upload's final reply
	QuirkDoubleIAC   = "iac-double"      // 0xFF in names is sent twice (RFC 854)
	QuirkNoKeep      = "no-noop-in-data" // NOOP during a transfer is refused
	QuirkNoPipeline  = "no-pipeline"     // one command at a time
	QuirkLateTLS     = "late-tls"        // data TLS only after the preliminary reply
	QuirkDeadEPSV    = "dead-epsv"       // the port told in reply to EPSV could not be reached
	QuirkNeedsABOR   = "needs-abor"      // a data connection that is closed does not end a download
)

// Transport is one control connection and the data connection of the transfer
// that runs, if any.
type Transport struct {
	opt   Options
	raw   net.Conn // TCP, below TLS
	peer  net.IP   // of the control connection; nil behind a proxy that resolves names
	host  string   // what data connections go to
	codec atomic.Pointer[Codec]

	dead       chan struct{} // closed by die
	readers    sync.WaitGroup
	secretIn   atomic.Pointer[regexp.Regexp] // finds the secrets; nil: none
	wmu        sync.Mutex                    // order of calls and of bytes written
	secrets    []string                      // under wmu
	mu         sync.Mutex                    // all below
	err        error                         // why dead
	conn       net.Conn                      // raw or TLS
	calls      []*call                       // sent and not answered to the end, oldest first
	marker     *marker                       // set while an abort is being settled
	goodbye    vfs.Reply                     // a 421
	lastKind   callKind                      // of the call answered last
	heard      int                           // replies so far
	data       *Data                         // dialled, or in use by the transfer
	quirks     map[string]bool
	learned    []string // quirks found out here
	tlsState   *tls.ConnectionState
	tlsConf    *tls.Config // of data connections; nil: clear text
	banner     vfs.Reply
	tlsData    int // data connections over TLS
	tlsResumed int

	// Used by the goroutine that uses the library.
	ctx         context.Context
	lib         *control
	mode        vfs.DataMode // how the next data connection is made
	next        string       // replaces the next data command
	rest        string       // REST before it, "" for none
	worked      vfs.DataMode // the mode in which a transfer came to its end
	proven      vfs.DataMode // the one in which transfers of an earlier connection did
	gaveUp      map[vfs.DataMode]bool
	feign       func(line string) (vfs.Reply, bool)
	ready       *call // EPSV or PASV sent before it is asked for
	readyAt     time.Time
	refused     vfs.Reply // why no data connection could be prepared
	noWay       error     // the same, where it was not the server that refused
	behind      []string  // commands for behind the upload, and their calls once sent
	behindCalls []*call
	eager       bool // the next upload does not wait for the preliminary reply
	turned      bool // the last upload was refused without one
	holdPort    bool
	settles     bool   // an abort was settled by its first NOOP
	lastData    string // verb of the transfer before
	last        *Data  // of the newest transfer
	rtt         time.Duration
	onCount     func(int64)
	unclean     bool // the last download ended without close_notify
}

// Dial connects and reads the greeting. With Implicit, TLS comes first.
func Dial(ctx context.Context, o Options) (*Transport, error) {
	o = o.withDefaults()
	t := &Transport{opt: o, dead: make(chan struct{}), ctx: ctx, mode: o.Mode, quirks: map[string]bool{}}
	for k, v := range o.Quirks {
		t.quirks[k] = v
	}
	t.codec.Store(o.Codec)
	t.addSecrets(o.Secrets...)
	t.lib = &control{t: t}
	start := time.Now()
	t.detail("connecting to %s", o.Addr)
	dctx, cancel := context.WithTimeout(ctx, o.Timeout)
	raw, err := o.Dial(dctx, "tcp", o.Addr)
	cancel()
	if err != nil {
		return nil, err
	}
	t.rtt = time.Since(start)
	raw = quick(raw)
	t.raw, t.conn = raw, raw
	t.setPeer()
	t.detail("connected to %s in %v", raw.RemoteAddr(), t.rtt.Round(10*time.Microsecond))
	if o.Implicit {
		if err := t.handshake(ctx); err != nil {
			t.Close()
			return nil, err
		}
	}
	if err := t.greet(ctx); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func (t *Transport) setPeer() {
	if a, ok := t.raw.RemoteAddr().(*net.TCPAddr); ok && t.opt.DataHost == "" {
		t.peer = a.IP
		t.host = a.IP.String()
		if a.Zone != "" {
			t.host += "%" + a.Zone
		}
	}
	if t.opt.DataHost != "" {
		t.host = t.opt.DataHost
	}
}

// greet reads the greeting: 120 may come before it (RFC 959 section 5.4).
func (t *Transport) greet(ctx context.Context) error {
	c := newCall(greeting, "greeting")
	t.calls = append(t.calls, c)
	t.startReader()
	rep, err := t.await(ctx, c, t.opt.Timeout)
	if err != nil {
		return err
	}
	t.banner = rep
	if rep.Code >= 400 || rep.Code >= 300 {
		return &ReplyError{Reply: rep}
	}
	return nil
}

func (t *Transport) startReader() {
	t.readers.Add(1)
	go t.readLoop(newReplyReader(t.conn, 2*t.opt.Grace, func(b []byte) string { return t.Codec().Decode(b) }))
}

// ReplyError is a refusal where no library call stands between.
type ReplyError struct{ Reply vfs.Reply }

func (e *ReplyError) Error() string { return "server replied " + e.Reply.String() }

// Banner is the greeting.
func (t *Transport) Banner() vfs.Reply { return t.banner }

// RTT is how long connecting took: about one round trip.
func (t *Transport) RTT() time.Duration { return t.rtt }

// Codec is the charset in use. It may be changed while the transport lives.
func (t *Transport) Codec() *Codec     { return t.codec.Load() }
func (t *Transport) SetCodec(c *Codec) { t.codec.Store(c) }

// Err is why the connection is dead, nil while it lives.
func (t *Transport) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Dead is closed when the connection has ended; Err then tells why.
func (t *Transport) Dead() <-chan struct{} { return t.dead }

// Alive reports whether commands can be sent.
func (t *Transport) Alive() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err == nil && t.goodbye.Code == 0
}

// die marks the connection dead and closes it. The first cause stays.
func (t *Transport) die(err error) {
	t.mu.Lock()
	if t.err != nil {
		t.mu.Unlock()
		return
	}
	t.err = err
	conn, d := t.raw, t.data
	close(t.dead)
	t.mu.Unlock()
	if !errors.Is(err, errClosedHere) {
		t.detail("connection lost: %v", err)
	}
	conn.Close()
	if d != nil {
		d.controlLost()
	}
}

var errClosedHere = fmt.Errorf("%w here", ErrClosed)

// Close drops all connections at once, without QUIT, and waits for the
// goroutines. It may be called from any goroutine, more than once.
func (t *Transport) Close() error {
	t.die(errClosedHere)
	t.mu.Lock()
	d := t.data
	t.mu.Unlock()
	if d != nil {
		d.drop()
	}
	t.readers.Wait()
	return nil
}

// Quit says QUIT without waiting for the answer, and closes.
func (t *Transport) Quit() error {
	if t.Alive() {
		t.send(simple, "QUIT")
	}
	return t.Close()
}

// Use sets the context of the library's calls that follow; canceling it ends
// their waits, and aborts a transfer.
func (t *Transport) Use(ctx context.Context) { t.ctx = ctx }

// Exec sends a command and waits for its final reply, whatever its code. Only while no transfer runs.
func (t *Transport) Exec(ctx context.Context, line string) (vfs.Reply, error) {
	r, err := t.Pipeline(ctx, line)
	if err != nil {
		return vfs.Reply{}, err
	}
	return r[0], nil
}

// Pipeline sends commands together and waits for all their replies: one round
// trip, except with servers that take one command at a time. The error is that of the
// connection, which may have ended behind some of the replies; refusals are replies.
func (t *Transport) Pipeline(ctx context.Context, lines ...string) ([]vfs.Reply, error) {
	return t.batch(ctx, lines, false)
}

// PipelineAhead is Pipeline, and asks for the port of the next transfer along with it.
func (t *Transport) PipelineAhead(ctx context.Context, lines ...string) ([]vfs.Reply, error) {
	return t.batch(ctx, lines, true)
}

// stall is how long the reply to a further command of a batch may take before
// the server is taken for one that reads one command at a time.
const stall = 10 * time.Second

func (t *Transport) batch(ctx context.Context, lines []string, ahead bool) ([]vfs.Reply, error) {
	if len(lines) > 1 && t.quirk(QuirkNoPipeline) {
		return t.oneByOne(ctx, lines)
	}
	verb := ""
	if ahead && !t.quirk(QuirkNoPipeline) {
		verb = t.portVerb()
	}
	if verb != "" {
		lines = append(slices.Clone(lines), verb)
	}
	calls, err := t.send(simple, lines...)
	if err != nil {
		return nil, err
	}
	if n := len(calls) - 1; verb != "" {
		t.ready, t.readyAt = calls[n], time.Now()
		calls = calls[:n]
	}
	out := make([]vfs.Reply, len(calls))
	for i, c := range calls {
		limit := t.opt.Timeout
		if i > 0 {
			limit = min(limit, stall)
		}
		if out[i], err = t.await(ctx, c, limit); err != nil {
			if i > 0 && errors.Is(err, ErrTimeout) {
				t.SetQuirk(QuirkNoPipeline)
			}
			return out[:i], err
		}
	}
	return out, nil
}

// Unready forgets the port that was asked for ahead.
func (t *Transport) Unready() { t.ready = nil }

// maxSettle is how many silences are waited for.
const maxSettle = 10

// Settle waits until all replies are in and the server is silent. What it said
// unasked is dropped, so that the next reply is that to the next command.
func (t *Transport) Settle(ctx context.Context) error {
	t.Unready()
	t.mu.Lock()
	calls := slices.Clone(t.calls)
	t.mu.Unlock()
	for _, c := range calls {
		if _, err := t.await(ctx, c, t.opt.Timeout); err != nil {
			return err
		}
	}
	for range maxSettle {
		t.mu.Lock()
		before := t.heard
		t.mu.Unlock()
		select {
		case <-time.After(t.grace()):
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.dead:
			return t.Err()
		}
		t.mu.Lock()
		after := t.heard
		t.mu.Unlock()
		if before == after {
			return nil
		}
	}
	return fmt.Errorf("%w: the server goes on talking unasked", ErrProtocol)
}

func (t *Transport) oneByOne(ctx context.Context, lines []string) ([]vfs.Reply, error) {
	var out []vfs.Reply
	for _, l := range lines {
		r, err := t.batch(ctx, []string{l}, false)
		if err != nil {
			return out, err
		}
		out = append(out, r...)
	}
	return out, nil
}

// NextData replaces the library's next RETR, STOR or APPE by cmd, so that any
// data command can run through the library's calls: RETR for those that bring
// data ("MLSD /a"), STOR for those that take it ("STOU").
func (t *Transport) NextData(cmd string) { t.next = cmd }

// Feign lets f answer the library's commands; nothing is sent while f answers. nil ends it.
func (t *Transport) Feign(f func(line string) (vfs.Reply, bool)) { t.feign = f }

// DialFunc is for ftp.DialWithDialFunc: the first call gives the control connection,
// each later one the data connection that was prepared.
func (t *Transport) DialFunc() func(network, addr string) (net.Conn, error) {
	first := true
	return func(string, string) (net.Conn, error) {
		if first {
			first = false
			return t.lib, nil
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.data == nil {
			return nil, ErrData
		}
		return t.data, nil
	}
}

func (t *Transport) quirk(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.quirks[name]
}

// Quirks are what is known of the server's ways.
func (t *Transport) Quirks() map[string]bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.quirks)
}

// SetQuirk notes what was found out about the server.
func (t *Transport) SetQuirk(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.quirks[name] {
		t.quirks[name] = true
		t.learned = append(t.learned, name)
	}
}

// Assume notes what is known of the server's kind: it need not be remembered.
func (t *Transport) Assume(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.quirks[name] = true
}

// Learned returns the quirks found out since the last call.
func (t *Transport) Learned() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.learned
	t.learned = nil
	return l
}

// Mode is how data connections are made now.
func (t *Transport) Mode() vfs.DataMode { return t.mode }

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return strings.ToUpper(w)
}

// Unclean reports whether the last download over TLS ended without close_notify:
// it may have been cut, unless its length is as expected.
func (t *Transport) Unclean() bool { return t.unclean }
