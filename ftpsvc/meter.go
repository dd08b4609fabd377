package ftpsvc

import (
	"sync/atomic"
	"time"
)

// rateWindow is how far back a rate looks.
const rateWindow = 5 * time.Second

// meter is one running transfer as progress tells it. Whoever moves the bytes
// adds to Bytes and does nothing else; read is called by the outbox alone.
type meter struct {
	Bytes atomic.Int64 // done, a resumed part included
	left  atomic.Int64 // of them, what an earlier try left: no part of the rate
	size  atomic.Int64 // -1: unknown
	conn  atomic.Int64
	item  int64

	begun   int64 // left as read saw it last
	told    int64 // what read told last, -1 before the first
	toldFor int64 // size told with it
	toldAt  time.Time
	samples []sample // oldest first, at most rateWindow old
}

type sample struct {
	at    time.Time
	bytes int64
}

func newMeter(item, size, done int64, now time.Time) *meter {
	m := &meter{item: item, told: -1}
	m.size.Store(size)
	m.Bytes.Store(done)
	m.samples = append(m.samples, sample{now, done})
	return m
}

// read returns the newest reading, and whether there is news in it: bytes
// moved, or none did for a second, so that the rate must fall.
func (m *meter) read(now time.Time) (Progress, bool) {
	n, size := m.Bytes.Load(), m.size.Load()
	stale := m.told >= 0 && now.Sub(m.toldAt) >= time.Second
	if n == m.told && size == m.toldFor && !stale {
		return Progress{}, false
	}
	if left := m.left.Load(); left != m.begun {
		m.begun = left
		m.samples = append(m.samples[:0], sample{now, left})
	}
	if last := m.samples[len(m.samples)-1]; n < last.bytes {
		m.samples = m.samples[:0] // started again
	}
	m.samples = append(m.samples, sample{now, n})
	for len(m.samples) > 2 && now.Sub(m.samples[0].at) > rateWindow {
		m.samples = m.samples[1:]
	}
	m.told, m.toldFor, m.toldAt = n, size, now
	p := Progress{Item: m.item, Bytes: n, Size: size, Left: -1, Conn: int(m.conn.Load())}
	p.Rate = rate(m.samples)
	if p.Rate > 0 && size >= n {
		p.Left = time.Duration(float64(size-n) / float64(p.Rate) * float64(time.Second))
	}
	return p, true
}

// rate is the bytes a second over the samples; 0 when they span under half a
// second, which would be a guess.
func rate(s []sample) int64 {
	if len(s) < 2 {
		return 0
	}
	first, last := s[0], s[len(s)-1]
	span := last.at.Sub(first.at)
	if span < 500*time.Millisecond {
		return 0
	}
	return int64(float64(last.bytes-first.bytes) / span.Seconds())
}
