package session

import (
	"bufio"
	"io"
	"runtime"

	"ferry/ftpsvc/vfs"
)

// Text goes over the wire with CR LF at the end of its lines, whatever the two
// sides have (NVT-ASCII, RFC 959 section 3.1.1.1): each side makes its own of it.

// asText makes use read lines of this machine where a download is text.
func asText(ascii bool, use func(io.Reader) error) func(io.Reader) error {
	if !ascii || runtime.GOOS == "windows" {
		return use
	}
	return func(r io.Reader) error { return use(&fromNet{bufio.NewReaderSize(r, lineBuffer)}) }
}

// uploadOf is what an upload reads; of text that is known to grow on its way,
// no size.
func uploadOf(r io.Reader, o vfs.WriteOptions) io.Reader {
	if !o.ASCII {
		return &upload{r, o.Size}
	}
	return &upload{&toNet{r: bufio.NewReaderSize(r, lineBuffer)}, -1}
}

const lineBuffer = 64 << 10

// fromNet turns CR LF into LF. A CR that stands alone stays.
type fromNet struct{ r *bufio.Reader }

// Read implements io.Reader.
func (f *fromNet) Read(p []byte) (int, error) {
	for n := range p {
		if n > 0 && f.r.Buffered() == 0 {
			return n, nil
		}
		b, err := f.r.ReadByte()
		if err != nil {
			return n, err
		}
		if b == '\r' {
			if next, _ := f.r.Peek(1); len(next) == 1 && next[0] == '\n' {
				b, _ = f.r.ReadByte()
			}
		}
		p[n] = b
	}
	return len(p), nil
}

// toNet turns LF into CR LF, but for one that has its CR already.
type toNet struct {
	r    *bufio.Reader
	last byte
	lf   bool // of which the CR was given
}

// Read implements io.Reader.
func (t *toNet) Read(p []byte) (int, error) {
	for n := range p {
		if t.lf {
			p[n], t.last, t.lf = '\n', '\n', false
			continue
		}
		if n > 0 && t.r.Buffered() == 0 {
			return n, nil
		}
		b, err := t.r.ReadByte()
		if err != nil {
			return n, err
		}
		if t.lf = b == '\n' && t.last != '\r'; t.lf {
			b = '\r'
		}
		p[n], t.last = b, b
	}
	return len(p), nil
}
