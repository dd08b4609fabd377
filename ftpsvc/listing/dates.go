package listing

import (
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
)

// clock is the reference for dates that leave something out.
type clock struct {
	wall int64 // the present on the server's wall clock, as if it were UTC
	year int
	loc  *time.Location
	// The offset of the day asked for last, where it is the same all day.
	day    int64
	off    int64
	steady bool
}

func newClock(now time.Time, loc *time.Location) clock {
	n := now.UTC()
	if loc != nil {
		n = now.In(loc)
	}
	y, mo, d := n.Date()
	h, mi, s := n.Clock()
	return clock{wall: unixWall(y, int(mo), d, h, mi, s), year: y, loc: loc}
}

// civil is a date and time as read from a line.
type civil struct {
	y, mo, d, h, mi, s int
	ns                 int32
	prec               vfs.Precision
	noYear             bool
	zoned              bool
	lone               bool      // it is one word
	loose              int       // blanks after it that belong to the date, at most, where one row is all there is
	allLoose           bool      // all of them do, in any row
	year               bool      // its last column is a year, after which some servers tell the time
	words              []meaning // of the month, where it was told in letters
	off                int       // seconds east of UTC, where zoned
}

// days counts the days since 1970 of a date of the Gregorian calendar; months
// and days beyond their range carry over.
func days(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era)*146097 + int64(doe) - 719468
}

func unixWall(y, mo, d, h, mi, s int) int64 {
	return days(y, mo, d)*86400 + int64(h*3600+mi*60+s)
}

var monthDays = [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

// setTime stores a date in the item. A date that no calendar has, such as
// 31 February, leaves the item without a time.
func (p *parser) setTime(it *item, c *civil) {
	p.chooseMonth(c)
	if c.mo < 1 || c.mo > 12 || c.d < 1 || c.d > monthDays[c.mo] {
		it.prec = vfs.NoTime
		return
	}
	if c.noYear {
		c.y = p.guessYear(c)
	}
	if c.d == 29 && c.mo == 2 && !leap(c.y) {
		it.prec = vfs.NoTime
		return
	}
	it.sec, it.nsec, it.prec = unixWall(c.y, c.mo, c.d, c.h, c.mi, c.s), c.ns, c.prec
	switch {
	case c.zoned:
		it.sec -= int64(c.off)
		it.utc = true
	case p.now.loc != nil:
		it.sec -= p.now.offset(it.sec)
		it.utc = true
	}
}

// guessYear takes the latest year that puts the date at most 24 hours ahead of
// the present: the server's clock may be in another zone.
func (p *parser) guessYear(c *civil) int {
	for y := p.now.year + 1; y > p.now.year-9; y-- {
		if c.d == 29 && c.mo == 2 && !leap(y) {
			continue
		}
		if unixWall(y, c.mo, c.d, c.h, c.mi, c.s) <= p.now.wall+86400 {
			return y
		}
	}
	return p.now.year
}

// offset tells how far the zone is east of UTC at a time of its wall clock.
func (k *clock) offset(wall int64) int64 {
	day := wall / 86400
	if k.steady && day == k.day {
		return k.off
	}
	at := func(w int64) int64 {
		u := time.Unix(w, 0).UTC()
		_, off := time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), u.Second(), 0, k.loc).Zone()
		return int64(off)
	}
	off := at(wall)
	k.day, k.off = day, off
	k.steady = at(day*86400) == off && at(day*86400+86399) == off
	return off
}

// num reads s as a number of at most max digits.
func num(s string, maxDigits int) (n int, ok bool) {
	if s == "" || len(s) > maxDigits {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}

func year4(s string) (int, bool) {
	if len(s) != 4 {
		return 0, false
	}
	return num(s, 4)
}

// clockTime reads "9:05", "09:05", "09:05:59", "09:05:59.25", "9:05PM", "9:05a"
// and, with dots as some languages have it, "09.05" and "09.05.59" into c.
func clockTime(s string, c *civil) bool {
	i := digits(s, 0)
	h, ok := num(s[:i], 2)
	if !ok || h > 24 || i >= len(s) || s[i] != ':' && s[i] != '.' {
		return false
	}
	sep := s[i]
	two := func() (int, bool) {
		from := i + 1
		for i = from; i < len(s) && i < from+2 && s[i]-'0' <= 9; i++ {
		}
		return num(s[from:i], 2)
	}
	from := i
	mi, ok := two()
	if !ok || mi > 59 || sep == '.' && i-from != 3 {
		return false
	}
	t := civil{h: h, mi: mi, prec: vfs.Minute}
	if i+2 < len(s) && s[i] == sep {
		if t.s, ok = two(); !ok || t.s > 60 {
			return false
		}
		t.prec = vfs.Second
		if i < len(s) && sep == ':' && (s[i] == '.' || s[i] == ',') {
			if i = fraction(s, i+1, &t); i < 0 {
				return false
			}
		}
	}
	if i < len(s) && !halfDay(s[i:], &t) {
		return false
	}
	c.h, c.mi, c.s, c.ns, c.prec = t.h, t.mi, t.s, t.ns, t.prec
	return true
}

// colonTime is clockTime where a number with a dot may as well begin a name.
func colonTime(s string, c *civil) bool {
	return strings.IndexByte(s, ':') > 0 && clockTime(s, c)
}

// fraction reads the digits from s[i:] on and returns where they end, -1 when
// there are none.
func fraction(s string, i int, t *civil) int {
	unit, from := 100_000_000, i
	for i < len(s) && s[i]-'0' <= 9 {
		t.ns += int32(int(s[i]-'0') * unit)
		unit /= 10
		i++
	}
	if i == from {
		return -1
	}
	t.prec = vfs.Nano
	return i
}

// halfDay applies "AM", "pm", "a" or "P".
func halfDay(s string, t *civil) bool {
	if len(s) > 2 || (len(s) == 2 && s[1]|0x20 != 'm') || t.h > 12 {
		return false
	}
	switch s[0] | 0x20 {
	case 'a':
		if t.h == 12 {
			t.h = 0
		}
	case 'p':
		if t.h < 12 {
			t.h += 12
		}
	default:
		return false
	}
	return true
}

// shortYear completes a year of two or three digits: 80 and more is of the last
// century, 103 is 2003 (a count from 1900).
func shortYear(s string) (int, bool) {
	y, ok := num(s, 4)
	switch {
	case !ok || len(s) < 2:
		return 0, false
	case len(s) == 2 && y < 80:
		return y + 2000, true
	case len(s) < 4:
		return y + 1900, true
	}
	return y, true
}

// dateOrder is the order of a date of three numbers.
type dateOrder uint8

const (
	orderMDY dateOrder = iota
	orderDMY
	orderYMD
)

// orderSet is the orders that no date of the listing has ruled out.
type orderSet uint8

var allOrders = [...]dateOrder{orderMDY, orderDMY, orderYMD}

const dayAndMonth orderSet = 1<<orderMDY | 1<<orderDMY

const anyOrder orderSet = 1<<orderMDY | 1<<orderDMY | 1<<orderYMD

func (s orderSet) has(o dateOrder) bool { return s&(1<<o) != 0 }

// threeNumbers reads "02-03-2003", "2003/03/02", "2.3.03" and the like: three
// numbers and one kind of separator. A year of four digits in front tells its
// order; else the listing's dates together rule out what is not in allowed, and
// prefer is taken where they leave a choice. With pastOnly, a date to come rules
// an order out too.
func (p *parser) threeNumbers(s string, prefer dateOrder, allowed orderSet, pastOnly bool, c *civil) bool {
	a, b, d, sep, ok := split3(s)
	if !ok {
		return false
	}
	if len(a) == 4 {
		return ymd(a, b, d, c)
	}
	var could, past orderSet
	for _, o := range allOrders {
		var t civil
		if allowed.has(o) && inOrder(o, a, b, d, &t) {
			could |= 1 << o
			if unixWall(t.y, t.mo, t.d, 0, 0, 0) <= p.now.wall+2*86400 {
				past |= 1 << o
			}
		}
	}
	if pastOnly && past != 0 {
		could = past
	}
	if could == 0 {
		return false
	}
	if sep == '.' && allowed.has(orderDMY) { // the European way
		prefer = orderDMY
	}
	return inOrder(p.chooseOrder(could, prefer), a, b, d, c)
}

// chooseOrder narrows what the listing's dates can mean and picks the order.
func (p *parser) chooseOrder(could orderSet, prefer dateOrder) dateOrder {
	l := &p.lay
	if both := l.order & could; both != 0 {
		l.order = both
	}
	pick := prefer
	if !l.order.has(pick) {
		for _, o := range allOrders {
			if l.order.has(o) {
				pick = o
				break
			}
		}
	}
	if l.orderSet && l.orderUsed != pick {
		p.learned()
	}
	l.orderUsed, l.orderSet = pick, true
	if !could.has(pick) { // this date is of another order than the listing
		for _, o := range allOrders {
			if could.has(o) {
				return o
			}
		}
	}
	return pick
}

func ymd(y, m, d string, c *civil) bool {
	var ok1, ok2, ok3 bool
	c.y, ok1 = shortYear(y)
	c.mo, ok2 = num(m, 2)
	c.d, ok3 = num(d, 2)
	c.prec = vfs.Day
	return ok1 && ok2 && ok3 && c.mo >= 1 && c.mo <= 12 && c.d >= 1 && c.d <= 31
}

func inOrder(o dateOrder, a, b, d string, c *civil) bool {
	switch o {
	case orderMDY:
		return ymd(d, a, b, c)
	case orderDMY:
		return ymd(d, b, a, c)
	}
	return ymd(a, b, d, c)
}

// split3 cuts a date at its separators, which are equal and one of "-/.".
func split3(s string) (a, b, d string, sep byte, ok bool) {
	i := 0
	for i < len(s) && s[i]-'0' <= 9 {
		i++
	}
	if i == 0 || i > 4 || i >= len(s) {
		return
	}
	sep = s[i]
	if sep != '-' && sep != '/' && sep != '.' {
		return
	}
	j := i + 1
	for j < len(s) && s[j]-'0' <= 9 {
		j++
	}
	if j == i+1 || j >= len(s) || s[j] != sep {
		return
	}
	if _, ok = num(s[j+1:], 4); !ok {
		return
	}
	return s[:i], s[i+1 : j], s[j+1:], sep, true
}
