package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readNameFirst reads the formats that begin with the name, which then holds no
// blank: the Windows servers of the sixteen-bit days (SuperTCP, Chameleon), the
// routers of Bay and Nortel, Unisys, and dls, which adds a description and has a
// long name stand on a line of its own.
//
//	DESIGN.DOC       11264      05-11-95        14:20
//	INSTALL         <DIR>       Nov 16 1994 17:17   RHA
//	image.exe      1014196  06/03/04  Thur.   10:20:03
//	FILE1       DATA     84 03/08/98  15:32
//	README              763  Jul 11 21:05  Information about this server
func readNameFirst(p *parser, s string, it *item) verdict {
	var k tokens
	k.cutAll(s)
	if k.n == 0 || k.t[0].at > 0 {
		return vNo
	}
	if k.n == 1 {
		return vMore
	}
	it.name, it.kind = k.t[0], vfs.File
	i := 1
	if k.n == 5 && isNum(k.at(2)) && letters(k.at(1)) && strings.ToUpper(k.at(1)) == k.at(1) { // the type of Unisys
		i = 2
	}
	switch size := k.at(i); {
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
	i++
	var c civil
	if dayWord(k.at(i + 1)) { // behind the date
		copy(k.t[i+1:], k.t[i+2:k.n])
		k.n--
	}
	if k.n == i+2 && p.threeNumbers(k.at(i), orderMDY, dayAndMonth, false, &c) && clockTime(k.at(i+1), &c) {
		p.setTime(it, &c)
		return vStrong
	}
	if i > 2 || month(k.at(i)) == 0 && month(k.at(i+1)) == 0 {
		return p.undatedName(&k, it)
	}
	n := p.unixDate(&k, i, &c, false)
	if n == 0 {
		return p.undatedName(&k, it)
	}
	i += n
	if c.prec == vfs.Day && clockTime(k.at(i), &c) { // Chameleon tells year and time
		i++
	}
	p.setTime(it, &c)
	nameTarget(&k, i, it)
	return vWeak
}

// nameTarget takes "-> target" at token i.
func nameTarget(k *tokens, i int, it *item) {
	if k.at(i) == "->" && i+1 < k.n {
		it.kind = vfs.Link
		it.target = span{k.t[i+1].at, len(k.s) - k.t[i+1].at}
	}
}

// undatedName reads the rows of dls without dates, where the sizes of all rows
// end in one column and a folder showed that it is dls.
//
//	README              763  Information about this server
//	pub/                  =  For all
func (p *parser) undatedName(k *tokens, it *item) verdict {
	l := &p.lay
	end := k.end(1) - strings.LastIndexByte(k.s[:k.end(1)], '\n') - 1
	if l.sizeEnd == 0 && it.kind == vfs.Dir && k.at(1) != "<DIR>" {
		l.sizeEnd = end
	}
	if l.sizeEnd != end || k.n > 2 && k.t[2].at-k.end(1) < 2 {
		return vNo
	}
	nameTarget(k, 2, it)
	return vWeak
}

// readAttributesFirst reads Distinct TCP/IP: attributes, size, date, name.
//
//	-wa--          60  Dec 29,2002   7:00   readme.txt
func readAttributesFirst(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	if k.n < 6 || len(k.at(0)) != 5 || strings.Trim(k.at(0)[1:], "-rwashc") != "" || !isNum(k.at(1)) {
		return vNo
	}
	switch k.at(0)[0] {
	case '-':
		it.kind = vfs.File
	case 'd':
		it.kind = vfs.Dir
	default:
		return vNo
	}
	var c civil
	n := p.unixDate(&k, 2, &c, false)
	if n == 0 || 2+n >= k.n {
		return vNo
	}
	p.setTime(it, &c)
	it.size, it.perm = parseSize(k.at(1)), k.t[0]
	at := k.t[2+n].at
	it.name = span{at, len(s) - at}
	return vStrong
}

// dayWord knows "Thur." and other abbreviations of the days.
func dayWord(s string) bool {
	s = undot(s)
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
