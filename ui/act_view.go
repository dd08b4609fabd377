package ui

import (
	"bytes"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	qview "ferry/ui/queue"
	"ferry/ui/view"
)

func init() { acts["view"] = (*model).actView }

// viewing is the file that is shown, and the read that is out.
type viewing struct {
	*view.View
	conn ftpsvc.Conn
	path string
	read ftpsvc.ID
}

// actView shows the content of the entry under the cursor; a folder is entered.
func (m *model) actView() tea.Cmd {
	s := m.here()
	e, _ := s.pane.Current()
	if e.IsDir() {
		m.enter(s, e.Name)
		return nil
	}
	size := e.Size
	if e.Kind != vfs.File {
		size = -1
	}
	v := view.New(m.th, e.Name, size)
	v.Keys = m.keys
	m.openView(&viewing{View: v, conn: s.conn, path: s.style.Join(s.pane.Path(), e.Name)})
	return nil
}

// feed asks for what an open view needs next: a part of the file, a page of
// the queue. It is called after each message.
func (m *model) feed() {
	m.complete()
	switch v := m.view().(type) {
	case *viewing:
		m.feedFile(v)
	case *qview.View:
		m.feedQueue(v)
	}
}

func (m *model) feedFile(v *viewing) {
	offset, n, ok := v.Need()
	if !ok {
		return
	}
	buf := &bytes.Buffer{} // the service writes it until Done, then it is ours
	v.read = m.submit(ftpsvc.Read{Conn: v.conn, Path: v.path, Offset: offset, Limit: n, W: buf}, "view", func(ev ftpsvc.Event) tea.Cmd {
		v.read = 0
		switch e := ev.(type) {
		case ftpsvc.Done:
			v.Set(offset, buf.Bytes(), int64(buf.Len()) < n)
		case ftpsvc.Failed:
			v.Fail(e.Err.Error())
		case ftpsvc.Canceled:
			v.Fail("canceled")
		}
		return nil
	})
}
