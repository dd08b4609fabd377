package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"ferry/ftpsvc/vfs"
)

// Bounds of a reply: a server that passes them is not read any further.
const (
	maxReplyLine  = 64 << 10
	maxReplyBytes = 1 << 20
	maxReplyLines = 20000
	maxJunkLines  = 200 // lines before a reply that are none
)

// replyReader reads whole replies (RFC 959 section 4.2) from a control
// connection: bare LF as line end, Telnet commands taken out, bounded.
type replyReader struct {
	br     *bufio.Reader
	conn   deadliner // nil in tests: no deadline
	decode func([]byte) string
	// pause is how long a multi-line reply that seems to end with another code is
	// watched for more: RFC 959 section 4.2 wants the same code at both ends, some
	// servers do not know.
	pause time.Duration
	first bool // nothing read yet: what is no reply shows that this is no FTP server
}

type deadliner interface{ SetReadDeadline(time.Time) error }

func newReplyReader(c net.Conn, pause time.Duration, decode func([]byte) string) *replyReader {
	return &replyReader{br: bufio.NewReaderSize(c, 8<<10), conn: c, pause: pause, decode: decode, first: true}
}

// read returns the next reply, with its lines in UTF-8.
func (r *replyReader) read() (vfs.Reply, error) {
	line, err := r.start()
	if err != nil {
		return vfs.Reply{}, err
	}
	r.first = false
	code := int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	rep := vfs.Reply{Code: code, Lines: []string{r.text(line)}}
	if len(line) == 3 || line[3] != '-' {
		return rep, nil
	}
	return r.rest(rep, string(line[:3]))
}

// start skips blank and meaningless lines up to the first line of a reply.
func (r *replyReader) start() ([]byte, error) {
	for range maxJunkLines {
		line, err := r.line()
		if err != nil {
			return nil, err
		}
		if isCode(line) {
			return line, nil
		}
		if r.first && len(line) > 0 {
			return nil, fmt.Errorf("%w: it says %q", ErrNotFTP, cut(line, 60))
		}
	}
	return nil, fmt.Errorf("%w: too many lines without a code", ErrProtocol)
}

// rest reads the other lines of a multi-line reply.
func (r *replyReader) rest(rep vfs.Reply, code string) (vfs.Reply, error) {
	total := 0
	for len(rep.Lines) < maxReplyLines && total < maxReplyBytes {
		line, err := r.line()
		if err != nil {
			return rep, err
		}
		total += len(line)
		ends := isCode(line) && (len(line) == 3 || line[3] == ' ')
		same := len(line) >= 3 && string(line[:3]) == code
		switch {
		case ends && same && r.boundary():
			rep.Lines = append(rep.Lines, r.text(line))
			return rep, nil
		case same && len(line) > 3 && line[3] == '-':
			rep.Lines = append(rep.Lines, r.text(line))
		default:
			rep.Lines = append(rep.Lines, r.decode(line))
			if ends && r.quiet() {
				return rep, nil
			}
		}
	}
	return rep, fmt.Errorf("%w: reply without end", ErrProtocol)
}

// boundary reports whether what is already here behind a reply's end looks
// like another reply. If not, the end came too early and the text goes on.
func (r *replyReader) boundary() bool {
	n := r.br.Buffered()
	if n == 0 {
		return true
	}
	b, _ := r.br.Peek(min(n, 4))
	if len(b) < 3 || b[0] == 0xFF {
		return true
	}
	return isCode(b)
}

// whole reports whether the end of another reply is here already.
func (r *replyReader) whole() bool {
	b, _ := r.br.Peek(r.br.Buffered())
	for {
		line, rest, found := bytes.Cut(b, []byte("\n"))
		if !found {
			return false
		}
		if line = bytes.TrimRight(line, "\r"); isCode(line) && (len(line) == 3 || line[3] == ' ') {
			return true
		}
		b = rest
	}
}

// quiet reports whether nothing more comes for a while.
func (r *replyReader) quiet() bool {
	if r.br.Buffered() > 0 || r.conn == nil {
		return false
	}
	r.conn.SetReadDeadline(time.Now().Add(r.pause))
	_, err := r.br.Peek(1)
	r.conn.SetReadDeadline(time.Time{})
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// text is a line without its code.
func (r *replyReader) text(line []byte) string {
	if len(line) <= 4 {
		return ""
	}
	return r.decode(line[4:])
}

// line reads up to LF, without CR and LF, Telnet commands and NULs taken out.
func (r *replyReader) line() ([]byte, error) {
	var long []byte
	for {
		b, err := r.br.ReadSlice('\n')
		if err == nil && long == nil {
			return clean(b), nil
		}
		long = append(long, b...)
		if err == nil {
			return clean(long), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			if err == io.EOF && len(long) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if len(long) > maxReplyLine {
			return nil, fmt.Errorf("%w: line over %d bytes", ErrProtocol, maxReplyLine)
		}
	}
}

// clean drops the line end, NULs and Telnet commands (RFC 854); a doubled IAC
// is the byte itself, and so is one that no command follows.
func clean(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	b = bytes.TrimRight(b, "\r")
	if bytes.IndexByte(b, iac) < 0 && bytes.IndexByte(b, 0) < 0 {
		return b
	}
	out := b[:0]
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == 0:
		case b[i] != iac || i+1 == len(b):
			out = append(out, b[i])
		case b[i+1] == iac:
			out = append(out, iac)
			i++
		case b[i+1] >= 251 && i+2 < len(b) && b[i+2] < ' ': // WILL, WONT, DO, DONT and the option
			i += 2
		case b[i+1] >= 241 && b[i+1] <= 249: // NOP to GA
			i++
		default:
			out = append(out, iac)
		}
	}
	return out
}

const iac = 0xFF

// isCode reports whether a line begins as a reply does: three digits, the
// first from 1 to 6, and a blank, a hyphen or nothing behind.
func isCode(b []byte) bool {
	if len(b) < 3 || b[0] < '1' || b[0] > '6' || !digit(b[1]) || !digit(b[2]) {
		return false
	}
	return len(b) == 3 || b[3] == ' ' || b[3] == '-' || b[3] == '\r' || b[3] == '\n'
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func cut(b []byte, n int) []byte {
	if len(b) > n {
		return b[:n]
	}
	return b
}
