package listing

import "strings"

const maxTokens = 48

// tokens are the words of the beginning of a line.
type tokens struct {
	s string
	t [maxTokens]span
	n int
	// first is the token after the mode of a Unix row.
	first int
}

func (k *tokens) cut(s string) {
	k.s, k.n = s, 0
	ascii := asciiOnly(s)
	for i := blanks(s, 0); i < len(s) && k.n < maxTokens; i = blanks(s, i) {
		j := word(s, i)
		next := j
		if !ascii {
			if at, n := hardBlank(s[i:j]); n > 0 {
				j, next = i+at, i+at+n
			}
		}
		k.t[k.n] = span{i, j - i}
		k.n++
		i = next
	}
}

// hardBlank finds a blank that does not break a line, in UTF-8 or, behind ASCII,
// in one of the Latin charsets; n is how many bytes it takes.
func hardBlank(s string) (at, n int) {
	if i := strings.IndexByte(s, 0xA0); i > 0 {
		switch {
		case s[i-1] == 0xC2 && i > 1:
			return i - 1, 2
		case s[i-1] < 0x80:
			return i, 1
		}
	}
	if i := strings.Index(s, "\u202f"); i > 0 {
		return i, 3
	}
	return 0, 0
}

// count tells how many tokens from i on end at s[end], 0 when end is within one.
func (k *tokens) count(i, end int) int {
	n := i
	for n < k.n && k.t[n].at < end {
		n++
	}
	if n == i || k.end(n-1) != end {
		return 0
	}
	return n - i
}

func (k *tokens) at(i int) string {
	if i < 0 || i >= k.n {
		return ""
	}
	return k.t[i].of(k.s)
}

func (k *tokens) end(i int) int { return k.t[i].at + k.t[i].n }

func isNum(s string) bool { return s != "" && digits(s, 0) == len(s) }

// undot takes dots and commas off the end of a word.
func undot(s string) string {
	for len(s) > 0 && (s[len(s)-1] == '.' || s[len(s)-1] == ',') {
		s = s[:len(s)-1]
	}
	return s
}
