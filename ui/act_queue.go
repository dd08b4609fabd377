package ui

import (
	"errors"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	"ferry/ui/action"
	"ferry/ui/dialog"
	qview "ferry/ui/queue"
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
		m.askCancel(qview.AskCancel{Items: []int64{it.ID}, Count: 1, Item: it})
		return nil
	}
	acts["cancel-all"] = func(m *model) tea.Cmd {
		m.open(dialog.Confirm(dialog.ConfirmForm{Name: "cancel-all", Title: "Cancel all", Text: "Cancel " +
			text.Plural(m.queue.Total().Open(), "transfer", "transfers") + "?\n" + m.cancelWarning("pause-all"), Yes: "Cancel all", Letter: 'c'}),
			func(dialog.Value) tea.Cmd {
				m.control(ftpsvc.Control{Op: ftpsvc.CancelItems, All: true}, "all transfers are canceled")
				return nil
			})
		return nil
	}
	acts["retry-failed"] = func(m *model) tea.Cmd {
		m.control(ftpsvc.Control{Op: ftpsvc.Retry, All: true}, text.Plural(m.queue.Total().Failed, "failed transfer is", "failed transfers are")+" tried again")
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

// actLimit asks for the rate limits over all and those of the server shown.
func (m *model) actLimit() tea.Cmd {
	var all, own dialog.Rates
	all.Down, all.Up = m.queue.Limits()
	server, conn := "", m.here().conn
	if conn != ftpsvc.Local && !m.here().none {
		server = m.sideName(conn)
		e := m.conns[conn].Endpoint
		own = dialog.Rates{Down: e.RateDown, Up: e.RateUp}
	}
	m.open(dialog.Limits(all, server, own), func(v dialog.Value) tea.Cmd {
		set := v.(dialog.LimitsSet)
		m.ask(ftpsvc.Limit{Down: set.All.Down, Up: set.All.Up}, "limit", func(any) tea.Cmd {
			m.say(good, "over all: "+ratesText(set.All))
			return nil
		})
		if set.Server != own {
			m.ask(ftpsvc.Limit{Conn: conn, Down: set.Server.Down, Up: set.Server.Up}, "limit", func(any) tea.Cmd {
				m.say(good, m.sideName(conn)+": "+ratesText(set.Server))
				return nil
			})
		}
		return nil
	})
	return nil
}

func ratesText(r dialog.Rates) string {
	one := func(n int64) string {
		if n == 0 {
			return "no limit"
		}
		return text.Rate(n)
	}
	if r.Down == r.Up {
		return one(r.Down)
	}
	return one(r.Down) + " down, " + one(r.Up) + " up"
}

// openQueue shows all transfers, the cursor on an item, 0 for none.
func (m *model) openQueue(item int64) tea.Cmd {
	if !m.isOpen(m.qfull) {
		m.qfull.OpenAt(item)
	}
	m.openView(m.qfull)
	return nil
}

// feedQueue asks for the page that the full view needs next.
func (m *model) feedQueue(q *qview.View) {
	page, ok := q.Need()
	if !ok {
		return
	}
	m.submit(page, "queue", func(ev ftpsvc.Event) tea.Cmd {
		switch e := ev.(type) {
		case ftpsvc.Done:
			rows, _ := e.Value.(ftpsvc.QueueRows)
			q.SetPage(page, rows)
		case ftpsvc.Failed:
			q.Missed()
			m.fail(e.Err)
		default:
			q.Missed()
		}
		return nil
	})
}

// queueIntent does what the full view of the queue reports.
func (m *model) queueIntent(i action.Intent) tea.Cmd {
	switch i := i.(type) {
	case ftpsvc.Control:
		m.control(i, "")
	case qview.Copy:
		m.say(good, "copied to the clipboard")
		return tea.SetClipboard(i.Text)
	case qview.Menu:
		return m.queueMenu(i)
	case qview.AskCancel:
		m.askCancel(i)
	case qview.AskPriority:
		m.askPriority(i)
	case qview.ShowLog:
		m.log.ShowItem(i.Item)
		return m.run("log-full")
	case qview.Jump:
		return m.jump(i.Item)
	}
	return nil
}

// cancelWarning tells what a cancel takes away, and which action does not.
func (m *model) cancelWarning(instead string) string {
	return "What came of it so far is deleted, and a retry begins anew. Pausing (" + m.hint(instead) + ") keeps it."
}

// askCancel asks before transfers are canceled. Of one that is not begun
// nothing is lost: it is canceled at once.
func (m *model) askCancel(i qview.AskCancel) {
	what, yes := text.Plural(i.Count, "transfer", "transfers"), "Cancel them"
	if i.Count == 1 {
		what, yes = qview.Name(i.Item), "Cancel it"
		if done, size := m.queue.Bytes(i.Item); size > 0 && done > 0 {
			what += " at " + text.Percent(done, size, false)
		}
	}
	cancel := func(dialog.Value) tea.Cmd {
		m.control(ftpsvc.Control{Op: ftpsvc.CancelItems, Items: i.Items}, "canceled "+what)
		return nil
	}
	if done, _ := m.queue.Bytes(i.Item); i.Count == 1 && done == 0 && i.Item.Kind != queue.KindTree {
		cancel(nil)
		return
	}
	instead := "pause-all"
	if m.view() != nil {
		instead = "item-pause"
	}
	m.open(dialog.Confirm(dialog.ConfirmForm{Name: "cancel-items", Title: "Cancel", Text: "Cancel " + what + "?\n" + m.cancelWarning(instead), Yes: yes, Letter: 'c'}), cancel)
}

func (m *model) askPriority(i qview.AskPriority) {
	check := func(s string) error {
		if _, err := strconv.Atoi(s); err != nil {
			return errors.New("a priority is a whole number; higher goes first")
		}
		return nil
	}
	m.open(dialog.Prompt(dialog.PromptForm{Name: "priority", Title: "Priority", About: "Higher goes first; 0 is usual.", Label: "Priority", Value: strconv.Itoa(i.Now), OK: "Set", Check: check}),
		func(v dialog.Value) tea.Cmd {
			n, _ := strconv.Atoi(v.(dialog.Text).Text)
			m.control(ftpsvc.Control{Op: ftpsvc.SetPriority, Items: i.Items, Value: int64(n)}, "")
			return nil
		})
}

// jump shows the folder of an item's target, and its lines in the log.
func (m *model) jump(it queue.Item) tea.Cmd {
	m.closeViews()
	m.log.ShowItem(it.ID)
	conn := ftpsvc.Conn(it.To)
	path := it.Target
	if it.State == queue.Failed && it.Target == "" {
		conn, path = ftpsvc.Conn(it.From), it.Source
	}
	s := m.here()
	for n, o := range m.cur().sides {
		if !o.none && o.conn == conn {
			s = o
			m.focus(n)
		}
	}
	if s.conn != conn || s.none {
		if conn != ftpsvc.Local && m.conns[conn].State != ftpsvc.Online {
			m.say(warn, m.sideName(conn)+" is not connected")
			return nil
		}
		m.show(s, conn, styleOf(m, conn).Dir(path))
		s.pane.Find(s.style.Base(path))
		return nil
	}
	m.list(s, s.style.Dir(path), s.style.Base(path), false)
	return nil
}

func styleOf(m *model, c ftpsvc.Conn) vfs.PathStyle {
	if c == ftpsvc.Local {
		return vfs.OS
	}
	return m.conns[c].Style
}
