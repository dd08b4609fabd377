package pane

import (
	"slices"
	"strings"

	"ferry/ftpsvc/vfs"
)

// MarkedEntry is a marked entry and the folder it stands in.
type MarkedEntry struct {
	Dir   string
	Entry vfs.Entry
}

// manyMarks is up to how many marks are given in the order of the rows.
const manyMarks = 20_000

// here are the marks of this folder: those shown, from top to bottom, then
// those that the filter hides.
func (p *Pane) here() []MarkedEntry {
	if p.marked == 0 {
		return nil
	}
	out := make([]MarkedEntry, 0, p.marked)
	var seen bits
	add := func(i int) {
		if p.marks.has(i) && !seen.has(i) {
			seen.set(i)
			out = append(out, MarkedEntry{p.path, p.st.at(i)})
		}
	}
	if p.marked <= manyMarks { // reading entries in the order of the rows is slow
		for _, i := range p.order {
			add(int(i))
		}
	}
	for w, word := range p.marks {
		if word == 0 {
			continue
		}
		for b := range 64 {
			if i := w*64 + b; i < p.st.n {
				add(i)
			}
		}
	}
	return out
}

// markNames are the names marked here.
func (p *Pane) markNames() map[string]struct{} {
	m := map[string]struct{}{}
	for name := range p.remark {
		m[name] = struct{}{}
	}
	for _, e := range p.here() {
		m[e.Entry.Name] = struct{}{}
	}
	if len(m) == 0 {
		return nil
	}
	return m
}

// Marked are all marks: those here, then those kept in other folders by path.
func (p *Pane) Marked() []MarkedEntry {
	out := p.here()
	for _, dir := range p.markedDirs() {
		out = append(out, p.saved[dir]...)
	}
	return out
}

func (p *Pane) markedDirs() []string {
	dirs := make([]string, 0, len(p.saved))
	for d := range p.saved {
		if d != p.path {
			dirs = append(dirs, d)
		}
	}
	slices.Sort(dirs)
	return dirs
}

// MarkCount is how many entries are marked, here and in all, and the known bytes of those here.
func (p *Pane) MarkCount() (here, all int, bytes int64) {
	all = p.marked
	for d, m := range p.saved {
		if d != p.path {
			all += len(m)
		}
	}
	return p.marked, all, p.markSize
}

// Selection is what an action works on: the marks, or the entry under the
// cursor when nothing is marked.
func (p *Pane) Selection() []MarkedEntry {
	if m := p.Marked(); len(m) > 0 {
		return m
	}
	if e, ok := p.Current(); ok {
		return []MarkedEntry{{p.path, e}}
	}
	return nil
}

// RowMarked reports whether the entry of a row is marked.
func (p *Pane) RowMarked(row int) bool {
	i, ok := p.index(row)
	return ok && p.marks.has(i)
}

// setMark marks an entry or takes the mark off.
func (p *Pane) setMark(i int, on bool) { p.setMarkOf(i, p.st.at(i), on) }

func (p *Pane) setMarkOf(i int, e vfs.Entry, on bool) {
	if p.marks.has(i) == on {
		return
	}
	size := markSize(e, p.sizes)
	if on {
		p.marks.set(i)
		p.marked++
		p.markSize += size
	} else {
		p.marks.clear(i)
		p.marked--
		p.markSize -= size
	}
	p.dirty = true
}

// markSize is what an entry adds to the marked bytes: the size of a file, and
// that of a folder where it was measured. What a listing tells of a folder is
// the size of the folder file.
func markSize(e vfs.Entry, measured map[string]int64) int64 {
	if n, ok := measured[e.Name]; ok {
		return n
	}
	if e.Kind == vfs.File {
		return max(e.Size, 0)
	}
	return 0
}

// eachShown calls f for the entries that have a row, in the order of the listing.
func (p *Pane) eachShown(f func(i int, e vfs.Entry)) {
	var shown bits
	all := len(p.order) == p.st.n
	if !all {
		for _, i := range p.order {
			shown.set(int(i))
		}
	}
	p.st.each(func(i int, e vfs.Entry) bool {
		if all || shown.has(i) {
			f(i, e)
		}
		return true
	})
}

// Toggle marks the entry of a row, or takes the mark off; ".." cannot be marked.
func (p *Pane) Toggle(row int) {
	if i, ok := p.index(row); ok {
		p.setMark(i, !p.marks.has(i))
	}
}

// MarkMove marks or unmarks under the cursor and moves on: Shift+arrows.
func (p *Pane) MarkMove(by int) {
	p.Toggle(p.cursor)
	p.Move(by)
}

// MarkTo marks all rows from the cursor to row: Shift+click, and a range.
func (p *Pane) MarkTo(row int) {
	row = max(min(row, p.Rows()-1), 0)
	from, to := min(row, p.cursor), max(row, p.cursor)
	for r := from; r <= to; r++ {
		if i, ok := p.index(r); ok {
			p.setMark(i, true)
		}
	}
	p.MoveTo(row)
}

// Range begins a range at the cursor, or marks from its beginning to here.
func (p *Pane) Range() {
	p.dirty = true
	if p.anchor < 0 {
		p.anchor = p.cursor
		return
	}
	at := p.cursor
	p.cursor = min(p.anchor, max(p.Rows()-1, 0))
	p.anchor = -1
	p.MarkTo(at)
}

// InRange reports whether a range was begun.
func (p *Pane) InRange() bool { return p.anchor >= 0 }

// CancelRange forgets a begun range.
func (p *Pane) CancelRange() { p.anchor, p.dirty = -1, true }

// MarkWhere marks (or unmarks) the shown entries that the test likes.
func (p *Pane) MarkWhere(on bool, test func(vfs.Entry) bool) int {
	n := 0
	p.eachShown(func(i int, e vfs.Entry) {
		if p.marks.has(i) != on && test(e) {
			p.setMarkOf(i, e, on)
			n++
		}
	})
	return n
}

// MarkPattern marks or unmarks names by pattern; folders only when dirs is
// set, with regard to case when exact is.
func (p *Pane) MarkPattern(on bool, pattern string, dirs, exact bool) int {
	match := Matcher(pattern)
	if exact {
		match = ExactMatcher(pattern)
	}
	return p.MarkWhere(on, func(e vfs.Entry) bool { return (dirs || !e.IsDir()) && match(e.Name) })
}

// Invert turns the marks of the shown files round; folders keep theirs.
func (p *Pane) Invert() {
	p.eachShown(func(i int, e vfs.Entry) {
		if !e.IsDir() {
			p.setMarkOf(i, e, !p.marks.has(i))
		}
	})
}

// MarkExt marks or unmarks all with the extension of the entry under the cursor.
func (p *Pane) MarkExt(on bool) int {
	cur, ok := p.Current()
	if !ok {
		return 0
	}
	want := ext(cur.Name)
	return p.MarkWhere(on, func(e vfs.Entry) bool { return !e.IsDir() && ext(e.Name) == want })
}

func ext(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return strings.ToLower(name[i+1:])
	}
	return ""
}

// Unmark takes off all marks, in other folders too.
func (p *Pane) Unmark() {
	p.marks, p.marked, p.markSize, p.remark = nil, 0, 0, nil
	p.saved = map[string][]MarkedEntry{}
	p.dirty = true
}

// SetDirSize shows a measured size in place of DIR.
func (p *Pane) SetDirSize(name string, n int64) {
	if p.sizes == nil {
		p.sizes = map[string]int64{}
	}
	if i := p.indexOf(name); i >= 0 && p.marks.has(i) {
		p.markSize += n - p.sizes[name]
	}
	p.sizes[name] = n
	p.Redraw()
}

// SetSigns shows compare marks by name; nil ends it.
func (p *Pane) SetSigns(m map[string]string) { p.signs, p.dirty = m, true }

// SetActive shows what transfers do to entries of this folder.
func (p *Pane) SetActive(m map[string]ActiveNote) {
	if len(m) == 0 && len(p.active) == 0 {
		return
	}
	p.active, p.dirty = m, true
}

// Snapshot is the listing for Compare; it may be read in another goroutine.
func (p *Pane) Snapshot() Listing { return Listing{p.st.snapshot()} }

// Listing is a listing that does not change.
type Listing struct{ st store }

// Each calls f for all entries.
func (l Listing) Each(f func(vfs.Entry)) {
	l.st.each(func(_ int, e vfs.Entry) bool { f(e); return true })
}

// Len is how many entries it has.
func (l Listing) Len() int { return l.st.n }
