package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readMLSD reads a row of MLSD (RFC 3659 section 7.2): facts, one blank, a name.
func readMLSD(p *parser, s string, it *item) verdict {
	sp, lead := factsEnd(s), 0
	if sp < 0 {
		return vNo
	}
	if sp == 0 {
		if !p.mlsd() {
			return vNo
		}
		if i := blanks(s, 0); i < len(s) { // a row indented like one of MLST
			if e := factsEnd(s[i:]); e > 0 && s[i+e-1] == ';' && strings.IndexByte(s[i:i+e], '=') > 0 {
				sp, lead = i+e, i
			}
		}
	} else if eq := strings.IndexByte(s[:sp], '='); eq < 1 || !p.mlsd() && !knownFact(s[:sp]) {
		return vNo
	}
	p.facts(s[lead:sp], it)
	if lead > 0 {
		it.shift(lead)
	}
	it.facts = sp
	it.name = span{sp + 1, len(s) - sp - 1}
	it.blankOK = sp > 0
	return vStrong
}

// knownFact reports whether one of the facts that nearly all servers tell is in
// a list, which is what tells it from a name with "=" and ";" in it.
func knownFact(facts string) bool {
	if facts[len(facts)-1] != ';' { // of the old draft, only what is certain
		first, _, _ := strings.Cut(strings.ToLower(facts), ";")
		return first == "type=file" || first == "type=dir"
	}
	facts = ";" + strings.ToLower(facts)
	return strings.Contains(facts, ";type=") || strings.Contains(facts, ";modify=") || strings.Contains(facts, ";size=")
}

// factsEnd finds the blank that ends the facts. It is the first one, but for a
// value that holds blanks ("UNIX.owner=Domain Users;", "type=OS.unix=slink:a b;").
func factsEnd(s string) int {
	sp := strings.IndexByte(s, ' ')
	before := s
	if sp >= 0 {
		before = s[:sp]
	}
	if tab := strings.IndexByte(before, '\t'); tab >= 0 { // a blank that was made pretty
		sp = tab
	}
	if sp > 0 && s[sp] == '\t' && s[sp-1] != ';' {
		sp = strings.IndexByte(s, ' ')
	}
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
	if key == "type" && strings.Contains(strings.ToLower(s[last:sp]), "link:") { // the target of a link
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
	row = strings.TrimPrefix(row, " ")
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

// factAct is what a fact's key means to an item.
type factAct uint8

const (
	actIgnore factAct = iota
	actType
	actSize
	actSizd
	actModify
	actPerm
	actUnique
	actMode
	actUID
	actOwner
	actOwnerName
	actGID
	actGroup
	actGroupName
)

var factActs = map[string]factAct{
	"type": actType, "size": actSize, "sizd": actSizd, "modify": actModify, "perm": actPerm, "unique": actUnique,
	"unix.mode": actMode, "unix.uid": actUID, "unix.owner": actOwner, "unix.ownername": actOwnerName,
	"unix.gid": actGID, "unix.group": actGroup, "unix.groupname": actGroupName,
}

// factKey is a key with its "=", as the rows of this listing spell it.
type factKey struct {
	text string
	act  factAct
}

// maxFactKeys bounds what is remembered of a listing's keys.
const maxFactKeys = 32

// facts reads the fact list, whose keys are of any case (RFC 3659 section 7.5).
// Of a fact told twice the last one holds. Nearly all rows of a listing have the
// same keys in the same order, so the keys of the row before are tried first.
func (p *parser) facts(s string, it *item) {
	var ownerAct, groupAct factAct
	isDir, sizd := false, int64(-1)
	for i, n := 0, 0; i < len(s); n++ {
		var act factAct
		v := i
		if n < len(p.keys) && strings.HasPrefix(s[i:], p.keys[n].text) {
			act = p.keys[n].act
			v += len(p.keys[n].text)
		} else if act, v = p.factKey(s, i, n); v < 0 {
			i = -v // no value
			continue
		}
		end := v
		for end < len(s) && s[end] != ';' {
			end++
		}
		val := span{v, end - v}
		switch act {
		case actType:
			p.factType(s, val, it)
			isDir = it.kind == vfs.Dir
		case actSize:
			if t := s[v:end]; isNum(t) {
				it.size = parseSize(t)
			}
		case actSizd:
			if t := s[v:end]; isNum(t) {
				sizd = parseSize(t)
			}
		case actModify:
			p.modify(s[v:end], it)
		case actPerm:
			it.perm = val
		case actUnique:
			it.unique = val
		case actMode:
			unixModeFact(s[v:end], it)
		case actUID, actOwner, actOwnerName: // a name goes before a number
			if act >= ownerAct {
				it.owner, ownerAct = val, act
			}
		case actGID, actGroup, actGroupName:
			if act >= groupAct {
				it.group, groupAct = val, act
			}
		}
		i = end + 1
	}
	if sizd >= 0 && (it.size < 0 || isDir) {
		it.size = sizd
	}
}

// factKey reads the key at s[i:], the n-th of the row, and remembers it. v is
// where its value begins; a fact without one gives minus the place after it.
func (p *parser) factKey(s string, i, n int) (act factAct, v int) {
	eq := i
	for eq < len(s) && s[eq] != '=' && s[eq] != ';' {
		eq++
	}
	if eq == len(s) || s[eq] == ';' {
		return actIgnore, -(eq + 1)
	}
	key := s[i:eq]
	if len(key) <= 14 {
		act = factActs[strings.ToLower(key)]
	}
	if len(key) <= 64 && n < maxFactKeys {
		k := factKey{strings.Clone(s[i : eq+1]), act}
		if n < len(p.keys) {
			p.keys[n] = k
		} else if n == len(p.keys) {
			p.keys = append(p.keys, k)
		}
	}
	return act, eq + 1
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
	if plainTime(t, it) {
		return
	}
	if sec, nsec, prec, ok := ParseTime(t); ok {
		it.sec, it.nsec, it.prec, it.utc = sec, nsec, prec, true
	}
}

// plainTime reads the fourteen digits of nearly every row.
func plainTime(t string, it *item) bool {
	if len(t) != 14 {
		return false
	}
	var f [7]int
	for i := range f {
		a, b := t[2*i]-'0', t[2*i+1]-'0'
		if a > 9 || b > 9 {
			return false
		}
		f[i] = int(a)*10 + int(b)
	}
	if f[2]-1 > 11 || f[2] < 1 || f[3] < 1 || f[3] > 28 || f[4] > 23 || f[5] > 59 || f[6] > 59 {
		return false
	}
	it.sec = unixWall(f[0]*100+f[1], f[2], f[3], f[4], f[5], f[6])
	it.nsec, it.prec, it.utc = 0, vfs.Second, true
	return true
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
