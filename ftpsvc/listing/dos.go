package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readDOS reads the listing of IIS and other Windows servers: a date, a time,
// <DIR> or a size, a name.
//
//	12-05-96  05:03PM       <DIR>          folder
//	2013-09-02  19:06                9,730 file
//	09/02/2013  07:06 PM    <SYMLINKD>     link [C:\target]
func readDOS(p *parser, s string, it *item) verdict {
	i := blanks(s, 0)
	if i >= len(s) {
		return vNo
	}
	if s[i]-'0' > 9 {
		return dosNoise(s[i:])
	}
	j := word(s, i)
	var c civil
	if !p.threeNumbers(s[i:j], orderMDY, dayAndMonth, false, &c) {
		return dosNoise(s[i:])
	}
	i = blanks(s, j)
	j = word(s, i)
	if !clockTime(s[i:j], &c) {
		return vNo
	}
	if k := blanks(s, j); k+2 < len(s) && s[k+1]|0x20 == 'm' && s[k+2] == ' ' && halfDay(s[k:k+2], &c) {
		j = k + 2
	}
	i = blanks(s, j)
	j = word(s, i)
	if !dosSize(s, i, j, it) {
		return vNo
	}
	p.setTime(it, &c)
	at := blanks(s, j)
	switch {
	case at == j || at == len(s):
		it.name = span{len(s), 0}
		return vStrong
	case it.kind == vfs.File:
		i = j + p.column(&p.lay.dosFile, at-j)
	default: // the marks are of several widths and begin at one column
		i = max(j+1, i+p.column(&p.lay.dosDir, at-i))
	}
	it.name = span{i, len(s) - i}
	if it.kind == vfs.Link {
		dosTarget(s, it)
	}
	return vStrong
}

// dosSize reads "<DIR>" and its like, or a size, at s[i:j].
func dosSize(s string, i, j int, it *item) bool {
	t := s[i:j]
	if t == "" {
		return false
	}
	if t[0] == '<' {
		switch strings.ToUpper(t) {
		case "<DIR>":
			it.kind = vfs.Dir
		case "<JUNCTION>", "<SYMLINKD>", "<SYMLINK>", "<LINK>", "<MOUNTPOINT>":
			it.kind = vfs.Link
		default:
			return false
		}
		return true
	}
	it.kind = vfs.File
	if !isNum(t) { // grouped by thousands
		if t[0]-'0' > 9 || strings.Trim(t, "0123456789,.'") != "" {
			return false
		}
		t = strings.NewReplacer(",", "", ".", "", "'", "").Replace(t)
	}
	it.size = parseSize(t)
	return true
}

// dosTarget parts "name [target]".
func dosTarget(s string, it *item) {
	name := it.name.of(s)
	i := strings.LastIndex(name, " [")
	if i < 0 || name[len(name)-1] != ']' {
		return
	}
	it.target = span{it.name.at + i + 2, it.name.n - i - 3}
	it.name.n = i
}

// dosNoise knows what DIR prints around its rows.
func dosNoise(s string) verdict {
	switch {
	case strings.HasPrefix(s, "Volume in drive "), strings.HasPrefix(s, "Volume Serial Number "),
		strings.HasPrefix(s, "Directory of "):
		return vNoise
	case s[0]-'0' <= 9:
		t := s[word(s, 0):]
		if t = strings.TrimLeft(t, " "); strings.HasPrefix(t, "File(s)") || strings.HasPrefix(t, "Dir(s)") {
			return vNoise
		}
	}
	return vNo
}
