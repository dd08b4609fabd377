package listing

import (
	"math"
	"strings"

	"ferry/ftpsvc/vfs"
)

// unixHead reads the mode, which may follow an inode and a block count, and
// returns the index of the token after it.
func unixHead(k *tokens, it *item) (next int, ok bool) {
	for lead := 0; lead <= 2 && lead < k.n; lead++ {
		if next, ok = unixPerm(k, lead, it); ok {
			if lead == 2 || lead == 1 && len(k.at(0)) > 5 {
				it.unique = k.t[0]
			}
			if extendedAttrs(k.at(next)) && isNum(k.at(next+1)) {
				next++
			}
			return next, true
		}
		if !isNum(k.at(lead)) {
			break
		}
	}
	return 0, false
}

// extendedAttrs knows the column that ls -E of z/OS has behind the mode: "-ps-".
func extendedAttrs(t string) bool {
	if len(t) != 4 || strings.IndexByte(t, '-') < 0 {
		return false
	}
	for i := range 4 {
		if t[i] != '-' && t[i] != "apsl"[i] {
			return false
		}
	}
	return true
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
	case t[0] == '[' && i == 0: // a file of NetWare
		return rights(k, i, 0, vfs.File, it)
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
	s = undot(s)
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
// first token, -1 when there is none. A size that is glued to the word before it
// is cut off that token.
func unixSize(k *tokens, i int, it *item) int {
	if i < k.first {
		return -1
	}
	t := k.at(i)
	device := it.kind == vfs.Other
	if strings.HasSuffix(k.at(i-1), ",") && i > k.first && isNum(t) && isNum(strings.TrimSuffix(k.at(i-1), ",")) {
		return i - 1 // major, minor
	}
	if isNum(t) {
		if device {
			return i
		}
		return groupedSize(k, i, it)
	}
	j := strings.IndexByte(t, ',')
	switch {
	case device && j > 0 && isNum(t[:j]) && isNum(t[j+1:]):
		return i
	case isGrouped(t):
		t, _ = ungroup(t)
		it.size = parseSize(t)
		return i
	case t == "-" || t == "?" || t == "(null)" || strings.Trim(t, "*") == "" || t[0] == '-' && isNum(t[1:]) || len(t) > 2 && t[0] == '0' && t[1]|0x20 == 'x':
		return i
	}
	if n, ok := humanSize(t); ok {
		it.size, it.rough = n, true
		return i
	}
	return gluedSize(k, i, it)
}

// isGrouped knows "1,234,567", with dots or apostrophes too. Commas alone were
// seen at other places.
func isGrouped(t string) bool {
	if strings.Trim(t, "0123456789,") == "" {
		return isNum(t[:1])
	}
	mark := strings.IndexAny(t, ".'")
	for i := mark; i < len(t); i += 4 {
		if mark < 1 || mark > 3 || t[i] != t[mark] || len(t)-i < 4 || !isNum(t[i+1:i+4]) {
			return false
		}
	}
	return mark > 0 && isNum(t[:mark])
}

// groupedSize reads the number at token i, whose thousands may be parted by
// blanks that do not break a line.
func groupedSize(k *tokens, i int, it *item) int {
	t := k.at(i)
	for i > k.first && len(k.at(i)) == 3 && isNum(k.at(i-1)) && k.s[k.end(i-1)] >= 0x80 {
		i--
		t = k.at(i) + t
	}
	it.size = parseSize(t)
	return i
}

// gluedSize parts "group1234", a size that is glued to the word before it.
func gluedSize(k *tokens, i int, it *item) int {
	t := k.at(i)
	cut := len(t)
	for cut > 0 && t[cut-1]-'0' <= 9 {
		cut--
	}
	if cut == len(t) || cut == 0 || i == k.first || t[0]-'0' <= 9 || strings.ContainsAny(t, ":/,") {
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
func unixOwner(k *tokens, z int, it *item) {
	first := k.first
	n, links := z-first, 0
	if n > 0 && k.at(first) == "folder" { // NetPresenz
		return
	}
	if n > 2 && strings.Count(k.at(z-1), ":") > 1 { // the context of SELinux (ls -Z)
		z--
		n--
	}
	if n > 2 && k.at(first) == "-" { // a link count that means nothing
		first++
		n--
		links++
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
