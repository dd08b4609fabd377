package queue

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// model is the queue as a slice in memory.
type model struct {
	items  []*modelItem
	paused bool
}

type modelItem struct {
	Item
	held bool
	wish State
}

func (m *model) byID(id int64) *modelItem {
	for _, it := range m.items {
		if it.ID == id {
			return it
		}
	}
	return nil
}

// in are the items of a state in order; "leased" are held and not begun.
func (m *model) in(st State) []*modelItem {
	var out []*modelItem
	for _, it := range m.items {
		if it.State == st {
			out = append(out, it)
		}
	}
	slices.SortFunc(out, func(a, b *modelItem) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func (m *model) page(states []State) []int64 {
	out := []int64{}
	for _, st := range states {
		for _, it := range m.in(st) {
			out = append(out, it.ID)
		}
	}
	return out
}

// tallyErr compares the tally with what is in the items.
func tallyErr(s *Store) error {
	return s.write(context.Background(), func(t *tx) error {
		for _, q := range []string{
			`SELECT state,prio,pos>>32,lane,count(*),sum(max(size,0)),sum(ifnull(bytes,0)) FROM items GROUP BY 1,2,3,4
				EXCEPT SELECT state,prio,blk,lane,n,size,bytes FROM tally`,
			`SELECT state,prio,blk,lane,n,size,bytes FROM tally
				EXCEPT SELECT state,prio,pos>>32,lane,count(*),sum(max(size,0)),sum(ifnull(bytes,0)) FROM items GROUP BY 1,2,3,4`,
		} {
			err := t.rows(q, func(scan func(...any) error) error {
				var k spot
				var v sums
				if err := scan(&k.state, &k.prio, &k.blk, &k.lane, &v.n, &v.size, &v.bytes); err != nil {
					return err
				}
				return fmt.Errorf("the tally differs at %+v: %+v", k, v)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func TestTheQueueBehavesAsAModelInMemory(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("25"); err != nil { // each check opens a file; -rapid.checks=400 takes half a minute
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		h := &harness{rt: rt, ctx: context.Background(), m: &model{}}
		var err error
		h.s, err = Open(h.ctx, filepath.Join(dir, fmt.Sprintf("%d.db", runs)), OpenOptions{Poll: -1})
		if err != nil {
			rt.Fatal(err)
		}
		defer func() {
			if err := h.s.Close(); err != nil {
				rt.Fatal(err)
			}
		}()
		rt.Repeat(map[string]func(*rapid.T){
			"":         h.check,
			"add":      h.add,
			"claim":    h.claim,
			"save":     h.save,
			"progress": h.progress,
			"control":  h.control,
			"reorder":  h.reorder,
		})
	})
}

type harness struct {
	rt   *rapid.T
	ctx  context.Context
	s    *Store
	m    *model
	jobs []int64
}

func (h *harness) must(err error) {
	h.rt.Helper()
	if err != nil {
		h.rt.Fatal(err)
	}
}

func (h *harness) add(t *rapid.T) {
	items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Item {
		return Item{
			Kind: rapid.SampledFrom([]Kind{KindFile, KindFile, KindTree, KindLink}).Draw(t, "kind"),
			From: rapid.SampledFrom([]string{"", "a@h:21", "b@h:21"}).Draw(t, "from"), To: "c@h:21",
			Source:   rapid.SampledFrom([]string{"/a/b", "/a/c/", `C:\x\y`, "plain", "'HLQ.A(B)'"}).Draw(t, "source"),
			Target:   rapid.SampledFrom([]string{"/t/b", "/t/other", "x"}).Draw(t, "target"),
			Size:     rapid.SampledFrom([]int64{-1, 0, 5, BigSize}).Draw(t, "size"),
			Priority: rapid.IntRange(-1, 1).Draw(t, "priority"),
		}
	}), 0, 6).Draw(t, "items")
	var got []Item
	if len(h.jobs) == 0 || rapid.Bool().Draw(t, "new job") {
		j, out, err := h.s.AddJob(h.ctx, Job{Title: "t"}, items)
		h.must(err)
		h.jobs, got = append(h.jobs, j.ID), out
	} else {
		job := rapid.SampledFrom(h.jobs).Draw(t, "job")
		if _, found, err := h.s.Job(h.ctx, job); err != nil || !found {
			h.must(err)
			return // cleared with its last item
		}
		out, err := h.s.Add(h.ctx, job, 0, items)
		h.must(err)
		got = out
	}
	for _, it := range got {
		h.m.items = append(h.m.items, &modelItem{Item: it})
	}
}

func (h *harness) claim(t *rapid.T) {
	n := rapid.IntRange(1, 8).Draw(t, "n")
	class := rapid.SampledFrom([]Class{"", ClassTree, ClassSmall, ClassBig}).Draw(t, "class")
	var want []int64
	if !h.m.paused {
		var cand []*modelItem
		for _, st := range []State{Retrying, Queued} {
			cand = append(cand, h.m.in(st)...)
		}
		for _, it := range cand {
			if len(want) < n && (class == "" || ClassOf(it.Item) == class) {
				want = append(want, it.ID)
			}
		}
	}
	got, err := h.s.Claim(h.ctx, Want{N: n, OK: func(l Lane) bool { return class == "" || l.Class == class }})
	h.must(err)
	ids := []int64{}
	for _, it := range got {
		ids = append(ids, it.ID)
		m := h.m.byID(it.ID)
		if it.Source != m.Source || it.Target != m.Target || it.Size != m.Size || it.Kind != m.Kind || it.From != m.From || it.Job != m.Job || it.Bytes != m.Bytes {
			t.Fatalf("claimed %+v, the model has %+v", it, m.Item)
		}
		m.State, m.held = Held, true
	}
	if !slices.Equal(ids, want) && len(ids)+len(want) > 0 {
		t.Fatalf("claimed %v, want %v", ids, want)
	}
}

// held draws one of the items that are held here, or nil.
func (h *harness) held(t *rapid.T) *modelItem {
	var all []*modelItem
	for _, it := range h.m.items {
		if it.held {
			all = append(all, it)
		}
	}
	if len(all) == 0 {
		t.Skip("nothing is held")
	}
	return rapid.SampledFrom(all).Draw(t, "held")
}

func (h *harness) save(t *rapid.T) {
	m := h.held(t)
	it := m.Item
	it.State = rapid.SampledFrom([]State{Queued, Running, Waiting, Retrying, Paused, Done, Done, Skipped, Failed, Canceled}).Draw(t, "state")
	it.Bytes = rapid.SampledFrom([]int64{0, 3, max(0, it.Size)}).Draw(t, "bytes")
	it.Tries++
	it.Err = rapid.SampledFrom([]string{"", "550 no"}).Draw(t, "err")
	it.Temp = rapid.SampledFrom([]string{"", "/t/.x.part"}).Draw(t, "temp")
	if rapid.Bool().Draw(t, "renamed") {
		it.Target = "/elsewhere/new"
	}
	if rapid.Bool().Draw(t, "segments") {
		it.Segments = []Segment{{0, 10, 3}, {10, 10, 0}}
	}
	if rapid.Bool().Draw(t, "later") {
		h.s.Later(it)
	} else {
		h.must(h.s.Save(h.ctx, it))
	}
	m.Item = it
	if !it.State.Leased() {
		switch {
		case m.wish == forgotten, m.wish != "" && m.wish != Queued && !it.State.IsFinal():
			m.State = m.wish
		}
		if m.State == Done || m.State == Skipped { // it is a stray now
			m.Temp = ""
		}
		m.held, m.wish = false, ""
		h.bury()
	}
}

// bury removes what is forgotten, where no folder is being read that it is of.
func (h *harness) bury() {
	h.must(h.s.Flush(h.ctx))
	reading := h.reading()
	h.m.items = slices.DeleteFunc(h.m.items, func(it *modelItem) bool { return it.State == forgotten && !reading[it.Job] })
}

func (h *harness) reading() map[int64]bool {
	out := map[int64]bool{}
	for _, it := range h.m.items {
		if it.Kind == KindTree && !it.State.IsFinal() {
			out[it.Job] = true
		}
	}
	return out
}

func (h *harness) progress(t *rapid.T) {
	m := h.held(t)
	m.Bytes = rapid.Int64Range(0, 100).Draw(t, "bytes")
	h.s.Progress(m.ID, m.Bytes)
}

func (h *harness) control(t *rapid.T) {
	op := rapid.SampledFrom([]Op{OpPause, OpResume, OpCancel, OpRetry, OpPriority, OpClear, OpForget}).Draw(t, "op")
	sel := Selection{All: rapid.Bool().Draw(t, "all")}
	if !sel.All && len(h.jobs) > 0 && rapid.Bool().Draw(t, "of a job") {
		sel.Jobs = []int64{rapid.SampledFrom(h.jobs).Draw(t, "job")}
	} else if !sel.All {
		for _, it := range h.m.items {
			if rapid.Bool().Draw(t, "chosen") {
				sel.Items = append(sel.Items, it.ID)
			}
		}
	}
	_, err := h.s.Control(h.ctx, op, sel, 3)
	h.must(err)
	reading := h.reading()
	if sel.All && (op == OpPause || op == OpResume) {
		h.m.paused = op == OpPause
	}
	h.m.items = slices.DeleteFunc(h.m.items, func(it *modelItem) bool {
		chosen := sel.All || slices.Contains(sel.Jobs, it.Job) || slices.Contains(sel.Items, it.ID)
		wishes := map[Op]State{OpPause: Paused, OpCancel: Canceled, OpForget: forgotten}
		if sel.All {
			wishes[OpPause] = Queued
		}
		if w := wishes[op]; chosen && it.held && w != "" {
			it.wish = w
		}
		if !chosen || it.held || it.State == forgotten {
			return false
		}
		switch op {
		case OpPause:
			if !sel.All && (it.State == Queued || it.State == Retrying) {
				it.State = Paused
			}
		case OpResume:
			if it.State == Paused || it.State == Retrying {
				it.requeue()
			}
		case OpCancel:
			if !it.State.IsFinal() {
				it.State = Canceled
			}
		case OpRetry:
			if it.State == Failed || it.State == Canceled {
				it.requeue()
			}
		case OpPriority:
			if !it.State.IsFinal() {
				it.Priority = 3
			}
		case OpClear:
			return it.State.IsFinal() && !reading[it.Job]
		case OpForget:
			it.State = forgotten
		}
		return false
	})
	if op == OpForget {
		h.bury()
	}
}

func (it *modelItem) requeue() {
	it.State, it.Tries, it.Err, it.Class, it.Reached = Queued, 0, "", "", Nothing
}

func (h *harness) reorder(t *rapid.T) {
	queued := h.m.in(Queued)
	if len(queued) == 0 {
		t.Skip("nothing is queued")
	}
	var moved []*modelItem
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(queued)-1), 1, min(3, len(queued)), rapid.ID).Draw(t, "moved") {
		moved = append(moved, queued[i])
	}
	place := rapid.IntRange(0, len(queued)).Draw(t, "place")
	var ids []int64
	for _, it := range moved {
		ids = append(ids, it.ID)
	}
	_, err := h.s.Control(h.ctx, OpReorder, Selection{Items: ids}, int64(place+len(h.m.in(Held))))
	h.must(err)
	rest := slices.DeleteFunc(queued, func(it *modelItem) bool { return slices.Contains(moved, it) })
	place = min(place, len(rest))
	h.placed(slices.Concat(rest[:place], moved, rest[place:]))
}

// placed takes the places of queued items over from the store, and checks that
// they give the order.
func (h *harness) placed(order []*modelItem) {
	for _, m := range order {
		got, err := h.s.Items(h.ctx, m.ID)
		h.must(err)
		m.Priority, m.Pos = got[0].Priority, got[0].Pos
	}
	if got := h.m.in(Queued); !slices.Equal(got, order) {
		h.rt.Fatalf("reordered to %v, want %v", idsOf(got), idsOf(order))
	}
}

func idsOf(items []*modelItem) (ids []int64) {
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	return ids
}

func (h *harness) check(t *rapid.T) {
	c, err := h.s.Counts(h.ctx, 0)
	h.must(err)
	want := map[State]int64{}
	for _, it := range h.m.items {
		st := it.State
		if st == forgotten {
			continue
		}
		if st == Held {
			st = Queued
		}
		want[st]++
	}
	for _, st := range pageOrder {
		if c.ByState[st] != want[st] {
			t.Fatalf("counted %v, want %v", c.ByState, want)
		}
	}
	h.must(tallyErr(h.s))
	states := pageOrder
	f := Filter{}
	if rapid.Bool().Draw(t, "filtered") {
		f.States = []State{Failed, Queued}
		states = []State{Failed, Held, Queued}
	}
	ids := h.m.page(states)
	off, limit := rapid.IntRange(0, len(ids)).Draw(t, "offset"), rapid.IntRange(1, 10).Draw(t, "limit")
	got, total, err := h.s.Page(h.ctx, f, off, limit)
	h.must(err)
	if total != len(ids) {
		t.Fatalf("a page tells of %d items, want %d", total, len(ids))
	}
	ids = ids[off:min(len(ids), off+limit)]
	if len(got) != len(ids) {
		t.Fatalf("page of %d, want %d", len(got), len(ids))
	}
	for i, it := range got {
		m := h.m.byID(ids[i])
		if it.ID != ids[i] || it.Target != m.Target || it.Err != m.Err || it.Tries != m.Tries || it.Bytes != m.Bytes || it.Temp != m.Temp || len(it.Segments) != len(m.Segments) {
			t.Fatalf("row %d is %+v, want %+v", i, it, m.Item)
		}
	}
}
