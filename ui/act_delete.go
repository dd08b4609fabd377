package ui

import (
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/dialog"
	"ferry/ui/pane"
	"ferry/ui/text"
)

func init() { acts["delete"] = (*model).actDelete }

// actDelete asks before it deletes, and counts what is in folders while it asks.
func (m *model) actDelete() tea.Cmd {
	s := m.here()
	sel := s.pane.Selection()
	ps := paths(s.style, sel)
	deep := hasDirs(sel)
	d := dialog.Confirm(dialog.ConfirmForm{Name: "delete", Title: "Delete", Corner: m.sideName(s.conn),
		Text: "Delete " + chosen(s, sel) + "? This cannot be undone." + linksAlone(sel), Names: names(s, sel), Detail: knownSize(sel), Yes: "Delete", Letter: 'd', Alarm: true})
	var counting ftpsvc.ID
	if deep {
		d.SetDetail("counting" + m.th.Glyphs.More)
		counting = m.measure(s, ps, func(c ftpsvc.Count, running bool) { d.SetDetail(dialog.CountText(c, running)) })
	}
	m.open(d, func(dialog.Value) tea.Cmd {
		if counting != 0 {
			m.api.Submit(ftpsvc.Cancel{ID: counting})
		}
		m.delete(s, sel, ps, deep, false)
		return nil
	})
	return nil
}

// linksAlone says of links among what is deleted that what they lead to stays.
func linksAlone(sel []pane.MarkedEntry) string {
	isLink := func(e pane.MarkedEntry) bool { return e.Entry.Kind == vfs.Link }
	switch {
	case !slices.ContainsFunc(sel, isLink):
		return ""
	case len(sel) == 1:
		return "\nIt is a link: what it leads to stays."
	}
	return "\nOf links only the link goes: what it leads to stays."
}

func hasDirs(sel []pane.MarkedEntry) bool {
	for _, e := range sel {
		if e.Entry.Kind == vfs.Dir || e.Entry.Kind == vfs.Unknown {
			return true
		}
	}
	return false
}

// names are the names of a selection, with the path of what is not in the folder
// that is seen.
func names(s *side, sel []pane.MarkedEntry) []string {
	out := make([]string, 0, len(sel))
	for _, e := range sel {
		n := e.Entry.Name
		if e.Dir != s.pane.Path() {
			n = s.style.Join(e.Dir, n)
		}
		if e.Entry.IsDir() {
			n += "/"
		}
		out = append(out, n)
	}
	return out
}

func (m *model) delete(s *side, sel []pane.MarkedEntry, ps []string, deep, unread bool) {
	s.pane.Unmark()
	conn := s.conn
	m.say(info, "deleting "+what(sel)+m.th.Glyphs.More)
	m.submit(ftpsvc.Delete{Conn: conn, Paths: ps, Recursive: deep, Unread: unread}, "delete", func(ev ftpsvc.Event) tea.Cmd {
		switch e := ev.(type) {
		case ftpsvc.Counted:
			m.say(info, "deleting: "+dialog.CountText(e.Count, false))
		case ftpsvc.Done:
			c, _ := e.Value.(ftpsvc.Count)
			m.say(good, "deleted "+deleted(c, sel))
		case ftpsvc.Failed:
			m.fail(e.Err)
			if errors.Is(e.Err, vfs.ErrIncomplete) {
				m.askUnread(s, sel, ps, deep, e.Err)
			}
		case ftpsvc.Canceled:
			m.say(warn, "deleting was canceled")
		}
		m.rereadAt(conn)
		return nil
	})
}

func deleted(c ftpsvc.Count, sel []pane.MarkedEntry) string {
	if c.Files+c.Dirs+c.Others <= 1 {
		return what(sel)
	}
	return text.Plural(c.Files+c.Others, "file", "files") + " and " + text.Plural(c.Dirs, "folder", "folders")
}

// askUnread asks whether to delete although lines of a listing could not be read.
func (m *model) askUnread(s *side, sel []pane.MarkedEntry, ps []string, deep bool, err error) {
	d := dialog.Confirm(dialog.ConfirmForm{Name: "delete-unread", Title: "Listing incomplete", Corner: m.sideName(s.conn), Text: err.Error() +
		"\nA line of the listing could not be read, so what it stands for is not known. Delete what is known nevertheless?",
		Yes: "Delete", Letter: 'd', Alarm: true})
	m.openSelf(d, func(dialog.Value) tea.Cmd {
		m.delete(s, sel, ps, deep, true)
		return nil
	})
}

// rereadAt reads the folders of a side again that panes show.
func (m *model) rereadAt(c ftpsvc.Conn) {
	m.each(func(s *side) {
		if s.conn == c && !s.none {
			m.reread(s)
		}
	})
}
