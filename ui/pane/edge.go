package pane

import (
	"slices"
	"strconv"
	"strings"

	"ferry/ftpsvc/vfs"
	"ferry/ui/edit"
	"ferry/ui/text"
	"ferry/ui/theme"
)

func (p *Pane) frame() (theme.Box, theme.Style) { return p.th.Box(p.focus) }

// top1 is the upper edge: side, path, position. Where all of it has no room the
// position goes first.
func (p *Pane) top1() string {
	m := p.th.Method
	right := p.position()
	room := p.w - 9 - m.Width(right)
	if room < 14 && p.w < 30 && p.named() {
		right, room = "", p.w-6
	}
	side := p.label(room)
	path := p.segments(room-m.Width(side), 3+m.Width(side))
	st := p.th.Title
	if p.focus {
		st = p.th.TitleFocus
	}
	title := side + path
	if title != "" {
		title = st.Over(title)
	}
	return p.th.Top(p.w, p.focus, title, right)
}

// named reports whether the upper edge names the side.
func (p *Pane) named() bool { return p.side != "" && (p.w >= 56 || p.title.Side) }

// label is the side's name, with a sign when it is talked to in clear text, and
// a gap. Of room columns it leaves the path a third, if that needs it.
func (p *Pane) label(room int) string {
	if !p.named() {
		return ""
	}
	m := p.th.Method
	sign, gap := "", "  "
	if p.w < 56 {
		gap = " "
	}
	switch {
	case !p.title.Clear:
	case p.w < 34:
		sign = p.th.Glyphs.Fail
	default:
		sign = " " + p.th.Glyphs.Fail + " clear"
	}
	fixed := len(sign) + len(gap)
	path := min(m.Width(m.Display(p.shownPath())), max(room/3, 6))
	s := m.CutMiddle(p.side, max(room-path-fixed, 4))
	return s + p.th.Warn.Render(sign) + gap
}

// shownPath is the path with the home folder as ~.
func (p *Pane) shownPath() string {
	if p.home != "" && p.home != "/" && p.style.Within(p.home, p.path) {
		return "~" + strings.TrimPrefix(p.path, p.home)
	}
	return p.path
}

// position is cursor and count, and what is not as it should be.
func (p *Pane) position() string {
	var b strings.Builder
	if n := p.info.Unknown; n > 0 && (p.state == Ready || p.state == Broken) && p.w >= 34 {
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
	shown, base := p.shownPath(), ""
	if shown != p.path {
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

// header names the columns; the sorted one carries a sign, and where it is not
// shown the name tells.
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
	if how := p.hiddenKey(); how != "" {
		name = m.Pad("Name ("+how+" "+sign+")", c.name)
	} else if p.spec.Key == Unsorted {
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

// hiddenKey is what the pane is sorted by where no column shows it, "" else.
func (p *Pane) hiddenKey() string {
	c := p.cols
	shown := map[SortKey]bool{ByName: true, BySize: c.size > 0, ByDate: c.date > 0, ByOwner: c.owner > 0, Unsorted: true}
	if shown[p.spec.Key] {
		return ""
	}
	return p.spec.Key.String()
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

// bottom is the lower edge: the search being typed, marks, counts, notes. What
// is told at the left is shortened before what is told at the right is left out.
func (p *Pane) bottom() string {
	m := p.th.Method
	lefts := p.told()
	right := p.notes.Free
	if p.notes.Extra != "" {
		right = strings.TrimSpace(right + "   " + p.notes.Extra)
	}
	for _, l := range lefts {
		if right != "" && m.Width(l)+m.Width(right)+9 <= p.w {
			return p.th.Bottom(p.w, p.focus, l, right)
		}
	}
	fit := lefts[len(lefts)-1]
	for _, l := range slices.Backward(lefts) {
		if m.Width(l)+6 <= p.w {
			fit = l
		}
	}
	return p.th.Bottom(p.w, p.focus, fit, "")
}

// told is what the lower edge tells at the left, the longest form first.
func (p *Pane) told() []string {
	m, th := p.th.Method, p.th
	here, all, bytes := p.MarkCount()
	switch {
	case p.drop && p.target < 0:
		return []string{th.DropTarget.Render(th.Glyphs.Pick + " drop here")}
	case p.typing:
		return []string{th.Strong.Render("/" + m.Display(p.search) + "_")}
	case p.editing != nil:
		return []string{th.Strong.Render("filter ") + p.typed(max(p.w-16, 4))}
	case p.spec.Filter != "":
		s := th.Warn.Render("filter " + m.Display(p.spec.Filter))
		if all > 0 {
			return []string{s + " " + text.Count(int64(all)) + " marked", s}
		}
		return []string{s}
	case all > 0:
		return p.toldMarks(here, all, bytes)
	case p.anchor >= 0:
		return []string{th.Marked.Render("range: V marks it")}
	case p.state == Ready && p.err != nil:
		return []string{th.Error.Render(th.Glyphs.Fail + " not refreshed")}
	case p.state == Ready:
		return p.toldCount()
	}
	return []string{""}
}

func (p *Pane) toldMarks(here, all int, bytes int64) []string {
	size := ""
	if bytes > 0 {
		size = ", " + text.Size(bytes)
	}
	s := p.th.Marked.Render(text.Count(int64(here)) + " marked" + size)
	if all > here {
		return []string{p.th.Marked.Render(text.Count(int64(here)) + " marked here, " + text.Count(int64(all-here)) + " elsewhere"),
			p.th.Marked.Render(text.Count(int64(here)) + " marked +" + text.Count(int64(all-here)) + " elsewhere")}
	}
	if p.w >= 56 && bytes > 0 {
		return []string{s + " of " + text.Size(p.bytes) + " in " + text.Count(int64(p.st.n)), s}
	}
	return []string{s}
}

func (p *Pane) toldCount() []string {
	if p.stopped && p.st.n == 0 {
		return []string{""}
	}
	items := text.Plural(int64(p.st.n), "item", "items")
	size, hidden := "", ""
	if p.bytes > 0 {
		size = ", " + text.Size(p.bytes)
	}
	if n := p.st.n - len(p.order); n > 0 && p.shown == p.st.n {
		hidden = ", " + text.Count(int64(n)) + " hidden"
	}
	return []string{items + size + hidden, items + hidden, items}
}
