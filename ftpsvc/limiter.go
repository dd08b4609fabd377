package ftpsvc

import (
	"context"
	"sync"
	"time"

	"ferry/ftpsvc/session"
)

// bucket meters bytes in one direction. A rate of 0 lets everything pass.
type bucket struct {
	mu   sync.Mutex
	rate int64     // bytes a second
	free time.Time // when the next byte may pass
	kick chan struct{}
}

func newBucket(rate int64) *bucket { return &bucket{rate: rate, kick: make(chan struct{})} }

// set changes the rate, also for those that wait now.
func (b *bucket) set(rate int64) {
	b.mu.Lock()
	if b.rate != rate {
		b.rate, b.free = rate, time.Time{}
		close(b.kick)
		b.kick = make(chan struct{})
	}
	b.mu.Unlock()
}

func (b *bucket) limit() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rate
}

// wait blocks until n bytes may pass. A quarter of a second's bytes may go at once.
func (b *bucket) wait(ctx context.Context, n int) error {
	for {
		b.mu.Lock()
		if b.rate <= 0 {
			b.mu.Unlock()
			return ctx.Err()
		}
		now := time.Now()
		if b.free.Before(now.Add(-time.Second / 4)) {
			b.free = now.Add(-time.Second / 4)
		}
		b.free = b.free.Add(time.Duration(float64(n) / float64(b.rate) * float64(time.Second)))
		d, kick := b.free.Sub(now), b.kick
		b.mu.Unlock()
		if d <= 0 {
			return ctx.Err()
		}
		t := time.NewTimer(d)
		select {
		case <-t.C:
			return nil
		case <-kick: // the rate changed: these bytes count under the new one
			t.Stop()
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
}

// limits are the buckets that one session's bytes count against: its
// account's and those over all.
type limits struct{ down, up [2]*bucket }

var _ session.Limits = (*limits)(nil)

func (l *limits) WaitDown(ctx context.Context, n int) error { return waitAll(ctx, l.down, n) }
func (l *limits) WaitUp(ctx context.Context, n int) error   { return waitAll(ctx, l.up, n) }

func waitAll(ctx context.Context, bs [2]*bucket, n int) error {
	for _, b := range bs {
		if err := b.wait(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (l *limits) Limited() bool {
	for _, b := range [4]*bucket{l.down[0], l.down[1], l.up[0], l.up[1]} {
		if b.limit() > 0 {
			return true
		}
	}
	return false
}
