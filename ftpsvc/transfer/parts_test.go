package transfer

import (
	"bytes"
	"io"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

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

// An idle connection takes so much of the slowest part that all come to
// their end together, the time that it needs to get going taken into account.
func TestShareOfTheSlowestPart(t *testing.T) {
	now := time.Unix(1000, 0)
	began := now.Add(-10 * time.Second)
	busy := func(off, end, done int64) *part {
		q := &part{off: off, end: end, busy: true, began: began}
		q.done.Store(done)
		return q
	}
	const mb = 1 << 20
	for _, c := range []struct {
		name string
		p    *Parts
		most int
		give float64 // MiB
		wait bool
	}{
		{"two at 2 MiB/s, one of which has 20 MiB left", &Parts{pace: 2 * mb, list: []*part{busy(0, 24*mb, 20*mb), busy(24*mb, 64*mb, 20*mb)}}, 1, 8, false},
		{"getting going takes 3 s", &Parts{pace: 2 * mb, setup: time.Second, list: []*part{busy(0, 24*mb, 20*mb), busy(24*mb, 64*mb, 20*mb)}}, 1, 4, false},
		{"done before another one got going", &Parts{pace: 2 * mb, setup: time.Second, list: []*part{busy(0, 24*mb, 20*mb)}}, 0, 0, false},
		{"come to a stand", &Parts{pace: mb, list: []*part{busy(0, 8*mb, 0)}}, 0, 8 - 1.0/32, false},
		{"nearly done", &Parts{pace: mb, list: []*part{busy(0, mb, mb-100)}}, 0, 0, false},
		{"too young to tell", &Parts{list: []*part{{end: mb, busy: true, began: now}}}, 0, 0, true},
		{"too young to tell, but large", &Parts{list: []*part{{end: 64 * mb, busy: true, began: now}}}, 0, 32, false},
	} {
		most, give, early := c.p.share(now)
		if early != c.wait || (give > 0) != (c.give > 0) || math.Abs(float64(give)/mb-c.give) > 0.01 || give > 0 && most != c.p.list[c.most] {
			t.Errorf("%s: %.2f MiB, wait %v", c.name, float64(give)/mb, early)
		}
	}
}
