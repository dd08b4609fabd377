package ui

import (
	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ui/action"
	"ferry/ui/dialog"
	"ferry/ui/pane"
)

// acts is what each action does. It is filled in by the act_<verb>.go files.
var acts = map[string]func(*model) tea.Cmd{}

// answerFunc is the Tag of a dialog that the user opened: what to do with its answer.
type answerFunc func(dialog.Value) tea.Cmd

// run does an action, or says why it cannot be done.
func (m *model) run(name string) tea.Cmd {
	if why := m.disabled(name); why != "" {
		m.say(warn, why)
		return nil
	}
	if f := acts[name]; f != nil {
		return f(m)
	}
	return nil
}

// open shows a dialog and remembers what to do with its answer.
func (m *model) open(d *dialog.Dialog, then answerFunc) {
	d.Tag = then
	m.closeOver()
	m.prefix = ""
	m.dialogs.Open(d)
}

func (m *model) dialogAnswer(a dialog.Answer) tea.Cmd {
	switch tag := a.Tag.(type) {
	case questionTag:
		return m.answered(a)
	case answerFunc:
		if a.Value != nil && tag != nil {
			return tag(a.Value)
		}
	}
	return nil
}

// intent does what a widget reports.
func (m *model) intent(i action.Intent) tea.Cmd {
	switch i := i.(type) {
	case nil:
		return nil
	case action.Close:
		m.closeOver()
		return nil
	case action.Run:
		m.closeOver()
		return m.run(i.Name)
	}
	return m.widgetIntent(i)
}

// items are actions as menus show them here and now.
func (m *model) items(as []*action.Action) []action.Item {
	out := make([]action.Item, len(as))
	for i, a := range as {
		out[i] = action.Item{Action: a, Keys: m.keys.Keys(a.Name), Disabled: m.disabled(a.Name), State: m.state(a.Name)}
	}
	return out
}

// state is "on", "off" or a value for what is switched.
func (m *model) state(name string) string {
	onOff := func(b bool) string {
		if b {
			return "on"
		}
		return "off"
	}
	t, p := m.cur(), m.here().pane
	sorted := func(k pane.SortKey) string {
		if p.Spec().Key == k {
			return "on"
		}
		return ""
	}
	switch name {
	case "hidden":
		return onOff(p.Spec().Hidden)
	case "compare":
		return onOff(t.compare)
	case "sync":
		return onOff(t.sync)
	case "mouse":
		return onOff(!m.mouseOff)
	case "log":
		return onOff(m.logOn)
	case "full-pane":
		return onOff(t.full)
	case "pause-all":
		return onOff(m.queue.Paused())
	case "sort-reverse":
		return onOff(p.Spec().Reverse)
	case "sort-name":
		return sorted(pane.ByName)
	case "sort-ext":
		return sorted(pane.ByExt)
	case "sort-size":
		return sorted(pane.BySize)
	case "sort-date":
		return sorted(pane.ByDate)
	case "sort-owner":
		return sorted(pane.ByOwner)
	case "sort-none":
		return sorted(pane.Unsorted)
	}
	return ""
}

const (
	whyNoEntry  = "nothing is marked and the cursor is on no entry"
	whyNoServer = "this pane shows no server"
	whyOffline  = "not connected"
)

// disabled tells why an action cannot be done here and now, "" when it can.
func (m *model) disabled(name string) string {
	s, o := m.here(), m.there()
	selected := func() string {
		if s.none {
			return "this pane is empty: connect first"
		}
		if _, all, _ := s.pane.MarkCount(); all == 0 {
			if _, ok := s.pane.Current(); !ok {
				return whyNoEntry
			}
		}
		return m.unreachable(s)
	}
	entry := func() string {
		if _, ok := s.pane.Current(); !ok || s.none {
			return "the cursor is on no entry"
		}
		return ""
	}
	server := func() string {
		if s.none || s.conn == ftpsvc.Local {
			return whyNoServer
		}
		return ""
	}
	switch name {
	case "copy", "move":
		if o.none {
			return "the other pane is empty: " + m.hint("connect") + " connects it, " + m.hint("sites") + " shows the saved sites"
		}
		if why := m.unreachable(o); why != "" {
			return why
		}
		return selected()
	case "delete":
		return selected()
	case "rename", "view", "edit", "link", "yank-name", "yank-path", "mark-ext", "measure":
		why := entry()
		if name == "link" && why == "" && !m.caps(s).Symlink {
			return "the server offers no way to make links"
		}
		return why
	case "yank-url":
		if why := server(); why != "" {
			return why
		}
		return entry()
	case "chmod":
		if why := selected(); why != "" || m.caps(s).SetMode {
			return why
		}
		return "the server has no SITE CHMOD"
	case "set-time":
		if why := selected(); why != "" || m.caps(s).SetModTime {
			return why
		}
		return "the server cannot set dates (no MFMT, MDTM or SITE UTIME)"
	case "mkdir", "mkfile":
		if s.none {
			return "this pane is empty: connect first"
		}
		return m.unreachable(s)
	case "link-target":
		return m.noLink(s)
	case "back":
		if !s.pane.CanGo(-1) {
			return "there is nothing before"
		}
	case "forward":
		if !s.pane.CanGo(1) {
			return "there is nothing after"
		}
	case "search-next", "search-prev":
		if t, _ := s.pane.Searching(); t == "" {
			return "nothing was searched for: " + m.hint("search") + " begins"
		}
	case "compare", "sync", "mark-differ":
		if o.none || s.none {
			return "one pane is empty: there is nothing to compare"
		}
	case "unread":
		if s.pane.Info().Unknown == 0 {
			return "every line of this listing was read"
		}
	case "disconnect", "reconnect", "welcome", "server-info", "data-mode", "tls", "charset", "debug":
		return server()
	case "quote":
		if why := server(); why != "" {
			return why
		}
		return m.unreachable(s)
	case "sites", "save-site", "bookmarks", "bookmark-add", "bookmark-pair":
		if m.opt.Book == nil {
			return "nothing can be saved: no configuration folder"
		}
		if name == "save-site" {
			return server()
		}
	case "retry-failed":
		if m.queue.Total().Failed == 0 {
			return "nothing has failed"
		}
	case "cancel-newest", "cancel-all":
		if t := m.queue.Total(); t.Active+t.Waiting == 0 {
			return "no transfer is running or waiting"
		}
	case "clear-finished":
		if t := m.queue.Total(); t.Done+t.Failed == 0 {
			return "nothing is finished"
		}
	case "next-tab", "prev-tab", "close-tab":
		if len(m.tabs) == 1 {
			return "there is one tab only: " + m.hint("new-tab") + " opens another"
		}
	case "left-side", "right-side":
		return ""
	}
	return ""
}

// unreachable tells why a side cannot be changed now.
func (m *model) unreachable(s *side) string {
	if s.conn == ftpsvc.Local {
		return ""
	}
	switch i := m.conns[s.conn]; i.State {
	case ftpsvc.Online:
		return ""
	case ftpsvc.Connecting:
		return m.sideName(s.conn) + " is still connecting"
	case ftpsvc.Retrying:
		return m.sideName(s.conn) + ": connection lost, trying again; " + m.hint("reconnect") + " tries now"
	}
	return m.sideName(s.conn) + " is not connected: " + m.hint("reconnect") + " connects again"
}
