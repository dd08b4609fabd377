package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readNonStop reads HP NonStop (Tandem Guardian): name, code, size, date, time,
// owner (group and user number), security.
//
//	File         Code             EOF  Last Modification    Owner  RWEP
//	FILE3        101            16354 14-Mar-14 15:09:12 244, 10 "nunu"
func readNonStop(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	if k.n == 0 {
		return vNo
	}
	if k.at(0) == "File" && k.at(1) == "Code" {
		return vNoise
	}
	if k.n == 1 && (s[0] == '\\' || s[0] == '$') && strings.IndexByte(s, '.') > 0 {
		return vNoise // \SYS.$VOL.SUBVOL
	}
	if k.n > 6 && strings.Trim(k.at(1), "OLCX?+") == "" { // the state of the file, as a column of its own
		copy(k.t[1:], k.t[2:k.n])
		k.n--
	}
	code := strings.TrimRight(k.at(1), "+OLCX?")
	if k.n < 6 || !isNum(code) || !isNum(k.at(2)) {
		return vNo
	}
	var c civil
	if !dayNameYear(k.at(3), &c) || !clockTime(k.at(4), &c) {
		return vNo
	}
	p.setTime(it, &c)
	i := 5
	from := k.t[i].at
	if strings.HasSuffix(k.at(i), ",") {
		i++
	}
	if o := k.s[from:k.end(min(i, k.n-1))]; strings.Trim(o, "0123456789, ") != "" || i >= k.n {
		return vNo
	}
	it.owner = span{from, k.end(i) - from}
	if i+1 < k.n {
		it.perm = k.t[i+1]
	}
	it.name, it.kind, it.size = k.t[0], vfs.File, parseSize(k.at(2))
	return vStrong
}

// readVxWorks reads the DOS file systems of VxWorks.
//
//	  size          date       time       name
//	--------       ------     ------    --------
//	   2048    JAN-01-1980  00:00:00   NEW_DIR           <DIR>
func readVxWorks(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	if k.n < 4 {
		return vNo
	}
	if k.at(0) == "size" && k.at(1) == "date" && k.at(2) == "time" || strings.Trim(s, "- ") == "" ||
		k.at(0) == "value" && k.at(1) == "=" { // what the shell says in the end
		return vNoise
	}
	m, rest, ok := strings.Cut(k.at(1), "-")
	d, y, ok2 := strings.Cut(rest, "-")
	var c civil
	var okD, okY bool
	c.mo = month(m)
	c.d, okD = num(d, 2)
	c.y, okY = shortYear(y)
	if !ok || !ok2 || !okD || !okY || c.mo == 0 || c.d < 1 || c.d > 31 || !isNum(k.at(0)) || !clockTime(k.at(2), &c) {
		return vNo
	}
	p.setTime(it, &c)
	it.kind, it.size = vfs.File, parseSize(k.at(0))
	end := len(s)
	if strings.HasSuffix(s, "<DIR>") && k.n > 4 {
		it.kind = vfs.Dir
		end = len(strings.TrimRight(s[:end-5], " "))
	}
	at := blanks(s, k.end(2))
	it.name = span{at, max(end-at, 0)}
	return vStrong
}
