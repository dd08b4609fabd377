package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ferry/ftpsvc"
	"ferry/ui/action"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// span is columns of a line that the mouse can mean.
type span struct {
	x0, x1 int
	run    string // an action
	tab    int    // or a tab, -1 none
}

func (m *model) menuNote() string {
	note := m.hint("menu") + " menu   " + m.hint("palette") + " palette   " + m.hint("help") + " keys"
	if m.w < 100 {
		note = m.hint("menu") + " menu  " + m.hint("help") + " keys"
	}
	return note
}

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
	if len(m.tabs) > 1 || m.w >= 110 {
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

// tabName is the server of a tab, or the folder it shows.
func (m *model) tabName(t *tab) string {
	for _, s := range t.sides {
		if !s.none && s.conn != ftpsvc.Local {
			return m.sideName(s.conn)
		}
	}
	return "Local"
}

// connText tells in at most w columns how the connection stands; what matters
// less is left out first.
func (m *model) connText(w int) string {
	g := m.th.Glyphs
	s := m.remote()
	if s == nil {
		for _, c := range sortedConns(m.conns) {
			if i := m.conns[c]; i.State == ftpsvc.Connecting {
				return m.th.Info.Render(g.Dot + " connecting to " + m.th.Method.CutMiddle(m.th.Method.Display(hostOf(i.Endpoint)), max(w-20, 8)) + g.More)
			}
		}
		return m.th.Dim.Render(m.th.Method.Cut("not connected   "+m.hint("connect")+" connect   "+m.hint("sites")+" sites", w))
	}
	i := m.conns[s.conn]
	who := scheme(i.Endpoint) + "://" + i.Endpoint.WithDefaults().User + "@" + hostOf(i.Endpoint)
	if w < 70 || i.Endpoint.Name != "" && w < 100 {
		who = m.sideName(s.conn)
	}
	who = m.th.Method.CutMiddle(m.th.Method.Display(who), max(w/2, 12))
	switch i.State {
	case ftpsvc.Connecting:
		return m.th.Info.Render(g.Dot) + " " + who + "  " + m.th.Info.Render("connecting"+g.More)
	case ftpsvc.Retrying:
		left := max(i.RetryAt.Sub(m.now()).Round(time.Second), 0)
		return m.th.Error.Render(g.Fail+" "+who+"  connection lost") + "  again in " + left.String() + "  " + m.hint("reconnect") + " now"
	case ftpsvc.Lost, ftpsvc.Offline:
		return m.th.Error.Render(g.Fail+" "+who+"  not connected") + "  " + m.hint("reconnect") + " connects again"
	}
	fields := m.connFields(i)
	out := m.th.OK.Render(g.Dot) + " " + m.th.Strong.Render(who)
	have := m.th.Method.Width(out)
	for _, f := range fields {
		if have+2+m.th.Method.Width(f) > w {
			continue
		}
		out += "  " + f
		have += 2 + m.th.Method.Width(f)
	}
	return out
}

// connFields are the facts of a connection, the most important first.
func (m *model) connFields(i ftpsvc.ConnInfo) []string {
	var f []string
	switch {
	case i.TLS == "":
		f = append(f, m.th.Warn.Render(m.th.Glyphs.Fail+" clear text"))
	default:
		f = append(f, m.th.OK.Render(m.th.Method.Display(i.TLS)))
	}
	if m.opt.Demo {
		f = append(f, m.th.Info.Render("demo"))
	}
	if i.Max > 0 {
		f = append(f, fmt.Sprintf("conn %d/%d", i.Open, i.Max))
	} else if i.Open > 0 {
		f = append(f, fmt.Sprintf("conn %d", i.Open))
	}
	if i.RTT > 0 {
		f = append(f, rtt(i.RTT))
	}
	if !i.CertEnd.IsZero() {
		days := int(i.CertEnd.Sub(m.now()).Hours() / 24)
		s := fmt.Sprintf("cert %d d", days)
		if days < 14 {
			s = m.th.Warn.Render(s)
		}
		f = append(f, s)
	}
	if c := strings.TrimSpace(i.Command + " " + i.Charset); c != "" {
		f = append(f, m.th.Dim.Render(m.th.Method.Display(c)))
	}
	return f
}

func rtt(d time.Duration) string {
	if d < time.Millisecond {
		return "<1 ms"
	}
	return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
}

// statusLine is the newest message, or what can be done here; at the right
// how the pane stands.
func (m *model) statusLine(w int) string {
	th := m.th.Method
	right := m.status(w)
	rw := th.Width(right)
	left, st := m.statusText()
	if rw > 0 && th.Width(th.Display(left)) > w-4-rw && (m.fresh() || m.notice != "") {
		right, rw = "", 0 // what happened matters more
	}
	room := w - 2
	if rw > 0 {
		room -= rw + 2
	}
	left = th.Pad(th.Display(left), max(room, 0))
	line := " " + st.Render(left)
	if rw > 0 {
		line += "  " + right
	}
	return th.Pad(line, w)
}

// waitingText tells of questions that wait until the user has finished, and
// how to get to them.
func (m *model) waitingText() string {
	s := "? " + text.Plural(int64(m.dialogs.Waiting()), "question waits", "questions wait")
	switch m.top() {
	case onDialog:
		return s + " behind this dialog"
	case onFloating:
		return s + ": Esc ends typing and shows it"
	}
	return s + ": Enter or Esc ends typing and shows it"
}

// urgent reports an error or a question that must be seen now.
func (m *model) urgent() bool {
	if m.drag != nil && m.drag.live || m.dialogs.Waiting() > 0 {
		return true
	}
	return m.fresh() && m.messages[len(m.messages)-1].kind >= warn
}

// fresh reports whether the newest message has not been seen yet: no key was
// pressed a moment after it.
func (m *model) fresh() bool {
	return len(m.messages) > m.seen
}

func (m *model) statusText() (string, theme.Style) {
	switch {
	case m.drag != nil && m.drag.live:
		return m.drag.hint, m.th.Info
	case m.dialogs.Waiting() > 0:
		return m.waitingText(), m.th.Warn
	case m.prefix != "":
		return action.KeyText(m.prefix) + " " + m.th.Glyphs.More, m.th.Info
	case m.notice != "" && (!m.fresh() || m.messages[len(m.messages)-1].kind != bad):
		return one(m.notice), m.th.Warn
	case m.fresh():
		last := m.messages[len(m.messages)-1]
		switch last.kind {
		case bad:
			return m.th.Glyphs.Fail + " " + one(last.text), m.th.Error
		case warn:
			return one(last.text), m.th.Warn
		case good:
			return one(last.text), m.th.OK
		}
		return one(last.text), m.th.Text
	}
	if m.queue.Busy() && m.reply != "" && m.lay.status.h > 0 && !m.lay.framed && m.dialogs.Empty() {
		return m.reply, m.th.Dim
	}
	return m.hints(), m.th.Dim
}

// hints names at most six keys that matter now.
func (m *model) hints() string {
	h := func(pairs ...string) string {
		var out []string
		for i := 0; i+1 < len(pairs); i += 2 {
			out = append(out, m.hint(pairs[i])+" "+pairs[i+1])
		}
		return strings.Join(out, "   ")
	}
	switch {
	case !m.dialogs.Empty() && m.dialogs.Top().Completes():
		return "Tab completes   Down next field   Enter chooses   Esc cancels"
	case !m.dialogs.Empty():
		return "Tab next field   Enter chooses   Esc cancels"
	case m.here().none:
		return h("connect", "connect", "sites", "saved sites", "other-pane", "other pane", "help", "help", "quit", "quit")
	}
	if _, typing := m.here().pane.Searching(); typing {
		return "type a part of a name   Down next   Enter done   Esc cancel"
	}
	if m.filtering != nil {
		return "type a part of a name, or a pattern such as *.txt   Enter keeps   Esc cancels"
	}
	if _, all, _ := m.here().pane.MarkCount(); all > 0 {
		return h("copy", "copy them", "move", "move", "delete", "delete", "unmark-all", "unmark", "mark-invert", "invert")
	}
	return h("mark", "mark", "copy", "copy", "search", "find", "filter", "filter", "queue", "queue", "palette", "all actions")
}

// status is how the pane with the focus stands.
func (m *model) status(w int) string {
	p := m.here().pane
	if n := m.queue.Total().Failed; n > 0 && w < 100 {
		return m.th.Error.Render(fmt.Sprintf("%d failed: %s", n, m.hint("queue")))
	}
	if w < 100 {
		return ""
	}
	sp := p.Spec()
	_, all, _ := p.MarkCount()
	filter, hidden := "none", "off"
	if sp.Filter != "" {
		filter = m.th.Method.Cut(m.th.Method.Display(sp.Filter), 12)
	}
	if sp.Hidden {
		hidden = "on"
	}
	sep := " · "
	if m.th.Glyphs.ASCII {
		sep = " | "
	}
	return m.th.Dim.Render(fmt.Sprintf("marked %d%sfilter %s%shidden %s%ssort %s", all, sep, filter, sep, hidden, sep, sp.Key))
}

// keyBar is the function keys and what they run.
func (m *model) keyBar() string {
	m.keySpans = m.keySpans[:0]
	var b strings.Builder
	x := 0
	for n := 1; n <= 10; n++ {
		end := m.w * n / 10
		num := strconv.Itoa(n)
		label, run := "", ""
		if a, _ := m.keys.Lookup("f" + num); a != nil {
			label, run = a.Bar, a.Name
			if label == "" {
				label = strings.TrimRight(a.Label, "…")
			}
		}
		w := end - x
		room := w - len(num)
		gap := ""
		if room > len(label) {
			gap, room = " ", room-1
		}
		if room > len(label) {
			num += " "
			room--
		}
		b.WriteString(m.th.KeyNum.Render(num))
		b.WriteString(m.th.KeyLabel.Render(m.th.Method.Pad(label[:min(len(label), max(room, 0))], max(room, 0))) + gap)
		m.keySpans = append(m.keySpans, span{x0: x, x1: end, run: run, tab: -1})
		x = end
	}
	return m.th.Method.Pad(b.String(), m.w)
}

func allActions() []*action.Action { return action.All() }
