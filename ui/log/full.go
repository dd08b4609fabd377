package log

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ui/action"
	"ferry/ui/edit"
)

// Copy is the intent to put Text into the clipboard.
type Copy struct{ Text string }

// view is the state of the full view.
type view struct {
	w, h      int
	at        int // index of the lines shown
	top       int
	shift     int
	follow    bool // the cursor stays on the newest line
	line      edit.Line
	searching bool
	find      string
	said      string
}

// SetSize tells the size of the full view.
func (l *Log) SetSize(w, h int) { l.view.w, l.view.h = w, h }

// Full draws the full view in h lines of exactly w columns, as SetSize told.
func (l *Log) Full() []string {
	v := &l.view
	t, m := l.Theme, l.Theme.Method
	ns := l.shown()
	body := max(v.h-2, 1)
	l.clamp(len(ns), body)
	note := fmt.Sprintf("%d of %d lines", len(ns), l.next-l.first)
	out := []string{t.Top(v.w, true, l.title()+"  "+l.levelWords(), t.Dim.Render(note))}
	for i := range body {
		n := v.top + i
		if n >= len(ns) {
			out = append(out, t.Row(v.w, true, ""))
			continue
		}
		mark := " "
		if n == v.at {
			mark = t.Glyphs.Pick
		}
		row := l.row(l.at(ns[n]), max(v.w-4, 1), v.shift, v.find)
		if n == v.at {
			row = t.Cursor.Over(row)
		}
		out = append(out, t.Row(v.w, true, mark+row+" "))
	}
	foot := t.Dim.Render("0 1 2 level   / find   n N   c connection   y copy   Y copy all   Esc close")
	if l.item != 0 {
		foot = t.Dim.Render("a all lines   0 1 2 level   / find   n N   y copy   Y copy all   Esc close")
	}
	switch {
	case v.searching:
		s, _ := v.line.View(m, max(v.w-12, 1), "")
		foot = "find: " + t.Input.Render(s)
	case v.said != "":
		foot = v.said
	}
	return append(out, t.Bottom(v.w, true, foot, ""))
}

func (l *Log) clamp(n, body int) {
	v := &l.view
	if v.follow {
		v.at = n - 1
	}
	v.at = max(min(v.at, n-1), 0)
	switch {
	case v.at < v.top:
		v.top = v.at
	case v.at >= v.top+body:
		v.top = v.at - body + 1
	}
	v.top = max(min(v.top, n-body), 0)
}

func (l *Log) move(to int) {
	n := len(l.shown())
	l.view.at = max(min(to, n-1), 0)
	l.view.follow = l.view.at == n-1
}

// Key handles a key of the full view.
func (l *Log) Key(k tea.KeyPressMsg) action.Intent {
	v := &l.view
	if v.searching {
		return l.searchKey(k)
	}
	v.said = ""
	page := max(v.h-3, 1)
	switch k.String() {
	case "esc", "q", "f10", "ctrl+c", "ctrl+l", "alt+L", "alt+shift+l":
		if v.find != "" && k.String() == "esc" {
			v.find = ""
			return nil
		}
		l.ShowItem(0)
		return action.Close{}
	case "up", "k":
		l.move(v.at - 1)
	case "down", "j":
		l.move(v.at + 1)
	case "pgup", "ctrl+b":
		l.move(v.at - page)
	case "pgdown", "ctrl+f", "space":
		l.move(v.at + page)
	case "home", "g":
		l.move(0)
	case "end", "G":
		l.move(1 << 30)
	case "left", "h":
		v.shift = max(v.shift-16, 0)
	case "right", "l":
		v.shift += 16
	case "0", "1", "2":
		l.keep(func() { l.SetLevel(int(k.String()[0] - '0')) })
	case "c":
		l.keep(l.nextConn)
	case "a":
		l.keep(func() { l.SetConn("", false); l.ShowItem(0) })
	case "/", "f7", "ctrl+s":
		v.searching = true
		v.line = edit.New("")
	case "n":
		l.search(1)
	case "N", "shift+n":
		l.search(-1)
	case "y", "ctrl+y", "enter":
		return l.copyLines(false)
	case "Y", "shift+y":
		return l.copyLines(true)
	}
	return nil
}

// keep changes the filter and leaves the cursor on its line, or the next one shown.
func (l *Log) keep(change func()) {
	v := &l.view
	ns := l.shown()
	var n uint64
	if v.at < len(ns) {
		n = ns[v.at]
	}
	change()
	if v.follow {
		return
	}
	for i, m := range l.shown() {
		if v.at = i; m >= n {
			break
		}
	}
}

// nextConn goes round all accounts, then shows all.
func (l *Log) nextConn() {
	var conns []ftpsvc.Conn
	for n := l.first; n < l.next; n++ {
		c := l.at(n).Conn
		known := false
		for _, x := range conns {
			known = known || x == c
		}
		if !known {
			conns = append(conns, c)
		}
	}
	if !l.byConn && len(conns) > 0 {
		l.SetConn(conns[0], true)
		return
	}
	for i, c := range conns {
		if c == l.conn && i+1 < len(conns) {
			l.SetConn(conns[i+1], true)
			return
		}
	}
	l.SetConn("", false)
}

func (l *Log) searchKey(k tea.KeyPressMsg) action.Intent {
	v := &l.view
	switch k.String() {
	case "esc", "ctrl+c":
		v.searching = false
	case "enter":
		v.searching = false
		v.find = v.line.Value()
		l.search(0)
	default:
		v.line.Key(k)
	}
	return nil
}

// search goes to the next line that holds the text: step 1 forward, -1 back,
// 0 back from here on, the newest first.
func (l *Log) search(step int) {
	v := &l.view
	if v.find == "" {
		return
	}
	ns := l.shown()
	find := strings.ToLower(v.find)
	from, dir := v.at+step, step
	if step == 0 {
		dir = -1
	}
	for range len(ns) {
		from = (from + len(ns)) % len(ns)
		if strings.Contains(strings.ToLower(l.at(ns[from]).Text), find) {
			l.move(from)
			return
		}
		from += dir
	}
	v.said = "not found: " + l.Theme.Method.Display(v.find)
}

func (l *Log) copyLines(all bool) action.Intent {
	ns := l.shown()
	if len(ns) == 0 {
		return nil
	}
	v := &l.view
	if !all {
		v.said = "line copied"
		return Copy{Text(l.at(ns[min(v.at, len(ns)-1)]))}
	}
	var b strings.Builder
	for _, n := range ns[max(len(ns)-2000, 0):] {
		b.WriteString(Text(l.at(n)) + "\n")
	}
	v.said = "lines copied"
	return Copy{b.String()}
}

// Paste puts text into the search line.
func (l *Log) Paste(s string) action.Intent {
	if l.view.searching {
		l.view.line.Insert(s)
	}
	return nil
}

// Mouse handles a click or the wheel at coordinates of the full view.
func (l *Log) Mouse(msg tea.MouseMsg) action.Intent {
	m := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		step := 3
		if m.Button == tea.MouseWheelUp {
			step = -3
		}
		l.move(l.view.at + step)
	case tea.MouseClickMsg:
		if n := l.view.top + m.Y - 1; m.Button == tea.MouseLeft && m.Y > 0 && m.Y < l.view.h-1 && n < len(l.shown()) {
			l.move(n)
		}
	}
	return nil
}

// Cursor is in the search line, in coordinates of the full view.
func (l *Log) Cursor() *tea.Cursor {
	v := &l.view
	if !v.searching {
		return nil
	}
	_, cx := v.line.View(l.Theme.Method, max(v.w-12, 1), "")
	c := tea.NewCursor(3+len("find: ")+cx, v.h-1)
	c.Blink = false
	return c
}
