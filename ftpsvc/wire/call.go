package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
)

// A call is a command that was sent (or the greeting) and its replies. Its
// fields are guarded by Transport.mu until done is closed.
type call struct {
	verb    string
	line    string // as the trace shows it
	kind    callKind
	sent    time.Time
	early   chan struct{} // closed at the first reply
	done    chan struct{} // closed at the final reply
	prelim  vfs.Reply     // first 1yz reply
	final   vfs.Reply
	data    *Data  // of a transfer
	text    string // of a NOOP that may stay unanswered: what its answer will be
	lastOne bool   // the reader stops behind this call's reply: TLS begins
}

type callKind uint8

const (
	simple callKind = iota
	transfer
	keepalive
	greeting
)

func newCall(kind callKind, line string) *call {
	verb, _, _ := strings.Cut(line, " ")
	return &call{verb: strings.ToUpper(verb), line: line, kind: kind, sent: time.Now(),
		early: make(chan struct{}), done: make(chan struct{})}
}

// encode turns a command line into the bytes that go out, without line end.
// Whatever would become a second command is refused (CR, LF, NUL), after the
// charset too, since an escaped byte may be one of them. A 0xFF of a name is
// Telnet's IAC; RFC 854 wants it doubled, but vsftpd and pure-ftpd take it as it
// is, and only servers of the old BSD family insist.
func (t *Transport) encode(line string) ([]byte, error) {
	b, err := t.Codec().Encode(line)
	if err != nil {
		return nil, err
	}
	if bytes.ContainsAny(b, "\r\n\x00") {
		return nil, fmt.Errorf("%w: it holds CR, LF or NUL", ErrName)
	}
	if bytes.IndexByte(b, iac) >= 0 && t.quirk(QuirkDoubleIAC) {
		b = bytes.ReplaceAll(b, []byte{iac}, []byte{iac, iac})
	}
	return b, nil
}

// Telnet reports whether text holds bytes that a server would take for Telnet's
// (RFC 854) if it looks for that: 0xFF, and another one or a command behind it.
func (t *Transport) Telnet(text string) bool {
	b, err := t.Codec().Encode(text)
	for i := 0; err == nil && i+1 < len(b); i++ {
		if b[i] == iac && b[i+1] >= 0xF0 {
			return true
		}
	}
	return false
}

// Undoubles finds out whether the server takes two 0xFF for one, as ProFTPD
// does: it asks for the time of a file that is not there, whose name it sees in the refusal.
func (t *Transport) Undoubles(ctx context.Context) error {
	const ff = string(rune(escape + iac))
	r, err := t.Exec(ctx, "MDTM ferry"+ff+ff+ff+"-none")
	if err != nil {
		return err
	}
	// As it is read here, two of three are left of what was not changed, and one of two.
	if b, err := t.Codec().Encode(strings.Join(r.Lines, " ")); err == nil && bytes.Count(b, []byte{iac}) == 1 {
		t.SetQuirk(QuirkDoubleIAC)
	}
	return nil
}

// Sendable tells why text cannot be part of a command, nil when it can.
func (t *Transport) Sendable(text string) error {
	_, err := t.encode(text)
	return err
}

// send writes commands in one packet and returns their calls. Nothing is
// written when one of them cannot be encoded.
func (t *Transport) send(kind callKind, lines ...string) ([]*call, error) {
	var out []byte
	calls := make([]*call, len(lines))
	for i, l := range lines {
		b, err := t.encode(l)
		if err != nil {
			return nil, err
		}
		out = append(append(out, b...), '\r', '\n')
		calls[i] = newCall(kind, l)
	}
	return calls, t.write(out, calls...)
}

// write puts calls into the queue and their bytes on the wire, in one order.
func (t *Transport) write(out []byte, calls ...*call) error {
	t.wmu.Lock()
	defer t.wmu.Unlock()
	t.mu.Lock()
	if t.err != nil {
		defer t.mu.Unlock()
		return t.err
	}
	t.calls = append(t.calls, calls...)
	conn := t.conn
	t.mu.Unlock()
	for _, c := range calls {
		t.keepSecret(c.line)
		t.trace(1, '>', vfs.MaskCommand(c.line))
	}
	return t.put(conn, out)
}

// writeLoose sends a command that no call waits for: its replies go to the marker.
func (t *Transport) writeLoose(line string) error {
	t.wmu.Lock()
	defer t.wmu.Unlock()
	t.mu.Lock()
	conn, err := t.conn, t.err
	t.mu.Unlock()
	if err != nil {
		return err
	}
	t.trace(1, '>', line)
	return t.put(conn, []byte(line+"\r\n"))
}

func (t *Transport) put(conn net.Conn, out []byte) error {
	conn.SetWriteDeadline(time.Now().Add(t.opt.Timeout))
	if _, err := conn.Write(out); err != nil {
		t.die(fmt.Errorf("%w: %w", ErrClosed, err))
		return t.Err()
	}
	return nil
}

// await waits for a call's final reply. Giving up does not disturb the order:
// the reply, when it comes, still belongs to the call. A server that does not
// answer in time is hung up on.
func (t *Transport) await(ctx context.Context, c *call, limit time.Duration) (vfs.Reply, error) {
	if err := t.awaitChan(ctx, c, c.done, limit); err != nil {
		return vfs.Reply{}, err
	}
	return c.final, nil
}

func (t *Transport) awaitChan(ctx context.Context, c *call, ch <-chan struct{}, limit time.Duration) error {
	select {
	case <-ch:
		return nil
	default:
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ch:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.dead:
		select {
		case <-ch: // it came just before the end
			return nil
		default:
			return t.Err()
		}
	case <-timer.C:
		err := fmt.Errorf("%w: %s has no reply after %v", ErrTimeout, c.verb, limit)
		t.die(err)
		return err
	}
}

// readLoop is the only reader of the control connection.
func (t *Transport) readLoop(r *replyReader) {
	defer t.readers.Done()
	for {
		rep, err := t.hear(r)
		if err != nil {
			t.readFailed(err)
			return
		}
		for t.answersAll(rep) && r.whole() {
			// What came along with the last reply that is due cannot be the
			// answer to a command that is sent after it.
			extra, err := t.hear(r)
			if err != nil {
				t.readFailed(err)
				return
			}
			t.stray(extra)
		}
		stop, stray := t.route(rep)
		if stray {
			t.stray(rep)
		}
		if stop {
			if n := r.br.Buffered(); n > 0 {
				// A man in the middle put them there to be taken for protected
				// replies (CVE-2021-22947).
				t.die(&TLSError{Err: fmt.Errorf("%w: %d", ErrInjected, n)})
			}
			return
		}
	}
}

// hear reads a reply.
func (t *Transport) hear(r *replyReader) (vfs.Reply, error) {
	rep, err := r.read()
	if err != nil {
		return rep, err
	}
	t.traceReply(rep)
	if rep.Code >= 400 {
		rep = t.hideIn(rep)
	}
	return rep, nil
}

// answersAll reports whether a reply is the last one that a command waits for.
func (t *Transport) answersAll(rep vfs.Reply) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.marker != nil || rep.Code < 200 || rep.Code == 421 || len(t.calls) != 1 {
		return false
	}
	c := t.calls[0]
	return c.kind != keepalive && !c.lastOne && !t.leftOver(c, rep.Code)
}

// stray takes a reply that answers nothing.
func (t *Transport) stray(rep vfs.Reply) {
	t.detail("reply %d dropped: no command waits for it", rep.Code)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard++
	if rep.Code == 421 {
		t.goodbye = rep
	}
}

func (t *Transport) readFailed(err error) {
	t.mu.Lock()
	last := t.goodbye
	t.mu.Unlock()
	var op *net.OpError
	switch {
	case last.Code != 0:
		t.die(&GoodbyeError{Reply: last})
	case errors.As(err, &op) && op.Op == "remote error":
		t.die(&TLSError{Err: err}) // TLS 1.3 refuses a client's certificate behind the handshake
	case errors.Is(err, ErrProtocol), errors.Is(err, ErrNotFTP):
		t.die(err)
	default:
		t.die(fmt.Errorf("%w by the server: %w", ErrClosed, err))
	}
}

// GoodbyeError tells that the server closed the connection after a 421.
type GoodbyeError struct{ Reply vfs.Reply }

func (e *GoodbyeError) Error() string { return "server closed the connection: " + e.Reply.String() }
func (e *GoodbyeError) Unwrap() error { return ErrClosed }

func (t *Transport) traceReply(rep vfs.Reply) {
	if t.opt.Trace == nil {
		return
	}
	for i, l := range rep.Lines {
		sep := "-"
		if i == len(rep.Lines)-1 {
			sep = " "
		}
		t.trace(1, '<', fmt.Sprintf("%d%s%s", rep.Code, sep, l))
	}
}

// route gives a reply to the call it belongs to. It reports whether the reader
// must stop, and whether nobody waits for the reply: then it is dropped, so
// that it cannot be taken for the answer to the next command.
func (t *Transport) route(rep vfs.Reply) (stop, stray bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard++
	if rep.Code == 421 {
		t.goodbye = rep
	}
	if t.marker != nil {
		t.routeMarker(rep)
		return false, false
	}
	c := t.owner(rep)
	if c == nil {
		return false, true
	}
	if _, secret := vfs.SplitSecret(c.line); secret != "" {
		rep = t.hideIn(rep)
	}
	if rep.Code < 200 {
		if c.prelim.Code == 0 {
			c.prelim = rep
			close(c.early)
		}
		if c.data != nil {
			c.data.accepted()
		}
		return false, false
	}
	t.remove(c)
	c.final = rep
	if c.kind == keepalive && rep.Code >= 400 {
		t.quirks[QuirkNoKeep] = true
		t.learned = append(t.learned, QuirkNoKeep)
	}
	if c.prelim.Code == 0 {
		close(c.early)
	}
	close(c.done)
	t.lastKind = c.kind
	if c.data != nil {
		c.data.finalReply(rep.Code, c.prelim.Code == 0)
	}
	return c.lastOne && rep.Code == 234, false
}

// owner finds the call that a reply belongs to: the oldest, but a NOOP sent
// during a transfer may be answered before the transfer ends, behind it, or never.
func (t *Transport) owner(rep vfs.Reply) *call {
	for len(t.calls) > 0 {
		c := t.calls[0]
		switch {
		case c.kind == transfer && keepReply(rep.Code):
			for _, k := range t.calls[1:] {
				if k.kind == keepalive {
					return k
				}
			}
			return c
		case c.text != "" && (rep.Code != 200 || strings.Join(rep.Lines, "\n") != c.text):
			t.calls = t.calls[1:]
			continue
		case c.text == "" && c.kind == keepalive && rep.Code < 400 && rep.Code != 200:
			t.calls = t.calls[1:] // it was never answered
			continue
		case t.leftOver(c, rep.Code):
			return nil
		}
		return c
	}
	return nil
}

// leftOver reports a second final reply of the transfer before a command.
func (t *Transport) leftOver(c *call, code int) bool {
	return c.kind == simple && t.lastKind == transfer && transferReply(c, code)
}

// keepReply reports codes by which a server answers NOOP during a transfer;
// none of them ends a transfer.
func keepReply(code int) bool {
	switch code {
	case 200, 500, 501, 502, 503:
		return true
	}
	return false
}

// transferReply reports codes that end or begin a transfer and cannot answer c.
func transferReply(c *call, code int) bool {
	switch code {
	case 125, 150, 226, 426:
		switch c.verb {
		case "ABOR", "STAT", "SITE", "QUIT", "REIN":
			return false
		}
		return true
	}
	return false
}

func (t *Transport) remove(c *call) {
	for i, x := range t.calls {
		if x == c {
			t.calls = append(t.calls[:i:i], t.calls[i+1:]...)
			return
		}
	}
}
