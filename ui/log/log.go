// Package log shows what is said to servers and what they answer: a strip with
// the last lines, and a full view with a cursor, levels, search and copy. It
// keeps a bounded number of lines; secrets were masked before they came here.
package log

import (
	"fmt"
	"strings"

	"ferry/ftpsvc"
	"ferry/ui/action"
	"ferry/ui/theme"
)

// Levels of detail, as in ftplib's debugging.
const (
	Problems = 0 // refusals: replies of 400 and above, and what was lost
	Commands = 1 // and commands and replies
	Details  = 2 // and what ferry does about them
)

const (
	maxLines = 20_000
	maxText  = 4096 // bytes kept of one line
)

// Log is the lines of all connections, the newest last. Adding is cheap;
// filters look at each line once.
type Log struct {
	Theme *theme.Theme
	Keys  *action.Map

	lines []ftpsvc.LogLine // a ring from maxLines on
	first uint64           // number of the oldest line kept, counted from 0
	next  uint64           // number of the next line

	level   int
	conn    ftpsvc.Conn
	byConn  bool
	num     int      // only lines of this connection number, 0: all
	item    int64    // only lines of this queue item, 0: all
	matches []uint64 // numbers of the lines that pass the filter
	fresh   bool     // matches is right

	view view
}

// New returns an empty log that shows commands and replies.
func New(t *theme.Theme) *Log {
	return &Log{Theme: t, level: Commands, fresh: true, view: view{follow: true}}
}

// Add keeps a line.
func (l *Log) Add(line ftpsvc.LogLine) {
	if len(line.Text) > maxText {
		line.Text = strings.ToValidUTF8(line.Text[:maxText], "") + " [cut]"
	}
	if len(l.lines) < maxLines {
		l.lines = append(l.lines, line)
	} else {
		l.lines[l.next%maxLines] = line
		l.first++
	}
	if l.fresh && l.passes(line) {
		l.matches = append(l.matches, l.next)
	}
	l.next++
	// Numbers of lines that fell out are cut off now and then.
	if n := len(l.matches); n > 0 && n > 2*maxLines {
		l.trim()
	}
}

func (l *Log) at(n uint64) ftpsvc.LogLine { return l.lines[n%maxLines] }

// Level is what is shown.
func (l *Log) Level() int { return l.level }

// SetLevel shows more or less; what was received stays.
func (l *Log) SetLevel(n int) { l.level, l.fresh = min(max(n, Problems), Details), false }

// SetConn shows one account's lines alone, or with only false all.
func (l *Log) SetConn(c ftpsvc.Conn, only bool) { l.conn, l.byConn, l.fresh = c, only, false }

// SetNumber shows the lines of one connection alone, 0 all.
func (l *Log) SetNumber(n int) { l.num, l.fresh = n, false }

// ShowItem shows the lines of one queue item alone, 0 all, with the cursor on the last.
func (l *Log) ShowItem(id int64) {
	l.item, l.fresh = id, false
	l.view.follow = true
}

// Problem reports whether a line is a refusal.
func Problem(line ftpsvc.LogLine) bool {
	if line.Level == Problems {
		return true
	}
	return line.Dir == '<' && len(line.Text) > 3 && (line.Text[0] == '4' || line.Text[0] == '5') && (line.Text[3] == ' ' || line.Text[3] == '-')
}

func (l *Log) passes(line ftpsvc.LogLine) bool {
	switch {
	case l.byConn && line.Conn != l.conn, l.num != 0 && line.Num != l.num, l.item != 0 && line.Item != l.item:
		return false
	case Problem(line):
		return true
	}
	return line.Level <= l.level
}

func (l *Log) trim() {
	i := 0
	for i < len(l.matches) && l.matches[i] < l.first {
		i++
	}
	l.matches = append(l.matches[:0:0], l.matches[i:]...)
}

// shown are the numbers of the lines that pass the filter.
func (l *Log) shown() []uint64 {
	if !l.fresh {
		l.matches, l.fresh = nil, true
		for n := l.first; n < l.next; n++ {
			if l.passes(l.at(n)) {
				l.matches = append(l.matches, n)
			}
		}
	}
	i := 0
	for i < len(l.matches) && l.matches[i] < l.first {
		i++
	}
	l.matches = l.matches[i:]
	return l.matches
}

// Text is a line as it is copied: time, connection, direction, text.
func Text(line ftpsvc.LogLine) string {
	return fmt.Sprintf("%s %2d %c %s", line.Time.Format("15:04:05.000"), line.Num, sign(line), line.Text)
}

func sign(line ftpsvc.LogLine) byte {
	if line.Dir == 0 {
		return '*'
	}
	return line.Dir
}

// row draws a line in exactly w columns, shifted to the left by shift.
func (l *Log) row(line ftpsvc.LogLine, w, shift int, find string) string {
	t, m := l.Theme, l.Theme.Method
	head := fmt.Sprintf("%s %2d ", line.Time.Format("15:04:05.000"), line.Num)
	if w < 60 {
		head = fmt.Sprintf("%s %2d ", line.Time.Format("15:04:05"), line.Num)
	}
	body := m.Display(line.Text)
	if shift > 0 {
		body = m.Mode.TruncateLeft(body, shift, "")
	}
	style := t.Text
	switch {
	case Problem(line):
		style = t.Error
	case line.Dir == '>':
		style = t.Info
	case line.Dir != '<':
		style = t.Dim
	}
	body = m.Pad(body, max(w-len(head)-2, 0))
	return m.Pad(t.Dim.Render(head)+style.Render(string(sign(line))+" ")+highlight(t, style, body, find), w)
}

// highlight shows where a search text stands, without regard to case.
func highlight(t *theme.Theme, style theme.Style, body, find string) string {
	if find == "" {
		return style.Render(body)
	}
	low := strings.ToLower(body)
	if len(low) != len(body) {
		return style.Render(body)
	}
	find = strings.ToLower(find)
	var b strings.Builder
	for {
		i := strings.Index(low, find)
		if i < 0 {
			break
		}
		b.WriteString(style.Render(body[:i]) + t.Match.Render(body[i:i+len(find)]))
		body, low = body[i+len(find):], low[i+len(find):]
	}
	return b.String() + style.Render(body)
}

// levelWords is the level as titles show it.
func (l *Log) levelWords() string {
	return [...]string{"0 problems", "1 commands", "2 details"}[l.level]
}

// Lines draws the newest lines, in a frame from three lines on, in h lines of
// exactly w columns.
func (l *Log) Lines(w, h int) []string {
	if h <= 0 || w <= 0 {
		return nil
	}
	t := l.Theme
	if h < 3 {
		return l.tail(w, h, func(s string) string { return s })
	}
	note := l.levelWords() + "   " + l.Keys.Hint("log", "hide")
	if l.item != 0 || l.num != 0 || l.byConn {
		note = l.Keys.Ref("log-full") + " " + l.Keys.Ref("log-all") + " all lines   " + note
	}
	out := []string{t.Top(w, false, l.title(), t.Dim.Render(note))}
	out = append(out, l.tail(w-4, h-2, func(s string) string { return t.Row(w, false, " "+s+" ") })...)
	return append(out, t.Bottom(w, false, "", ""))
}

func (l *Log) title() string {
	s := l.Theme.Title.Render("Log")
	if l.byConn {
		s += "  " + l.Theme.Method.Display(string(l.conn))
	}
	if l.num != 0 {
		s += fmt.Sprintf("  connection %d", l.num)
	}
	if l.item != 0 {
		s += fmt.Sprintf("  transfer %d", l.item)
	}
	return s
}

func (l *Log) tail(w, h int, wrap func(string) string) []string {
	ns := l.shown()
	ns = ns[max(len(ns)-h, 0):]
	out := make([]string, 0, h)
	for _, n := range ns {
		out = append(out, wrap(l.row(l.at(n), w, 0, "")))
	}
	for len(out) < h {
		out = append(out, wrap(l.Theme.Method.Pad("", w)))
	}
	return out
}
