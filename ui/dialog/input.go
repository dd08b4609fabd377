package dialog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ferry/ui/text"
)

// input is one line of editable text. Its value may be any name, hostile ones
// too, and comes back byte for byte unless the user changed it; what is drawn
// has passed text.Display. (The text field of bubbles rewrites such values
// when they are set, so that renaming a file with an odd name would lose
// exactly what makes it odd.)
type input struct {
	cells  []string // grapheme clusters
	pos    int      // cursor, as an index of cells
	from   int      // first cell shown
	secret bool     // nothing of it is shown
}

func newInput(s string) input {
	in := input{}
	in.set(s)
	return in
}

func (in *input) value() string { return strings.Join(in.cells, "") }

func (in *input) set(s string) {
	in.cells = clusters(s)
	in.pos = len(in.cells)
	in.from = 0
}

// clusters splits s into what a user sees as characters. A byte that is not
// UTF-8 is one of its own.
func clusters(s string) []string {
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

// insert puts typed or pasted text at the cursor. Line ends and other control
// characters of it become blanks or are dropped: a value is one line.
func (in *input) insert(s string) {
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
	// Join with what stands before, so that a combining mark finds its letter.
	head := strings.Join(in.cells[:in.pos], "") + s
	cells := clusters(head)
	tail := in.cells[in.pos:]
	in.pos = len(cells)
	in.cells = append(cells, tail...)
}

// key edits and reports whether the key was one of a text field.
func (in *input) key(k tea.KeyPressMsg) bool {
	switch k.String() {
	case "left", "ctrl+b":
		in.pos = max(in.pos-1, 0)
	case "right", "ctrl+f":
		in.pos = min(in.pos+1, len(in.cells))
	case "home", "ctrl+a":
		in.pos = 0
	case "end", "ctrl+e":
		in.pos = len(in.cells)
	case "ctrl+left", "alt+left", "alt+b":
		in.pos = in.wordLeft()
	case "ctrl+right", "alt+right", "alt+f":
		in.pos = in.wordRight()
	case "backspace", "ctrl+h":
		in.cut(max(in.pos-1, 0), in.pos)
	case "delete", "ctrl+d":
		in.cut(in.pos, min(in.pos+1, len(in.cells)))
	case "ctrl+w", "alt+backspace", "ctrl+backspace":
		in.cut(in.wordLeft(), in.pos)
	case "alt+d", "ctrl+delete":
		in.cut(in.pos, in.wordRight())
	case "ctrl+u":
		in.cut(0, in.pos)
	case "ctrl+k":
		in.cut(in.pos, len(in.cells))
	default:
		if k.Text == "" || k.Mod&^tea.ModShift != 0 {
			return false
		}
		in.insert(k.Text)
		return true
	}
	return true
}

func (in *input) cut(from, to int) {
	in.cells = append(in.cells[:from:from], in.cells[to:]...)
	in.pos = from
}

// wordLeft is the start of the word before the cursor; a word ends at a
// blank, a slash, a dot, a dash or an underscore.
func (in *input) wordLeft() int {
	i := in.pos
	for i > 0 && breaks(in.cells[i-1]) {
		i--
	}
	for i > 0 && !breaks(in.cells[i-1]) {
		i--
	}
	return i
}

func (in *input) wordRight() int {
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
func (in *input) shown(m text.Method, c, dot string) string {
	if in.secret {
		return dot
	}
	return m.Display(c)
}

// view returns the visible part in exactly w columns, and the column of the
// cursor in it. The scroll position follows the cursor.
func (in *input) view(m text.Method, w int, dot string) (string, int) {
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

// click moves the cursor to column x of what view drew.
func (in *input) click(m text.Method, x int, dot string) {
	used := 0
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
