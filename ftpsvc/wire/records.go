package wire

import (
	"encoding/binary"
	"net"
)

// records looks at the heads of the TLS records that come in, to tell whether
// the last one can be a close_notify. crypto/tls takes an end without one
// for a regular end when it falls between two records, so that a cut
// download would look whole.
type records struct {
	net.Conn
	head [5]byte // type, version, length (RFC 8446 section 5.1)
	have int     // bytes of head
	left int     // bytes of the record still to come
}

func (r *records) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.see(p[:n])
	return n, err
}

func (r *records) see(b []byte) {
	for len(b) > 0 {
		if r.left > 0 {
			n := min(r.left, len(b))
			r.left -= n
			b = b[n:]
			continue
		}
		if r.have == len(r.head) {
			r.have = 0
		}
		n := copy(r.head[r.have:], b)
		r.have += n
		b = b[n:]
		if r.have == len(r.head) {
			r.left = int(binary.BigEndian.Uint16(r.head[3:]))
		}
	}
}

// alertSize is an alert as TLS 1.3 sends it, disguised as data: two bytes,
// the true type, and the tag of an AEAD.
const alertSize = 2 + 1 + 16

// notified reports whether the last record is an alert, or may be one.
func (r *records) notified() bool {
	if r.have < len(r.head) || r.left > 0 {
		return false
	}
	const alert, data = 21, 23
	length := int(binary.BigEndian.Uint16(r.head[3:]))
	return r.head[0] == alert || r.head[0] == data && length == alertSize
}
