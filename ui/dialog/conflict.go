package dialog

import (
	"fmt"
	"time"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// ConflictAnswer is the value of Conflict. Rest: the same for the rest of the job.
type ConflictAnswer struct {
	Do   queue.Conflict
	Rest bool
}

// Conflict asks what to do where the target exists; "skip" has the focus.
// Value: ConflictAnswer; canceled means the batch is.
func Conflict(q ftpsvc.Question, now time.Time) *Dialog {
	d := &Dialog{Name: "conflict", width: 56, esc: "cancel the batch", enter: string(queue.Skip)}
	d.corner = q.Target.Name
	table := &versus{source: q.Source, target: q.Target, from: place(q.Item.From), to: place(q.Item.To), now: now}
	table.path = q.Item.Target
	noResume := ""
	if q.Source.Size >= 0 && q.Target.Size >= 0 && q.Target.Size >= q.Source.Size {
		noResume = "the target is not smaller"
	}
	rest := &toggle{letter: 'x'}
	d.others = func(n int64) {
		d.title, rest.label = "Target exists", "do the same for the rest"
		if n > 0 {
			d.title += fmt.Sprintf("  (%s more)", text.Count(n))
			rest.label = fmt.Sprintf("do the same for the other %s", text.Count(n))
		}
	}
	d.SetOthers(int64(q.Others))
	d.bar = &buttons{cols: 2, items: []button{
		{choice: string(queue.Overwrite), label: "overwrite", letter: 'o'}, {choice: string(queue.ResumePart), label: "resume", letter: 'r', off: noResume},
		{choice: string(queue.KeepBoth), label: "keep both", letter: 'k'}, {choice: string(queue.Skip), label: "skip", letter: 's'},
		{choice: string(queue.NewerOnly), label: "newer only", letter: 'n'}, {choice: string(queue.SizeOnly), label: "if size differs", letter: 'z'}}}
	d.parts = []part{table, gap{}, rest}
	d.done = func(c string) (Value, error) { return ConflictAnswer{queue.Conflict(c), rest.on}, nil }
	return d.focusButton(string(queue.Skip))
}

// SetOthers tells how many more ask the same by now.
func (d *Dialog) SetOthers(n int64) {
	if d.others != nil {
		d.others(n)
	}
}

func place(conn string) string {
	if conn == "" {
		return "local"
	}
	return "remote"
}

// versus shows two files side by side, one a line.
type versus struct {
	still
	path           string
	source, target vfs.Entry
	from, to       string
	now            time.Time
}

// versusWidth is from how many columns on dates are shown whole, and the sides.
// What is newer and larger is shown in fewer, too.
const versusWidth = 54

func (p *versus) draw(t *theme.Theme, w, _ int) drawn {
	m := t.Method
	newer, bigger := 0, 0
	if known(p.source) && known(p.target) && p.source.UTC == p.target.UTC {
		newer = coarse(p.source, p.target).Compare(coarse(p.target, p.source))
	}
	if p.source.Size >= 0 && p.target.Size >= 0 {
		bigger = compare(p.source.Size, p.target.Size)
	}
	narrow := w < versusWidth
	heads := func(what, where string) string {
		if narrow {
			return fmt.Sprintf("%-6s", what)
		}
		return fmt.Sprintf("%-7s %-7s", what, where)
	}
	line := func(what, where string, e vfs.Entry, newer, bigger int) string {
		s := heads(what, where)
		size := text.Size(e.Size)
		if e.IsDir() {
			size = "folder"
		}
		s += m.PadLeft(size, text.SizeWidth+1) + "  "
		if when := text.When(e, p.now); narrow {
			s += m.Pad(text.ShortDate(when, p.now, e.Prec), text.ShortDateWidth)
		} else {
			s += m.Pad(text.FullDate(when, min(e.Prec, vfs.Minute)), 17)
		}
		if newer > 0 {
			s += " newer"
		}
		if bigger > 0 {
			s += " larger"
		}
		return m.Cut(s, w)
	}
	out := []string{
		t.Strong.Render(m.CutLeft(m.Display(p.path), w)),
		t.Dim.Render(m.Cut(fmt.Sprintf("%s%*s  %s", heads("", ""), text.SizeWidth+1, "size", "modified"), w)),
		line("source", p.from, p.source, newer, bigger),
		line("target", p.to, p.target, -newer, -bigger),
	}
	if bigger == 0 && newer == 0 && p.source.Size >= 0 && p.source.Size == p.target.Size {
		out = append(out, t.Dim.Render(m.Cut("same size", w)))
	}
	return drawn{lines: out}
}

// coarse is the time of e as exactly as both entries tell theirs.
func coarse(e, other vfs.Entry) time.Time {
	switch min(e.Prec, other.Prec) {
	case vfs.Day:
		return e.ModTime.Truncate(24 * time.Hour)
	case vfs.Minute:
		return e.ModTime.Truncate(time.Minute)
	case vfs.Second:
		return e.ModTime.Truncate(time.Second)
	}
	return e.ModTime
}

func known(e vfs.Entry) bool { return e.Prec != vfs.NoTime && !e.ModTime.IsZero() }

func compare(a, b int64) int {
	switch {
	case a > b:
		return 1
	case a < b:
		return -1
	}
	return 0
}
