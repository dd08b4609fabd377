package ftpsvc

import (
	"context"
	"sync/atomic"

	"ferry/ftpsvc/vfs"
)

// loan is a browsing connection that a worker uses while nothing else wants
// it: where a server bears one connection only, and for a verb, which has
// nothing to browse and saves a login.
type loan struct {
	side   vfs.FS
	back   chan error  // closed, or given the error that the side broke with
	wanted atomic.Bool // something waits for the connection
	w      *worker
}

// give returns the connection to its lane.
func (l *loan) give(err error) {
	l.back <- err
}

// recall has the connection come back: from an idle worker now, else after its item.
func (l *loan) recall() {
	l.wanted.Store(true)
	if l.w.run == nil {
		l.w.e.retire(l.w)
	}
}

// borrow asks for the browsing connection of an account; nil when it is busy
// or there is none. It is called by workers.
func (s *Service) borrow(w *worker, c Conn) *loan {
	ch := make(chan *loan, 1)
	s.report(func() {
		a := s.accounts[c]
		helps := w.run != nil && w.run.helps != 0 // the one who has the item needs it first
		if a == nil || a.info.State != Online || !a.short.idle() || helps {
			ch <- nil
			return
		}
		l := &loan{back: make(chan error, 1), w: w}
		a.short.lent = l
		a.short.add(&task{ctx: context.Background(),
			run: func(_ context.Context, side vfs.FS) (any, error) {
				l.side = side
				ch <- l
				return nil, <-l.back
			},
			done: func(any, error) {
				a.short.lent = nil
				if l.side == nil { // the connection had died and did not come up again
					ch <- nil
				}
			},
		})
	})
	return <-ch // at once: the lane is idle
}
