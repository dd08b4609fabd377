package config

import (
	"strconv"
	"strings"
)

// Problem is what is wrong with a file, where, and what may have been meant.
type Problem struct {
	File string // path
	Line int    // from 1; 0 when the file as a whole is meant
	Key  string // dotted, as "screen.theme"; may be ""
	Text string // what is wrong
	Near string // the nearest word that would have been right; "" when none is near
}

// Error is one line: `/home/me/.config/ferry/config.toml:3: screen.them: unknown key; did you mean "theme"?`
func (p *Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			b.WriteString(":" + strconv.Itoa(p.Line))
		}
		b.WriteString(": ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Text)
	if p.Near != "" {
		b.WriteString("; did you mean " + strconv.Quote(p.Near) + "?")
	}
	return b.String()
}

// Harmless reports whether the file counts all the same, but for a key that means nothing.
func (p *Problem) Harmless() bool { return p.Text == unknownText }

// of reports whether the problem is one of the table, or of a value in it.
func (p *Problem) of(table string) bool {
	t := keyText([]string{table})
	return p.Key == t || strings.HasPrefix(p.Key, t+".")
}

// Nearest returns the word of words that is closest to s, "" when none is
// close: one edit, or one for each three letters, and never more than three.
func Nearest(s string, words []string) string {
	best, at := "", min(3, max(1, len(s)/3))+1
	for _, w := range words {
		if d := distance(strings.ToLower(s), strings.ToLower(w)); d < at {
			best, at = w, d
		}
	}
	return best
}

// distance counts insertions, deletions, replacements and swaps of neighbours
// (optimal string alignment) between a and b, in bytes.
func distance(a, b string) int {
	two, one, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one, row = one, row, two
	}
	return one[len(b)]
}
