package queue

import (
	"context"
	"fmt"
	"os"
	"time"
)

// sighting is when a heartbeat of another process was first seen. Clocks of
// processes are never compared: what counts is how long this process has seen
// it standing still.
type sighting struct {
	beat int64
	at   time.Time
}

// register adds this process to the file.
func (t *tx) register() error {
	id, err := t.insert("INSERT INTO procs(name,pid,place,beat) VALUES(?,?,?,0)", t.s.opt.Name, os.Getpid(), t.s.place)
	if err != nil {
		return err
	}
	t.s.me, t.s.beat = id, 0
	if err := t.reap(); err != nil {
		return err
	}
	// What others write from here on is news.
	_, err = t.one(&t.s.dataVersion, "PRAGMA data_version")
	return err
}

// unregister gives back what this process holds.
func (t *tx) unregister() error {
	if ok, err := t.alive(); err != nil || !ok {
		return err
	}
	return t.evict(t.s.me, false)
}

// alive reports whether this process is still in the file: whoever takes its
// items over removes it, so its leases are whole or gone.
func (t *tx) alive() (bool, error) {
	var id int64
	return t.one(&id, "SELECT id FROM procs WHERE id=?", t.s.me)
}

// mine fails with ErrLost when another process took over. It then begins anew.
func (t *tx) mine() error {
	ok, err := t.alive()
	if err != nil {
		return err
	}
	if !ok {
		return ErrLost
	}
	return nil
}

// lose forgets the leases that others took, and begins as a new process.
func (s *Store) lose() error {
	s.mu.Lock()
	clear(s.leases)
	clear(s.pend)
	s.mu.Unlock()
	err := s.write(context.Background(), (*tx).register)
	s.opt.Notify(Note{Lost: true, Changed: true})
	return err
}

// Own makes a job of nobody this process's alone, for as long as it lives.
func (s *Store) Own(ctx context.Context, job int64) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.mine(); err != nil {
			return err
		}
		return t.exec("UPDATE jobs SET owner=? WHERE id=? AND owner IS NULL", s.me, job)
	})
	if err != nil {
		return fmt.Errorf("queue: own job: %w", err)
	}
	return nil
}

func (s *Store) heartbeat() error {
	err := s.write(context.Background(), func(t *tx) error {
		if err := t.mine(); err != nil {
			return err
		}
		s.beat++
		if err := t.exec("UPDATE procs SET beat=? WHERE id=?", s.beat, s.me); err != nil {
			return err
		}
		return t.reap()
	})
	if err == ErrLost {
		return s.lose()
	}
	return err
}

// reap takes the items of dead processes back into the queue, and tells of it:
// what this process itself writes is nothing that poll would see.
func (t *tx) reap() error {
	s, now := t.s, time.Now()
	s.reapt = now
	var dead []int64
	err := t.rows("SELECT id,pid,place,beat FROM procs WHERE id<>?", func(scan func(...any) error) error {
		var id, beat int64
		var pid int
		var place string
		if err := scan(&id, &pid, &place, &beat); err != nil {
			return err
		}
		old, ok := s.seen[id]
		switch {
		case gone(place, s.place, pid):
			dead = append(dead, id)
		case !ok || old.beat != beat:
			s.seen[id] = sighting{beat, now}
		case now.Sub(old.at) > s.opt.Lease:
			dead = append(dead, id)
		}
		return nil
	}, s.me)
	if err != nil {
		return err
	}
	for _, id := range dead {
		if err := t.evict(id, true); err != nil {
			return err
		}
		delete(s.seen, id)
	}
	if len(dead) > 0 {
		t.after = append(t.after, func() { s.opt.Notify(Note{Changed: true}) })
	}
	return nil
}

// unknownTemp stands for the temporary file of an item that a process had
// when it died, until it is told or asked for.
const unknownTemp = "?"

// evict removes a process. Its items are queued again, or what a wish made of
// them. Those of a dead one may have been begun: they have been tried once at
// least, and may have left something.
func (t *tx) evict(owner int64, dead bool) error {
	for _, st := range owned {
		type held struct {
			id, lane, prio, pos, size, bytes int64
			wish                             *string
		}
		var all []held
		err := t.rows(`SELECT i.id,lane,prio,pos,size,ifnull(bytes,0),w.op FROM items i LEFT JOIN wishes w ON w.item=i.id
			WHERE i.state=? AND i.owner=?`, func(scan func(...any) error) error {
			var h held
			if err := scan(&h.id, &h.lane, &h.prio, &h.pos, &h.size, &h.bytes, &h.wish); err != nil {
				return err
			}
			all = append(all, h)
			return nil
		}, st, owner)
		if err != nil {
			return err
		}
		for _, h := range all {
			to := Queued
			var ended any
			if h.wish != nil {
				to = State(*h.wish)
			}
			if to.IsFinal() {
				ended = t.now.UnixMilli()
			}
			begun := ""
			if dead || st != Held {
				begun = ",tries=max(ifnull(tries,0),1),temp=CASE kind WHEN 'file' THEN ifnull(temp,'" + unknownTemp + "') END"
			}
			if err := t.exec("UPDATE items SET state=?,owner=NULL,ended=?"+begun+" WHERE id=?", to, ended, h.id); err != nil {
				return err
			}
			at := spot{State(st), h.prio, h.pos >> blockShift, h.lane}
			t.note(at, -1, -max(h.size, 0), -h.bytes)
			at.state = to
			t.note(at, 1, max(h.size, 0), h.bytes)
		}
	}
	for _, q := range []string{"DELETE FROM wishes WHERE owner=?", "UPDATE jobs SET owner=NULL WHERE owner=?", "DELETE FROM procs WHERE id=?"} {
		if err := t.exec(q, owner); err != nil {
			return err
		}
	}
	return t.bury()
}

// poll tells what other processes wrote since the last poll.
func (s *Store) poll() error {
	if !s.wmu.TryLock() {
		return nil // this process is writing: the next tick sees it
	}
	defer s.wmu.Unlock()
	t := &tx{s: s}
	var v int64
	if _, err := t.one(&v, "PRAGMA data_version"); err != nil {
		return err
	}
	if v == s.dataVersion {
		return nil
	}
	s.dataVersion = v
	stops, err := t.stops()
	if err != nil {
		return err
	}
	s.opt.Notify(Note{Changed: true, Stops: stops})
	return nil
}

// stops reads what others want of this process's items. A wish stays until the
// item is saved in another state, and is told once.
func (t *tx) stops() ([]Stop, error) {
	var stops []Stop
	err := t.rows("SELECT item,op FROM wishes WHERE owner=?", func(scan func(...any) error) error {
		var st Stop
		if err := scan(&st.Item, &st.State); err != nil {
			return err
		}
		if st.State == forgotten {
			st.State = Canceled // by its holder, and then removed
		}
		stops = append(stops, st)
		return nil
	}, t.s.me)
	if err != nil {
		return nil, err
	}
	s := t.s
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := stops[:0]
	for _, st := range stops {
		if l := s.leases[st.Item]; l != nil && l.told != st.State {
			l.told = st.State
			fresh = append(fresh, st)
		}
	}
	return fresh, nil
}
