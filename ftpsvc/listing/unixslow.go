package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readUnixSlow finds the mode and the date, and sorts out what is between.
func readUnixSlow(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	if k.n < 3 {
		return p.folderHeading(s)
	}
	if strings.HasSuffix(k.at(0), "?????????") {
		return hiddenRow(&k, it)
	}
	first, ok := unixHead(&k, it)
	if k.first = first; !ok {
		return p.looseUnix(&k, it)
	}
	if p.datedRow(&k, it, sized) || p.gluedDate(&k, it) || it.kind != vfs.File && p.datedRow(&k, it, sizeless) {
		if it.perm.n > 0 && s[it.perm.at] == '[' { // NetWare pads the name
			p.trimName(s, it)
		}
		return vStrong
	}
	return p.undatedRow(&k, it)
}

// hiddenRow reads a row of which ls may tell the name alone, and the kind at most.
//
//	d????????? ? ?    ?       ?            ? name
func hiddenRow(k *tokens, it *item) verdict {
	i := 1
	for i <= 5 && k.at(i) == "?" {
		i++
	}
	t := k.at(0)
	if len(t) != 10 || i < 5 || i == k.n {
		return vNo
	}
	if it.kind = unixKinds[t[0]]; t[0] == '?' {
		it.kind = vfs.Unknown
	}
	at := k.end(i-1) + 1
	it.name = span{at, len(k.s) - at}
	return vStrong
}

func (p *parser) trimName(s string, it *item) {
	i := blanks(s, it.name.at)
	it.name = span{i, it.name.at + it.name.n - i}
}

// rowForm says what a row has before its name.
type rowForm uint8

const (
	sized    rowForm = iota
	sizeless         // folders and links of old Androids: a date of numbers, and no size
	guessed          // a size, and a date whose month is in no language that is known
)

// datedRow reads a row by finding its date.
func (p *parser) datedRow(k *tokens, it *item, form rowForm) bool {
	for i := k.first; i < k.n; i++ {
		var c civil
		at := i
		if form == guessed && i-k.first < 2 {
			continue
		}
		if weekday(k.at(i)) && i+1 < k.n && form != guessed {
			at++
		}
		n := p.unixDate(k, at, &c, form == guessed)
		if n == 0 || i-k.first < 3 && p.dateWithin(k, i+1, at+n) {
			continue
		}
		z := i
		if form != sizeless {
			z = unixSize(k, i-1, it)
		} else if i-k.first < 2 || k.at(i)[0]-'0' > 9 {
			z = -1
		}
		if z < 0 {
			continue
		}
		if form == guessed && !p.mayGuess(k.s[k.t[i].at:k.end(at+n-1)]) {
			return false
		}
		unixOwner(k, z, it)
		p.afterDate(k, at, n, &c, it)
		return true
	}
	return false
}

// dateWithin reports whether another date begins within what was taken for one:
// an owner or a group may be called as a month is.
func (p *parser) dateWithin(k *tokens, from, to int) bool {
	for i := from; i < to; i++ {
		var c civil
		if n := p.unixDate(k, i, &c, false); i+n > to && isNum(k.at(i-1)) {
			return true
		}
	}
	return false
}

// afterDate takes what is behind the n tokens of a date as the name.
func (p *parser) afterDate(k *tokens, at, n int, c *civil, it *item) {
	field := k.t[at].at
	if c.lone = n == 1; !c.lone {
		field = k.end(at+n-2) + 1
	}
	p.unixTail(k.s, field, k.end(at+n-1), c, it)
}

// mayGuess reports whether a date with an unknown month is believed: one of
// another script, and one in a listing that has more rows.
func (p *parser) mayGuess(date string) bool {
	l := &p.lay
	if p.scoring || p.line >= p.learnFrom {
		l.guessed++
	}
	if asciiOnly(date) && l.guessed+l.dated < 2 {
		l.doubted = true
		return false
	}
	l.believe(p)
	return true
}

// believe has rows read anew that were doubted when they were alone.
func (l *layout) believe(p *parser) {
	if l.doubted {
		l.doubted = false
		p.learned()
	}
}

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
		n := p.unixDate(k, i, &c, false)
		if n == 0 {
			continue
		}
		it.kind, it.size = vfs.File, parseSize(k.at(i-1))
		k.first = links
		unixOwner(k, i-1, it)
		p.afterDate(k, i, n, &c, it)
		return vWeak
	}
	return p.folderHeading(k.s)
}

// gluedDate reads a line whose month is glued to the word before it.
func (p *parser) gluedDate(k *tokens, it *item) bool {
	for i := k.first; i+2 < k.n; i++ {
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
		n := p.unixDate(&g, i+1, &c, false)
		if n == 0 {
			continue
		}
		z := unixSize(&g, i, it)
		if z < 0 {
			z = unixSize(&g, i-1, it) // something stands between size and date
		}
		if z < 0 {
			continue
		}
		unixOwner(&g, z, it)
		p.afterDate(&g, i+1, n, &c, it)
		return true
	}
	return false
}

// undatedRow reads a row with no date that is known: one in seconds, one whose
// month is in no language that is known, or none at all.
func (p *parser) undatedRow(k *tokens, it *item) verdict {
	if v := p.epochDate(k, it); v != vNo {
		return v
	}
	if it.perm.n > 0 && k.s[it.perm.at] == '0' {
		return vNo
	}
	if p.datedRow(k, it, guessed) {
		return vWeak
	}
	return p.dateless(k, it)
}

// dateless reads "drwxr-xr-x 3 user group 512 name", in a listing that tells of
// no dates.
func (p *parser) dateless(k *tokens, it *item) verdict {
	z := k.first + 3
	if !isNum(k.at(z)) {
		z--
	}
	if p.lay.dated > 0 || z+1 >= k.n || !isNum(k.at(k.first)) || !isNum(k.at(z)) ||
		isNum(k.at(z-1)) && z == k.first+2 && isNum(k.at(z+1)) || p.hasDate(k, z+1) {
		return vNo
	}
	p.lay.bare++
	it.size = parseSize(k.at(z))
	unixOwner(k, z, it)
	at := k.end(z) + 1
	it.name = span{at, len(k.s) - at}
	if it.kind == vfs.Link {
		p.linkName(k.s, it)
	}
	return vWeak
}

// hasDate reports whether a date, be it of a kind that is not known, may be in
// the tokens from i on.
func (p *parser) hasDate(k *tokens, i int) bool {
	var c civil
	if isNum(k.at(i)) || dateLike(k.at(i)) || month(k.at(i)) > 0 || isNum(undot(k.at(i+1))) {
		return true
	}
	for ; i < k.n; i++ {
		t, next := k.at(i), undot(k.at(i+1))
		_, isYear := year4(next)
		if clockTime(t, &c) || isYear && isNum(t) && len(t) < 3 || isNum(next) && t[0]-'0' > 9 && month(t) > 0 {
			return true
		}
	}
	return false
}

// dateLike reports a word that begins as a date or a time does.
func dateLike(s string) bool {
	i := digits(s, 0)
	if i == 0 || i+1 >= len(s) || strings.IndexByte("-/.:", s[i]) < 0 && s[i] < 0x80 {
		return false
	}
	if s[i] >= 0x80 {
		return strings.ContainsAny(s[i:], "0123456789")
	}
	j := digits(s, i+1)
	return j > i+1 && (j == len(s) || strings.IndexByte("-/.:", s[j]) >= 0)
}

// epochDate reads "0100644 500 101 12345 123456789 name", with seconds since
// 1970, and the same behind a mode and a link count.
func (p *parser) epochDate(k *tokens, it *item) verdict {
	i := k.first + 3
	if len(k.at(i)) < 9 || !isNum(k.at(i)) {
		i++
	}
	if n := len(k.at(i)); n < 9 || n > 11 || !isNum(k.at(i)) || !isNum(k.at(i-1)) || i+1 >= k.n {
		return vNo
	}
	p.lay.dated++
	it.size, it.sec, it.prec, it.utc = parseSize(k.at(i-1)), parseSize(k.at(i)), vfs.Second, true
	unixOwner(k, i-1, it)
	at := blanks(k.s, k.end(i))
	it.name = span{at, len(k.s) - at}
	if it.kind == vfs.Link {
		p.linkName(k.s, it)
	}
	return vStrong
}

// folderHeading knows the headings of ls -R. The first one is of the folder
// itself; the entries below the next ones are not in it.
func (p *parser) folderHeading(s string) verdict {
	if len(s) < 2 || s[len(s)-1] != ':' || s[0] == ' ' || s[0] == '\t' {
		return vNo
	}
	path := strings.ContainsAny(s, `/\`) || s == ".:"
	if !path && !p.afterBlank && (p.info.Entries > 0 || strings.IndexByte(s, ' ') >= 0) {
		return vNo
	}
	p.enterFolder(s)
	return vNoise
}

// enterFolder notes a heading that names the folder of the rows below it.
func (p *parser) enterFolder(heading string) {
	switch {
	case p.scoring || p.heading && heading == p.folder:
		return
	case p.info.Entries > 0 || p.heading:
		p.foreign = true
	}
	p.folder, p.heading = strings.Clone(heading), true
}
