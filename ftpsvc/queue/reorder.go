package queue

import (
	"context"
	"encoding/json"
	"slices"
)

// reorder puts queued items, in the order given, before the one that is at
// place among the others that are shown as queued; they take its priority.
// Those that a process holds ahead are in front of all, and are not moved.
func (s *Store) reorder(ctx context.Context, ids []int64, place int64) (n int64, err error) {
	err = s.safely(ctx, func(t *tx) error {
		moved, err := t.queuedOf(ids)
		if err != nil || len(moved) == 0 {
			return err
		}
		n = int64(len(moved))
		var ahead int64
		if _, err := t.one(&ahead, "SELECT ifnull(sum(n),0) FROM tally WHERE state='leased'"); err != nil {
			return err
		}
		place -= ahead
		g, err := t.gap(moved, place)
		if err != nil {
			return err
		}
		if g.hi-g.lo < 4*n {
			if err := t.shift(g); err != nil {
				return err
			}
			g.hi += 1 << blockShift
		}
		step := (g.hi - g.lo) / (n + 1)
		for i, id := range moved {
			if err := t.moveTo(id, g.prio, g.lo+step*int64(i+1)); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// queuedOf keeps those that are queued and held by nobody, in the order given.
func (t *tx) queuedOf(ids []int64) ([]int64, error) {
	var out []int64
	for _, id := range ids {
		var x int64
		ok, err := t.one(&x, "SELECT id FROM items WHERE id=? AND state='queued'", id)
		if err != nil {
			return nil, err
		}
		if ok && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, nil
}

// gap is a place in the order: between the positions lo and hi, both exclusive.
type gap struct {
	prio, lo, hi int64
	before       int64 // the item at hi, 0 for none
}

// gap finds where ids go.
func (t *tx) gap(ids []int64, place int64) (g gap, err error) {
	type at struct{ prio, pos, id int64 }
	var near []at
	place = max(place, 0)
	others := list(ids)
	read := func(q string, args ...any) error {
		near = near[:0]
		return t.rows("SELECT prio,pos,id FROM items WHERE state='queued' AND id NOT IN (SELECT value FROM json_each(?)) "+q, func(scan func(...any) error) error {
			var a at
			err := scan(&a.prio, &a.pos, &a.id)
			near = append(near, a)
			return err
		}, append([]any{others}, args...)...)
	}
	if err := read("ORDER BY prio DESC,pos,id LIMIT 2 OFFSET ?", max(place-1, 0)); err != nil {
		return g, err
	}
	room := int64(posGap) * int64(len(ids)+1)
	if place > 0 && len(near) == 2 {
		g = gap{near[1].prio, near[0].pos, near[1].pos, near[1].id}
		if near[0].prio != g.prio {
			g.lo = g.hi - room
		}
		return g, nil
	}
	if place == 0 && len(near) > 0 {
		return gap{near[0].prio, near[0].pos - room, near[0].pos, near[0].id}, nil
	}
	// Behind the last one, and before what will be added.
	var next int64
	if _, err := t.one(&next, "SELECT value FROM meta WHERE name='next'"); err != nil {
		return g, err
	}
	if err := read("ORDER BY prio,pos DESC,id DESC LIMIT 1"); err != nil {
		return g, err
	}
	if len(near) > 0 {
		g.prio, g.lo = near[0].prio, near[0].pos
	}
	g.hi = max(next*posGap, g.lo+room)
	return g, nil
}

// shift makes room of a block in a gap.
func (t *tx) shift(g gap) error {
	const behind = " FROM items WHERE state='queued' AND prio=?1 AND pos>=?2 AND (pos>?2 OR id>=?3) "
	err := t.rows("SELECT lane,pos>>32,count(*),sum(max(size,0)),sum(ifnull(bytes,0))"+behind+"GROUP BY 1,2", func(scan func(...any) error) error {
		var lane, blk, n, size, bytes int64
		if err := scan(&lane, &blk, &n, &size, &bytes); err != nil {
			return err
		}
		t.note(spot{Queued, g.prio, blk, lane}, -n, -size, -bytes)
		t.note(spot{Queued, g.prio, blk + 1, lane}, n, size, bytes)
		return nil
	}, g.prio, g.hi, g.before)
	if err != nil {
		return err
	}
	if err := t.exec("UPDATE items SET pos=pos+(1<<32) WHERE id IN (SELECT id"+behind+")", g.prio, g.hi, g.before); err != nil {
		return err
	}
	// What is added later stays behind what was shifted.
	return t.exec("UPDATE meta SET value=value+? WHERE name='next'", (1<<blockShift)/posGap)
}

// moveTo puts a queued item at pos, or just behind where that is taken in any state.
func (t *tx) moveTo(id, prio, pos int64) error {
	states, err := json.Marshal(pageOrder)
	if err != nil {
		return err
	}
	for taken := int64(1); taken != 0; pos += taken {
		if _, err := t.one(&taken, `SELECT count(*) FROM items WHERE state IN (SELECT value FROM json_each(?)) AND prio=? AND pos=? AND id<>?`,
			string(states), prio, pos, id); err != nil {
			return err
		}
	}
	var at spot
	var size, bytes, old int64
	err = t.rows("SELECT prio,pos,lane,max(size,0),ifnull(bytes,0) FROM items WHERE id=?", func(scan func(...any) error) error {
		return scan(&at.prio, &old, &at.lane, &size, &bytes)
	}, id)
	if err != nil {
		return err
	}
	at.state, at.blk = Queued, old>>blockShift
	t.note(at, -1, -size, -bytes)
	at.prio, at.blk = prio, pos>>blockShift
	t.note(at, 1, size, bytes)
	return t.exec("UPDATE items SET prio=?,pos=? WHERE id=?", prio, pos, id)
}
