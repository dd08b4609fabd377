// Package view shows the content of a file as text or as bytes, of any size:
// it holds some pieces of the file and asks for those that are missing.
//
//	Need -> root reads offset, size -> Set(offset, data, end) or Fail
//
// What the file holds never reaches the terminal as it is: text.Display first.
package view

import (
	"bytes"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/action"
	"ferry/ui/edit"
	"ferry/ui/theme"
)

const (
	piece     = 128 << 10 // bytes asked for at once
	maxPieces = 96        // kept, the others are asked for again
	maxLine   = 8 << 10   // a longer line is broken here
)

// View is one open file.
type View struct {
	Theme *theme.Theme
	Keys  *action.Map

	name  string
	size  int64 // -1: not known yet
	w, h  int
	hex   bool
	wrap  bool
	top   int64 // offset of the first byte shown; in text the start of a line
	shift int   // columns scrolled to the right

	pieces map[int64][]byte // by offset/piece
	order  []int64          // of pieces, the oldest first
	asked  int64            // piece on its way, -1 none
	failed string

	line      edit.Line
	searching bool   // the search line has the keys
	find      []byte // what is looked for
	from      int64  // offset where the running search goes on, -1: none runs
	seam      int    // bytes before from to look at again
	back      bool
	hit       int64 // offset of the match shown, -1 none
	said      string
}

// New begins at the start of a file; size -1 is not known.
func New(t *theme.Theme, name string, size int64) *View {
	return &View{Theme: t, name: name, size: size, pieces: map[int64][]byte{}, asked: -1, from: -1, hit: -1, wrap: true}
}

// SetSize tells the size of the view.
func (v *View) SetSize(w, h int) { v.w, v.h = w, h }

// Need tells which part of the file to read next, ok when one is wanted. Each
// is asked for once: call Set or Fail with its answer.
func (v *View) Need() (offset, n int64, ok bool) {
	if v.asked >= 0 || v.failed != "" {
		return 0, 0, false
	}
	p := v.wanted()
	if p < 0 {
		return 0, 0, false
	}
	v.asked = p
	return p * piece, piece, true
}

// wanted is the piece to ask for: what the screen or the search needs, -1 none.
func (v *View) wanted() int64 {
	first := v.top / piece
	last := (v.top + int64(v.h*max(v.w, 80))) / piece
	if v.top > 0 && v.top%piece < maxLine {
		first = max(first-1, 0)
	}
	for p := first; p <= last; p++ {
		if !v.has(p) {
			return p
		}
	}
	if v.from >= 0 && !v.has(v.from/piece) {
		return v.from / piece
	}
	return -1
}

// has reports whether a piece is there, or lies behind the end.
func (v *View) has(p int64) bool {
	if v.size >= 0 && p*piece >= v.size && p > 0 {
		return true
	}
	_, ok := v.pieces[p]
	return ok
}

// Set takes data read at offset; end tells that the file ends after it.
func (v *View) Set(offset int64, data []byte, end bool) {
	p := offset / piece
	if p == v.asked {
		v.asked = -1
	}
	if len(data) > piece {
		data = data[:piece]
	}
	if len(v.pieces) == 0 && p == 0 && bytes.IndexByte(data[:min(len(data), 8192)], 0) >= 0 {
		v.hex = true // a NUL in the beginning: no text
	}
	v.pieces[p] = data
	v.order = append(v.order, p)
	if len(v.order) > maxPieces {
		delete(v.pieces, v.order[0])
		v.order = v.order[1:]
	}
	switch {
	case end || len(data) < piece:
		v.size = offset + int64(len(data))
	case v.size >= 0 && v.size < offset+int64(len(data)):
		v.size = -1 // it grew
	}
	v.search()
}

// Fail tells that the part could not be read.
func (v *View) Fail(why string) { v.failed, v.asked, v.from = why, -1, -1 }

// at returns up to n bytes from offset on, as far as they are there. whole
// tells that what is missing lies behind the end of the file.
func (v *View) at(offset int64, n int) (b []byte, whole bool) {
	for len(b) < n {
		pos := offset + int64(len(b))
		p, ok := v.pieces[pos/piece]
		if !ok {
			return b, v.size >= 0 && pos >= v.size
		}
		i := int(pos % piece)
		if i >= len(p) {
			return b, true
		}
		b = append(b, p[i:min(len(p), i+n-len(b))]...)
	}
	return b, true
}

// lineAt returns the line that starts at offset, without its end, and where
// the next one starts; next is -1 when the line is not all there yet, and
// equal to offset at the end of the file.
func (v *View) lineAt(offset int64) (line []byte, next int64) {
	b, whole := v.at(offset, maxLine)
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return bytes.TrimSuffix(b[:i], []byte{'\r'}), offset + int64(i) + 1
	}
	if len(b) == maxLine {
		n := cutRune(b)
		return b[:n], offset + int64(n)
	}
	if !whole {
		return b, -1
	}
	return b, offset + int64(len(b))
}

// cutRune is len(b) less the bytes of a character that was cut in two.
func cutRune(b []byte) int {
	for i := 1; i <= 3 && i < len(b); i++ {
		c := b[len(b)-i]
		if c < 0x80 {
			break
		}
		if c >= 0xc0 {
			return len(b) - i
		}
	}
	return len(b)
}

// lineBefore is the start of the line before offset.
func (v *View) lineBefore(offset int64) int64 {
	if offset <= 0 {
		return 0
	}
	start := max(offset-maxLine, 0)
	b, _ := v.at(start, int(offset-start))
	if int64(len(b)) < offset-start {
		return start // not there: go by size
	}
	b = b[:len(b)-1] // the end of the line before
	if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
		return start + int64(i) + 1
	}
	return start
}

// rows is how many lines of the file fit.
func (v *View) rows() int { return max(v.h-2, 1) }

func (v *View) hexWidth() int {
	if v.w >= 80 {
		return 16
	}
	return 8
}

// down moves by n lines, as far as the file is there.
func (v *View) down(n int) {
	for range n {
		if v.hex {
			if v.size >= 0 && v.top+int64(v.hexWidth()) >= v.size {
				return
			}
			v.top += int64(v.hexWidth())
			continue
		}
		_, next := v.lineAt(v.top)
		if next <= v.top || v.size >= 0 && next >= v.size {
			return
		}
		v.top = next
	}
}

func (v *View) up(n int) {
	for range n {
		if v.hex {
			v.top = max(v.top-int64(v.hexWidth()), 0)
			continue
		}
		v.top = v.lineBefore(v.top)
	}
}

// end shows the last lines.
func (v *View) end() {
	if v.size < 0 {
		v.said = "the size is not known: PgDn goes on reading"
		return
	}
	if v.hex {
		w := int64(v.hexWidth())
		v.top = max((v.size-1)/w*w-int64(v.rows()-1)*w, 0)
		return
	}
	v.top = v.size
	if _, ok := v.pieces[max(v.size-1, 0)/piece]; !ok {
		// The last piece comes first, then its lines can be counted.
		v.top = max(v.size-int64(v.rows()*40), 0)
		return
	}
	v.up(v.rows())
}

// Act finds what an action does in the view, nil when that is not the view's
// business, and why it cannot be done now.
func (v *View) Act(name string) (do func() action.Intent, why string) {
	d, ok := deeds[name]
	if !ok {
		return nil, ""
	}
	switch name {
	case "search-next", "search-prev":
		if len(v.find) == 0 {
			why = "nothing was searched for: " + v.Keys.Ref("find-text") + " begins"
		}
	case "scroll-left", "scroll-right":
		if v.wrap {
			why = "long lines are wrapped: " + v.Keys.Ref("file-wrap") + " ends that"
		}
	}
	return func() action.Intent { v.said = ""; return d(v) }, why
}

var deeds = map[string]func(*View) action.Intent{}

func init() {
	for name, do := range map[string]func(*View){
		"up":           func(v *View) { v.up(1) },
		"down":         func(v *View) { v.down(1) },
		"screen-up":    func(v *View) { v.up(v.rows() - 1) },
		"screen-down":  func(v *View) { v.down(v.rows() - 1) },
		"top":          func(v *View) { v.top, v.shift = 0, 0 },
		"bottom":       (*View).end,
		"scroll-left":  func(v *View) { v.shift = max(v.shift-16, 0) },
		"scroll-right": func(v *View) { v.shift += 16 },
		"file-hex":     (*View).toggleHex,
		"file-wrap":    func(v *View) { v.wrap, v.shift = !v.wrap, 0 },
		"find-text":    func(v *View) { v.searching, v.line = true, edit.New("") },
		"search-next":  func(v *View) { v.again(false) },
		"search-prev":  func(v *View) { v.again(true) },
		"refresh":      func(v *View) { v.failed, v.pieces, v.order = "", map[int64][]byte{}, nil },
	} {
		deeds[name] = func(v *View) action.Intent { do(v); return nil }
	}
	deeds["close-view"] = func(*View) action.Intent { return action.Close{} }
	deeds["view"] = deeds["close-view"]
	deeds["cancel"] = func(v *View) action.Intent {
		if v.from >= 0 {
			v.from, v.said = -1, "search stopped"
			return nil
		}
		return action.Close{}
	}
}

// Place is where its keys are.
func (v *View) Place() action.Place { return action.FileView }

// Typing reports whether the search line takes letters.
func (v *View) Typing() bool { return v.searching }

func (v *View) toggleHex() {
	v.hex = !v.hex
	if v.hex {
		v.top -= v.top % int64(v.hexWidth())
		return
	}
	if v.top > 0 {
		v.top = v.lineBefore(v.top + 1)
	}
}

// Mouse handles the wheel.
func (v *View) Mouse(msg tea.MouseMsg) action.Intent {
	if m, ok := msg.(tea.MouseWheelMsg); ok {
		if m.Button == tea.MouseWheelUp {
			v.up(3)
		} else {
			v.down(3)
		}
	}
	return nil
}

// Paste puts text into the search line.
func (v *View) Paste(s string) action.Intent {
	if v.searching {
		v.line.Insert(s)
	}
	return nil
}
