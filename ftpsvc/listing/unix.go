package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readUnix reads the lines of ls -l and of all that imitates it: a mode, some
// columns, a size, a date, a name. The usual form is read by position; the
// others by finding the date, because every column before it may be missing,
// glued to the next one or hold blanks.
func readUnix(p *parser, s string, it *item) verdict {
	if len(s) > 30 && s[0] >= '-' && readUnixFast(p, s, it) {
		return vStrong
	}
	*it = item{size: -1}
	if len(s) > 4 && s[3] == '-' && isNum(s[:3]) { // a row of the reply to STAT: 211-drwxr-xr-x ...
		v := readUnix(p, s[4:], it)
		it.shift(4)
		return v
	}
	return readUnixSlow(p, s, it)
}

var unixKinds = [256]vfs.Kind{
	'-': vfs.File, 'f': vfs.File, 'a': vfs.File, 'C': vfs.File, 'n': vfs.File, 'm': vfs.File, 'M': vfs.File,
	'd': vfs.Dir, 'l': vfs.Link,
	'b': vfs.Other, 'c': vfs.Other, 'p': vfs.Other, 's': vfs.Other, 'D': vfs.Other, 'w': vfs.Other, 'x': vfs.Other,
	'P': vfs.Other, '?': vfs.Other,
}

// permBits maps each of the nine letters, by its place, to its bits plus 1;
// 0: not a letter of that place.
var permBits = func() (t [9][128]uint16) {
	for i := range t {
		bit := uint16(0o400 >> i)
		t[i]['-'] = 1
		t[i]["rwx"[i%3]] = bit + 1
		if i%3 == 2 {
			special := uint16(0o4000 >> (i / 3))
			low, up := byte('s'), byte('S')
			if i == 8 {
				low, up = 't', 'T'
			}
			t[i][low], t[i][up] = special|bit+1, special+1
			if i == 5 {
				t[i]['l'], t[i]['L'] = special+1, special+1 // mandatory locking
			}
		}
	}
	t[2]['S'], t[5]['S'] = 0o4000+1, 0o2000+1
	return t
}()

// unixMode reads the nine letters at the start of s.
func unixMode(s string) (mode uint16, ok bool) {
	if len(s) < 9 {
		return 0, false
	}
	for i := 0; i < 9; i++ {
		b := permBits[i][s[i]&0x7F]
		if b == 0 || s[i] >= 0x80 {
			return 0, false
		}
		mode |= b - 1
	}
	return mode, true
}

// readUnixFast reads "drwxr-xr-x 2 owner group 4096 Mar  2 15:13 name".
func readUnixFast(p *parser, s string, it *item) bool {
	mode, ok := unixMode(s[1:])
	if !ok {
		return false
	}
	it.kind = unixKinds[s[0]]
	if it.kind == vfs.Unknown || it.kind == vfs.Other {
		return false
	}
	i := 10
	if c := s[10]; c == '.' || c == '+' || c == '@' {
		i = 11
	}
	it.perm, it.mode, it.hasMode = span{1, 9}, mode, true
	j := i
	if i = blanks(s, i); i == j {
		return false
	}
	if j = digits(s, i); j == i { // links
		return false
	}
	if i = blanks(s, j); i == j {
		return false
	}
	j = word(s, i)
	it.owner = span{i, j - i}
	i = blanks(s, j)
	j = word(s, i)
	it.group = span{i, j - i}
	i = blanks(s, j)
	var size int64
	for j = i; j < len(s) && s[j]-'0' <= 9; j++ {
		size = size*10 + int64(s[j]-'0')
	}
	if j == i || j-i > 18 || j+12 >= len(s) || s[j] != ' ' {
		return false
	}
	it.size = size
	return p.fastDate(s, j+1, it)
}

// fastDate reads "Mar  2 15:13 name" or "Mar  2  2003 name" at s[i:].
func (p *parser) fastDate(s string, i int, it *item) bool {
	var c civil
	if c.mo = englishMonth(s[i:]); c.mo == 0 || s[i+3] != ' ' {
		return false
	}
	i += 4
	if s[i] == ' ' {
		i++
	}
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		c.d = c.d*10 + int(s[i]-'0')
	}
	if c.d < 1 || c.d > 31 || i >= len(s) || s[i] != ' ' {
		return false
	}
	i++
	field := i
	if i < len(s) && s[i] == ' ' {
		i++
	}
	if i+5 > len(s) || s[i]-'0' > 9 || s[i+1]-'0' > 9 || s[i+3]-'0' > 9 {
		return false
	}
	a, b := int(s[i]-'0')*10+int(s[i+1]-'0'), int(s[i+3]-'0')
	switch {
	case s[i+2] == ':' && s[i+4]-'0' <= 9:
		c.h, c.mi = a, b*10+int(s[i+4]-'0')
		if c.h > 23 || c.mi > 59 {
			return false
		}
		c.noYear, c.prec = true, vfs.Minute
		i += 5
	case s[i+2]-'0' <= 9 && s[i+4] == ' ':
		c.y, c.prec, c.year = a*100+int(s[i+2]-'0')*10+b, vfs.Day, true
		i += 4
	default:
		return false
	}
	if i < len(s) && s[i] != ' ' {
		return false
	}
	// The usual row: one blank before the name, which is not before where names begin.
	if i+1 >= len(s) || s[i+1] <= ' ' || i+1-field < p.lay.name.at || p.lay.name.rows < 2 || c.year && (field+4 == i || !p.lay.yearAlone) {
		return p.unixTail(s, field, i, &c, it)
	}
	p.setTime(it, &c)
	it.name = span{i + 1, len(s) - i - 1}
	if it.kind == vfs.Link {
		p.linkName(s, it)
	}
	return true
}

// unixTail takes what is after the date, which ends at s[i], as the name; the
// last column of the date begins at s[field].
func (p *parser) unixTail(s string, field, i int, c *civil, it *item) bool {
	if p.lay.dated++; p.lay.dated == 1 && p.lay.bare > 0 {
		p.learned() // what had no date may have one of another kind
	}
	p.lay.believe(p)
	if c.year {
		field, i = p.timeBehindYear(s, field, i, c)
	}
	p.setTime(it, c)
	j := blanks(s, i)
	if j == i || j == len(s) { // no name, or one of blanks: a row without a name
		it.name = span{len(s), 0}
		return true
	}
	e := &p.lay.name
	if c.lone {
		e = &p.lay.lone
	}
	if least := i + 1 - field; c.allLoose {
		i = j
	} else {
		i = field + p.begin(e, j-field, least, least+c.loose)
	}
	it.name = span{i, len(s) - i}
	if it.kind == vfs.Link {
		p.linkName(s, it)
	}
	return true
}

// timeBehindYear reads the time that some servers tell behind the year, where
// all years of the listing have one. It returns the last column of the date and
// where that ends.
func (p *parser) timeBehindYear(s string, field, end int, c *civil) (int, int) {
	l := &p.lay
	if s[field] == ' ' { // the year is as wide as a time, so it stands for one
		l.alone(p)
		return field, end
	}
	i := blanks(s, end)
	j := word(s, i)
	t := *c
	if j == len(s) || !colonTime(s[i:j], &t) {
		l.alone(p)
		c.loose = one(i-end > 1) // the year may be padded to the width of a time
		return field, end
	}
	if l.yearAlone {
		return field, end
	}
	l.yearTimed = true
	*c = t
	return end + 1, j
}

// alone notes a year without a time behind it.
func (l *layout) alone(p *parser) {
	if !l.yearAlone && l.yearTimed {
		p.learned()
	}
	l.yearAlone = true
}

// linkName parts "name -> target". The size of a link is the length of its
// target, which tells the right arrow from one within a name.
func (p *parser) linkName(s string, it *item) {
	name := it.name.of(s)
	i := strings.Index(name, " -> ")
	if i < 0 {
		return
	}
	if n := len(name) - 4 - int(it.size); it.size > 0 && n > i && n < len(name)-4 && name[n:n+4] == " -> " {
		i = n
	}
	it.target = span{it.name.at + i + 4, it.name.n - i - 4}
	it.name.n = i
}

func blanks(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	return i
}

func digits(s string, i int) int {
	for i < len(s) && s[i]-'0' <= 9 {
		i++
	}
	return i
}

func word(s string, i int) int {
	for i < len(s) && s[i] != ' ' && s[i] != '\t' {
		i++
	}
	return i
}
