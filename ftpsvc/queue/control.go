package queue

import (
	"context"
	"fmt"
)

// Op is what Control does.
type Op string

const (
	OpPause    Op = "pause"    // all: the whole queue stands still, what is added later too
	OpResume   Op = "resume"   // paused and waiting-to-retry items are queued again
	OpCancel   Op = "cancel"   // what is not final
	OpRetry    Op = "retry"    // failed and canceled ones are queued again, at no tries
	OpPriority Op = "priority" // to Value, higher first
	OpReorder  Op = "reorder"  // to place Value among what is shown as queued, 0 is first
	OpClear    Op = "clear"    // final ones leave the queue
	OpForget   Op = "forget"   // all leave the queue; what is not final is canceled
)

// Selection is what an Op is about: items by number, or jobs, or all.
type Selection struct {
	Items []int64
	Jobs  []int64
	All   bool
}

// Control does op to the selection and tells how many items it changed. What a
// process holds is changed by that process alone: it is told by a Note, this
// one too, and saves the item in the state asked for. Large selections are done
// in several transactions: a million items take some seconds, in which Claim,
// Save and Page from other goroutines go on.
func (s *Store) Control(ctx context.Context, op Op, sel Selection, value int64) (n int64, err error) {
	if err := s.Flush(ctx); err != nil {
		return 0, err
	}
	switch op {
	case OpPause:
		n, err = s.pause(ctx, sel)
	case OpResume:
		n, err = s.resume(ctx, sel)
	case OpCancel:
		n, err = s.turn(ctx, sel, Canceled, true, Queued, Paused, Retrying)
	case OpRetry:
		n, err = s.turn(ctx, sel, Queued, false, Failed, Canceled)
	case OpPriority:
		n, err = s.prioritize(ctx, sel, value)
	case OpReorder:
		n, err = s.reorder(ctx, sel.Items, value)
	case OpClear:
		n, err = s.clear(ctx, sel)
	case OpForget:
		n, err = s.forget(ctx, sel)
	default:
		err = fmt.Errorf("unknown operation %q", op)
	}
	return n, s.failed(string(op), err)
}

func (s *Store) pause(ctx context.Context, sel Selection) (int64, error) {
	if !sel.All {
		return s.turn(ctx, sel, Paused, true, Queued, Retrying)
	}
	if err := s.setPaused(ctx, 1); err != nil {
		return 0, err
	}
	return s.wish(ctx, sel, Queued)
}

func (s *Store) resume(ctx context.Context, sel Selection) (int64, error) {
	if sel.All {
		if err := s.setPaused(ctx, 0); err != nil {
			return 0, err
		}
	}
	return s.turn(ctx, sel, Queued, false, Paused, Retrying)
}

func (s *Store) setPaused(ctx context.Context, v int) error {
	return s.safely(ctx, func(t *tx) error { return t.exec("UPDATE meta SET value=? WHERE name='paused'", v) })
}

// turn brings items from the states to another, and with held also asks the
// processes that hold some.
func (s *Store) turn(ctx context.Context, sel Selection, to State, held bool, from ...State) (n int64, err error) {
	if held { // first, so that no process goes on claiming and running meanwhile
		if n, err = s.wish(ctx, sel, to); err != nil {
			return n, err
		}
	}
	for _, st := range from {
		k, err := s.eachPart(ctx, sel, st, func(t *tx, p part) (int64, error) { return t.turnPart(p, to) })
		n += k
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// part is a stretch of the selection within one state, priority and block.
type part struct {
	state     State
	prio, blk int64
	where     string // further condition on i, with args
	args      []any
}

func (p part) cond() (string, []any) {
	q := " i.state=? AND i.prio=? AND i.pos>=? AND i.pos<? AND (i.state<>'retrying' OR i.owner IS NULL) "
	return q + p.where, append([]any{string(p.state), p.prio, p.blk << blockShift, (p.blk + 1) << blockShift}, p.args...)
}

// eachPart calls f for the parts of the selection that are in state, each in a
// transaction of its own, of which the last makes all survive a power cut.
func (s *Store) eachPart(ctx context.Context, sel Selection, st State, f func(*tx, part) (int64, error)) (n int64, err error) {
	var parts []part
	err = s.write(ctx, func(t *tx) error {
		parts, err = t.parts(sel, st)
		return err
	})
	for i, p := range parts {
		if err != nil {
			return n, err
		}
		write := s.write
		if i == len(parts)-1 {
			write = s.safely
		}
		err = write(ctx, func(t *tx) error {
			k, err := f(t, p)
			n += k
			return err
		})
	}
	return n, err
}

func (t *tx) parts(sel Selection, st State) (out []part, err error) {
	q, args := "SELECT DISTINCT prio,blk FROM tally WHERE state=? AND n>0 ", []any{string(st)}
	where, wargs := "", []any(nil)
	switch {
	case sel.All:
	case len(sel.Jobs) > 0:
		const in = "IN (SELECT id FROM lanes WHERE job IN (SELECT value FROM json_each(?))) "
		q, args = q+"AND lane "+in, append(args, list(sel.Jobs))
		where, wargs = "AND i.lane "+in, []any{list(sel.Jobs)}
	default:
		const in = "IN (SELECT value FROM json_each(?)) "
		q = "SELECT DISTINCT prio,pos>>32 FROM items WHERE +state=? AND id " + in
		args = append(args, list(sel.Items))
		where, wargs = "AND i.id "+in, []any{list(sel.Items)}
	}
	err = t.rows(q+"ORDER BY 1 DESC,2", func(scan func(...any) error) error {
		p := part{state: st, where: where, args: wargs}
		err := scan(&p.prio, &p.blk)
		out = append(out, p)
		return err
	}, args...)
	return out, err
}

// recount notes in the tally that a part leaves its place, and hands f what is
// there of each lane, to be noted where it goes.
func (t *tx) recount(p part, f func(lane, n, size, bytes int64)) (total int64, err error) {
	cond, args := p.cond()
	err = t.rows("SELECT i.lane,count(*),sum(max(i.size,0)),sum(ifnull(i.bytes,0)) FROM items i WHERE"+cond+"GROUP BY i.lane", func(scan func(...any) error) error {
		var lane, n, size, bytes int64
		if err := scan(&lane, &n, &size, &bytes); err != nil {
			return err
		}
		total += n
		t.note(spot{p.state, p.prio, p.blk, lane}, -n, -size, -bytes)
		f(lane, n, size, bytes)
		return nil
	}, args...)
	return total, err
}

func (t *tx) turnPart(p part, to State) (int64, error) {
	n, err := t.recount(p, func(lane, n, size, bytes int64) { t.note(spot{to, p.prio, p.blk, lane}, n, size, bytes) })
	if err != nil {
		return 0, err
	}
	var ended any
	if to.IsFinal() {
		ended = t.now.UnixMilli()
	}
	tries := ""
	if to == Queued {
		tries = ",tries=NULL,notbefore=NULL,err=NULL,class=NULL,reached=NULL"
	}
	cond, args := p.cond()
	return n, t.exec("UPDATE items AS i SET state=?,ended=?"+tries+" WHERE"+cond, append([]any{string(to), ended}, args...)...)
}

// wish asks the processes that hold items of the selection to stop them.
func (s *Store) wish(ctx context.Context, sel Selection, to State) (n int64, err error) {
	where, args := "", []any{string(to)}
	switch {
	case sel.All:
	case len(sel.Jobs) > 0:
		where, args = "AND lane IN (SELECT id FROM lanes WHERE job IN (SELECT value FROM json_each(?)))", append(args, list(sel.Jobs))
	default:
		where, args = "AND id IN (SELECT value FROM json_each(?))", append(args, list(sel.Items))
	}
	var stops []Stop
	err = s.safely(ctx, func(t *tx) error {
		n, err = t.execN(`INSERT INTO wishes(op,item,owner) SELECT ?,id,owner FROM items
			WHERE state IN ('leased','running','scanning','waiting','retrying') AND owner IS NOT NULL `+where+`
			ON CONFLICT DO UPDATE SET op=excluded.op`, args...)
		if err != nil {
			return err
		}
		stops, err = t.stops()
		return err
	})
	if err == nil && len(stops) > 0 {
		s.opt.Notify(Note{Stops: stops})
	}
	return n, err
}

func (s *Store) prioritize(ctx context.Context, sel Selection, value int64) (n int64, err error) {
	for _, st := range []State{Queued, Paused, Retrying} {
		k, err := s.eachPart(ctx, sel, st, func(t *tx, p part) (int64, error) {
			n, err := t.recount(p, func(lane, n, size, bytes int64) { t.note(spot{st, value, p.blk, lane}, n, size, bytes) })
			if err != nil {
				return 0, err
			}
			cond, args := p.cond()
			return n, t.exec("UPDATE items AS i SET prio=? WHERE"+cond, append([]any{value}, args...)...)
		})
		n += k
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
