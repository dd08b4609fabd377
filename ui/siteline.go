package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ferry/ftpsvc"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// siteLine shows the tabs and how the connection stands.
func (m *model) siteLine() string {
	th := m.th.Method
	var b strings.Builder
	m.siteSpans = m.siteSpans[:0]
	x := 1
	b.WriteByte(' ')
	add := func(s string, sp span, st theme.Style) {
		w := th.Width(s)
		sp.x0, sp.x1 = x, x+w
		m.siteSpans = append(m.siteSpans, sp)
		b.WriteString(st.Render(s))
		x += w
	}
	if m.tabsShown() {
		for i, t := range m.tabs {
			name := strconv.Itoa(i+1) + " " + th.CutMiddle(th.Display(m.tabName(t)), 16)
			st := m.th.Tab
			if i == m.tab {
				name, st = "["+name+"]", m.th.TabActive
			} else {
				name = " " + name + " "
			}
			add(name, span{tab: i}, st)
		}
		add(" + ", span{tab: -1, run: "new-tab"}, m.th.Tab)
		b.WriteByte(' ')
		x++
	}
	rest := m.connText(m.w - x - 1)
	run := "server-info"
	if m.remote() == nil {
		run = "connect"
	}
	m.siteSpans = append(m.siteSpans, span{x0: x, x1: m.w, tab: -1, run: run})
	return th.Pad(b.String()+rest, m.w)
}

func (m *model) tabsShown() bool { return len(m.tabs) > 1 || m.w >= wide }

// tabName is the server of a tab, or the folder it shows.
func (m *model) tabName(t *tab) string {
	for _, s := range t.sides {
		if !s.none && s.conn != ftpsvc.Local {
			return m.sideName(s.conn)
		}
	}
	return "Local"
}

// connText tells in at most w columns how the connection stands.
func (m *model) connText(w int) string {
	g, th := m.th.Glyphs, m.th.Method
	s := m.remote()
	if s == nil {
		for _, c := range sortedConns(m.conns) {
			if i := m.conns[c]; i.State == ftpsvc.Connecting {
				return m.th.Info.Render(g.Dot+" connecting to "+th.CutMiddle(th.Display(hostOf(i.Endpoint)), max(w-32, 8))+g.More) + m.stops(m.here())
			}
		}
		return m.th.Dim.Render(th.Cut("not connected   "+m.hint("connect")+" connect   "+m.hint("sites")+" sites", w))
	}
	i := m.conns[s.conn]
	who := th.CutMiddle(th.Display(m.whoForms(s.conn)[0]), max(w/2, 12))
	switch i.State {
	case ftpsvc.Connecting:
		return m.th.Info.Render(g.Dot) + " " + who + "  " + m.th.Info.Render("connecting"+g.More) + m.stops(s)
	case ftpsvc.Retrying:
		left := max(i.RetryAt.Sub(m.now()).Round(time.Second), 0)
		return m.th.Error.Render(g.Fail+" "+who+"  connection lost") + "  again in " + left.String() + "  " + m.hint("reconnect") + " now"
	case ftpsvc.Lost, ftpsvc.Offline:
		return m.th.Error.Render(g.Fail+" "+who+"  not connected") + "  " + m.hint("reconnect") + " connects again"
	}
	return m.connLine(s.conn, w)
}

// stops names the key that ends the wait for a server, where it has it now.
func (m *model) stops(s *side) string {
	if s != m.here() || !m.dialling(s) {
		return ""
	}
	return "  " + m.hint("cancel") + " stops"
}

// whoForms are the ways to say whose connection it is, the shortest first. The
// tabs, where they are shown, name the site already.
func (m *model) whoForms(c ftpsvc.Conn) []string {
	name, e := m.sideName(c), m.conns[c].Endpoint
	account := e.WithDefaults().User + "@" + hostOf(e)
	if m.tabsShown() {
		return []string{name, account, scheme(e) + "://" + account}
	}
	if e.Name == "" {
		return []string{name, account}
	}
	return []string{name, name + "  " + account}
}

// connLine fits whose connection it is and its facts into w columns. What
// matters less is left out: the cipher and the full URL first, then how
// listings come; the state of encryption, the certificate's days, charset,
// connections and round trip last.
func (m *model) connLine(c ftpsvc.Conn, w int) string {
	th := m.th.Method
	i, forms := m.conns[c], m.whoForms(c)
	facts := m.connFacts(i)
	who := th.CutMiddle(th.Display(forms[0]), max(w/2, 12))
	have, shown := 2+th.Width(who), make([]bool, len(facts))
	longer := func(form string) {
		form = th.Display(form)
		if more := th.Width(form) - th.Width(who); more > 0 && have+more <= w {
			who, have = form, have+more
		}
	}
	for rank := range ranks {
		for n, f := range facts {
			if f.rank == rank && have+f.width(th) <= w {
				shown[n] = true
				have += f.width(th)
			}
		}
		switch rank {
		case 4:
			longer(forms[1])
		case 7:
			longer(forms[len(forms)-1])
		}
	}
	right := ""
	for n, f := range facts {
		if !shown[n] {
			continue
		}
		if !f.tight || !shown[n-1] {
			right += " "
		}
		right += " " + f.look.Render(f.text)
	}
	left := m.th.OK.Render(m.th.Glyphs.Dot) + " " + m.th.Strong.Render(who)
	return left + text.Spaces(w-th.Width(left)-th.Width(right)) + right
}

// fact is one thing that the site line tells; the lowest rank is kept longest.
type fact struct {
	text  string
	look  theme.Style
	rank  int
	tight bool // belongs to the fact before
}

const ranks = 8

func (f fact) width(m text.Method) int { return 2 + m.Width(f.text) }

// connFacts are the facts of a connection in the order in which they stand.
func (m *model) connFacts(i ftpsvc.ConnInfo) []fact {
	var out []fact
	add := func(rank int, look theme.Style, s string) {
		if s != "" {
			out = append(out, fact{text: m.th.Method.Display(s), look: look, rank: rank})
		}
	}
	if i.TLS == "" {
		add(0, m.th.Warn, m.th.Glyphs.Fail+" clear text")
	} else {
		version, cipher := tlsParts(i.TLS)
		add(0, m.th.OK, version)
		add(6, m.th.OK, cipher)
		out[len(out)-1].tight = cipher != ""
	}
	if m.opt.Demo {
		add(5, m.th.Info, "demo")
	}
	if !i.CertEnd.IsZero() {
		days, look := int(i.CertEnd.Sub(m.now()).Hours()/24), m.th.Text
		if days < 14 {
			look = m.th.Warn
		}
		add(1, look, fmt.Sprintf("cert %d d", days))
	}
	add(5, m.th.Dim, i.Command)
	if add(2, m.th.Dim, i.Charset); i.Command != "" && i.Charset != "" {
		out[len(out)-1].tight = true
	}
	switch {
	case i.Max > 0:
		add(3, m.th.Text, fmt.Sprintf("conn %d/%d", i.Open, i.Max))
	case i.Open > 0:
		add(3, m.th.Text, fmt.Sprintf("conn %d", i.Open))
	}
	if i.RTT > 0 {
		add(4, m.th.Text, rtt(i.RTT))
	}
	return out
}

// tlsParts parts "TLS 1.3 AES-128-GCM" into version and cipher.
func tlsParts(s string) (version, cipher string) {
	f := strings.SplitN(s, " ", 3)
	if len(f) < 3 {
		return s, ""
	}
	return f[0] + " " + f[1], f[2]
}

func rtt(d time.Duration) string {
	if d < time.Millisecond {
		return "<1 ms"
	}
	return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
}
