package transfer

import (
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"ferry/ftpsvc/queue"
)

// MinPart is the least number of bytes worth a part of its own.
const MinPart = 512 << 10

// A part is shared with another connection where both, and all the others,
// are done earlier then: a new one takes some round trips to get going.
const (
	minTaken = 32 << 10               // bytes
	sureFrom = 16 << 20               // bytes from which the pace need not be known
	judgeAt  = 500 * time.Millisecond // how long a part runs before its pace is known
	tooLong  = time.Second            // what is done sooner is not shared
)

// lag is how many of the last counted bytes of a part are not trusted to be on
// the disk when it is stored how far the part is.
const lag = 4 << 20

// Parts is one download that several connections share, each with a range of
// its own (REST, RFC 3659 section 5). Whoever is done with his takes over half
// of the largest rest. Run is called by the one who has the item, Help by the
// others; each with its own sides.
//
//	Run  [0 ........ |          [          |   ] -> prove, rename
//	Help             |[ ....... |          |
//	Help             |          |[ ....... |
//
// At its end each part reads on for up to 64 KiB and compares that with what
// the next one has written: a server that takes REST and ignores it, or gets
// the offset wrong, is found out.
type Parts struct {
	size int64
	save func([]queue.Segment) error // stores the ranges before a new one begins; may be nil
	done *atomic.Int64               // bytes of the file, for progress

	mu     sync.Mutex
	pace   float64       // bytes a second that a connection brought in the parts that ended
	setup  time.Duration // from taking a part to its first byte
	list   []*part       // by offset, without gaps
	open   bool          // Run is at work, helpers may join
	opened chan struct{}
	ended  chan struct{} // closed when no helper is to go on
	help   sync.WaitGroup
	failed error // why a helper found the parts useless
	path   string
}

type part struct {
	off, end int64        // end shrinks when somebody takes over
	done     atomic.Int64 // bytes from off on that were written
	busy     bool
	began    time.Time            // when the one at work took it ...
	had      int64                // ... and what was done then
	proven   atomic.Bool          // its bytes were found where they belong
	head     atomic.Pointer[head] // some of its first bytes, as the part in front of it saw them
}

// head is what a connection gave behind the end of its part.
type head struct {
	at int64 // in the file
	b  []byte
}

// left is how many bytes of q are still to come.
func (q *part) left() int64 { return q.end - q.off - q.done.Load() }

// paceOf is how many bytes a second q brings: its own pace, or that of the
// others while it is too young to have one; 0 when nothing can be said yet.
func (p *Parts) paceOf(q *part, now time.Time) float64 {
	age := now.Sub(q.began)
	if age < judgeAt {
		return p.pace
	}
	return max(float64(q.done.Load()-q.had), 1) / age.Seconds()
}

// share finds the part that will go on for longest, and how many bytes of its
// end another connection should take over: so many that all come to their end
// together. 0 is none; early is true when that cannot be said yet.
//
//	now    setup           even
//	|--------|--------------|      the new one
//	|-----------------------|      the slow one, without what it gives
func (p *Parts) share(now time.Time) (most *part, give int64, early bool) {
	var left, pace, longest float64
	for _, q := range p.list {
		if !q.busy || q.left() <= 0 {
			continue
		}
		own := p.paceOf(q, now)
		if own == 0 {
			if q.left() >= sureFrom {
				return q, q.left() / 2, false
			}
			return nil, 0, true
		}
		left, pace = left+float64(q.left()), pace+own
		if d := float64(q.left()) / own; most == nil || d > longest {
			most, longest = q, d
		}
	}
	if most == nil || longest < tooLong.Seconds() || most.left() < 2*minTaken {
		return nil, 0, false
	}
	mine := p.pace
	if mine == 0 {
		mine = p.paceOf(most, now)
	}
	setup := 3 * p.setup.Seconds() // the first byte, and up to speed
	even := (left + mine*setup) / (pace + mine)
	spare := float64(most.left()) - p.paceOf(most, now)*even
	give = int64(min(spare, mine*(even-setup), float64(most.left()-minTaken)))
	if give < minTaken {
		return nil, 0, false
	}
	return most, give, false
}

// NewParts divides a file of size bytes in n even parts, or goes on with what
// an earlier try stored.
func NewParts(size int64, n int, old []queue.Segment, progress *atomic.Int64, save func([]queue.Segment) error) *Parts {
	p := &Parts{size: size, save: save, done: progress, opened: make(chan struct{}), ended: make(chan struct{})}
	at := int64(0)
	for _, s := range old {
		if s.Offset != at || s.Size <= 0 || s.Done < 0 || s.Done > s.Size {
			at = -1
			break
		}
		q := &part{off: s.Offset, end: s.Offset + s.Size}
		q.done.Store(s.Done)
		p.list = append(p.list, q)
		at += s.Size
	}
	if at != size {
		p.list = nil
		n = int(max(1, min(int64(n), size/MinPart)))
		for i := range int64(n) {
			p.list = append(p.list, &part{off: size * i / int64(n), end: size * (i + 1) / int64(n)})
		}
	}
	return p
}

// Segments tells how far the parts are, for the queue.
func (p *Parts) Segments() []queue.Segment {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.segments()
}

func (p *Parts) segments() []queue.Segment {
	out := make([]queue.Segment, 0, len(p.list))
	for _, q := range p.list {
		n := q.end - q.off
		done := min(q.done.Load(), n)
		if q.busy {
			done = max(0, done-lag)
		}
		out = append(out, queue.Segment{Offset: q.off, Size: n, Done: done})
	}
	return out
}

// count brings the progress up to date.
func (p *Parts) count() {
	p.mu.Lock()
	defer p.mu.Unlock()
	var sum int64
	for _, q := range p.list {
		sum += min(q.done.Load(), q.end-q.off)
	}
	p.done.Store(sum)
}

// take returns a part to work at, and nil when there is nothing worth it;
// early is true when there may be soon.
func (p *Parts) take(now time.Time) (q *part, early bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range p.list {
		if !q.busy && q.left() > 0 {
			q.busy, q.began, q.had = true, now, q.done.Load()
			return q, false, nil
		}
	}
	most, give, early := p.share(now)
	if give == 0 {
		return nil, early, nil
	}
	n := &part{off: most.end - give, end: most.end, busy: true, began: now}
	most.end = n.off
	p.list = append(p.list, n)
	sort.Slice(p.list, func(i, j int) bool { return p.list[i].off < p.list[j].off })
	if p.save != nil {
		if err := p.save(p.segments()); err != nil {
			return nil, false, err
		}
	}
	return n, false, nil
}

// started notes how long it took until the first byte of a part.
func (p *Parts) started(setup time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.setup == 0 || setup < p.setup {
		p.setup = setup
	}
}

// put gives a part back.
func (p *Parts) put(q *part, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(q.began) >= judgeAt {
		if pace := p.paceOf(q, now); p.pace == 0 {
			p.pace = pace
		} else {
			p.pace += (pace - p.pace) / 4
		}
	}
	q.busy = false
}

func (p *Parts) endOf(q *part) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return q.end
}

// next is the part behind q, nil for the last.
func (p *Parts) next(q *part) *part {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, o := range p.list {
		if o == q && i+1 < len(p.list) {
			return p.list[i+1]
		}
	}
	return nil
}
