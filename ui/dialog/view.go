package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/theme"
)

// layout is where the last draw put things, in the box's own coordinates.
type layout struct {
	w, h      int // of the whole box
	body      int // rows for the body
	spots     []placed
	hasCursor bool
	cx, cy    int
}

type placed struct {
	p    part
	stop int // within p
	x, y int
	w, h int
}

// view draws the dialog for a screen of sw by sh and tells the size of the box.
func (d *Dialog) view(t *theme.Theme, sw, sh int) (string, int, int) {
	w := max(min(d.width+4, max(sw-2, min(sw, 40))), 8)
	inner := max(w-4, 1)
	all := d.stops()
	d.focus = max(min(d.focus, len(all)-1), 0)
	focus := func(p part) int {
		if d.focus < len(all) && all[d.focus].p == p {
			return all[d.focus].i
		}
		return -1
	}

	var foot drawn
	if d.bar != nil {
		foot = d.bar.draw(t, inner, focus(d.bar))
	}
	problem := d.said(t, inner)
	room := max(sh-2, 1)
	parts := d.parts
	if room-len(foot.lines)-len(problem) < 2 {
		// Too low for what stays in sight: all of it scrolls.
		parts = append(parts[:len(parts):len(parts)], &words{text: d.problem, role: failure}, &words{text: d.note, role: warning})
		if d.bar != nil {
			parts = append(parts, d.bar)
		}
		foot, problem = drawn{}, nil
	}
	room -= len(foot.lines) + len(problem)
	body, marks := drawParts(t, parts, inner, focus, room-1, false)
	tight := len(body) > room-1
	if tight {
		body, marks = drawParts(t, parts, inner, focus, room, true)
	}
	d.last = layout{w: w, body: min(len(body), room)}
	d.scroll(marks, focus, room, len(body))

	shown := body[d.top:min(d.top+room, len(body))]
	lines := append([]string{}, shown...)
	for _, m := range marks {
		m.y -= d.top
		if m.y < 0 || m.y >= room {
			continue
		}
		m.y++
		m.x += 2
		d.last.spots = append(d.last.spots, m.placed)
		if m.cursor && focus(m.p) == m.stop {
			d.last.hasCursor, d.last.cx, d.last.cy = true, 2+m.cx, m.y
		}
	}
	lines = append(lines, problem...)
	if len(foot.lines) > 0 && !tight && len(lines) > 0 {
		lines = append(lines, "")
	}
	for _, s := range foot.spots {
		d.last.spots = append(d.last.spots, placed{d.bar, s.stop, 2 + s.x, 1 + len(lines) + s.y, s.w, 1})
	}
	lines = append(lines, foot.lines...)
	return d.frame(t, w, lines, d.top > 0, d.top+room < len(body)), w, d.last.h
}

// said is what went wrong with the last answer, or the note.
func (d *Dialog) said(t *theme.Theme, w int) []string {
	s, look := t.Glyphs.Fail+" "+t.Method.Display(d.problem), t.Error
	if d.problem == "" {
		s, look = d.note, t.Warn
	}
	if s == "" {
		return nil
	}
	var out []string
	for _, l := range t.Method.Wrap(s, w) {
		out = append(out, look.Render(l))
	}
	return out
}

type mark struct {
	placed
	cursor bool
	cx     int
}

// drawParts draws all parts, one below the other. A list gets the rows that
// the others leave of room.
func drawParts(t *theme.Theme, parts []part, w int, focus func(part) int, room int, tight bool) ([]string, []mark) {
	used := 0
	ds := make([]drawn, len(parts))
	for pass := range 2 {
		for i, p := range parts {
			g, grows := p.(interface{ setRoom(int) })
			if grows != (pass == 1) {
				continue
			}
			if grows {
				g.setRoom(max(room-used, 2))
			}
			ds[i] = p.draw(t, w, focus(p))
			if ds[i].droppable && tight {
				ds[i].lines = nil
			}
			used += len(ds[i].lines)
		}
	}
	var lines []string
	var marks []mark
	for i, p := range parts {
		for _, s := range ds[i].spots {
			marks = append(marks, mark{placed{p, s.stop, s.x, len(lines) + s.y, s.w, max(s.h, 1)}, ds[i].cursor, ds[i].cx})
		}
		lines = append(lines, ds[i].lines...)
	}
	return lines, marks
}

// scroll keeps the focus in sight.
func (d *Dialog) scroll(marks []mark, focus func(part) int, room, total int) {
	for _, m := range marks {
		if focus(m.p) != m.stop || m.h > 1 {
			continue
		}
		switch {
		case m.y < d.top:
			d.top = m.y
		case m.y >= d.top+room:
			d.top = m.y - room + 1
		}
	}
	d.top = max(min(d.top, total-room), 0)
}

func (d *Dialog) frame(t *theme.Theme, w int, lines []string, above, below bool) string {
	b, style := t.Box(true)
	if d.alarm {
		style = t.Error
	}
	corner := d.corner
	if above {
		corner = strings.TrimSpace(corner + " " + t.Glyphs.SortUp)
	}
	note := ""
	if below {
		note = t.Glyphs.SortDown + " more"
	}
	title := t.Method.Display(d.title)
	if d.alarm {
		title = t.Glyphs.Fail + " " + title
	}
	var out strings.Builder
	out.WriteString(t.Top(w, true, t.TitleFocus.Render(title), t.Method.CutMiddle(t.Method.Display(corner), max(w/2, 1))))
	for _, l := range lines {
		out.WriteByte('\n')
		out.WriteString(style.Render(b.V) + " " + t.Method.Pad(l, max(w-4, 0)) + " " + style.Render(b.V))
	}
	out.WriteByte('\n')
	out.WriteString(t.Bottom(w, true, note, t.Dim.Render(d.keys())))
	d.last.h = len(lines) + 2
	return out.String()
}

// keys says what Enter and Esc do now.
func (d *Dialog) keys() string {
	s := "Esc " + d.escWord()
	if d.bar == nil {
		return s
	}
	if all := d.stops(); d.focus < len(all) && all[d.focus].p == d.bar {
		return s
	}
	for _, b := range d.bar.items {
		if b.choice == d.defaultChoice() && b.choice != cancelChoice {
			return "Enter " + strings.ToLower(b.label) + "   " + s
		}
	}
	return s
}

func (d *Dialog) escWord() string {
	if d.esc != "" {
		return d.esc
	}
	if d.done == nil {
		return "close"
	}
	return "cancel"
}

// at finds the stop below the pointer.
func (d *Dialog) at(x, y int) (placed, bool) {
	for _, s := range d.last.spots {
		if x >= s.x && x < s.x+s.w && y >= s.y && y < s.y+s.h {
			return s, true
		}
	}
	return placed{}, false
}

// click gives the focus to what is below the pointer and tells the choice
// that a release there makes.
func (d *Dialog) click(t *theme.Theme, x, y int) string {
	s, ok := d.at(x, y)
	if !ok {
		return ""
	}
	d.focusOn(s.p, s.stop)
	c := s.p.click(t, s.stop, x-s.x, y-s.y)
	if c == "" {
		d.edited()
	}
	return c
}

// choiceAt is the choice of the button below the pointer.
func (d *Dialog) choiceAt(x, y int) string {
	s, ok := d.at(x, y)
	if !ok {
		return ""
	}
	c, ok := s.p.(interface{ choiceOf(i, y int) string })
	if !ok {
		return ""
	}
	return c.choiceOf(s.stop, y-s.y)
}

func (d *Dialog) wheel(b tea.MouseButton, x, y int) {
	step := 1
	if b == tea.MouseWheelUp {
		step = -1
	}
	if s, ok := d.at(x, y); ok {
		if l, ok := s.p.(interface{ wheel(int) }); ok {
			l.wheel(step * 3)
			return
		}
	}
	d.top += step * 3
}
