package ui

import (
	"errors"
	"io/fs"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	"ferry/ui/dialog"
	"ferry/ui/pane"
	"ferry/ui/text"
)

func init() {
	acts["copy"] = func(m *model) tea.Cmd { return m.askCopy(m.here(), m.there(), m.there().pane.Path(), false) }
	acts["move"] = func(m *model) tea.Cmd { return m.askCopy(m.here(), m.there(), m.there().pane.Path(), true) }
}

// askCopy opens the copy dialog for what is selected in from, with the folder
// dir of to as target.
func (m *model) askCopy(from, to *side, dir string, move bool) tea.Cmd {
	return m.askCopyOf(from, to, from.pane.Selection(), dir, move)
}

func (m *model) askCopyOf(from, to *side, sel []pane.MarkedEntry, dir string, move bool) tea.Cmd {
	if len(sel) == 0 {
		m.say(warn, whyNoEntry)
		return nil
	}
	target := dir
	if sep := separator(to.style); !strings.HasSuffix(target, sep) {
		target += sep
	}
	d := dialog.Copy(dialog.CopyForm{Move: move, What: chosen(from, sel), Size: knownSize(sel), To: m.sideName(to.conn),
		Target: target, Options: m.copyOptions(to.conn), Suggest: m.suggest(to), Note: m.copyNote(from)})
	m.open(d, func(v dialog.Value) tea.Cmd {
		c := v.(dialog.CopyTo)
		return m.copyTo(from, to, sel, c.Target, c.Options)
	})
	return nil
}

// copyNote says what will not work as usual.
func (m *model) copyNote(from *side) string {
	if from.pane.Info().Unknown > 0 && from.conn != ftpsvc.Local {
		return "the listing has lines that could not be read: they are not copied"
	}
	return ""
}

func separator(s vfs.PathStyle) string {
	switch s {
	case vfs.OS:
		return pathSeparator
	case vfs.Slash:
		return "/"
	}
	return ""
}

// copyOptions are the settings for a copy to a side.
func (m *model) copyOptions(to ftpsvc.Conn) queue.Options {
	c := m.opt.Config.Transfer
	o := queue.Options{Conflict: queue.Conflict(c.Upload), Links: queue.LinkPolicy(c.Links), KeepTime: c.KeepTime, KeepMode: c.KeepMode,
		ASCII: c.ASCII, Exclude: c.Exclude, Segments: c.Segments, BlockSize: int(c.BlockSize), MaxTries: c.Tries, NoTemp: c.TempNames == "never"}
	if to == ftpsvc.Local {
		o.Conflict = queue.Conflict(c.Download)
	}
	if c.Hash != "off" {
		o.Hash = c.Hash
	}
	if c.Sync != "auto" {
		o.Sync = c.Sync
	}
	return o
}

// copyTo finds out whether the typed target is a folder, and queues the copy.
func (m *model) copyTo(from, to *side, sel []pane.MarkedEntry, typed string, o queue.Options) tea.Cmd {
	sep := separator(to.style)
	target := m.absolute(to, typed)
	if len(sel) > 1 || (sep != "" && strings.HasSuffix(typed, sep)) || to.style.Clean(typed) == to.pane.Path() {
		m.startCopy(from, to.conn, sel, target, "", o)
		return nil
	}
	conn, style := to.conn, to.style
	m.submit(ftpsvc.Stat{Conn: conn, Path: target, Follow: true}, "copy", func(ev ftpsvc.Event) tea.Cmd {
		if e, ok := ev.(ftpsvc.Done); ok {
			if got, _ := e.Value.(vfs.Entry); got.IsDir() {
				m.startCopy(from, conn, sel, target, "", o)
				return nil
			}
		}
		if e, ok := ev.(ftpsvc.Failed); ok && !errors.Is(e.Err, fs.ErrNotExist) && !errors.Is(e.Err, vfs.ErrUnsupported) && !errors.Is(e.Err, vfs.ErrRefused) {
			m.fail(e.Err)
			return nil
		}
		m.startCopy(from, conn, sel, style.Dir(target), style.Base(target), o)
		return nil
	})
	return nil
}

// startCopy hands the copy to the queue; a move within one side is a rename.
func (m *model) startCopy(from *side, to ftpsvc.Conn, sel []pane.MarkedEntry, dir, as string, o queue.Options) {
	from.pane.Unmark()
	if o.Move && to == from.conn {
		m.renameInto(from, sel, dir, as, o)
		return
	}
	m.queueCopy(from.conn, paths(from.style, sel), to, dir, as, o)
	verb := "copying "
	if o.Move {
		verb = "moving "
	}
	m.say(info, verb+what(sel)+" to "+m.sideName(to)+"; you can keep browsing")
}

func (m *model) queueCopy(from ftpsvc.Conn, ps []string, to ftpsvc.Conn, dir, as string, o queue.Options) {
	m.submit(ftpsvc.Copy{From: from, Paths: ps, To: to, Dir: dir, As: as, Options: o}, "copy", func(ev ftpsvc.Event) tea.Cmd {
		if e, ok := ev.(ftpsvc.Failed); ok {
			m.fail(e.Err)
		}
		return nil
	})
}

// renameInto moves within one side: by renaming, and where something is in the
// way, or the side cannot, by the queue, which asks.
func (m *model) renameInto(s *side, sel []pane.MarkedEntry, dir, as string, o queue.Options) {
	conn := s.conn
	for _, e := range sel {
		from := s.style.Join(e.Dir, e.Entry.Name)
		name := as
		if name == "" {
			name = e.Entry.Name
		}
		to := s.style.Join(dir, name)
		if to == from {
			m.say(warn, "source and target are the same: "+from)
			continue
		}
		m.submit(ftpsvc.Rename{Conn: conn, From: from, To: to}, "move", func(ev ftpsvc.Event) tea.Cmd {
			if e, ok := ev.(ftpsvc.Failed); ok {
				if errors.Is(e.Err, fs.ErrNotExist) || errors.Is(e.Err, fs.ErrPermission) {
					m.fail(e.Err)
					return nil
				}
				m.queueCopy(conn, []string{from}, conn, dir, as, o)
			}
			return nil
		})
	}
}

func paths(style vfs.PathStyle, sel []pane.MarkedEntry) []string {
	out := make([]string, len(sel))
	for i, e := range sel {
		out[i] = style.Join(e.Dir, e.Entry.Name)
	}
	return out
}

// what names a selection: its only name, or how much it is.
func what(sel []pane.MarkedEntry) string {
	if len(sel) == 1 {
		return sel[0].Entry.Name
	}
	var files, dirs, others int64
	for _, e := range sel {
		switch e.Entry.Kind {
		case vfs.File:
			files++
		case vfs.Dir:
			dirs++
		default:
			others++
		}
	}
	var parts []string
	for _, p := range []struct {
		n         int64
		one, many string
	}{{files, "file", "files"}, {dirs, "folder", "folders"}, {others, "link or other", "links and others"}} {
		if p.n > 0 {
			parts = append(parts, text.Plural(p.n, p.one, p.many))
		}
	}
	return strings.Join(parts, " and ")
}

// chosen is what for a question: it tells of what is not in the folder that is
// seen, since a mark made elsewhere is easily forgotten.
func chosen(s *side, sel []pane.MarkedEntry) string {
	var out int64
	for _, e := range sel {
		if e.Dir != s.pane.Path() {
			out++
		}
	}
	switch {
	case out == 0:
		return what(sel)
	case len(sel) == 1:
		return s.style.Join(sel[0].Dir, sel[0].Entry.Name)
	case out == int64(len(sel)):
		return what(sel) + " in other folders"
	}
	return what(sel) + ", " + text.Count(out) + " of them in other folders"
}

// knownSize is the size of the files of a selection, "" when folders are in it.
func knownSize(sel []pane.MarkedEntry) string {
	var n int64
	for _, e := range sel {
		if e.Entry.Kind != vfs.File || e.Entry.Size < 0 {
			return ""
		}
		n += e.Entry.Size
	}
	return text.Size(n)
}
