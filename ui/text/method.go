package text

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Method is how the terminal counts columns and which glyphs it can be given.
// The zero value counts rune by rune (wcwidth), as terminals do until they
// report mode 2027.
type Method struct {
	Mode  ansi.Method
	ASCII bool // cut with ~ instead of …, show controls as ^[
}

// Tail is what stands where something was cut off: one column.
func (m Method) Tail() string {
	if m.ASCII {
		return "~"
	}
	return "…"
}

// Display is the package's Display for this terminal: while columns are counted
// rune by rune, joiners between emoji are left out, so that all terminals agree
// on the width.
func (m Method) Display(s string) string {
	return m.joiners(display(s, "", "", m.ASCII))
}

// Mark is Display with replacements between on and off.
func (m Method) Mark(s, on, off string) string {
	return m.joiners(display(s, on, off, m.ASCII))
}

const zwj = "\u200d"

func (m Method) joiners(s string) string {
	if m.Mode != ansi.WcWidth || !strings.Contains(s, zwj) {
		return s
	}
	var b strings.Builder
	var prev rune
	for i, r := range s {
		if r == 0x200d {
			next, _ := utf8.DecodeRuneInString(s[i+len(zwj):])
			if emoji(prev) && emoji(next) {
				continue
			}
		}
		b.WriteRune(r)
		prev = r
	}
	return b.String()
}

func emoji(r rune) bool {
	return r >= 0x1f000 && r < 0x1fb00 || r >= 0x2190 && r < 0x2c00 || r == 0xfe0f
}

// Width is how many columns s takes; style sequences take none.
func (m Method) Width(s string) int {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return m.Mode.StringWidth(s)
		}
	}
	return len(s)
}

// next splits off the first cluster of s and its columns, or a style sequence,
// which takes none.
func (m Method) next(s string) (part string, w int, seq bool) {
	switch {
	case s[0] == 0x1b:
		i := 1
		if len(s) > 1 && s[1] == '[' {
			for i = 2; i < len(s) && (s[i] < 0x40 || s[i] > 0x7e); i++ {
			}
			i = min(i+1, len(s))
		}
		return s[:i], 0, true
	case s[0] >= 0x20 && s[0] < 0x7f && (len(s) == 1 || s[1] < 0x80):
		return s[:1], 1, false
	}
	c, w := ansi.FirstGraphemeCluster(s, m.Mode)
	return c, w, false
}

// head returns what of s fits into w columns, how many they are, and the style
// sequences of the rest.
func (m Method) head(s string, w int) (string, int, string) {
	have, i := 0, 0
	for i < len(s) {
		part, pw, _ := m.next(s[i:])
		if have+pw > w {
			break
		}
		have += pw
		i += len(part)
	}
	return s[:i], have, m.sequences(s[i:])
}

// tail returns the end of s in at most w columns, the style sequences of the
// rest before it.
func (m Method) tail(s string, w int) (string, int) {
	drop := m.Width(s) - w
	gone, i := 0, 0
	for i < len(s) && gone < drop {
		part, pw, _ := m.next(s[i:])
		gone += pw
		i += len(part)
	}
	for i < len(s) { // marks of what was dropped
		part, pw, seq := m.next(s[i:])
		if pw > 0 || seq {
			break
		}
		i += len(part)
	}
	return m.sequences(s[:i]) + s[i:], w - (gone - drop)
}

// sequences returns the style sequences of s alone.
func (m Method) sequences(s string) string {
	if strings.IndexByte(s, 0x1b) < 0 {
		return ""
	}
	var b strings.Builder
	for len(s) > 0 {
		part, _, seq := m.next(s)
		if seq {
			b.WriteString(part)
		}
		s = s[len(part):]
	}
	return b.String()
}

// Split cuts s behind its first w columns, one less where a wide character
// stands there.
func (m Method) Split(s string, w int) (string, string) {
	head, _, _ := m.head(s, w)
	return head, s[len(head):]
}

// Cut returns s in at most w columns, its end replaced by Tail when it is longer.
func (m Method) Cut(s string, w int) string {
	switch {
	case w <= 0:
		return ""
	case m.Width(s) <= w:
		return s
	}
	head, _, seqs := m.head(s, w-1)
	return head + m.Tail() + seqs
}

// CutLeft returns s in at most w columns, its beginning replaced by Tail: for paths.
func (m Method) CutLeft(s string, w int) string {
	switch {
	case w <= 0:
		return ""
	case m.Width(s) <= w:
		return s
	}
	tail, _ := m.tail(s, w-1)
	return m.Tail() + tail
}

// CutMiddle returns a name in at most w columns with its middle replaced by
// Tail, the extension kept where there is room: very-long-…inal.iso.
func (m Method) CutMiddle(s string, w int) string {
	if m.Width(s) <= w {
		return s
	}
	if w < 6 {
		return m.Cut(s, w)
	}
	// The end gets its extension and some characters before it, at most a half.
	end := w / 3
	if ext := extension(s); ext != "" {
		end = min(max(end, m.Width(ext)+4), w/2)
	}
	tail, _ := m.tail(s, end)
	head, _, _ := m.head(s, w-1-m.Width(tail))
	return head + m.Tail() + tail
}

// extension is the last extension with its dot, "" when there is none or it is long.
func extension(s string) string {
	i := strings.LastIndexByte(s, '.')
	if i <= 0 || len(s)-i > 10 {
		return ""
	}
	return s[i:]
}

// blanks is cut into when padding.
const blanks = "                                                                                                                                                                                                                                                                "

// Spaces returns n blanks, none for a negative n.
func Spaces(n int) string {
	switch {
	case n <= 0:
		return ""
	case n <= len(blanks):
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}

// Pad returns s in exactly w columns: cut at its end, or with blanks after it.
func (m Method) Pad(s string, w int) string {
	have := m.Width(s)
	if have > w {
		s = m.Cut(s, w)
		have = m.Width(s)
	}
	if have == w || w <= 0 {
		return s
	}
	return s + Spaces(w-have)
}

// PadLeft is Pad with the blanks before s: for numbers.
func (m Method) PadLeft(s string, w int) string {
	have := m.Width(s)
	if have > w {
		s = m.Cut(s, w)
		have = m.Width(s)
	}
	if have == w || w <= 0 {
		return s
	}
	return Spaces(w-have) + s
}

// PadMiddle is Pad for names: cut in the middle.
func (m Method) PadMiddle(s string, w int) string {
	return m.Pad(m.CutMiddle(s, w), w)
}

// Wrap breaks s into lines of at most w columns, at blanks where it can. The
// lines of s stay apart. It is for text that passed Display line by line.
func (m Method) Wrap(s string, w int) []string {
	if w < 1 {
		return nil
	}
	return strings.Split(m.Mode.Wrap(s, w, ""), "\n")
}

// Overlay returns base with over, w columns wide, in place of what stood at
// column x. A wide character cut in half becomes blanks.
func (m Method) Overlay(base, over string, x, w int) string {
	total := m.Width(base)
	head, have, _ := m.head(base, x)
	out := head + Spaces(x-have)
	if rest := total - x - w; rest > 0 {
		tail, tw := m.tail(base, rest)
		return out + "\x1b[m" + over + Spaces(rest-tw) + tail
	}
	return out + "\x1b[m" + m.Pad(over, min(w, max(total-x, 0)))
}
