package listing

import (
	"math"
	"strings"

	"ferry/ftpsvc/vfs"
)

const maxTokens = 48

// tokens are the words of the beginning of a line.
type tokens struct {
	s string
	t [maxTokens]span
	n int
}

func (k *tokens) cut(s string) {
	k.s, k.n = s, 0
	for i := blanks(s, 0); i < len(s) && k.n < maxTokens; i = blanks(s, i) {
		j := word(s, i)
		k.t[k.n] = span{i, j - i}
		k.n++
		i = j
	}
}

func (k *tokens) at(i int) string {
	if i < 0 || i >= k.n {
		return ""
	}
	return k.t[i].of(k.s)
}

func (k *tokens) end(i int) int { return k.t[i].at + k.t[i].n }

func isNum(s string) bool { return s != "" && digits(s, 0) == len(s) }

// readUnixSlow finds the mode and the date, and sorts out what is between.
func readUnixSlow(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	if k.n < 3 {
		return p.foreignFolder(s)
	}
	first, strong := unixHead(&k, it)
	if !strong {
		return p.looseUnix(&k, it)
	}
	for i := first; i < k.n; i++ {
		var c civil
		at := i
		if weekday(k.at(i)) && i+1 < k.n {
			at++
		}
		n := p.unixDate(&k, at, &c)
		if n == 0 {
			continue
		}
		if z := p.unixSize(&k, first, i-1, it); z >= 0 {
			p.unixOwner(&k, first, z, it)
			if !p.unixTail(s, k.end(at+n-1), &c, it) {
				return vNo
			}
			if it.perm.n > 0 && s[it.perm.at] == '[' { // NetWare pads the name
				p.trimName(s, it)
			}
			return vStrong
		}
	}
	if p.gluedDate(&k, first, it) {
		return vStrong
	}
	return p.dateless(&k, first, it)
}

func (p *parser) trimName(s string, it *item) {
	i := blanks(s, it.name.at)
	it.name = span{i, it.name.at + it.name.n - i}
}

// unixHead reads the mode, which may follow an inode and a block count, and
// returns the index of the token after it.
func unixHead(k *tokens, it *item) (next int, ok bool) {
	for lead := 0; lead <= 2 && lead < k.n; lead++ {
		if next, ok = unixPerm(k, lead, it); ok {
			if lead == 2 || lead == 1 && len(k.at(0)) > 5 {
				it.unique = k.t[0]
			}
			return next, true
		}
		if !isNum(k.at(lead)) {
			break
		}
	}
	return 0, false
}

// unixPerm reads the mode at token i in any of its forms.
func unixPerm(k *tokens, i int, it *item) (next int, ok bool) {
	t := k.at(i)
	if t == "" {
		return 0, false
	}
	kind := unixKinds[t[0]]
	switch {
	case kind != vfs.Unknown && len(t) == 1 && strings.HasPrefix(k.at(i+1), "["): // NetWare: d [RWCEAFMS]
		return rights(k, i+1, 0, kind, it)
	case kind != vfs.Unknown && len(t) > 1 && t[1] == '[':
		return rights(k, i, 1, kind, it)
	case i == 0 && len(t) >= 6 && len(t) <= 7 && t[0] == '0' && isNum(t):
		return octalMode(k, it)
	case kind == vfs.File && len(t) == 13 && connectEnterprise(t): // -C--E-----FTP B OWNER
		it.kind, it.perm = vfs.File, k.t[i]
		if len(k.at(i+1)) == 1 {
			i++
		}
		return i + 1, true
	}
	n := 1
	for n < len(t) && n < 10 && strings.IndexByte("rwxsStTlL-", t[n]) >= 0 {
		n++
	}
	if kind == vfs.Unknown || n < 7 {
		return 0, false
	}
	rest := strings.TrimLeft(t[n:], ".+@")
	if rest != "" && !isNum(rest) || rest == t[n:] && rest != "" && n < 10 {
		return 0, false
	}
	it.kind = kind
	it.perm = span{k.t[i].at + 1, n - 1}
	it.mode, it.hasMode = unixMode((t[1:n] + "---------")[:9])
	if rest != "" { // the link count is glued on
		k.t[i].at, k.t[i].n = k.end(i)-len(rest), len(rest)
		return i, true
	}
	return i + 1, true
}

// rights reads the bracketed rights of NetWare at token i from byte off on.
func rights(k *tokens, i, off int, kind vfs.Kind, it *item) (int, bool) {
	t := k.at(i)[off:]
	if len(t) < 3 || t[len(t)-1] != ']' || strings.Trim(t[1:len(t)-1], "RWCEAFMSrwceafms-") != "" {
		return 0, false
	}
	it.kind, it.perm = kind, span{k.t[i].at + off, len(t)}
	return i + 1, true
}

func connectEnterprise(t string) bool {
	for i := 0; i < len(t); i++ {
		if c := t[i]; c != '-' && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return strings.Trim(t[10:], "-") == t[10:]
}

// octalMode reads "0100644 uid gid size seconds name".
func octalMode(k *tokens, it *item) (int, bool) {
	m := 0
	for _, c := range []byte(k.at(0)) {
		if c > '7' {
			return 0, false
		}
		m = m*8 + int(c-'0')
	}
	switch m >> 12 {
	case 4:
		it.kind = vfs.Dir
	case 8, 0:
		it.kind = vfs.File
	case 10:
		it.kind = vfs.Link
	case 1, 2, 6, 12:
		it.kind = vfs.Other
	default:
		return 0, false
	}
	it.mode, it.hasMode, it.perm = uint16(m&0o7777), true, k.t[0]
	return 1, true
}

func weekday(s string) bool {
	s = strings.TrimRight(s, ".,")
	if len(s) != 3 {
		return false
	}
	switch strings.ToLower(s) {
	case "mon", "tue", "wed", "thu", "fri", "sat", "sun":
		return true
	}
	return false
}

// unixSize reads the size that ends with token i and returns the index of its
// first token, -1 when there is none. Columns begin at token first.
func (p *parser) unixSize(k *tokens, first, i int, it *item) int {
	if i < first {
		return -1
	}
	t := k.at(i)
	device := it.kind == vfs.Other
	if strings.HasSuffix(k.at(i-1), ",") && i > first && isNum(t) && isNum(strings.TrimSuffix(k.at(i-1), ",")) {
		return i - 1 // major, minor
	}
	if isNum(t) {
		if !device {
			it.size = parseSize(t)
		}
		return i
	}
	j := strings.IndexByte(t, ',')
	switch {
	case device && j > 0 && isNum(t[:j]) && isNum(t[j+1:]):
		return i
	case strings.Trim(t, "0123456789,") == "" && isNum(t[:1]):
		it.size = parseSize(strings.ReplaceAll(t, ",", ""))
		return i
	case t == "-" || t == "?" || strings.Trim(t, "*") == "" || t[0] == '-' && isNum(t[1:]) || len(t) > 2 && t[0] == '0' && t[1]|0x20 == 'x':
		return i
	}
	if n, ok := humanSize(t); ok {
		it.size, it.rough = n, true
		return i
	}
	// A size glued to the word before it.
	cut := len(t)
	for cut > 0 && t[cut-1]-'0' <= 9 {
		cut--
	}
	if cut == len(t) || cut == 0 || i == first || strings.ContainsAny(t, ":/,") {
		return -1
	}
	if o := k.at(i - 1); strings.HasPrefix(t, o) && isNum(t[len(o):]) {
		cut = len(o) // the group bears the owner's name
	}
	it.size = parseSize(t[cut:])
	k.t[i].n = cut
	return i + 1
}

func parseSize(t string) int64 {
	var n int64
	for i := 0; i < len(t); i++ {
		d := int64(t[i] - '0')
		if n > (math.MaxInt64-d)/10 {
			return -1
		}
		n = n*10 + d
	}
	return n
}

// humanSize reads "33.5k", "1,2M" and "4.0GB".
func humanSize(t string) (int64, bool) {
	u := strings.TrimRight(strings.ToLower(t), "ib")
	if len(u) < 2 {
		return 0, false
	}
	exp := strings.IndexByte("kmgtp", u[len(u)-1])
	num := u[:len(u)-1]
	if exp < 0 {
		return 0, false
	}
	whole, frac, _ := strings.Cut(strings.Replace(num, ",", ".", 1), ".")
	if !isNum(whole) || len(whole) > 6 || frac != "" && !isNum(frac) || len(frac) > 6 {
		return 0, false
	}
	unit := int64(1) << (10 * (exp + 1))
	n := parseSize(whole) * unit
	for i, div := 0, int64(10); i < len(frac); i, div = i+1, div*10 {
		n += int64(frac[i]-'0') * unit / div
	}
	return n, true
}

// unixOwner sorts the tokens from first to before z into link count, owner and group.
func (p *parser) unixOwner(k *tokens, first, z int, it *item) {
	n, links := z-first, 0
	if n > 0 && k.at(first) == "folder" { // NetPresenz
		return
	}
	if n == 2 && isNum(k.at(first)) && isNum(k.at(first+1)) && it.size >= 0 &&
		parseSize(k.at(first))+parseSize(k.at(first+1)) == it.size && it.size > 0 {
		return // the two forks of a Macintosh file
	}
	if n > 1 && isNum(k.at(first)) && !(connectForm(k.s, it) || it.perm.n > 0 && k.s[it.perm.at] == '0') {
		first++
		n--
		links++
	}
	if n == 0 || n == 1 && isNum(k.at(first)) && first+1 == z && it.hasMode && links == 0 {
		return // a link count at most
	}
	from, to := k.t[first].at, k.end(z-1)
	cols := k.s[from:to]
	// Owner and group are padded columns; either may hold single blanks.
	split := strings.Index(cols, "  ")
	if n == 1 {
		split = len(cols)
	} else if split < 0 {
		split = k.t[first].n
	}
	it.owner = span{from, split}
	if g := blanks(k.s, from+split); g < to {
		it.group = span{g, to - g}
	}
}

// connectForm reports the mode of Connect:Enterprise, whose owner may be a number.
func connectForm(s string, it *item) bool { return it.perm.n == 13 }

// looseUnix reads a line whose mode is garbage: a link count, an owner, a group,
// a size and a date with the name of a month still tell what it is.
func (p *parser) looseUnix(k *tokens, it *item) verdict {
	links := -1
	for i := 1; i < k.n; i++ {
		if links < 0 {
			if isNum(k.at(i)) {
				links = i
			}
			continue
		}
		if i < links+3 || !isNum(k.at(i-1)) || i > links+8 {
			continue
		}
		var c civil
		if month(k.at(i)) == 0 && month(k.at(i+1)) == 0 {
			continue
		}
		n := p.unixDate(k, i, &c)
		if n == 0 {
			continue
		}
		it.kind, it.size = vfs.File, parseSize(k.at(i-1))
		p.unixOwner(k, links, i-1, it)
		if !p.unixTail(k.s, k.end(i+n-1), &c, it) {
			return vNo
		}
		return vWeak
	}
	return p.foreignFolder(k.s)
}

// gluedDate reads a line whose month is glued to the word before it.
func (p *parser) gluedDate(k *tokens, first int, it *item) bool {
	for i := first; i+2 < k.n; i++ {
		t := k.t[i]
		if t.n <= 3 || englishMonth(k.at(i)[t.n-3:]) == 0 {
			continue
		}
		g := *k
		copy(g.t[i+2:], k.t[i+1:k.n-1]) // one token more
		g.t[i] = span{t.at, t.n - 3}
		g.t[i+1] = span{t.at + t.n - 3, 3}
		g.n = min(k.n+1, maxTokens)
		if g.n <= k.n {
			return false
		}
		var c civil
		n := p.unixDate(&g, i+1, &c)
		if n == 0 {
			continue
		}
		z := p.unixSize(&g, first, i, it)
		if z < 0 {
			z = p.unixSize(&g, first, i-1, it) // something stands between size and date
		}
		if z < 0 {
			continue
		}
		p.unixOwner(&g, first, z, it)
		return p.unixTail(k.s, g.end(i+n), &c, it)
	}
	return false
}

// dateless reads "drwxr-xr-x 3 user group 512 name".
func (p *parser) dateless(k *tokens, first int, it *item) verdict {
	if it.perm.n > 0 && k.s[it.perm.at] == '0' {
		return p.epochDate(k, first, it)
	}
	z := first + 3
	if !isNum(k.at(z)) {
		z--
	}
	if z+1 >= k.n || !isNum(k.at(first)) || !isNum(k.at(z)) || isNum(k.at(z-1)) && z == first+2 && isNum(k.at(z+1)) {
		return p.epochDate(k, first, it)
	}
	name := k.at(z + 1)
	if dateLike(name) || isNum(name) ||
		isNum(strings.TrimRight(k.at(z+2), ".,")) || month(name) > 0 {
		return p.epochDate(k, first, it)
	}
	it.size = parseSize(k.at(z))
	p.unixOwner(k, first, z, it)
	at := k.end(z) + 1
	it.name = span{at, len(k.s) - at}
	if it.kind == vfs.Link {
		p.linkName(k.s, it)
	}
	return vWeak
}

// dateLike reports a word that begins as a date or a time does.
func dateLike(s string) bool {
	i := digits(s, 0)
	if i == 0 || i+1 >= len(s) || strings.IndexByte("-/.:", s[i]) < 0 {
		return false
	}
	j := digits(s, i+1)
	return j > i+1 && (j == len(s) || strings.IndexByte("-/.:", s[j]) >= 0)
}

// epochDate reads "0100644 500 101 12345 123456789 name", with seconds since
// 1970, and the same behind a mode and a link count.
func (p *parser) epochDate(k *tokens, first int, it *item) verdict {
	i := first + 3
	if len(k.at(i)) < 9 || !isNum(k.at(i)) {
		i++
	}
	if n := len(k.at(i)); n < 9 || n > 11 || !isNum(k.at(i)) || !isNum(k.at(i-1)) || i+1 >= k.n {
		return vNo
	}
	it.size, it.sec, it.prec, it.utc = parseSize(k.at(i-1)), parseSize(k.at(i)), vfs.Second, true
	p.unixOwner(k, first, i-1, it)
	at := blanks(k.s, k.end(i))
	it.name = span{at, len(k.s) - at}
	return vStrong
}

// foreignFolder knows the headings of ls -R. The first one is of the folder
// itself; the entries below the next ones are not in it.
func (p *parser) foreignFolder(s string) verdict {
	if len(s) < 2 || s[len(s)-1] != ':' || strings.ContainsAny(s[:1], " \t") {
		return vNo
	}
	path := strings.IndexByte(s, '/') >= 0 || s == ".:"
	if !path && (p.info.Entries > 0 || strings.IndexByte(s, ' ') >= 0) {
		return vNo
	}
	if p.scoring {
		return vNoise
	}
	if p.info.Entries > 0 || p.heading {
		p.foreign = true
	}
	p.heading = true
	return vNoise
}
