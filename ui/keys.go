package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/action"
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

// actionKey runs what a key is bound to, or keeps it as the beginning of others.
func (m *model) actionKey(k tea.KeyPressMsg) tea.Cmd {
	name := keyName(k)
	if m.prefix != "" {
		prefix := m.prefix
		m.prefix, m.which = "", false
		if name == "esc" {
			return nil
		}
		keys := prefix + " " + name
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
	m.prefix, m.which = keys, false
	m.prefixN++
	n := m.prefixN
	return tea.Tick(whichDelay, func(time.Time) tea.Msg { return whichMsg{n} })
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
}

func (m *model) filterKey(k tea.KeyPressMsg) tea.Cmd {
	s := m.filtering.side
	sp := s.pane.Spec()
	switch name := k.String(); {
	case name == "esc":
		sp.Filter = m.filtering.was
		m.filtering = nil
	case name == "enter":
		m.filtering = nil
	case name == "backspace":
		if r := []rune(sp.Filter); len(r) > 0 {
			sp.Filter = string(r[:len(r)-1])
		} else {
			m.filtering = nil
		}
	case name == "ctrl+u":
		sp.Filter = ""
	case name == "up" || name == "down" || name == "pgup" || name == "pgdown":
		m.filtering = nil
		return m.actionKey(k)
	case k.Text != "" && k.Mod&^tea.ModShift == 0:
		sp.Filter += k.Text
	}
	s.pane.SetSpec(sp)
	s.pane.SetTyping(m.filtering != nil)
	return nil
}

// paste gives pasted text to whoever takes text now.
func (m *model) paste(s string) tea.Cmd {
	line, _, _ := strings.Cut(strings.ReplaceAll(s, "\r", "\n"), "\n")
	switch m.top() {
	case onDialog:
		m.dialogs.Paste(s, m.now())
	case onFloating:
		return m.intent(m.over.Paste(s))
	case onView:
		return m.intent(m.view().Paste(s))
	case onFilter:
		sp := m.filtering.side.pane.Spec()
		sp.Filter += line
		m.filtering.side.pane.SetSpec(sp)
	case onSearch:
		text, _ := m.here().pane.Searching()
		m.here().pane.SetSearch(text + line)
	default:
		return m.pasted(strings.TrimSpace(line))
	}
	return nil
}
