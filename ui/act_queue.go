package ui

import (
	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ui/action"
	"ferry/ui/dialog"
	"ferry/ui/text"
)

func init() {
	acts["queue"] = func(m *model) tea.Cmd { return m.openQueue(0) }
	acts["pause-all"] = func(m *model) tea.Cmd {
		op, said := ftpsvc.Pause, "all transfers are paused; "+m.hint("pause-all")+" goes on"
		if m.queue.Paused() {
			op, said = ftpsvc.Resume, "transfers go on"
		}
		m.control(ftpsvc.Control{Op: op, All: true}, said)
		return nil
	}
	acts["cancel-newest"] = func(m *model) tea.Cmd {
		it, ok := m.queue.Newest()
		if !ok {
			m.say(warn, "no transfer is running")
			return nil
		}
		m.control(ftpsvc.Control{Op: ftpsvc.CancelItems, Items: []int64{it.ID}}, "canceled "+it.Source)
		return nil
	}
	acts["cancel-all"] = func(m *model) tea.Cmd {
		t := m.queue.Total()
		m.open(dialog.Confirm(dialog.ConfirmForm{Name: "cancel-all", Title: "Cancel all", Text: "Cancel " +
			text.Plural(t.Active+t.Waiting, "transfer", "transfers") + "? What was begun can be retried and goes on from where it stopped.", Yes: "Cancel all", Letter: 'c'}),
			func(dialog.Value) tea.Cmd {
				m.control(ftpsvc.Control{Op: ftpsvc.CancelItems, All: true}, "all transfers are canceled")
				return nil
			})
		return nil
	}
	acts["retry-failed"] = func(m *model) tea.Cmd {
		m.control(ftpsvc.Control{Op: ftpsvc.Retry, All: true}, "what failed is tried again")
		return nil
	}
	acts["clear-finished"] = func(m *model) tea.Cmd {
		m.control(ftpsvc.Control{Op: ftpsvc.Clear, All: true}, "finished transfers are forgotten")
		return nil
	}
	acts["limit"] = (*model).actLimit
}

func (m *model) control(c ftpsvc.Control, said string) {
	m.ask(c, "queue", func(any) tea.Cmd {
		m.say(good, said)
		return nil
	})
}

// actLimit asks for the rate limit over all, in both directions.
func (m *model) actLimit() tea.Cmd {
	down, _ := m.queue.Limits()
	now := "0"
	if down > 0 {
		now = text.Size(down)
	}
	check := func(s string) error { _, err := dialog.ParseRate(s); return err }
	m.open(dialog.Prompt(dialog.PromptForm{Name: "limit", Title: "Limit the rate", About: "Bytes a second over all transfers, each direction: 500K, 2M; 0 for no limit",
		Label: "Limit", Value: now, OK: "Set", Check: check}), func(v dialog.Value) tea.Cmd {
		n, err := dialog.ParseRate(v.(dialog.Text).Text)
		if err != nil {
			m.fail(err)
			return nil
		}
		said := "no limit"
		if n > 0 {
			said = "limit " + text.Rate(n)
		}
		m.ask(ftpsvc.Limit{Down: n, Up: n}, "limit", func(any) tea.Cmd {
			m.say(good, said)
			return nil
		})
		return nil
	})
	return nil
}

// openQueue shows all transfers, the cursor on an item, 0 for none.
func (m *model) openQueue(item int64) tea.Cmd {
	return nil
}

// queueIntent does what the full view of the queue reports.
func (m *model) queueIntent(i action.Intent) tea.Cmd {
	return nil
}
