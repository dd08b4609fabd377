package ftpsvc

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrClosed is what Next returns after Close, once all news is told.
var ErrClosed = errors.New("service is closed")

// quiet is the least time between two batches that nobody waits for.
const quiet = 100 * time.Millisecond

// outbox is the way out of the service: a list of events, which is complete
// and in order, and the running transfers' meters, of which only the newest
// reading is told. Writers never wait.
//
//	service goroutine -> put ---+
//	meters (atomic adds) -------+-> next -> Batch
//
// put and the setters may be called from any goroutine; next from one at a time.
type outbox struct {
	now  func() time.Time
	wake chan struct{} // holds one; tells a waiting next to look again

	mu     sync.Mutex
	events []Event
	urgent bool // an event is there that somebody waits for
	view   *QueueView
	meters []*meter
	last   time.Time // when next returned last
	closed bool
}

func newOutbox(now func() time.Time) *outbox {
	return &outbox{now: now, wake: make(chan struct{}, 1)}
}

// lazy reports whether e can wait for the next tick: it happens often, and
// nothing on the screen or in a script stands still for want of it.
func lazy(e Event) bool {
	switch e.(type) {
	case ItemDone, Logged, Counted:
		return true
	}
	return false
}

func (o *outbox) put(events ...Event) {
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		return
	}
	for _, e := range events {
		if !lazy(e) {
			o.urgent = true
		}
		// Of a count only the newest matters, as long as nothing came between.
		if c, ok := e.(Counted); ok && len(o.events) > 0 {
			if p, ok := o.events[len(o.events)-1].(Counted); ok && p.ID == c.ID {
				o.events[len(o.events)-1] = c
				continue
			}
		}
		o.events = append(o.events, e)
	}
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// setView replaces the queue snapshot; only the newest is told.
func (o *outbox) setView(v *QueueView) {
	o.mu.Lock()
	o.view = v
	o.mu.Unlock()
	o.signal()
}

// track begins to tell m's readings, drop ends it; the last reading is told
// with the item's final event, which the caller puts after drop.
func (o *outbox) track(m *meter) {
	o.mu.Lock()
	o.meters = append(o.meters, m)
	first := len(o.meters) == 1
	o.mu.Unlock()
	if first {
		o.signal()
	}
}

func (o *outbox) drop(m *meter) {
	o.mu.Lock()
	if i := slices.Index(o.meters, m); i >= 0 {
		o.meters = slices.Delete(o.meters, i, i+1)
	}
	o.mu.Unlock()
}

func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.signal()
}

// next is Service.Next.
func (o *outbox) next(ctx context.Context) (Batch, error) {
	var timer *time.Timer
	defer func() {
		if timer != nil {
			timer.Stop()
		}
	}()
	for {
		b, wait, err := o.take()
		if wait == 0 || err != nil {
			return b, err
		}
		var tick <-chan time.Time
		if wait > 0 {
			if timer == nil {
				timer = time.NewTimer(wait)
			} else {
				timer.Reset(wait)
			}
			tick = timer.C
		}
		select {
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		case <-o.wake:
		case <-tick:
		}
	}
}

// take returns the news and 0, or how long to wait before looking again,
// where a negative time means until woken.
func (o *outbox) take() (Batch, time.Duration, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	if !o.urgent && !o.closed {
		if since := now.Sub(o.last); since >= 0 && since < quiet {
			if len(o.events) > 0 || o.view != nil || len(o.meters) > 0 {
				return Batch{}, quiet - since, nil
			}
			return Batch{}, -1, nil
		}
	}
	b := Batch{Events: o.events, Queue: o.view, Now: now}
	for _, m := range o.meters {
		if p, moved := m.read(now); moved {
			b.Progress = append(b.Progress, p)
		}
	}
	if len(b.Events) == 0 && b.Queue == nil && len(b.Progress) == 0 {
		switch {
		case o.closed:
			return Batch{}, 0, ErrClosed
		case len(o.meters) > 0:
			return Batch{}, quiet, nil
		}
		return Batch{}, -1, nil
	}
	o.events, o.urgent, o.view, o.last = nil, false, nil, now
	return b, 0, nil
}
