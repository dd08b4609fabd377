package ui

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

func init() { acts["edit"] = (*model).actEdit }

// maxEdit is how large a remote file may be to be fetched for editing.
const maxEdit = 64 << 20

// editing is a file open in the user's editor.
type editing struct {
	local string // what the editor opens
	conn  ftpsvc.Conn
	path  string // on the server, "" for a local file
	dir   string // temporary folder, removed afterwards
	// settings says that it is the file of settings, to be read anew.
	settings bool
	size     int64
	mod      time.Time
}

// Messages of the editing commands.
type (
	// editReadyMsg tells that the temporary file is open for writing.
	editReadyMsg struct {
		e   editing
		w   io.WriteCloser
		err error
	}
	// editFetchedMsg tells that the fetched file is on the disk.
	editFetchedMsg struct {
		e   editing
		err error
	}
	// editedMsg tells that the editor has ended.
	editedMsg struct {
		e   editing
		err error
	}
	// editCheckedMsg tells whether the file was changed.
	editCheckedMsg struct {
		e       editing
		changed bool
		err     error
	}
)

// actEdit opens the entry in the user's editor; a remote file is fetched first
// and put back when it was changed.
func (m *model) actEdit() tea.Cmd {
	s := m.here()
	e, _ := s.pane.Current()
	path := s.style.Join(s.pane.Path(), e.Name)
	switch {
	case e.IsDir():
		m.say(warn, "a folder cannot be edited")
		return nil
	case len(m.editor()) == 0:
		m.say(warn, "no editor is known: set $EDITOR, or screen.editor in the settings")
		return nil
	case s.conn == ftpsvc.Local:
		return m.runEditor(editing{local: path})
	case e.Size > maxEdit:
		m.say(warn, "too large to be edited over the network: "+e.Name)
		return nil
	}
	m.say(info, "fetching "+e.Name+m.th.Glyphs.More)
	ed := editing{conn: s.conn, path: path}
	base, temp := e.Name, m.opt.TempDir
	return func() tea.Msg {
		var err error
		if ed.dir, err = os.MkdirTemp(temp, "ferry-edit-"); err != nil {
			return editReadyMsg{err: err}
		}
		ed.local = filepath.Join(ed.dir, fileName(base))
		w, err := os.OpenFile(ed.local, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		return editReadyMsg{ed, w, err}
	}
}

// fileName makes a name of the server's fit for this disk, so that it cannot
// leave its folder.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, s)
	if s = strings.Trim(s, ". "); s == "" || len(s) > 200 {
		return "file"
	}
	return s
}

// editor is the program for F4 with its arguments.
func (m *model) editor() []string {
	if len(m.opt.Editor) > 0 {
		return m.opt.Editor
	}
	for _, s := range []string{m.opt.Config.Screen.Editor, os.Getenv("VISUAL"), os.Getenv("EDITOR")} {
		if f := strings.Fields(s); len(f) > 0 {
			return f
		}
	}
	return m.plainEditor
}

// plainEditor finds an editor that a system has whose user named none.
func plainEditor(look func(file string) (string, error)) []string {
	names := []string{"sensible-editor", "editor", "nano", "vi"}
	if runtime.GOOS == "windows" {
		names = []string{"notepad"}
	}
	for _, n := range names {
		if _, err := look(n); err == nil {
			return []string{n}
		}
	}
	return nil
}

// runEditor hands the terminal to the editor; ferry comes back when it ends.
func (m *model) runEditor(e editing) tea.Cmd {
	args := m.editor()
	c := exec.Command(args[0], append(append([]string{}, args[1:]...), e.local)...)
	c.Stdin = os.Stdin // the program's own input is the guard, which exec would copy from for ever
	return tea.ExecProcess(c, func(err error) tea.Msg { return editedMsg{e, err} })
}

// edited goes on with what an editing command tells.
func (m *model) edited(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case editReadyMsg:
		if msg.err != nil {
			m.fail(&vfs.Error{Op: "edit", Err: msg.err})
			return nil
		}
		return m.fetch(msg.e, msg.w)
	case editFetchedMsg:
		if msg.err != nil {
			m.fail(msg.err)
			return cleanEdit(msg.e)
		}
		return m.runEditor(msg.e)
	case editedMsg:
		if msg.err != nil {
			m.fail(&vfs.Error{Op: "edit", Path: msg.e.local, Err: msg.err})
		}
		if msg.e.settings {
			return m.reloadSettings()
		}
		if msg.e.path == "" {
			m.rereadAt(ftpsvc.Local)
			return nil
		}
		return checkEdit(msg.e)
	case editCheckedMsg:
		if msg.err != nil || !msg.changed {
			m.fail(msg.err)
			return cleanEdit(msg.e)
		}
		return m.putBack(msg.e)
	}
	return nil
}

func (m *model) fetch(e editing, w io.WriteCloser) tea.Cmd {
	m.submit(ftpsvc.Read{Conn: e.conn, Path: e.path, Limit: -1, W: w}, "edit", func(ev ftpsvc.Event) tea.Cmd {
		var err error
		switch ev := ev.(type) {
		case ftpsvc.Failed:
			err = ev.Err
		case ftpsvc.Canceled:
			err = errors.New("fetching was canceled")
		}
		return func() tea.Msg {
			if cerr := w.Close(); err == nil {
				err = cerr
			}
			if fi, serr := os.Stat(e.local); serr == nil {
				e.size, e.mod = fi.Size(), fi.ModTime()
			}
			return editFetchedMsg{e, err}
		}
	})
	return nil
}

func checkEdit(e editing) tea.Cmd {
	return func() tea.Msg {
		fi, err := os.Stat(e.local)
		if err != nil {
			return editCheckedMsg{e: e, err: fmt.Errorf("edit %q: %w", e.path, err)}
		}
		return editCheckedMsg{e: e, changed: fi.Size() != e.size || !fi.ModTime().Equal(e.mod)}
	}
}

func cleanEdit(e editing) tea.Cmd {
	return func() tea.Msg { return doneMsg{err: os.RemoveAll(e.dir)} }
}

// putBack uploads the changed file over the one on the server.
func (m *model) putBack(e editing) tea.Cmd {
	style := m.conns[e.conn].Style
	o := m.copyOptions(e.conn)
	o.Conflict = queue.Overwrite
	m.submit(ftpsvc.Copy{Paths: []string{e.local}, To: e.conn, Dir: style.Dir(e.path), As: style.Base(e.path), Options: o}, "edit", func(ev ftpsvc.Event) tea.Cmd {
		switch ev := ev.(type) {
		case ftpsvc.Done:
			if r, ok := ev.Value.(ftpsvc.JobResult); ok && r.Failed+r.Canceled > 0 {
				m.say(bad, fmt.Sprintf("edit %q: not put back; your version is %s", e.path, e.local))
				return nil
			}
			m.say(good, "put back "+e.path)
			return cleanEdit(e)
		case ftpsvc.Failed:
			m.say(bad, fmt.Sprintf("%v; your version is %s", ev.Err, e.local))
		}
		return nil
	})
	return nil
}
