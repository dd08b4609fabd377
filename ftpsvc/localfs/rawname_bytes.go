//go:build !windows && !darwin && !ios

package localfs

import (
	"strings"
	"unicode/utf8"
)

// private is the rune that stands for byte 0; see vfs.Entry.Name.
const private = 0xF700

// shown returns the disk's bytes as valid UTF-8 without loss. A private-use
// rune that the name holds itself is shown byte by byte too.
func shown(b string) string {
	if plain(b) {
		return b
	}
	var out strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRuneInString(b)
		if (r == utf8.RuneError && n == 1) || (r >= private && r <= private+0xFF) {
			for i := range n {
				out.WriteRune(private + rune(b[i]))
			}
		} else {
			out.WriteString(b[:n])
		}
		b = b[n:]
	}
	return out.String()
}

// raw is shown undone.
func raw(s string) string {
	if plain(s) {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		if r >= private && r <= private+0xFF {
			out.WriteByte(byte(r - private))
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// plain reports that shown and raw leave s as it is.
func plain(s string) bool {
	for _, r := range s {
		if r >= private && r <= private+0xFF || r == utf8.RuneError {
			return false
		}
	}
	return true
}
