package menu

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"ferry/ui/action"
	"ferry/ui/edit"
	"ferry/ui/theme"
)

// Finder is a list of actions with a search line: the palette, fuzzy and
// short, or the help, which matches words and shows each action's help line
// under the name of its task.
type Finder struct {
	theme  *theme.Theme
	help   bool
	pick   bool // the help, to give an action another key
	all    []action.Item
	w, h   int
	line   edit.Line
	rows   rows
	found  []match
	armed  bool
	cx, cy int
}

type match struct {
	item    action.Item
	indexes []int // bytes of the label that matched
}

// NewPalette finds any action by some of its letters.
func NewPalette(t *theme.Theme, items []action.Item) *Finder { return newFinder(t, items, false) }

// NewHelp lists actions in the order given, under the headings of their tasks,
// with their keys; Enter does one.
func NewHelp(t *theme.Theme, items []action.Item) *Finder { return newFinder(t, items, true) }

// NewKeyPicker lists actions as the help does; Enter gives one another key.
func NewKeyPicker(t *theme.Theme, items []action.Item) *Finder {
	f := newFinder(t, items, true)
	f.pick = true
	return f
}

func newFinder(t *theme.Theme, items []action.Item, help bool) *Finder {
	f := &Finder{theme: t, help: help}
	for _, it := range items {
		if it.Name != "palette" || help {
			f.all = append(f.all, it)
		}
	}
	f.find()
	return f
}

// SetSize tells the size of the whole screen.
func (f *Finder) SetSize(w, h int) { f.w, f.h = w, h }

type labels []action.Item

func (l labels) Len() int            { return len(l) }
func (l labels) String(i int) string { return l[i].Label }

// find fills the list with what matches the search line.
func (f *Finder) find() {
	q := strings.TrimSpace(f.line.Value())
	f.found = f.found[:0]
	switch {
	case q == "":
		for _, it := range f.all {
			f.found = append(f.found, match{item: it})
		}
	case f.help:
		f.findWords(strings.Fields(strings.ToLower(q)))
	default:
		f.findNamed(strings.ToLower(q))
		for _, m := range fuzzy.FindFrom(q, labels(f.all)) {
			if it := f.all[m.Index]; !f.has(it.Name) {
				f.found = append(f.found, match{it, m.MatchedIndexes})
			}
		}
		f.findWords(strings.Fields(strings.ToLower(q)))
	}
	items := make([]action.Item, len(f.found))
	for i, m := range f.found {
		items[i] = m.item
	}
	f.rows.set(items)
}

// findNamed keeps the actions whose name in the settings begins with q, such as
// chmod and mkdir, which the labels do not spell; where the label does, it
// ranks and marks better.
func (f *Finder) findNamed(q string) {
	for _, it := range f.all {
		if strings.HasPrefix(it.Name, q) && !strings.Contains(strings.ToLower(it.Label), q) {
			f.found = append(f.found, match{item: it})
		}
	}
}

func (f *Finder) has(name string) bool {
	return slices.ContainsFunc(f.found, func(m match) bool { return m.item.Name == name })
}

// findWords keeps the actions in whose label, help, name, menu or keys all words occur.
func (f *Finder) findWords(words []string) {
	for _, it := range f.all {
		hay := strings.ToLower(it.Label + " " + it.Help + " " + it.Name + " " + string(it.Task) + " " + strings.Join(it.Keys, " "))
		ok := true
		for _, w := range words {
			ok = ok && strings.Contains(hay, w)
		}
		if ok && !f.has(it.Name) {
			f.found = append(f.found, match{item: it})
		}
	}
}

func (f *Finder) layout() (x, y, w, h int) {
	w, h = 62, 12
	if f.help {
		w, h = 100, 50
	}
	w = max(min(w, f.w-2), 10)
	h = max(min(h, f.h-4), 1)
	if !f.help && f.h > 20 {
		return max((f.w-w-2)/2, 0), 3, w, h
	}
	return max((f.w-w-2)/2, 0), max((f.h-h-3)/2, 0), w, h
}

// View draws it and tells where.
func (f *Finder) View() (string, int, int) {
	t := f.theme
	x, y, w, h := f.layout()
	body := h - 1
	prompt := "> "
	s, cx := f.line.View(t.Method, max(w-4, 1), "")
	f.cx, f.cy = x+1+1+len(prompt)+cx, y+1
	lines := []string{" " + t.Strong.Render(prompt) + t.Input.Render(s)}
	for _, i := range f.rows.visible(body) {
		it := f.rows.items[i]
		if f.help {
			lines = append(lines, f.helpRow(i, w))
			continue
		}
		lines = append(lines, draw(t, it, i == f.rows.at, w, f.marked(i)))
	}
	if len(f.rows.items) == 0 {
		lines = append(lines, t.Dim.Render(t.Method.Cut("  Nothing is called that. Backspace widens the search.", w)))
	}
	for len(lines) < h {
		lines = append(lines, "")
	}
	title, note := ": palette", fmt.Sprintf("%d of %d", len(f.rows.items), len(f.all))
	foot := t.Dim.Render("Esc close")
	if it, ok := f.rows.current(); ok {
		if f.pick {
			it.Disabled = "" // its key can be changed all the same
		}
		foot = reason(t, it, w-4)
	}
	switch {
	case f.pick:
		title, note = "Change a key", "Enter chooses   "+note
	case f.help:
		title, note = "? keys and actions", "Enter does it   F4 changes its key   "+note
	}
	return frame(t, w+2, t.TitleFocus.Render(title), t.Dim.Render(note), foot, "", lines), x, y
}

// marked is a label with the letters that matched in another style.
func (f *Finder) marked(i int) string {
	t := f.theme
	hits := map[int]bool{}
	for _, n := range f.found[i].indexes {
		hits[n] = true
	}
	if len(hits) == 0 || t.Glyphs.ASCII {
		return ""
	}
	var b strings.Builder
	for n, r := range f.found[i].item.Label {
		if hits[n] {
			b.WriteString(t.Match.Render(string(r)))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// helpRow is menu, label, help and keys of one action.
func (f *Finder) helpRow(i, w int) string {
	t, m := f.theme, f.theme.Method
	it := f.rows.items[i]
	group := string(it.Task)
	if i > f.rows.top && i > 0 && f.rows.items[i-1].Task == it.Task {
		group = ""
	}
	var names []string
	for _, k := range it.Keys {
		if k = action.KeyText(k); !slices.Contains(names, k) { // the keypad's plus has two names
			names = append(names, k)
		}
	}
	keys := strings.Join(names, "  ")
	kw := min(22, w/3)
	lw := min(26, w/3)
	gw := 11
	if w < 70 {
		gw = 0
		group = ""
	}
	sign := " "
	if i == f.rows.at {
		sign = t.Glyphs.Pick
	}
	room := w - 2 - gw - lw - kw - 2
	about := ""
	if room > 8 {
		about = m.Pad(ascii(t, it.Help), room)
	} else {
		lw += max(room, 0)
	}
	head := m.Pad(group, gw)
	rest := m.Pad(ascii(t, it.Label), lw) + " " + m.Pad(keys, kw) + " "
	switch {
	case i == f.rows.at:
		return m.Pad(t.Strong.Render(head)+t.MenuSelected.Render(m.Pad(sign+rest+about+" ", w-gw)), w)
	case it.Disabled != "" && !f.pick:
		return m.Pad(t.Strong.Render(head)+t.MenuDisabled.Render(sign+rest+about), w)
	}
	return m.Pad(t.Strong.Render(head)+sign+t.Menu.Render(m.Pad(ascii(t, it.Label), lw))+" "+t.MenuKey.Render(m.Pad(keys, kw))+" "+t.Dim.Render(about), w)
}

// Key handles a key: letters go into the search line.
func (f *Finder) Key(k tea.KeyPressMsg) action.Intent {
	_, _, _, h := f.layout()
	switch k.String() {
	case "esc", "ctrl+c", "f10", "f1":
		return action.Close{}
	case "f4", "alt+4":
		if f.help {
			return f.rebind()
		}
	case "enter":
		return f.run()
	case "tab":
		f.rows.move(1)
		return nil
	case "shift+tab":
		f.rows.move(-1)
		return nil
	}
	if f.rows.key(k, h-2) {
		return nil
	}
	if f.line.Key(k) {
		f.find()
	}
	return nil
}

func (f *Finder) run() action.Intent {
	if f.pick {
		return f.rebind()
	}
	return f.rows.run()
}

func (f *Finder) rebind() action.Intent {
	it, ok := f.rows.current()
	if !ok {
		return nil
	}
	return action.Rebind{Name: it.Name}
}

// Paste puts text into the search line.
func (f *Finder) Paste(s string) action.Intent {
	f.line.Insert(s)
	f.find()
	return nil
}

// Mouse handles the mouse at screen coordinates.
func (f *Finder) Mouse(msg tea.MouseMsg) action.Intent {
	m := msg.Mouse()
	x, y, w, h := f.layout()
	i := -1
	if m.X > x && m.X <= x+w && m.Y > y+1 && m.Y <= y+h {
		i = f.rows.itemAt(m.Y - y - 2)
	}
	switch msg.(type) {
	case tea.MouseClickMsg:
		f.armed = i >= 0 && left(msg)
		if f.armed {
			f.rows.at = i
		}
		if m.X < x || m.X > x+w+1 || m.Y < y || m.Y > y+h+1 {
			return action.Close{}
		}
	case tea.MouseReleaseMsg:
		armed := f.armed
		f.armed = false
		if armed && i >= 0 && i == f.rows.at {
			return f.run()
		}
	case tea.MouseWheelMsg:
		f.rows.jump(f.rows.at + 3*wheelStep(m.Button))
	}
	return nil
}

// Cursor is where typing goes on; call it after View.
func (f *Finder) Cursor() *tea.Cursor {
	f.View()
	c := tea.NewCursor(f.cx, f.cy)
	c.Blink = false
	return c
}
