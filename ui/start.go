package ui

import (
	tea "charm.land/bubbletea/v2"
)

// start opens the local pane, and the server or the dialog that asks for one.
func (m *model) start() tea.Cmd {
	t := m.cur()
	m.list(t.sides[0], m.opt.Local, "", false)
	cmd := m.readBook(nil)
	switch {
	case m.opt.Connect != nil:
		return tea.Batch(cmd, m.goTo(t.sides[1], *m.opt.Connect, m.opt.Password, m.opt.HasPassword))
	case !m.opt.Quiet:
		return tea.Batch(cmd, m.askConnect(m.remoteSide(), m.newEndpoint(), ""))
	}
	return cmd
}
