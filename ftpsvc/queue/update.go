package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Later stores items of this process within a second, or with the next Flush.
// What is stored of an item is all that changes after it was queued: State,
// Reached, Bytes, Tries, Err, Class, NotBefore, Temp, Segments, Answer, Size,
// ModTime, and Target. A state that is not Leased gives the item back. An item
// that this process does not hold is left alone.
func (s *Store) Later(items ...Item) {
	s.mu.Lock()
	for _, it := range items {
		if s.leases[it.ID] != nil {
			s.pend[it.ID] = pending{item: it, whole: true}
		}
	}
	n := len(s.pend)
	s.mu.Unlock()
	if n >= flushAt {
		select {
		case s.kick <- struct{}{}:
		default:
		}
	}
}

// Rest tells that this process goes on to hold an item and is not at work on it
// any more. That is stored, as by Later, only where the file says otherwise.
func (s *Store) Rest(it Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.leases[it.ID]
	switch {
	case l == nil:
	case l.state == Held:
		delete(s.pend, it.ID)
	default:
		it.State = Held
		s.pend[it.ID] = pending{item: it, whole: true}
	}
}

// Progress stores how far an item is, within a second. Bytes counts what was
// done before as well.
func (s *Store) Progress(id, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leases[id] == nil {
		return
	}
	p := s.pend[id]
	p.bytes = bytes
	if p.whole {
		p.item.Bytes = bytes
	}
	s.pend[id] = p
}

// Save is Later and Flush: on return the items are stored.
func (s *Store) Save(ctx context.Context, items ...Item) error {
	s.Later(items...)
	return s.Flush(ctx)
}

// Flush stores what Later and Progress were given. It fails with ErrLost when
// another process took this one's items over.
func (s *Store) Flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.wmu.Lock()
	s.mu.Lock()
	pend, broken := s.pend, s.broken
	s.pend, s.broken = map[int64]pending{}, nil
	s.mu.Unlock()
	if len(pend) == 0 {
		s.wmu.Unlock()
		return broken
	}
	err := s.writeLocked(func(t *tx) error { return t.flush(pend) })
	if err != nil && err != ErrLost {
		s.restore(pend)
	}
	s.wmu.Unlock()
	if err == ErrLost {
		return s.lost(err)
	}
	if err != nil {
		return s.failed("save", err)
	}
	return nil
}

// restore puts back what could not be stored, unless there is newer.
func (s *Store) restore(pend map[int64]pending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, p := range pend {
		if _, newer := s.pend[id]; !newer {
			s.pend[id] = p
		}
	}
}

// shape is what a stretch of items must have in common to be stored by one statement.
type shape struct {
	state      State
	reached    Reached
	tries      int
	err, class string
	notBefore  int64
	temp       string
	segments   string
	answer     Conflict
	full       bool // all bytes are done
	bytes      int64
}

// change is an item to store and what the file says of it.
type change struct {
	item  Item
	shape shape
	was   lease
}

func (t *tx) flush(pend map[int64]pending) error {
	if err := t.mine(); err != nil {
		return err
	}
	var all []change
	var moved []pending
	ids := make([]int64, 0, len(pend))
	for id := range pend {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	wishes, err := t.wishes()
	if err != nil {
		return err
	}
	bury := false
	s := t.s
	s.mu.Lock()
	for _, id := range ids {
		p, l := pend[id], s.leases[id]
		switch {
		case l == nil: // given back meanwhile
		case p.whole:
			p.item.State = heeding(p.item.State, wishes[id])
			bury = bury || p.item.State.IsFinal() && (p.item.Kind == KindTree || p.item.State == forgotten)
			all = append(all, change{p.item, shapeOf(p.item), *l})
		default:
			p.item.ID = id
			moved = append(moved, p)
			t.note(l.spot, 0, 0, p.bytes-l.bytes)
		}
	}
	s.mu.Unlock()
	for _, p := range moved {
		if err := t.exec("UPDATE items SET bytes=? WHERE id=? AND owner=?", p.bytes, p.item.ID, s.me); err != nil {
			return err
		}
	}
	for i := 0; i < len(all); {
		j := i + 1
		for j < len(all) && all[j].item.ID == all[j-1].item.ID+1 && all[j].shape == all[i].shape {
			j++
		}
		if err := t.store(all[i:j]); err != nil {
			return err
		}
		i = j
	}
	for _, c := range all {
		if err := t.refit(c); err != nil {
			return err
		}
	}
	t.after = append(t.after, func() { s.settled(all, moved) })
	if bury {
		return t.bury()
	}
	return nil
}

// wishes are what was asked for the items of this process.
func (t *tx) wishes() (map[int64]State, error) {
	out := map[int64]State{}
	err := t.rows("SELECT item,op FROM wishes WHERE owner=?", func(scan func(...any) error) error {
		var id int64
		var op State
		err := scan(&id, &op)
		out[id] = op
		return err
	}, t.s.me)
	return out, err
}

// heeding is the state in which an item is stored for which there is a wish: the
// process that gives it back may not have heard of that in time.
func heeding(to, wish State) State {
	switch {
	case to.Leased() || wish == "" || wish == Queued:
	case wish == forgotten, !to.IsFinal():
		return wish
	}
	return to
}

// settled keeps the leases as the file now is.
func (s *Store) settled(all []change, moved []pending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range all {
		if !c.item.State.Leased() {
			delete(s.leases, c.item.ID)
			continue
		}
		l := s.leases[c.item.ID]
		l.state, l.size, l.bytes = c.item.State, c.item.Size, c.item.Bytes
		l.target, l.mtime = c.item.Target, c.item.ModTime
	}
	for _, p := range moved {
		s.leases[p.item.ID].bytes = p.bytes
	}
}

func shapeOf(it Item) shape {
	sh := shape{it.State, it.Reached, it.Tries, it.Err, it.Class, 0, it.Temp, "", it.Answer, it.Size >= 0 && it.Bytes == it.Size, 0}
	if !sh.full {
		sh.bytes = it.Bytes
	}
	if !it.NotBefore.IsZero() {
		sh.notBefore = it.NotBefore.UnixMilli()
	}
	if len(it.Segments) > 0 {
		b, _ := json.Marshal(it.Segments) // of three integers each: cannot fail
		sh.segments = string(b)
	}
	return sh
}

// store writes a stretch of items of one shape.
func (t *tx) store(run []change) error {
	sh := run[0].shape
	if sh.temp != "" && (sh.state == Done || sh.state == Skipped) { // nothing goes on with it
		for _, c := range run {
			if err := t.exec("INSERT INTO strays VALUES(?,?) ON CONFLICT DO NOTHING", c.item.To, sh.temp); err != nil {
				return err
			}
		}
		sh.temp = ""
	}
	var owner, ended any
	if sh.state.Leased() {
		owner = t.s.me
	}
	if sh.state.IsFinal() {
		ended = t.now.UnixMilli()
	}
	var bytes any = sh.bytes
	if sh.full {
		bytes = nil
	}
	first, last := run[0].item.ID, run[len(run)-1].item.ID
	n, err := t.execN(`UPDATE items SET state=?,reached=?,tries=?,err=?,class=?,notbefore=?,temp=?,segments=?,answer=?,
		bytes=ifnull(?,size),owner=?,ended=? WHERE id BETWEEN ? AND ? AND owner=?`,
		string(sh.state), text(string(sh.reached)), sh.tries, text(sh.err), text(sh.class), number(sh.notBefore), text(sh.temp), text(sh.segments),
		text(string(sh.answer)), bytes, owner, ended, first, last, t.s.me)
	if err != nil {
		return err
	}
	if n != int64(len(run)) {
		return fmt.Errorf("internal error: %d of %d items stored", n, len(run))
	}
	for _, c := range run {
		t.note(c.was.spot, -1, -max(c.was.size, 0), -c.was.bytes)
		at := c.was.spot
		at.state = c.item.State
		t.note(at, 1, max(c.item.Size, 0), c.item.Bytes)
	}
	if !sh.state.Leased() {
		return t.exec("DELETE FROM wishes WHERE item BETWEEN ? AND ?", first, last)
	}
	return nil
}

// refit stores what seldom changes: what the source turned out to be, and a
// target that a conflict renamed.
func (t *tx) refit(c change) error {
	it := c.item
	if it.Size != c.was.size || !it.ModTime.Equal(c.was.mtime) {
		if err := t.exec("UPDATE items SET size=?,mtime=?,bits=?,bytes=? WHERE id=?", it.Size, stamp(it.ModTime), bitsOf(&it), it.Bytes, it.ID); err != nil {
			return err
		}
	}
	if it.Target == c.was.target {
		return nil
	}
	sd, _ := split(it.Source)
	td, tname := split(it.Target)
	l, err := t.s.lane(c.was.lane)
	if err != nil {
		return err
	}
	var tree *int64
	if _, err := t.one(&tree, "SELECT d.tree FROM dirs d JOIN items i ON i.dir=d.id WHERE i.id=?", it.ID); err != nil {
		return err
	}
	dir, err := t.dir(map[[2]string]int64{}, l.Job, deref(tree), [2]string{sd, td})
	if err != nil {
		return err
	}
	return t.exec("UPDATE items SET dir=?, tname=? WHERE id=?", dir, tname, it.ID)
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func number(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

// Prove stores that done items reached more than they were saved with, such as
// the small files of a folder that one listing proved.
func (s *Store) Prove(ctx context.Context, r Reached, ids ...int64) error {
	if err := s.Flush(ctx); err != nil && !errors.Is(err, ErrLost) {
		return err
	}
	slices.Sort(ids)
	err := s.write(ctx, func(t *tx) error {
		for i := 0; i < len(ids); {
			j := i + 1
			for j < len(ids) && ids[j] == ids[j-1]+1 {
				j++
			}
			if err := t.exec("UPDATE items SET reached=? WHERE id BETWEEN ? AND ? AND state='done'", string(r), ids[i], ids[j-1]); err != nil {
				return err
			}
			i = j
		}
		return nil
	})
	if err != nil {
		return s.failed("prove", err)
	}
	return nil
}

// Release gives items back that were leased and not begun, or are not to be
// run now. A NotBefore in the future keeps them until then.
func (s *Store) Release(ctx context.Context, items ...Item) error {
	for i := range items {
		items[i].State = Queued
		if items[i].NotBefore.After(time.Now()) {
			items[i].State = Retrying
		}
	}
	return s.Save(ctx, items...)
}
