package ui

import (
	"cmp"
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/dialog"
)

func init() {
	acts["connect"] = func(m *model) tea.Cmd { return m.askConnect(m.remoteSide(), m.newEndpoint(), "") }
	acts["disconnect"] = (*model).actDisconnect
	acts["reconnect"] = func(m *model) tea.Cmd {
		s := m.here()
		if s.none && s.was != nil {
			return m.connect(s, *s.was, "", false)
		}
		s.dial = m.ask(ftpsvc.Reconnect{Conn: s.conn}, "reconnect", nil)
		m.say(info, "connecting to "+m.sideName(s.conn)+m.th.Glyphs.More)
		return nil
	}
	acts["welcome"] = func(m *model) tea.Cmd {
		s := m.here()
		m.open(dialog.Welcome(m.sideName(s.conn), m.conns[s.conn].Welcome), nil)
		return nil
	}
	acts["left-side"] = func(m *model) tea.Cmd { return m.chooseSide(0) }
	acts["right-side"] = func(m *model) tea.Cmd { return m.chooseSide(1) }
}

// newEndpoint is a server with the user's settings.
func (m *model) newEndpoint() vfs.Endpoint {
	c := m.opt.Config.Connection
	return vfs.Endpoint{TLS: vfs.TLSMode(c.TLS), Data: vfs.DataMode(c.Mode), Charset: c.Charset, Timeout: c.Timeout.Std(), DataIdle: c.DataIdle.Std(),
		Keepalive: c.Keepalive.Std(), SocketBuffer: int(c.SocketBuffer), MaxConns: c.MaxConns, ActivePorts: c.ActivePorts, ActiveAddr: c.ActiveAddr, Proxy: c.Proxy}
}

// askConnect opens the connect dialog; problem is why the last try failed.
func (m *model) askConnect(s *side, e vfs.Endpoint, problem string) tea.Cmd {
	open := m.open
	if problem != "" {
		open = m.openSelf
	}
	open(dialog.Connect(e, problem), func(v dialog.Value) tea.Cmd {
		c := v.(dialog.ConnectTo)
		to := func() tea.Cmd { return m.goTo(s, c.Endpoint, c.Password, c.HasPassword) }
		switch {
		case m.opt.Book == nil:
			return to()
		case c.Save != "":
			c.Endpoint.Name = c.Save
			return tea.Batch(m.saveSite("", c.Endpoint, "saved site "+c.Save), to())
		case c.Endpoint.User == "" && c.Endpoint.Port == 0: // perhaps the name of a saved site
			return m.readBook(func() tea.Cmd {
				if e, ok := m.site(c.Endpoint.Host); ok {
					e.Start = cmp.Or(c.Endpoint.Start, e.Start)
					c.Endpoint = e
				}
				return to()
			})
		}
		return to()
	})
	return nil
}

// remoteSide is the pane that a new connection is shown in: the one with the
// focus unless it is local and the other is not.
func (m *model) remoteSide() *side {
	s, o := m.here(), m.there()
	if s.none || s.conn != ftpsvc.Local {
		return s
	}
	return o
}

// goTo is connect for a user who asked for the server now: the pane that is to
// show it gets the focus before a key can be meant for it.
func (m *model) goTo(s *side, e vfs.Endpoint, password string, has bool) tea.Cmd {
	for n, o := range m.cur().sides {
		if o == s {
			m.focus(n)
		}
	}
	return m.connect(s, e, password, has)
}

// connect opens a connection and shows it in a pane once it is there.
func (m *model) connect(s *side, e vfs.Endpoint, password string, has bool) tea.Cmd {
	conn := ftpsvc.Conn(e.Key())
	if e.Debug > 0 {
		m.log.SetLevel(e.Debug)
	}
	m.say(info, "connecting to "+hostOf(e)+m.th.Glyphs.More)
	if old, ok := m.conns[conn]; !ok || old.State == ftpsvc.Offline {
		m.conns[conn] = ftpsvc.ConnInfo{Conn: conn, Endpoint: e, State: ftpsvc.Connecting}
	}
	if s.none {
		s.pane.SetEmpty([]string{"Connecting to " + m.th.Method.Display(hostOf(e)) + m.th.Glyphs.More, "", m.hint("cancel") + "  stop"})
	}
	s.dial = m.submit(ftpsvc.Connect{Endpoint: e, Password: password, HasPassword: has}, "connect", func(ev ftpsvc.Event) tea.Cmd {
		s.pane.SetEmpty(m.emptyText())
		switch ev := ev.(type) {
		case ftpsvc.Done:
			i, ok := ev.Value.(ftpsvc.ConnInfo)
			if !ok {
				return nil
			}
			m.conns[i.Conn] = i
			m.say(good, "connected to "+m.sideName(i.Conn)+", "+encryption(i))
			m.show(s, i.Conn, vfs.Resolve(e.Start, i.Home, i.Style))
		case ftpsvc.Failed:
			m.fail(ev.Err)
			if s.none {
				lines := m.th.Method.Wrap(m.th.Method.Display(m.th.Glyphs.Fail+" "+ev.Err.Error()), max(m.lay.w/2-6, 10))
				s.pane.SetEmpty(append(append(lines, ""), m.emptyText()[2:]...))
			}
			i := m.conns[conn]
			i.State, i.Err = ftpsvc.Offline, ev.Err
			m.conns[conn] = i
			if m.dialogs.Empty() && !errors.Is(ev.Err, vfs.ErrTrust) {
				return m.askConnect(s, e, ev.Err.Error())
			}
		case ftpsvc.Canceled:
			i := m.conns[conn]
			i.State = ftpsvc.Offline
			m.conns[conn] = i
			m.say(warn, "not connected to "+hostOf(e))
		}
		return nil
	})
	return nil
}

// encryption is the TLS state in words.
func encryption(i ftpsvc.ConnInfo) string {
	if i.TLS == "" {
		return "in clear text"
	}
	return i.TLS
}

// show gives a side another connection and a folder.
func (m *model) show(s *side, c ftpsvc.Conn, path string) {
	if s.list != 0 {
		m.api.Submit(ftpsvc.Cancel{ID: s.list})
		s.list = 0
	}
	if s.watch != "" {
		m.submit(ftpsvc.Watch{Pane: s.id}, "watch", nil)
	}
	s.was = nil
	s.conn, s.none, s.home, s.watch, s.again = c, false, "", "", false
	s.pane.Forget()
	if c == ftpsvc.Local {
		s.style = vfs.OS
		s.pane.SetSide("Local", vfs.OS, userHome())
	} else {
		i := m.conns[c]
		s.style, s.home = i.Style, i.Home
		s.pane.SetSide(m.sideName(c), i.Style, "")
	}
	for _, t := range m.tabs {
		if t.sides[0] == s || t.sides[1] == s {
			t.compare, t.sync = false, false
		}
	}
	m.list(s, path, "", false)
	m.arrange()
}

// dialling reports whether a side waits for its server.
func (m *model) dialling(s *side) bool { return m.pending[s.dial] != nil }

// hangUp ends the wait for a server.
func (m *model) hangUp(s *side) { m.api.Submit(ftpsvc.Cancel{ID: s.dial}) }

func (m *model) actDisconnect() tea.Cmd {
	s := m.here()
	if m.dialling(s) {
		m.hangUp(s)
		return nil
	}
	c := s.conn
	bye := func() {
		m.ask(ftpsvc.Disconnect{Conn: c}, "disconnect", func(any) tea.Cmd {
			m.say(good, "disconnected from "+m.sideName(c))
			return nil
		})
		m.each(func(s *side) {
			if s.conn == c && !s.none {
				e := m.conns[c].Endpoint
				e.Start = s.pane.Path()
				s.was = &e
				s.pane.Forget()
				s.none, s.conn, s.list = true, ftpsvc.Local, 0
				s.pane.SetSide("", vfs.Slash, "")
				s.pane.SetEmpty(append(m.emptyText(), m.hint("reconnect")+"  connect again"))
			}
		})
	}
	if t := m.queue.Total(); t.Active > 0 && m.opt.Config.Confirm.Disconnect {
		m.open(dialog.Confirm(dialog.ConfirmForm{Name: "disconnect", Title: "Disconnect", Corner: m.sideName(c),
			Text: "Transfers are running. Those of this server go on over their own connections. Close the one for browsing?", Yes: "Disconnect", Letter: 'd'}),
			func(dialog.Value) tea.Cmd { bye(); return nil })
		return nil
	}
	bye()
	return nil
}

// chooseSide asks what a pane is to show: this machine, a connection, a site.
func (m *model) chooseSide(n int) tea.Cmd {
	s := m.cur().sides[n]
	rows := []dialog.Choice{{Label: "Local", Note: "this machine"}}
	type target struct {
		conn ftpsvc.Conn
		site *vfs.Endpoint
	}
	targets := []target{{conn: ftpsvc.Local}}
	for _, c := range m.connected() {
		rows = append(rows, dialog.Choice{Label: m.sideName(c), Note: "connected"})
		targets = append(targets, target{conn: c})
	}
	for i, e := range m.sites {
		if m.conns[ftpsvc.Conn(e.Key())].State == ftpsvc.Offline {
			rows = append(rows, dialog.Choice{Label: e.Name, Note: hostOf(e)})
			targets = append(targets, target{site: &m.sites[i]})
		}
	}
	rows = append(rows, dialog.Choice{Label: "Another server" + m.th.Glyphs.More})
	targets = append(targets, target{})
	title := "Left pane shows"
	if n == 1 {
		title = "Right pane shows"
	}
	m.open(dialog.Pick("side", title, rows, 0, ""), func(v dialog.Value) tea.Cmd {
		t := targets[v.(dialog.Picked).Index]
		m.focus(n)
		switch {
		case t.site != nil:
			return m.goTo(s, *t.site, "", false)
		case t.conn != ftpsvc.Local:
			m.show(s, t.conn, m.conns[t.conn].Home)
		case v.(dialog.Picked).Index == 0:
			m.show(s, ftpsvc.Local, "")
		default:
			return m.askConnect(s, m.newEndpoint(), "")
		}
		return nil
	})
	return nil
}

// connected are the connections that are open or coming back, by name.
func (m *model) connected() []ftpsvc.Conn {
	var out []ftpsvc.Conn
	for _, c := range sortedConns(m.conns) {
		if s := m.conns[c].State; s != ftpsvc.Offline {
			out = append(out, c)
		}
	}
	return out
}

// pasted offers to connect to a URL pasted on the panes.
func (m *model) pasted(s string) tea.Cmd {
	u, err := vfs.ParseURL(strings.TrimSpace(s))
	if err != nil {
		m.say(warn, "pasted text is used in dialogs, searches and filters only")
		return nil
	}
	e := m.newEndpoint()
	e.Host, e.Port, e.User, e.Start = u.Endpoint.Host, u.Endpoint.Port, u.Endpoint.User, u.Path
	if u.Endpoint.TLS != "" {
		e.TLS = u.Endpoint.TLS
	}
	return m.askConnect(m.remoteSide(), e, "")
}
