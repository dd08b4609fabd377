package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readEPLF reads D. J. Bernstein's easily parsed list format: "+", facts ended
// by commas, a tab, a name.
//
//	+i8388621.48594,m825718503,r,s280,up755,	file
func readEPLF(p *parser, s string, it *item) verdict {
	if len(s) < 2 || s[0] != '+' {
		return vNo
	}
	end := strings.IndexByte(s, '\t')
	if end < 0 { // the tab was made a blank on the way
		if end = strings.Index(s, ", "); end < 0 {
			return vNo
		}
		end++
	}
	dir, file := false, false
	for i := 1; i < end; {
		j := strings.IndexByte(s[i:end], ',')
		if j < 0 {
			j = end - i
		}
		if j > 0 && !p.eplfFact(s, span{i, j}, it, &dir, &file) {
			return vNo
		}
		i += j + 1
	}
	switch {
	case dir:
		it.kind = vfs.Dir
	case file:
		it.kind = vfs.File
	}
	it.name = span{end + 1, len(s) - end - 1}
	it.blankOK = true
	return vStrong
}

func (p *parser) eplfFact(s string, f span, it *item, dir, file *bool) bool {
	v := span{f.at + 1, f.n - 1}
	t := v.of(s)
	switch s[f.at] {
	case '/':
		*dir = true
	case 'r':
		*file = true
	case 's':
		if isNum(t) {
			it.size = parseSize(t)
		}
	case 'm':
		if isNum(t) && len(t) < 13 {
			it.sec, it.prec, it.utc = parseSize(t), vfs.Second, true
		}
	case 'i':
		it.unique = v
	case 'u':
		if len(t) > 1 && t[0] == 'p' {
			unixModeFact(t[1:], it)
			it.perm = span{v.at + 1, v.n - 1}
		}
	default:
		return s[f.at] >= 'a' && s[f.at] <= 'z' || s[f.at] >= 'A' && s[f.at] <= 'Z'
	}
	return true
}
