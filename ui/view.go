package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ui/text"
)

// View draws the screen. It changes nothing but what is remembered of the
// drawing itself (where things stand, for the mouse).
func (m *model) View() tea.View {
	v := tea.NewView(strings.Join(m.screen(), "\n"))
	v.AltScreen = true
	v.ReportFocus = true
	if !m.mouseOff {
		v.MouseMode = tea.MouseModeCellMotion
	}
	v.WindowTitle = m.title()
	v.ProgressBar = m.taskbar()
	switch {
	case m.lay.tiny:
	case !m.dialogs.Empty():
		v.Cursor = m.dialogs.Cursor()
	case m.over != nil:
		v.Cursor = m.over.Cursor()
	case m.view() != nil:
		v.Cursor = m.view().Cursor()
	}
	return v
}

// screen is the rows of the screen, each exactly as wide as the screen.
func (m *model) screen() []string {
	if m.lay.tiny {
		return m.tiny()
	}
	if v := m.view(); v != nil {
		return m.floats(m.viewRows(v))
	}
	rows := make([]string, 0, m.h)
	if m.lay.menu.h > 0 {
		rows = append(rows, m.bar.Line(m.w, m.menuNote()), m.siteLine())
	}
	rows = append(rows, m.paneRows()...)
	rows = append(rows, m.queueRows()...)
	if m.lay.log.h > 0 {
		rows = append(rows, m.log.Lines(m.w, m.lay.log.h)...)
	}
	if m.lay.status.h > 0 {
		rows = append(rows, m.statusLine(m.w))
	}
	if m.lay.keys.h > 0 {
		rows = append(rows, m.keyBar())
	}
	return m.floats(rows)
}

func (m *model) paneRows() []string {
	t := m.cur()
	if m.lay.single {
		return t.sides[t.focus].pane.Lines()
	}
	l, r := t.sides[0].pane.Lines(), t.sides[1].pane.Lines()
	out := make([]string, len(l))
	for i := range l {
		out[i] = l[i] + r[i]
	}
	return out
}

// queueRows is the queue strip; where one line is all there is, a message
// takes its place while nothing is transferred.
func (m *model) queueRows() []string {
	h := m.lay.queue.h
	switch {
	case h == 0:
		return nil
	case h == 1 && m.lay.status.h == 0 && (!m.queue.Busy() || m.urgent()):
		return []string{m.statusLine(m.w)}
	}
	return m.strip.Lines(m.w, h)
}

// floats draws what lies over the screen, the topmost last.
func (m *model) floats(rows []string) []string {
	if m.over != nil {
		content, x, y := m.over.View()
		rows = m.overlay(rows, content, x, y)
	}
	if m.view() != nil && m.dialogs.Empty() && m.dialogs.Waiting() > 0 { // it covers the status line
		s := " " + m.waitingText() + " "
		rows = m.overlay(rows, m.th.Warn.Render(m.th.Method.Cut(s, m.w)), max(m.w-len(s)-2, 0), 0)
	}
	if m.which {
		content, x, y := m.whichBox().View()
		rows = m.overlay(rows, content, x, y)
	}
	if m.drag != nil && m.drag.live && !m.drag.border {
		label := " " + m.th.Method.Display(m.drag.label) + " "
		w := min(m.th.Method.Width(label), m.w)
		x := min(m.drag.x+2, m.w-w)
		rows = m.overlay(rows, m.th.Ghost.Render(m.th.Method.Cut(label, w)), x, min(m.drag.y+1, m.h-1))
	}
	for _, l := range m.dialogs.Layers() {
		rows = m.overlay(rows, l.Content, l.X, l.Y)
	}
	return rows
}

// overlay puts lines of equal width over rows.
func (m *model) overlay(rows []string, content string, x, y int) []string {
	if content == "" {
		return rows
	}
	w := -1
	for line := range strings.SplitSeq(content, "\n") {
		if w < 0 {
			w = m.th.Method.Width(line)
		}
		if y >= 0 && y < len(rows) {
			rows[y] = m.th.Method.Overlay(rows[y], line, max(x, 0), w)
		}
		y++
	}
	return rows
}

// tiny is what is drawn when nothing else fits.
func (m *model) tiny() []string {
	say := []string{"terminal too small", text.Count(int64(m.w)) + "x" + text.Count(int64(m.h)) + ", want 20x6"}
	rows := make([]string, max(m.h, 0))
	for i := range rows {
		s := ""
		if i < len(say) {
			s = say[i]
		}
		rows[i] = m.th.Method.Pad(s, max(m.w, 0))
	}
	return rows
}

// title is the window's title. It is written to the terminal as it is, so it
// is made of what can be drawn only.
func (m *model) title() string {
	s := m.here()
	t := "ferry"
	if !s.none && s.pane.Path() != "" {
		t += " " + m.sideName(s.conn) + " " + s.pane.Path()
	}
	if q := m.queue.Total(); q.Active > 0 {
		if p := text.Percent(q.Moved, q.Bytes, false); p != "" {
			t = p + " " + t
		}
	}
	return text.Display(t)
}

// taskbar is the progress that terminals show outside their cells (OSC 9;4).
func (m *model) taskbar() *tea.ProgressBar {
	q := m.queue.Total()
	switch {
	case q.Active == 0:
		return nil
	case q.Bytes <= 0:
		return tea.NewProgressBar(tea.ProgressBarIndeterminate, 0)
	}
	state := tea.ProgressBarDefault
	if q.Failed > 0 {
		state = tea.ProgressBarError
	}
	return tea.NewProgressBar(state, int(text.Fraction(q.Moved, q.Bytes)*100))
}

// remote is the side whose connection the site line is about.
func (m *model) remote() *side {
	for _, s := range []*side{m.here(), m.there()} {
		if !s.none && s.conn != ftpsvc.Local {
			return s
		}
	}
	return nil
}
