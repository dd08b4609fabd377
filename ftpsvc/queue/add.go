package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
)

// An item's position is id*posGap to begin with, so that others fit between
// two; a block of the tally is 1<<blockShift positions, 4096 items.
const (
	posGap     = 1 << 20
	blockShift = 32
)

// bits of an item: its permissions, and what is known of it.
const (
	bitHasMode = 1 << 32
	bitUTC     = 1 << 33
	precShift  = 34 // of the three that hold the precision of the time
)

// AddJob stores a job with its first items and returns both with their
// numbers. When it returns, they are on disk. A job with Options.Owner set is
// run by this process alone for as long as it lives.
func (s *Store) AddJob(ctx context.Context, j Job, items []Item) (Job, []Item, error) {
	if j.Created.IsZero() {
		j.Created = s.opt.Now()
	}
	j.Roots = len(items)
	opts, err := json.Marshal(j.Options)
	if err != nil {
		return j, nil, fmt.Errorf("queue: %w", err)
	}
	out := append([]Item(nil), items...)
	err = s.safely(ctx, func(t *tx) error {
		if err := t.mine(); err != nil {
			return err
		}
		var owner any
		if j.Options.Owner != "" {
			owner = s.me
		}
		var err error
		j.ID, err = t.insert("INSERT INTO jobs(title,created,options,roots,owner) VALUES(?,?,?,?,?)",
			j.Title, j.Created.UnixMilli(), string(opts), j.Roots, owner)
		if err != nil {
			return err
		}
		return t.add(j.ID, 0, out)
	})
	if err != nil {
		return j, nil, s.failed("add job", err)
	}
	return j, out, nil
}

// Add stores what was found in a folder, and returns it with its numbers. tree
// is the item of that folder, 0 for none. When the folder is read a second
// time, because the first time did not come to its end, what was found before
// is left out of the answer and not stored again.
func (s *Store) Add(ctx context.Context, job, tree int64, items []Item) ([]Item, error) {
	out := append([]Item(nil), items...)
	err := s.write(ctx, func(t *tx) error {
		var id int64
		if ok, err := t.one(&id, "SELECT id FROM jobs WHERE id=?", job); err != nil {
			return err
		} else if !ok {
			return fmt.Errorf("no job %d", job)
		}
		if tree != 0 {
			var err error
			if out, err = t.unseen(tree, out); err != nil {
				return err
			}
		}
		return t.add(job, tree, out)
	})
	if err != nil {
		return nil, s.failed("add", err)
	}
	return out, nil
}

// add stores items and sets their Job, ID, Pos and State.
func (t *tx) add(job, tree int64, items []Item) error {
	if len(items) == 0 {
		return nil
	}
	var next int64
	if _, err := t.one(&next, "SELECT value FROM meta WHERE name='next'"); err != nil {
		return err
	}
	dirs := map[[2]string]int64{}
	var laneID, dirID int64
	var lastDir [2]string
	var lastLane Lane
	var run []row
	for i := range items {
		it := &items[i]
		it.Job, it.ID = job, next+int64(i)
		it.Pos = it.ID * posGap
		if it.State == "" {
			it.State = Queued
		}
		if it.State.Leased() {
			return fmt.Errorf("internal error: item added as %s", it.State)
		}
		lane := Lane{job, it.From, it.To, ClassOf(*it)}
		sd, name := split(it.Source)
		td, tname := split(it.Target)
		var err error
		if laneID == 0 || lane != lastLane {
			if laneID, err = t.lane(lane); err != nil {
				return err
			}
			lastLane = lane
		}
		if k := [2]string{sd, td}; dirID == 0 || k != lastDir {
			if dirID, err = t.dir(dirs, job, tree, k); err != nil {
				return err
			}
			lastDir = k
		}
		it.lane = laneID
		r := row{item: it, lane: laneID, dir: dirID, name: name, tname: tname}
		if len(run) > 0 && !run[0].alike(r) {
			if err := t.put(run); err != nil {
				return err
			}
			run = run[:0]
		}
		run = append(run, r)
		t.note(spot{it.State, int64(it.Priority), it.Pos >> blockShift, laneID}, 1, max(it.Size, 0), it.Bytes)
	}
	if err := t.put(run); err != nil {
		return err
	}
	if err := t.freshen(items); err != nil {
		return err
	}
	return t.exec("UPDATE meta SET value=? WHERE name='next'", next+int64(len(items)))
}

// row is an item on its way into the file.
type row struct {
	item        *Item
	lane, dir   int64
	name, tname string
}

// alike reports whether two rows fit in one statement.
func (r row) alike(o row) bool {
	return r.lane == o.lane && r.dir == o.dir && r.item.Kind == o.item.Kind && r.item.State == o.item.State && r.item.Priority == o.item.Priority
}

// chunks are the numbers of rows for which a statement exists.
var chunks = []int{128, 16, 4, 1}

var inserts = func() map[int]string {
	m := map[int]string{}
	for _, n := range chunks {
		var b strings.Builder
		b.WriteString("INSERT INTO items(id,lane,dir,kind,prio,state,ended,pos,name,tname,size,mtime,bits) VALUES")
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			k := strconv.Itoa(i)
			b.WriteString("(?1+" + k + ",?2,?3,?4,?5,?6,?7,(?1+" + k + ")*" + strconv.Itoa(posGap))
			for c := range 5 {
				b.WriteString(",?" + strconv.Itoa(8+5*i+c))
			}
			b.WriteByte(')')
		}
		m[n] = b.String()
	}
	return m
}()

// put inserts alike rows with following numbers.
func (t *tx) put(run []row) error {
	args := make([]any, 0, 7+5*chunks[0])
	for len(run) > 0 {
		n := 0
		for _, c := range chunks {
			if c <= len(run) {
				n = c
				break
			}
		}
		it := run[0].item
		var ended any
		if it.State.IsFinal() {
			ended = t.now.UnixMilli()
		}
		args = append(args[:0], it.ID, run[0].lane, run[0].dir, string(it.Kind), it.Priority, string(it.State), ended)
		for _, r := range run[:n] {
			var tname any
			if r.tname != r.name {
				tname = r.tname
			}
			args = append(args, r.name, tname, r.item.Size, stamp(r.item.ModTime), bitsOf(r.item))
		}
		if err := t.exec(inserts[n], args...); err != nil {
			return err
		}
		run = run[n:]
	}
	return nil
}

func bitsOf(it *Item) int64 {
	b := int64(uint32(it.Mode))
	if it.HasMode {
		b |= bitHasMode
	}
	if it.UTC {
		b |= bitUTC
	}
	return b | int64(it.Prec)<<precShift
}

// stamp keeps times to the nanosecond; nil is the zero time.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixNano()
}

// split cuts behind the last separator, whatever the style; joining the two
// gives the path back.
func split(p string) (dir, name string) {
	i := strings.LastIndexAny(p, `/\`) + 1
	return p[:i], p[i:]
}

// lane finds or makes the lane.
func (t *tx) lane(l Lane) (int64, error) {
	if id, ok := t.s.lanes[l]; ok {
		return id, nil
	}
	var id int64
	ok, err := t.one(&id, "SELECT id FROM lanes WHERE job=? AND src=? AND dst=? AND class=?", l.Job, l.From, l.To, string(l.Class))
	if err == nil && !ok {
		id, err = t.insert("INSERT INTO lanes(job,src,dst,class) VALUES(?,?,?,?)", l.Job, l.From, l.To, string(l.Class))
	}
	if err != nil {
		return 0, err
	}
	if len(t.s.lanes) > 1000 {
		clear(t.s.lanes)
	}
	t.s.lanes[l] = id
	return id, nil
}

func (t *tx) dir(known map[[2]string]int64, job, tree int64, k [2]string) (int64, error) {
	if id, ok := known[k]; ok {
		return id, nil
	}
	var parent any
	if tree != 0 {
		parent = tree
	}
	id, err := t.insert("INSERT INTO dirs(job,tree,source,target) VALUES(?,?,?,?)", job, parent, k[0], k[1])
	known[k] = id
	return id, err
}

// scan is what is known of a folder being read.
type scan struct {
	again bool
	names map[uint64]int64 // hash of the source path to the item, when it is read again
	seed  maphash.Seed
}

// unseen leaves out what an earlier reading of the tree stored.
func (t *tx) unseen(tree int64, items []Item) ([]Item, error) {
	sc := t.s.scans[tree]
	if sc == nil {
		sc = &scan{}
		if err := t.recall(tree, sc); err != nil {
			return nil, err
		}
		t.s.scans[tree] = sc
	}
	if !sc.again {
		return items, nil
	}
	out := items[:0]
	for _, it := range items {
		id, ok := sc.names[maphash.String(sc.seed, it.Source)]
		if ok {
			var source string
			if _, err := t.one(&source, "SELECT d.source||i.name FROM items i JOIN dirs d ON d.id=i.dir WHERE i.id=?", id); err != nil {
				return nil, err
			}
			ok = source == it.Source
		}
		if !ok {
			out = append(out, it)
		}
	}
	return out, nil
}

// recall reads what the tree's earlier reading stored. It walks the items, and
// is needed only after a reading that was cut off.
func (t *tx) recall(tree int64, sc *scan) error {
	var id int64
	ok, err := t.one(&id, "SELECT id FROM dirs WHERE tree=? LIMIT 1", tree)
	if err != nil || !ok {
		return err
	}
	sc.again, sc.names, sc.seed = true, map[uint64]int64{}, maphash.MakeSeed()
	return t.rows(`SELECT i.id, d.source||i.name FROM items i JOIN dirs d ON d.id=i.dir WHERE i.id>? AND d.tree=?`,
		func(scan func(...any) error) error {
			var source string
			if err := scan(&id, &source); err != nil {
				return err
			}
			sc.names[maphash.String(sc.seed, source)] = id
			return nil
		}, tree, tree)
}

// unbits is the other way round of bitsOf.
func (it *Item) unbits(b int64) {
	it.Mode = fs.FileMode(uint32(b))
	it.HasMode, it.UTC = b&bitHasMode != 0, b&bitUTC != 0
	it.Prec = vfs.Precision(b >> precShift & 7)
}
