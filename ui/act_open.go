package ui

import (
	"errors"
	"io/fs"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/dialog"
	"ferry/ui/pane"
)

func init() {
	acts["open"] = (*model).actOpen
	acts["enter-dir"] = func(m *model) tea.Cmd {
		if e, ok := m.here().pane.Current(); ok && !e.IsDir() && e.Kind != vfs.Link {
			return nil
		} else if ok && e.Kind == vfs.Link {
			return m.follow(m.here(), e, false)
		}
		if m.here().pane.OnParent() {
			return nil
		}
		return m.actOpen()
	}
	acts["parent"] = func(m *model) tea.Cmd {
		m.parent(m.here())
		if o := m.there(); m.cur().sync && !o.none {
			m.parent(o)
		}
		return nil
	}
	acts["back"] = func(m *model) tea.Cmd { return m.history(-1) }
	acts["forward"] = func(m *model) tea.Cmd { return m.history(1) }
	acts["refresh"] = func(m *model) tea.Cmd {
		if s := m.here(); !s.none {
			m.list(s, s.pane.Path(), "", true)
		}
		return nil
	}
	acts["home"] = func(m *model) tea.Cmd {
		s := m.here()
		switch {
		case s.none:
		case s.conn == ftpsvc.Local && userHome() != "":
			m.list(s, userHome(), "", false)
		default:
			m.list(s, s.home, "", false)
		}
		return nil
	}
	acts["root"] = func(m *model) tea.Cmd {
		s := m.here()
		if !s.none {
			m.list(s, top(s), "", false)
		}
		return nil
	}
	acts["goto"] = (*model).actGoto
	acts["link-target"] = func(m *model) tea.Cmd {
		s := m.here()
		e, _ := s.pane.Current()
		target := e.Target
		if !s.style.IsAbs(target) {
			target = s.style.Join(s.pane.Path(), target)
		}
		target = s.style.Clean(target)
		m.list(s, s.style.Dir(target), s.style.Base(target), false)
		return nil
	}
	acts["same-dir"] = (*model).actSameDir
}

// top is the root of the tree that a side shows.
func top(s *side) string {
	p := s.pane.Path()
	for range 1000 {
		up := s.style.Dir(p)
		if up == p {
			break
		}
		p = up
	}
	return p
}

func (m *model) noLink(s *side) string {
	if e, ok := s.pane.Current(); !ok || e.Kind != vfs.Link || e.Target == "" {
		return "the cursor is on no link"
	}
	return ""
}

// actOpen enters a folder, follows a link, or views a file.
func (m *model) actOpen() tea.Cmd {
	s := m.here()
	if s.none {
		return m.run("connect")
	}
	if s.pane.OnParent() {
		return m.run("parent")
	}
	e, ok := s.pane.Current()
	switch {
	case !ok:
		return nil
	case e.IsDir():
		m.enter(s, e.Name)
		if o := m.there(); m.cur().sync && !o.none {
			m.enterSame(o, e.Name)
		}
		return nil
	case e.Kind == vfs.Link || e.Kind == vfs.Unknown:
		return m.follow(s, e, true)
	}
	return m.run("view")
}

func (m *model) enter(s *side, name string) {
	m.list(s, s.style.Join(s.pane.Path(), name), "", false)
}

// enterSame enters the folder of that name in the other pane while both browse together.
func (m *model) enterSame(o *side, name string) {
	if e, ok := o.pane.Named(name); ok && e.IsDir() {
		m.enter(o, name)
		return
	}
	m.cur().sync = false
	m.say(warn, "the other pane has no folder "+name+": synchronised browsing is off")
}

// follow asks what a link points to, and enters or views that.
func (m *model) follow(s *side, e vfs.Entry, view bool) tea.Cmd {
	path := s.style.Join(s.pane.Path(), e.Name)
	gen := s.pane.Gen()
	m.submit(ftpsvc.Stat{Conn: s.conn, Path: path, Follow: true}, "open", func(ev ftpsvc.Event) tea.Cmd {
		if s.pane.Gen() != gen {
			return nil // the user went elsewhere meanwhile
		}
		switch ev := ev.(type) {
		case ftpsvc.Done:
			got, _ := ev.Value.(vfs.Entry)
			switch {
			case got.IsDir(), got.Kind == vfs.Unknown:
				m.list(s, path, "", false)
			case got.Kind == vfs.Link:
				m.say(warn, e.Name+" leads nowhere: there is no "+e.Target)
			case view:
				return m.run("view")
			}
		case ftpsvc.Failed:
			if errors.Is(ev.Err, vfs.ErrUnsupported) {
				m.list(s, path, "", false) // the server cannot tell: try
				return nil
			}
			m.fail(ev.Err)
		}
		return nil
	})
	return nil
}

// parent goes up one folder, the cursor on the one that was left.
func (m *model) parent(s *side) {
	if s.none {
		return
	}
	p := s.pane.Path()
	if up := s.style.Dir(p); up != p && p != "" {
		m.ascend(s, up)
	}
}

// ascend goes to a folder above the one that is seen, the cursor on the one
// that leads back.
func (m *model) ascend(s *side, to string) {
	name := ""
	for p := s.pane.Path(); p != to; {
		up := s.style.Dir(p)
		if up == p {
			break
		}
		name, p = s.style.Base(p), up
	}
	m.list(s, to, name, false)
}

func (m *model) history(step int) tea.Cmd {
	s := m.here()
	if path, name, ok := s.pane.History(step); ok {
		m.list(s, path, name, false)
	}
	return nil
}

// actGoto asks for a path. What does not exist is said by the listing.
func (m *model) actGoto() tea.Cmd {
	s := m.here()
	if s.none {
		return nil
	}
	m.open(dialog.Prompt(dialog.PromptForm{Name: "goto", Title: "Go to path", Corner: m.sideName(s.conn), Label: "Path",
		Value: s.pane.Path(), OK: "Go", Suggest: m.suggest(s)}), func(v dialog.Value) tea.Cmd {
		path := m.absolute(s, v.(dialog.Text).Text)
		m.submit(ftpsvc.Stat{Conn: s.conn, Path: path, Follow: true}, "go to", func(ev ftpsvc.Event) tea.Cmd {
			switch e := ev.(type) {
			case ftpsvc.Done:
				if got, _ := e.Value.(vfs.Entry); got.Kind == vfs.File {
					m.list(s, s.style.Dir(path), s.style.Base(path), false)
					return nil
				}
				m.list(s, path, "", false)
			case ftpsvc.Failed:
				if errors.Is(e.Err, fs.ErrNotExist) {
					m.fail(e.Err)
					return nil
				}
				m.list(s, path, "", false)
			}
			return nil
		})
		return nil
	})
	return nil
}

// absolute makes a typed path absolute on a side; ~ is its home.
func (m *model) absolute(s *side, p string) string {
	home := s.home
	if s.conn == ftpsvc.Local && userHome() != "" {
		home = userHome()
	}
	if p == "~" {
		return home
	}
	if rest, ok := strings.CutPrefix(p, "~/"); ok && home != "" {
		return s.style.Clean(s.style.Join(home, rest))
	}
	if !s.style.IsAbs(p) {
		p = s.style.Join(s.pane.Path(), p)
	}
	return s.style.Clean(p)
}

// suggest tells which folders a typed path may become, from what the pane
// shows, and from other folders once complete has read them: nil until then.
func (m *model) suggest(s *side) func(string) []string {
	dir := s.pane.Path()
	return func(typed string) []string {
		head, last := "", typed
		if i := strings.LastIndexAny(typed, separators(s.style)); i >= 0 {
			head, last = typed[:i+1], typed[i+1:]
		}
		if s.pane.Len() > maxSuggest {
			return nil // reading so many at each key would be felt
		}
		var names []string
		if at := m.absolute(s, head); head == "" || at == s.style.Clean(dir) {
			s.pane.Each(func(e vfs.Entry) bool {
				if (e.IsDir() || e.Kind == vfs.Link) && strings.HasPrefix(e.Name, last) {
					names = append(names, e.Name)
				}
				return len(names) < maxOffered
			})
		} else if names = m.folders.names; m.folders.conn != s.conn || m.folders.path != at {
			m.folders = folders{conn: s.conn, path: at, wanted: true}
			return nil
		} else if names == nil {
			return nil
		}
		out := []string{}
		for _, n := range names {
			if strings.HasPrefix(n, last) && len(out) < maxOffered {
				out = append(out, n)
			}
		}
		pane.SortNatural(out)
		for i, n := range out {
			out[i] = head + n + "/"
		}
		return out
	}
}

// separators are the characters that part a path.
func separators(s vfs.PathStyle) string {
	if s == vfs.OS && pathSeparator != "/" {
		return `/` + pathSeparator
	}
	return "/"
}

// maxOffered is how many folders are offered for one typed path.
const maxOffered = 500

// maxSuggest is up to how many entries of a folder paths are completed from.
const maxSuggest = 50_000

// folders are the names of the folders in one that is being typed.
type folders struct {
	conn   ftpsvc.Conn
	path   string
	names  []string // nil until it is read
	wanted bool     // to be read
}

// completionPane is the pane number of listings for completion: no pane has it.
const completionPane = -1

// complete reads the folder that a path is being typed in.
func (m *model) complete() {
	if !m.folders.wanted {
		return
	}
	m.folders.wanted = false
	conn, path := m.folders.conn, m.folders.path
	m.submit(ftpsvc.List{Conn: conn, Path: path, Pane: completionPane}, "complete", func(ftpsvc.Event) tea.Cmd {
		if m.folders.conn == conn && m.folders.path == path && m.folders.names == nil {
			m.folders.names = []string{}
		}
		if !m.dialogs.Empty() {
			m.dialogs.Top().Learned()
		}
		return nil
	})
}

// completed takes rows of such a listing.
func (m *model) completed(r ftpsvc.Rows) {
	if r.Conn != m.folders.conn || r.Path != m.folders.path || r.Batch == nil {
		return
	}
	for i := range r.Batch.Len() {
		if e := r.Batch.At(i); (e.IsDir() || e.Kind == vfs.Link) && len(m.folders.names) < 5000 {
			m.folders.names = append(m.folders.names, e.Name)
		}
	}
}

// actSameDir shows this pane's folder in the other pane too.
func (m *model) actSameDir() tea.Cmd {
	s, o := m.here(), m.there()
	if s.none {
		return nil
	}
	if o.conn != s.conn || o.none {
		m.show(o, s.conn, s.pane.Path())
		return nil
	}
	m.list(o, s.pane.Path(), "", false)
	return nil
}
