package ftpsvc

import (
	"context"
	"errors"
	"time"

	"ferry/ftpsvc/vfs"
)

// staleAfter is how long a connection may have been idle before it is asked
// for a sign of life ahead of a command that must not be sent twice.
const staleAfter = 10 * time.Second

// task is something to do on one side.
type task struct {
	ctx   context.Context
	again bool // harmless to do twice, so a lost connection is opened anew for it
	run   func(ctx context.Context, side vfs.FS) (any, error)
	done  func(any, error) // in the loop, exactly once
}

// lane is one goroutine with one open side, which does tasks one after the
// other in the order they came. The loop owns the list; the goroutine owns the side.
type lane struct {
	s     *Service
	open  func(ctx context.Context) (vfs.FS, error)
	state func(side vfs.FS, err error) // in the loop: opened, or lost with err; may be nil
	used  func(side vfs.FS)            // in the loop: a task was done on it; may be nil
	watch bool                         // lose a connection that ends while it is idle
	work  chan *task

	// loop's
	list    []*task
	busy    *task
	started bool
	ending  bool
	lent    *loan // to a worker, while its task is the busy one

	// goroutine's
	side    vfs.FS
	usedAt  time.Time
	suspect bool // the last task was cut off
}

func newLane(s *Service, open func(context.Context) (vfs.FS, error)) *lane {
	return &lane{s: s, open: open, work: make(chan *task, 1)}
}

// add queues t. Loop only.
func (l *lane) add(t *task) {
	if l.ending {
		t.done(nil, context.Canceled)
		return
	}
	if !l.started {
		l.started = true
		l.s.spawn(l.serve)
	}
	l.list = append(l.list, t)
	if l.lent != nil && l.busy != nil {
		l.lent.recall()
	}
	l.pump()
}

// pump hands out the next task. Tasks that were canceled while they waited end here.
func (l *lane) pump() {
	for l.busy == nil && len(l.list) > 0 {
		t := l.list[0]
		l.list = l.list[1:]
		if err := t.ctx.Err(); err != nil {
			t.done(nil, err)
			continue
		}
		l.busy = t
		l.work <- t
	}
}

// close ends the lane after the running task, which the caller may cancel;
// waiting ones end as canceled. Loop only.
func (l *lane) close() {
	if l.ending {
		return
	}
	l.ending = true
	for _, t := range l.list {
		t.done(nil, context.Canceled)
	}
	l.list = nil
	if l.lent != nil {
		l.lent.recall()
	}
	close(l.work)
}

// idle reports whether nothing runs or waits.
func (l *lane) idle() bool { return l.busy == nil && len(l.list) == 0 }

func (l *lane) serve() {
	for {
		select {
		case t, more := <-l.work:
			if !more {
				if l.side != nil {
					l.s.closeSide(l.side)
				}
				return
			}
			v, err := l.perform(t)
			side := l.side
			l.s.report(func() {
				l.busy = nil
				if l.used != nil && side != nil {
					l.used(side)
				}
				t.done(v, err)
				if !l.ending {
					l.pump()
				}
			})
		case <-l.ended():
			l.lose(l.side.(mortal).Err())
		}
	}
}

// mortal is a side that tells when it ends by itself.
type mortal interface {
	Lost() <-chan struct{}
	Err() error
}

// ended is closed when the idle side has ended; nil where nobody would tell.
func (l *lane) ended() <-chan struct{} {
	if m, ok := l.side.(mortal); ok && l.watch {
		return m.Lost()
	}
	return nil
}

// perform runs t on the open side, opening it when needed.
func (l *lane) perform(t *task) (any, error) {
	for {
		fresh := l.side == nil
		if fresh {
			side, err := l.open(t.ctx)
			if err != nil {
				l.tell(nil, err)
				return nil, err
			}
			l.side = side
			l.tell(side, nil)
		} else if err := l.probe(t); err != nil {
			l.lose(err)
			continue
		}
		v, err := t.run(t.ctx, l.side)
		l.usedAt = time.Now()
		l.suspect = errors.Is(err, context.Canceled)
		if !lost(err) {
			return v, err
		}
		l.lose(err)
		if fresh || !t.again || t.ctx.Err() != nil {
			return v, err
		}
	}
}

// probe asks an idle or doubtful connection for a sign of life before a
// task that must not be sent twice.
func (l *lane) probe(t *task) error {
	if t.again || !l.suspect && time.Since(l.usedAt) < staleAfter {
		return nil
	}
	return noop(t.ctx, l.side)
}

// noop sends NOOP where the side takes commands. Any answer is good.
func noop(ctx context.Context, side vfs.FS) error {
	q, ok := side.(vfs.Quoter)
	if !ok {
		return nil
	}
	if _, err := q.Quote(ctx, "", "NOOP"); lost(err) {
		return err
	}
	return nil
}

// lose drops a side that is out of order.
func (l *lane) lose(err error) {
	l.s.closeSide(l.side)
	l.side = nil
	l.tell(nil, err)
}

func (l *lane) tell(side vfs.FS, err error) {
	if l.state != nil {
		l.s.report(func() { l.state(side, err) })
	}
}

// lost reports whether err means that the connection is of no more use.
func lost(err error) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, vfs.ErrConnLost) || errors.Is(err, vfs.ErrTimeout) || errors.Is(err, vfs.ErrTooMany) {
		return true
	}
	var e *vfs.Error
	return errors.As(err, &e) && e.Reply.Code == 421
}
