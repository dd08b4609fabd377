package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// unixDate reads a date that begins at token i and returns how many tokens it
// takes, 0 when there is none.
func (p *parser) unixDate(k *tokens, i int, c *civil) int {
	t := k.at(i)
	if t == "" {
		return 0
	}
	if m := month(t); m > 0 { // Mar 2 ...
		d, ok := dayNum(k.at(i + 1))
		if !ok {
			return 0
		}
		c.mo, c.d = m, d
		return withYearOrTime(k, i, 2, strings.HasSuffix(k.at(i+1), ","), c)
	}
	if t[0]-'0' > 9 {
		return 0
	}
	if d, ok := dayNum(t); ok { // 2 Mar ..., 3 29 03:26
		if m := month(k.at(i + 1)); m > 0 {
			c.mo, c.d = m, d
			return withYearOrTime(k, i, 2, strings.HasSuffix(k.at(i+1), ","), c)
		}
		if d2, ok := num(k.at(i+1), 2); ok && d2 >= 1 && d2 <= 31 && d <= 12 && clockTime(k.at(i+2), c) {
			c.mo, c.d, c.noYear = d, d2, true
			return 3
		}
	}
	if n := eastDate(k, i, c); n > 0 {
		return n
	}
	return p.numericDate(k, i, c)
}

// dayNum reads a day of the month, "2", "02", "2." or "2,".
func dayNum(s string) (int, bool) {
	d, ok := num(strings.TrimRight(s, ".,"), 2)
	return d, ok && d >= 1 && d <= 31
}

// withYearOrTime reads what follows day and month at token i+n: a time, a year,
// or a time and a year (ls -T); a comma before the year lets a time follow it.
func withYearOrTime(k *tokens, i, n int, comma bool, c *civil) int {
	t := k.at(i + n)
	if y, ok := year4(strings.TrimRight(t, ".,")); ok {
		c.y, c.prec = y, vfs.Day
		n++
		if comma || strings.HasSuffix(t, ",") {
			n += timeAfter(k, i+n, c)
		}
		return n
	}
	if !clockTime(t, c) {
		return 0
	}
	n++
	c.noYear = true
	if y, ok := year4(k.at(i + n)); ok && c.prec >= vfs.Second && i+n+1 < k.n {
		c.y, c.noYear = y, false
		n++
	}
	return n
}

// eastDate reads dates whose numbers carry a mark that is not ASCII, in whatever
// charset: the signs for year, month and day of Chinese, Japanese and Korean.
//
//	3月 2 15:13   3月 2日 2003年   2003年 3月 2日   2003年3月2日 15:13
func eastDate(k *tokens, i int, c *civil) int {
	a, rest, ok := marked(k.at(i))
	if !ok {
		return 0
	}
	if rest != "" { // all in one word
		b, rest2, ok2 := marked(rest)
		if !ok2 {
			return 0
		}
		if a > 31 {
			d, rest3, ok3 := marked(rest2)
			if !ok3 || rest3 != "" || !monthDay(b, d) {
				return 0
			}
			c.y, c.mo, c.d, c.prec = a, b, d, vfs.Day
			return 1 + timeAfter(k, i+1, c)
		}
		if rest2 != "" || !monthDay(a, b) {
			return 0
		}
		c.mo, c.d = a, b
		return eastTail(k, i, 1, c)
	}
	if a > 31 { // year first
		m, r1, ok1 := marked(k.at(i + 1))
		d, r2, ok2 := marked(k.at(i + 2))
		if !ok1 || !ok2 || r1 != "" || r2 != "" || !monthDay(m, d) || len(k.at(i+1)) <= 2 {
			return 0
		}
		c.y, c.mo, c.d, c.prec = a, m, d, vfs.Day
		return 3 + timeAfter(k, i+3, c)
	}
	if isNum(k.at(i)) {
		return 0 // a month without a mark
	}
	d, rest, ok := marked(k.at(i + 1))
	if !ok || rest != "" || !monthDay(a, d) {
		return 0
	}
	c.mo, c.d = a, d
	return eastTail(k, i, 2, c)
}

func monthDay(m, d int) bool { return m >= 1 && m <= 12 && d >= 1 && d <= 31 }

func timeAfter(k *tokens, i int, c *civil) int {
	if i+1 < k.n && clockTime(k.at(i), c) {
		return 1
	}
	return 0
}

// eastTail reads the year or the time at token i+n.
func eastTail(k *tokens, i, n int, c *civil) int {
	if clockTime(k.at(i+n), c) {
		c.noYear = true
		return n + 1
	}
	y, rest, ok := marked(k.at(i + n))
	if !ok || rest != "" || y < 1000 {
		return 0
	}
	c.y, c.prec = y, vfs.Day
	return n + 1 + timeAfter(k, i+n+1, c)
}

// marked reads a number of up to four digits and the bytes after it that are
// not ASCII; rest is what follows.
func marked(s string) (n int, rest string, ok bool) {
	i := digits(s, 0)
	n, ok = num(s[:i], 4)
	if !ok {
		return 0, "", false
	}
	j := i
	for j < len(s) && s[j]-'0' > 9 && j-i < 6 {
		// The second byte of a sign may be ASCII in Shift JIS, GBK and Big5.
		if s[j] < 0x80 && (j == i || s[j-1] < 0x80 || s[j] < 0x40) {
			return 0, "", false
		}
		j++
	}
	return n, s[j:], true
}

// numericDate reads "2012-02-07 00:31", "2012-02-07 00:31:12.123 +0100",
// "02-07 00:31", "09-26 2000", "24-04-2003 17:12", "2-Mar-2003", "2004.07.15".
func (p *parser) numericDate(k *tokens, i int, c *civil) int {
	t := strings.TrimSuffix(k.at(i), ",")
	if j := strings.IndexByte(t, 'T'); j == 10 && clockTime(strings.TrimSuffix(t[11:], "Z"), c) { // ISO 8601
		hms := *c
		if p.threeNumbers(t[:10], orderDMY, dayAndMonth, false, c) {
			c.prec = hms.prec
			c.zoned = t[len(t)-1] == 'Z'
			return 1
		}
		return 0
	}
	if p.threeNumbers(t, orderDMY, dayAndMonth, false, c) || dayNameYear(t, c) {
		n := 1 + timeAfter(k, i+1, c)
		if n == 1 { // ls --time-style=iso prints old dates with a blank behind
			if c.padded = 1; strings.IndexByte(t, '-') < 0 {
				c.padded = len(k.s)
			}
		}
		if n == 2 && zone(k.at(i+2), c) && i+3 < k.n {
			n++
		}
		return n
	}
	a, b, ok := strings.Cut(t, "-")
	mo, ok1 := num(a, 2)
	d, ok2 := num(b, 2)
	if !ok || !ok1 || !ok2 || len(b) != 2 || !monthDay(mo, d) {
		return 0
	}
	c.mo, c.d = mo, d
	if y, ok := year4(k.at(i + 1)); ok {
		c.y, c.prec = y, vfs.Day
		return 2
	}
	if clockTime(k.at(i+1), c) {
		c.noYear = true
		return 2
	}
	return 0
}

// dayNameYear reads "2-Mar-2003" and "12-Jan-14".
func dayNameYear(s string, c *civil) bool {
	a, rest, ok := strings.Cut(s, "-")
	b, y, ok2 := strings.Cut(rest, "-")
	if !ok || !ok2 {
		return false
	}
	var okD, okY bool
	c.d, okD = dayNum(a)
	c.mo = month(b)
	c.y, okY = shortYear(y)
	c.prec = vfs.Day
	return okD && okY && c.mo > 0
}

// zone reads "+0100" and "-03:30".
func zone(s string, c *civil) bool {
	if len(s) < 5 || s[0] != '+' && s[0] != '-' {
		return false
	}
	h, ok := num(s[1:3], 2)
	m, ok2 := num(strings.TrimPrefix(s[3:], ":"), 2)
	if !ok || !ok2 || h > 14 || m > 59 {
		return false
	}
	c.off = h*3600 + m*60
	if s[0] == '-' {
		c.off = -c.off
	}
	c.zoned = true
	return true
}
