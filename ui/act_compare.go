package ui

import (
	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc/vfs"
	"ferry/ui/pane"
	"ferry/ui/text"
)

func init() {
	acts["compare"] = func(m *model) tea.Cmd {
		t := m.cur()
		t.compare = !t.compare
		m.showNotes(t)
		if !t.compare {
			t.sides[0].pane.SetSigns(nil)
			t.sides[1].pane.SetSigns(nil)
			return nil
		}
		g := m.th.Glyphs
		m.say(info, g.Equal+" same  "+g.Differ+" size  "+g.Newer+" newer  "+g.Older+" older  "+g.OnlyHere+" only here  "+g.SameName+" folder, by name; "+m.hint("mark-differ")+" marks")
		return m.compareAgain()
	}
	acts["mark-differ"] = func(m *model) tea.Cmd {
		t := m.cur()
		t.compare = true
		m.showNotes(t)
		return m.compareThen(t, true)
	}
	acts["sync"] = func(m *model) tea.Cmd {
		t := m.cur()
		t.sync = !t.sync
		m.showNotes(t)
		if t.sync {
			m.say(info, "synchronised browsing: both panes enter and leave folders together")
		}
		return nil
	}
}

func (m *model) showNotes(t *tab) {
	for _, s := range t.sides {
		s.pane.SetNotes(m.notes(s, s.pane.Notes().Free))
	}
}

// compareAgain compares the panes of the tabs that show marks, once both are read.
func (m *model) compareAgain() tea.Cmd {
	var cmds []tea.Cmd
	for _, t := range m.tabs {
		if t.compare {
			cmds = append(cmds, m.compareThen(t, false))
		}
	}
	return tea.Batch(cmds...)
}

func (m *model) compareThen(t *tab, mark bool) tea.Cmd {
	a, b := t.sides[0], t.sides[1]
	if a.pane.State() != pane.Ready || b.pane.State() != pane.Ready {
		return nil
	}
	la, lb := a.pane.Snapshot(), b.pane.Snapshot()
	gens := [2]uint64{a.pane.Gen(), b.pane.Gen()}
	g := m.th.Glyphs
	return func() tea.Msg {
		l, r := pane.Compare(la, lb, g)
		return comparedMsg{t, gens, l, r, mark}
	}
}

func (m *model) compared(c comparedMsg) {
	a, b := c.tab.sides[0].pane, c.tab.sides[1].pane
	if !c.tab.compare || a.Gen() != c.gens[0] || b.Gen() != c.gens[1] {
		return
	}
	a.SetSigns(c.left)
	b.SetSigns(c.right)
	if c.mark {
		m.markDiffering(c)
	}
}

// markDiffering marks in the pane with the focus what differs, and tells what
// was not looked at.
func (m *model) markDiffering(c comparedMsg) {
	g, signs := m.th.Glyphs, c.left
	if c.tab.focus == 1 {
		signs = c.right
	}
	folders := 0
	n := m.here().pane.MarkWhere(true, func(e vfs.Entry) bool {
		s := signs[e.Name]
		if s == g.SameName {
			folders++
		}
		return s != "" && s != g.Equal && s != g.Older && s != g.SameName
	})
	said := text.Plural(int64(n), "difference", "differences") + " marked"
	if folders > 0 {
		said += "; " + text.Plural(int64(folders), "folder has", "folders have") + " the same name there, what is in them was not compared"
	}
	m.say(info, said)
}
