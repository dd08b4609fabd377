package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// maxMarks is how many combining marks may sit on one character before the
// rest is shown as code points: real scripts need three, a flood has hundreds.
const maxMarks = 6

// Display returns s in a form that is safe to draw on one line: control
// characters as their pictures (␊), C1 controls, direction marks and invisible
// characters as <hex>, bytes that are not text as \xNN. What stands in for
// something else can be told from a name that holds the same characters by
// Mark. The string itself is returned, without allocation, when it is harmless.
func Display(s string) string { return display(s, "", "", false) }

// DisplayASCII is Display with replacements made of ASCII only: ^[ and ^J.
// Letters outside ASCII that are harmless stay.
func DisplayASCII(s string) string { return display(s, "", "", true) }

// Mark is Display with each replacement between on and off, which are
// sequences of ferry's own that set and unset a style.
func Mark(s, on, off string, ascii bool) string { return display(s, on, off, ascii) }

// Safe reports whether Display would return s as it is.
func Safe(s string) bool { return firstUnsafe(s) < 0 }

// firstUnsafe returns the index of the first byte that Display has to replace, or -1.
func firstUnsafe(s string) int {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return firstUnsafeRune(s, i)
		}
	}
	return -1
}

func firstUnsafeRune(s string, i int) int {
	marks := 0
	if r, _ := utf8.DecodeRuneInString(s); i == 0 && joins(r) {
		return 0
	}
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if (r == utf8.RuneError && n == 1) || unsafeRune(r) {
			return i
		}
		if isMark(r) {
			if marks++; marks > maxMarks {
				return i
			}
		} else {
			marks = 0
		}
		i += n
	}
	return -1
}

func display(s, on, off string, ascii bool) string {
	i := firstUnsafe(s)
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	// What is before i needs no replacement, but it ends in a character that may carry marks.
	b.WriteString(s[:i])
	marks := 0
	for _, r := range s[:i] {
		if isMark(r) {
			marks++
		} else {
			marks = 0
		}
	}
	open := i == 0 && joins(firstRune(s))
	if open { // shown below, as what follows a replacement
		b.WriteString(on)
	}
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		bad := (r == utf8.RuneError && n == 1) || unsafeRune(r)
		switch {
		case bad:
			marks = 0
		case open && joins(r):
			bad = true
		case isMark(r):
			marks++
			bad = marks > maxMarks
		default:
			marks = 0
		}
		if bad != open {
			if bad {
				b.WriteString(on)
			} else {
				b.WriteString(off)
			}
			open = bad
		}
		if bad {
			replace(&b, r, s[i], n, ascii)
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	if open {
		b.WriteString(off)
	}
	return b.String()
}

// unsafeRune reports whether r must not be drawn as it is.
func unsafeRune(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r < 0xad:
		return false
	case r == 0x200c, r == 0x200d: // needed by Persian and the scripts of India
		return false
	case r == 0x2028, r == 0x2029, r == 0x3164, r == 0x115f, r == 0x1160, r == 0xffa0: // separators, fillers
		return true
	case r >= 0xf700 && r <= 0xf7ff: // a byte that the charset could not decode
		return true
	case r < 0x600 && r != 0xad:
		return false
	}
	return unicode.Is(unicode.Cf, r) || (r >= 0xe0000 && r <= 0xe0fff) || (r&0xfffe) == 0xfffe
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// joins reports whether r would become one character with a blank before it.
func joins(r rune) bool {
	if r < 0x300 || (r >= 0x3100 && r < 0xa000) || (r >= 0xac00 && r < 0xd7b0) || r == utf8.RuneError {
		return false
	}
	var buf [8]byte
	b := utf8.AppendRune(append(buf[:0], ' '), r)
	c, _ := ansi.FirstGraphemeCluster(b, ansi.GraphemeWidth)
	return len(c) > 1
}

func isMark(r rune) bool {
	switch {
	case r < 0x300, r >= 0x3100 && r < 0xa000, r >= 0xac00 && r < 0xd7b0: // CJK and Hangul, the common wide ones
		return false
	case r == 0x200c, r == 0x200d:
		return true
	}
	return unicode.In(r, unicode.Mn, unicode.Me) || (r >= 0x1160 && r <= 0x11ff) || (r >= 0xd7b0 && r <= 0xd7ff)
}

const hexDigits = "0123456789abcdef"

// replace writes what stands in for r, or for the byte c when n is 1 and r is no rune.
func replace(b *strings.Builder, r rune, c byte, n int, ascii bool) {
	switch {
	case r == utf8.RuneError && n == 1:
		writeByte(b, c)
	case r >= 0xf700 && r <= 0xf7ff:
		writeByte(b, byte(r-0xf700))
	case (r < 0x20 || r == 0x7f) && ascii:
		b.WriteByte('^')
		b.WriteByte(byte(r) ^ 0x40)
	case r < 0x20:
		b.WriteRune(0x2400 + r)
	case r == 0x7f:
		b.WriteRune(0x2421)
	default:
		b.WriteByte('<')
		const up = "0123456789ABCDEF"
		started := false
		for shift := 20; shift >= 0; shift -= 4 {
			d := (r >> shift) & 15
			if d != 0 || started || shift <= 12 {
				b.WriteByte(up[d])
				started = true
			}
		}
		b.WriteByte('>')
	}
}

func writeByte(b *strings.Builder, c byte) {
	b.WriteString(`\x`)
	b.WriteByte(hexDigits[c>>4])
	b.WriteByte(hexDigits[c&15])
}
