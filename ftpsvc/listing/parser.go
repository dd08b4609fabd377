package listing

import (
	"context"
	"io"
	"strings"
	"unsafe"

	"ferry/ftpsvc/vfs"
)

const (
	firstBlock  = 4 << 10
	lastBlock   = 256 << 10
	windowLines = 64       // lines that are looked at to know the format
	windowBytes = 32 << 10 // or this much of them
	maxHeld     = 3        // lines that may make up one entry
	maxRetries  = 10000    // unread lines that are offered to the other dialects
)

// parser reads one listing. It is used by one goroutine.
type parser struct {
	o   Options
	now clock
	// sink takes each finished chunk; nil while Parse keeps them in kept.
	sink func(*chunk) error
	kept []*chunk
	// onLine is told what became of each line's bytes; for tests.
	onLine  func(class lineClass, raw string)
	onAgain func()

	// The block being filled: text[:fill] was read, text[:start] is done with,
	// text[start:scan] holds no line end that was not looked at.
	buf  []byte
	text string
	// text[:base] is not part of any line.
	base              int
	start, scan, fill int
	skipping          bool // within a line longer than MaxLine
	blockLine         int  // number of lines before the block
	blocks            []block
	total             int64

	// The chunk being filled.
	recs    []record
	wide    []vfs.Entry
	avgLine int

	d           *dialect // nil until decided
	lay         layout
	held        int // lines before the current one that may belong to it
	points      int // for the decided dialect
	rivals      map[*dialect]int
	retries     int
	switched    bool
	prefix      string
	prefixKnown bool
	learnFrom   int // line from which on the columns are learned
	scoring     bool
	lastDecoded bool
	why         string            // of the last line that a dialect refused
	heading     bool              // a heading of ls -R was seen
	foreign     bool              // the lines are now of another folder (ls -R)
	links       map[string]string // targets by unique fact
	keys        []factKey

	line    int
	info    vfs.ListInfo
	over    []vfs.Unread // lines longer than MaxLine; they are not in a block
	tooLong int          // how many of them there were
	it      item
}

// block is text that was read, kept while Parse may have to read it again.
type block struct {
	text string
	line int // number of lines before it
}

type lineClass uint8

const (
	classEntry lineClass = iota
	classNoise
	classUnread
)

const whyLong = "line too long"

func newParser(o Options) *parser {
	p := &parser{o: o.withDefaults(), avgLine: 48}
	p.now = newClock(p.o.Now, p.o.Location)
	p.lay = newLayout()
	return p
}

func (p *parser) nlst() bool { return strings.HasPrefix(p.o.Command, "NLST") }
func (p *parser) mlsd() bool { return strings.HasPrefix(p.o.Command, "MLS") }

// run reads r to its end.
func (p *parser) run(ctx context.Context, r io.Reader) error {
	p.newBlock(firstBlock)
	for idle := 0; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if p.fill == len(p.buf) {
			if err := p.makeRoom(); err != nil {
				return err
			}
		}
		room := len(p.buf) - p.fill
		n, err := r.Read(p.buf[p.fill:])
		p.fill += n
		p.total += int64(n)
		if n > 0 {
			idle = 0
		} else if idle++; err == nil && idle > 100 {
			err = io.ErrNoProgress
		}
		paused := n < room || err != nil
		if err != nil && err != io.EOF {
			p.cutOff()
		}
		p.step(paused, err != nil)
		if paused || len(p.recs) >= p.o.BatchSize {
			if e := p.flush(); e != nil {
				return e
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case p.total > p.o.MaxBytes:
			return ErrTooLong
		}
	}
}

// cutOff makes the unfinished line of a broken listing unread: it may be half a name.
func (p *parser) cutOff() {
	whole := strings.LastIndexByte(p.text[:p.fill], '\n') + 1
	if p.skipping || max(whole, p.start) == p.fill {
		return
	}
	whole = max(whole, p.start)
	part := p.text[whole:p.fill]
	p.over = append(p.over, vfs.Unread{Line: p.line + strings.Count(p.text[p.start:whole], "\n") + 1, Raw: cut(part), Why: "cut off"})
	p.tooLong++
	p.unread(p.over[len(p.over)-1])
	p.fill = whole
	p.scan = min(p.scan, whole)
}

func (p *parser) newBlock(size int) {
	p.buf = make([]byte, size)
	p.text = unsafe.String(&p.buf[0], size)
	p.recs = make([]record, 0, size/p.avgLine+size/(p.avgLine*16)+8)
	p.wide = nil
}

// makeRoom starts a new block with the unfinished line of the full one.
func (p *parser) makeRoom() error {
	if err := p.flush(); err != nil {
		return err
	}
	if p.skipping { // nothing points into this block
		p.base, p.start, p.scan, p.fill = 0, 0, 0, 0
		return nil
	}
	old := p.buf[p.start:p.fill]
	long := len(old) > p.o.MaxLine && strings.IndexByte(p.text[p.start:p.fill], '\n') < 0
	if long {
		p.skipLong(string(old))
		old = nil
	}
	p.retire()
	if n := p.line - p.blockLine; n > 0 && !long {
		p.avgLine = max((p.start-p.base)/n, 8)
	}
	p.blockLine = p.line
	p.newBlock(max(min(len(p.buf)*4, lastBlock), 2*len(old)))
	copy(p.buf, old)
	p.scan = max(p.scan-p.start, 0)
	p.fill = len(old)
	p.base, p.start = 0, 0
	if long {
		p.scan = 0
	}
	return nil
}

// skipLong makes the line that is too long unread; its bytes are dropped.
func (p *parser) skipLong(part string) {
	if !p.skipping {
		p.line++
		p.tooLong++
		u := vfs.Unread{Line: p.line, Raw: cut(part), Why: whyLong}
		if len(p.over) < vfs.MaxUnread {
			p.over = append(p.over, u)
		}
		p.unread(u)
	}
	if p.onLine != nil {
		p.onLine(classUnread, part)
	}
	p.skipping, p.held = true, 0
}

func cut(s string) string { return strings.Clone(s[:min(len(s), maxRawKept)]) }

// retire keeps the finished part of the block for a second reading.
func (p *parser) retire() {
	if p.sink == nil && p.start > p.base {
		p.blocks = append(p.blocks, block{p.text[p.base:p.start], p.blockLine})
	}
}

// flush hands over the entries read since the last time.
func (p *parser) flush() error {
	n := len(p.recs)
	if n == 0 {
		return nil
	}
	c := &chunk{text: p.text, recs: p.recs[:n:n], wide: p.wide}
	p.recs, p.wide = p.recs[n:], nil
	if p.sink == nil {
		p.kept = append(p.kept, c)
		return nil
	}
	return p.sink(c)
}

// step reads the lines that are whole. paused says that no more bytes are at
// hand for the moment, eof that none will come.
func (p *parser) step(paused, eof bool) {
	if p.skipping && !p.skip() {
		return
	}
	if p.d == nil && !p.decide(paused, eof) {
		return
	}
	for p.next(eof) {
	}
}

// skip drops the rest of a line that is too long; false: there is more of it.
func (p *parser) skip() bool {
	part := p.text[p.start:p.fill]
	i := strings.IndexByte(part, '\n')
	if i < 0 {
		p.skipLong(part)
		p.start, p.scan = p.fill, p.fill
		return false
	}
	p.skipLong(part[:i+1])
	p.skipping = false
	p.start += i + 1
	p.scan, p.base, p.blockLine = p.start, p.start, p.line
	return true
}

// next reads one line; false: there is no whole one.
func (p *parser) next(eof bool) bool {
	i := strings.IndexByte(p.text[p.scan:p.fill], '\n')
	end, after := p.scan+i, p.scan+i+1
	if i < 0 {
		if p.scan = p.fill; !eof || p.start == p.fill {
			return false
		}
		end, after = p.fill, p.fill
	}
	s := p.trimCR(p.text[p.start:end])
	if len(s) > p.o.MaxLine && p.held == 0 {
		p.take(vNo, whyLong, s, after)
		return true
	}
	v := p.read(s)
	if v == vMore && p.held < maxHeld && (after < p.fill || !eof) {
		p.held++
		p.scan = after
		return true
	}
	if v == vMore {
		v = vNo
	}
	if v == vNo && p.held > 0 { // the first of the lines stands alone
		after = p.start + strings.IndexByte(p.text[p.start:], '\n') + 1
		s = p.trimCR(p.text[p.start : after-1])
		p.take(vNo, "entry cut short", s, after)
		return true
	}
	p.take(v, p.why, s, after)
	return true
}

// trimCR takes the carriage return of the line end off, and a second one where
// the server doubles them throughout.
func (p *parser) trimCR(s string) string {
	if n := len(s); n > 0 && s[n-1] == '\r' {
		s = s[:n-1]
		if p.lay.doubleCR && n > 1 && s[n-2] == '\r' {
			s = s[:n-2]
		}
	}
	return s
}

// read asks the decided dialect about a line and, when it does not know it,
// whether another one is better.
func (p *parser) read(s string) verdict {
	if s == "" {
		return vNoise
	}
	p.why = ""
	p.it = item{size: -1}
	v := p.d.read(p, s, &p.it)
	if v != vNo {
		return v
	}
	if common := p.commonLine(s); common != vMore {
		return common
	}
	if p.retries < maxRetries {
		p.retries++
		if p.rival(s) {
			p.it = item{size: -1}
			v = p.d.read(p, s, &p.it)
		}
	}
	return v
}

// rival counts which other dialects know a line that the decided one does not,
// and changes over to one that knows more lines.
func (p *parser) rival(s string) bool {
	why := p.why
	p.scoring = true
	defer func() { p.why, p.scoring = why, false }()
	for _, d := range dialects {
		if d == p.d {
			continue
		}
		var it item
		lay := p.lay
		v := d.read(p, s, &it)
		p.lay = lay
		if v < vWeak {
			continue
		}
		if p.rivals == nil {
			p.rivals = map[*dialect]int{}
		}
		p.rivals[d] += v.points()
		if p.rivals[d] > p.points {
			p.points = p.rivals[d]
			p.rivals = nil
			p.d, p.switched = d, true
			return true
		}
	}
	return false
}

// take books a line that ends before text[after].
func (p *parser) take(v verdict, why, s string, after int) {
	first := p.line + 1
	p.line += p.held + 1
	if v == vNo && p.held > 0 {
		p.line = first
	}
	class := classNoise
	switch v {
	case vWeak, vStrong:
		p.points += v.points()
		class = p.accept(s, first)
	case vNo, vMore:
		class = classUnread
		p.unread(vfs.Unread{Line: first, Raw: cut(s), Why: why})
	default:
		p.info.Noise += p.held + 1
	}
	if p.onLine != nil {
		p.onLine(class, p.text[p.start:after])
	}
	p.held = 0
	p.start, p.scan = after, after
}

func (p *parser) unread(u vfs.Unread) {
	p.info.Unknown++
	if u.Why == "" {
		u.Why = "unknown format"
	}
	if len(p.info.Unread) < vfs.MaxUnread {
		p.info.Unread = append(p.info.Unread, u)
	}
}

func (p *parser) accept(s string, line int) lineClass {
	if p.foreign {
		p.unread(vfs.Unread{Line: line, Raw: cut(s), Why: "entry of another folder"})
		return classUnread
	}
	if p.linkTarget(&p.it, s) {
		p.info.Noise++
		return classNoise
	}
	why, skip := p.checkName(&p.it, s)
	switch {
	case skip:
		p.info.Noise++
		return classNoise
	case why != "":
		p.unread(vfs.Unread{Line: line, Raw: cut(s), Why: why})
		return classUnread
	}
	p.noteLink(&p.it, s)
	p.store(&p.it, s, p.start)
	return classEntry
}

func (p *parser) finalInfo() vfs.ListInfo {
	i := p.info
	i.Command = p.o.Command
	i.Dir = p.o.Dir
	if p.d != nil {
		i.Format = p.d.name
	}
	return i
}
