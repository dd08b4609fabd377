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
		return m.configure("Data connections", []dialog.Choice{{Label: "auto", Note: "passive, then active; what works is remembered"},
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
		return m.configure("Detail of the log", []dialog.Choice{{Label: "0", Note: "nothing"}, {Label: "1", Note: "commands and replies"}, {Label: "2", Note: "TLS, timings, data connections"}},
			func(e vfs.Endpoint) string { return fmt.Sprint(e.Debug) },
			func(e *vfs.Endpoint, v string) { e.Debug = int(v[0] - '0') })
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
		m.reconfigure(e, title+": "+label)
		return nil
	})
	return nil
}

func (m *model) reconfigure(e vfs.Endpoint, said string) {
	m.ask(ftpsvc.Configure{Endpoint: e}, "configure", func(v any) tea.Cmd {
		if i, ok := v.(ftpsvc.ConnInfo); ok {
			m.conns[i.Conn] = i
		}
		m.say(good, said)
		m.rereadAt(ftpsvc.Conn(e.Key()))
		return nil
	})
}

// actCharset shows the folder in candidate charsets, to choose by eye.
func (m *model) actCharset() tea.Cmd {
	s := m.here()
	c := s.conn
	m.ask(ftpsvc.CharsetPreview{Conn: c, Path: s.pane.Path()}, "charset", func(v any) tea.Cmd {
		samples, _ := v.([]ftpsvc.CharsetSample)
		m.openSelf(dialog.Charset(samples, m.conns[c].Charset), func(v dialog.Value) tea.Cmd {
			chosen := v.(dialog.CharsetChosen)
			e := m.conns[c].Endpoint
			e.Charset = chosen.Charset
			m.reconfigure(e, "names are in "+chosen.Charset)
			if old, ok := m.site(e.Name); ok && chosen.Remember && m.opt.Book != nil {
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
	c := m.here().conn
	m.open(dialog.Prompt(dialog.PromptForm{Name: "quote", Title: "Raw command", Corner: m.sideName(c), Label: "Command", OK: "Send",
		Hint: "STAT, SITE HELP", Check: oneLine}), func(v dialog.Value) tea.Cmd {
		line := v.(dialog.Text).Text
		m.ask(ftpsvc.Quote{Conn: c, Line: line}, "quote", func(v any) tea.Cmd {
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
