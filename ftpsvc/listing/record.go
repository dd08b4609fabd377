package listing

import (
	"io/fs"
	"math"
	"time"

	"ferry/ftpsvc/vfs"
)

// span is a part of a line.
type span struct{ at, n int }

func (s span) of(line string) string { return line[s.at : s.at+s.n] }

// item is what a dialect read from a line. Its spans lie in that line.
type item struct {
	name, owner, group, target, perm, unique span
	facts                                    int    // length of the fact list at the start of the line
	text                                     string // the name, where it is composed of several columns
	kind                                     vfs.Kind
	size                                     int64 // -1: not told
	rough                                    bool  // size is counted in blocks, tracks or with a unit
	sec                                      int64 // Unix time, or the wall clock as if it were UTC
	nsec                                     int32
	prec                                     vfs.Precision
	utc                                      bool
	mode                                     uint16 // the twelve bits of Unix
	hasMode                                  bool
	blankOK                                  bool // a name of nothing but blanks is told with certainty
	slashOK                                  bool // the name may hold a slash
	special                                  bool // "." or ".." by another name
}

const (
	flagKind   = 0x7 // vfs.Kind
	shiftPrec  = 3   // vfs.Precision
	flagUTC    = 1 << 6
	flagMode   = 1 << 7
	flagRough  = 1 << 8
	flagWide   = 1 << 9
	flagFacts  = 1 << 10
	flagUnique = 1 << 11 // aux is the unique fact, not a link's target
)

// record is an entry as it is stored: numbers, and where its words are in the
// text. What does not fit is a whole vfs.Entry in chunk.wide, at index line.
type record struct {
	sec, size          int64
	line               uint32
	name, nameLen      uint16
	aux, auxLen        uint16
	owner, group       uint16
	ownerLen, groupLen uint8
	perm, permLen      uint8
	mode               uint16
	flags              uint16
}

// chunk is some entries and the text that they point into.
type chunk struct {
	text string
	recs []record
	wide []vfs.Entry
	loc  *time.Location // the server's; nil: not known
}

func (c *chunk) Len() int { return len(c.recs) }

// At implements vfs.Batch.
func (c *chunk) At(i int) vfs.Entry {
	r := &c.recs[i]
	if r.flags&flagWide != 0 {
		return c.wide[r.line]
	}
	line := c.text[r.line:]
	e := vfs.Entry{
		Name:      line[r.name : int(r.name)+int(r.nameLen)],
		Kind:      vfs.Kind(r.flags & flagKind),
		Size:      r.size,
		SizeRough: r.flags&flagRough != 0,
		Prec:      vfs.Precision(r.flags >> shiftPrec & 7),
		UTC:       r.flags&flagUTC != 0,
		Perm:      line[r.perm : int(r.perm)+int(r.permLen)],
		Owner:     line[r.owner : int(r.owner)+int(r.ownerLen)],
		Group:     line[r.group : int(r.group)+int(r.groupLen)],
	}
	if e.Prec != vfs.NoTime {
		e.ModTime = instant(r.sec, 0, e, c.loc)
	}
	if r.flags&flagMode != 0 {
		e.Mode, e.HasMode = fileMode(r.mode), true
	}
	if r.flags&flagUnique != 0 {
		e.Unique = line[r.aux : int(r.aux)+int(r.auxLen)]
	} else {
		e.Target = line[r.aux : int(r.aux)+int(r.auxLen)]
	}
	if r.flags&flagFacts != 0 {
		e.Facts = factsOf(line, int(r.name)-1)
	}
	return e
}

// instant is the time of an entry: a day, which is kept as its midnight, in the
// zone where it is one.
func instant(sec int64, nsec int32, e vfs.Entry, loc *time.Location) time.Time {
	t := time.Unix(sec, int64(nsec)).UTC()
	if e.Prec != vfs.Day || !e.UTC || loc == nil {
		return t
	}
	if there := t.In(loc); there.Hour() == 0 && there.Minute() == 0 {
		return there
	}
	return t
}

// factsOf is the fact list that ends at line[end], without the blanks of a row
// that is indented.
func factsOf(line string, end int) string {
	if end == 0 || line[0] > ' ' {
		return line[:end]
	}
	return line[min(blanks(line, 0), end):end]
}

// fileMode turns the twelve bits of Unix into a fs.FileMode.
func fileMode(m uint16) fs.FileMode {
	f := fs.FileMode(m & 0o777)
	if m&0o7000 != 0 {
		if m&0o4000 != 0 {
			f |= fs.ModeSetuid
		}
		if m&0o2000 != 0 {
			f |= fs.ModeSetgid
		}
		if m&0o1000 != 0 {
			f |= fs.ModeSticky
		}
	}
	return f
}

// shift moves the item's words n bytes to the right, for a line of which the
// first n bytes were left out.
func (it *item) shift(n int) {
	for _, s := range []*span{&it.name, &it.owner, &it.group, &it.target, &it.perm, &it.unique} {
		s.at += n
	}
}

func (it *item) flags() uint16 {
	f := uint16(it.kind) | uint16(it.prec)<<shiftPrec
	if it.utc {
		f |= flagUTC
	}
	if it.hasMode {
		f |= flagMode
	}
	if it.rough {
		f |= flagRough
	}
	if it.facts > 0 {
		f |= flagFacts
	}
	return f
}

// fits reports whether a record can hold the item.
func (it *item) fits() bool {
	return it.nsec == 0 && it.text == "" && (it.unique.n == 0 || it.target.n == 0) &&
		it.owner.n <= math.MaxUint8 && it.group.n <= math.MaxUint8 && it.perm.n <= math.MaxUint8 &&
		it.perm.at <= math.MaxUint8 &&
		(it.facts == 0 || it.name.at == it.facts+1) // At takes what is before the name
}

// store keeps the item of a line that begins at p.text[at:].
func (p *parser) store(it *item, line string, at int) {
	p.info.Entries++
	if len(line) > math.MaxUint16 || !it.fits() || !p.plainLine(line, it) {
		p.storeWide(it, line)
		return
	}
	aux, flags := it.target, it.flags()
	if it.unique.n > 0 {
		aux, flags = it.unique, flags|flagUnique
	}
	p.recs = append(p.recs, record{
		sec: it.sec, size: it.size, line: uint32(at),
		name: uint16(it.name.at), nameLen: uint16(it.name.n),
		aux: uint16(aux.at), auxLen: uint16(aux.n),
		owner: uint16(it.owner.at), ownerLen: uint8(it.owner.n),
		group: uint16(it.group.at), groupLen: uint8(it.group.n),
		perm: uint8(it.perm.at), permLen: uint8(it.perm.n),
		mode: it.mode, flags: flags,
	})
}

func (p *parser) storeWide(it *item, line string) {
	e := p.entry(it, line)
	if !p.lastDecoded {
		p.info.BadText++
	}
	p.recs = append(p.recs, record{line: uint32(len(p.wide)), flags: flagWide})
	p.wide = append(p.wide, e)
}

// entry builds the whole entry of an item, with its words decoded.
func (p *parser) entry(it *item, line string) vfs.Entry {
	e := vfs.Entry{
		Kind: it.kind, Size: it.size, SizeRough: it.rough, Prec: it.prec, UTC: it.utc,
		Perm: it.perm.of(line), Unique: it.unique.of(line), Facts: factsOf(line, it.facts),
	}
	raw := it.text
	if raw == "" {
		raw = it.name.of(line)
	}
	e.Name, p.lastDecoded = p.decode(raw)
	if e.Name != raw {
		e.Raw = raw
	}
	e.Owner, _ = p.decode(it.owner.of(line))
	e.Group, _ = p.decode(it.group.of(line))
	e.Target, _ = p.decode(it.target.of(line))
	if it.prec != vfs.NoTime {
		e.ModTime = instant(it.sec, it.nsec, e, p.now.loc)
	}
	if it.hasMode {
		e.Mode, e.HasMode = fileMode(it.mode), true
	}
	return e
}
