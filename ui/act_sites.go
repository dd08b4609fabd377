package ui

import (
	"reflect"
	"slices"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/dialog"
)

func init() {
	acts["sites"] = (*model).actSites
	acts["save-site"] = func(m *model) tea.Cmd {
		e := m.conns[m.here().conn].Endpoint
		old := e.Name
		return m.editSite(e, old, nil)
	}
	acts["bookmarks"] = (*model).actBookmarks
	acts["bookmark-add"] = func(m *model) tea.Cmd { return m.addBookmark(false) }
	acts["bookmark-pair"] = func(m *model) tea.Cmd { return m.addBookmark(true) }
}

// readBook reads sites and bookmarks in a command, and then goes on.
func (m *model) readBook(then func() tea.Cmd) tea.Cmd {
	book := m.opt.Book
	if book == nil {
		return nil
	}
	return func() tea.Msg {
		sites, err := book.Sites()
		marks, err2 := book.Bookmarks()
		if err == nil {
			err = err2
		}
		return bookMsg{sites, marks, err, then}
	}
}

// actSites lists the saved sites.
func (m *model) actSites() tea.Cmd {
	return m.readBook(func() tea.Cmd {
		var d *dialog.Dialog
		current := m.conns[m.here().conn].Endpoint.Name
		d = dialog.Sites(m.sites, current)
		m.open(d, func(v dialog.Value) tea.Cmd { return m.siteChosen(d, v) })
		return nil
	})
}

func (m *model) siteChosen(list *dialog.Dialog, v dialog.Value) tea.Cmd {
	refresh := func() tea.Cmd {
		return m.readBook(func() tea.Cmd { list.SetSites(m.sites); return nil })
	}
	switch v := v.(type) {
	case dialog.SiteOpen:
		if e, ok := m.site(v.Name); ok {
			return m.goTo(m.remoteSide(), e, "", false)
		}
	case dialog.SiteNew:
		return m.editSite(m.newEndpoint(), "", refresh)
	case dialog.SiteEdit:
		if e, ok := m.site(v.Name); ok {
			return m.editSite(e, v.Name, refresh)
		}
	case dialog.SiteDelete:
		book := m.opt.Book
		m.open(dialog.Confirm(dialog.ConfirmForm{Name: "delete-site", Title: "Delete site", Text: "Forget the site " + v.Name + "?", Yes: "Delete", Letter: 'd'}),
			func(dialog.Value) tea.Cmd {
				return func() tea.Msg {
					return doneMsg{err: book.DeleteSite(v.Name), text: "deleted site " + v.Name, then: refresh}
				}
			})
	}
	return nil
}

func (m *model) site(name string) (vfs.Endpoint, bool) {
	for _, e := range m.sites {
		if e.Name == name {
			return e, true
		}
	}
	return vfs.Endpoint{}, false
}

// editSite opens the editor of a site; old is the name it has, "" for a new one.
func (m *model) editSite(e vfs.Endpoint, old string, then func() tea.Cmd) tea.Cmd {
	taken := func(name string) bool { _, ok := m.site(name); return ok }
	m.open(dialog.EditSite(e, taken), func(v dialog.Value) tea.Cmd {
		s := v.(dialog.SiteSaved)
		return tea.Sequence(m.saveSite(old, s.Endpoint, "saved site "+s.Endpoint.Name), func() tea.Msg { return doneMsg{then: then} })
	})
	return nil
}

func (m *model) saveSite(old string, e vfs.Endpoint, said string) tea.Cmd {
	book := m.opt.Book
	return func() tea.Msg {
		return doneMsg{err: book.SaveSite(old, e), text: said, then: func() tea.Cmd {
			m.named(ftpsvc.Conn(e.Key()), e.Name)
			if was, ok := m.site(old); ok {
				m.siteChanged(was, e)
			}
			return m.readBook(nil)
		}}
	}
}

// siteChanged lets what was changed in a saved site hold for its account at
// once, limits of what is running too. What the open connection has of its own stays.
func (m *model) siteChanged(was, now vfs.Endpoint) {
	if was.Key() != now.Key() {
		return
	}
	live := was
	if i, open := m.conns[ftpsvc.Conn(now.Key())]; open {
		live = i.Endpoint
	}
	before := live
	a, b, to := reflect.ValueOf(was), reflect.ValueOf(now), reflect.ValueOf(&live).Elem()
	for k := range to.NumField() {
		if !a.Field(k).Equal(b.Field(k)) {
			to.Field(k).Set(b.Field(k))
		}
	}
	live.Name, live.Start = before.Name, before.Start
	if live == before {
		return
	}
	m.ask(ftpsvc.Configure{Endpoint: live}, "configure", func(v any) tea.Cmd {
		if i, ok := v.(ftpsvc.ConnInfo); ok {
			m.conns[i.Conn] = i
		}
		return nil
	})
}

// named gives an open connection the name of its site.
func (m *model) named(c ftpsvc.Conn, name string) {
	i, ok := m.conns[c]
	if !ok {
		return
	}
	i.Endpoint.Name = name
	m.conns[c] = i
	m.entitle()
}

// placeOf is a side as a bookmark names it.
func (m *model) placeOf(s *side) (site, path string) {
	if s.none {
		return "", ""
	}
	if s.conn != ftpsvc.Local {
		site = m.conns[s.conn].Endpoint.Name
		if site == "" {
			site = string(s.conn)
		}
	}
	return site, s.pane.Path()
}

// addBookmark keeps the folder of this pane, or of both.
func (m *model) addBookmark(pair bool) tea.Cmd {
	s, o := m.here(), m.there()
	if s.none || pair && o.none {
		m.say(warn, "an empty pane cannot be kept")
		return nil
	}
	var b Bookmark
	if pair {
		left, right := m.cur().sides[0], m.cur().sides[1]
		b.Site, b.Path = m.placeOf(left)
		b.Site2, b.Path2 = m.placeOf(right)
	} else {
		b.Site, b.Path = m.placeOf(s)
	}
	m.open(dialog.Prompt(dialog.PromptForm{Name: "bookmark", Title: "Bookmark", About: placeText(b), Label: "Name", Value: s.style.Base(s.pane.Path()), OK: "Keep"}),
		func(v dialog.Value) tea.Cmd {
			b.Name = v.(dialog.Text).Text
			book := m.opt.Book
			return func() tea.Msg {
				marks, err := book.Bookmarks()
				if err == nil {
					err = book.SaveBookmarks(append(marks, b))
				}
				return doneMsg{err: err, text: "kept " + b.Name}
			}
		})
	return nil
}

func placeText(b Bookmark) string {
	one := func(site, path string) string {
		if site == "" {
			return path
		}
		return site + " " + path
	}
	if b.Path2 == "" {
		return one(b.Site, b.Path)
	}
	return one(b.Site, b.Path) + "\n" + one(b.Site2, b.Path2)
}

// actBookmarks lists the kept places and goes to the chosen one.
func (m *model) actBookmarks() tea.Cmd {
	return m.readBook(func() tea.Cmd {
		d := dialog.Places(m.markRows(), "Nothing is kept yet: "+m.hint("bookmark-add")+" keeps this folder, "+m.hint("bookmark-pair")+" both.")
		m.open(d, func(v dialog.Value) tea.Cmd { return m.markChosen(d, v) })
		return nil
	})
}

func (m *model) markRows() []dialog.Choice {
	rows := make([]dialog.Choice, len(m.marks))
	for i, b := range m.marks {
		rows[i] = dialog.Choice{Label: b.Name, Note: one(placeText(b))}
	}
	return rows
}

func (m *model) markChosen(list *dialog.Dialog, v dialog.Value) tea.Cmd {
	switch v := v.(type) {
	case dialog.PlaceOpen:
		b := m.marks[v.Index]
		if b.Path2 == "" {
			return m.goPlace(m.here(), b.Site, b.Path)
		}
		return tea.Batch(m.goPlace(m.cur().sides[0], b.Site, b.Path), m.goPlace(m.cur().sides[1], b.Site2, b.Path2))
	case dialog.PlaceRename:
		b := m.marks[v.Index]
		m.open(dialog.Prompt(dialog.PromptForm{Name: "bookmark", Title: "Rename bookmark", About: placeText(b), Label: "Name", Value: b.Name, OK: "Rename"}),
			func(v dialog.Value) tea.Cmd {
				to := b
				to.Name = v.(dialog.Text).Text
				return m.changeMark(list, b, []Bookmark{to}, "renamed "+b.Name+" to "+to.Name)
			})
	case dialog.PlaceDelete:
		b := m.marks[v.Index]
		m.open(dialog.Confirm(dialog.ConfirmForm{Name: "delete-bookmark", Title: "Delete bookmark", Text: "Forget the bookmark " + b.Name + "? The folder itself stays.", Yes: "Delete", Letter: 'd'}),
			func(dialog.Value) tea.Cmd { return m.changeMark(list, b, nil, "deleted bookmark "+b.Name) })
	}
	return nil
}

// changeMark puts others, or none, in the place of a bookmark; what another
// ferry did to the list meanwhile stays.
func (m *model) changeMark(list *dialog.Dialog, old Bookmark, by []Bookmark, said string) tea.Cmd {
	book := m.opt.Book
	refresh := func() tea.Cmd {
		return m.readBook(func() tea.Cmd { list.SetPlaces(m.markRows()); return nil })
	}
	return func() tea.Msg {
		marks, err := book.Bookmarks()
		if i := slices.Index(marks, old); i >= 0 && err == nil {
			err = book.SaveBookmarks(slices.Replace(marks, i, i+1, by...))
		}
		return doneMsg{err: err, text: said, then: refresh}
	}
}

// goPlace shows a kept place in a pane, connecting first where that is needed.
func (m *model) goPlace(s *side, site, path string) tea.Cmd {
	conn := ftpsvc.Local
	e, known := m.site(site)
	switch {
	case site == "":
	case known:
		conn = ftpsvc.Conn(e.Key())
	default:
		conn = ftpsvc.Conn(site)
		e = m.conns[conn].Endpoint
	}
	if i := m.conns[conn]; conn == ftpsvc.Local || i.State == ftpsvc.Online {
		if conn != ftpsvc.Local {
			path = vfs.Resolve(path, i.Home, i.Style)
		}
		if s.conn == conn && !s.none {
			m.list(s, path, "", false)
		} else {
			m.show(s, conn, path)
		}
		return nil
	}
	if e.Host == "" {
		m.say(bad, "the server of this bookmark is not known any more: "+site)
		return nil
	}
	e.Start = path
	return m.connect(s, e, "", false)
}
