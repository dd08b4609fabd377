package queue

import (
	"context"
	"fmt"
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
	return n, s.write(ctx, (*tx).sweep)
}

const reading = `SELECT job FROM lanes WHERE class='tree' AND id IN
	(SELECT lane FROM tally WHERE n>0 AND state NOT IN ('done','skipped','failed','canceled'))`

func (t *tx) clearPart(p part) (int64, error) {
	p.where += " AND i.lane NOT IN (SELECT id FROM lanes WHERE job IN (" + reading + ")) "
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
		if _, err := t.one(&total, "SELECT ifnull(sum(n),0) FROM tally WHERE state IN ('done','skipped','canceled','failed')"); err != nil {
			return err
		}
		cut := t.now.Add(-age).UnixMilli()
		return t.rows(`SELECT state,prio,blk,sum(n),max(last) FROM tally WHERE state IN ('done','skipped','canceled','failed') AND n>0
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
		err = s.write(ctx, (*tx).sweep)
	}
	if err != nil {
		return n, fmt.Errorf("queue: expire: %w", err)
	}
	return n, nil
}
