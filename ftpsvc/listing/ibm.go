package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readOS400 reads IBM i, in both of its name formats.
//
//	PEP             36864 04/03/24 14:06:34 *DIR       dir1/
//	QPGMR                                   *MEM       RPGUNITC1.FILE/RUCALLTST.MBR
//
// The order of the date is the job's. Where no date of the listing tells, a type
// column of ten characters goes with year first, a narrow one with day first.
func readOS400(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	typ := -1
	for i := 1; i < k.n && i <= 4; i++ {
		if t := k.at(i); len(t) > 2 && t[0] == '*' && strings.Trim(t[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "" {
			typ = i
			break
		}
	}
	if typ < 0 {
		return vNo
	}
	it.owner = k.t[0]
	it.kind = os400Kind(k.at(typ))
	end := k.end(typ)
	gap := blanks(s, end) - end
	switch {
	case typ == 4:
		if !isNum(k.at(1)) {
			return vNo
		}
		it.size = parseSize(k.at(1))
		prefer := orderDMY
		if gap > 1 {
			prefer = orderYMD
		}
		var c civil
		if !p.threeNumbers(k.at(2), prefer, anyOrder, true, &c) || !clockTime(k.at(3), &c) {
			return vNo
		}
		p.setTime(it, &c)
	case typ == 1: // a member has no columns
	case typ == 2 && isNum(k.at(1)):
		it.size = parseSize(k.at(1))
	default:
		return vNo
	}
	at := end + gap
	it.name = span{at, len(s) - at}
	member := typ < 4 || k.at(typ) == "*MEM"
	it.slashOK = member && memberPath(it.name.of(s))
	p.stripLibrary(s, member, it)
	return vStrong
}

// stripLibrary takes the library off "LIB/FILE" and "LIB/FILE.MEMBER", where it
// is the one that was asked for.
func (p *parser) stripLibrary(s string, member bool, it *item) {
	lib, _, ok := strings.Cut(it.name.of(s), "/")
	if !ok || lib == "" || strings.IndexByte(lib, '.') >= 0 {
		return
	}
	asked := strings.TrimRight(p.o.Dir, "/")
	asked = strings.TrimSuffix(strings.ToUpper(asked[strings.LastIndexByte(asked, '/')+1:]), ".LIB")
	if p.o.Dir == "" && member || asked == lib {
		it.name = span{it.name.at + len(lib) + 1, it.name.n - len(lib) - 1}
	}
}

func os400Kind(t string) vfs.Kind {
	switch t {
	case "*DIR", "*DDIR", "*LIB", "*FLR", "*FLDR":
		return vfs.Dir
	case "*SYMLNK", "*LNK":
		return vfs.Link
	case "*BLKSF", "*CHRSF", "*SOCKET", "*FIFO":
		return vfs.Other
	}
	return vfs.File
}

// memberPath reports whether s is FILE/MEMBER in the letters of library names.
func memberPath(s string) bool {
	file, member, ok := strings.Cut(s, "/")
	word := func(s string) bool {
		return s != "" && s[0] != '.' && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$#@") == ""
	}
	return ok && word(file) && word(member)
}

// readVM reads z/VM: a minidisk or shared file system (a name in two columns,
// which FTP joins with a dot), and the byte file system.
//
//	PROFILE  EXEC     V         65        107          2 2005-10-04 15:28:42 060191
//	SUBDIR            DIR        -          -          - 2005-10-04 15:28:42 -
//	05/20/2000 13:38:19 F          1      65758 name
func readVM(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	if k.n < 6 {
		return vNo
	}
	if fold(k.at(0), "filename") && fold(k.at(1), "filetype") {
		return vNoise
	}
	var c civil
	if p.threeNumbers(k.at(0), orderMDY, dayAndMonth, false, &c) {
		return p.vmBytes(&k, &c, it)
	}
	if !vmName(k.at(0)) || k.t[0].at > 2 {
		return vNo
	}
	i := 1
	dir := k.at(1) == "DIR" && k.at(2) == "-" || vmMode(k.at(1)) && k.at(2) == "DIR"
	switch {
	case dir && k.at(1) != "DIR":
		i = 2
	case !dir:
		if i = 2; !vmName(k.at(1)) {
			return vNo
		}
		if vmMode(k.at(2)) {
			i = 3
		}
	}
	format := k.at(i)
	lrecl, recs := k.at(i+1), k.at(i+2)
	if dir { // no format, no length, no records, no blocks
		for k.at(i+1) == "-" {
			i++
		}
		i -= 3
	}
	if !p.threeNumbers(k.at(i+4), orderMDY, dayAndMonth, false, &c) || !clockTime(k.at(i+5), &c) {
		return vNo
	}
	p.setTime(it, &c)
	if dir {
		it.kind, it.name = vfs.Dir, k.t[0]
		return vStrong
	}
	if len(format) != 1 || !strings.Contains("FVfv", format) || !isNum(lrecl) || !isNum(recs) {
		return vNo
	}
	it.kind = vfs.File
	if a, b := parseSize(lrecl), parseSize(recs); a >= 0 && a < 1<<31 && b >= 0 && b < 1<<31 {
		it.size, it.rough = a*b, true
	}
	it.text = k.at(0) + "." + k.at(1)
	if o := k.at(i + 6); o != "" && o != "-" {
		it.owner = k.t[i+6]
	}
	return vStrong
}

// vmMode knows a file mode, a minidisk letter and a number.
func vmMode(m string) bool {
	return len(m) == 2 && m[0] >= 'A' && m[0] <= 'Z' && m[1]-'0' <= 9
}

func vmName(s string) bool {
	return s != "" && len(s) <= 16 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789$#@+-:_") == ""
}

func (p *parser) vmBytes(k *tokens, c *civil, it *item) verdict {
	if !clockTime(k.at(1), c) || !isNum(k.at(4)) && k.at(4) != "-" {
		return vNo
	}
	switch k.at(2) {
	case "F":
		it.kind = vfs.File
	case "D":
		it.kind = vfs.Dir
	case "S", "E":
		it.kind = vfs.Link
	case "B", "C", "P":
		it.kind = vfs.Other
	default:
		return vNo
	}
	if isNum(k.at(4)) {
		it.size = parseSize(k.at(4))
	}
	p.setTime(it, c)
	at := k.end(4) + 1
	it.name = span{at, len(k.s) - at}
	return vStrong
}

// readOS2 reads OS/2: size, size of the extended attributes where it is told,
// attributes, DIR, date, time, name. Years are of two, three (from 1900) or four
// digits.
//
//	36611      A    04-23-103  10:57  file
//	    0         DIR   12-30-97   12:32  folder
func readOS2(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	if k.n < 4 || !isNum(k.at(0)) {
		return vNo
	}
	it.kind, it.size = vfs.File, parseSize(k.at(0))
	for i := 1; i < k.n && i <= 4; i++ {
		t := k.at(i)
		var c civil
		n := 0
		if month(t) > 0 && i < 3 {
			n = p.unixDate(&k, i, &c, false)
		} else if strings.IndexByte(t, '-') > 0 && p.threeNumbers(t, orderMDY, dayAndMonth, false, &c) && clockTime(k.at(i+1), &c) {
			n = 2
		}
		if n > 0 {
			p.setTime(it, &c)
			col := &p.lay.os2
			if n > 2 {
				col = &p.lay.os2Words
			}
			return p.os2Name(&k, i+n-1, col, it)
		}
		switch {
		case t == "DIR":
			it.kind = vfs.Dir
		case isNum(t) && i == 1: // extended attributes
		case strings.Trim(t, "RASHDCEN-") == "" && len(t) <= 5:
			it.perm = k.t[i]
		default:
			return vNo
		}
	}
	return vNo
}

func (p *parser) os2Name(k *tokens, last int, col *edge, it *item) verdict {
	end := k.end(last)
	gap := blanks(k.s, end) - end
	if gap == 0 || end+gap == len(k.s) {
		it.name = span{len(k.s), 0}
		return vStrong
	}
	at := end + p.begin(col, gap, 1, gap)
	it.name = span{at, len(k.s) - at}
	return vStrong
}
