package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// pageOrder is the order of the states in a page of all: what moves, what
// needs the user, what is next, what is over.
var pageOrder = []State{Running, Scanning, Waiting, Retrying, Held, Queued, Paused, Failed, Canceled, Skipped, Done}

// readItems reads rows of columns and closes them.
func (s *Store) readItems(r *sql.Rows) ([]Item, error) {
	var out []Item
	dead := false // some are of dead processes
	err := each(r, func(scan func(...any) error) error {
		var it Item
		var tname, reached, errText, class, temp, segments, answer, owner *string
		var mtime, bytes, tries, ended, notBefore *int64
		var bits int64
		var source, target, name string
		err := scan(&it.ID, &it.lane, &name, &tname, &it.Kind, &it.Size, &mtime, &bits, &it.Priority, &it.Pos, &it.State, &bytes, &tries, &reached,
			&ended, &errText, &class, &notBefore, &temp, &segments, &answer, &source, &target, &owner)
		if err != nil {
			return err
		}
		it.Source, it.Target = source+name, target+name
		if tname != nil {
			it.Target = target + *tname
		}
		if it.State == Held {
			it.State = Queued
		}
		it.unbits(bits)
		it.ModTime = unstamp(mtime)
		it.Bytes, it.Tries = deref(bytes), int(deref(tries))
		it.Reached, it.Err, it.Class, it.Temp = Reached(deref(reached)), deref(errText), deref(class), deref(temp)
		dead = dead || it.Temp == unknownTemp
		it.Answer, it.Owner = Conflict(deref(answer)), deref(owner)
		it.Ended, it.NotBefore = millis(ended), millis(notBefore)
		if segments != nil {
			if err := json.Unmarshal([]byte(*segments), &it.Segments); err != nil {
				return fmt.Errorf("segments of item %d: %w", it.ID, err)
			}
		}
		out = append(out, it)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		l, err := s.lane(out[i].lane)
		if err != nil {
			return nil, err
		}
		out[i].Job, out[i].From, out[i].To = l.Job, l.From, l.To
		if dead && out[i].Temp == unknownTemp {
			out[i].Temp = s.opt.Temp(out[i])
		}
	}
	return out, nil
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func unstamp(ns *int64) time.Time {
	if ns == nil {
		return time.Time{}
	}
	return time.Unix(0, *ns).UTC()
}

func millis(ms *int64) time.Time {
	if ms == nil || *ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(*ms)
}

// lane reads a lane, which never changes.
func (s *Store) lane(id int64) (Lane, error) {
	s.lmu.Lock()
	l, ok := s.laneOf[id]
	s.lmu.Unlock()
	if ok {
		return l, nil
	}
	err := s.dbs[1].QueryRow("SELECT job,src,dst,class FROM lanes WHERE id=?", id).Scan(&l.Job, &l.From, &l.To, &l.Class)
	if err != nil {
		return l, fmt.Errorf("lane %d: %w", id, err)
	}
	s.remember(id, l)
	return l, nil
}

func (s *Store) remember(id int64, l Lane) {
	s.lmu.Lock()
	defer s.lmu.Unlock()
	if len(s.laneOf) > 10000 {
		clear(s.laneOf)
	}
	s.laneOf[id] = l
}

// view runs f on one state of the file, with this process's waiting writes in it.
func (s *Store) view(ctx context.Context, f func(*sql.Tx) error) error {
	if err := s.Flush(ctx); err != nil && !errors.Is(err, ErrLost) {
		return err
	}
	s.vmu.Lock()
	defer s.vmu.Unlock()
	r, err := s.dbs[1].BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = r.Rollback() }()
	return f(r)
}

// Page reads limit items from offset on: by state in the order of f.States
// (running, scanning, waiting, retrying, queued, paused, failed, canceled,
// skipped, done when it is empty), then by priority and position. It tells how
// many there are in all. Its cost does not grow with offset.
func (s *Store) Page(ctx context.Context, f Filter, offset, limit int) (items []Item, total int, err error) {
	err = s.view(ctx, func(r *sql.Tx) error {
		lanes, err := jobLanes(ctx, r, f.Job)
		if err != nil {
			return err
		}
		for _, st := range states(f) {
			got, n, err := s.pageState(ctx, r, st, lanes, offset, limit-len(items))
			if err != nil {
				return err
			}
			items = append(items, got...)
			total += n
			offset = max(0, offset-n)
		}
		return nil
	})
	if err != nil {
		return nil, 0, s.failed("page", err)
	}
	return items, total, nil
}

// states are those of a filter as they are in the file.
func states(f Filter) []State {
	if len(f.States) == 0 {
		return pageOrder
	}
	var out []State
	for _, st := range f.States {
		if st == Queued {
			out = append(out, Held)
		}
		out = append(out, st)
	}
	return out
}

// jobLanes is the list of a job's lanes in JSON, "" for all.
func jobLanes(ctx context.Context, r *sql.Tx, job int64) (string, error) {
	if job == 0 {
		return "", nil
	}
	var l string
	err := r.QueryRowContext(ctx, "SELECT json_group_array(id) FROM lanes WHERE job=?", job).Scan(&l)
	return l, err
}

// pageState is a page of one state, and how many there are of it.
func (s *Store) pageState(ctx context.Context, r *sql.Tx, st State, lanes string, offset, limit int) (items []Item, total int, err error) {
	q, args := "SELECT prio,blk,sum(n) FROM tally WHERE state=? ", []any{string(st)}
	if lanes != "" {
		q, args = q+"AND lane IN (SELECT value FROM json_each(?)) ", append(args, lanes)
	}
	rows, err := r.QueryContext(ctx, q+"GROUP BY prio,blk ORDER BY prio DESC,blk", args...)
	if err != nil {
		return nil, 0, err
	}
	type part struct{ prio, blk, skip int64 }
	var parts []part
	have := 0
	err = each(rows, func(scan func(...any) error) error {
		var p part
		var n int
		if err := scan(&p.prio, &p.blk, &n); err != nil {
			return err
		}
		if total+n > offset && have < limit {
			p.skip = int64(max(0, offset-total))
			parts = append(parts, p)
			have += n - int(p.skip)
		}
		total += n
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	for _, p := range parts {
		q := "SELECT " + columns + fromItems + "WHERE i.state=? AND i.prio=? AND i.pos>=? AND i.pos<? "
		args := []any{string(st), p.prio, p.blk << blockShift, (p.blk + 1) << blockShift}
		if lanes != "" {
			q, args = q+"AND i.lane IN (SELECT value FROM json_each(?)) ", append(args, lanes)
		}
		rows, err := r.QueryContext(ctx, q+"ORDER BY i.pos,i.id LIMIT ? OFFSET ?", append(args, limit-len(items), p.skip)...)
		if err != nil {
			return nil, 0, err
		}
		got, err := s.readItems(rows)
		if err != nil {
			return nil, 0, err
		}
		items = append(items, got...)
	}
	return items, total, nil
}

// Items reads items by number, in the order of the numbers; one that is not there is left out.
func (s *Store) Items(ctx context.Context, ids ...int64) (items []Item, err error) {
	err = s.view(ctx, func(r *sql.Tx) error {
		rows, err := r.QueryContext(ctx, "SELECT "+columns+fromItems+"WHERE i.id IN (SELECT value FROM json_each(?)) AND i.state<>'forgotten' ORDER BY i.id", list(ids))
		if err != nil {
			return err
		}
		items, err = s.readItems(rows)
		return err
	})
	if err != nil {
		return nil, s.failed("items", err)
	}
	return items, nil
}

// Counts is the queue in numbers; with a job, that job alone. Bytes and Files
// are of all jobs that still have something to do, with what is done of them.
func (s *Store) Counts(ctx context.Context, job int64) (c Counts, err error) {
	c.ByState = map[State]int64{}
	type of struct{ open, bytes, moved, files int64 }
	jobs := map[int64]*of{}
	err = s.view(ctx, func(r *sql.Tx) error {
		rows, err := r.QueryContext(ctx, `SELECT t.state,l.job,l.class,sum(n),sum(size),sum(bytes) FROM tally t JOIN lanes l ON l.id=t.lane
			WHERE ?1=0 OR l.job=?1 GROUP BY t.state,t.lane`, job)
		if err != nil {
			return err
		}
		return each(rows, func(scan func(...any) error) error {
			var st State
			var class Class
			var j, n, size, bytes int64
			if err := scan(&st, &j, &class, &n, &size, &bytes); err != nil {
				return err
			}
			switch st {
			case Held:
				st = Queued
			case forgotten:
				return nil
			}
			c.ByState[st] += n
			o := jobs[j]
			if o == nil {
				o = &of{}
				jobs[j] = o
			}
			if !st.IsFinal() {
				o.open += n
			}
			if !st.IsFinal() || st == Done {
				o.bytes += size
				o.moved += bytes
				if class != ClassTree {
					o.files += n
				}
			}
			return nil
		})
	})
	if err != nil {
		return c, s.failed("counts", err)
	}
	for _, o := range jobs {
		if o.open > 0 || job != 0 {
			c.Bytes += o.bytes
			c.Moved += o.moved
			c.Files += o.files
		}
	}
	return c, nil
}

// Open is how many items are not final.
func (c Counts) Open() (n int64) {
	for st, k := range c.ByState {
		if !st.IsFinal() {
			n += k
		}
	}
	return n
}

// Job reads a job; found is false when it is gone.
func (s *Store) Job(ctx context.Context, id int64) (j Job, found bool, err error) {
	jobs, err := s.jobs(ctx, "WHERE id=?", id)
	if err != nil || len(jobs) == 0 {
		return j, false, err
	}
	return jobs[0], true, nil
}

// Jobs reads all jobs, the oldest first.
func (s *Store) Jobs(ctx context.Context) ([]Job, error) { return s.jobs(ctx, "ORDER BY id") }

// JobsOf reads the jobs of a title that were made since then, the youngest first.
func (s *Store) JobsOf(ctx context.Context, title string, since time.Time) ([]Job, error) {
	return s.jobs(ctx, "WHERE title=? AND created>=? ORDER BY id DESC", title, since.UnixMilli())
}

func (s *Store) jobs(ctx context.Context, tail string, args ...any) ([]Job, error) {
	rows, err := s.dbs[1].QueryContext(ctx, "SELECT id,title,created,options,roots FROM jobs "+tail, args...)
	if err != nil {
		return nil, s.failed("jobs", err)
	}
	var out []Job
	err = each(rows, func(scan func(...any) error) error {
		var j Job
		var created int64
		var opts string
		if err := scan(&j.ID, &j.Title, &created, &opts, &j.Roots); err != nil {
			return err
		}
		j.Created = time.UnixMilli(created)
		if err := json.Unmarshal([]byte(opts), &j.Options); err != nil {
			return fmt.Errorf("options of job %d: %w", j.ID, err)
		}
		out = append(out, j)
		return nil
	})
	if err != nil {
		return nil, s.failed("jobs", err)
	}
	return out, nil
}

// Paused reports whether the whole queue is.
func (s *Store) Paused(ctx context.Context) (bool, error) {
	var n int
	err := s.dbs[1].QueryRowContext(ctx, "SELECT value FROM meta WHERE name='paused'").Scan(&n)
	return n != 0, s.failed("page", err)
}
