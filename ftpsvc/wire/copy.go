package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// bufSize is that of the copy buffers; they are kept warm in a pool.
const bufSize = 256 << 10

var buffers = sync.Pool{New: func() any { return new([bufSize]byte) }}

// WriteTo copies a download to w. Into a file and without TLS or limits it is
// done by splice(2), after a first buffer that is enough for small files.
func (d *Data) WriteTo(w io.Writer) (int64, error) {
	buf := buffers.Get().(*[bufSize]byte)
	defer buffers.Put(buf)
	var total int64
	for {
		if f, tcp := d.spliceable(w); f != nil && total >= bufSize {
			n, err := d.splice(f, tcp)
			total += n
			if err != errByBuffer {
				return total, err
			}
		}
		n, rerr := d.Read(buf[:])
		if n > 0 {
			m, werr := w.Write(buf[:n])
			total += int64(m)
			if werr != nil {
				d.fail(werr)
				return total, werr
			}
		}
		if rerr == io.EOF {
			return total, nil
		}
		if rerr != nil {
			return total, rerr
		}
	}
}

// errByBuffer says that the bytes must go through a buffer: limits were set, or there is no short cut.
var errByBuffer = errors.New("not by the kernel")

// spliceable returns the two ends when the kernel may move the bytes by itself.
func (d *Data) spliceable(w io.Writer) (*os.File, *net.TCPConn) {
	f, ok := w.(*os.File)
	if !ok || d.limited() || d.eof {
		return nil, nil
	}
	tcp, ok := d.conn.(*net.TCPConn)
	if !ok {
		return nil, nil
	}
	return f, tcp
}

// limited reports whether the bytes count against a limit; those of listings do not.
func (d *Data) limited() bool {
	return d.t.opt.Limits != nil && d.t.opt.Limits.Limited() && !d.listing()
}

// splice moves the bytes in pieces, so that the count and the deadline keep
// up: a piece is what comes in some tenths of a second.
func (d *Data) splice(f *os.File, tcp *net.TCPConn) (int64, error) {
	var total int64
	piece := int64(bufSize)
	for !d.limited() {
		d.arm(tcp)
		start := time.Now()
		n, err := io.CopyN(f, tcp, piece)
		total += n
		d.add(n)
		switch {
		case err == io.EOF:
			d.readEnd(io.EOF)
			return total, nil
		case errors.Is(err, os.ErrDeadlineExceeded) && n > 0 && d.cause() == nil && d.t.ctx.Err() == nil:
		case err != nil && isLocal(err):
			d.fail(err)
			return total, err
		case err != nil:
			return total, d.readEnd(err)
		}
		piece = nextPiece(piece, time.Since(start))
	}
	return total, errByBuffer
}

// nextPiece adapts the size of a piece to the speed of the connection.
func nextPiece(piece int64, took time.Duration) int64 {
	switch {
	case took < 50*time.Millisecond:
		return min(piece*2, 8<<20)
	case took > 300*time.Millisecond:
		return max(piece/2, 16<<10)
	}
	return piece
}

// isLocal reports whether a copy failed at the file, not at the connection.
// With splice an os.File tells the errors of both under its own name.
func isLocal(err error) bool {
	var p *os.PathError
	if !errors.As(err, &p) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
		return false
	}
	for _, e := range []error{syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, syscall.ETIMEDOUT, syscall.ENOTCONN,
		syscall.EHOSTUNREACH, syscall.ENETUNREACH} {
		if errors.Is(err, e) {
			return false
		}
	}
	return true
}

// Sourced is a reader that stands for another one, for which the kernel may
// have a short cut, and tells how many bytes that will give, -1 when unknown:
// of a file that grows no more are sent.
type Sourced interface{ Source() (io.Reader, int64) }

// ReadFrom copies an upload from r. When r fails the transfer is marked as
// not whole, so that Close aborts it instead of ending it.
func (d *Data) ReadFrom(r io.Reader) (int64, error) {
	if _, err := d.wait(); err != nil {
		d.fail(err)
		return 0, err
	}
	d.touched = true
	size := int64(-1)
	if s, ok := r.(Sourced); ok {
		r, size = s.Source()
	}
	var total int64
	if d.t.opt.Sendfile {
		n, err := d.sendfile(r, size)
		if err != errByBuffer {
			return n, err
		}
		total = n
	}
	buf := buffers.Get().(*[bufSize]byte)
	defer buffers.Put(buf)
	for {
		n, rerr := r.Read(buf[:])
		if n > 0 {
			m, werr := d.Write(buf[:n])
			total += int64(m)
			if werr != nil {
				return total, werr
			}
		}
		if rerr == io.EOF {
			return total, nil
		}
		if rerr != nil {
			d.fail(rerr)
			return total, rerr
		}
	}
}

// sendfile lets the kernel send a file by itself, in pieces. errByBuffer says
// that this is not possible, or no longer. With a known size the end of a
// small file need not be looked for.
func (d *Data) sendfile(r io.Reader, size int64) (total int64, err error) {
	f, isFile := r.(*os.File)
	tcp, isTCP := d.conn.(*net.TCPConn)
	if !isFile || !isTCP {
		return 0, errByBuffer
	}
	piece := int64(bufSize)
	for !d.limited() {
		if size >= 0 {
			if piece = min(piece, size-total); piece == 0 {
				return total, nil
			}
		}
		d.arm(tcp)
		start := time.Now()
		n, err := tcp.ReadFrom(io.LimitReader(f, piece))
		total += n
		d.add(n)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && n > 0 && d.cause() == nil && d.t.ctx.Err() == nil:
		case err != nil && isLocal(err):
			d.fail(err)
			return total, err
		case err != nil:
			return total, d.writeEnd(err)
		case n < piece:
			return total, nil
		}
		piece = nextPiece(piece, time.Since(start))
	}
	return total, errByBuffer
}
