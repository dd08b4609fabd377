package queue

import (
	"fmt"
	"strings"
	"time"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// base is the last part of a path: of this machine's by its own rules, of a
// server's at a slash, and at a backslash where its paths begin with neither.
func base(account, p string) string {
	switch {
	case account == "":
		return vfs.OS.Base(p)
	case strings.HasPrefix(p, "/"):
		return vfs.Slash.Base(p)
	}
	p = strings.TrimRight(p, `/\`)
	return p[strings.LastIndexAny(p, `/\`)+1:]
}

// Name is what an item is called in the queue: the last part of its source.
func Name(it queue.Item) string {
	n := base(it.From, it.Source)
	if it.Kind == queue.KindTree {
		n += "/"
	}
	return n
}

// renamed is the name that an item gets at its target, "" where it keeps its own.
func renamed(it queue.Item) string {
	if n := base(it.To, it.Target); n != base(it.From, it.Source) {
		return n
	}
	return ""
}

// goal is where an item goes to: a folder, or a path where it gets another name.
func goal(it queue.Item) string {
	if renamed(it) != "" {
		return it.Target
	}
	style := vfs.Slash
	if it.To == "" {
		style = vfs.OS
	}
	return style.Dir(it.Target)
}

// sign tells the direction, or what needs attention.
func sign(t *theme.Theme, it queue.Item) string {
	switch {
	case it.State == queue.Failed:
		return t.Glyphs.Fail
	case it.State == queue.Waiting:
		return "?"
	case it.Upload():
		return t.Glyphs.Up
	case it.Download():
		return t.Glyphs.Down
	}
	return "="
}

// columns of a row by the width it has: how much name, target and bar get.
type columns struct {
	name, target, bar  int
	rate, left, number bool
}

const (
	percentCol = 6  // " 62 % "
	rateCol    = 10 // "18.2 M/s"
	leftCol    = 8  // "1:02:03"
	numberCol  = 9  // "  conn 2 "
)

func columnsFor(w int) columns {
	c := columns{rate: w >= 44, left: w >= 56, number: w >= 110}
	rest := w - 2 - percentCol
	if c.rate {
		rest -= rateCol
	}
	if c.left {
		rest -= leftCol
	}
	if c.number {
		rest -= numberCol
	}
	switch {
	case w >= 100:
		c.name, c.target = rest*36/100, rest*30/100
	case w >= 50:
		c.name = rest * 55 / 100
	default:
		c.name = max(rest-6, rest*7/10)
	}
	c.bar = min(rest-c.name-c.target-1, 40)
	c.name = rest - c.target - c.bar - 1
	if c.bar < 4 {
		c.name, c.bar = rest-1, 0
	}
	c.name = max(c.name, 1)
	return c
}

// row draws one item in exactly w columns.
func (s *State) row(t *theme.Theme, it queue.Item, w int) string {
	m := t.Method
	c := columnsFor(w)
	var b strings.Builder
	name := t.Text
	switch it.State {
	case queue.Failed:
		name = t.Error
	case queue.Waiting:
		name = t.Warn
	case queue.Queued, queue.Paused, queue.Canceled:
		name = t.Dim
	}
	arrow, called := " "+t.Glyphs.Arrow+" ", m.Display(Name(it))
	if n := renamed(it); n != "" && c.target <= 3 { // no column tells it
		called += arrow + m.Display(n)
	}
	b.WriteString(name.Render(sign(t, it) + " " + m.PadMiddle(called, c.name)))
	if c.target > 3 {
		b.WriteString(t.Dim.Render(arrow + m.Pad(m.CutLeft(m.Display(goal(it)), c.target-len(arrow)), c.target-len(arrow))))
	}
	b.WriteByte(' ')
	rest := w - 3 - c.name - max(c.target, 0)
	if c.target <= 3 {
		rest = w - 3 - c.name
	}
	if words, style := s.words(t, it); words != "" {
		b.WriteString(style.Render(m.Pad(m.Display(words), rest)))
		return m.Pad(b.String(), w)
	}
	s.meter(t, &b, it, c)
	return m.Pad(b.String(), w)
}

// meter draws bar, percent, rate, time left and connection.
func (s *State) meter(t *theme.Theme, b *strings.Builder, it queue.Item, c columns) {
	m := t.Method
	done, size := s.bytes(it)
	whole := complete(it)
	frac := text.Fraction(done, size)
	if whole {
		frac = 1
	}
	if c.bar > 0 {
		full, rest := text.Bar(c.bar, frac, t.Glyphs.ASCII)
		b.WriteString(t.Bar.Render(full) + t.BarRest.Render(rest))
	}
	pct := text.Percent(done, size, whole)
	if pct == "" && done > 0 {
		pct = text.Size(done)
	}
	b.WriteString(t.Text.Render(m.PadLeft(pct, percentCol)))
	p := s.progress[it.ID]
	if c.rate {
		b.WriteString(t.Text.Render(m.PadLeft(text.Rate(p.Rate), rateCol)))
	}
	if c.left {
		left := ""
		if it.State == queue.Running {
			left = text.Duration(s.left(it))
		}
		b.WriteString(t.Text.Render(m.PadLeft(left, leftCol)))
	}
	if c.number && p.Conn > 0 {
		b.WriteString(t.Dim.Render(m.PadLeft(fmt.Sprintf("conn %d", p.Conn), numberCol)))
	}
}

// complete reports whether 100 % may be shown: from the server's final reply on.
func complete(it queue.Item) bool {
	return it.State == queue.Done && (it.Reached == queue.Acknowledged || it.Reached == queue.Verified)
}

const noLine = "waits for the connection"

// cutOff reports whether a connection that an item needs is lost. It may move
// all the same, over one of the others to the same server.
func (s *State) cutOff(it queue.Item) bool {
	return s.Lost[ftpsvc.Conn(it.From)] || s.Lost[ftpsvc.Conn(it.To)]
}

// words is what stands in place of a bar, "" for a transfer that moves.
func (s *State) words(t *theme.Theme, it queue.Item) (string, theme.Style) {
	switch it.State {
	case queue.Queued:
		if it.Reached != queue.Nothing {
			return "sent, not proven yet", t.Info
		}
		size := ""
		if it.Size >= 0 && it.Kind == queue.KindFile {
			size = "  " + text.Size(it.Size)
		}
		if it.Bytes > 0 {
			size += ", goes on from " + text.Size(it.Bytes)
		}
		if s.cutOff(it) {
			return noLine + size, t.Warn
		}
		return "waiting" + size, t.Dim
	case queue.Scanning:
		if s.cutOff(it) {
			return noLine, t.Warn
		}
		return "reading the folder", t.Info
	case queue.Waiting:
		return "waits for your answer", t.Warn
	case queue.Retrying:
		in := ""
		if d := it.NotBefore.Sub(s.now); !it.NotBefore.IsZero() && d > 0 {
			in = " in " + text.Duration(d.Round(time.Second))
		}
		return strings.TrimSpace(s.percent(it)+"  tries again") + in + ": " + reason(it), t.Warn
	case queue.Paused:
		return strings.TrimSpace("paused " + s.percent(it)), t.Dim
	case queue.Failed:
		return reason(it), t.Error
	case queue.Canceled:
		return "canceled", t.Dim
	case queue.Skipped:
		return "skipped: it was there already", t.Dim
	case queue.Done:
		size := ""
		if it.Kind == queue.KindFile {
			size = "  " + text.Size(max(it.Bytes, it.Size))
		}
		return reachedWords(it) + size, t.OK
	case queue.Running:
		if s.cutOff(it) && s.progress[it.ID].Rate == 0 {
			return strings.TrimSpace(s.percent(it) + "  " + noLine), t.Warn
		}
		if it.Owner != "" && it.Bytes == 0 && s.progress[it.ID].Item == 0 {
			return "running", t.Info
		}
	}
	return "", t.Text
}

// percent is how far an item is, "" where nothing of it is there.
func (s *State) percent(it queue.Item) string {
	done, size := s.bytes(it)
	if done <= 0 {
		return ""
	}
	return text.Percent(done, size, false)
}

func reachedWords(it queue.Item) string {
	switch {
	case it.Kind == queue.KindTree:
		return "folder done"
	case it.Reached == queue.Nothing:
		return "done"
	}
	return string(it.Reached)
}

// reason is the last error without the operation and path before it, which
// the row shows already.
func reason(it queue.Item) string {
	e := it.Err
	for _, mark := range []string{`": server replied `, `": `} {
		if i := strings.LastIndex(e, mark); i >= 0 {
			return e[i+len(mark):]
		}
	}
	return e
}
