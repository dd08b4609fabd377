package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ferry/ui/action"
	"ferry/ui/pane"
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
	notes := []struct{ action, word string }{{"menu", "menu"}, {"palette", "palette"}, {"help", "keys"}}
	sep := "   "
	if m.w < 100 {
		notes, sep = slices.Delete(notes, 1, 2), "  "
	}
	var out []string
	for _, n := range notes {
		if m.keys.Key(n.action) != "" {
			out = append(out, m.short(n.action)+" "+n.word)
		}
	}
	return strings.Join(out, sep)
}

// statusLine is the newest message, or what can be done here; at the right
// how the pane stands, as far as there is room. What happened matters more than
// that, a reply or a hint does not.
func (m *model) statusLine(w int) string {
	th := m.th.Method
	left, st := m.statusText()
	hard := left != ""
	switch left = th.Display(left); {
	case hard:
	case m.replies():
		left, st = th.Display(m.reply), m.th.Dim
	default:
		left, st = m.hints(w-2), m.th.Dim
	}
	right := ""
	for _, r := range m.status(w) {
		if r.must && !hard || th.Width(left)+th.Width(r.text)+4 <= w {
			right = r.text
			break
		}
	}
	room := w - 2
	if right != "" {
		room -= th.Width(right) + 2
	}
	if !hard && !m.replies() {
		left = m.hints(room)
	}
	line := " " + st.Render(th.Pad(left, max(room, 0)))
	if right != "" {
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

// statusText is what is to be said now, "" when there is only what can be done.
func (m *model) statusText() (string, theme.Style) {
	switch {
	case m.drag != nil && m.drag.live:
		return m.drag.hint, m.th.Info
	case m.dialogs.Waiting() > 0:
		return m.waitingText(), m.th.Warn
	case m.prefix != "":
		return action.KeyText(m.prefix) + " " + m.th.Glyphs.More, m.th.Info
	case m.notice != "" && (!m.fresh() || m.messages[len(m.messages)-1].kind < warn):
		return one(m.notice), m.th.Warn
	case m.fresh() && !(m.replies() && m.stale()):
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
	return "", m.th.Dim
}

// replies reports whether the last reply of a server is to be seen here: while
// transfers run, where no other part of the screen shows it.
func (m *model) replies() bool {
	return m.queue.Busy() && m.reply != "" && m.lay.status.h > 0 && !m.lay.framed && m.dialogs.Empty()
}

// stale reports whether the newest message has been there for a while and
// tells of nothing that went wrong.
func (m *model) stale() bool {
	last := m.messages[len(m.messages)-1]
	return last.kind < warn && m.now().Sub(last.at) > 4*time.Second
}

// hints names at most six keys that matter now, as many as fit into w columns.
func (m *model) hints(w int) string {
	out := ""
	for _, h := range m.hintList() {
		next := out + "   " + h
		if out == "" {
			next = h
		}
		if m.th.Method.Width(next) > w {
			break
		}
		out = next
	}
	return out
}

func (m *model) hintList() []string {
	h := m.hintsOf
	switch {
	case !m.dialogs.Empty() && m.dialogs.Top().Completes():
		return []string{"Tab completes", "Down next field", "Enter chooses", "Esc cancels"}
	case !m.dialogs.Empty():
		return []string{"Tab next field", "Enter chooses", "Esc cancels"}
	case m.here().none:
		return h("connect", "connect", "sites", "saved sites", "other-pane", "other pane", "help", "help", "quit", "quit")
	}
	if _, typing := m.here().pane.Searching(); typing {
		return []string{"type a part of a name", "Down next", "Enter done", "Esc cancel"}
	}
	if m.filtering != nil {
		return []string{"type a part of a name, or *.txt", "Enter keeps", "Esc cancels"}
	}
	if _, all, _ := m.here().pane.MarkCount(); all > 0 {
		return h("copy", "copy them", "move", "move", "delete", "delete", "unmark-all", "unmark", "mark-invert", "invert")
	}
	return h("mark", "mark", "copy", "copy", "search", "find", "filter", "filter", "queue", "queue", "palette", "all actions")
}

// standing is a form of how the pane stands.
type standing struct {
	text string
	must bool // shown even where it takes room from the hints
}

// status is how the pane with the focus stands, the longest form first. What
// is as usual makes room for what is not.
func (m *model) status(w int) []standing {
	if m.quitting {
		return []standing{{m.th.Warn.Render("ends when the queue is empty: " + m.hint("quit")), true}}
	}
	if n := m.queue.Total().Failed; n > 0 && w < 100 {
		s := fmt.Sprintf("%d failed: %s", n, m.hint("queue"))
		return []standing{{m.th.Error.Render(s + " to see"), false}, {m.th.Error.Render(s), true}}
	}
	if w < 100 || m.drag != nil && m.drag.live {
		return nil
	}
	p := m.here().pane
	sp := p.Spec()
	_, all, _ := p.MarkCount()
	facts := []struct {
		text  string
		usual bool
	}{{"marked " + text.Count(int64(all)), all == 0}, {"filter none", true}, {"hidden off", !sp.Hidden}, {"sort " + sp.Key.String(), sp.Key == pane.ByName}}
	if sp.Filter != "" {
		facts[1].text, facts[1].usual = "filter "+m.th.Method.Cut(m.th.Method.Display(sp.Filter), 12), false
	}
	if sp.Hidden {
		facts[2].text = "hidden on"
	}
	var every, odd []string
	for _, f := range facts {
		every = append(every, f.text)
		if !f.usual {
			odd = append(odd, f.text)
		}
	}
	sep := " · "
	if m.th.Glyphs.ASCII {
		sep = " | "
	}
	st := m.th.Dim
	return []standing{{st.Render(strings.Join(every, sep)), false}, {st.Render(strings.Join(odd, sep)), true}}
}

// shortBar are labels of the key bar for cells that are too narrow.
var shortBar = map[string]string{"Delete": "Del", "Sites": "Site"}

// keyBar is the function keys and what they run.
func (m *model) keyBar() string {
	th := m.th.Method
	m.keySpans = m.keySpans[:0]
	var b strings.Builder
	x := 0 // how far it is drawn
	for n := 1; n <= 10; n++ {
		from, to := m.w*(n-1)/10, m.w*n/10
		num, label, run := strconv.Itoa(n), "", ""
		if a, _ := m.keys.Lookup(action.Panes, "f"+num); a != nil {
			label, run = a.Bar, a.Name
			if label == "" {
				label = strings.TrimRight(a.Label, "…")
			}
		}
		if x > from { // the cell before needed more than its own
			from = x
		}
		if s, ok := shortBar[label]; ok && len(num)+1+len(label) >= to-from {
			label = s
		}
		if len(num)+1+len(label) < to-from || n == 10 && len(num)+1+len(label) <= to-from {
			num += " "
		}
		label = th.Cut(label, max(m.w-from-len(num), 0))
		gap := 1 // between two cells
		if n == 10 {
			gap = 0
		}
		w := max(to-from-gap, len(num)+th.Width(label))
		b.WriteString(text.Spaces(from-x) + m.th.KeyNum.Render(num) + m.th.KeyLabel.Render(th.Pad(label, max(w-len(num), 0))) + text.Spaces(gap))
		x = from + w + gap
		m.keySpans = append(m.keySpans, span{x0: from, x1: x, run: run, tab: -1})
	}
	return th.Pad(b.String(), m.w)
}
