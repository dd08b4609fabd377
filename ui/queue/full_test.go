package queue

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ui/action"
	"ferry/ui/theme"
)

// store stands in for the service: items, then queued ones up to n, and how
// many rows were read.
type store struct {
	items []queue.Item
	n     int
	read  int
}

func storeOf(n int) *store {
	return &store{items: append(append([]queue.Item{}, busy.Queue.Active...), busy.Queue.Failed...), n: n}
}

// at is item i of all.
func (s *store) at(i int) queue.Item {
	if i < len(s.items) {
		return s.items[i]
	}
	i += 7 - len(s.items) // numbers do not change when one is put before them
	return queue.Item{ID: int64(100 + i), From: far, Source: fmt.Sprintf("/srv/file-%07d.txt", i), Target: fmt.Sprintf("/home/me/file-%07d.txt", i), State: queue.Queued, Kind: queue.KindFile, Size: int64(i)}
}

func (s *store) serve(v *View) {
	for p, ok := v.Need(); ok; p, ok = v.Need() {
		var page []queue.Item
		total := s.n
		if len(p.Filter.States) == 0 {
			for i := p.Offset; i < min(p.Offset+p.Limit, s.n); i++ {
				page = append(page, s.at(i))
			}
		} else {
			total = 0
			for i := range s.n {
				if it := s.at(i); slices.Contains(p.Filter.States, it.State) {
					if total >= p.Offset && total < p.Offset+p.Limit {
						page = append(page, it)
					}
					total++
				}
			}
		}
		s.read += len(page)
		v.SetPage(p, ftpsvc.QueueRows{Items: page, Offset: p.Offset, Total: total})
	}
}

func viewOf(w, h int, ascii bool, s *store) *View {
	m, _ := action.NewMap("norton", nil)
	v := &View{State: busyState(), Theme: theme.New("terminal", ascii), Keys: m}
	v.SetSize(w, h)
	v.OpenAt(0)
	s.serve(v)
	return v
}

func press(v *View, s *store, ks ...string) (in action.Intent) {
	for _, k := range ks {
		in = nil
		if a, _ := v.Keys.Lookup(action.QueueView, k); a != nil {
			if do, why := v.Act(a.Name); do != nil && why == "" {
				in = do()
			}
		}
		s.serve(v)
	}
	return in
}

func TestFullView(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
	}{{"all", nil}, {"failed", []string{"4"}}, {"marked", []string{"down", "space", "space"}}, {"done", []string{"5"}}, {"a million", []string{"end"}}} {
		t.Run(c.name, func(t *testing.T) {
			s := storeOf(40)
			if c.name == "a million" {
				s = storeOf(1_000_000)
			}
			var b strings.Builder
			for _, size := range []struct{ w, h int }{{80, 24}, {60, 15}, {120, 36}, {200, 60}} {
				for _, ascii := range []bool{false, true} {
					v := viewOf(size.w, size.h, ascii, s)
					press(v, s, c.keys...)
					fmt.Fprintf(&b, "--- %dx%d ascii=%v\n%s", size.w, size.h, ascii, plain(v.Full("")))
				}
			}
			golden.RequireEqual(t, b.String())
		})
	}
}

func TestTheHintsAreWhatTheItemCanDo(t *testing.T) {
	s := storeOf(40)
	v := viewOf(120, 36, false, s)
	v.State = &State{}
	for state, want := range map[queue.State]string{
		queue.Running:  "p pause  x cancel  Enter go there",
		queue.Paused:   "p go on  x cancel  Enter go there",
		queue.Failed:   "x forget  r retry  Enter go there",
		queue.Canceled: "x forget  r retry  Enter go there",
		queue.Done:     "x forget  Enter go there",
	} {
		v.items = []queue.Item{{ID: 900, State: state}}
		v.total, v.offset, v.at = 1, 0, 0
		if got := v.hints(60); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", state, got)
		}
	}
}

func TestOnlyThePagesSeenAreRead(t *testing.T) {
	s := storeOf(1_000_000)
	v := viewOf(80, 24, false, s)
	press(v, s, "end", "pgdown", "up")
	v.Full("")
	if s.read > 2000 {
		t.Fatalf("%d rows read", s.read)
	}
	if it, ok := v.current(); !ok || it.ID != 100+999_998 {
		t.Fatalf("the cursor is on %v", it)
	}
}

func TestIntents(t *testing.T) {
	control := func(op ftpsvc.ControlOp, value int64, items ...int64) ftpsvc.Control {
		return ftpsvc.Control{Op: op, Items: items, Value: value}
	}
	for _, c := range []struct {
		keys string
		want action.Intent
	}{
		{"p", control(ftpsvc.Pause, 0, 1)},
		{"x", AskCancel{Items: []int64{1}, Count: 1, Item: busy.Queue.Active[0]}},
		{"3 x", control(ftpsvc.CancelItems, 0, 100+7)},
		{"3 down t", control(ftpsvc.Reorder, 0, 100+8)},
		{"4 r", control(ftpsvc.Retry, 0, 7)},
		{"4 x", control(ftpsvc.Clear, 0, 7)},
		{"4 enter", Jump{busy.Queue.Failed[0]}},
		{"4 l", ShowLog{7}},
		{"3 down -", control(ftpsvc.Reorder, 2, 100+8)},
		{"3 down +", control(ftpsvc.Reorder, 0, 100+8)},
		{"+", nil},
		{"3 P", AskPriority{Items: []int64{100 + 7}}},
		{"p r", nil},
		{"4 p", nil},
		{"esc", action.Close{}},
		{"space esc", nil},
	} {
		t.Run(c.keys, func(t *testing.T) {
			s := storeOf(40)
			v := viewOf(80, 24, false, s)
			if got := press(v, s, strings.Fields(c.keys)...); !reflect.DeepEqual(got, c.want) {
				t.Fatalf("got %#v, want %#v", got, c.want)
			}
		})
	}
}

func TestManyAreCanceledOnlyAfterAQuestion(t *testing.T) {
	s := storeOf(40)
	v := viewOf(80, 24, false, s)
	in := press(v, s, "space", "space", "x")
	if a, ok := in.(AskCancel); !ok || a.Count != 2 || len(a.Items) != 2 {
		t.Fatalf("got %#v", in)
	}
}

func TestTheCursorStaysOnItsItemWhenTheQueueChanges(t *testing.T) {
	s := storeOf(40)
	v := viewOf(80, 24, false, s)
	press(v, s, "3", "down", "down")
	it, _ := v.current()
	s.items = append([]queue.Item{{ID: 9999, State: queue.Queued, Source: "/new", Target: "/new"}}, s.items...)
	s.n++
	v.Changed()
	s.serve(v)
	if now, _ := v.current(); now.ID != it.ID {
		t.Fatalf("was on %d, is on %d", it.ID, now.ID)
	}
}

func TestFailedItemsSayWhatMendsThem(t *testing.T) {
	for _, class := range []string{"login", "trust", "lost", "too-many", "disk", "quota", "conflict", "verify", "name", "refused"} {
		if Hint(queue.Item{State: queue.Failed, Class: class}, nil) == "" {
			t.Errorf("nothing is said for %q", class)
		}
	}
}

func TestFullViewFitsAnySize(t *testing.T) {
	s := storeOf(60)
	rapid.Check(t, func(rt *rapid.T) {
		w, h := rapid.IntRange(20, 240).Draw(rt, "w"), rapid.IntRange(8, 60).Draw(rt, "h")
		v := viewOf(w, h, rapid.Bool().Draw(rt, "ascii"), s)
		press(v, s, rapid.SliceOfN(rapid.SampledFrom([]string{"down", "end", "tab", "space", "4", "pgdown", "up"}), 0, 8).Draw(rt, "keys")...)
		lines := v.Full("")
		if len(lines) != h {
			rt.Fatalf("%d rows, want %d", len(lines), h)
		}
		for _, l := range lines {
			if v.Theme.Method.Width(l) != w {
				rt.Fatalf("%d columns, want %d: %q", v.Theme.Method.Width(l), w, l)
			}
		}
	})
}
