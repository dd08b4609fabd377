package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/action"
	"ferry/ui/dialog"
	"ferry/ui/edit"
	"ferry/ui/menu"
)

const (
	// whichDelay is how long a prefix is left alone before the box shows what can follow.
	whichDelay = 300 * time.Millisecond
	// escDigit is how long after Esc a digit counts as a function key.
	escDigit = time.Second
)

// layer says who gets the keys: the only place where that is decided.
type layer uint8

const (
	onPanes layer = iota
	onDialog
	onFloating // menu, palette, help
	onView     // a line of a view that covers the panes is typed in
	onFilter
	onSearch
	onDrag
	onPrefix
)

func (m *model) top() layer {
	switch {
	case !m.dialogs.Empty():
		return onDialog
	case m.over != nil:
		return onFloating
	case m.view() != nil:
		switch {
		case m.view().Typing():
			return onView
		case m.prefix != "":
			return onPrefix
		}
		return onPanes
	case m.drag != nil && m.drag.live:
		return onDrag
	case m.filtering != nil:
		return onFilter
	}
	if _, typing := m.here().pane.Searching(); typing {
		return onSearch
	}
	if m.prefix != "" {
		return onPrefix
	}
	return onPanes
}

// key routes a key press to the layer on top.
func (m *model) key(k tea.KeyPressMsg) tea.Cmd {
	if m.typedBlindly(k) {
		return nil
	}
	switch m.top() {
	case onDialog:
		if a, ok := m.dialogs.Key(k, m.now()); ok {
			return m.dialogAnswer(a)
		}
		return nil
	case onFloating:
		return m.intent(m.over.Key(k))
	case onView:
		m.view().Key(k)
		return nil
	case onDrag:
		if k.String() == "esc" {
			m.drag = m.endDrag()
		}
		return nil
	case onFilter:
		return m.filterKey(k)
	case onSearch:
		if m.searchKey(k) {
			return nil
		}
	}
	return m.actionKey(k)
}

// refusal is why a dialog could not open, and when, or when the last key meant
// for it came; the zero value once keys count.
type refusal struct {
	why string
	at  time.Time
}

// typedBlindly swallows what is typed into a dialog that could not open: on the
// panes the letters of a name would be commands. Any other key, Enter, or a
// quiet moment ends it.
func (m *model) typedBlindly(k tea.KeyPressMsg) bool {
	f, now, s := m.refused, m.now(), k.String()
	if f.at.IsZero() {
		return false
	}
	text := k.Text != "" && k.Mod&^tea.ModShift == 0
	if now.Sub(f.at) >= dialog.Quiet || !text && s != "enter" && s != "backspace" {
		m.refused = refusal{}
		return false
	}
	m.refused.at = now
	if s == "enter" {
		m.refused = refusal{}
	}
	said := f.why + "; the keys typed since were ignored"
	if last := &m.messages[len(m.messages)-1]; last.text == f.why || last.text == said {
		last.text, last.at, m.seen = said, now, min(m.seen, len(m.messages)-1)
	} else {
		m.say(warn, said)
	}
	return true
}

// actionKey runs what a key is bound to, or keeps it as the beginning of others.
func (m *model) actionKey(k tea.KeyPressMsg) tea.Cmd {
	name := keyName(k)
	if m.prefix != "" {
		keys := m.prefix + " " + name
		if m.turnWhich(keys, name) {
			return nil
		}
		m.prefix, m.which = "", false
		if name == "esc" {
			return nil
		}
		if a, more := m.keys.Lookup(m.place(), keys); a != nil {
			return m.run(a.Name)
		} else if more {
			return m.begin(keys)
		}
		m.say(warn, action.KeyText(keys)+" runs nothing")
		return nil
	}
	if n, ok := m.functionTwin(k, name); ok {
		name = n
	}
	a, more := m.keys.Lookup(m.place(), name)
	switch {
	case a != nil:
		return m.run(a.Name)
	case more:
		return m.begin(name)
	case name == "ctrl+c":
		m.say(info, m.hint("quit")+" quits; "+m.hint("cancel-newest")+" cancels a transfer, "+m.hint("yank-path")+" copies the path")
	case m.view() != nil:
		m.say(info, action.KeyText(name)+" does nothing here; "+m.hint("help")+" lists what does")
	}
	return nil
}

// begin keeps a prefix and shows what can follow when nothing does for a moment.
func (m *model) begin(keys string) tea.Cmd {
	m.prefix, m.which, m.whichPage = keys, false, 0
	m.prefixN++
	n := m.prefixN
	return tea.Tick(whichDelay, func(time.Time) tea.Msg { return whichMsg{n} })
}

// whichBox is the box of what can follow the prefix.
func (m *model) whichBox() *menu.Which {
	w := menu.NewWhich(m.th, m.prefix, m.worksHere())
	w.SetSize(m.w, m.h)
	w.Turn(m.whichPage)
	return w
}

// turnWhich turns the page of the box, where it is shown and the key is not bound.
func (m *model) turnWhich(keys, name string) bool {
	step := map[string]int{"pgdown": 1, "pgup": -1}[name]
	if step == 0 || !m.which {
		return false
	}
	if a, more := m.keys.Lookup(m.place(), keys); a != nil || more {
		return false
	}
	m.whichPage = m.whichBox().Turn(m.whichPage + step)
	return true
}

// functionTwin is the function key that Alt and a digit, or Esc and then a
// digit, stand for: terminals take F1, F10 and F11 for themselves.
func (m *model) functionTwin(k tea.KeyPressMsg, name string) (string, bool) {
	digit := ""
	switch {
	case len(name) == 5 && strings.HasPrefix(name, "alt+"):
		digit = name[4:]
	case len(name) == 1 && !m.escAt.IsZero() && m.now().Sub(m.escAt) <= escDigit:
		digit = name
	}
	if k.String() != "esc" {
		m.escAt = time.Time{}
	}
	if digit < "0" || digit > "9" || len(digit) != 1 {
		return "", false
	}
	if a, _ := m.keys.Lookup(m.place(), name); a != nil && strings.HasPrefix(name, "alt+") {
		return "", false // the user bound it
	}
	if digit == "0" {
		return "f10", true
	}
	return "f" + digit, true
}

// keyName is a key press as key maps write it.
func keyName(k tea.KeyPressMsg) string { return action.Pressed(k.String()) }

// hint is what a sentence calls an action by: its key.
func (m *model) hint(name string) string { return m.keys.Ref(name) }

// short is hint with the shortest of the keys: where room is scarce.
func (m *model) short(name string) string {
	best := m.hint(name)
	for _, k := range m.keys.Keys(name) {
		if s := action.KeyText(k); len(s) < len(best) {
			best = s
		}
	}
	return best
}

// searchKey edits an incremental search; false hands the key on.
func (m *model) searchKey(k tea.KeyPressMsg) bool {
	p := m.here().pane
	text, _ := p.Searching()
	switch s := k.String(); {
	case s == "esc":
		p.SetSearch("")
		p.EndSearch()
	case s == "enter":
		p.EndSearch()
	case s == "backspace":
		if r := []rune(text); len(r) > 0 {
			p.SetSearch(string(r[:len(r)-1]))
		} else {
			p.EndSearch()
		}
	case s == "down" || s == "ctrl+s" || s == "ctrl+n":
		p.Again(1)
	case s == "up" || s == "ctrl+p":
		p.Again(-1)
	case k.Text != "" && k.Mod&^tea.ModShift == 0:
		if !p.SetSearch(text + k.Text) {
			m.say(warn, "no name holds "+text+k.Text)
		}
	default:
		p.EndSearch()
		return false
	}
	return true
}

// filterEdit is a filter being typed.
type filterEdit struct {
	side *side
	was  string
	in   edit.Line
}

// beginFilter opens the filter of the pane with the focus; what it is now is
// selected, so that typing takes its place.
func (m *model) beginFilter() {
	s := m.here()
	f := &filterEdit{side: s, was: s.pane.Spec().Filter}
	f.in = edit.New(f.was)
	f.in.Select(-1)
	m.filtering = f
	s.pane.SetTyping(&f.in)
}

// endFilter keeps the filter as it stands.
func (m *model) endFilter() {
	if m.filtering != nil {
		m.filtering.side.pane.SetTyping(nil)
		m.filtering = nil
	}
}

// setFilter shows what the filter leaves.
func (f *filterEdit) setFilter(s string) {
	sp := f.side.pane.Spec()
	sp.Filter = s
	f.side.pane.SetSpec(sp)
	f.side.pane.SetTyping(&f.in)
}

func (m *model) filterKey(k tea.KeyPressMsg) tea.Cmd {
	f := m.filtering
	switch k.String() {
	case "esc":
		f.setFilter(f.was)
		m.endFilter()
		return nil
	case "enter":
		m.endFilter()
		return nil
	case "up", "down", "pgup", "pgdown":
		m.endFilter()
		return m.actionKey(k)
	case "backspace":
		if f.in.Empty() {
			m.endFilter()
			return nil
		}
	}
	f.in.Key(k)
	f.setFilter(f.in.Value())
	return nil
}

// paste gives the first line of pasted text to whoever takes text now: all
// fields are of one line, and what stands in two is not one name.
func (m *model) paste(s string) (cmd tea.Cmd) {
	s = strings.Trim(strings.ReplaceAll(s, "\r", "\n"), "\n")
	line, rest, _ := strings.Cut(s, "\n")
	taken := true
	switch m.top() {
	case onDialog:
		taken = m.dialogs.Paste(line, m.now())
	case onFloating:
		taken = m.over.Cursor() != nil
		cmd = m.intent(m.over.Paste(line))
	case onView:
		cmd = m.intent(m.view().Paste(line))
	case onFilter:
		m.filtering.in.Insert(line)
		m.filtering.setFilter(m.filtering.in.Value())
	case onSearch:
		text, _ := m.here().pane.Searching()
		m.here().pane.SetSearch(text + line)
	default:
		return m.pasted(strings.TrimSpace(line))
	}
	if taken && rest != "" {
		m.say(warn, "of what was pasted only the first line was taken")
	}
	return cmd
}
