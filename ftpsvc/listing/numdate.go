package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// eastDate reads dates whose numbers carry a mark that is not ASCII, in whatever
// charset: the signs for year, month and day of Chinese, Japanese and Korean.
// Blanks may pad any of the numbers.
//
//	3月 2 15:13   3月 2日 2003年   2003年 3月 2日   2003年12月 9日   2003年3月2日 15:13
func eastDate(k *tokens, i int, c *civil) int {
	var units [3]eastUnit
	n, at := 0, k.t[i].at
	for n < 3 {
		u, ok := eastNumber(k.s, blanks(k.s, at))
		if !ok {
			break
		}
		units[n], at = u, u.end
		n++
	}
	a, b, d := units[0], units[1], units[2]
	if a.n > 31 {
		m := k.count(i, d.end)
		if n < 3 || !a.marked && !b.marked || !monthDay(b.n, d.n) || m == 0 {
			return 0
		}
		if !a.marked && i-k.first < 4 && clockTime(k.at(i+m), &civil{}) { // a size, and the month
			return 0
		}
		c.y, c.mo, c.d, c.prec = a.n, b.n, d.n, vfs.Day
		return m + timeAfter(k, i+m, c)
	}
	m := k.count(i, b.end)
	if n < 2 || !a.marked || !monthDay(a.n, b.n) || m == 0 {
		return 0
	}
	c.mo, c.d = a.n, b.n
	if clockTime(k.at(i+m), c) {
		c.noYear = true
		return m + 1
	}
	if m = k.count(i, d.end); n < 3 || d.n < 1000 || m == 0 {
		return 0
	}
	c.y, c.prec = d.n, vfs.Day
	return m + timeAfter(k, i+m, c)
}

// eastUnit is a number with the sign for what it counts.
type eastUnit struct {
	n      int
	marked bool
	end    int // where in the line it ends
}

// eastNumber reads a number of up to four digits at s[i:] and the bytes behind
// it that are not ASCII. What follows is a blank, or a number after a sign.
func eastNumber(s string, i int) (u eastUnit, ok bool) {
	j := digits(s, i)
	if u.n, ok = num(s[i:j], 4); !ok {
		return u, false
	}
	from := j
	for j < len(s) && s[j]-'0' > 9 && s[j] != ' ' && s[j] != '\t' && j-from < 6 {
		// The second byte of a sign may be ASCII in Shift JIS, GBK and Big5.
		if s[j] < 0x80 && (j == from || s[j-1] < 0x80 || s[j] < 0x40) {
			return u, false
		}
		j++
	}
	u.marked, u.end = j > from, j
	return u, j == len(s) || s[j] == ' ' || s[j] == '\t' || u.marked && s[j]-'0' <= 9
}

// shortDate reads a date of two numbers: "3 29 03:26", "02-07 00:31", "09-26
// 2000", "26/07 20:10".
func (p *parser) shortDate(k *tokens, i int, c *civil) int {
	t, next := k.at(i), k.at(i+1)
	if mo, ok := num(t, 2); ok {
		if d, ok := num(next, 2); ok && monthDay(mo, d) && colonTime(k.at(i+2), c) {
			c.mo, c.d, c.noYear = mo, d, true
			return 3
		}
		return 0
	}
	cut := strings.IndexAny(t, "-/")
	if cut < 0 {
		return 0
	}
	a, ok1 := num(t[:cut], 2)
	b, ok2 := num(t[cut+1:], 2)
	if !ok1 || !ok2 || t[cut] == '-' && len(t)-cut != 3 {
		return 0
	}
	y, isYear := year4(next)
	if isYear {
		c.y, c.prec = y, vfs.Day
	} else if c.noYear = clockTime(next, c); !c.noYear {
		return 0
	}
	if c.mo, c.d = a, b; t[cut] == '/' {
		could := orderSet(0)
		if monthDay(a, b) {
			could |= 1 << orderMDY
		}
		if monthDay(b, a) {
			could |= 1 << orderDMY
		}
		if could == 0 {
			return 0
		}
		if p.chooseOrder(could, orderMDY) == orderDMY {
			c.mo, c.d = b, a
		}
	}
	return 2 * one(monthDay(c.mo, c.d))
}

// numericDate reads "2012-02-07 00:31", "2012-02-07 00:31:12.123 +0100",
// "2012-02-07T00:31:12+01:00", "2012-02-07_00:31", "24-04-2003 17:12",
// "2-Mar-2003", "2004.07.15", "20120207 0031", "20120207003112".
func (p *parser) numericDate(k *tokens, i int, c *civil) int {
	t := strings.TrimSuffix(k.at(i), ",")
	if isNum(t) {
		return plainNumbers(k, i, c)
	}
	if len(t) > 11 && (t[10] == 'T' || t[10] == '_') {
		return one(p.isoDate(t, c))
	}
	if p.threeNumbers(t, orderDMY, dayAndMonth, false, c) {
		n := 1 + timeAfter(k, i+1, c)
		half := k.at(i + 2)
		switch {
		case n == 2 && i+3 < k.n && (zone(half, c) || strings.IndexByte(t, '/') > 0 && (half == "AM" || half == "PM") && halfDay(half, c)):
			n++
		case n == 1 && strings.IndexByte(t, '-') > 0: // ls --time-style=iso prints old dates with a blank behind
			c.loose = 1
		case n == 1:
			c.allLoose = true
		}
		return n
	}
	return dashedWords(k, i, c)
}

// isoDate reads date and time in one word (ISO 8601, and ls with +%F_%T).
func (p *parser) isoDate(t string, c *civil) bool {
	end := len(t)
	var z civil
	if t[end-1] == 'Z' {
		end--
		z.zoned = true
	} else if i := strings.LastIndexAny(t, "+-"); i > 11 && zone(t[i:], &z) {
		end = i
	}
	if !p.threeNumbers(t[:10], orderDMY, dayAndMonth, false, c) || !clockTime(t[11:end], c) {
		return false
	}
	c.zoned, c.off = z.zoned, z.off
	return true
}

// plainNumbers reads dates of digits alone.
func plainNumbers(k *tokens, i int, c *civil) int {
	t, next := k.at(i), k.at(i+1)
	n := 1
	switch {
	case len(t) == 8 && clockTime(next, c):
		n = 2
	case len(t) == 8 && isNum(next) && (len(next) == 4 || len(next) == 6):
		t += next
		n = 2
	case len(t) != 12 && len(t) != 14:
		return 0
	}
	if n == 1 || len(t) > 8 {
		clock := t[8:10] + ":" + t[10:12]
		if len(t) == 14 {
			clock += ":" + t[12:]
		}
		if !clockTime(clock, c) {
			return 0
		}
	}
	prec := c.prec
	if !ymd(t[:4], t[4:6], t[6:8], c) || c.y < 1970 || c.y > 2100 {
		return 0
	}
	c.prec = prec
	return n
}

// dashedWords reads "2-Mar-2003", "12-Jan-14", "Jan-12-2020", "2020/Jan/12" and
// a time behind it.
func dashedWords(k *tokens, i int, c *civil) int {
	a, b, d, ok := cut3(strings.TrimSuffix(k.at(i), ","))
	if !ok {
		return 0
	}
	if months(a) != nil {
		a, b = b, a
	} else if len(a) == 4 {
		a, d = d, a
	}
	if !dayMonthYear(a, b, d, c) {
		return 0
	}
	n := 1 + timeAfter(k, i+1, c)
	if n == 1 {
		c.loose = 1
	}
	return n
}

// dayNameYear reads "2-Mar-2003" and "12-Jan-14".
func dayNameYear(s string, c *civil) bool {
	a, b, d, ok := cut3(s)
	return ok && dayMonthYear(a, b, d, c)
}

func dayMonthYear(d, m, y string, c *civil) bool {
	var okD, okY bool
	c.d, okD = dayNum(d)
	c.y, okY = shortYear(y)
	if c.words = months(m); c.words == nil || !okD || !okY {
		return false
	}
	c.mo, c.prec = c.words[0].month, vfs.Day
	return true
}

// cut3 parts a date at its dashes, slashes or dots.
func cut3(s string) (a, b, c string, ok bool) {
	i := strings.IndexAny(s, "-/.")
	if i < 1 {
		return
	}
	b, c, ok = strings.Cut(s[i+1:], s[i:i+1])
	return s[:i], b, c, ok
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
