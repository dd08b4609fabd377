package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
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

// errSplit means that what the parts gave does not fit together.
var errSplit = errors.New("the server does not give the range that was asked for")

// partReader reads a part to its end, which may come nearer meanwhile: then it
// has read some bytes of the next part as well.
type partReader struct {
	p *Parts
	q *part
	r io.Reader
	n int64 // read so far, from the offset of the part on

	first time.Time // when the first byte came
}

func (r *partReader) Read(b []byte) (int, error) {
	r.q.done.Store(r.n) // who asks for more has written what it got
	left := r.p.endOf(r.q) - r.q.off - r.n
	if left <= 0 {
		return 0, io.EOF
	}
	n, err := r.r.Read(b[:min(int64(len(b)), left)])
	if r.first.IsZero() && n > 0 {
		r.first = time.Now()
		r.p.started(r.first.Sub(r.q.began))
	}
	r.n += int64(n)
	return n, err
}

// fetch moves a part, from where it stands, to the temporary file.
func (p *Parts) fetch(ctx context.Context, f *File, q *part) error {
	from := q.done.Load()
	over := make([]byte, min(p.before(q)+from, Overlap))
	if len(over) > 0 {
		if err := readFull(ctx, f.Dst, p.path, q.off+from-int64(len(over)), over); err != nil {
			return err
		}
	}
	whole := false
	var werr error
	ro := vfs.ReadOptions{Offset: q.off + from - int64(len(over)), Size: f.Item.Size}
	err := f.Src.Read(ctx, f.Item.Source, ro, func(r io.Reader) error {
		if werr = compare(r, over); werr != nil {
			return werr
		}
		if len(over) > 0 {
			q.proven.Store(true)
		}
		pr := &partReader{p: p, q: q, r: r, n: from}
		if _, werr = f.Dst.Write(ctx, p.path, pr, vfs.WriteOptions{Offset: q.off + from, Size: -1, InPlace: true}); werr != nil {
			return werr
		}
		if pr.n < p.endOf(q)-q.off {
			werr = &vfs.Error{Op: "download", Path: f.Item.Source, Err: fmt.Errorf("%w: %w", vfs.ErrConnLost, vfs.ErrShort)}
			return werr
		}
		whole = true
		if werr = p.junction(ctx, f, q, r, q.off+pr.n); werr != nil {
			return werr
		}
		if q.off+pr.n == p.size {
			return nil
		}
		return errEnough
	})
	switch {
	case errors.Is(werr, errSplit):
		return werr
	case errors.Is(werr, errNoResume) && from > 0: // what was counted was not written, or is not the source's
		q.done.Store(0)
		return p.fetch(ctx, f, q)
	case errors.Is(werr, errNoResume):
		return errSplit
	case whole && ctx.Err() == nil:
		return nil // if the connection is lost, the next part tells
	}
	if ro.Offset > 0 && werr == nil && ctx.Err() == nil && again(err) {
		return fmt.Errorf("%w: %w", errSplit, err)
	}
	return cause(err, werr)
}

// headSize is how many bytes of the next part are read at least.
const headSize = 4 << 10

// junction compares what comes behind a part, from the place at on, with what
// the next one wrote, or keeps it for later when that is not much yet.
func (p *Parts) junction(ctx context.Context, f *File, q *part, r io.Reader, at int64) error {
	n := p.next(q)
	if n == nil {
		return nil
	}
	written := max(0, min(Overlap, n.off+n.done.Load()-at))
	size := max(written, min(headSize, p.endOf(n)-at))
	if size <= 0 {
		return nil
	}
	theirs := make([]byte, size)
	if _, err := io.ReadFull(r, theirs); err != nil {
		return err
	}
	if written < size {
		n.head.Store(&head{at, theirs})
		return nil
	}
	ours := make([]byte, size)
	if err := readFull(ctx, f.Dst, p.path, at, ours); err != nil {
		return err
	}
	if !bytes.Equal(ours, theirs) {
		return errSplit
	}
	n.proven.Store(true)
	return nil
}

// before is how many bytes in front of a part are known to be the source's.
func (p *Parts) before(q *part) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, o := range p.list {
		if o == q && i > 0 {
			prev := p.list[i-1]
			if n := prev.end - prev.off; !prev.busy && prev.done.Load() >= n {
				return n
			}
		}
	}
	return 0
}

// checkRest looks at the parts that were not compared yet: with what the part
// in front saw of them, else with the server once more.
func (p *Parts) checkRest(ctx context.Context, f *File) error {
	for _, q := range p.list[1:] {
		if q.proven.Load() {
			continue
		}
		at, theirs := q.off-1, make([]byte, min(Overlap, q.end-q.off))
		if h := q.head.Load(); h != nil {
			at, theirs = h.at, h.b
		} else if err := readFull(ctx, f.Src, f.Item.Source, at, theirs); err != nil {
			return err
		}
		ours := make([]byte, len(theirs))
		if err := readFull(ctx, f.Dst, p.path, at, ours); err != nil {
			return err
		}
		if !bytes.Equal(ours, theirs) {
			return errSplit
		}
	}
	return nil
}

// work takes parts until none is left that is worth it.
func (p *Parts) work(ctx context.Context, f *File) error {
	for ctx.Err() == nil {
		q, early, err := p.take(time.Now())
		if q == nil && early && err == nil {
			select {
			case <-time.After(every):
			case <-ctx.Done():
			}
			continue
		}
		if q == nil || err != nil {
			return err
		}
		err = p.fetch(ctx, f, q)
		p.put(q, time.Now())
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Help works at the parts until there is nothing to take over. It waits for
// Run to begin, and ends with it. A connection that fails gives its part back.
func (p *Parts) Help(ctx context.Context, f *File) error {
	select {
	case <-p.opened:
	case <-p.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	p.mu.Lock()
	if !p.open {
		p.mu.Unlock()
		return nil
	}
	p.help.Add(1)
	p.mu.Unlock()
	defer p.help.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-p.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := p.work(ctx, f)
	if errors.Is(err, errSplit) {
		p.mu.Lock()
		p.failed = err
		p.mu.Unlock()
	}
	if err != nil && ctx.Err() != nil {
		return context.Canceled
	}
	return err
}

// every is how often progress is brought up to date while parts are fetched.
const every = 50 * time.Millisecond

// RunParts is Run over several connections. It returns once no helper writes
// any more. Where the server turns out not to serve ranges, the file is
// fetched in one go.
func (f *File) RunParts(ctx context.Context, p *Parts) (Result, error) {
	var res Result
	if err := f.same(); err != nil {
		return res, err
	}
	if f.Progress == nil {
		f.Progress = p.done
	}
	if err := f.lookFirst(ctx, &res); err != nil {
		return res, err
	}
	whole := TempName(f.Dst.Style(), f.Item, f.Salt)
	p.path = whole + "p" // apart from the other, whose length tells how far it is
	if err := f.openParts(ctx, p, whole, &res); err != nil {
		return res, f.said(err)
	}
	stop := make(chan struct{})
	var ticks sync.WaitGroup
	ticks.Go(func() {
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				p.count()
			case <-stop:
				return
			}
		}
	})
	p.mu.Lock()
	p.open = true
	p.mu.Unlock()
	close(p.opened)
	err := p.finish(ctx, f)
	close(stop)
	ticks.Wait()
	p.count()
	res.Sent, res.Bytes = p.done.Load(), p.done.Load()
	if errors.Is(err, errSplit) {
		res.note("fetched in one go, not in parts: %s", reason(err))
		return f.inOneGo(ctx, p, res)
	}
	if err == nil {
		err = f.lookAgain(ctx)
	}
	if errors.Is(err, errRead) {
		res.note("the source changed while it was read: fetched again, in one go")
		return f.inOneGo(ctx, p, res)
	}
	if err == nil && res.Bytes != p.size {
		err = &vfs.Error{Op: "download", Path: f.Item.Source, Err: fmt.Errorf("%w: %d of %d bytes", vfs.ErrConnLost, res.Bytes, p.size)}
	}
	err = f.shortAgain(err, &res)
	if err == nil && f.sync() {
		_, err = f.Dst.Write(ctx, p.path, bytes.NewReader(nil), vfs.WriteOptions{Offset: p.size, Sync: true})
	}
	if err == nil {
		res.Reached = queue.Verified
		err = f.proveHash(ctx, p.path, &res)
	}
	if err == nil {
		err = f.attributes(ctx, p.path, &res)
	}
	if err == nil {
		err = f.name(ctx, p.path, &res)
	}
	switch {
	case hopeless(err) && f.Dst.Remove(ctx, p.path) == nil:
	case err != nil:
		res.Temp, err = p.path, f.said(err)
		if p.save != nil {
			err = errors.Join(err, p.save(p.Segments()))
		}
	}
	return res, err
}

// inOneGo drops the parts and runs the file as if there had been none.
func (f *File) inOneGo(ctx context.Context, p *Parts, res Result) (Result, error) {
	if err := f.Dst.Remove(ctx, p.path); err != nil {
		return res, err
	}
	f.Item.Segments = nil
	if p.save != nil {
		if err := p.save(nil); err != nil {
			return res, err
		}
	}
	r, err := f.Run(ctx)
	r.Notes = append(res.Notes, r.Notes...)
	return r, err
}

// openParts makes the file ready: what an earlier try left in one piece is
// taken over as the beginning of the first part.
func (f *File) openParts(ctx context.Context, p *Parts, whole string, res *Result) error {
	if len(f.Item.Segments) > 0 && !f.Fresh {
		if _, err := f.Dst.Stat(ctx, p.path); err == nil {
			if same, err := f.sourceSame(ctx); same || err != nil {
				return err
			}
		}
		res.note("started again")
	}
	if len(f.Item.Segments) > 0 || f.Item.Size != p.size {
		p.size = f.Item.Size
		p.list = NewParts(p.size, len(p.list), nil, p.done, p.save).list
	}
	from, err := f.partial(ctx, whole, res)
	if err != nil {
		return err
	}
	if from > 0 {
		for _, q := range p.list {
			q.done.Store(max(0, min(from, q.end)-q.off))
		}
	}
	// Stored before the first byte: a file with holes is never taken for a beginning.
	if p.save != nil {
		if err := p.save(p.segments()); err != nil {
			return err
		}
	}
	if from > 0 {
		return f.Dst.Rename(ctx, whole, p.path)
	}
	_, err = f.Dst.Write(ctx, p.path, bytes.NewReader(nil), vfs.WriteOptions{})
	return err
}

// finish works until all parts are whole, also those that helpers gave back.
func (p *Parts) finish(ctx context.Context, f *File) error {
	var err error
	for err == nil {
		err = p.work(ctx, f)
		if err != nil || !p.waits(ctx) {
			break
		}
	}
	p.mu.Lock()
	p.open = false
	p.mu.Unlock()
	close(p.ended)
	p.help.Wait() // what the last of them found counts, too
	if err = errors.Join(err, p.failed); err != nil {
		return err
	}
	return p.checkRest(ctx, f)
}

// waits holds on while helpers are at their last parts; true when there is
// something to do again.
func (p *Parts) waits(ctx context.Context) bool {
	t := time.NewTicker(every / 5)
	defer t.Stop()
	for {
		busy, left := false, false
		p.mu.Lock()
		bad := p.failed != nil
		for _, q := range p.list {
			busy = busy || q.busy
			left = left || !q.busy && q.left() > 0
		}
		_, give, _ := p.share(time.Now()) // of one that has come to a stand, too
		left = left || give > 0
		p.mu.Unlock()
		if left && !bad {
			return true
		}
		if !busy || bad {
			return false
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return false
		}
	}
}
