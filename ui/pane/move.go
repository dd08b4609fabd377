package pane

import (
	"strings"

	"ferry/ftpsvc/vfs"
	"ferry/ui/edit"
	"ferry/ui/text"
)

// ups is how many rows the way to the parent takes: one, none at the root.
func (p *Pane) ups() int {
	if p.path == "" || p.style.IsRoot(p.path) {
		return 0
	}
	return 1
}

// Rows is how many rows can be reached, ".." included.
func (p *Pane) Rows() int {
	if p.state == Empty {
		return 0
	}
	return p.ups() + len(p.order)
}

// bodyHeight is how many rows fit between header and lower edge.
func (p *Pane) bodyHeight() int { return max(p.h-3, 1) }

// index is the entry of a row; false for "..".
func (p *Pane) index(row int) (int, bool) {
	k := row - p.ups()
	if k < 0 || k >= len(p.order) {
		return 0, false
	}
	return int(p.order[k]), true
}

// At returns the entry of a row; false for ".." and beyond the end.
func (p *Pane) At(row int) (vfs.Entry, bool) {
	i, ok := p.index(row)
	if !ok {
		return vfs.Entry{}, false
	}
	return p.st.at(i), true
}

// Current is the entry under the cursor; false on "..".
func (p *Pane) Current() (vfs.Entry, bool) { return p.At(p.cursor) }

// OnParent reports whether the cursor stands on "..".
func (p *Pane) OnParent() bool { return p.cursor < p.ups() && p.Rows() > 0 }

// Cursor is the row under the cursor, from 0.
func (p *Pane) Cursor() int { return p.cursor }

// Move puts the cursor by rows further and ends a range.
func (p *Pane) Move(by int) { p.MoveTo(p.cursor + by) }

// Page moves by whole screens.
func (p *Pane) Page(by int) { p.MoveTo(p.cursor + by*max(p.bodyHeight()-1, 1)) }

// MoveTo puts the cursor on a row, kept within the list.
func (p *Pane) MoveTo(row int) {
	p.moved, p.want, p.missed = true, "", false
	row = max(min(row, p.Rows()-1), 0)
	if row == p.cursor {
		return
	}
	p.cursor = row
	p.follow()
	p.dirty = true
}

// Find puts the cursor on the entry of that name, now or when it turns up.
func (p *Pane) Find(name string) bool {
	if i := p.indexOf(name); i >= 0 {
		for k, o := range p.order {
			if int(o) == i {
				p.MoveTo(k + p.ups())
				return true
			}
		}
	}
	p.want, p.moved = name, false
	return false
}

// indexOf is the entry of that name, -1 for none.
func (p *Pane) indexOf(name string) int {
	at := -1
	p.st.each(func(i int, e vfs.Entry) bool {
		if e.Name == name {
			at = i
		}
		return at < 0
	})
	return at
}

// Named returns the entry of that name.
func (p *Pane) Named(name string) (vfs.Entry, bool) {
	i := p.indexOf(name)
	if i < 0 {
		return vfs.Entry{}, false
	}
	return p.st.at(i), true
}

// Each calls f for the entries of the listing, shown or not, until it returns false.
func (p *Pane) Each(f func(vfs.Entry) bool) {
	p.st.each(func(_ int, e vfs.Entry) bool { return f(e) })
}

// Scroll turns the wheel: rows move, the cursor stays where it can be seen.
func (p *Pane) Scroll(by int) {
	last := max(p.Rows()-p.bodyHeight(), 0)
	top := max(min(p.top+by, last), 0)
	if top == p.top {
		return
	}
	p.top = top
	p.cursor = max(min(p.cursor, p.top+p.bodyHeight()-1), p.top)
	p.moved = true
	p.dirty = true
}

// follow scrolls so that the cursor is seen.
func (p *Pane) follow() {
	h := p.bodyHeight()
	p.cursor = max(min(p.cursor, p.Rows()-1), 0)
	if p.cursor < p.top {
		p.top = p.cursor
	}
	if p.cursor >= p.top+h {
		p.top = p.cursor - h + 1
	}
	p.top = max(min(p.top, p.Rows()-h), 0)
}

// Searching reports the text of the search and whether it is being typed.
func (p *Pane) Searching() (string, bool) { return p.search, p.typing }

// BeginSearch starts an incremental search.
func (p *Pane) BeginSearch() {
	p.search, p.typing = "", true
	p.dirty = true
}

// EndSearch ends typing; the text stays for Again.
func (p *Pane) EndSearch() {
	p.typing = false
	p.dirty = true
}

// SetSearch looks for a name with that text from the cursor on and goes there.
func (p *Pane) SetSearch(s string) bool {
	p.search = s
	p.dirty = true
	p.missed = s != "" && !p.seek(p.cursor, 1)
	return !p.missed
}

// Again goes to the next (1) or previous (-1) match.
func (p *Pane) Again(step int) bool {
	if p.search == "" {
		return false
	}
	return p.seek(p.cursor+step, step)
}

// seek goes to the next row whose name matches. The listing is read once in
// its own order, which is many times faster than in the order of the rows.
func (p *Pane) seek(from, step int) bool {
	n := p.Rows()
	if n == 0 {
		return false
	}
	low := strings.ToLower(p.search)
	match := func(name string) bool {
		return indexFold(name, low) >= 0 || !text.Safe(name) && indexFold(text.Display(name), low) >= 0
	}
	if strings.ContainsAny(low, "*?[") {
		match = Matcher(low)
	}
	var hits bits
	p.st.each(func(i int, e vfs.Entry) bool {
		if match(e.Name) {
			hits.set(i)
		}
		return true
	})
	for k := range n {
		row := ((from+k*step)%n + n) % n
		if i, ok := p.index(row); ok && hits.has(i) {
			p.MoveTo(row)
			return true
		}
	}
	return false
}

// SetTyping shows the line in which the filter is being typed, nil for none.
func (p *Pane) SetTyping(in *edit.Line) { p.editing, p.dirty = in, true }
