package ui

import (
	"errors"
	"io/fs"
	"net/url"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/dialog"
	"ferry/ui/text"
)

func init() {
	acts["rename"] = (*model).actRename
	acts["mkdir"] = (*model).actMkdir
	acts["mkfile"] = (*model).actMakeFile
	acts["chmod"] = (*model).actChmod
	acts["set-time"] = (*model).actSetTime
	acts["link"] = (*model).actLink
	acts["measure"] = (*model).actMeasure
	acts["yank-path"] = func(m *model) tea.Cmd { return m.yank(m.entryPath()) }
	acts["yank-name"] = func(m *model) tea.Cmd {
		e, _ := m.here().pane.Current()
		return m.yank(e.RawName())
	}
	acts["yank-url"] = (*model).actYankURL
}

// changed says what was done, reads the panes of the side again, and puts the
// cursor on name.
func (m *model) changed(s *side, done, name string) func(ftpsvc.Event) tea.Cmd {
	path := s.pane.Path()
	conn := s.conn
	return func(ev ftpsvc.Event) tea.Cmd {
		switch e := ev.(type) {
		case ftpsvc.Done:
			m.say(good, done)
			if name != "" && s.conn == conn && s.pane.Path() == path {
				m.list(s, path, name, false)
			}
			m.each(func(o *side) {
				if o != s && o.conn == conn && !o.none && o.pane.Path() == path {
					m.reread(o)
				}
			})
		case ftpsvc.Failed:
			m.fail(e.Err)
		}
		return nil
	}
}

func (m *model) actRename() tea.Cmd {
	s := m.here()
	e, _ := s.pane.Current()
	dir := s.pane.Path()
	m.open(dialog.Rename(e.Name), func(v dialog.Value) tea.Cmd {
		m.rename(s, dir, e.Name, v.(dialog.Text).Text, false)
		return nil
	})
	return nil
}

// rename asks before it replaces what is there.
func (m *model) rename(s *side, dir, from, to string, overwrite bool) {
	r := ftpsvc.Rename{Conn: s.conn, From: s.style.Join(dir, from), To: s.style.Join(dir, to), Overwrite: overwrite}
	after := m.changed(s, "renamed to "+to, to)
	m.submit(r, "rename", func(ev ftpsvc.Event) tea.Cmd {
		e, failed := ev.(ftpsvc.Failed)
		if !failed || overwrite || errors.Is(e.Err, ftpsvc.ErrFolderThere) || !(errors.Is(e.Err, fs.ErrExist) || errors.Is(e.Err, vfs.ErrConflict)) {
			return after(ev)
		}
		m.openSelf(dialog.Confirm(dialog.ConfirmForm{Name: "overwrite", Title: "Target exists", Text: "There is something called " + to +
			" already. Replace it? What it holds is lost.", Yes: "Replace", Letter: 'r', Alarm: true}), func(dialog.Value) tea.Cmd {
			m.rename(s, dir, from, to, true)
			return nil
		})
		return nil
	})
}

func (m *model) actMkdir() tea.Cmd {
	s := m.here()
	dir := s.pane.Path()
	m.open(dialog.Mkdir(dir), func(v dialog.Value) tea.Cmd {
		name := strings.TrimRight(v.(dialog.Text).Text, "/")
		if name == "" {
			return nil
		}
		first, _, deep := strings.Cut(strings.TrimLeft(name, "/"), "/")
		path := m.joinDeep(s, dir, name)
		m.submit(ftpsvc.Mkdir{Conn: s.conn, Path: path, Parents: deep}, "make folder", m.changed(s, "made folder "+name, first))
		return nil
	})
	return nil
}

// joinDeep joins a name that may hold slashes; an absolute one stands for itself.
func (m *model) joinDeep(s *side, dir, name string) string {
	if s.style.IsAbs(name) || s.style == vfs.OS {
		return m.absolute(s, name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part != "" {
			dir = s.style.Join(dir, part)
		}
	}
	return dir
}

func (m *model) actMakeFile() tea.Cmd {
	s := m.here()
	dir := s.pane.Path()
	m.open(dialog.MakeFile(dir), func(v dialog.Value) tea.Cmd {
		name := v.(dialog.Text).Text
		m.submit(ftpsvc.MakeFile{Conn: s.conn, Path: s.style.Join(dir, name)}, "make file", m.changed(s, "made file "+name, name))
		return nil
	})
	return nil
}

func (m *model) actChmod() tea.Cmd {
	s := m.here()
	sel := s.pane.Selection()
	f := dialog.ChmodForm{What: chosen(s, sel)}
	f.Mode, f.Known = sel[0].Entry.Mode, sel[0].Entry.HasMode
	for _, e := range sel {
		f.HasDir = f.HasDir || e.Entry.IsDir()
		f.HasFile = f.HasFile || !e.Entry.IsDir()
	}
	m.open(dialog.Chmod(f), func(v dialog.Value) tea.Cmd {
		a := v.(dialog.ModeAnswer)
		m.submit(ftpsvc.Chmod{Conn: s.conn, Paths: paths(s.style, sel), Files: a.Files, Dirs: a.Dirs, Recursive: a.Recursive}, "change permissions",
			m.finished(s, "permissions changed"))
		return nil
	})
	return nil
}

// finished says that a change of many entries is done and reads the panes again.
func (m *model) finished(s *side, done string) func(ftpsvc.Event) tea.Cmd {
	conn := s.conn
	return func(ev ftpsvc.Event) tea.Cmd {
		switch e := ev.(type) {
		case ftpsvc.Done:
			m.say(good, done)
			m.rereadAt(conn)
		case ftpsvc.Failed:
			m.fail(e.Err)
			m.rereadAt(conn)
		}
		return nil
	}
}

func (m *model) actSetTime() tea.Cmd {
	s := m.here()
	sel := s.pane.Selection()
	t, loc := text.When(sel[0].Entry, m.now()), m.now().Location()
	switch {
	case t.IsZero():
		t = m.now()
	case !sel[0].Entry.UTC: // a wall clock: the same digits, whatever the zone
		t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, loc)
	}
	m.open(dialog.SetTime(chosen(s, sel), t, loc), func(v dialog.Value) tea.Cmd {
		m.submit(ftpsvc.SetTime{Conn: s.conn, Paths: paths(s.style, sel), Time: v.(time.Time)}, "set date", m.finished(s, "date set"))
		return nil
	})
	return nil
}

func (m *model) actLink() tea.Cmd {
	s := m.here()
	e, _ := s.pane.Current()
	dir := s.pane.Path()
	m.open(dialog.Link(e.Name, e.Name+".link"), func(v dialog.Value) tea.Cmd {
		l := v.(dialog.LinkTo)
		m.submit(ftpsvc.Symlink{Conn: s.conn, Target: l.Target, Path: s.style.Join(dir, l.Name)}, "make link", m.changed(s, "made link "+l.Name, l.Name))
		return nil
	})
	return nil
}

// measure counts what is below paths and tells each newer count.
func (m *model) measure(s *side, ps []string, tell func(c ftpsvc.Count, running bool)) ftpsvc.ID {
	return m.submit(ftpsvc.Measure{Conn: s.conn, Paths: ps}, "count", func(ev ftpsvc.Event) tea.Cmd {
		switch e := ev.(type) {
		case ftpsvc.Counted:
			tell(e.Count, true)
		case ftpsvc.Done:
			c, _ := e.Value.(ftpsvc.Count)
			tell(c, false)
		case ftpsvc.Failed:
			m.fail(e.Err)
		}
		return nil
	})
}

// actMeasure shows the size of the folder under the cursor in place of DIR.
func (m *model) actMeasure() tea.Cmd {
	s := m.here()
	e, _ := s.pane.Current()
	path := s.pane.Path()
	m.measure(s, []string{s.style.Join(path, e.Name)}, func(c ftpsvc.Count, running bool) {
		if s.pane.Path() == path {
			s.pane.SetDirSize(e.Name, c.Bytes)
		}
		k := good
		if running {
			k = info
		}
		m.say(k, e.Name+": "+dialog.CountText(c, running))
	})
	return nil
}

func (m *model) entryPath() string {
	s := m.here()
	e, _ := s.pane.Current()
	return s.style.Join(s.pane.Path(), e.RawName())
}

// yank puts text on the clipboard, through the terminal (OSC 52).
func (m *model) yank(s string) tea.Cmd {
	m.say(good, "copied to the clipboard: "+s)
	return tea.SetClipboard(s)
}

// actYankURL copies the URL of the entry: never with a password. The path of a
// URL counts from the login folder; a second slash has it count from the root.
func (m *model) actYankURL() tea.Cmd {
	s := m.here()
	e, _ := s.pane.Current()
	i := m.conns[s.conn]
	p := s.style.Join(s.pane.Path(), e.RawName())
	if i.Home != "/" || !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	u := url.URL{Scheme: scheme(i.Endpoint), Host: hostOf(i.Endpoint), Path: p}
	if !i.Endpoint.Anonymous() {
		u.User = url.User(i.Endpoint.User)
	}
	if e.IsDir() {
		u.Path += "/"
	}
	return m.yank(u.String())
}

func scheme(e vfs.Endpoint) string {
	switch e.TLS {
	case vfs.TLSImplicit:
		return "ftps"
	case vfs.TLSExplicit:
		return "ftpes"
	}
	return "ftp"
}

// hostOf is the host with its port where that is not the usual one.
func hostOf(e vfs.Endpoint) string {
	e = e.WithDefaults()
	if e.Port == 21 && e.TLS != vfs.TLSImplicit || e.Port == 990 && e.TLS == vfs.TLSImplicit {
		if strings.Contains(e.Host, ":") {
			return "[" + e.Host + "]"
		}
		return e.Host
	}
	return e.Addr()
}
