// Package menu draws what lists actions: the pull-down menus, the menu of an
// entry, the palette, the box after a prefix key, and the help. All of them
// take action.Item values and report action.Run or action.Close.
package menu

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/action"
	"ferry/ui/theme"
)

// rows is a list of actions with a cursor, as tall as it is given.
type rows struct {
	items  []action.Item
	breaks bool // a line stands between groups
	at     int  // index of items, -1 when there are none
	top    int  // first line shown
}

// line is what one line of the list shows: an item, or -1 for a rule.
func (r *rows) lines() []int {
	var out []int
	for i, it := range r.items {
		if r.breaks && i > 0 && it.Group != r.items[i-1].Group {
			out = append(out, -1)
		}
		out = append(out, i)
	}
	return out
}

func (r *rows) set(items []action.Item) {
	r.items, r.at, r.top = items, 0, 0
	if len(items) == 0 {
		r.at = -1
	}
}

func (r *rows) move(step int) {
	if n := len(r.items); n > 0 {
		r.at = (r.at + step + n) % n
	}
}

func (r *rows) jump(i int) { r.at = max(min(i, len(r.items)-1), min(0, len(r.items)-1)) }

// key moves the cursor and reports whether the key did that.
func (r *rows) key(k tea.KeyPressMsg, page int) bool {
	switch k.String() {
	case "up", "ctrl+p", "ctrl+k":
		r.move(-1)
	case "down", "ctrl+n", "ctrl+j":
		r.move(1)
	case "pgup":
		r.jump(r.at - page)
	case "pgdown":
		r.jump(r.at + page)
	default:
		return false
	}
	return true
}

// current is the item under the cursor.
func (r *rows) current() (action.Item, bool) {
	if r.at < 0 || r.at >= len(r.items) {
		return action.Item{}, false
	}
	return r.items[r.at], true
}

// run is the intent for the item under the cursor, nil for one that cannot
// be done now: its reason stands in the footer.
func (r *rows) run() action.Intent {
	it, ok := r.current()
	if !ok || it.Disabled != "" {
		return nil
	}
	return action.Run{Name: it.Name}
}

// visible scrolls so that the cursor is in sight and returns the lines shown.
func (r *rows) visible(h int) []int {
	all := r.lines()
	for n, i := range all {
		if i != r.at {
			continue
		}
		switch {
		case n < r.top:
			r.top = n
		case n >= r.top+h:
			r.top = n - h + 1
		}
	}
	r.top = max(min(r.top, len(all)-h), 0)
	return all[r.top:min(r.top+h, len(all))]
}

// itemAt is the item on line y of what is shown, -1 for none.
func (r *rows) itemAt(y int) int {
	all := r.lines()
	if y < 0 || r.top+y >= len(all) {
		return -1
	}
	return all[r.top+y]
}

// keysOf is the first key of an item, as it is shown.
func keysOf(it action.Item) string {
	if len(it.Keys) == 0 {
		return ""
	}
	return action.KeyText(it.Keys[0])
}

// draw is one row in exactly w columns: sign, label, state, key.
func draw(t *theme.Theme, it action.Item, at bool, w int, label string) string {
	m := t.Method
	sign := " "
	switch {
	case at:
		sign = t.Glyphs.Pick
	case it.Disabled != "":
		sign = "-"
	}
	right := keysOf(it)
	if it.State != "" {
		right = m.Display(it.State) + "  " + right
	}
	room := max(w-3-m.Width(right), 1)
	if label == "" {
		label = ascii(t, it.Label)
	}
	label = m.Pad(label, room)
	s := sign + label + " " + right + " "
	switch {
	case at && it.Disabled != "":
		return t.MenuSelected.Render(t.MenuDisabled.Over(m.Pad(s, w)))
	case at:
		return t.MenuSelected.Over(m.Pad(s, w))
	case it.Disabled != "":
		return t.MenuDisabled.Over(m.Pad(s, w))
	}
	return m.Pad(sign+t.Menu.Over(label)+" "+t.MenuKey.Render(right)+" ", w)
}

// ascii keeps labels to the glyph set: Copy… is Copy... there.
func ascii(t *theme.Theme, s string) string {
	if !t.Glyphs.ASCII {
		return s
	}
	out := ""
	for _, r := range s {
		switch {
		case r == '…':
			out += "..."
		case r > 0x7e:
			out += "?"
		default:
			out += string(r)
		}
	}
	return out
}

// reason is a footer line: why the item cannot be done, else its help.
func reason(t *theme.Theme, it action.Item, w int) string {
	if it.Disabled != "" {
		return t.Warn.Render(t.Method.Cut(t.Method.Display("not now: "+it.Disabled), w))
	}
	return t.Dim.Render(t.Method.Cut(ascii(t, it.Help), w))
}

// frame draws lines into a box of w columns.
func frame(t *theme.Theme, w int, title, note, foot, right string, lines []string) string {
	s := t.Top(w, true, title, note)
	for _, l := range lines {
		s += "\n" + t.Row(w, true, l)
	}
	return s + "\n" + t.Bottom(w, true, foot, right)
}

func rule(t *theme.Theme, w int) string {
	return t.Border.Render(strings.Repeat(t.Glyphs.Light.H, max(w, 0)))
}

// width is what the rows need.
func (r *rows) width(t *theme.Theme) int {
	w := 0
	for _, it := range r.items {
		n := t.Method.Width(ascii(t, it.Label)) + t.Method.Width(keysOf(it)) + 6
		if it.State != "" {
			n += t.Method.Width(it.State) + 2
		}
		if it.Disabled != "" {
			n = max(n, min(t.Method.Width("not now: "+t.Method.Display(it.Disabled))+6, 46))
		}
		w = max(w, n)
	}
	return w
}

func left(msg tea.MouseMsg) bool { return msg.Mouse().Button == tea.MouseLeft }
