package pane

import (
	"strconv"
	"strings"

	"ferry/ftpsvc/vfs"
	"ferry/ui/edit"
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

func (p *Pane) frame() (theme.Box, theme.Style) { return p.th.Box(p.focus) }

// top1 is the upper edge: side, path, position.
func (p *Pane) top1() string {
	m := p.th.Method
	right := p.position()
	side := ""
	if p.w >= 56 && p.side != "" {
		side = m.Cut(p.side, p.w/3) + "  "
	}
	room := p.w - 6 - m.Width(right) - 3 - m.Width(side)
	path := p.segments(room, 3+m.Width(side))
	st := p.th.Title
	if p.focus {
		st = p.th.TitleFocus
	}
	return p.th.Top(p.w, p.focus, st.Render(side+path), right)
}

// position is cursor and count, and what is not as it should be.
func (p *Pane) position() string {
	var b strings.Builder
	if n := p.info.Unknown; n > 0 && p.state == Ready && p.w >= 34 {
		if len(p.info.Unread) > 0 || n > 1 {
			b.WriteString(p.th.Warn.Render(strconv.Itoa(n)+" unread") + " ")
		} else {
			b.WriteString(p.th.Warn.Render("incomplete") + " ")
		}
	}
	switch {
	case p.state == Empty:
		return b.String()
	case p.state == Loading:
		b.WriteString("reading " + text.Count(int64(p.st.n)))
		return b.String()
	case p.next != nil:
		b.WriteString("refreshing ")
	case p.job != nil || p.busy:
		b.WriteString("sorting ")
	}
	n := p.Rows()
	b.WriteString(strconv.Itoa(min(p.cursor+1, n)) + "/" + strconv.Itoa(n))
	return b.String()
}

type segment struct {
	x0, x1 int // columns of the pane, x1 exclusive
	path   string
}

// segments returns the path to draw in at most room columns and remembers
// where its parts stand; at is the column of its first character.
func (p *Pane) segments(room, at int) string {
	p.segs = p.segs[:0]
	m := p.th.Method
	shown := p.path
	base := ""
	if p.home != "" && p.home != "/" && p.style.Within(p.home, p.path) {
		shown = "~" + strings.TrimPrefix(p.path, p.home)
		base = p.home
	}
	disp := m.Display(shown)
	cut := m.CutLeft(disp, max(room, 1))
	if p.style != vfs.Slash && p.style != vfs.OS {
		return cut
	}
	gone := m.Width(disp) - m.Width(cut)
	x := 0
	for i := 0; i <= len(shown); {
		j := strings.IndexAny(shown[i:], `/\`)
		if j < 0 || (shown[i+j] == '\\' && p.style != vfs.OS) {
			j = len(shown) - i
		}
		end := i + j
		w := m.Width(m.Display(shown[i:min(end+1, len(shown))]))
		target := shown[:end]
		switch {
		case base != "":
			target = base + strings.TrimPrefix(target, "~")
		case target == "":
			target = shown[:min(end+1, len(shown))]
		}
		if x1 := x + w - gone; x1 > 0 {
			p.segs = append(p.segs, segment{at + max(x-gone, 0), at + x1, target})
		}
		x += w
		i = end + 1
	}
	return cut
}

// header names the columns; the sorted one carries a sign.
func (p *Pane) header() string {
	c := p.cols
	sign := p.th.Glyphs.SortUp
	if p.spec.Reverse {
		sign = p.th.Glyphs.SortDown
	}
	m := p.th.Method
	label := func(s string, k SortKey, w int, left bool) string {
		if w <= 0 {
			return ""
		}
		if p.spec.Key == k {
			if left && w > len(s)+2 {
				s += " " + sign
			} else {
				s = sign + s
			}
		}
		if left {
			return m.Pad(s, w)
		}
		return m.PadLeft(s, w)
	}
	name := label("Name", ByName, c.name, true)
	switch p.spec.Key {
	case ByExt:
		name = m.Pad("Name (ext "+sign+")", c.name)
	case Unsorted:
		name = m.Pad("Name (as listed)", c.name)
	}
	row := "  " + name + label("Size", BySize, c.size, false)
	if c.perm > 0 {
		row += " " + m.Pad("Mode", c.perm-1)
	}
	if c.owner > 0 {
		row += " " + label("Owner", ByOwner, c.owner-1, true)
	}
	if c.date > 0 {
		s := "Modified"
		if c.date == text.ShortDateWidth+1 {
			s = "Date"
		}
		row += " " + label(s, ByDate, c.date-1, true)
	}
	return p.side1(p.th.Header.Render(m.Pad(row, p.w-2)))
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
	if cursor {
		if first != " " {
			second = first
		}
		first = g.Cursor
	}
	if r == p.target {
		first = g.Pick
		return p.th.DropTarget.Over(first + second + c.name + c.rest + c.date + " ")
	}
	if cursor {
		st := p.th.CursorInactive
		switch {
		case p.focus && marked:
			st = p.th.CursorMarked
		case p.focus:
			st = p.th.Cursor
		}
		return st.Over(first + second + c.name + c.rest + c.date + " ")
	}
	if marked {
		return p.th.Marked.Over(first + second + c.name + c.rest + c.date + " ")
	}
	return first + second + p.kindStyle(c.kind).Render(c.name) + p.th.Text.Render(c.rest) + p.th.Dim.Render(c.date) + " "
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
		c.name = m.PadMiddle(name, cols.name)
		if w := m.Width(name); w < cols.name {
			c.name = name + "/" + text.Spaces(cols.name-w-1)
		}
	case kLink:
		if e.Target != "" {
			if full := name + " " + p.th.Glyphs.Arrow + " " + m.Display(e.Target); m.Width(name)+6 < cols.name {
				name = full
			}
		}
		c.name = m.PadMiddle(name, cols.name)
	case kExec:
		c.name = m.PadMiddle(name, cols.name)
		if w := m.Width(name); w < cols.name {
			c.name = name + "*" + text.Spaces(cols.name-w-1)
		}
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

// typed is the filter as it is being typed, in at most w columns: what is
// selected in reverse, the cursor as _ behind the end, else in reverse.
func (p *Pane) typed(w int) string {
	m, in, st := p.th.Method, p.editing, p.th.Strong
	s, cx := in.View(m, min(m.Width(m.Display(in.Value()))+1, w), "")
	sel, s := m.Split(s, in.SelectedWidth(m, ""))
	if in.AtEnd() {
		return p.th.MenuSelected.Render(sel) + st.Render(strings.TrimSuffix(s, " ")+"_")
	}
	before, s := m.Split(s, cx)
	under := edit.Clusters(s)[0]
	return st.Render(before) + p.th.Cursor.Render(under) + st.Render(s[len(under):])
}

// bottom is the lower edge: the search being typed, marks, counts, notes.
func (p *Pane) bottom() string {
	m := p.th.Method
	left := ""
	here, all, bytes := p.MarkCount()
	switch {
	case p.drop && p.target < 0:
		left = p.th.DropTarget.Render(p.th.Glyphs.Pick + " drop here")
	case p.typing:
		left = p.th.Strong.Render("/" + m.Display(p.search) + "_")
	case p.editing != nil:
		left = p.th.Strong.Render("filter ") + p.typed(max(p.w-16, 4))
	case p.spec.Filter != "":
		left = p.th.Warn.Render("filter " + m.Display(p.spec.Filter))
		if all > 0 {
			left += " " + text.Count(int64(all)) + " marked"
		}
	case all > 0:
		size := ""
		if bytes > 0 {
			size = ", " + text.Size(bytes)
		}
		left = p.th.Marked.Render(text.Count(int64(here)) + " marked" + size)
		if all > here {
			left = p.th.Marked.Render(text.Count(int64(here)) + " marked here, " + text.Count(int64(all-here)) + " elsewhere")
		} else if p.w >= 56 && bytes > 0 {
			left += " of " + text.Size(p.bytes) + " in " + text.Count(int64(p.st.n))
		}
	case p.anchor >= 0:
		left = p.th.Marked.Render("range: V marks it")
	case p.state == Ready && p.err != nil:
		left = p.th.Error.Render(p.th.Glyphs.Fail + " not refreshed")
	case p.state == Ready:
		left = text.Plural(int64(p.st.n), "item", "items")
		if p.bytes > 0 {
			left += ", " + text.Size(p.bytes)
		}
		if n := p.st.n - len(p.order); n > 0 && p.shown == p.st.n {
			left += ", " + text.Count(int64(n)) + " hidden"
		}
	}
	right := p.notes.Free
	if p.notes.Extra != "" {
		right = strings.TrimSpace(right + "  " + p.notes.Extra)
	}
	if m.Width(left)+m.Width(right)+9 > p.w {
		right = ""
	}
	return p.th.Bottom(p.w, p.focus, left, right)
}
