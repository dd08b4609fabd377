// Package edit is one line of text that the user edits: the field of dialogs,
// the palette, and every search.
package edit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ferry/ui/text"
)

// Line is one line of editable text. Its value may be any name, hostile ones
// too, and comes back byte for byte unless the user changed it; what is drawn
// has passed text.Display. (The text field of bubbles rewrites such values
// when they are set, so that renaming a file with an odd name would lose
// exactly what makes it odd.)
type Line struct {
	cells  []string // grapheme clusters
	pos    int      // cursor, as an index of cells
	from   int      // first cell shown
	sel    int      // cells from the first on that are selected: typed text takes their place
	Secret bool     // nothing of it is shown
}

// New returns a line with s in it and the cursor behind it.
func New(s string) Line {
	in := Line{}
	in.Set(s)
	return in
}

// Value is the text, byte for byte what was set and typed.
func (in *Line) Value() string { return strings.Join(in.cells, "") }

// Set replaces the text and puts the cursor behind it.
func (in *Line) Set(s string) {
	in.cells = Clusters(s)
	in.pos = len(in.cells)
	in.from, in.sel = 0, 0
}

// Select selects the first n characters, all for a negative n, and puts the
// cursor behind them: what is typed next takes their place, while a key that
// moves the cursor keeps them.
func (in *Line) Select(n int) {
	if n < 0 {
		n = len(in.cells)
	}
	in.sel = min(n, len(in.cells))
	in.pos = in.sel
}

// Selected is how many characters are selected, from the first on.
func (in *Line) Selected() int { return in.sel }

// Clusters splits s into what a user sees as characters. A byte that is not
// UTF-8 is one of its own.
func Clusters(s string) []string {
	var out []string
	for s != "" {
		if r, n := utf8.DecodeRuneInString(s); n == 1 && (r < 0x80 || r == utf8.RuneError) {
			// A letter may still be followed by a combining mark.
			if r == utf8.RuneError || r < 0x20 || len(s) == 1 || s[1] < 0x80 {
				out = append(out, s[:1])
				s = s[1:]
				continue
			}
		}
		c, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		if c == "" {
			c = s[:1]
		}
		out = append(out, c)
		s = s[len(c):]
	}
	return out
}

// AtEnd reports whether the cursor stands behind the last character.
func (in *Line) AtEnd() bool { return in.pos == len(in.cells) }

// Empty reports whether there is no text.
func (in *Line) Empty() bool { return len(in.cells) == 0 }

// Scrolled reports whether View left out the beginning.
func (in *Line) Scrolled() bool { return in.from > 0 }

// MoveTo puts the cursor before character i.
func (in *Line) MoveTo(i int) { in.pos, in.sel = max(min(i, len(in.cells)), 0), 0 }

// Insert puts typed or pasted text at the cursor. Line ends and other control
// characters of it become blanks or are dropped: a value is one line.
func (in *Line) Insert(s string) {
	s = strings.Trim(s, "\r\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	if s == "" {
		return
	}
	in.drop()
	// Join with what stands before, so that a combining mark finds its letter.
	head := strings.Join(in.cells[:in.pos], "") + s
	cells := Clusters(head)
	tail := in.cells[in.pos:]
	in.pos = len(cells)
	in.cells = append(cells, tail...)
}

// Key edits and reports whether the key was one of a text field.
func (in *Line) Key(k tea.KeyPressMsg) bool {
	if k.Text != "" && k.Mod&^tea.ModShift == 0 {
		in.Insert(k.Text)
		return true
	}
	if !in.edit(k.String()) {
		return false
	}
	in.sel = 0
	return true
}

// edit does what a key without a text does; false for one that is none of a line.
func (in *Line) edit(key string) bool {
	switch key {
	case "left", "ctrl+b":
		in.pos = max(in.pos-1, 0)
	case "right", "ctrl+f":
		if in.sel == 0 { // else it goes to the end of what was selected, where it is
			in.pos = min(in.pos+1, len(in.cells))
		}
	case "home", "ctrl+a":
		in.pos = 0
	case "end", "ctrl+e":
		in.pos = len(in.cells)
	case "ctrl+left", "alt+left", "alt+b":
		in.pos = in.wordLeft()
	case "ctrl+right", "alt+right", "alt+f":
		in.pos = in.wordRight()
	case "backspace", "ctrl+h":
		if !in.drop() {
			in.cut(max(in.pos-1, 0), in.pos)
		}
	case "delete", "ctrl+d":
		if !in.drop() {
			in.cut(in.pos, min(in.pos+1, len(in.cells)))
		}
	case "ctrl+w", "alt+backspace", "ctrl+backspace":
		in.cut(in.wordLeft(), in.pos)
	case "alt+d", "ctrl+delete":
		in.cut(in.pos, in.wordRight())
	case "ctrl+u":
		in.cut(0, in.pos)
	case "ctrl+k":
		in.cut(in.pos, len(in.cells))
	default:
		return false
	}
	return true
}

// drop takes what is selected away and reports whether anything was.
func (in *Line) drop() bool {
	if in.sel == 0 {
		return false
	}
	in.cut(0, min(in.sel, len(in.cells)))
	in.sel = 0
	return true
}

func (in *Line) cut(from, to int) {
	in.cells = append(in.cells[:from:from], in.cells[to:]...)
	in.pos = from
}

// wordLeft is the start of the word before the cursor; a word ends at a
// blank, a slash, a dot, a dash or an underscore.
func (in *Line) wordLeft() int {
	i := in.pos
	for i > 0 && breaks(in.cells[i-1]) {
		i--
	}
	for i > 0 && !breaks(in.cells[i-1]) {
		i--
	}
	return i
}

func (in *Line) wordRight() int {
	i := in.pos
	for i < len(in.cells) && breaks(in.cells[i]) {
		i++
	}
	for i < len(in.cells) && !breaks(in.cells[i]) {
		i++
	}
	return i
}

func breaks(c string) bool { return strings.ContainsAny(c, " /\\.-_:@") }

// shown is what a cell looks like.
func (in *Line) shown(m text.Method, c, dot string) string {
	if in.Secret {
		return dot
	}
	return m.Display(c)
}

// View returns the visible part in exactly w columns, and the column of the
// cursor in it. The scroll position follows the cursor.
func (in *Line) View(m text.Method, w int, dot string) (string, int) {
	if w <= 0 {
		return "", 0
	}
	width := func(i int) int { return m.Width(in.shown(m, in.cells[i], dot)) }
	in.pos = min(in.pos, len(in.cells))
	in.from = min(in.from, in.pos)
	// The cursor needs a column of its own, also behind the last cell.
	for sum, i := 1, in.pos-1; i >= in.from; i-- {
		if sum += width(i); sum > w {
			in.from = i + 1
			break
		}
	}
	// After deleting at the end, use the room on the left again.
	for in.from > 0 {
		sum := 1
		for i := in.from - 1; i < len(in.cells) && sum <= w; i++ {
			sum += width(i)
		}
		if sum > w {
			break
		}
		in.from--
	}
	var b strings.Builder
	used, cursor := 0, 0
	for i := in.from; i < len(in.cells); i++ {
		if i == in.pos {
			cursor = used
		}
		s := in.shown(m, in.cells[i], dot)
		n := m.Width(s)
		if used+n > w {
			break
		}
		b.WriteString(s)
		used += n
	}
	if in.pos == len(in.cells) {
		cursor = used
	}
	b.WriteString(strings.Repeat(" ", w-used))
	return b.String(), min(cursor, w-1)
}

// SelectedWidth is how many columns of what View drew are selected.
func (in *Line) SelectedWidth(m text.Method, dot string) int {
	used := 0
	for i := in.from; i < min(in.sel, len(in.cells)); i++ {
		used += m.Width(in.shown(m, in.cells[i], dot))
	}
	return used
}

// Click moves the cursor to column x of what View drew.
func (in *Line) Click(m text.Method, x int, dot string) {
	used := 0
	in.sel = 0
	for i := in.from; i < len(in.cells); i++ {
		n := m.Width(in.shown(m, in.cells[i], dot))
		if x < used+max(n, 1) {
			in.pos = i
			return
		}
		used += n
	}
	in.pos = len(in.cells)
}
