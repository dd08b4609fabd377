package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readNameFirst reads the formats that begin with the name, which then holds no
// blank: the Windows servers of the sixteen-bit days (SuperTCP, Chameleon), the
// routers of Bay and Nortel, and dls, which adds a description.
//
//	DESIGN.DOC       11264      05-11-95        14:20
//	INSTALL         <DIR>       Nov 16 1994 17:17   RHA
//	image.exe      1014196  06/03/04  Thur.   10:20:03
//	README              763  Jul 11 21:05  Information about this server
func readNameFirst(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	if k.n < 4 || k.t[0].at > 0 {
		return vNo
	}
	it.name, it.kind = k.t[0], vfs.File
	switch size := k.at(1); {
	case isNum(size):
		it.size = parseSize(size)
	case size == "<DIR>":
		it.kind = vfs.Dir
	case size == "-" || size == "=":
		if !strings.HasSuffix(k.at(0), "/") {
			return vNo
		}
		it.kind = vfs.Dir
	default:
		return vNo
	}
	var c civil
	switch {
	case k.n == 4 && p.threeNumbers(k.at(2), orderMDY, dayAndMonth, false, &c) && clockTime(k.at(3), &c),
		k.n == 5 && dayWord(k.at(3)) && p.threeNumbers(k.at(2), orderMDY, dayAndMonth, false, &c) && clockTime(k.at(4), &c):
		p.setTime(it, &c)
		return vStrong
	case month(k.at(2)) == 0 && month(k.at(3)) == 0:
		return vNo
	}
	n := p.unixDate(&k, 2, &c, false)
	if n == 0 {
		return vNo
	}
	i := 2 + n
	if c.prec == vfs.Day && clockTime(k.at(i), &c) { // Chameleon tells year and time
		i++
	}
	p.setTime(it, &c)
	if k.at(i) == "->" && i+1 < k.n {
		it.kind = vfs.Link
		it.target = span{k.t[i+1].at, len(s) - k.t[i+1].at}
	}
	return vWeak
}

// dayWord knows "Thur." and other abbreviations of the days.
func dayWord(s string) bool {
	s = strings.TrimRight(s, ".,")
	return len(s) >= 3 && len(s) <= 5 && weekday(s[:3])
}

// readOS9 reads Microware OS-9: owner, date with the year first, time without a
// colon, attributes, sector, size, name.
//
//	20.20 07/03/29 1026 d-ewrewr 2650 85920 name
func readOS9(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	if k.n < 7 || len(k.at(3)) != 8 || strings.Trim(k.at(3)[1:], "rwe-s") != "" || !isNum(k.at(5)) {
		return vNo
	}
	if _, ok := hex(k.at(4)); !ok {
		return vNo
	}
	group, owner, ok := strings.Cut(k.at(0), ".")
	var c civil
	clock := k.at(2)
	if !ok || !isNum(group) || !isNum(owner) || len(clock) != 4 || !isNum(clock) ||
		!p.threeNumbers(k.at(1), orderYMD, 1<<orderYMD, false, &c) || !clockTime(clock[:2]+":"+clock[2:], &c) {
		return vNo
	}
	p.setTime(it, &c)
	it.kind = vfs.File
	if k.at(3)[0] == 'd' {
		it.kind = vfs.Dir
	}
	it.size, it.perm = parseSize(k.at(5)), k.t[3]
	it.group = span{k.t[0].at, len(group)}
	it.owner = span{k.t[0].at + len(group) + 1, len(owner)}
	at := blanks(s, k.end(5))
	it.name = span{at, len(s) - at}
	return vStrong
}
