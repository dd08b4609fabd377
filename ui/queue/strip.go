package queue

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/action"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// Strip is the queue under the panes. It has no cursor; a click opens the full
// view on the item.
type Strip struct {
	State *State
	Theme *theme.Theme
	Keys  *action.Map
	// Mute leaves out the last message of a server: it stands elsewhere.
	Mute bool

	rows []int64 // item of each line of the last draw, 0 for none
}

// Open is the intent to open the full view with the cursor on Item, 0 for none.
type Open struct{ Item int64 }

// Lines draws the strip in h lines of exactly w columns: one line is the
// total; two add the transfer that takes longest; three the last message of a
// server; from four on it is a frame with as many transfers as fit.
func (p *Strip) Lines(w, h int) []string {
	p.rows = make([]int64, max(h, 0))
	if h <= 0 || w <= 0 {
		return nil
	}
	t := p.Theme
	if h >= 4 {
		return p.framed(w, h)
	}
	out := []string{t.Method.Pad(" "+p.total(w-2), w)}
	if h >= 2 {
		it, ok := p.State.slowest()
		switch {
		case ok:
			p.rows[1] = it.ID
			out = append(out, t.Method.Pad(" "+p.State.row(t, it, w-2), w))
		case h == 2:
			return append(out, p.Message(w))
		default:
			out = append(out, text.Spaces(w))
		}
	}
	if h >= 3 {
		out = append(out, p.Message(w))
	}
	return out
}

// Message is the last message of a server and what needs attention, in one line.
func (p *Strip) Message(w int) string {
	t, m := p.Theme, p.Theme.Method
	note := ""
	if n := p.State.Total().Failed; n > 0 {
		note = t.Error.Render(fmt.Sprintf("%s failed: %s to see", text.Count(n), p.Keys.Ref("queue")))
	}
	room := max(w-2-m.Width(note)-2, 0)
	return m.Pad(" "+t.Dim.Render(m.Pad(m.Display(p.State.message), room))+"  "+note, w)
}

func (p *Strip) framed(w, h int) []string {
	t, m := p.Theme, p.Theme.Method
	pauses, message := "pause all", p.State.message
	if p.State.Total().Paused {
		pauses = "go on"
	}
	if p.Mute {
		message = ""
	}
	out := []string{t.Top(w, false, p.title(), t.Dim.Render(p.Keys.Hint("queue", "full view")+"   "+p.Keys.Hint("pause-all", pauses)))}
	out = append(out, t.Row(w, false, " "+p.wideTotal(w-4)))
	items := p.State.shown(h - 3)
	for i := range h - 3 {
		line := ""
		if i < len(items) {
			line = " " + p.State.row(t, items[i], w-4)
			p.rows[i+2] = items[i].ID
		} else if i == 0 {
			line = " " + t.Dim.Render(m.Cut("Nothing to do. "+p.Keys.Ref("copy")+" copies what is marked to the other pane; browsing goes on meanwhile.", w-4))
		}
		out = append(out, t.Row(w, false, line))
	}
	return append(out, t.Bottom(w, false, t.Dim.Render(m.Display(message)), ""))
}

func (p *Strip) title() string {
	t := p.Theme
	n := p.State.Total()
	s := t.Title.Render("Queue") + fmt.Sprintf("   %s active   %s waiting", text.Count(n.Active), text.Count(n.Waiting))
	if n.Stopped > 0 {
		s += "   " + text.Count(n.Stopped) + " paused"
	}
	if n.Failed > 0 {
		s += "   " + t.Error.Render(text.Count(n.Failed)+" failed")
	}
	if n.Done > 0 {
		s += "   " + text.Count(n.Done) + " done"
	}
	if n.Skipped > 0 {
		s += "   " + text.Count(n.Skipped) + " skipped"
	}
	if n.Canceled > 0 {
		s += "   " + text.Count(n.Canceled) + " canceled"
	}
	if n.Paused {
		s += "   " + t.Warn.Render("all paused")
	}
	return s
}

// total is the one-line form: Q 3+9  bar  25 %  1.2/4.8 G  sparkline  rate  ETA.
func (p *Strip) total(w int) string {
	t, m := p.Theme, p.Theme.Method
	n := p.State.Total()
	head := fmt.Sprintf("Q %s+%s", text.Count(n.Active), text.Count(n.Waiting))
	if n.Failed > 0 {
		head += " " + t.Error.Render(t.Glyphs.Fail+text.Count(n.Failed))
	}
	if n.Paused {
		head += " " + t.Warn.Render("all paused")
	}
	if n.Active+n.Waiting == 0 {
		idle := "queue empty"
		if n.Done+n.Skipped+n.Canceled > 0 {
			idle = text.Count(n.Done) + " done"
		}
		if n.Stopped > 0 {
			idle = text.Count(n.Stopped) + " paused"
		}
		if n.Skipped > 0 {
			idle += ", " + text.Count(n.Skipped) + " skipped"
		}
		if n.Canceled > 0 {
			idle += ", " + text.Count(n.Canceled) + " canceled"
		}
		return m.Pad(head+"  "+t.Dim.Render(idle), w)
	}
	return m.Pad(head+"  "+p.sum(n, w-m.Width(head)-2), w)
}

func (p *Strip) wideTotal(w int) string {
	n := p.State.Total()
	if n.Active+n.Waiting == 0 {
		return p.Theme.Method.Pad("", w)
	}
	limit := p.limits()
	room := w - 6
	if w >= 90 {
		room -= p.Theme.Method.Width(limit) + 3
		return "Total " + p.sum(n, room) + "   " + p.Theme.Dim.Render(limit)
	}
	return "Total " + p.sum(n, room)
}

// limits are the rates that hold back what is at work: those over all, else a server's.
func (p *Strip) limits() string {
	v := p.State.view
	words, down, up := "limit", v.Down, v.Up
	if down == 0 && up == 0 {
		words, down, up = "server's limit", v.SiteDown, v.SiteUp
	}
	if down == 0 && up == 0 {
		return "limit off"
	}
	if down > 0 {
		words += " " + p.Theme.Glyphs.Down + text.Rate(down)
	}
	if up > 0 {
		words += " " + p.Theme.Glyphs.Up + text.Rate(up)
	}
	return words
}

// sum draws bar, percent, bytes, sparkline, rate and time left in w columns,
// leaving out what has no room: sparkline first, then the bytes, then the bar.
func (p *Strip) sum(n Total, w int) string {
	t, m := p.Theme, p.Theme.Method
	eta := ""
	if n.Left >= 0 {
		eta = "  ETA " + text.Duration(n.Left)
	}
	tail := m.PadLeft(text.Rate(n.Rate), 9) + eta
	pct := m.PadLeft(text.Percent(n.Moved, n.Bytes, false), 5)
	bytes := "  " + text.Size(n.Moved) + " / " + text.Size(n.Bytes)
	room := w - m.Width(tail) - m.Width(pct)
	var b strings.Builder
	spark, bar := 0, 0
	if room >= len(bytes)+6 {
		room -= len(bytes)
	} else {
		bytes = ""
	}
	bar = min(max(room, 0), 24)
	room -= bar
	if room >= 10 {
		spark = min(room-2, 30)
	} else if bar >= 20 {
		bar -= 10
		spark = min(room+8, 10)
	}
	full, rest := text.Bar(bar, text.Fraction(n.Moved, n.Bytes), t.Glyphs.ASCII)
	b.WriteString(t.Bar.Render(full) + t.BarRest.Render(rest) + t.Text.Render(pct) + t.Dim.Render(bytes))
	if spark > 0 {
		b.WriteString("  " + t.Spark.Render(text.Spark(p.State.spark[:], spark, t.Glyphs.ASCII)))
	}
	b.WriteString(t.Text.Render(tail))
	return m.Pad(b.String(), max(w, 0))
}

// Mouse handles a click at coordinates of the strip.
func (p *Strip) Mouse(msg tea.MouseMsg) action.Intent {
	m := msg.Mouse()
	if _, ok := msg.(tea.MouseClickMsg); !ok || m.Button != tea.MouseLeft || m.Y < 0 || m.Y >= len(p.rows) {
		return nil
	}
	return Open{p.rows[m.Y]}
}
