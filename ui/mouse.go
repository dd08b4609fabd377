package ui

import (
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/menu"
	"ferry/ui/pane"
)

const (
	doubleClick = 400 * time.Millisecond
	wheelRows   = 3
	edgeEvery   = 80 * time.Millisecond // a row, while a drag is held at an edge
)

// click is the last one, to know a double click.
type click struct {
	at   time.Time
	x, y int
}

// dragging is a press that may become a drag.
type dragging struct {
	from   *side
	sel    []pane.MarkedEntry
	x0, y0 int
	x, y   int
	live   bool // moved far enough
	border bool // the border between the panes
	label  string
	hint   string
	to     *side // where a drop would go, nil nowhere
	dir    string
	edge   int // scrolling: -1 up, 1 down
	n      int // of the edge timer
}

// mouse routes the mouse: dialogs first, then what floats, then the parts of
// the screen.
func (m *model) mouse(msg tea.MouseMsg) tea.Cmd {
	e := msg.Mouse()
	if !m.dialogs.Empty() {
		if a, ok := m.dialogs.Mouse(msg, m.now()); ok {
			return m.dialogAnswer(a)
		}
		return nil
	}
	if m.over != nil {
		cmd := m.intent(m.over.Mouse(msg))
		if m.over == floating(m.bar) && !m.bar.IsOpen() {
			m.over = nil
		}
		return cmd
	}
	if v := m.view(); v != nil {
		return m.viewMouse(v, msg)
	}
	switch msg.(type) {
	case tea.MouseClickMsg:
		m.seen, m.notice = len(m.messages), ""
		return m.press(msg, e)
	case tea.MouseMotionMsg:
		return m.motion(e)
	case tea.MouseReleaseMsg:
		return m.release(e)
	case tea.MouseWheelMsg:
		m.wheel(e)
	}
	return nil
}

// sideAt is the pane under the pointer, and the place within it.
func (m *model) sideAt(x, y int) (n int, px, py int) {
	for i, r := range m.lay.panes {
		if r.w > 0 && r.has(x, y) {
			return i, x - r.x, y - r.y
		}
	}
	return -1, 0, 0
}

func (m *model) press(msg tea.MouseMsg, e tea.Mouse) tea.Cmd {
	switch {
	case m.lay.menu.has(e.X, e.Y):
		m.bar.Mouse(msg)
		if m.bar.IsOpen() {
			m.over = m.bar
		}
	case m.lay.site.has(e.X, e.Y):
		return m.spanAt(m.siteSpans, e.X)
	case m.lay.keys.has(e.X, e.Y):
		return m.spanAt(m.keySpans, e.X)
	case m.lay.queue.has(e.X, e.Y):
		return m.intent(m.strip.Mouse(shift(msg, -m.lay.queue.x, -m.lay.queue.y)))
	case m.lay.log.has(e.X, e.Y):
		return m.run("log-full")
	case m.lay.status.has(e.X, e.Y) && m.dialogs.Waiting() > 0:
		m.endFilter()
		m.here().pane.EndSearch()
		return nil
	case m.lay.status.has(e.X, e.Y):
		return m.run("messages")
	}
	if n, x, y := m.sideAt(e.X, e.Y); n >= 0 {
		return m.pressPane(n, x, y, e)
	}
	return nil
}

func (m *model) spanAt(spans []span, x int) tea.Cmd {
	for _, s := range spans {
		if x >= s.x0 && x < s.x1 {
			if s.tab >= 0 && s.run == "" {
				m.setTab(s.tab)
				return nil
			}
			if s.run != "" {
				return m.run(s.run)
			}
		}
	}
	return nil
}

// shift moves a mouse message to the coordinates of a part.
func shift(msg tea.MouseMsg, dx, dy int) tea.MouseMsg {
	e := msg.Mouse()
	e.X += dx
	e.Y += dy
	switch msg.(type) {
	case tea.MouseClickMsg:
		return tea.MouseClickMsg(e)
	case tea.MouseReleaseMsg:
		return tea.MouseReleaseMsg(e)
	case tea.MouseMotionMsg:
		return tea.MouseMotionMsg(e)
	}
	return tea.MouseWheelMsg(e)
}

func (m *model) pressPane(n, x, y int, e tea.Mouse) tea.Cmd {
	if !m.lay.single && e.Button == tea.MouseLeft && (n == 0 && x == m.lay.panes[0].w-1 || n == 1 && x == 0) {
		m.drag = &dragging{border: true, x0: e.X, y0: e.Y, x: e.X, y: e.Y}
		return nil
	}
	m.endFilter()
	s := m.cur().sides[n]
	m.focus(n)
	hit := s.pane.Hit(x, y)
	if e.Button == tea.MouseRight {
		if hit.Spot == pane.OnRow {
			s.pane.MoveTo(hit.Row)
		}
		return m.contextAt(e.X, e.Y)
	}
	if e.Button != tea.MouseLeft {
		return nil
	}
	switch hit.Spot {
	case pane.OnHeader:
		sortBy(s.pane, hit.Key)
	case pane.OnSegment:
		if !s.none {
			m.ascend(s, hit.Path)
		}
	case pane.OnRow:
		return m.pressRow(s, hit.Row, e)
	case pane.OnEmpty:
		if s.none {
			return m.run("connect")
		}
	}
	return nil
}

func (m *model) pressRow(s *side, row int, e tea.Mouse) tea.Cmd {
	double := m.double(e)
	switch {
	case e.Mod.Contains(tea.ModCtrl):
		s.pane.MoveTo(row)
		s.pane.Toggle(row)
		return nil
	case e.Mod.Contains(tea.ModShift):
		s.pane.MarkTo(row)
		return nil
	case double:
		s.pane.MoveTo(row)
		return m.run("open")
	}
	marked := s.pane.RowMarked(row)
	s.pane.MoveTo(row)
	entry, ok := s.pane.At(row)
	if !ok {
		return nil
	}
	sel := []pane.MarkedEntry{{Dir: s.pane.Path(), Entry: entry}}
	if marked {
		sel = s.pane.Marked()
	}
	m.drag = &dragging{from: s, sel: sel, x0: e.X, y0: e.Y, x: e.X, y: e.Y}
	return nil
}

func (m *model) motion(e tea.Mouse) tea.Cmd {
	d := m.drag
	if d == nil {
		return nil
	}
	d.x, d.y = e.X, e.Y
	if d.border {
		if e.X != d.x0 || d.live {
			d.live = true
			m.setSplit((e.X*100 + m.w/2) / max(m.w, 1))
			d.hint = "drag the border: the left pane has " + percent(m.split)
		}
		return nil
	}
	if !d.live && abs(e.X-d.x0)+abs(e.Y-d.y0) < 2 {
		return nil
	}
	d.live = true
	return m.dragOver(e)
}

// dragOver finds out what a drop here would do, and says it.
func (m *model) dragOver(e tea.Mouse) tea.Cmd {
	d := m.drag
	for _, s := range m.cur().sides {
		s.pane.SetDrop(false, -1)
	}
	verb := "copy"
	if e.Mod.Contains(tea.ModCtrl) {
		verb = "move"
	}
	d.to, d.dir = nil, ""
	d.label = verb + " " + what(d.sel)
	d.hint = "drop on the other pane, or on a folder   Ctrl at the drop moves   Esc aborts"
	n, x, y := m.sideAt(e.X, e.Y)
	if n < 0 {
		d.edge = 0
		return nil
	}
	s := m.cur().sides[n]
	row := -1
	if h := s.pane.Hit(x, y); h.Spot == pane.OnRow {
		row = h.Row
	}
	m.dropTarget(s, row)
	if d.to != nil {
		d.hint = m.dropHint(verb, m.sideName(s.conn))
	}
	edge := 0
	if y <= 1 {
		edge = -1
	} else if y >= m.lay.panes[n].h-1 {
		edge = 1
	}
	if edge != 0 && edge != d.edge {
		d.edge = edge
		d.n++
		return m.edgeTimer()
	}
	d.edge = edge
	return nil
}

// dropHint says what a drop here does, the folder cut so that the keys are seen.
func (m *model) dropHint(verb, side string) string {
	d, th := m.drag, m.th.Method
	keys := "   (Ctrl: move, Esc: abort)"
	if verb == "move" {
		keys = "   (Esc: abort)"
	}
	room := m.w - 2 - len(keys)
	head := th.CutMiddle(th.Display(verb+" "+what(d.sel)+" to "+side), room*2/3)
	return head + " " + th.CutLeft(th.Display(d.dir), max(room-th.Width(head)-1, 8)) + keys
}

// dropTarget decides which folder a drop on a row of a side means.
func (m *model) dropTarget(s *side, row int) {
	d := m.drag
	if s.none {
		d.hint = "this pane is empty: nothing can be dropped here"
		return
	}
	dir := s.pane.Path()
	target := -1
	if e, ok := s.pane.At(row); ok && e.IsDir() && !m.dragged(s, e.Name) {
		dir, target = s.style.Join(dir, e.Name), row
	} else if !ok && row == 0 && s.pane.Path() != s.style.Dir(dir) {
		dir, target = s.style.Dir(dir), row
	}
	if s == d.from && target < 0 {
		return
	}
	if why := m.unreachable(s); why != "" {
		d.hint = why
		return
	}
	d.to, d.dir = s, dir
	s.pane.SetDrop(true, target)
}

func (m *model) dragged(s *side, name string) bool {
	for _, e := range m.drag.sel {
		if s == m.drag.from && e.Entry.Name == name && e.Dir == s.pane.Path() {
			return true
		}
	}
	return false
}

func (m *model) edgeTimer() tea.Cmd {
	n := m.drag.n
	return tea.Tick(edgeEvery, func(time.Time) tea.Msg { return scrollMsg{n} })
}

// edgeScroll scrolls the pane under a drag that is held at its edge.
func (m *model) edgeScroll(n int) tea.Cmd {
	d := m.drag
	if d == nil || !d.live || d.edge == 0 || d.n != n {
		return nil
	}
	if i, _, _ := m.sideAt(d.x, d.y); i >= 0 {
		m.cur().sides[i].pane.Scroll(d.edge)
	}
	return m.edgeTimer()
}

// endDrag forgets a drag and its marks on the screen.
func (m *model) endDrag() *dragging {
	for _, s := range m.cur().sides {
		s.pane.SetDrop(false, -1)
	}
	return nil
}

func (m *model) release(e tea.Mouse) tea.Cmd {
	d := m.drag
	if d == nil {
		return nil
	}
	m.drag = m.endDrag()
	if !d.live || d.border || d.to == nil {
		return nil
	}
	move := e.Mod.Contains(tea.ModCtrl)
	if !m.opt.Config.Confirm.DragDrop {
		o := m.copyOptions(d.to.conn)
		o.Move = move
		m.startCopy(d.from, d.to.conn, d.sel, d.dir, "", o)
		return nil
	}
	return m.askCopyOf(d.from, d.to, d.sel, d.dir, move)
}

func (m *model) wheel(e tea.Mouse) {
	by := wheelRows
	if e.Button == tea.MouseWheelUp {
		by = -wheelRows
	} else if e.Button != tea.MouseWheelDown {
		return
	}
	if n, _, _ := m.sideAt(e.X, e.Y); n >= 0 {
		m.cur().sides[n].pane.Scroll(by)
	}
}

// contextAt opens the menu of the entry at a place of the screen.
func (m *model) contextAt(x, y int) tea.Cmd {
	s := m.here()
	title := m.sideName(s.conn)
	if sel := s.pane.Selection(); len(sel) > 0 && !s.none {
		title = what(sel)
	}
	m.float(menu.NewContext(m.th, title, m.worksHere(), x, y))
	return nil
}

// float shows what lies over the screen until it is closed.
func (m *model) float(f floating) {
	f.SetSize(m.w, m.h)
	m.over = f
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

func percent(n int) string { return strconv.Itoa(n) + " %" }
