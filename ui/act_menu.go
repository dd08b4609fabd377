package ui

import (
	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ui/action"
	logview "ferry/ui/log"
	"ferry/ui/menu"
	qview "ferry/ui/queue"
)

func init() {
	acts["menu"] = func(m *model) tea.Cmd {
		m.bar.Open(action.None)
		m.float(m.bar)
		return nil
	}
	acts["palette"] = func(m *model) tea.Cmd { m.float(menu.NewPalette(m.th, m.worksHere())); return nil }
	acts["help"] = func(m *model) tea.Cmd { m.float(menu.NewHelp(m.th, m.helpItems())); return nil }
	acts["context"] = func(m *model) tea.Cmd {
		r := m.lay.panes[m.cur().focus]
		y, _ := m.here().pane.RowY(m.here().pane.Cursor())
		return m.contextAt(r.x+4, r.y+y+1)
	}
	acts["log"] = func(m *model) tea.Cmd {
		if m.lay.log.h == 0 && m.logOn || m.h < tall || m.w < wide {
			return m.run("log-full")
		}
		m.logOn = !m.logOn
		m.arrange()
		return nil
	}
	acts["log-full"] = func(m *model) tea.Cmd { m.openView(m.log); return nil }
}

// widgetIntent does what one of the widgets wants beyond running an action.
func (m *model) widgetIntent(i action.Intent) tea.Cmd {
	switch i := i.(type) {
	case logview.Copy:
		m.say(good, "copied to the clipboard")
		return tea.SetClipboard(i.Text)
	case qview.Open:
		return m.openQueue(i.Item)
	}
	return m.queueIntent(i)
}

// logged keeps a line of the protocol log; a server's reply is also the last
// message under the panes.
func (m *model) logged(l ftpsvc.LogLine) {
	m.log.Add(l)
	if l.Dir == '<' {
		m.queue.SetMessage(l.Text)
		m.reply = l.Text
	}
}
