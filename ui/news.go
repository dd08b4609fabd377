package ui

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	"ferry/ui/dialog"
	"ferry/ui/pane"
	"ferry/ui/text"
)

// news takes a batch of the service, in order.
func (m *model) news(b ftpsvc.Batch) tea.Cmd {
	var cmds []tea.Cmd
	for _, ev := range b.Events {
		cmds = append(cmds, m.event(ev))
	}
	if b.Queue != nil {
		m.qfull.Changed()
	}
	if m.queue.Apply(b) {
		m.countQuestions()
		m.showActive()
		cmds = append(cmds, m.queueEnded())
	}
	m.each(func(s *side) { s.pane.SetNow(m.now()) })
	return tea.Batch(append(cmds, m.tick())...)
}

func (m *model) event(ev ftpsvc.Event) tea.Cmd {
	switch e := ev.(type) {
	case ftpsvc.Rows:
		switch e.Pane {
		case completionPane:
			m.completed(e)
		case findPane:
			m.foundRows(e)
		default:
			if s := m.byID(e.Pane); s != nil {
				if e.Anew {
					s.pane.Anew(e.Gen)
				}
				s.pane.Add(e.Gen, e.Batch)
			}
		}
	case ftpsvc.Done:
		return m.answer(e.ID, ev, true)
	case ftpsvc.Failed:
		return m.answer(e.ID, ev, true)
	case ftpsvc.Canceled:
		return m.answer(e.ID, ev, true)
	case ftpsvc.Counted:
		return m.answer(e.ID, ev, false)
	case ftpsvc.ConnChanged:
		return m.connChanged(e.Info)
	case ftpsvc.Asked:
		return m.asked(e.Question)
	case ftpsvc.Withdrawn:
		if d := m.dialogs.Find(func(d *dialog.Dialog) bool { return d.Tag == questionTag(e.Question) }); d != nil {
			m.dialogs.Close(d, m.now())
		}
	case ftpsvc.Changed:
		return m.changedAt(e.Conn, e.Path)
	case ftpsvc.Logged:
		m.logged(e.Line)
	case ftpsvc.ItemDone:
		m.itemDone(e.Item)
	case ftpsvc.Notice:
		who := ""
		if e.Conn != ftpsvc.Local {
			who = m.sideName(e.Conn) + ": "
		}
		m.say(warn, who+e.Text)
	}
	return nil
}

func (m *model) answer(id ftpsvc.ID, ev ftpsvc.Event, final bool) tea.Cmd {
	r := m.pending[id]
	if r == nil {
		return nil
	}
	if final {
		delete(m.pending, id)
	}
	if r.done == nil {
		return nil
	}
	return r.done(ev)
}

// connChanged keeps what the site line shows, and tells what the user must know.
func (m *model) connChanged(i ftpsvc.ConnInfo) tea.Cmd {
	old, had := m.conns[i.Conn]
	m.conns[i.Conn] = i
	m.entitle()
	name := m.sideName(i.Conn)
	if had && old.State == i.State {
		return nil
	}
	switch i.State {
	case ftpsvc.Online:
		again := m.lost[i.Conn]
		delete(m.lost, i.Conn)
		if again {
			m.say(good, name+": connected again")
		}
		m.each(func(s *side) { // what was not read to its end is read anew
			if s.conn == i.Conn && !s.none && (again || !s.pane.Complete()) {
				m.reread(s)
			}
		})
	case ftpsvc.Offline:
		delete(m.lost, i.Conn)
	case ftpsvc.Lost:
		m.lost[i.Conn] = true
		m.say(bad, name+": connection lost"+because(i.Err)+"; "+m.hint("reconnect")+" connects again")
	case ftpsvc.Retrying:
		m.lost[i.Conn] = true
		m.say(bad, name+": connection lost"+because(i.Err)+"; trying again")
	}
	return nil
}

func because(err error) string {
	if err == nil || err == vfs.ErrConnLost {
		return ""
	}
	return ": " + err.Error()
}

// questionTag marks a dialog as the question of that number.
type questionTag ftpsvc.ID

// asked opens the dialog of a question; it opened by itself, so typed-ahead
// keys do not answer it.
func (m *model) asked(q ftpsvc.Question) tea.Cmd {
	var d *dialog.Dialog
	switch q.Kind {
	case ftpsvc.AskPassword, ftpsvc.AskPasswordQueue:
		d = dialog.Password(q, m.opt.Book != nil && m.opt.Book.CanKeep())
	case ftpsvc.AskAccount:
		d = dialog.Account(q)
	case ftpsvc.AskCertificate:
		d = dialog.Certificate(q.Cert, m.sideName(q.Conn), m.now())
	case ftpsvc.AskClearText:
		d = dialog.ClearText(q.Endpoint)
	case ftpsvc.AskTLSAlarm:
		d = dialog.TLSAlarm(q.Endpoint)
	case ftpsvc.AskConflict:
		d = dialog.Conflict(q, m.now())
	default:
		m.api.Submit(ftpsvc.Answer{Question: q.ID})
		return nil
	}
	m.questions[q.ID] = q
	m.surface(d, questionTag(q.ID))
	if m.blurred {
		return bell
	}
	return nil
}

// countQuestions tells each question about a target how many more of its job
// ask by now: the first is asked before the others are met.
func (m *model) countQuestions() {
	m.dialogs.Find(func(d *dialog.Dialog) bool {
		if id, ok := d.Tag.(questionTag); ok {
			q := m.questions[ftpsvc.ID(id)]
			d.SetOthers(max(m.queue.Asking(q.Item.Job)-1, int64(q.Others)))
		}
		return false
	})
}

// answered sends the answer to a question.
func (m *model) answered(a dialog.Answer) tea.Cmd {
	id := ftpsvc.ID(a.Tag.(questionTag))
	q := m.questions[id]
	delete(m.questions, id)
	r := ftpsvc.Answer{Question: id}
	var cmd tea.Cmd
	switch v := a.Value.(type) {
	case dialog.PasswordGiven:
		r.Value = v.Password
		if v.Remember && m.opt.Book != nil {
			book, e := m.opt.Book, q.Endpoint
			cmd = func() tea.Msg { return doneMsg{err: book.SavePassword(e, v.Password)} }
		}
	case dialog.ConflictAnswer:
		r.Value, r.Rest = v.Do, v.Rest
	case dialog.Text:
		r.Value = v.Text
	case dialog.Yes:
		r.Value = true
	case nil: // to a conflict it cancels the batch
		r.Rest = q.Kind == ftpsvc.AskConflict
	default:
		r.Value = v
	}
	m.api.Submit(r)
	return cmd
}

// showActive tells each pane which of its entries a transfer is making.
func (m *model) showActive() {
	m.each(func(s *side) {
		if s.none {
			return
		}
		var notes map[string]pane.ActiveNote
		for _, it := range m.queue.Active() {
			if ftpsvc.Conn(it.To) != s.conn || s.style.Dir(it.Target) != s.pane.Path() {
				continue
			}
			if notes == nil {
				notes = map[string]pane.ActiveNote{}
			}
			sign := m.th.Glyphs.Down
			if it.Upload() {
				sign = m.th.Glyphs.Up
			}
			done, size := m.queue.Bytes(it)
			note := pane.ActiveNote{Sign: sign, Text: text.Percent(done, size, false)}
			if it.State == queue.Waiting {
				note = pane.ActiveNote{Sign: "?", Text: "waits"}
			}
			if it.Temp != "" {
				notes[s.style.Base(it.Temp)] = note
			}
			notes[s.style.Base(it.Target)] = note
		}
		s.pane.SetActive(notes)
	})
}

// itemDone counts what ended, and says what failed.
func (m *model) itemDone(it queue.Item) {
	switch it.State {
	case queue.Failed:
		m.ended.failed++
		m.say(bad, it.Err)
	case queue.Done, queue.Skipped:
		if it.Kind == queue.KindTree {
			return // its files count
		}
		if it.State == queue.Skipped {
			m.ended.skipped++
		} else {
			m.ended.done++
		}
	}
}

// queueEnded rings when the last transfer ended and nobody looks.
func (m *model) queueEnded() tea.Cmd {
	t := m.queue.Total()
	busy := t.Active+t.Waiting > 0
	was, canceled := m.ended.was, t.Canceled-m.ended.canceled
	if m.ended.was = busy; !busy || !was {
		m.ended.canceled = t.Canceled
	}
	if busy || !was {
		return nil
	}
	said := m.endText(canceled)
	m.ended.done, m.ended.skipped, m.ended.failed = 0, 0, 0
	if m.quitting {
		return tea.Quit
	}
	return m.atEnd(said)
}

// endText says what came of all that was at work, and returns it.
func (m *model) endText(canceled int64) string {
	e := m.ended
	if e.failed > 0 {
		said := text.Plural(e.failed, "transfer failed", "transfers failed")
		if m.view() == m.qfull { // which shows why
			m.say(bad, said)
		} else {
			m.say(bad, said+"; "+m.hint("queue")+" shows why")
		}
		return said
	}
	var parts []string
	for _, p := range []struct {
		n    int64
		what string
	}{{e.done, "done"}, {e.skipped, "skipped"}, {canceled, "canceled"}} {
		switch {
		case p.n <= 0:
		case parts == nil:
			parts = append(parts, text.Plural(p.n, "transfer "+p.what, "transfers "+p.what))
		default:
			parts = append(parts, text.Count(p.n)+" "+p.what)
		}
	}
	said, k := strings.Join(parts, ", "), good
	if canceled > 0 {
		k = info
	}
	m.say(k, said)
	return said
}

// atEnd rings, notifies or runs what the settings say; a bell rings too when
// nobody looks.
func (m *model) atEnd(said string) tea.Cmd {
	t := m.opt.Config.Transfer
	switch {
	case t.AtEnd == "command" && len(t.AtEndCommand) > 0:
		return func() tea.Msg {
			c := exec.Command(t.AtEndCommand[0], t.AtEndCommand[1:]...)
			if out, err := c.CombinedOutput(); err != nil {
				return doneMsg{err: fmt.Errorf("run %q: %w: %s", t.AtEndCommand[0], err, bytes.TrimSpace(out))}
			}
			return doneMsg{}
		}
	case t.AtEnd == "notify":
		return tea.Raw(text.Notify(said, os.Getenv))
	case m.blurred || t.AtEnd == "bell":
		return bell
	}
	return nil
}

// bell rings the terminal's bell.
func bell() tea.Msg { return tea.Raw("\a")() }

const (
	// bigFolder is from how many entries on a folder is not read again at each change.
	bigFolder = 5000
	bigEvery  = 4 * time.Second
)

// changedAt reads a folder again that panes show; a big one after a while, so
// that a change that goes on does not keep its server busy with listings.
func (m *model) changedAt(c ftpsvc.Conn, path string) tea.Cmd {
	var cmds []tea.Cmd
	m.each(func(s *side) {
		if s.conn != c || s.none || s.pane.Path() != path {
			return
		}
		if s.pane.Len() < bigFolder || !s.later && m.now().Sub(s.read) > bigEvery {
			m.reread(s)
			return
		}
		if !s.later {
			s.later = true
			id := s.id
			cmds = append(cmds, tea.Tick(bigEvery, func(time.Time) tea.Msg { return rereadMsg{id} }))
		}
	})
	return tea.Batch(cmds...)
}

// reread asks for the listing again, at most one at a time for a pane.
func (m *model) reread(s *side) {
	if s.list != 0 {
		s.again = true
		return
	}
	m.list(s, s.pane.Path(), "", false)
}

// list asks for a folder; the answer goes to the pane if it still waits for it.
func (m *model) list(s *side, path, name string, refresh bool) {
	if s.none || path == "" && s.conn != ftpsvc.Local {
		return
	}
	gen := s.pane.Go(path, name)
	if s.list != 0 {
		m.api.Submit(ftpsvc.Cancel{ID: s.list})
	}
	s.again = false
	conn := s.conn
	var id ftpsvc.ID
	id = m.submit(ftpsvc.List{Conn: conn, Path: path, Pane: s.id, Gen: gen, Refresh: refresh, Anew: true}, "list", func(ev ftpsvc.Event) tea.Cmd {
		if s.list == id {
			s.list = 0
		}
		return m.listed(s, conn, gen, ev)
	})
	s.list = id
}

func (m *model) listed(s *side, conn ftpsvc.Conn, gen uint64, ev ftpsvc.Event) tea.Cmd {
	switch e := ev.(type) {
	case ftpsvc.Done:
		li, _ := e.Value.(vfs.ListInfo)
		s.pane.Finish(gen, li)
		s.read = m.now()
		if s.pane.Gen() == gen && s.conn == conn {
			m.offerCharset(conn, li.BadText)
			m.arrived(s)
		}
	case ftpsvc.Failed:
		s.pane.Fail(gen, e.Err)
		if s.pane.Gen() == gen {
			m.fail(e.Err)
		}
	case ftpsvc.Canceled:
		s.pane.Stop(gen)
	}
	if s.again && s.list == 0 && s.pane.Gen() == gen {
		m.reread(s)
	}
	return m.compareAgain()
}

// arrived does what follows a listing: the free space, and following the
// folder where it is local.
func (m *model) arrived(s *side) {
	path := s.pane.Path()
	if s.home == "" && s.conn == ftpsvc.Local {
		s.home = path
		s.pane.SetSide("Local", vfs.OS, userHome())
	}
	if s.conn == ftpsvc.Local && s.watch != path {
		s.watch = path
		m.submit(ftpsvc.Watch{Pane: s.id, Path: path}, "watch", nil)
	}
	m.showActive()
	if !m.caps(s).Space {
		s.pane.SetNotes(m.notes(s, ""))
		return
	}
	gen := s.pane.Gen()
	m.submit(ftpsvc.Space{Conn: s.conn, Path: path}, "space", func(ev ftpsvc.Event) tea.Cmd {
		if e, ok := ev.(ftpsvc.Done); ok && s.pane.Gen() == gen {
			if n, ok := e.Value.(int64); ok {
				s.pane.SetNotes(m.notes(s, "free "+text.Size(n)))
			}
		}
		return nil
	})
}

// notes are the texts at a pane's lower edge.
func (m *model) notes(s *side, free string) pane.Notes {
	n := pane.Notes{Free: free}
	for _, t := range m.tabs {
		if t.sides[0] != s && t.sides[1] != s {
			continue
		}
		switch {
		case t.compare && t.sync:
			n.Extra = "compare, sync"
		case t.compare:
			n.Extra = "compare"
		case t.sync:
			n.Extra = "sync"
		}
	}
	return n
}
