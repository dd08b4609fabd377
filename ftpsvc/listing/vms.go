package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readVMS reads what OpenVMS prints (DIRECTORY of the TCP/IP Services, UCX,
// MultiNet and TCPware): a name with a version, blocks used and allocated, a
// date, and owner and protection. A long name stands on a line of its own.
//
//	CII-MANUAL.TEX;1  213/216  29-JAN-1996 03:33:12  [ANONYMOU,ANONYMOUS]   (RWED,RWED,,)
//
// The name keeps its version, which is part of it; sizes are counted in blocks
// of 512 bytes.
func readVMS(p *parser, s string, it *item) verdict {
	var k tokens
	k.cutAll(s)
	if k.n == 0 {
		return vNo
	}
	name := k.at(0)
	semi := strings.LastIndexByte(name, ';')
	if semi < 0 || !isNum(name[semi+1:]) && name[semi+1:] != "*" {
		return vmsNoise(s)
	}
	// Without a dot it is a VMS name only where the columns are kept apart.
	if semi < 1 || k.n > 1 && strings.IndexByte(name, '.') < 0 && k.t[1].at-k.end(0) < 2 && s[k.end(0)] != '\n' && !strings.HasSuffix(k.at(1), "B") {
		return vNo
	}
	it.name, it.kind = k.t[0], vfs.File
	if i := strings.LastIndexByte(name, ']'); i > 0 && i+1 < semi && name[0] == '[' { // CMU tells the folder too
		it.name = span{k.t[0].at + i + 1, len(name) - i - 1}
	}
	if base := name[:semi]; len(base) > 4 && fold(base[len(base)-4:], ".dir") {
		it.kind = vfs.Dir
	}
	if k.n == 1 {
		return vMore
	}
	if noPrivilege(s[k.t[1].at:]) {
		return vStrong
	}
	return p.vmsColumns(&k, it)
}

// cutAll is cut for several lines: line ends part words too.
func (k *tokens) cutAll(s string) {
	k.s, k.n = s, 0
	for i := 0; i < len(s) && k.n < maxTokens; i++ {
		if s[i] <= ' ' {
			continue
		}
		j := i
		for i < len(s) && s[i] > ' ' {
			i++
		}
		k.t[k.n] = span{j, i - j}
		k.n++
	}
}

func noPrivilege(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "privilege") || strings.Contains(s, "%rms-e-") || strings.Contains(s, "protection violation")
}

// vmsColumns reads what follows the name: size, date, time, owner, protection.
func (p *parser) vmsColumns(k *tokens, it *item) verdict {
	i := 1
	if o := k.at(i); len(o) > 2 && o[0] == '[' && o[len(o)-1] == ']' { // the owner may come first
		vmsOwnerNames(k, k.t[i], it)
		i++
	}
	if n, ok := vmsBlocks(k.at(i)); ok {
		it.size = n
		i++
	}
	sized := it.size >= 0
	var c civil
	ok, known := vmsDate(k.at(i), &c)
	if !ok {
		return vNo
	}
	if i++; clockTime(k.at(i), &c) {
		i++
	}
	if n, ok := vmsBlocks(k.at(i)); ok && !sized { // the size may follow the date
		it.size = n
		i++
		if i == k.n-1 && vmsProtection(k.at(i)) { // no owner then
			it.perm = k.t[i]
			i++
		}
	}
	if known {
		p.setTime(it, &c)
	}
	it.rough = it.size >= 0
	switch {
	case i == k.n:
		return vStrong
	case it.owner.n > 0 && i == k.n-1 && vmsProtection(k.at(i)):
		it.perm = k.t[i]
		return vStrong
	}
	return vmsOwner(k, i, it)
}

// vmsBlocks reads "9", "9/18" and "******".
func vmsBlocks(t string) (int64, bool) {
	used, alloc, two := strings.Cut(t, "/")
	switch {
	case t != "" && strings.Trim(t, "*") == "":
		return -1, true
	case !two && strings.HasSuffix(used, "B"):
		return humanSize(used)
	case !isNum(used) || two && !isNum(alloc):
		return 0, false
	}
	n := parseSize(used)
	if n > 1<<53 || n < 0 {
		return -1, true
	}
	return n * 512, true
}

// vmsDate reads "2-JUN-1998". A month of an unknown language is a date all the
// same, but known is false.
func vmsDate(t string, c *civil) (ok, known bool) {
	a, rest, _ := strings.Cut(t, "-")
	b, y, _ := strings.Cut(rest, "-")
	var okD, okY bool
	c.d, okD = dayNum(a)
	c.y, okY = shortYear(y)
	if !okD || !okY || len(b) < 3 || strings.ContainsAny(b, "0123456789-") || !isNum(a) {
		return false, false
	}
	c.mo, c.prec = month(b), vfs.Day
	return true, c.mo > 0
}

// vmsOwner reads owner and protection, which come together. The owner may have
// lost its closing bracket to the width of its column, or bear none.
func vmsOwner(k *tokens, i int, it *item) verdict {
	last := k.n - 1
	prot := k.at(last)
	if i == last || !vmsProtection(prot) {
		return vNo
	}
	it.perm = k.t[last]
	owner := span{k.t[i].at, k.end(last-1) - k.t[i].at}
	t := owner.of(k.s)
	switch {
	case t[0] == '[':
		owner.at++
		owner.n--
		if t[len(t)-1] == ']' {
			owner.n--
		}
	case last-i > 1 || strings.ContainsAny(t, "()[]"):
		return vNo
	}
	vmsOwnerNames(k, owner, it)
	return vStrong
}

// vmsOwnerNames reads "GROUP,OWNER" or "OWNER", in brackets or without.
func vmsOwnerNames(k *tokens, owner span, it *item) {
	if t := owner.of(k.s); len(t) > 1 && t[0] == '[' && t[len(t)-1] == ']' {
		owner = span{owner.at + 1, owner.n - 2}
	}
	it.owner = owner
	if g := strings.IndexByte(owner.of(k.s), ','); g >= 0 {
		it.group = span{owner.at, g}
		it.owner = span{owner.at + g + 1, owner.n - g - 1}
	}
}

// vmsProtection knows "(RWED,RWED,RE,)": four classes, each some of the letters
// in their order.
func vmsProtection(t string) bool {
	if len(t) < 5 || t[0] != '(' || t[len(t)-1] != ')' {
		return false
	}
	parts := strings.Split(t[1:len(t)-1], ",")
	if len(parts) != 4 {
		return false
	}
	for _, part := range parts {
		rest := "RWED"
		for _, c := range strings.ToUpper(part) {
			i := strings.IndexRune(rest, c)
			if i < 0 {
				return false
			}
			rest = rest[i+1:]
		}
	}
	return true
}

// vmsNoise knows the heading and the sum.
func vmsNoise(s string) verdict {
	t := strings.TrimSpace(s)
	switch {
	case strings.HasPrefix(t, "Directory ") && strings.ContainsAny(t, "[<"),
		strings.HasPrefix(t, "Total of ") && strings.Contains(t, "file"),
		strings.HasPrefix(t, "Total ") && strings.Contains(t, " file"),
		strings.HasPrefix(t, "Grand total of "),
		strings.HasPrefix(t, "%DIRECT-W-NOFILES"):
		return vNoise
	}
	return vNo
}
