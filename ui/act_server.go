package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/dialog"
	"ferry/ui/text"
)

func init() {
	acts["server-info"] = (*model).actServerInfo
	acts["data-mode"] = func(m *model) tea.Cmd {
		return m.configure("Data connections", []dialog.Choice{{Label: "auto", Note: "passive, then active"},
			{Label: "epsv", Note: "extended passive (RFC 2428)"}, {Label: "pasv", Note: "passive"}, {Label: "eprt", Note: "extended active"}, {Label: "port", Note: "active"}},
			func(e vfs.Endpoint) string { return string(e.WithDefaults().Data) },
			func(e *vfs.Endpoint, v string) { e.Data = vfs.DataMode(v) })
	}
	acts["tls"] = func(m *model) tea.Cmd {
		return m.configure("Encryption", []dialog.Choice{{Label: "try", Note: "TLS where it is offered"}, {Label: "explicit", Note: "AUTH TLS or nothing"},
			{Label: "implicit", Note: "from the first byte, port 990"}, {Label: "off", Note: "clear text"}},
			func(e vfs.Endpoint) string { return string(e.WithDefaults().TLS) },
			func(e *vfs.Endpoint, v string) { e.TLS = vfs.TLSMode(v) })
	}
	acts["debug"] = func(m *model) tea.Cmd {
		rows := []dialog.Choice{{Label: "0", Note: "refusals and what went wrong"}, {Label: "1", Note: "commands and replies"}, {Label: "2", Note: "TLS, timings, data connections"}}
		m.open(dialog.Pick("log-level", "Detail of the log", rows, m.log.Level(), ""), func(v dialog.Value) tea.Cmd {
			m.log.SetLevel(v.(dialog.Picked).Index)
			return nil
		})
		return nil
	}
	acts["charset"] = (*model).actCharset
	acts["quote"] = (*model).actQuote
	acts["unread"] = func(m *model) tea.Cmd {
		p := m.here().pane
		m.open(dialog.Unread(p.Path(), p.Info()), nil)
		return nil
	}
}

// configure changes a setting of the open connection.
func (m *model) configure(title string, rows []dialog.Choice, now func(vfs.Endpoint) string, set func(*vfs.Endpoint, string)) tea.Cmd {
	c := m.here().conn
	at := 0
	for i, r := range rows {
		if r.Label == now(m.conns[c].Endpoint) {
			at = i
		}
	}
	m.open(dialog.Pick("configure", title, rows, at, ""), func(v dialog.Value) tea.Cmd {
		label := rows[v.(dialog.Picked).Index].Label
		e := m.conns[c].Endpoint
		set(&e, label)
		m.reconfigure(ftpsvc.Configure{Endpoint: e}, title+": "+label)
		return nil
	})
	return nil
}

func (m *model) reconfigure(c ftpsvc.Configure, said string) {
	m.ask(c, "configure", func(v any) tea.Cmd {
		if i, ok := v.(ftpsvc.ConnInfo); ok {
			m.conns[i.Conn] = i
		}
		m.say(info, said) // whether it works shows when the folder is read
		m.rereadAt(ftpsvc.Conn(c.Endpoint.Key()))
		return nil
	})
}

// offerCharset says, once for a connection, that names do not fit its charset,
// where that was not the user's choice.
func (m *model) offerCharset(c ftpsvc.Conn, bad int) {
	i := m.conns[c]
	if bad == 0 || m.offered[c] || i.Endpoint.WithDefaults().Charset != "auto" {
		return
	}
	m.offered[c] = true
	m.say(warn, text.Plural(int64(bad), "name here is", "names here are")+" not in "+i.Charset+": "+m.hint("charset")+" shows them in other charsets")
}

// actCharset shows the folder in candidate charsets, to choose by eye.
func (m *model) actCharset() tea.Cmd {
	s := m.remote()
	c := s.conn
	m.ask(ftpsvc.CharsetPreview{Conn: c, Path: s.pane.Path()}, "charset", func(v any) tea.Cmd {
		samples, _ := v.([]ftpsvc.CharsetSample)
		m.openSelf(dialog.Charset(samples, m.conns[c].Charset), func(v dialog.Value) tea.Cmd {
			chosen := v.(dialog.CharsetChosen)
			e := m.conns[c].Endpoint
			e.Charset = chosen.Charset
			old, saved := m.site(e.Name)
			m.reconfigure(ftpsvc.Configure{Endpoint: e, Remember: chosen.Remember && !saved}, "names are in "+chosen.Charset)
			if saved && chosen.Remember && m.opt.Book != nil {
				old.Charset = chosen.Charset
				return m.saveSite(old.Name, old, "saved with site "+old.Name)
			}
			return nil
		})
		return nil
	})
	return nil
}

// actQuote sends a raw command and shows the reply.
func (m *model) actQuote() tea.Cmd {
	c, dir := m.here().conn, m.here().pane.Path()
	m.open(dialog.Prompt(dialog.PromptForm{Name: "quote", Title: "Raw command", Corner: m.sideName(c), Label: "Command", OK: "Send",
		Hint: "STAT, SITE HELP", Check: oneLine}), func(v dialog.Value) tea.Cmd {
		line := v.(dialog.Text).Text
		m.ask(ftpsvc.Quote{Conn: c, Dir: dir, Line: line}, "quote", func(v any) tea.Cmd {
			r, _ := v.(vfs.Reply)
			m.openSelf(dialog.Lines("reply", "Reply to "+line, m.sideName(c), strings.Split(r.String(), "\n")), nil)
			return nil
		})
		return nil
	})
	return nil
}

func oneLine(s string) error {
	if strings.ContainsAny(s, "\r\n\x00") {
		return fmt.Errorf("a command is one line")
	}
	return nil
}

// actServerInfo shows what the server offers and how it is talked to.
func (m *model) actServerInfo() tea.Cmd {
	c := m.here().conn
	i := m.conns[c]
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	lines := []string{
		"Address      " + i.Endpoint.Addr(),
		"Account      " + i.Endpoint.WithDefaults().User,
		"Encryption   " + encryption(i),
		"Charset      " + i.Charset,
		"Data         " + string(i.Data),
		"Listing      " + i.Command,
		"Time zone    " + i.Zone,
		"System       " + i.Caps.System,
		"Round trip   " + i.RTT.String(),
		"Connections  " + text.Count(int64(i.Open)) + limitText(i.Max),
		"",
		"Resume (REST) " + yes(i.Caps.REST) + ", MLSD " + yes(i.Caps.MLSD) + ", SIZE " + yes(i.Caps.Size) + ", MDTM " + yes(i.Caps.MDTM) + ", UTF8 " + yes(i.Caps.UTF8),
		"Set dates " + yes(i.Caps.SetModTime) + ", permissions " + yes(i.Caps.SetMode) + ", links " + yes(i.Caps.Symlink) + ", free space " + yes(i.Caps.Space),
		"Hashes       " + strings.Join(i.Caps.Hashes, " "),
		"",
		"FEAT:",
	}
	if !i.CertEnd.IsZero() {
		lines = append(lines[:3], append([]string{"Certificate  until " + i.CertEnd.Format("2006-01-02")}, lines[3:]...)...)
	}
	for _, f := range i.Caps.Features {
		lines = append(lines, "  "+f)
	}
	m.open(dialog.Lines("server", "About this server", m.sideName(c), lines), nil)
	return nil
}

func limitText(n int) string {
	if n == 0 {
		return ""
	}
	return " of " + text.Count(int64(n))
}
