package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/theme"
)

// row is one line of a list: a name at the left, a note at the right.
type row struct {
	left, right string
	role        role
}

// list is rows with a cursor. It scrolls and takes the height that is left.
type list struct {
	rows   []row
	at     int
	top    int
	room   int
	choose string // choice of Enter and of a click on the row under the cursor; "" none
	empty  string // said when there is no row
	wide   bool   // cut rows at the end, not in the middle of the name
	shift  int    // columns scrolled to the right, when wide
	reject func(k tea.KeyPressMsg) string
}

func (p *list) setRoom(n int) { p.room = n }
func (p *list) stops() int    { return 1 }

func (p *list) height() int { return max(min(p.room, max(len(p.rows), 1)), 1) }

func (p *list) moveTo(i int) { p.at = max(min(i, len(p.rows)-1), 0) }

func (p *list) key(_ int, k tea.KeyPressMsg) (bool, string) {
	switch k.String() {
	case "up", "k":
		p.moveTo(p.at - 1)
	case "down", "j":
		p.moveTo(p.at + 1)
	case "pgup":
		p.moveTo(p.at - p.height())
	case "pgdown":
		p.moveTo(p.at + p.height())
	case "home":
		p.moveTo(0)
	case "end":
		p.moveTo(len(p.rows) - 1)
	case "left":
		if !p.wide {
			return false, ""
		}
		p.shift = max(p.shift-8, 0)
	case "right":
		if !p.wide {
			return false, ""
		}
		p.shift += 8
	case "enter":
		if len(p.rows) == 0 {
			return true, ""
		}
		return p.choose != "", p.choose
	default:
		if p.reject != nil {
			if c := p.reject(k); c != "" {
				return true, c
			}
		}
		return false, ""
	}
	return true, ""
}

func (p *list) wheel(step int) { p.moveTo(p.at + step) }

func (p *list) click(_ *theme.Theme, _, _, y int) string {
	i := p.top + y
	if i >= len(p.rows) {
		return ""
	}
	if i == p.at {
		return p.choose
	}
	p.at = i
	return ""
}

func (p *list) choiceOf(_, y int) string {
	if p.top+y != p.at || p.at >= len(p.rows) {
		return ""
	}
	return p.choose
}

func (p *list) draw(t *theme.Theme, w, focus int) drawn {
	h := p.height()
	p.moveTo(p.at)
	switch {
	case p.at < p.top:
		p.top = p.at
	case p.at >= p.top+h:
		p.top = p.at - h + 1
	}
	p.top = max(min(p.top, len(p.rows)-h), 0)
	if len(p.rows) == 0 {
		said := words{text: p.empty, role: dim}
		return drawn{lines: said.draw(t, w, -1).lines, spots: []spot{{0, 0, 0, w, 1}}}
	}
	lines := make([]string, 0, h)
	for i := p.top; i < min(p.top+h, len(p.rows)); i++ {
		lines = append(lines, p.line(t, p.rows[i], i == p.at, focus == 0, w))
	}
	return drawn{lines: lines, spots: []spot{{0, 0, 0, w, max(h, 2)}}}
}

func (p *list) line(t *theme.Theme, r row, at, focused bool, w int) string {
	m := t.Method
	sign := " "
	if at {
		sign = t.Glyphs.Pick
	}
	right := m.Display(r.right)
	if m.Width(right) > w/2 {
		right = m.CutMiddle(right, w/2)
	}
	if right != "" {
		right = "  " + right
	}
	lw := max(w-2-m.Width(right), 1)
	left := m.Display(r.left)
	switch {
	case p.wide && p.shift > 0:
		left = m.Pad(m.Mode.TruncateLeft(left, p.shift, ""), lw)
	case p.wide:
		left = m.Pad(left, lw)
	default:
		left = m.PadMiddle(left, lw)
	}
	s := sign + " " + left
	switch {
	case at && focused:
		return t.MenuSelected.Render(m.Pad(s+right, w))
	case r.role != plain:
		return r.role.style(t).Render(s) + t.Dim.Render(right)
	}
	return t.Menu.Render(s) + t.Dim.Render(right)
}

// whole shows the row under the cursor of a list on as many lines as it needs,
// as long as the list has rows that it cuts.
type whole struct {
	still
	of   *list
	w    int // for which rows was found out
	rows int // that the longest of the list needs
}

const maxWhole = 4

func (p *whole) draw(t *theme.Theme, w, _ int) drawn {
	m := t.Method
	if p.w != w {
		p.w, p.rows = w, 0
		for _, r := range p.of.rows {
			if s := m.Display(r.left); m.Width(s) > w-2 && p.rows < maxWhole {
				p.rows = max(p.rows, len(m.Wrap(s, w)))
			}
		}
		p.rows = min(p.rows, maxWhole)
	}
	if p.rows == 0 {
		return drawn{}
	}
	d := drawn{lines: []string{t.Border.Render(strings.Repeat(t.Glyphs.Light.H, w))}, droppable: true}
	lines := m.Wrap(m.Display(p.of.rows[p.of.at].left), w)
	if len(lines) > p.rows {
		lines[p.rows-1] = m.Cut(lines[p.rows-1]+" "+lines[p.rows], w)
	}
	for i := range p.rows {
		s := ""
		if i < len(lines) {
			s = lines[i]
		}
		d.lines = append(d.lines, t.Text.Render(m.Cut(s, w)))
	}
	return d
}
