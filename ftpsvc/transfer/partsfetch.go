package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"ferry/ftpsvc/vfs"
)

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
