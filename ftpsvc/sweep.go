package ftpsvc

import (
	"context"
	"errors"
	"fmt"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
	"ferry/ftpsvc/vfs"
)

// sweepMost is how many temporary files are looked up at once.
const sweepMost = 100

// sweepAll removes the temporary files that nothing goes on with, here and on
// all accounts that are connected. What cannot be removed now is left to the
// next sweep. then, which may be nil, is called when the local ones are gone.
func (e *engine) sweepAll(then func()) {
	e.sweep(Local, then)
	for c, a := range e.s.accounts {
		if c != Local && a.info.State == Online {
			e.sweep(c, nil)
		}
	}
}

// sweep removes the temporary files of one side. It begins nothing when the
// queue was not needed yet.
func (e *engine) sweep(c Conn, then func()) {
	if then == nil {
		then = func() {}
	}
	st := e.keep.get()
	if st == nil || e.stopping {
		then()
		return
	}
	e.keep.aside(func() {
		left, err := st.Leftovers(context.Background(), string(c), sweepMost)
		e.s.report(func() {
			if err != nil {
				e.trouble(err)
			}
			e.removeLeft(c, left, then)
		})
	})
}

// removeLeft removes one file after the other, so that the side is free for
// something else between them.
func (e *engine) removeLeft(c Conn, left []queue.Leftover, then func()) {
	a, err := e.s.account("sweep", c)
	if err != nil || len(left) == 0 || e.stopping {
		e.storeSwept(c, then)
		return
	}
	a.short.add(&task{ctx: e.s.ctx, again: true, run: func(ctx context.Context, side vfs.FS) (any, error) {
		return nil, removeTemp(ctx, side, left[0].Path)
	}, done: func(_ any, err error) {
		if err == nil {
			e.swept[c] = append(e.swept[c], left[0])
		}
		if err != nil && !vfs.Permanent(err) {
			left = left[:1]
		}
		e.removeLeft(c, left[1:], then)
	}})
}

// removeTemp removes a temporary file, by both names that it may have.
func removeTemp(ctx context.Context, side vfs.FS, path string) error {
	var errs []error
	for _, p := range transfer.TempNames(side.Style(), path) {
		if err := side.Remove(ctx, p); err != nil && !isMissing(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// storeSwept stores what is gone, and goes on when there may be more.
func (e *engine) storeSwept(c Conn, then func()) {
	gone := e.swept[c]
	if len(gone) == 0 || e.stopping { // closeStore stores it
		then()
		return
	}
	delete(e.swept, c)
	e.keep.do(func(ctx context.Context, st *queue.Store) func() {
		err := st.Swept(ctx, string(c), gone)
		return func() {
			switch {
			case err != nil:
				e.trouble(err)
			case len(gone) == sweepMost:
				e.sweep(c, then)
				return
			}
			then()
		}
	})
}

// tellStrays tells of temporary files that are left where nothing is connected.
func (e *engine) tellStrays(then func()) {
	st := e.keep.get()
	e.keep.aside(func() {
		strays, err := st.Strays(context.Background())
		e.s.report(func() {
			if err != nil {
				e.trouble(err)
			}
			for account, n := range strays {
				if a := e.s.accounts[Conn(account)]; account != "" && (a == nil || a.info.State != Online) {
					e.s.out.put(Notice{Conn: Conn(account), Text: fmt.Sprintf("temporary files are left on %s: %d; the next transfer there removes them", account, n)})
				}
			}
			then()
		})
	})
}

// styleOf is how paths of a side are written that the queue names: the local
// one, or a server on which temporary names are used at all.
func styleOf(account string) vfs.PathStyle {
	if account == "" {
		return vfs.OS
	}
	return vfs.Slash
}
