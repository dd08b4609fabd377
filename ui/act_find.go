package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/dialog"
	"ferry/ui/pane"
	"ferry/ui/text"
)

func init() { acts["find"] = (*model).actFind }

const (
	// findPane is the pane number of the listings of a search: no pane has it.
	findPane = -2
	// maxFound ends a search.
	maxFound = 5000
)

// finding is a search for names below a folder, one listing at a time. Links
// are not followed.
type finding struct {
	side    *side
	conn    ftpsvc.Conn
	style   vfs.PathStyle
	root    string
	pattern string
	match   func(string) bool
	dirs    []string // still to be read, the next one last
	dir     string   // being read
	id      ftpsvc.ID
	read    int64
	failed  int64
	found   []foundEntry
}

type foundEntry struct {
	dir   string
	entry vfs.Entry
}

// actFind asks for a name and looks for it below the folder of the pane.
func (m *model) actFind() tea.Cmd {
	s := m.here()
	root := s.pane.Path()
	m.open(dialog.Prompt(dialog.PromptForm{Name: "find", Title: "Find below", Corner: root, Label: "Name", OK: "Find",
		Hint: "a part of the name, or a pattern such as *.log"}), func(v dialog.Value) tea.Cmd {
		m.stopFinding()
		p := v.(dialog.Text).Text
		m.finding = &finding{side: s, conn: s.conn, style: s.style, root: root, pattern: p, match: pane.Matcher(p), dirs: []string{root}}
		m.findNext()
		return nil
	})
	return nil
}

// findNext reads the next folder, or shows what was found.
func (m *model) findNext() {
	f := m.finding
	if len(f.dirs) == 0 || len(f.found) >= maxFound {
		m.showFound()
		return
	}
	f.dir = f.dirs[len(f.dirs)-1]
	f.dirs = f.dirs[:len(f.dirs)-1]
	m.say(info, fmt.Sprintf("finding %s: %s, %s read; %s shows what is there", f.pattern, text.Plural(int64(len(f.found)), "name", "names"),
		text.Plural(f.read, "folder", "folders"), m.hint("cancel")))
	f.id = m.submit(ftpsvc.List{Conn: f.conn, Path: f.dir, Pane: findPane}, "find", func(ev ftpsvc.Event) tea.Cmd {
		if m.finding != f {
			return nil
		}
		switch ev.(type) {
		case ftpsvc.Done:
			f.read++
			m.findNext()
		case ftpsvc.Failed:
			f.failed++
			m.findNext()
		case ftpsvc.Canceled:
			m.showFound()
		}
		return nil
	})
}

// foundRows takes rows of a listing of the search.
func (m *model) foundRows(r ftpsvc.Rows) {
	f := m.finding
	if f == nil || r.ID != f.id || r.Batch == nil {
		return
	}
	for i := range r.Batch.Len() {
		e := r.Batch.At(i)
		if f.match(e.Name) && len(f.found) < maxFound {
			f.found = append(f.found, foundEntry{f.dir, e})
		}
		if e.IsDir() {
			f.dirs = append(f.dirs, f.style.Join(f.dir, e.Name))
		}
	}
}

// stopFinding ends a search; what was found is forgotten.
func (m *model) stopFinding() {
	if m.finding != nil {
		m.api.Submit(ftpsvc.Cancel{ID: m.finding.id})
		m.finding = nil
	}
}

// showFound ends the search and lists what was found; choosing goes there.
func (m *model) showFound() {
	f := m.finding
	m.finding = nil
	said := fmt.Sprintf("%s in %s", text.Plural(int64(len(f.found)), "name", "names"), text.Plural(f.read, "folder", "folders"))
	if f.failed > 0 {
		said += ", " + text.Plural(f.failed, "folder", "folders") + " could not be read"
	}
	m.say(info, "found "+said)
	rows := make([]dialog.Choice, len(f.found))
	for i, e := range f.found {
		label := strings.TrimPrefix(strings.TrimPrefix(f.style.Join(e.dir, e.entry.Name), f.root), "/")
		if e.entry.IsDir() {
			label += "/"
		}
		rows[i] = dialog.Choice{Label: label}
		if e.entry.Kind == vfs.File {
			rows[i].Note = text.Size(e.entry.Size)
		}
	}
	m.openSelf(dialog.Pick("found", "Found "+said, rows, 0, "No name below "+f.root+" matches "+f.pattern+"."), func(v dialog.Value) tea.Cmd {
		e := f.found[v.(dialog.Picked).Index]
		if f.side.conn == f.conn && !f.side.none {
			m.list(f.side, e.dir, e.entry.Name, false)
		}
		return nil
	})
}
