package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// lease is what the file says of an item that this process holds.
type lease struct {
	spot
	size, bytes int64
	target      string
	told        State // the wish that was told
	mtime       time.Time
}

// pending is an asynchronous write that waits.
type pending struct {
	item  Item
	whole bool  // all of item
	bytes int64 // else only this
}

// Want says what Claim is to lease.
type Want struct {
	N  int
	OK func(Lane) bool // nil: any lane. It must not call the store.
}

// Claim leases up to N items of each want to this process, in order: higher
// priority first, then by position. The items come back as queued (a retry that
// is due as retrying), and are this process's until they are saved in a state
// that is not Leased, or it dies. It takes back what dead processes held.
func (s *Store) Claim(ctx context.Context, wants ...Want) ([]Item, error) {
	var out []Item
	err := s.write(ctx, func(t *tx) error {
		if err := t.mine(); err != nil {
			return err
		}
		if time.Since(s.reapt) > time.Second {
			if err := t.reap(); err != nil {
				return err
			}
		}
		if err := t.freshen(nil); err != nil {
			return err
		}
		allowed, err := t.allowed()
		if err != nil {
			return err
		}
		for _, w := range wants {
			got, err := t.claim(w, allowed)
			if err != nil {
				return err
			}
			out = append(out, got...)
		}
		t.after = append(t.after, func() { s.keep(out) })
		return nil
	})
	if err == ErrLost {
		return nil, s.lost(err)
	}
	if err != nil {
		return nil, s.failed("claim", err)
	}
	return out, nil
}

// keep remembers what the file says of leased items.
func (s *Store) keep(items []Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range items {
		it := &items[i]
		s.leases[it.ID] = &lease{spot: spot{Held, int64(it.Priority), it.Pos >> blockShift, it.lane},
			size: it.Size, bytes: it.Bytes, target: it.Target, mtime: it.ModTime}
	}
}

// lost begins anew after others took over, and returns err.
func (s *Store) lost(err error) error {
	if e := s.lose(); e != nil {
		err = e
	}
	return s.failed("save", err)
}

// allowed tells which jobs this process may run: those of nobody, and its own.
// A paused queue leaves only its own, where somebody waits for them.
func (t *tx) allowed() (func(job int64) bool, error) {
	var paused int64
	if _, err := t.one(&paused, "SELECT value FROM meta WHERE name='paused'"); err != nil {
		return nil, err
	}
	owners := map[int64]int64{}
	err := t.rows("SELECT id,owner FROM jobs WHERE owner IS NOT NULL", func(scan func(...any) error) error {
		var job, owner int64
		err := scan(&job, &owner)
		owners[job] = owner
		return err
	})
	me, goesOn := t.s.me, paused == 0 || t.s.opt.Waits
	return func(job int64) bool {
		owner, ok := owners[job]
		return owner == me && goesOn || !ok && paused == 0
	}, err
}

func (t *tx) claim(w Want, allowed func(int64) bool) ([]Item, error) {
	ok := func(l Lane) bool { return allowed(l.Job) && (w.OK == nil || w.OK(l)) }
	out, err := t.due(w.N, ok)
	if err != nil {
		return nil, err
	}
	blocks, err := t.blocks(ok)
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		if len(out) >= w.N {
			break
		}
		got, err := t.pick(b, w.N-len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
	}
	return out, t.hold(out)
}

// block is a stretch of queued items of which those in lanes are wanted.
type block struct {
	prio, blk int64
	lanes     []int64
	all       bool // every queued one of the block is
}

// blocks are those that hold wanted items, in order.
func (t *tx) blocks(ok func(Lane) bool) ([]block, error) {
	var out []block
	fine := map[int64]bool{}
	type key struct{ prio, blk, lane int64 }
	var keys []key
	err := t.rows("SELECT prio,blk,lane FROM tally WHERE state='queued' AND n>0 ORDER BY prio DESC, blk", func(scan func(...any) error) error {
		var k key
		err := scan(&k.prio, &k.blk, &k.lane)
		keys = append(keys, k)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		good, known := fine[k.lane]
		if !known {
			l, err := t.s.lane(k.lane)
			if err != nil {
				return nil, err
			}
			good = ok(l)
			fine[k.lane] = good
		}
		if n := len(out); n == 0 || out[n-1].prio != k.prio || out[n-1].blk != k.blk {
			out = append(out, block{prio: k.prio, blk: k.blk, all: true})
		}
		b := &out[len(out)-1]
		if good {
			b.lanes = append(b.lanes, k.lane)
		} else {
			b.all = false
		}
	}
	return slices.DeleteFunc(out, func(b block) bool { return len(b.lanes) == 0 }), nil
}

const columns = `i.id,i.lane,i.name,i.tname,i.kind,i.size,i.mtime,i.bits,i.prio,i.pos,i.state,i.bytes,i.tries,i.reached,
	i.ended,i.err,i.class,i.notbefore,i.temp,i.segments,i.answer,d.source,d.target,(SELECT p.name FROM procs p WHERE p.id=i.owner)`

const fromItems = " FROM items i JOIN dirs d ON d.id=i.dir "

// fresh are items that this process added and nobody has touched since, so
// that most of what it claims need not be read back from the file.
type fresh struct {
	items   map[int64]Item
	version int64 // of the file, as far as others write it
}

// freshMost is how many of them are kept.
const freshMost = 4096

// freshen forgets the fresh items when another process wrote, and takes items in.
func (t *tx) freshen(items []Item) error {
	f := &t.s.fresh
	var v int64
	if _, err := t.one(&v, "PRAGMA data_version"); err != nil {
		return err
	}
	if v != f.version || len(f.items)+len(items) > freshMost {
		clear(f.items)
	}
	f.version = v
	if len(items) <= freshMost {
		t.after = append(t.after, func() {
			for _, it := range items {
				if it.State == Queued { // what add stores of it, and nothing else
					f.items[it.ID] = Item{ID: it.ID, Job: it.Job, Kind: it.Kind, From: it.From, To: it.To, Source: it.Source, Target: it.Target,
						Size: it.Size, ModTime: it.ModTime, UTC: it.UTC, Prec: it.Prec, Mode: it.Mode, HasMode: it.HasMode, State: Queued, lane: it.lane}
				}
			}
		})
	}
	return nil
}

// pickFresh is pick for fresh items; it fails with ok false when it meets another.
func (t *tx) pickFresh(b block, n int) (out []Item, ok bool, err error) {
	st, err := t.stmt("SELECT id,pos FROM items WHERE state='queued' AND prio=? AND pos>=? AND pos<? ORDER BY pos,id")
	if err != nil {
		return nil, false, err
	}
	r, err := st.Query(b.prio, b.blk<<blockShift, (b.blk+1)<<blockShift)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = r.Close() }()
	for len(out) < n && r.Next() {
		var id, pos int64
		if err := r.Scan(&id, &pos); err != nil {
			return nil, false, err
		}
		it, known := t.s.fresh.items[id]
		if !known {
			return nil, false, nil
		}
		if slices.Contains(b.lanes, it.lane) {
			it.Priority, it.Pos = int(b.prio), pos
			out = append(out, it)
		}
	}
	return out, true, r.Err()
}

func (t *tx) pick(b block, n int) ([]Item, error) {
	if len(t.s.fresh.items) > 0 {
		if out, ok, err := t.pickFresh(b, n); err != nil || ok {
			return out, err
		}
	}
	q := "SELECT " + columns + fromItems + "WHERE i.state='queued' AND i.prio=? AND i.pos>=? AND i.pos<? "
	args := []any{b.prio, b.blk << blockShift, (b.blk + 1) << blockShift}
	if !b.all {
		q += "AND i.lane IN (SELECT value FROM json_each(?)) "
		args = append(args, list(b.lanes))
	}
	return t.items(q+"ORDER BY i.pos,i.id LIMIT ?", append(args, n)...)
}

// due are the retries whose time has come and which nobody holds.
func (t *tx) due(n int, ok func(Lane) bool) ([]Item, error) {
	var any int64
	if found, err := t.one(&any, "SELECT 1 FROM tally WHERE state='retrying' AND n>0 LIMIT 1"); err != nil || !found {
		return nil, err
	}
	all, err := t.items("SELECT "+columns+fromItems+`WHERE i.state='retrying' AND i.owner IS NULL AND ifnull(i.notbefore,0)<=?
		ORDER BY i.prio DESC,i.pos,i.id`, t.now.UnixMilli())
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(it Item) bool {
		l, err := t.s.lane(it.lane)
		return err != nil || !ok(l)
	})
	return all[:min(n, len(all))], nil
}

// NextRetry tells when the next retry will be due that nobody holds; zero: none.
func (s *Store) NextRetry(ctx context.Context) (due time.Time, err error) {
	var ms *int64
	err = s.dbs[1].QueryRowContext(ctx, "SELECT min(notbefore) FROM items WHERE state='retrying' AND owner IS NULL AND notbefore>?", s.opt.Now().UnixMilli()).Scan(&ms)
	return millis(ms), err
}

// hold marks items as leased, in stretches of following numbers. (The + keeps
// SQLite from walking all queued ones.)
func (t *tx) hold(items []Item) error {
	for i := 0; i < len(items); {
		j := i + 1
		for j < len(items) && items[j].ID == items[j-1].ID+1 && items[j].State == items[i].State {
			j++
		}
		n, err := t.execN("UPDATE items SET state='leased', owner=? WHERE id BETWEEN ? AND ? AND +state=?", t.s.me, items[i].ID, items[j-1].ID, string(items[i].State))
		if err != nil {
			return err
		}
		if n != int64(j-i) {
			return fmt.Errorf("internal error: %d of %d items leased", n, j-i)
		}
		for _, it := range items[i:j] {
			delete(t.s.fresh.items, it.ID)
			at := spot{it.State, int64(it.Priority), it.Pos >> blockShift, it.lane}
			t.note(at, -1, -max(it.Size, 0), -it.Bytes)
			at.state = Held
			t.note(at, 1, max(it.Size, 0), it.Bytes)
		}
		i = j
	}
	return nil
}

// items reads rows of columns.
func (t *tx) items(q string, args ...any) ([]Item, error) {
	st, err := t.stmt(q)
	if err != nil {
		return nil, err
	}
	r, err := st.Query(args...)
	if err != nil {
		return nil, err
	}
	return t.s.readItems(r)
}

func list(ids []int64) string {
	b, _ := json.Marshal(ids)
	return strings.TrimSpace(string(b))
}
