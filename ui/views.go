package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ui/action"
	"ferry/ui/menu"
	qview "ferry/ui/queue"
)

// filling is a view that covers the panes: the queue, the log, a file. Its
// keys come from the registry, as those of the panes do.
type filling interface {
	SetSize(w, h int)
	Full(said string) []string // said: what stands at the lower edge in place of the hints, styled
	Place() action.Place
	// Act finds what an action does in the view, nil when that is not the
	// view's business, and why it cannot be done now.
	Act(name string) (do func() action.Intent, why string)
	Typing() bool // a line of the view takes all keys
	Key(tea.KeyPressMsg)
	Mouse(tea.MouseMsg) action.Intent
	Paste(string) action.Intent
	Cursor() *tea.Cursor
}

// view is the view on top, nil when the panes are seen.
func (m *model) view() filling {
	if n := len(m.views); n > 0 {
		return m.views[n-1]
	}
	return nil
}

// place is where keys go: the panes, or the view on top.
func (m *model) place() action.Place {
	if v := m.view(); v != nil {
		return v.Place()
	}
	return action.Panes
}

// openView puts a view on top. One that is open already is not opened twice: those
// above it are closed.
func (m *model) openView(v filling) {
	if m.isOpen(v) {
		for m.view() != v {
			m.closeView()
		}
		return
	}
	v.SetSize(m.w, m.h)
	m.views = append(m.views, v)
}

func (m *model) isOpen(v filling) bool { return slices.Contains(m.views, v) }

// closeView closes the view on top, and cancels what it still waits for.
func (m *model) closeView() {
	v := m.view()
	if v == nil {
		return
	}
	if f, ok := v.(*viewing); ok && f.read != 0 {
		m.api.Submit(ftpsvc.Cancel{ID: f.read})
	}
	m.views = m.views[:len(m.views)-1]
}

func (m *model) closeViews() {
	for len(m.views) > 0 {
		m.closeView()
	}
}

// viewRows draws the view on top. What has been said and not been read yet
// stands at its lower edge.
func (m *model) viewRows(v filling) []string {
	said := ""
	if m.prefix != "" || m.fresh() || m.notice != "" {
		text, style := m.statusText()
		said = style.Render(m.th.Method.Cut(m.th.Method.Display(text), max(m.w-6, 1)))
	}
	rows := v.Full(said)
	if n := len(rows); n > m.h && m.h > 0 { // the lower edge says most
		rows = append(rows[:m.h-1:m.h-1], rows[n-1])
	}
	return rows
}

// worksHere are the actions that work where the keys go now, in a view its own first.
func (m *model) worksHere() []action.Item {
	all := action.All()
	if m.view() != nil {
		all = action.ByTask()
	}
	var own, rest []*action.Action
	for _, a := range all {
		switch {
		case a.In&m.place() == 0:
		case m.view() != nil && a.In&action.Panes == 0:
			own = append(own, a)
		default:
			rest = append(rest, a)
		}
	}
	return m.items(append(own, rest...))
}

// helpItems are what the help lists: in a view what works there, on the panes all.
func (m *model) helpItems() []action.Item {
	if m.view() != nil {
		return m.worksHere()
	}
	return m.items(action.ByTask())
}

// elsewhere tells where an action works that does not work here, "" for one that does.
func (m *model) elsewhere(a *action.Action) string {
	if a.In&m.place() != 0 {
		return ""
	}
	switch {
	case a.In&action.Panes != 0:
		return "this works on the panes: " + m.hint("close-view") + " goes back to them"
	case a.In&action.QueueView != 0:
		return "this works in the view of the queue: " + m.hint("queue") + " opens it"
	case a.In&action.LogView != 0:
		return "this works in the view of the log: " + m.hint("log-full") + " opens it"
	}
	return "this works while a file is viewed: " + m.hint("view") + " shows the one under the cursor"
}

// viewMouse gives the mouse to the view on top.
func (m *model) viewMouse(v filling, msg tea.MouseMsg) tea.Cmd {
	if _, ok := msg.(tea.MouseClickMsg); ok {
		m.seen, m.notice = len(m.messages), ""
	}
	switch i := v.Mouse(msg).(type) {
	case qview.Clicked:
		if m.double(msg.Mouse()) {
			return m.run("item-folder")
		}
		return nil
	default:
		return m.intent(i)
	}
}

// double reports whether a click is the second one in a place.
func (m *model) double(e tea.Mouse) bool {
	now := m.now()
	again := now.Sub(m.clicked.at) <= doubleClick && m.clicked.x == e.X && m.clicked.y == e.Y
	m.clicked = click{now, e.X, e.Y}
	if again {
		m.clicked = click{}
	}
	return again
}

// queueMenu opens the menu of the transfers that are meant.
func (m *model) queueMenu(i qview.Menu) tea.Cmd {
	var own []action.Item
	for _, it := range m.worksHere() {
		if it.In == action.QueueView {
			own = append(own, it)
		}
	}
	m.float(menu.NewContext(m.th, m.qfull.About(), own, i.X, i.Y))
	return nil
}

// hintsOf are hints for pairs of an action and a word; what no key runs is left out.
func (m *model) hintsOf(pairs ...string) (out []string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if h := m.keys.Hint(pairs[i], pairs[i+1]); h != "" {
			out = append(out, h)
		}
	}
	return out
}
