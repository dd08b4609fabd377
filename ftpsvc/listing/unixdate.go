package listing

import (
	"strings"
	"unicode/utf8"

	"ferry/ftpsvc/vfs"
)

// unixDate reads a date that begins at token i and returns how many tokens it
// takes, 0 when there is none. With guess, a word that no language is known to
// have is taken for the month, which leaves the row without a time.
func (p *parser) unixDate(k *tokens, i int, c *civil, guess bool) int {
	t := k.at(i)
	if t == "" {
		return 0
	}
	*c = civil{}
	if n := wordDate(k, i, c, guess); n > 0 || guess {
		return n
	}
	if t[0]-'0' > 9 {
		*c = civil{}
		return dashedWords(k, i, c)
	}
	*c = civil{}
	if n := eastDate(k, i, c); n > 0 {
		return n
	}
	*c = civil{}
	if n := p.shortDate(k, i, c); n > 0 {
		return n
	}
	*c = civil{}
	return p.numericDate(k, i, c)
}

// dateParts is what of a date with a month in letters was read so far.
type dateParts struct {
	day, month, year, time bool
	yearFirst, monthFirst  bool
	comma                  bool // behind the day or the year: a time may follow the year
	guess                  bool // a word that nobody knows may be the month
	second                 bool // it was followed by another one
}

// wordDate reads a date whose parts are words of their own.
//
//	Mar  2 15:13   2 Mar 2003   2. Okt., 15:13   25 de nov.  16:34   24. нов. у 16:34
//	2023 dec   21   9. 3.  2023   25.11. 16:34   16:34 25 Thg 11   Feb  3 93 12:00
func wordDate(k *tokens, i int, c *civil, guess bool) int {
	h := dateParts{guess: guess}
	n := 0
	for !(h.day && h.month && (h.year || h.time)) {
		m := h.take(k, i+n, c)
		if m == 0 || n+m > 8 {
			return 0
		}
		n += m
	}
	next := k.at(i + n)
	switch {
	case h.yearFirst:
		// "531 2023 Mar 2 15:13": a year, or the size? Four columns go before a date.
		if _, isYear := year4(next); isYear || c.y < 1900 || c.y > 2100 || clockTime(next, &civil{}) && i-k.first < 4 {
			return 0
		}
		c.prec = vfs.Day
		n += timeAfter(k, i+n, c)
	case !h.year:
		c.noYear = true
		if y, ok := year4(next); ok && c.prec >= vfs.Second && i+n+1 < k.n {
			c.y, c.noYear = y, false
			n++
		}
	case !h.time:
		c.prec = vfs.Day
		if h.comma {
			n += timeAfter(k, i+n, c)
		} else {
			c.year = true
		}
	}
	return n
}

// take reads the next part at token i and returns how many tokens it takes.
func (h *dateParts) take(k *tokens, i int, c *civil) int {
	t := k.at(i)
	switch {
	case t == "":
		return 0
	case t[0]-'0' <= 9:
		return h.number(k, i, c)
	case t[0] == '\'' && len(t) == 3 && h.day && h.month: // '20
		c.y, h.year = 0, true
		y, ok := shortYear(t[1:])
		c.y = y
		return one(ok)
	case h.month && h.guess && !h.second && h.monthFirst && guessWord(t):
		h.second = true
		return 1
	case h.month:
		return one(isFiller(t))
	}
	if c.words = months(t); c.words != nil && !h.guess {
		c.mo = c.words[0].month
		h.month, h.monthFirst = true, !h.day
		return 1
	}
	c.words = nil
	if n, ok := num(k.at(i+1), 2); ok && n >= 1 && n <= 12 && (fold(t, "thg") || strings.EqualFold(t, "tháng")) { // Vietnamese
		c.mo, h.month, c.loose = n, true, 2-k.t[i+1].n // padded on the right
		return 2
	}
	if (h.day || h.year) && isFiller(t) {
		return 1
	}
	if h.guess && guessWord(t) {
		h.month, h.monthFirst = true, !h.day
		return 1
	}
	return 0
}

// number reads a part that begins with a digit.
func (h *dateParts) number(k *tokens, i int, c *civil) int {
	t := k.at(i)
	bare := undot(t)
	n, isNumber := num(bare, 4)
	switch {
	case isNumber && len(bare) == 4 && (h.day && h.month || !h.day && !h.month && !h.time && !h.guess):
		c.y, h.year, h.yearFirst = n, true, !h.month
		h.comma = h.comma || strings.HasSuffix(t, ",")
		return 1
	case isNumber && len(bare) <= 2 && n >= 1 && n <= 31 && !h.day:
		c.d, h.day = n, true
		h.comma = strings.HasSuffix(t, ",")
		return 1
	case isNumber && n >= 1 && n <= 12 && !h.month && strings.HasSuffix(t, ".") && strings.HasSuffix(k.at(i-1), "."): // 9. 3.
		c.mo, h.month = n, true
		return 1
	case isNumber && len(bare) == 2 && h.day && h.monthFirst && clockTime(k.at(i+1), c) && i+2 < k.n: // 93 12:00
		c.y, h.year = shortYear(bare)
		h.time = true
		return 2
	case (h.day && h.month || !h.day && !h.month && !h.year && !h.guess && strings.IndexByte(t, ':') > 0) && clockTime(strings.TrimRight(t, ","), c):
		h.time = true
		return 1
	}
	if a, b, ok := strings.Cut(bare, ","); ok && h.month && !h.day { // 29,2002
		d, okD := dayNum(a)
		y, okY := year4(b)
		c.d, c.y, h.day, h.year, h.comma = d, y, true, true, true
		return one(okD && okY)
	}
	if a, b, ok := strings.Cut(bare, "."); ok && !h.day && !h.month && bare != t { // 25.11.
		d, okD := dayNum(a)
		m, okM := num(b, 2)
		c.d, c.mo, h.day, h.month = d, m, true, true
		return one(okD && okM && m >= 1 && m <= 12)
	}
	return 0
}

func one(ok bool) int {
	if ok {
		return 1
	}
	return 0
}

// isFiller knows the small words that languages put between the parts of a
// date: "de", "у", "kl.", "г.".
func isFiller(t string) bool {
	t = strings.TrimRight(t, ".")
	return letters(t) && (utf8.RuneCountInString(t) <= 2 || t == "del" || t == "klo")
}

// letters reports whether s is a word, in whatever charset.
func letters(s string) bool {
	s = undot(s)
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x80 && (c|0x20 < 'a' || c|0x20 > 'z') && (c != '\'' && c != '.' || i == 0) {
			return false
		}
	}
	return s != ""
}

// guessWord reports whether t may be the name of a month that nobody knows.
func guessWord(t string) bool {
	return t[0]|0x20 >= 'a' && (t[0]|0x20 <= 'z' || t[0] >= 0x80) && !strings.ContainsAny(t, "0123456789:,;=()[]<>{}@#$%")
}

// dayNum reads a day of the month, "2", "02", "2." or "2,".
func dayNum(s string) (int, bool) {
	d, ok := num(undot(s), 2)
	return d, ok && d >= 1 && d <= 31
}

func monthDay(m, d int) bool { return m >= 1 && m <= 12 && d >= 1 && d <= 31 }

// timeAfter reads a time that may follow a whole date.
func timeAfter(k *tokens, i int, c *civil) int {
	return one(i+1 < k.n && colonTime(k.at(i), c))
}
