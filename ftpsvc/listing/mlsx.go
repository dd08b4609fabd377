package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readMLSD reads a row of MLSD (RFC 3659 section 7.2): facts, one blank, a name.
func readMLSD(p *parser, s string, it *item) verdict {
	sp := factsEnd(s)
	if sp < 0 {
		return vNo
	}
	if sp == 0 {
		if !p.mlsd() {
			return vNo
		}
		if i := blanks(s, 0); i < len(s) { // a row indented like one of MLST
			if e := factsEnd(s[i:]); e > 0 && s[i+e-1] == ';' && strings.IndexByte(s[i:i+e], '=') > 0 {
				sp = i + e
			}
		}
	} else if eq := strings.IndexByte(s[:sp], '='); eq < 1 || !p.mlsd() && (s[sp-1] != ';' || strings.IndexByte(s[:eq], ' ') >= 0) {
		return vNo
	}
	it.facts = sp
	it.name = span{sp + 1, len(s) - sp - 1}
	p.facts(s[:sp], it)
	it.blankOK = sp > 0
	return vStrong
}

// factsEnd finds the blank that ends the facts. It is the first one, but for a
// value that holds blanks ("UNIX.owner=Domain Users;").
func factsEnd(s string) int {
	sp := strings.IndexByte(s, ' ')
	if sp < 1 || s[sp-1] == ';' {
		return sp
	}
	end := strings.Index(s[sp:], "; ")
	if end < 0 {
		return sp
	}
	end += sp + 1
	last := strings.LastIndexByte(s[:sp], ';') + 1 // the fact with the blank in it
	key, _, ok := strings.Cut(s[last:sp], "=")
	if !ok {
		return sp
	}
	key = strings.ToLower(key)
	if strings.Contains(key, "owner") || strings.Contains(key, "group") || strings.Contains(key, "win32.ea") {
		return end
	}
	return sp
}

// ParseFacts reads one row of the reply to MLST (RFC 3659 section 7.3.1), with
// or without the blank in front. path is the row's pathname as sent, raw; the
// entry bears its last element as name. Unlike in a listing, the folder itself
// ("type=cdir") is an entry.
func ParseFacts(row string, o Options) (e vfs.Entry, path string, ok bool) {
	o.Command = "MLST"
	p := newParser(o)
	row = strings.TrimRight(row, "\r\n")
	if strings.HasPrefix(row, " ") {
		row = row[1:]
	}
	it := item{size: -1}
	if strings.IndexByte(row, '=') < 1 || readMLSD(p, row, &it) == vNo || it.facts == 0 {
		return vfs.Entry{}, "", false
	}
	path = it.name.of(row)
	if i := strings.LastIndexByte(strings.TrimRight(path, "/"), '/'); i >= 0 {
		it.name = span{it.name.at + i + 1, len(strings.TrimRight(path, "/")) - i - 1}
	}
	if strings.IndexByte(path, 0) >= 0 {
		return vfs.Entry{}, "", false
	}
	return p.entry(&it, row), path, true
}

// facts reads the fact list, whose keys are of any case (RFC 3659 section 7.5).
// Of a fact told twice the last one holds.
func (p *parser) facts(s string, it *item) {
	var f owners
	isDir, sizd := false, int64(-1)
	for i := 0; i < len(s); {
		eq, end := i, 0
		for eq < len(s) && s[eq] != '=' && s[eq] != ';' {
			eq++
		}
		if eq == len(s) || s[eq] == ';' { // no value
			i = eq + 1
			continue
		}
		for end = eq + 1; end < len(s) && s[end] != ';'; end++ {
		}
		v := span{eq + 1, end - eq - 1}
		switch key := s[i:eq]; len(key) {
		case 4:
			if fold(key, "type") {
				p.factType(s, v, it)
				isDir = it.kind == vfs.Dir
			} else if fold(key, "size") {
				if t := v.of(s); isNum(t) {
					it.size = parseSize(t)
				}
			} else if fold(key, "perm") {
				it.perm = v
			} else if fold(key, "sizd") {
				if t := v.of(s); isNum(t) {
					sizd = parseSize(t)
				}
			}
		case 6:
			if fold(key, "modify") {
				p.modify(v.of(s), it)
			} else if fold(key, "unique") {
				it.unique = v
			}
		default:
			f.read(key, s, v, it)
		}
		i = end + 1
	}
	if sizd >= 0 && (it.size < 0 || isDir) {
		it.size = sizd
	}
	it.owner, it.group = f.owner, f.group
}

// owners is the best that was told of owner and group so far: a name goes
// before a number.
type owners struct {
	owner, group         span
	ownerRank, groupRank int
}

func (f *owners) read(key, s string, v span, it *item) {
	if len(key) < 8 || len(key) > 14 || !fold(key[:5], "unix.") {
		return
	}
	own := func(rank int) {
		if rank >= f.ownerRank {
			f.owner, f.ownerRank = v, rank
		}
	}
	grp := func(rank int) {
		if rank >= f.groupRank {
			f.group, f.groupRank = v, rank
		}
	}
	switch key = key[5:]; len(key) {
	case 3:
		if fold(key, "uid") {
			own(1)
		} else if fold(key, "gid") {
			grp(1)
		}
	case 4:
		if fold(key, "mode") {
			unixModeFact(v.of(s), it)
		}
	case 5:
		if fold(key, "owner") {
			own(2)
		} else if fold(key, "group") {
			grp(2)
		}
	case 9:
		if fold(key, "ownername") {
			own(3)
		} else if fold(key, "groupname") {
			grp(3)
		}
	}
}

func unixModeFact(t string, it *item) {
	if t == "" || len(t) > 8 {
		return
	}
	m := 0
	for i := 0; i < len(t); i++ {
		if t[i] < '0' || t[i] > '7' {
			return
		}
		m = m*8 + int(t[i]-'0')
	}
	it.mode, it.hasMode = uint16(m&0o7777), true
}

// fold compares an ASCII word with one in lower case.
func fold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func (p *parser) factType(s string, v span, it *item) {
	t := v.of(s)
	it.special = false
	switch {
	case fold(t, "file"):
		it.kind = vfs.File
	case fold(t, "dir"):
		it.kind = vfs.Dir
	case fold(t, "cdir"), fold(t, "pdir"):
		it.kind, it.special = vfs.Dir, true
	case t == "":
	case len(t) > 3 && fold(t[:3], "os."):
		os, sub, _ := strings.Cut(t[3:], "=")
		p.factOS(os, sub, v, it)
	case fold(t, "link"), fold(t, "symlink"), fold(t, "slink"):
		it.kind = vfs.Link
	default:
		it.kind = vfs.Other
	}
}

// factOS reads "OS.unix=slink:/target" and its kin (RFC 3659 section 7.5.1.5
// leaves the values to each system).
func (p *parser) factOS(os, sub string, v span, it *item) {
	kind, target, has := strings.Cut(sub, ":")
	it.kind = vfs.Other
	switch strings.ToLower(kind) {
	case "slink", "symlink", "link":
		it.kind = vfs.Link
		if has && target != "" {
			it.target = span{v.at + v.n - len(target), len(target)}
		}
	case "dir":
		it.kind = vfs.Dir
	case "file":
		it.kind = vfs.File
	}
}

// modify reads a time of RFC 3659 section 2.3, YYYYMMDDHHMMSS.fff in UTC, and
// what servers make of it: without seconds or time of day, with a zone, or with
// the year 19100 for 2000.
func (p *parser) modify(t string, it *item) {
	if sec, nsec, prec, ok := ParseTime(t); ok {
		it.sec, it.nsec, it.prec, it.utc = sec, nsec, prec, true
	}
}

// ParseTime reads the time of a modify fact or of the reply to MDTM: seconds
// since 1970 in UTC, nanoseconds, and how exact it is.
func ParseTime(t string) (sec int64, nsec int32, prec vfs.Precision, ok bool) {
	n := digits(t, 0)
	d := t[:n]
	rest := t[n:]
	c := civil{prec: vfs.Second}
	if (n == 15 || n == 13) && d[:3] == "191" { // the year was printed as "19" and 100
		c.y, _ = num(d[2:5], 3)
		c.y += 1900
		d = d[5:]
	} else if n >= 8 {
		c.y, _ = num(d[:4], 4)
		d = d[4:]
	} else {
		return
	}
	if (len(rest) == 7 || len(rest) == 8) && rest[0] == 'T' && len(d) == 4 { // ISO 8601, short form
		d, rest = d+rest[1:7], rest[7:]
	}
	c.mo, _ = num(d[:2], 2)
	c.d, _ = num(d[2:4], 2)
	switch len(d) {
	case 10:
		c.s, _ = num(d[8:10], 2)
		fallthrough
	case 8:
		c.h, _ = num(d[4:6], 2)
		c.mi, _ = num(d[6:8], 2)
		if len(d) == 8 {
			c.prec = vfs.Minute
		}
	case 4:
		c.prec = vfs.Day
	default:
		return
	}
	if rest != "" && rest[0] == '.' {
		i := fraction(rest, 1, &c)
		if i < 0 {
			i = 1
		}
		if c.ns == 0 {
			c.prec = vfs.Second
		}
		rest = rest[i:]
	}
	if rest != "" && rest != "Z" && rest != "z" && !zone(rest, &c) {
		return
	}
	if c.mo < 1 || c.mo > 12 || c.d < 1 || c.d > monthDays[c.mo] || c.h > 24 || c.mi > 59 || c.s > 60 ||
		c.mo == 2 && c.d == 29 && !leap(c.y) {
		return
	}
	return unixWall(c.y, c.mo, c.d, c.h, c.mi, c.s) - int64(c.off), c.ns, c.prec, true
}
