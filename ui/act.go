package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/action"
	"ferry/ui/dialog"
	"ferry/ui/menu"
	"ferry/ui/pane"
)

// acts is what each action does. It is filled in by the act_<verb>.go files.
var acts = map[string]func(*model) tea.Cmd{}

// answerFunc is the Tag of a dialog that the user opened: what to do with its answer.
type answerFunc func(dialog.Value) tea.Cmd

// run does an action, or says why it cannot be done.
func (m *model) run(name string) tea.Cmd {
	if why := m.disabled(name); why != "" {
		m.say(warn, why)
		if a := action.ByName(name); a != nil && strings.HasSuffix(a.Label, "…") {
			m.refused = refusal{why, m.now()}
		}
		return nil
	}
	if v := m.view(); v != nil {
		if do, _ := v.Act(name); do != nil {
			return m.intent(do())
		}
	}
	if f := acts[name]; f != nil {
		return f(m)
	}
	return nil
}

// open shows a dialog and remembers what to do with its answer.
func (m *model) open(d *dialog.Dialog, then answerFunc) {
	d.Tag = then
	m.over, m.prefix = nil, ""
	m.dialogs.Open(d)
}

// openSelf shows a dialog that comes by itself, some time after the key that
// led to it: keys typed ahead do not answer it, and what is being typed or
// dragged is finished first.
func (m *model) openSelf(d *dialog.Dialog, then answerFunc) { m.surface(d, then) }

// surface is openSelf with any Tag.
func (m *model) surface(d *dialog.Dialog, tag any) {
	d.Tag = tag
	if !m.handsFull() {
		m.prefix, m.which = "", false
		m.drag = m.endDrag()
	}
	m.dialogs.OpenSelf(d, m.now())
}

// handsFull reports whether a text field outside of the dialogs has the keys,
// or something is being dragged.
func (m *model) handsFull() bool {
	switch m.top() {
	case onView, onFilter, onSearch, onDrag:
		return true
	case onFloating:
		return m.over.Cursor() != nil
	}
	return false
}

func (m *model) dialogAnswer(a dialog.Answer) tea.Cmd {
	if c, ok := a.Value.(dialog.Copied); ok {
		return m.yank(c.Text)
	}
	switch tag := a.Tag.(type) {
	case questionTag:
		return m.answered(a)
	case answerFunc:
		if a.Value != nil && tag != nil {
			return tag(a.Value)
		}
	}
	return nil
}

// intent does what a widget reports.
func (m *model) intent(i action.Intent) tea.Cmd {
	switch i := i.(type) {
	case nil:
		return nil
	case action.Close:
		if m.over != nil {
			m.over = nil
		} else {
			m.closeView()
		}
		return nil
	case action.Run:
		m.over = nil
		return m.run(i.Name)
	case action.Rebind:
		return m.rebind(i.Name)
	case menu.Captured:
		return m.captured(i)
	}
	return m.widgetIntent(i)
}

// items are actions as menus show them here and now.
func (m *model) items(as []*action.Action) []action.Item {
	out := make([]action.Item, len(as))
	for i, a := range as {
		out[i] = action.Item{Action: a, Keys: m.keys.Keys(a.Name), Disabled: m.disabled(a.Name), State: m.state(a.Name)}
	}
	return out
}

// state is "on", "off" or a value for what is switched.
func (m *model) state(name string) string {
	onOff := func(b bool) string {
		if b {
			return "on"
		}
		return "off"
	}
	t, p := m.cur(), m.here().pane
	sorted := func(k pane.SortKey) string {
		if p.Spec().Key == k {
			return "on"
		}
		return ""
	}
	switch name {
	case "hidden":
		return onOff(p.Spec().Hidden)
	case "compare":
		return onOff(t.compare)
	case "sync":
		return onOff(t.sync)
	case "mouse":
		return onOff(!m.mouseOff)
	case "log":
		return onOff(m.logOn)
	case "full-pane":
		return onOff(t.full)
	case "pause-all":
		return onOff(m.queue.Paused())
	case "sort-reverse":
		return onOff(p.Spec().Reverse)
	case "sort-name":
		return sorted(pane.ByName)
	case "sort-ext":
		return sorted(pane.ByExt)
	case "sort-size":
		return sorted(pane.BySize)
	case "sort-date":
		return sorted(pane.ByDate)
	case "sort-owner":
		return sorted(pane.ByOwner)
	case "sort-none":
		return sorted(pane.Unsorted)
	}
	return ""
}
