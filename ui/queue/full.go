package queue

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ui/action"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// Intents of the full view beside ftpsvc.Control, which the root submits as it is.
type (
	// Jump wants the folder of the item in a pane and its lines in the log.
	Jump struct{ Item queue.Item }
	// ShowLog wants the lines of the item in the log.
	ShowLog struct{ Item int64 }
	// AskPriority wants a priority from the user for these items.
	AskPriority struct {
		Items []int64
		Now   int
	}
	// AskCancel wants the user's word before items are canceled and what came
	// of them is deleted.
	AskCancel struct {
		Items []int64
		Count int64
		Item  queue.Item // when it is only one
	}
	// Clicked tells of a click on an item, for the second of a double click.
	Clicked struct{}
	// Menu wants the menu of the items at this place of the view.
	Menu struct{ X, Y int }
	// Copy wants Text in the clipboard.
	Copy struct{ Text string }
)

type tab struct {
	name   string
	states []queue.State
}

var tabs = []tab{
	{"all", nil},
	{"active", []queue.State{queue.Running, queue.Scanning, queue.Waiting, queue.Retrying}},
	{"waiting", []queue.State{queue.Queued, queue.Paused}},
	{"failed", []queue.State{queue.Failed}},
	{"done", []queue.State{queue.Done, queue.Skipped, queue.Canceled}},
}

// atWork are the states that stand before the queued ones in the tab of all.
var atWork = tabs[1].states

// View is the full view. It holds the pages around what is seen, so that a
// queue of a million items costs no more than one of ten:
//
//	Need -> root submits QueuePage -> SetPage(rows)
type View struct {
	State *State
	Theme *theme.Theme
	Keys  *action.Map

	w, h    int
	tab     int
	at, top int
	marks   map[int64]bool
	want    int64 // item to put the cursor on once its page is there

	items   []queue.Item // of the last page
	offset  int          // of items[0]
	total   int          // of the tab
	loaded  bool         // a page of this tab is there
	stale   bool         // the queue changed since
	pending bool         // a page is on its way
	asked   ftpsvc.QueuePage
	spans   []span // tabs of the last draw
}

type span struct{ x0, x1, tab int }

// pageMargin is how many rows beyond those seen are asked for on either side.
const pageMargin = 50

// OpenAt begins with the cursor on an item, 0 for the first, on the tab of all,
// or on the failed ones when the item is one of them.
func (v *View) OpenAt(item int64) {
	v.tab, v.at, v.top, v.want = 0, 0, 0, item
	if it, ok := v.State.Find(item); ok && it.State == queue.Failed {
		v.tab = 3
	}
	v.reset()
}

// SetSize tells the size of the view.
func (v *View) SetSize(w, h int) { v.w, v.h = w, h }

// Changed tells that the queue is not what it was when the pages were read.
func (v *View) Changed() { v.stale = true }

func (v *View) reset() {
	v.items, v.offset, v.total, v.loaded, v.stale, v.pending = nil, 0, 0, false, false, false
	v.marks = map[int64]bool{}
}

// Need tells which page to read next, ok when one is wanted. Each is asked
// for once: call SetPage or Missed with its answer.
func (v *View) Need() (p ftpsvc.QueuePage, ok bool) {
	if v.pending {
		return p, false
	}
	rows := v.rows()
	first, last := v.top, v.top+rows
	have := v.loaded && !v.stale && first >= v.offset && min(last, v.total) <= v.offset+len(v.items)
	if have {
		return p, false
	}
	p = ftpsvc.QueuePage{Filter: queue.Filter{States: tabs[v.tab].states}, Offset: max(first-pageMargin, 0)}
	p.Limit = last - p.Offset + pageMargin
	v.pending, v.stale, v.asked = true, false, p
	return p, true
}

// SetPage takes the answer to the page that Need asked for; another tab's is dropped.
func (v *View) SetPage(asked ftpsvc.QueuePage, r ftpsvc.QueueRows) {
	if asked.Offset != v.asked.Offset || !slices.Equal(asked.Filter.States, tabs[v.tab].states) {
		return
	}
	keep := v.want
	if it, ok := v.current(); ok && keep == 0 {
		keep = it.ID
	}
	v.pending, v.loaded = false, true
	v.items, v.offset, v.total = r.Items, r.Offset, r.Total
	if keep != 0 {
		for i, it := range v.items {
			if it.ID == keep {
				v.at, v.want = v.offset+i, 0
			}
		}
	}
	v.clamp()
}

// Missed tells that the page could not be read.
func (v *View) Missed() { v.pending = false }

// detailRows is the foot of the view: what there is to say of the item.
const detailRows = 4

func (v *View) rows() int { return max(v.h-5-v.details(), 1) }

func (v *View) details() int {
	if v.h < 18 {
		return 1
	}
	return detailRows
}

func (v *View) clamp() {
	v.at = max(min(v.at, v.total-1), 0)
	rows := v.rows()
	switch {
	case v.at < v.top:
		v.top = v.at
	case v.at >= v.top+rows:
		v.top = v.at - rows + 1
	}
	v.top = max(min(v.top, v.total-rows), 0)
}

// item is the newest known of row n.
func (v *View) item(n int) (queue.Item, bool) {
	if n < v.offset || n >= v.offset+len(v.items) {
		return queue.Item{}, false
	}
	it := v.items[n-v.offset]
	if now, ok := v.State.Find(it.ID); ok {
		it = now
	}
	return it, true
}

func (v *View) current() (queue.Item, bool) { return v.item(v.at) }

// chosen are the marked items, or the one under the cursor.
func (v *View) chosen() []int64 {
	var out []int64
	for id := range v.marks {
		out = append(out, id)
	}
	if it, ok := v.current(); ok && len(out) == 0 {
		out = append(out, it.ID)
	}
	return out
}

// About names what is chosen.
func (v *View) About() string {
	if n := len(v.marks); n > 0 {
		return text.Count(int64(n)) + " marked"
	}
	it, _ := v.current()
	return Name(it)
}

// Full draws the view in h lines of exactly w columns. said stands at the
// lower edge in place of the hints, "" for them.
func (v *View) Full(said string) []string {
	t := v.Theme
	strip := &Strip{State: v.State, Theme: t, Keys: v.Keys}
	v.clamp()
	n := v.State.Total()
	note := ""
	if len(v.marks) > 0 {
		note = text.Count(int64(len(v.marks))) + " marked"
	}
	out := []string{t.Top(v.w, true, strip.title(), note), t.Row(v.w, true, " "+v.tabLine(v.w-4))}
	if n.Active+n.Waiting > 0 {
		out = append(out, t.Row(v.w, true, " "+strip.wideTotal(v.w-4)))
	} else {
		out = append(out, t.Row(v.w, true, ""))
	}
	for i := range v.rows() {
		out = append(out, t.Row(v.w, true, v.line(v.top+i)))
	}
	out = append(out, v.detail()...)
	foot, right := said, ""
	if said == "" {
		right = v.Keys.Hint("help", "all keys") + "  " + v.Keys.Hint("cancel", "close")
		foot = t.Dim.Render(v.hints(v.w - 10 - t.Method.Width(right)))
	}
	return append(out, t.Bottom(v.w, true, foot, t.Dim.Render(right)))
}

// hints names what can be done in this list with what is chosen, the usual first.
func (v *View) hints(w int) string {
	var names []string
	switch tabs[v.tab].name {
	case "failed":
		names = []string{"item-retry", "item-folder", "item-log", "retry-failed", "item-cancel", "item-copy", "list-next"}
	case "done":
		names = []string{"item-folder", "item-log", "item-cancel", "clear-finished", "item-retry", "list-next"}
	case "waiting":
		names = []string{"item-pause", "item-cancel", "item-up", "item-down", "item-now", "item-priority", "list-next", "limit"}
	default:
		names = []string{"item-pause", "item-cancel", "item-retry", "item-folder", "item-log", "pause-all", "list-next", "mark"}
	}
	it, _ := v.current()
	var able []string
	for _, n := range names {
		switch _, why := v.Act(n); {
		case why != "" && v.loaded:
		case n == "item-cancel" && it.State.IsFinal() && len(v.marks) == 0:
			able = append(able, n+"=forget")
		case n == "item-pause" && it.State == queue.Paused && len(v.marks) == 0:
			able = append(able, n+"=go on")
		default:
			able = append(able, n)
		}
	}
	return v.Keys.Hints(w, able...)
}

// tabLine is the lists to choose from, with how many items they hold; where
// there is no room only that of the one that is shown is told.
func (v *View) tabLine(w int) string {
	t := v.Theme
	line := func(counts bool) string {
		v.spans = v.spans[:0]
		var b strings.Builder
		x := 0
		for i, tb := range tabs {
			style, s := t.Tab, fmt.Sprintf(" %d %s ", i+1, tb.name)
			if counts || i == v.tab {
				s += text.Count(v.count(tb)) + " "
			}
			if i == v.tab {
				style, s = t.TabActive, "["+s[1:len(s)-1]+"]"
			}
			b.WriteString(style.Render(s))
			v.spans = append(v.spans, span{x, x + len(s), i})
			x += len(s)
		}
		return b.String()
	}
	s := line(true)
	if t.Method.Width(s) > w {
		s = line(false)
	}
	return t.Method.Pad(s, w)
}

// count is how many items a list holds.
func (v *View) count(tb tab) (n int64) {
	for st, k := range v.State.view.Counts.ByState {
		if tb.states == nil || slices.Contains(tb.states, st) {
			n += k
		}
	}
	return n
}

// line is row n of the list, as wide as the inside of the frame.
func (v *View) line(n int) string {
	t := v.Theme
	w := v.w - 2
	if n >= v.total {
		if n == 0 && v.loaded {
			return t.Dim.Render("  " + v.empty())
		}
		return ""
	}
	it, ok := v.item(n)
	if !ok {
		return t.Dim.Render("  " + t.Method.Tail())
	}
	mark := " "
	switch {
	case v.marks[it.ID]:
		mark = t.Glyphs.Marked
	case n == v.at:
		mark = t.Glyphs.Cursor
	}
	s := mark + " " + v.State.row(t, it, max(w-3, 1)) + " "
	if n == v.at {
		if v.marks[it.ID] {
			return t.CursorMarked.Over(s)
		}
		return t.Cursor.Over(s)
	}
	return s
}

func (v *View) empty() string {
	switch tabs[v.tab].name {
	case "failed":
		return "Nothing failed."
	case "active":
		return "Nothing is at work."
	case "done":
		return "Nothing is done yet."
	}
	return "The queue is empty. " + v.Keys.Ref("copy") + " in a pane copies what is marked to the other pane."
}

// Mouse handles a click or the wheel at coordinates of the view.
func (v *View) Mouse(msg tea.MouseMsg) action.Intent {
	m := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		step := 3
		if m.Button == tea.MouseWheelUp {
			step = -3
		}
		v.move(v.at + step)
	case tea.MouseClickMsg:
		if m.Y == 1 {
			for _, s := range v.spans {
				if m.X-2 >= s.x0 && m.X-2 < s.x1 {
					v.show(s.tab)
				}
			}
			return nil
		}
		n := v.top + m.Y - 3
		if m.Y < 3 || m.Y >= 3+v.rows() || n >= v.total {
			return nil
		}
		v.at = n
		it, ok := v.current()
		switch {
		case !ok:
		case m.Button == tea.MouseRight:
			return Menu{X: m.X, Y: m.Y}
		case m.Mod&tea.ModCtrl != 0:
			v.toggle(it.ID)
		default:
			return Clicked{}
		}
	}
	return nil
}

func (v *View) show(tab int) {
	v.tab, v.at, v.top, v.want = (tab+len(tabs))%len(tabs), 0, 0, 0
	v.reset()
}

func (v *View) move(to int) {
	v.at = to
	v.want = 0
	v.clamp()
}

func (v *View) toggle(id int64) {
	if v.marks[id] {
		delete(v.marks, id)
		return
	}
	v.marks[id] = true
}

// Place is where its keys are.
func (v *View) Place() action.Place { return action.QueueView }

// Typing reports whether a line of the view takes letters: it has none.
func (v *View) Typing() bool { return false }

// Key is for typing only.
func (v *View) Key(tea.KeyPressMsg) {}

// Paste does nothing: the view has no text.
func (v *View) Paste(string) action.Intent { return nil }

// Cursor is nil: the view has no text.
func (v *View) Cursor() *tea.Cursor { return nil }
