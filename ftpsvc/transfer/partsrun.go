package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

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
