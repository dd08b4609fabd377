package transfer

import (
	"bytes"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"ferry/ftpsvc/localfs"
)

// What was read and is not written yet does not count: the part in front would
// look for it in the file.
func TestPartCountsWhatIsWritten(t *testing.T) {
	p := NewParts(1000, 1, nil, nil, nil)
	q := p.list[0]
	r := &partReader{p: p, q: q, r: bytes.NewReader(make([]byte, 1000))}
	b := make([]byte, 600)
	for i, want := range []int64{0, 600, 1000} {
		_, err := r.Read(b)
		if got := q.done.Load(); got != want {
			t.Errorf("at read %d %d bytes count, want %d (%v)", i, got, want, err)
		}
	}
}

// Half of a part is taken over while its connection is in the middle of a
// read: it ends behind the junction, by some bytes or by the whole next part.
func TestJunctionBehindTheEndOfAPart(t *testing.T) {
	const size = 300 << 10
	body := make([]byte, size)
	rand.New(rand.NewSource(1)).Read(body)
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	f := &File{Dst: localfs.New()}
	for _, c := range []struct {
		name               string
		at, written, until int64 // where the reader stands; what the next part has, and its end
		proven, kept       bool
	}{
		{name: "at the junction", at: 100 << 10, written: 90 << 10, until: size, proven: true},
		{name: "behind it", at: 130 << 10, written: 90 << 10, until: size, proven: true},
		{name: "behind what is written", at: 130 << 10, written: 20 << 10, until: size, kept: true},
		{name: "before anything is written", at: 100 << 10, written: 0, until: size, kept: true},
		{name: "behind the next part", at: 180 << 10, written: 10 << 10, until: 150 << 10},
	} {
		q, n := &part{off: 0, end: 100 << 10}, &part{off: 100 << 10, end: c.until}
		n.done.Store(c.written)
		p := &Parts{size: size, path: path, list: []*part{q, n}}
		if err := p.junction(t.Context(), f, q, bytes.NewReader(body[c.at:]), c.at); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if n.proven.Load() != c.proven || (n.head.Load() != nil) != c.kept {
			t.Errorf("%s: proven %v, kept %v", c.name, n.proven.Load(), n.head.Load() != nil)
		}
		other := bytes.Repeat([]byte("x"), size)
		if err := p.junction(t.Context(), f, q, io.LimitReader(bytes.NewReader(other), Overlap), c.at); c.proven && err != errSplit {
			t.Errorf("%s: bytes of elsewhere pass: %v", c.name, err)
		}
	}
}
