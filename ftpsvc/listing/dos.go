package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readDOS reads the listing of IIS and other Windows servers, and what DIR
// prints in any language: a date, a time, <DIR> or a size, a name.
//
//	12-05-96  05:03PM       <DIR>          folder
//	2013-09-02  19:06                9,730 file
//	09/02/2013  07:06 PM    <SYMLINKD>     link [C:\target]
//	2013/09/02  下午 07:06    <DIR>          folder
func readDOS(p *parser, s string, it *item) verdict {
	i := blanks(s, 0)
	if i >= len(s) {
		return vNo
	}
	if s[i]-'0' > 9 {
		return p.dosHeading(s, i)
	}
	var c civil
	j, ok := p.dosDate(s, i, &c)
	if !ok {
		return dosSum(s)
	}
	j, ok = dosTime(s, j, &c)
	if !ok {
		return vNo
	}
	i = blanks(s, j)
	j = word(s, i)
	if !dosSize(s[i:j], it) {
		return vNo
	}
	p.setTime(it, &c)
	at := blanks(s, j)
	switch {
	case at == j || at == len(s):
		it.name = span{len(s), 0}
		return vStrong
	case it.kind == vfs.File:
		i = j + p.begin(&p.lay.dosFile, at-j, 1, at-j)
	default: // the marks are of several widths, the names of all begin at one column
		i = p.begin(&p.lay.dosDir, at, j+1, at)
	}
	it.name = span{i, len(s) - i}
	if it.kind == vfs.Link {
		dosTarget(s, it)
	}
	return vStrong
}

// dosDate reads the date at s[i:], whose parts may stand apart ("2024. 06. 15."),
// and returns where it ends.
func (p *parser) dosDate(s string, i int, c *civil) (end int, ok bool) {
	end = word(s, i)
	date := s[i:end]
	for n := 0; n < 2 && len(date) < 9 && strings.HasSuffix(date, "."); n++ {
		next := blanks(s, end)
		end = word(s, next)
		date += s[next:end]
	}
	return end, p.threeNumbers(strings.TrimSuffix(date, "."), orderMDY, dayAndMonth, false, c)
}

// dosTime reads the time at s[i:], with the word for the half of the day before
// or behind it, and returns where it ends.
func dosTime(s string, i int, c *civil) (end int, ok bool) {
	var half byte
	for n := 0; n < 3; n++ {
		i = blanks(s, i)
		j := word(s, i)
		if clockTime(s[i:j], c) {
			ok = true
		} else if h := dayHalf(s[i:j]); h == 0 || n > 0 && !ok {
			break
		} else if half == 0 {
			half = h
		}
		i, end = j, j
	}
	if half == 'a' || half == 'p' {
		ok = ok && halfDay(string(half), c)
	}
	return end, ok
}

// dayHalf knows the words that Windows puts beside a time: 'a' and 'p' for the
// halves of the day, 'm' for one that means nothing more, 0 for none.
func dayHalf(t string) byte {
	switch strings.ToLower(strings.TrimRight(t, ".")) {
	case "am", "a", "a.m", "vorm", "上午", "午前", "오전", "πμ", "π.μ", "ص", "пр.об", "de":
		return 'a'
	case "pm", "p", "p.m", "nachm", "下午", "午後", "오후", "μμ", "μ.μ", "م", "сл.об", "du":
		return 'p'
	case "m", "uhr", "ч", "г", "h":
		return 'm'
	}
	return 0
}

// dosMarks are the words that stand in the place of a size.
var dosMarks = map[string]vfs.Kind{
	"<DIR>": vfs.Dir, "<REP>": vfs.Dir, "<RÉP>": vfs.Dir, "<R\x90P>": vfs.Dir, "<R\xc9P>": vfs.Dir,
	"<JUNCTION>": vfs.Link, "<JONCTION>": vfs.Link, "<VERBINDUNG>": vfs.Link, "<SYMLINKD>": vfs.Link, "<SYMLINK>": vfs.Link,
	"<LINK>": vfs.Link, "<MOUNTPOINT>": vfs.Link,
}

// dosSize reads "<DIR>" and its like, or a size.
func dosSize(t string, it *item) bool {
	if t == "" {
		return false
	}
	if t[0] == '<' {
		it.kind = dosMarks[strings.ToUpper(t)]
		return it.kind != vfs.Unknown
	}
	it.kind = vfs.File
	if isNum(t) {
		it.size = parseSize(t)
		return true
	}
	t, ok := ungroup(t)
	it.size = parseSize(t)
	return ok
}

// ungroup takes the marks, or the blanks that do not break a line, from between
// the thousands of a number.
func ungroup(t string) (string, bool) {
	b := make([]byte, 0, len(t))
	group := 0
	for i := 0; i < len(t); i++ {
		switch c := t[i]; {
		case c-'0' <= 9:
			b = append(b, c)
			group++
		case i == 0 || c < 0x80 && strings.IndexByte(",.'", c) < 0:
			return "", false
		case c >= 0x80 && t[i-1] < 0x80 && group > 3:
			return "", false
		default:
			group = 0
		}
	}
	return string(b), len(b) > 0 && t[len(t)-1] < 0x80
}

// dosTarget parts "name [target]", "name => target" and "name -> target".
func dosTarget(s string, it *item) {
	name := it.name.of(s)
	i, skip, tail := strings.LastIndex(name, " ["), 2, 1
	if i < 0 || name[len(name)-1] != ']' {
		skip, tail = 4, 0
		if i = strings.Index(name, " => "); i < 0 {
			i = strings.Index(name, " -> ")
		}
	}
	if i < 0 {
		return
	}
	it.target = span{it.name.at + i + skip, it.name.n - i - skip - tail}
	it.name.n = i
}

// dosHeading knows what DIR prints above its rows, in any language: lines with
// one blank before them that name the drive, its number, and the folder.
//
//	Volume in drive C is DATA
//	Volume Serial Number is 1234-ABCD
//	Directory of C:\pub
func (p *parser) dosHeading(s string, i int) verdict {
	t := strings.TrimRight(s, " \t")
	if i != 1 {
		return p.folderHeading(t)
	}
	if at := strings.Index(t, `:\`); at > 1 && upper(t[at-1]) && t[at-2] == ' ' {
		p.enterFolder(t)
		return vNoise
	}
	if strings.HasPrefix(t, " Volume in drive ") || strings.HasPrefix(t, " Volume Serial Number ") {
		return vNoise
	}
	k := tokens{}
	k.cut(t)
	serial := k.at(k.n - 1)
	if len(serial) == 9 && serial[4] == '-' {
		_, a := hex(serial[:4])
		_, b := hex(serial[5:])
		if a && b {
			return vNoise
		}
	}
	for n := 1; n+1 < k.n && p.info.Entries == 0; n++ {
		if d := strings.TrimSuffix(k.at(n), ":"); len(d) == 1 && upper(d[0]) {
			return vNoise
		}
	}
	return vNo
}

func upper(c byte) bool { return c >= 'A' && c <= 'Z' }

// dosSum knows the sums below the rows, in any language: far to the right a
// number, a word, and a number of bytes.
//
//	3 File(s)         10,684 bytes
//	2 Verzeichnis(se), 12.345.678 Bytes frei
func dosSum(s string) verdict {
	var k tokens
	k.cut(s)
	if k.n < 3 || k.n > 10 || k.t[0].at < 8 || !isNum(k.at(0)) || !letters(strings.NewReplacer("(", "", ")", "", ",", "").Replace(k.at(1))) {
		return vNo
	}
	for i := 2; i < k.n; i++ {
		if _, ok := ungroup(k.at(i)); ok {
			return vNoise
		}
	}
	return vNo
}
