package menu

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/action"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// Bar is the menu bar: the top line, and the menu that is open below it.
type Bar struct {
	Theme *theme.Theme
	// Items are all actions as they stand now. Set it before opening and
	// whenever they change; the bar picks those of each menu.
	Items func() []action.Item

	w, h   int
	open   bool
	at     int // index of action.Menus
	rows   rows
	armed  bool // a button went down inside: release runs
	titles []span
}

type span struct{ x0, x1, menu int }

// branded is from how many columns on the bar begins with the program's name.
const branded = 110

// SetSize tells the size of the whole screen.
func (b *Bar) SetSize(w, h int) { b.w, b.h = w, h }

// IsOpen reports whether a menu is open and gets the keys.
func (b *Bar) IsOpen() bool { return b.open }

// Open opens a menu, the first for action.None.
func (b *Bar) Open(m action.Menu) {
	b.open = true
	for i, x := range action.Menus {
		if x == m {
			b.show(i)
			return
		}
	}
	b.show(b.at)
}

// Close closes what is open.
func (b *Bar) Close() { b.open, b.armed = false, false }

func (b *Bar) show(i int) {
	n := len(action.Menus)
	b.at = (i + n) % n
	var items []action.Item
	for _, it := range b.Items() {
		if it.Menu == action.Menus[b.at] {
			items = append(items, it)
		}
	}
	b.rows.breaks = true
	b.rows.set(items)
}

// Line draws the menu bar in exactly w columns, with a note at the right.
func (b *Bar) Line(w int, note string) string {
	t := b.Theme
	b.titles = b.titles[:0]
	var s strings.Builder
	s.WriteString(t.MenuBar.Render(" "))
	x := 1
	if w >= branded {
		s.WriteString(t.MenuBarOpen.Render("ferry") + t.MenuBar.Render("  "))
		x += len("ferry  ")
	}
	for i, m := range action.Menus {
		label := " " + string(m) + " "
		if x+len(label) > w {
			break
		}
		style := t.MenuBar
		if b.open && i == b.at {
			style = t.MenuBarOpen
		}
		s.WriteString(style.Render(label))
		b.titles = append(b.titles, span{x, x + len(label), i})
		x += len(label)
	}
	if n := t.Method.Width(note); note != "" && x+n+1 <= w {
		s.WriteString(t.MenuBar.Render(text.Spaces(w-x-n-1) + note + " "))
	} else {
		s.WriteString(t.MenuBar.Render(text.Spaces(w - x)))
	}
	return t.Method.Pad(s.String(), w)
}

// title is the menu whose title stands at x of the bar, -1 for none.
func (b *Bar) title(x int) int {
	for _, s := range b.titles {
		if x >= s.x0 && x < s.x1 {
			return s.menu
		}
	}
	return -1
}

// layout is the box of the open menu: place and inner size.
func (b *Bar) layout() (x, w, h int) {
	w = max(min(b.rows.width(b.Theme), b.w-2), 10)
	h = max(min(len(b.rows.lines()), b.h-4), 1)
	if b.at < len(b.titles) {
		x = b.titles[b.at].x0 - 1
	}
	return max(min(x, b.w-w-2), 0), w, h
}

// View draws the open menu; it stands below the first line.
func (b *Bar) View() (string, int, int) {
	t := b.Theme
	x, w, h := b.layout()
	var lines []string
	for _, i := range b.rows.visible(h) {
		if i < 0 {
			lines = append(lines, rule(t, w))
			continue
		}
		lines = append(lines, draw(t, b.rows.items[i], i == b.rows.at, w, ""))
	}
	foot, more := "", ""
	if it, ok := b.rows.current(); ok && it.Disabled != "" {
		foot = reason(t, it, w-4)
	}
	if len(b.rows.lines()) > h {
		more = t.Glyphs.SortDown
	}
	return frame(t, w+2, "", "", foot, more, lines), x, 1
}

// Key handles a key while a menu is open.
func (b *Bar) Key(k tea.KeyPressMsg) action.Intent {
	switch k.String() {
	case "esc", "f9", "f10", "ctrl+c", "alt+9":
		b.Close()
		return action.Close{}
	case "left", "shift+tab":
		b.show(b.at - 1)
		return nil
	case "right", "tab":
		b.show(b.at + 1)
		return nil
	case "home":
		b.rows.jump(0)
		return nil
	case "end":
		b.rows.jump(len(b.rows.items) - 1)
		return nil
	case "enter", "space":
		return b.run()
	}
	if b.rows.key(k, 10) || k.Text == "" {
		return nil
	}
	return b.letter(k.Text)
}

// letter goes to the next row that begins with it; when it is the only one it is run.
func (b *Bar) letter(s string) action.Intent {
	hits, first := 0, -1
	n := len(b.rows.items)
	for i := 1; i <= n; i++ {
		j := (b.rows.at + i) % n
		if strings.HasPrefix(strings.ToLower(b.rows.items[j].Label), strings.ToLower(s)) {
			hits++
			if first < 0 {
				first = j
			}
		}
	}
	if first < 0 {
		return nil
	}
	b.rows.at = first
	if hits == 1 {
		return b.run()
	}
	return nil
}

func (b *Bar) run() action.Intent {
	in := b.rows.run()
	if in != nil {
		b.Close()
	}
	return in
}

// Mouse handles the mouse at screen coordinates: while a menu is open all of
// it, else what happens on the first line.
func (b *Bar) Mouse(msg tea.MouseMsg) action.Intent {
	m := msg.Mouse()
	switch msg.(type) {
	case tea.MouseClickMsg:
		return b.press(m)
	case tea.MouseMotionMsg:
		if b.open && m.Y == 0 {
			if i := b.title(m.X); i >= 0 && i != b.at {
				b.show(i)
			}
		}
		if i := b.itemAt(m); i >= 0 && b.open {
			b.rows.at, b.armed = i, true
		}
	case tea.MouseReleaseMsg:
		armed := b.armed
		b.armed = false
		if i := b.itemAt(m); b.open && armed && i >= 0 && i == b.rows.at {
			return b.run()
		}
	case tea.MouseWheelMsg:
		if b.open {
			b.rows.jump(b.rows.at + wheelStep(m.Button))
		}
	}
	return nil
}

func (b *Bar) press(m tea.Mouse) action.Intent {
	if m.Y == 0 {
		if i := b.title(m.X); i >= 0 && !(b.open && i == b.at) {
			b.open = true
			b.show(i)
			return nil
		}
	}
	if !b.open {
		return nil
	}
	if i := b.itemAt(m); i >= 0 {
		b.rows.at, b.armed = i, true
		return nil
	}
	if b.inside(m) {
		return nil
	}
	b.Close()
	return action.Close{}
}

func (b *Bar) inside(m tea.Mouse) bool {
	x, w, h := b.layout()
	return b.open && m.X >= x && m.X < x+w+2 && m.Y >= 1 && m.Y < h+3
}

func (b *Bar) itemAt(m tea.Mouse) int {
	x, w, h := b.layout()
	if m.X <= x || m.X > x+w || m.Y < 2 || m.Y >= 2+h {
		return -1
	}
	return b.rows.itemAt(m.Y - 2)
}

func wheelStep(b tea.MouseButton) int {
	if b == tea.MouseWheelUp {
		return -1
	}
	return 1
}

// Paste does nothing: a menu has no text.
func (b *Bar) Paste(string) action.Intent { return nil }

// Cursor is nil: a menu has no text.
func (b *Bar) Cursor() *tea.Cursor { return nil }
