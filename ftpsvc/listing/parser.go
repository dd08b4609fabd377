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
	maxHeld     = 3        // lines that may make up one entry, beside the first
	maxRetries  = 10000    // unread lines that are offered to the other dialects
	sureRows    = 64       // rows read without doubt, after which the format stays
	learnBytes  = 16 << 20 // how far into a listing its format and columns are learned
)

// parser reads one listing. It is used by one goroutine.
type parser struct {
	o   Options
	now clock
	// sink takes chunks as they come; nil while Parse keeps them in kept.
	sink func(*chunk) error
	// onLine is told what became of each line's bytes; for tests.
	onLine  func(class lineClass, raw string)
	onAgain func()

	place
	buf      []byte // the block being filled
	skipping bool   // within a line longer than MaxLine
	blocks   []block
	total    int64
	avgLine  int

	story

	d       *dialect // nil until decided
	forced  bool     // the command leaves no other
	lay     layout
	points  int // for the decided dialect
	strong  int // rows that it read without doubt
	rivals  map[*dialect]*rival
	retries int
	// learnFrom is the line from which on columns are learned; those before
	// were looked at to decide.
	learnFrom int
	scoring   bool // lines are looked at to know the format
	rereading bool // lines are read once more
	changes   int  // how often rows read before turned out otherwise
	frozen    bool // learnBytes were read: what is known by now stays

	lastDecoded bool
	why         string // of the last line that a dialect refused
	keys        []factKey

	over    []vfs.Unread // lines longer than MaxLine; they are not in a block
	tooLong int          // how many of them there were
	it      item

	kept       []*chunk
	old        []*chunk // what was told of the rows that kept was made anew for
	told       int      // entries handed to sink
	toldChunks int      // the chunks of kept that they are in
	rebuilt    bool     // kept was made anew since
	shown      int      // changes that kept shows
	shownAt    int64    // bytes that there were then
}

// place is where in the listing the parser is.
type place struct {
	// text[:fill] of the block was read, text[:start] is done with,
	// text[start:scan] holds no line end that was not looked at.
	text string
	// text[:base] is not part of any line.
	base              int
	start, scan, fill int
	blockLine         int // number of lines before the block
	line              int
	held              int   // lines before the current one that may belong to it
	done              int64 // bytes of the lines that are done with
}

// story is what the lines read so far told; a second reading begins it anew.
type story struct {
	recs        []record // the chunk being filled
	wide        []vfs.Entry
	info        vfs.ListInfo
	prefix      string
	prefixKnown bool
	folder      string            // that a heading named
	heading     bool              // such a heading was seen
	foreign     bool              // the lines are now of another folder (ls -R)
	afterBlank  bool              // the line before was empty
	links       map[string]string // targets by unique fact
}

// block is text that was read, kept while it may have to be read again.
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
		if e := p.step(paused, err != nil); e != nil {
			return e
		}
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
	p.newChunk(size)
}

// newChunk makes room for the entries of a block.
func (p *parser) newChunk(size int) {
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
	p.done += int64(len(part))
	p.skipping, p.held = true, 0
}

func cut(s string) string { return strings.Clone(s[:min(len(s), maxRawKept)]) }

// retire keeps the finished part of the block for a second reading.
func (p *parser) retire() {
	if !p.frozen && p.start > p.base {
		p.blocks = append(p.blocks, block{p.text[p.base:p.start], p.blockLine})
	}
}

// step reads the lines that are whole. paused says that no more bytes are at
// hand for the moment, eof that none will come.
func (p *parser) step(paused, eof bool) error {
	if p.skipping && !p.skip() {
		return nil
	}
	if p.d == nil {
		if decided, err := p.decide(paused, eof); err != nil || !decided {
			return err
		}
	}
	for p.next(eof) {
	}
	return nil
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

func (p *parser) finalInfo() vfs.ListInfo {
	i := p.info
	i.Command = p.o.Command
	i.Dir = p.o.Dir
	if p.d != nil {
		i.Format = p.d.name
	}
	return i
}
