package ui

import (
	tea "charm.land/bubbletea/v2"

	"ferry/config"
	"ferry/ftpsvc"
	"ferry/ui/dialog"
	"ferry/ui/theme"
)

func init() {
	acts["other-pane"] = func(m *model) tea.Cmd { m.focus(1 - m.cur().focus); return nil }
	acts["swap-panes"] = func(m *model) tea.Cmd {
		t := m.cur()
		t.sides[0], t.sides[1] = t.sides[1], t.sides[0]
		m.focus(1 - t.focus)
		return m.compareAgain()
	}
	acts["full-pane"] = func(m *model) tea.Cmd { m.cur().full = !m.cur().full; m.arrange(); return nil }
	acts["split-left"] = func(m *model) tea.Cmd { m.setSplit(m.split - 5); return nil }
	acts["split-right"] = func(m *model) tea.Cmd { m.setSplit(m.split + 5); return nil }
	acts["split-even"] = func(m *model) tea.Cmd { m.setSplit(50); return nil }
	acts["mouse"] = func(m *model) tea.Cmd {
		m.mouseOff = !m.mouseOff
		if m.mouseOff {
			m.say(info, "mouse off: the terminal selects text; "+m.hint("mouse")+" switches it on again")
		} else {
			m.say(info, "mouse on")
		}
		return nil
	}
	acts["theme"] = (*model).actTheme
	acts["redraw"] = func(m *model) tea.Cmd {
		m.each(func(s *side) { s.pane.Redraw() })
		return tea.ClearScreen
	}
	acts["suspend"] = func(*model) tea.Cmd { return tea.Suspend }
	acts["quit"] = (*model).actQuit
	acts["cancel"] = (*model).actCancel
	acts["messages"] = func(m *model) tea.Cmd {
		lines := make([]string, 0, len(m.messages))
		for i := len(m.messages) - 1; i >= 0; i-- {
			lines = append(lines, m.messages[i].at.Format("15:04:05  ")+m.messages[i].text)
		}
		m.open(dialog.Lines("messages", "Last messages", "", lines), nil)
		return nil
	}
	acts["about"] = func(m *model) tea.Cmd {
		about := "A file manager with two panes for this machine and FTP servers.\nMIT licence."
		if m.opt.Settings != nil {
			about += "\nSettings: " + m.opt.Settings.File()
		}
		m.open(dialog.Message("ferry "+m.opt.Version, about, m.hint("help")+" lists all that can be done, "+m.hint("settings")+" opens the settings, "+m.hint("change-key")+" changes a key."), nil)
		return nil
	}
	acts["new-tab"] = func(m *model) tea.Cmd {
		from := m.cur().sides[0]
		t := m.addTab()
		if from.conn == ftpsvc.Local && !from.none {
			m.list(t.sides[0], from.pane.Path(), "", false)
		} else {
			m.list(t.sides[0], "", "", false)
		}
		m.arrange()
		return nil
	}
	acts["next-tab"] = func(m *model) tea.Cmd { m.setTab(m.tab + 1); return nil }
	acts["prev-tab"] = func(m *model) tea.Cmd { m.setTab(m.tab - 1); return nil }
	acts["close-tab"] = func(m *model) tea.Cmd {
		for _, s := range m.cur().sides {
			if s.watch != "" {
				m.submit(ftpsvc.Watch{Pane: s.id}, "watch", nil)
			}
			if s.list != 0 {
				m.api.Submit(ftpsvc.Cancel{ID: s.list})
			}
		}
		m.tabs = append(m.tabs[:m.tab], m.tabs[m.tab+1:]...)
		m.setTab(min(m.tab, len(m.tabs)-1))
		return nil
	}
}

// focus gives the keys to a pane.
func (m *model) focus(n int) {
	m.cur().focus = n & 1
	m.arrange()
}

func (m *model) setTab(n int) {
	m.tab = (n + len(m.tabs)) % len(m.tabs)
	m.arrange()
}

func (m *model) setSplit(p int) {
	m.split = min(max(p, 10), 90)
	m.cur().full = false
	m.arrange()
}

func (m *model) actTheme() tea.Cmd {
	notes := map[string]string{"terminal": "follows the terminal's own colours", "dark": "for dark backgrounds", "light": "for light backgrounds"}
	rows, at := make([]dialog.Choice, len(theme.Names)), 0
	for i, n := range theme.Names {
		rows[i] = dialog.Choice{Label: n, Note: notes[n]}
		if n == m.th.Name {
			at = i
		}
	}
	m.open(dialog.Pick("theme", "Colours", rows, at, ""), func(v dialog.Value) tea.Cmd {
		name := theme.Names[v.(dialog.Picked).Index]
		m.setTheme(name)
		return m.keepSetting("colours: "+name, func(c *config.Config) { c.Screen.Theme = name })
	})
	return nil
}

// setTheme changes the look of everything: all widgets share one theme.
func (m *model) setTheme(name string) {
	next := theme.New(name, m.th.Glyphs.ASCII)
	next.Method = m.th.Method
	*m.th = *next
	m.each(func(s *side) { s.pane.Redraw() })
}

// actQuit asks while transfers run.
func (m *model) actQuit() tea.Cmd {
	t := m.queue.Total()
	if t.Active == 0 || !m.opt.Config.Confirm.Quit {
		return tea.Quit
	}
	pending := m.quitting
	m.quitting = false // unless it is chosen again
	m.open(dialog.Quit(dialog.QuitForm{Running: t.Active, Waiting: t.Waiting, Pending: pending, Demo: m.opt.Demo}), func(v dialog.Value) tea.Cmd {
		if _, ok := v.(dialog.QuitNow); ok {
			return tea.Quit
		}
		m.quitting = true
		m.say(info, "ferry ends when the queue is empty; "+m.hint("quit")+" takes that back, or leaves at once")
		return nil
	})
	return nil
}

// actCancel backs out one level: a range, a listing or a connect that runs, the filter. With
// nothing to close, Esc and a digit make a function key.
func (m *model) actCancel() tea.Cmd {
	s := m.here()
	sp := s.pane.Spec()
	switch {
	case s.pane.InRange():
		s.pane.CancelRange()
	case m.finding != nil:
		m.api.Submit(ftpsvc.Cancel{ID: m.finding.id})
		m.showFound()
	case s.list != 0:
		m.api.Submit(ftpsvc.Cancel{ID: s.list})
		m.say(warn, "reading the folder was stopped")
	case m.dialling(s):
		m.hangUp(s)
	case sp.Filter != "":
		sp.Filter = ""
		s.pane.SetSpec(sp)
	default:
		m.escAt = m.now()
	}
	return nil
}
