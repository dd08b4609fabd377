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
// said stands at the lower edge in place of the hints, "" for them.
func (l *Log) Full(said string) []string {
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
	foot, right := said, ""
	switch {
	case v.searching:
		s, _ := v.line.View(m, max(v.w-12, 1), "")
		foot = "find: " + t.Input.Render(s)
	case v.said != "":
		foot = v.said
	case said == "":
		right = l.Keys.Hint("help", "all keys") + "  " + l.Keys.Hint("cancel", "close")
		foot = t.Dim.Render(l.hints(v.w - 10 - m.Width(right)))
	}
	return append(out, t.Bottom(v.w, true, foot, t.Dim.Render(right)))
}

func (l *Log) hints(w int) string {
	var first []string
	if l.item != 0 || l.num != 0 || l.byConn {
		first = append(first, "log-all")
	}
	if l.view.find != "" {
		first = append(first, "search-next")
	}
	levels := ""
	for _, n := range levelActions {
		levels = strings.TrimSpace(levels + " " + l.Keys.Key(n))
	}
	if levels != "" {
		levels += " level  "
	}
	return levels + l.Keys.Hints(w-len(levels), append(first, "find-text", "log-conn", "log-copy", "log-server", "log-copy-all", "scroll-right")...)
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

// levelActions show more and more.
var levelActions = [...]string{Problems: "log-problems", Commands: "log-commands", Details: "log-details"}

// Act finds what an action does in the full view, nil when that is not the
// view's business, and why it cannot be done now.
func (l *Log) Act(name string) (do func() action.Intent, why string) {
	d, ok := deeds[name]
	if !ok {
		return nil, ""
	}
	switch name {
	case "log-copy", "log-copy-all", "log-conn", "log-server":
		if len(l.shown()) == 0 {
			why = "no line is shown"
		}
	case "search-next", "search-prev":
		if l.view.find == "" {
			why = "nothing was searched for: " + l.Keys.Ref("find-text") + " begins"
		}
	}
	return func() action.Intent { l.view.said = ""; return d(l) }, why
}

var deeds = map[string]func(*Log) action.Intent{}

func init() {
	moves := map[string]func(l *Log) int{
		"up":          func(l *Log) int { return l.view.at - 1 },
		"down":        func(l *Log) int { return l.view.at + 1 },
		"screen-up":   func(l *Log) int { return l.view.at - max(l.view.h-3, 1) },
		"screen-down": func(l *Log) int { return l.view.at + max(l.view.h-3, 1) },
		"top":         func(*Log) int { return 0 },
		"bottom":      func(*Log) int { return 1 << 30 },
	}
	for name, to := range moves {
		deeds[name] = func(l *Log) action.Intent { l.move(to(l)); return nil }
	}
	for n, name := range levelActions {
		deeds[name] = func(l *Log) action.Intent { l.keep(func() { l.SetLevel(n) }); return nil }
	}
	deeds["scroll-left"] = func(l *Log) action.Intent { l.view.shift = max(l.view.shift-16, 0); return nil }
	deeds["scroll-right"] = func(l *Log) action.Intent { l.view.shift += 16; return nil }
	deeds["log-conn"] = func(l *Log) action.Intent { l.keep(l.oneNumber); return nil }
	deeds["log-server"] = func(l *Log) action.Intent { l.keep(l.oneAccount); return nil }
	deeds["log-all"] = func(l *Log) action.Intent {
		l.keep(func() { l.SetConn("", false); l.SetNumber(0); l.ShowItem(0) })
		return nil
	}
	deeds["find-text"] = func(l *Log) action.Intent { l.view.searching, l.view.line = true, edit.New(""); return nil }
	deeds["search-next"] = func(l *Log) action.Intent { l.search(1); return nil }
	deeds["search-prev"] = func(l *Log) action.Intent { l.search(-1); return nil }
	deeds["log-copy"] = func(l *Log) action.Intent { return l.copyLines(false) }
	deeds["log-copy-all"] = func(l *Log) action.Intent { return l.copyLines(true) }
	deeds["close-view"] = func(l *Log) action.Intent { l.ShowItem(0); return action.Close{} }
	deeds["log"], deeds["log-full"] = deeds["close-view"], deeds["close-view"]
	deeds["cancel"] = func(l *Log) action.Intent {
		if l.view.find != "" {
			l.view.find = ""
			return nil
		}
		return deeds["close-view"](l)
	}
}

// Place is where its keys are.
func (l *Log) Place() action.Place { return action.LogView }

// Typing reports whether the search line takes letters.
func (l *Log) Typing() bool { return l.view.searching }

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

// oneNumber shows the connection of the line under the cursor alone, or all again.
func (l *Log) oneNumber() {
	if l.num != 0 {
		l.SetNumber(0)
	} else if line, ok := l.current(); ok {
		l.SetNumber(line.Num)
	}
}

// oneAccount shows the account of the line under the cursor alone, or all again.
func (l *Log) oneAccount() {
	if l.byConn {
		l.SetConn("", false)
	} else if line, ok := l.current(); ok {
		l.SetConn(line.Conn, true)
	}
}

// current is the line under the cursor.
func (l *Log) current() (ftpsvc.LogLine, bool) {
	ns := l.shown()
	if len(ns) == 0 {
		return ftpsvc.LogLine{}, false
	}
	return l.at(ns[min(l.view.at, len(ns)-1)]), true
}

// Key edits the search line.
func (l *Log) Key(k tea.KeyPressMsg) {
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
}

// search goes to the next line that holds the text: step 1 forward, -1 back,
// 0 forward from here on, and round at the end.
func (l *Log) search(step int) {
	v := &l.view
	if v.find == "" {
		return
	}
	ns := l.shown()
	find := strings.ToLower(v.find)
	from, dir := v.at+step, step
	if step == 0 {
		dir = 1
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
	v := &l.view
	if !all {
		line, _ := l.current()
		v.said = "line copied"
		return Copy{Text(line)}
	}
	ns := l.shown()
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
