package ui

import (
	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc/vfs"
	"ferry/ui/dialog"
	"ferry/ui/pane"
	"ferry/ui/text"
)

// onPane registers an action that only concerns the pane with the focus.
func onPane(name string, f func(*pane.Pane)) {
	acts[name] = func(m *model) tea.Cmd { f(m.here().pane); return nil }
}

func init() {
	onPane("up", func(p *pane.Pane) { p.Move(-1) })
	onPane("down", func(p *pane.Pane) { p.Move(1) })
	onPane("page-up", func(p *pane.Pane) { p.Page(-1) })
	onPane("page-down", func(p *pane.Pane) { p.Page(1) })
	onPane("top", func(p *pane.Pane) { p.MoveTo(0) })
	onPane("bottom", func(p *pane.Pane) { p.MoveTo(p.Rows()) })
	onPane("mark", func(p *pane.Pane) { p.MarkMove(1) })
	onPane("mark-down", func(p *pane.Pane) { p.MarkMove(1) })
	onPane("mark-up", func(p *pane.Pane) { p.MarkMove(-1) })
	onPane("range", (*pane.Pane).Range)
	onPane("mark-all", func(p *pane.Pane) { p.MarkWhere(true, func(vfs.Entry) bool { return true }) })
	onPane("mark-invert", (*pane.Pane).Invert)
	onPane("mark-ext", func(p *pane.Pane) { p.MarkExt(true) })
	onPane("unmark-all", (*pane.Pane).Unmark)
	onPane("search", (*pane.Pane).BeginSearch)
	onPane("search-next", func(p *pane.Pane) { p.Again(1) })
	onPane("search-prev", func(p *pane.Pane) { p.Again(-1) })
	onPane("hidden", func(p *pane.Pane) {
		s := p.Spec()
		s.Hidden = !s.Hidden
		p.SetSpec(s)
	})
	acts["mark-pattern"] = func(m *model) tea.Cmd { return m.askPattern(true) }
	acts["unmark-pattern"] = func(m *model) tea.Cmd { return m.askPattern(false) }
	acts["filter"] = func(m *model) tea.Cmd { m.beginFilter(); return nil }
	for key, name := range map[pane.SortKey]string{pane.ByName: "sort-name", pane.ByExt: "sort-ext", pane.BySize: "sort-size",
		pane.ByDate: "sort-date", pane.ByOwner: "sort-owner", pane.Unsorted: "sort-none"} {
		onPane(name, func(p *pane.Pane) { sortBy(p, key) })
	}
	onPane("sort-reverse", func(p *pane.Pane) {
		s := p.Spec()
		s.Reverse = !s.Reverse
		p.SetSpec(s)
	})
}

// sortBy sorts by a key; by the same one again turns the order round. Sizes
// and dates begin with the largest and the newest.
func sortBy(p *pane.Pane, key pane.SortKey) {
	s := p.Spec()
	if s.Key == key {
		s.Reverse = !s.Reverse
	} else {
		s.Key, s.Reverse = key, key == pane.BySize || key == pane.ByDate
	}
	p.SetSpec(s)
}

func (m *model) askPattern(on bool) tea.Cmd {
	p := m.here().pane
	m.open(dialog.Pattern(on, ""), func(v dialog.Value) tea.Cmd {
		t := v.(dialog.Text)
		n := p.MarkPattern(on, t.Text, t.Ticked[0], t.Ticked[1])
		if n == 0 {
			m.say(warn, "no name matches "+t.Text)
		} else {
			m.say(info, text.Plural(int64(n), "name matches", "names match"))
		}
		return nil
	})
	return nil
}
