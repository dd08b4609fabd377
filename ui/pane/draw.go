package pane

import (
	"strings"

	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// columns is what fits beside the name, for an inner width.
type columns struct {
	name, size, date, perm, owner int // columns of each, 0: not shown
}

const (
	permWidth  = 10
	ownerWidth = 8
)

// fit chooses the columns for an inner width: what is lost first is the owner,
// then permissions, the full date, the date, at last the size.
func fit(inner int, want Columns) columns {
	c := columns{}
	rest := inner - 3 // marks at the left, one blank at the right
	if inner >= 20 && want.Size {
		c.size = text.SizeWidth + 1
	}
	switch {
	case !want.Date:
	case inner >= 50:
		c.date = text.DateWidth + 1
	case inner >= 28:
		c.date = text.ShortDateWidth + 1
	}
	if inner >= 70 && want.Mode {
		c.perm = permWidth + 1
	}
	if inner >= 84 && want.Owner {
		c.owner = ownerWidth + 1
	}
	c.name = max(rest-c.size-c.date-c.perm-c.owner, 1)
	return c
}

// cell is an entry's row as strings, padded to the columns.
type cell struct {
	name string
	rest string // size, and what stands after it
	date string
	kind uint8
}

const (
	kPlain uint8 = iota
	kDir
	kLink
	kExec
	kSpecial
	kHidden
)

// maxCells bounds the cache of drawn rows.
const maxCells = 2000

// Lines draws the pane: h lines of exactly w columns. They are made anew only
// when something changed; the caller must not change them.
func (p *Pane) Lines() []string {
	if !p.dirty && len(p.lines) == p.h {
		return p.lines
	}
	p.dirty = false
	p.lines = p.lines[:0]
	if p.h < 3 || p.w < 8 {
		for range p.h {
			p.lines = append(p.lines, text.Spaces(p.w))
		}
		return p.lines
	}
	if c := fit(p.w-2, p.wanted); c != p.cols {
		p.cols = c
		clear(p.cells)
	}
	p.lines = append(p.lines, p.top1(), p.header())
	p.lines = append(p.lines, p.body(p.h-3)...)
	p.lines = append(p.lines, p.bottom())
	return p.lines
}

func (p *Pane) side1(inner string) string {
	b, s := p.frame()
	return s.Render(b.V) + inner + s.Render(b.V)
}

func (p *Pane) body(h int) []string {
	out := make([]string, 0, h)
	p.trim()
	b, s := p.frame()
	edge := s.Render(b.V)
	for r := p.top; r < p.Rows() && len(out) < h; r++ {
		out = append(out, edge+p.row(r)+edge)
	}
	if len(p.order) == 0 {
		for _, l := range p.message(h - len(out)) {
			if len(out) < h {
				out = append(out, edge+l+edge)
			}
		}
	}
	blank := edge + text.Spaces(p.w-2) + edge
	for len(out) < h {
		out = append(out, blank)
	}
	return out
}

// trim keeps the cache of drawn rows small.
func (p *Pane) trim() {
	if len(p.cells) > maxCells {
		clear(p.cells)
	}
}

// message is what stands in an empty pane.
func (p *Pane) message(h int) []string {
	if h <= 0 {
		return nil
	}
	st, s := p.th.Dim, ""
	switch {
	case p.state == Loading:
		s = "reading the folder" + p.th.Glyphs.More
	case p.state == Broken && p.err != nil:
		st, s = p.th.Error, p.th.Glyphs.Fail+" "+p.err.Error()
	case p.state == Empty:
		var out []string
		for _, l := range append([]string{""}, p.empty...) {
			out = append(out, st.Render(p.th.Method.Pad("  "+l, p.w-2)))
		}
		return out
	case p.stopped && p.st.n == 0:
		st, s = p.th.Warn, "reading the folder was stopped: what is in it is not known"
	case p.st.n > 0 && p.spec.Filter != "":
		s = "no name matches the filter; Esc removes it"
	case p.st.n > 0 && (p.busy || p.job != nil):
		s = "sorting " + text.Count(int64(p.st.n)) + " entries" + p.th.Glyphs.More
	case p.st.n > 0:
		s = "only hidden files here; . shows them"
	default:
		s = "empty folder"
	}
	m := p.th.Method
	var out []string
	for _, l := range m.Wrap(m.Display(s), p.w-6) {
		out = append(out, st.Render(m.Pad("  "+l, p.w-2)))
	}
	return out
}

// row draws one row without the frame.
func (p *Pane) row(r int) string {
	g := &p.th.Glyphs
	var c cell
	marked := false
	sign := ""
	note, hasNote := ActiveNote{}, false
	if i, ok := p.index(r); ok {
		if c, ok = p.cells[int32(i)]; !ok {
			c = p.cell(p.st.at(i))
			p.cells[int32(i)] = c
		}
		marked = p.marks.has(i)
		if p.signs != nil || p.active != nil {
			name := p.st.at(i).Name
			sign = p.signs[name]
			if note, hasNote = p.active[name]; hasNote {
				sign = note.Sign
			}
		}
	} else {
		c = p.upCell()
	}
	if hasNote && p.cols.date > 0 {
		c.date = " " + p.th.Method.Pad(note.Text, p.cols.date-1)
	}
	first, second := " ", " "
	if sign != "" {
		first = sign
	}
	cursor := r == p.cursor
	if marked || p.ranged(r) {
		if sign != "" {
			second = sign
		}
		first = g.Marked
	}
	last := " "
	if cursor {
		if first != " " {
			second, last = first, second
		}
		first = g.Cursor
	}
	if r == p.target {
		first = g.Pick
		return p.th.DropTarget.Over(first + second + c.name + c.rest + c.date + last)
	}
	if cursor {
		st := p.th.CursorInactive
		switch {
		case p.focus && marked:
			st = p.th.CursorMarked
		case p.focus:
			st = p.th.Cursor
		}
		return st.Over(first + second + c.name + c.rest + c.date + last)
	}
	if marked {
		return p.th.Marked.Over(first + second + c.name + c.rest + c.date + last)
	}
	return first + second + p.kindStyle(c.kind).Render(c.name) + p.th.Text.Render(c.rest) + p.th.Dim.Render(c.date) + last
}

// ranged reports whether a begun range covers a row.
func (p *Pane) ranged(r int) bool {
	if p.anchor < 0 {
		return false
	}
	return r >= min(p.anchor, p.cursor) && r <= max(p.anchor, p.cursor) && r >= p.ups()
}

func (p *Pane) kindStyle(k uint8) theme.Style {
	switch k {
	case kDir:
		return p.th.Dir
	case kLink:
		return p.th.Link
	case kExec:
		return p.th.Exec
	case kSpecial:
		return p.th.Special
	case kHidden:
		return p.th.Dim
	}
	return p.th.Text
}

func (p *Pane) upCell() cell {
	m := p.th.Method
	c := cell{name: m.Pad("..", p.cols.name), kind: kDir}
	if p.cols.size > 0 {
		c.rest = m.PadLeft("UP", p.cols.size)
	}
	c.rest += text.Spaces(p.cols.perm + p.cols.owner)
	c.date = text.Spaces(p.cols.date)
	return c
}

const (
	markOn  = "\x1b[2;3m"
	markOff = "\x1b[22;23m"
)

// cell makes an entry's strings.
func (p *Pane) cell(e vfs.Entry) cell {
	m, cols := p.th.Method, p.cols
	c := cell{kind: kindOf(e)}
	name := m.Mark(e.Name, markOn, markOff)
	switch c.kind {
	case kDir:
		c.name = m.Pad(m.CutMiddle(name, cols.name-1)+"/", cols.name)
	case kLink:
		if e.Target != "" {
			if full := name + " " + p.th.Glyphs.Arrow + " " + m.Display(e.Target); m.Width(name)+6 < cols.name {
				name = full
			}
		}
		c.name = m.PadMiddle(name, cols.name)
	case kExec:
		c.name = m.Pad(m.CutMiddle(name, cols.name-1)+"*", cols.name)
	default:
		c.name = m.PadMiddle(name, cols.name)
	}
	var b strings.Builder
	if cols.size > 0 {
		b.WriteString(m.PadLeft(p.size(e), cols.size))
	}
	if cols.perm > 0 {
		b.WriteByte(' ')
		b.WriteString(m.Pad(perm(e), cols.perm-1))
	}
	if cols.owner > 0 {
		b.WriteByte(' ')
		b.WriteString(m.Pad(m.Display(e.Owner), cols.owner-1))
	}
	c.rest = b.String()
	t := text.When(e, p.now)
	switch {
	case cols.date == text.DateWidth+1:
		c.date = " " + m.Pad(text.Date(t, p.now, e.Prec), text.DateWidth)
	case cols.date > 0:
		c.date = " " + m.Pad(text.ShortDate(t, p.now, e.Prec), text.ShortDateWidth)
	}
	return c
}

func kindOf(e vfs.Entry) uint8 {
	switch {
	case e.Kind == vfs.Dir:
		return kDir
	case e.Kind == vfs.Link:
		return kLink
	case e.Kind == vfs.Other || e.Kind == vfs.Unknown:
		return kSpecial
	case strings.HasPrefix(e.Name, "."):
		return kHidden
	case e.HasMode && e.Mode&0o111 != 0:
		return kExec
	}
	return kPlain
}

func (p *Pane) size(e vfs.Entry) string {
	if n, ok := p.sizes[e.Name]; ok {
		return text.Size(n)
	}
	switch e.Kind {
	case vfs.Dir:
		return "DIR"
	case vfs.Link:
		return "LNK"
	case vfs.Other:
		return "DEV"
	}
	if e.Size < 0 {
		return ""
	}
	return text.Size(e.Size)
}

// perm is the permissions as ls shows them, or as the listing told.
func perm(e vfs.Entry) string {
	switch {
	case e.HasMode:
		first := "-"
		switch e.Kind {
		case vfs.Dir:
			first = "d"
		case vfs.Link:
			first = "l"
		}
		return first + e.Mode.Perm().String()[1:]
	case e.Perm != "":
		return text.Display(e.Perm)
	}
	return ""
}
