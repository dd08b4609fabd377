package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
)

// Op is what Control does.
type Op string

const (
	OpPause    Op = "pause"    // all: the whole queue stands still, what is added later too
	OpResume   Op = "resume"   // paused and waiting-to-retry items are queued again
	OpCancel   Op = "cancel"   // what is not final
	OpRetry    Op = "retry"    // failed and canceled ones are queued again, at no tries
	OpPriority Op = "priority" // to Value, higher first
	OpReorder  Op = "reorder"  // to place Value among the queued, 0 is first
	OpClear    Op = "clear"    // final ones leave the queue
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
// in several transactions, so that others go on meanwhile.
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
	default:
		err = fmt.Errorf("unknown operation %q", op)
	}
	if err != nil {
		err = fmt.Errorf("queue: %s: %w", op, err)
	}
	return n, err
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
// transaction of its own that survives a power cut.
func (s *Store) eachPart(ctx context.Context, sel Selection, st State, f func(*tx, part) (int64, error)) (n int64, err error) {
	var parts []part
	err = s.write(ctx, func(t *tx) error {
		parts, err = t.parts(sel, st)
		return err
	})
	for _, p := range parts {
		if err != nil {
			return n, err
		}
		err = s.safely(ctx, func(t *tx) error {
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
		q = "SELECT DISTINCT prio,pos>>32 FROM items WHERE state=? AND id " + in
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

// reorder puts queued items, in the order given, before the one that is at
// place among the other queued ones; they take its priority.
func (s *Store) reorder(ctx context.Context, ids []int64, place int64) (n int64, err error) {
	err = s.safely(ctx, func(t *tx) error {
		moved, err := t.queuedOf(ids)
		if err != nil || len(moved) == 0 {
			return err
		}
		n = int64(len(moved))
		prio, lo, hi, err := t.gap(moved, place)
		if err != nil {
			return err
		}
		if hi-lo <= n {
			if err := t.shift(prio, hi); err != nil {
				return err
			}
			hi += 1 << blockShift
		}
		step := (hi - lo) / (n + 1)
		for i, id := range moved {
			if err := t.moveTo(id, prio, lo+step*int64(i+1)); err != nil {
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

// gap finds the positions between which ids go, both exclusive.
func (t *tx) gap(ids []int64, place int64) (prio, lo, hi int64, err error) {
	type at struct{ prio, pos int64 }
	var near []at
	place = max(place, 0)
	err = t.rows(`SELECT prio,pos FROM items WHERE state='queued' AND id NOT IN (SELECT value FROM json_each(?))
		ORDER BY prio DESC,pos LIMIT 2 OFFSET ?`, func(scan func(...any) error) error {
		var a at
		err := scan(&a.prio, &a.pos)
		near = append(near, a)
		return err
	}, list(ids), max(place-1, 0))
	if err != nil {
		return 0, 0, 0, err
	}
	room := int64(posGap) * int64(len(ids)+1)
	if place > 0 && len(near) == 2 {
		prio, lo, hi = near[1].prio, near[0].pos, near[1].pos
		if near[0].prio != prio {
			lo = hi - room
		}
		return prio, lo, hi, nil
	}
	if place == 0 && len(near) > 0 {
		return near[0].prio, near[0].pos - room, near[0].pos, nil
	}
	// Behind the last one, and before what will be added.
	var next int64
	if _, err := t.one(&next, "SELECT value FROM meta WHERE name='next'"); err != nil {
		return 0, 0, 0, err
	}
	last := at{}
	err = t.rows(`SELECT prio,pos FROM items WHERE state='queued' AND id NOT IN (SELECT value FROM json_each(?))
		ORDER BY prio,pos DESC LIMIT 1`, func(scan func(...any) error) error { return scan(&last.prio, &last.pos) }, list(ids))
	return last.prio, last.pos, max(next*posGap, last.pos+room), err
}

// shift makes room of a block before position hi.
func (t *tx) shift(prio, hi int64) error {
	err := t.rows(`SELECT lane,pos>>32,count(*),sum(max(size,0)),sum(ifnull(bytes,0)) FROM items
		WHERE state='queued' AND prio=? AND pos>=? GROUP BY 1,2`, func(scan func(...any) error) error {
		var lane, blk, n, size, bytes int64
		if err := scan(&lane, &blk, &n, &size, &bytes); err != nil {
			return err
		}
		t.note(spot{Queued, prio, blk, lane}, -n, -size, -bytes)
		t.note(spot{Queued, prio, blk + 1, lane}, n, size, bytes)
		return nil
	}, prio, hi)
	if err != nil {
		return err
	}
	if err := t.exec("UPDATE items SET pos=pos+(1<<32) WHERE state='queued' AND prio=? AND pos>=?", prio, hi); err != nil {
		return err
	}
	// What is added later stays behind what was shifted.
	return t.exec("UPDATE meta SET value=value+? WHERE name='next'", (1<<blockShift)/posGap)
}

func (t *tx) moveTo(id, prio, pos int64) error {
	var at spot
	var size, bytes, old int64
	err := t.rows("SELECT prio,pos,lane,max(size,0),ifnull(bytes,0) FROM items WHERE id=?", func(scan func(...any) error) error {
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

// Expire removes final items of jobs with nothing left to do, when the last of
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

// PutAccount keeps how an account is reached, so that a process started later
// can run its items. No password is stored, that of a proxy neither.
func (s *Store) PutAccount(ctx context.Context, e vfs.Endpoint) error {
	e.Proxy = withoutPassword(e.Proxy)
	b, err := json.Marshal(e)
	if err == nil {
		err = s.write(ctx, func(t *tx) error {
			return t.exec("INSERT INTO accounts VALUES(?,?) ON CONFLICT DO UPDATE SET endpoint=excluded.endpoint WHERE endpoint<>excluded.endpoint", e.Key(), string(b))
		})
	}
	if err != nil {
		return fmt.Errorf("queue: account %q: %w", e.Key(), err)
	}
	return nil
}

// Account reads what PutAccount kept under the key.
func (s *Store) Account(ctx context.Context, key string) (e vfs.Endpoint, found bool, err error) {
	var text string
	err = s.dbs[1].QueryRowContext(ctx, "SELECT endpoint FROM accounts WHERE name=?", key).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return e, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &e)
	}
	if err != nil {
		return e, false, fmt.Errorf("queue: account %q: %w", key, err)
	}
	return e, true, nil
}

func withoutPassword(proxy string) string {
	if proxy == "" || !strings.Contains(proxy, "@") {
		return proxy
	}
	u, err := url.Parse(proxy)
	if err != nil {
		return "" // rather no proxy than its password in the file
	}
	if _, has := u.User.Password(); has {
		u.User = url.User(u.User.Username())
	}
	return u.String()
}
