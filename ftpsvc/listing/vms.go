package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readVMS reads what OpenVMS prints (DIRECTORY of the TCP/IP Services, UCX,
// MultiNet, MadGoat and TCPware): a name with a version, blocks used and
// allocated, a date, owner and protection. A long name stands on a line of its
// own, and an owner or a protection may do so too.
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
	next := vmsLead(&k, it)
	name := it.name.of(s)
	semi := strings.LastIndexByte(name, ';')
	it.kind = vfs.File
	switch {
	case semi < 0:
		return p.vmsUnversioned(&k, name, next, it)
	case semi < 1 || !isNum(name[semi+1:]) && name[semi+1:] != "*":
		return vmsNoise(&k)
	case k.n > next && !strings.ContainsAny(k.at(0), ".]") && k.t[next].at-k.end(next-1) < 2 && s[k.end(next-1)] != '\n' && !strings.HasSuffix(k.at(next), "B"):
		return vNo // without a dot it is a name only where the columns are kept apart
	}
	if base := name[:semi]; len(base) > 4 && fold(base[len(base)-4:], ".dir") {
		it.kind = vfs.Dir
	}
	if k.n == next {
		return vMore
	}
	if noPrivilege(s[k.t[next].at:]) {
		return vStrong
	}
	return p.vmsColumns(&k, next, it)
}

// vmsLead finds the name, whose blanks are escaped (ODS-5: "a^ b.txt;1") and
// which may bear its device and folder, and returns the token after it.
func vmsLead(k *tokens, it *item) (next int) {
	for next = 1; next < k.n && strings.HasSuffix(k.at(next-1), "^") && k.t[next].at == k.end(next-1)+1; next++ {
	}
	it.name = span{k.t[0].at, k.end(next-1) - k.t[0].at}
	name := it.name.of(k.s)
	if i := strings.LastIndexByte(name, ']'); i > 0 && i+1 < len(name) && strings.IndexByte(name, '[') >= 0 && strings.LastIndexByte(name, ';') > i {
		it.name = span{it.name.at + i + 1, len(name) - i - 1}
	}
	return next
}

// vmsUnversioned reads a row whose name bears no version, which all the columns
// must make up for; else it is a heading or a sum.
func (p *parser) vmsUnversioned(k *tokens, name string, next int, it *item) verdict {
	if v := vmsNoise(k); v != vNo {
		return v
	}
	dot := strings.IndexByte(name, '.')
	if dot < 0 || strings.ToUpper(name) != name || strings.ContainsAny(name, "[](),:/") {
		return vNo
	}
	if k.n == next {
		return vMore
	}
	v := p.vmsColumns(k, next, it)
	if v == vStrong && (it.size < 0 || it.prec < vfs.Minute || it.owner.n == 0 || it.perm.n == 0) {
		return vNo
	}
	if strings.HasSuffix(name, ".DIR") {
		it.kind = vfs.Dir
	}
	return v
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

// noPrivilege knows what stands in the place of the columns that one may not see.
func noPrivilege(s string) bool {
	if s[0] == '<' && len(s) > 1 {
		s = s[1:]
	}
	if s[0]-'0' <= 9 || s[0] == '[' { // a size or an owner
		return false
	}
	s = strings.ToLower(s)
	return strings.Contains(s, "privilege") || strings.Contains(s, "%rms-e-") || strings.Contains(s, "protection violation")
}

// vmsColumns reads what follows the name, from token i on: size, date, time,
// owner and protection, in the order of the server. The date may not be missing.
func (p *parser) vmsColumns(k *tokens, i int, it *item) verdict {
	var c civil
	dated, sized, owned := false, false, false
	apart := k.t[i].at-k.end(i-1) > 1 || k.s[k.end(i-1)] == '\n'
	for i < k.n {
		t := k.at(i)
		if size, ok := vmsBlocks(t); ok && !sized {
			it.size, sized = size, true
			i++
			continue
		}
		if !dated {
			if n := vmsDate(k, i, &c); n > 0 {
				dated = true
				i += n
				continue
			}
		}
		switch {
		case t[0] == '(':
			end, more := vmsProtection(k, i)
			if end < 0 {
				return more
			}
			it.perm = span{k.t[i].at, k.end(end) - k.t[i].at}
			i = k.n // nothing follows
		case owned || t[0] != '[' && t[0] != '<' && !plainOwner(k, i):
			return vNo
		default:
			end := vmsOwner(k, i, it)
			if end < 0 {
				return vMore
			}
			owned = true
			i = end + 1
		}
	}
	// An owner without a protection, or the reverse, is told in columns.
	if !dated || owned != (it.perm.n > 0) && !apart {
		return vNo
	}
	if c.year && it.size > 0 { // who tells the month first counts bytes
		it.size /= 512
	}
	if c.mo > 0 {
		p.setTime(it, &c)
	}
	it.rough = it.size >= 0
	return vStrong
}

// vmsBlocks reads "9", "9/18", "9KB/18KB" and "******".
func vmsBlocks(t string) (int64, bool) {
	used, alloc, two := strings.Cut(t, "/")
	switch {
	case t != "" && strings.Trim(t, "*") == "":
		return -1, true
	case strings.HasSuffix(used, "B"):
		if n := strings.TrimSuffix(used, "B"); isNum(n) {
			return parseSize(n), true
		}
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

// vmsDate reads "2-JUN-1998", "2-JUN-1998 14:09:12" and "JUN 2 14:09 1998" at
// token i and returns how many tokens it takes. A month of an unknown language
// is a date all the same, but c.mo is 0.
func vmsDate(k *tokens, i int, c *civil) int {
	*c = civil{}
	t := k.at(i)
	if y, ok := year4(k.at(i + 3)); ok && len(months(t)) > 0 {
		d, ok := dayNum(k.at(i + 1))
		if !ok || !clockTime(k.at(i+2), c) {
			return 0
		}
		c.words = months(t)
		c.y, c.mo, c.d, c.year = y, c.words[0].month, d, true
		return 4
	}
	a, rest, _ := strings.Cut(t, "-")
	b, y, _ := strings.Cut(rest, "-")
	var okD, okY bool
	c.d, okD = dayNum(a)
	c.y, okY = shortYear(y)
	if !okD || !okY || len(b) < 3 || strings.ContainsAny(b, "0123456789-") || !isNum(a) {
		return 0
	}
	c.prec = vfs.Day
	if c.words = months(b); c.words != nil {
		c.mo = c.words[0].month
	}
	return 1 + one(clockTime(k.at(i+1), c))
}

// plainOwner reports that token i is an owner without brackets, before the protection.
func plainOwner(k *tokens, i int) bool {
	return strings.HasPrefix(k.at(i+1), "(") && !strings.ContainsAny(k.at(i), "()[]<>")
}

// vmsOwner reads the owner at token i and returns its last token. It may hold
// blanks, and may have lost its closing bracket to the width of its column. -1:
// it goes on in the next line.
func vmsOwner(k *tokens, i int, it *item) (last int) {
	owner := k.t[i]
	open := k.s[owner.at]
	if open != '[' && open != '<' {
		vmsOwnerNames(k.s, owner, it)
		return i
	}
	closing := open + 2 // ']' and '>' stand two behind '[' and '<'
	owner.at++
	for last = i; last < k.n; last++ {
		end := k.end(last)
		switch {
		case k.s[end-1] == closing:
			owner.n = end - 1 - owner.at
			vmsOwnerNames(k.s, owner, it)
			return last
		case strings.HasPrefix(k.at(last+1), "("):
			owner.n = end - owner.at
			vmsOwnerNames(k.s, owner, it)
			return last
		}
	}
	return -1
}

// vmsOwnerNames reads "GROUP,OWNER" or "OWNER".
func vmsOwnerNames(s string, owner span, it *item) {
	it.owner = owner
	if g := strings.IndexByte(owner.of(s), ','); g >= 0 {
		it.group = span{owner.at, g}
		at := owner.at + g + 1
		for at < owner.at+owner.n && s[at] <= ' ' {
			at++
		}
		it.owner = span{at, owner.at + owner.n - at}
	}
}

// vmsProtection knows "(RWED,RWED,RE,)" at token i, the last of a row: four
// classes, each some of the letters in their order. end is its last token; -1
// with a verdict: it is none, or goes on in the next line.
func vmsProtection(k *tokens, i int) (end int, v verdict) {
	text := ""
	for end = i; end < k.n; end++ {
		text += k.at(end)
	}
	if closed := strings.HasSuffix(text, ")"); !closed || len(text) < 5 {
		if closed || !strings.HasSuffix(text, ",") {
			return -1, vNo
		}
		return -1, vMore
	}
	classes, rest := 1, "RWED"
	for _, c := range []byte(text[1 : len(text)-1]) {
		if c == ',' {
			classes, rest = classes+1, "RWED"
			continue
		}
		i := strings.IndexByte(rest, c&^0x20)
		if i < 0 {
			return -1, vNo
		}
		rest = rest[i+1:]
	}
	if classes != 4 {
		return -1, vNo
	}
	return k.n - 1, vStrong
}

// vmsNoise knows the headings and the sums, a folder without files, and what of
// an owner and a protection stands on a line of its own.
func vmsNoise(k *tokens) verdict {
	t := k.s[k.t[0].at:k.end(k.n-1)]
	low := strings.ToLower(t)
	switch {
	case strings.HasPrefix(low, "directory ") && strings.ContainsAny(t, "[<:"),
		strings.HasPrefix(low, "total ") && strings.Contains(low, " file"),
		strings.HasPrefix(low, "grand total of "),
		strings.HasPrefix(t, "%DIRECT-W-NOFILES"),
		t[0] == '*' && strings.Contains(t, "%RMS-E-FNF"),
		k.n == 1 && vmsFolder(t):
		return vNoise
	case t[0] == '[' || t[0] == '<':
		i := vmsOwner(k, 0, &item{}) + 1
		if end, _ := vmsProtection(k, i); i > 0 && i < k.n && end == k.n-1 {
			return vNoise
		}
	case t[0] == '(':
		if end, _ := vmsProtection(k, 0); end == k.n-1 {
			return vNoise
		}
	}
	return vNo
}

// vmsFolder knows "DISK$BIG:[ANONYMOUS.PUB]" and "DISK$BIG:".
func vmsFolder(s string) bool {
	dev, dir, ok := strings.Cut(s, ":")
	if !ok || dev == "" || strings.Trim(dev, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789$_-") != "" {
		return false
	}
	return dir == "" || len(dir) > 2 && (dir[0] == '[' && dir[len(dir)-1] == ']' || dir[0] == '<' && dir[len(dir)-1] == '>')
}
