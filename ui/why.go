package ui

import (
	"ferry/ftpsvc"
	"ferry/ui/action"
)

const (
	whyNoEntry  = "nothing is marked and the cursor is on no entry"
	whyNoServer = "this pane shows no server"
	whyEmpty    = "this pane is empty: connect first"
)

// disabled tells why an action cannot be done here and now, "" when it can.
func (m *model) disabled(name string) string {
	if a := action.ByName(name); a != nil {
		if why := m.elsewhere(a); why != "" {
			return why
		}
	}
	if v := m.view(); v != nil {
		if do, why := v.Act(name); do != nil {
			return why
		}
	}
	if f := whyNot[name]; f != nil {
		return f(m)
	}
	return ""
}

// whyNot holds the reasons of those actions that cannot always be done.
var whyNot map[string]func(*model) string

func init() {
	whyNot = map[string]func(*model) string{
		"copy": (*model).noCopy, "move": (*model).noCopy,
		"delete": (*model).noSelection,
		"rename": (*model).noEntry, "view": (*model).noEntry, "edit": (*model).noEntry, "yank-name": (*model).noEntry,
		"yank-path": (*model).noEntry, "mark-ext": (*model).noEntry, "measure": (*model).noEntry,
		"link": func(m *model) string {
			return first(m.noEntry(), lacks(m.caps(m.here()).Symlink, "the server offers no way to make links"))
		},
		"yank-url": func(m *model) string { return first(m.noServer(), m.noEntry()) },
		"chmod": func(m *model) string {
			return first(m.noSelection(), lacks(m.caps(m.here()).SetMode, "the server has no SITE CHMOD"))
		},
		"set-time": func(m *model) string {
			return first(m.noSelection(), lacks(m.caps(m.here()).SetModTime, "the server cannot set dates (no MFMT, MDTM or SITE UTIME)"))
		},
		"mkdir": (*model).noSide, "mkfile": (*model).noSide, "find": (*model).noSide,
		"link-target": func(m *model) string { return m.noLink(m.here()) },
		"back":        func(m *model) string { return lacks(m.here().pane.CanGo(-1), "there is nothing before") },
		"forward":     func(m *model) string { return lacks(m.here().pane.CanGo(1), "there is nothing after") },
		"search-next": (*model).noSearch, "search-prev": (*model).noSearch,
		"compare": (*model).noPair, "sync": (*model).noPair, "mark-differ": (*model).noPair,
		"unread": func(m *model) string {
			return lacks(m.here().pane.Info().Unknown > 0, "every line of this listing was read")
		},
		"disconnect": func(m *model) string {
			if m.dialling(m.here()) {
				return ""
			}
			return m.noServer()
		},
		"welcome": (*model).noServer, "server-info": (*model).noServer,
		"reconnect": func(m *model) string {
			if m.here().none && m.here().was != nil {
				return ""
			}
			return m.noServer()
		},
		"data-mode": (*model).noServer, "tls": (*model).noServer, "charset": func(m *model) string { return lacks(m.remote() != nil, "no pane shows a server") },
		"quote": func(m *model) string { return first(m.noServer(), m.unreachable(m.here())) },
		"sites": (*model).noBook, "bookmarks": (*model).noBook, "bookmark-add": (*model).noBook, "bookmark-pair": (*model).noBook,
		"save-site":     func(m *model) string { return first(m.noBook(), m.noServer()) },
		"retry-failed":  func(m *model) string { return lacks(m.queue.Total().Failed > 0, "nothing has failed") },
		"cancel-newest": (*model).noTransfer,
		"cancel-all":    (*model).noTransfer,
		"clear-finished": func(m *model) string {
			return lacks(m.queue.Total().Over() > 0, "nothing is finished")
		},
		"suspend": func(m *model) string {
			return lacks(m.shell, "there is no shell with job control to go back to; "+m.hint("quit")+" quits")
		},
		"settings": func(m *model) string {
			return lacks(m.opt.Settings != nil, "there is no file of settings")
		},
		"next-tab": (*model).noTabs, "prev-tab": (*model).noTabs, "close-tab": (*model).noTabs,
	}
}

// first is the first reason there is.
func first(reasons ...string) string {
	for _, r := range reasons {
		if r != "" {
			return r
		}
	}
	return ""
}

// lacks is the reason why where ok does not hold.
func lacks(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

func (m *model) noCopy() string {
	if m.there().none {
		return "the other pane is empty: " + m.hint("connect") + " connects it, " + m.hint("sites") + " shows the saved sites"
	}
	return first(m.unreachable(m.there()), m.noSelection())
}

func (m *model) noSelection() string {
	s := m.here()
	if s.none {
		return whyEmpty
	}
	if _, all, _ := s.pane.MarkCount(); all == 0 {
		if _, ok := s.pane.Current(); !ok {
			return whyNoEntry
		}
	}
	return m.unreachable(s)
}

func (m *model) noEntry() string {
	_, ok := m.here().pane.Current()
	return lacks(ok && !m.here().none, "the cursor is on no entry")
}

func (m *model) noServer() string {
	s := m.here()
	return lacks(!s.none && s.conn != ftpsvc.Local, whyNoServer)
}

func (m *model) noSide() string {
	if m.here().none {
		return whyEmpty
	}
	return m.unreachable(m.here())
}

func (m *model) noSearch() string {
	text, _ := m.here().pane.Searching()
	return lacks(text != "", "nothing was searched for: "+m.hint("search")+" begins")
}

func (m *model) noPair() string {
	return lacks(!m.there().none && !m.here().none, "one pane is empty: there is nothing to compare")
}

func (m *model) noBook() string {
	return lacks(m.opt.Book != nil, "nothing can be saved: no configuration folder")
}

func (m *model) noTransfer() string {
	return lacks(m.queue.Total().Open() > 0, "no transfer is running, waiting or paused")
}

func (m *model) noTabs() string {
	return lacks(len(m.tabs) > 1, "there is one tab only: "+m.hint("new-tab")+" opens another")
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
