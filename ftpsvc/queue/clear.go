package queue

import (
	"context"
	"time"
)

// clear removes final items, but not of a job that still reads folders: what
// it found is needed to know what is new when a reading is cut off.
func (s *Store) clear(ctx context.Context, sel Selection) (n int64, err error) {
	for _, st := range []State{Done, Skipped, Canceled, Failed} {
		k, err := s.eachPart(ctx, sel, st, (*tx).clearPart)
		n += k
		if err != nil {
			return n, err
		}
	}
	return n, s.tidy(ctx)
}

// forget removes items in any state. Those that a process holds are canceled
// and removed by it; those of a job that still reads folders are only hidden.
func (s *Store) forget(ctx context.Context, sel Selection) (n int64, err error) {
	if n, err = s.wish(ctx, sel, forgotten); err != nil {
		return n, err
	}
	k, err := s.turn(ctx, sel, forgotten, false, Queued, Paused, Retrying, Done, Skipped, Failed, Canceled)
	if n += k; err != nil {
		return n, err
	}
	if _, err = s.eachPart(ctx, Selection{All: true}, forgotten, (*tx).clearPart); err != nil {
		return n, err
	}
	return n, s.tidy(ctx)
}

// bury removes the forgotten items that need not be known any more.
func (t *tx) bury() error {
	if err := t.settle(); err != nil { // which jobs still read is in the tally
		return err
	}
	parts, err := t.parts(Selection{All: true}, forgotten)
	if err != nil {
		return err
	}
	var n int64
	for _, p := range parts {
		k, err := t.clearPart(p)
		if err != nil {
			return err
		}
		n += k
	}
	if n == 0 {
		return nil
	}
	if err := t.settle(); err != nil {
		return err
	}
	return t.sweep()
}

// tidy follows the removal of many items: it gives what they took back to the
// disk, where that is most of the file and so soon done.
func (s *Store) tidy(ctx context.Context) error {
	if err := s.write(ctx, (*tx).sweep); err != nil {
		return err
	}
	s.wmu.Lock()
	defer s.wmu.Unlock()
	t := &tx{s: s}
	var pages, free int64
	if _, err := t.one(&pages, "PRAGMA page_count"); err != nil {
		return err
	}
	if _, err := t.one(&free, "PRAGMA freelist_count"); err != nil {
		return err
	}
	if free < shrinkFrom || free < pages/4*3 {
		return nil
	}
	for _, q := range []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := s.w.ExecContext(ctx, q); err != nil && !busy(err) && !full(err) { // it needs as much again while it lasts
			return err
		}
	}
	return nil
}

// shrinkFrom is how many free pages of 4 KiB are worth giving back.
const shrinkFrom = 1024

const reading = "SELECT job FROM lanes WHERE class='tree' AND id IN (SELECT lane FROM tally WHERE n>0 AND state NOT IN " + finals + ")"

// clearPart removes final items, and keeps in mind what they left.
func (t *tx) clearPart(p part) (int64, error) {
	p.where += " AND i.lane NOT IN (SELECT id FROM lanes WHERE job IN (" + reading + ")) "
	if err := t.stray(p); err != nil {
		return 0, err
	}
	n, err := t.recount(p, func(_, _, _, _ int64) {})
	if err != nil {
		return 0, err
	}
	cond, args := p.cond()
	return n, t.exec("DELETE FROM items AS i WHERE"+cond, args...)
}

// sweep removes jobs without items, and what belonged to them.
func (t *tx) sweep() error {
	clear(t.s.lanes)
	const empty = "job NOT IN (SELECT job FROM lanes WHERE id IN (SELECT lane FROM tally WHERE n>0))"
	for _, q := range []string{"DELETE FROM dirs WHERE " + empty, "DELETE FROM jobs WHERE id NOT IN (SELECT job FROM lanes WHERE id IN (SELECT lane FROM tally WHERE n>0))",
		"DELETE FROM lanes WHERE " + empty} {
		if err := t.exec(q); err != nil {
			return err
		}
	}
	return nil
}

// Expire removes final items as Control does with OpClear, when the last of
// their block ended longer than age ago, or while there are more than keep of
// them, the oldest first. It works in blocks of 4096 items, so that fewer go
// than could.
func (s *Store) Expire(ctx context.Context, age time.Duration, keep int64) (n int64, err error) {
	type old struct {
		part
		n int64
	}
	var expired []old
	err = s.write(ctx, func(t *tx) error {
		var total int64
		if _, err := t.one(&total, "SELECT ifnull(sum(n),0) FROM tally WHERE state IN "+finals); err != nil {
			return err
		}
		cut := t.now.Add(-age).UnixMilli()
		return t.rows(`SELECT state,prio,blk,sum(n),max(last) FROM tally WHERE state IN `+finals+` AND n>0
			GROUP BY state,prio,blk ORDER BY max(last)`, func(scan func(...any) error) error {
			var o old
			var last int64
			if err := scan(&o.state, &o.prio, &o.blk, &o.n, &last); err != nil {
				return err
			}
			if last < cut || total-o.n >= keep {
				expired = append(expired, o)
				total -= o.n
			}
			return nil
		})
	})
	for _, o := range expired {
		if err != nil {
			break
		}
		err = s.write(ctx, func(t *tx) error {
			k, err := t.clearPart(o.part)
			n += k
			return err
		})
	}
	if err == nil && n > 0 {
		err = s.tidy(ctx)
	}
	if err != nil {
		return n, s.failed("expire", err)
	}
	return n, nil
}
