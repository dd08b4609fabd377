package menu

import (
	"fmt"
	"strings"

	"ferry/ui/action"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// Which shows what can follow a prefix key. It takes no keys: the root's key
// map does, and turns its pages.
type Which struct {
	theme  *theme.Theme
	prefix string
	items  []action.Item
	w, h   int
	page   int // shown, of those that a small screen needs
}

// NewWhich shows those items that have a key beginning with prefix and a blank.
func NewWhich(t *theme.Theme, prefix string, items []action.Item) *Which {
	x := &Which{theme: t, prefix: prefix}
	for _, it := range items {
		for _, k := range it.Keys {
			if strings.HasPrefix(k, prefix+" ") {
				x.items = append(x.items, it)
				break
			}
		}
	}
	return x
}

// SetSize tells the size of the whole screen.
func (x *Which) SetSize(w, h int) { x.w, x.h = w, h }

// next is the key after the prefix.
func (x *Which) next(it action.Item) string {
	for _, k := range it.Keys {
		if rest, ok := strings.CutPrefix(k, x.prefix+" "); ok {
			return action.KeyText(rest)
		}
	}
	return ""
}

// about says what the keys after a prefix have in common.
var about = map[string]string{"g": "go to", ",": "sort", "z": "panes", "y": "copy to the clipboard", "ctrl+x": "change, or a raw command"}

// grid is how many columns of cells the items have, in how many rows a page.
func (x *Which) grid() (inner, cell, cols, rows int) {
	m := x.theme.Method
	inner = max(min(x.w-4, 76), 10)
	for _, it := range x.items {
		cell = max(cell, m.Width(x.next(it))+m.Width(ascii(x.theme, it.Label))+4)
	}
	cell = min(max(cell, 1), inner)
	cols = max(inner/cell, 1)
	return inner, cell, cols, min((len(x.items)+cols-1)/cols, max(x.h-4, 1))
}

// Turn shows the n-th page, of at most as many as there are, and tells which it is.
func (x *Which) Turn(n int) int {
	x.page = max(min(n, x.pages()-1), 0)
	return x.page
}

func (x *Which) pages() int {
	_, _, cols, rows := x.grid()
	if rows == 0 {
		return 1
	}
	return (len(x.items) + cols*rows - 1) / (cols * rows)
}

// View draws it above the key bar.
func (x *Which) View() (string, int, int) {
	t, m := x.theme, x.theme.Method
	inner, cell, cols, rows := x.grid()
	items := x.items[min(x.page*cols*rows, len(x.items)):]
	var lines []string
	for r := range rows {
		line := " "
		for c := range cols {
			i := c*rows + r
			if i >= len(items) {
				break
			}
			it := items[i]
			label := m.Pad(m.Pad(x.next(it), 2)+" "+ascii(t, it.Label), cell)
			if it.Disabled != "" {
				line += t.MenuDisabled.Render(label)
				continue
			}
			k := x.next(it)
			n := max(m.Width(k), 2)
			line += t.Hot.Render(k) + text.Spaces(n-m.Width(k)) + " " + t.Menu.Render(m.Pad(ascii(t, it.Label), cell-n-1))
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		lines = []string{t.Dim.Render(" nothing begins with this key")}
	}
	title := action.KeyText(x.prefix) + " " + t.Method.Tail()
	if s := about[x.prefix]; s != "" {
		title += "  " + s
	}
	foot := ""
	if n := x.pages(); n > 1 {
		turn := "PgDn more"
		if x.page == n-1 {
			turn = "PgUp back"
		}
		foot = t.Warn.Render(fmt.Sprintf("%d of %d", x.page+1, n)) + "  " + t.Dim.Render(turn)
	}
	s := frame(t, inner+2, t.TitleFocus.Render(title), t.Dim.Render("Esc cancel"), foot, "", lines)
	return s, max((x.w-inner-2)/2, 0), max(x.h-len(lines)-3, 0)
}
