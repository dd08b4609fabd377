package listing

import (
	"strings"
)

// verdict is what a dialect says of a line.
type verdict int8

const (
	vNo     verdict = iota // not of this dialect
	vMore                  // the next line may belong to it
	vNoise                 // known to mean nothing: a heading, a sum
	vWeak                  // an entry, by a loose reading
	vStrong                // an entry, without doubt
)

// points weigh a dialect's claims while the format is decided.
func (v verdict) points() int {
	switch v {
	case vStrong:
		return 4
	case vWeak, vNoise:
		return 1
	}
	return 0
}

// dialect is a reader of one family of formats. read takes a line without its
// end (or several, where it answered vMore before), keeps nothing of it, and
// fills in the item, whose spans lie in the line.
type dialect struct {
	name string
	read func(p *parser, line string, it *item) verdict
}

var (
	dialectMLSD = &dialect{"mlsd", readMLSD}
	dialectNLST = &dialect{"nlst", readNLST}
	dialectUnix *dialect
)

// dialects of LIST; where two know equally many lines the first one is taken.
var dialects []*dialect

func init() {
	dialectUnix = &dialect{"unix", readUnix}
	dialects = []*dialect{
		{"eplf", readEPLF},
		dialectMLSD,
		dialectUnix,
		{"dos", readDOS},
		{"vms", readVMS},
		{"mvs", readMVS},
		{"pds", readPDS},
		{"jes", readJES},
		{"os400", readOS400},
		{"nonstop", readNonStop},
		{"vm", readVM},
		{"os2", readOS2},
		{"vxworks", readVxWorks},
		{"os9", readOS9},
		{"attributes first", readAttributesFirst},
		{"name first", readNameFirst},
	}
}

// decide finds out the format from the first lines. It answers false while
// there are too few of them to tell; rows are then shown as they seem to be, and
// read anew once the window is full.
func (p *parser) decide(paused, eof bool) (bool, error) {
	if strings.IndexByte(p.text[p.scan:p.fill], '\n') < 0 && !eof && p.fill-p.start <= windowBytes {
		p.scan = p.fill
		return false, nil
	}
	lines, n, full := p.window(eof)
	if !full && (!paused || p.sink == nil || p.o.Anew == nil) {
		return false, nil
	}
	doubled := doubledCR(lines)
	p.lay.doubleCR = doubled
	for i := range lines {
		lines[i] = p.trimCR(lines[i])
	}
	d, lay := p.best(lines, full)
	lay.doubleCR = doubled
	if full {
		p.remake(nil)
		p.adopt(d, lay, n)
		return true, nil
	}
	p.lay = newLayout()
	p.scan = p.fill
	if d == nil || lay.needsMore() {
		return false, nil
	}
	return false, p.showWindow(d, lay, n)
}

// adopt begins to read by what the first n lines showed.
func (p *parser) adopt(d *dialect, lay layout, n int) {
	if d == nil {
		d, lay = dialectNone, newLayout()
	}
	p.d, p.lay = d, lay
	p.forced = p.nlst() || p.mlsd() && d == dialectMLSD
	p.learnFrom = n
	p.scan = p.start
}

// showWindow hands over the rows of a window that is not full yet.
func (p *parser) showWindow(d *dialect, lay layout, n int) error {
	first := *p
	first.kept, first.sink, first.onLine = nil, nil, nil
	first.adopt(d, lay, n)
	first.newChunk(p.fill - p.start)
	for first.next(false) {
	}
	first.bank()
	p.remake(first.kept)
	return p.tell()
}

// window returns the lines at hand, with their carriage returns, and how many
// they are with those that are too long to tell anything. It is full when more
// lines would not be looked at.
func (p *parser) window(eof bool) (lines []string, n int, full bool) {
	rest := p.text[p.start:p.fill]
	n = p.line // lines that were passed over already
	for size := 0; n < windowLines && size < windowBytes; n++ {
		i := strings.IndexByte(rest, '\n')
		if i < 0 {
			if eof && rest != "" {
				lines = append(lines, rest)
				n++
			}
			return lines, n, eof || len(rest) > windowBytes
		}
		switch tooLong := i > p.o.MaxLine; {
		case i > windowBytes && (!tooLong || len(lines) > 0):
			return lines, n, true
		case !tooLong:
			lines = append(lines, rest[:i])
			size += i
		}
		rest = rest[i+1:]
	}
	return lines, n, true
}

// doubledCR reports that the server doubles its carriage returns. One line alone
// may as well be a name that ends in one.
func doubledCR(lines []string) bool {
	for _, s := range lines {
		if !strings.HasSuffix(s, "\r\r") {
			return false
		}
	}
	return len(lines) > 1
}

// best returns the dialect that knows most of the lines, nil where none knows
// any. What only knows headings and sums is none until the window is full.
func (p *parser) best(lines []string, full bool) (*dialect, layout) {
	var best *dialect
	bestLay, bestPoints, rows := newLayout(), 0, 0
	p.scoring = true
	defer func() { p.scoring = false }()
	for _, d := range dialects {
		n, entries, lay := p.score(d, lines)
		if (entries > 0) == (rows > 0) && n > bestPoints || rows == 0 && entries > 0 {
			best, bestLay, bestPoints, rows = d, lay, n, entries
		}
	}
	if rows == 0 && !full {
		best = nil
	}
	switch {
	case p.mlsd():
		if n, _, lay := p.score(dialectMLSD, lines); n > 0 {
			return dialectMLSD, lay
		}
	case p.nlst():
		// A long listing in answer to NLST is read as such, if it is one throughout.
		common := countCommon(p, lines)
		if common == len(lines) && !full {
			return nil, newLayout() // not yet a name
		}
		if rows == 0 || bestPoints < vStrong.points()*(len(lines)-common) {
			return dialectNLST, newLayout()
		}
	}
	return best, bestLay
}

func countCommon(p *parser, lines []string) (n int) {
	for _, s := range lines {
		if s == "" || p.commonLine(s) != vMore {
			n++
		}
	}
	return n
}

// score adds up what a dialect makes of the lines.
func (p *parser) score(d *dialect, lines []string) (points, entries int, lay layout) {
	p.lay = newLayout()
	var it item
	for i := 0; i < len(lines); i++ {
		if lines[i] == "" {
			continue
		}
		it = item{size: -1}
		v := d.read(p, lines[i], &it)
		for k := 1; v == vMore && k <= maxHeld && i+k < len(lines); k++ {
			it = item{size: -1}
			joined := strings.Join(lines[i:i+k+1], "\n")
			if v = d.read(p, joined, &it); v >= vWeak {
				i += k
			}
		}
		points += v.points()
		if v >= vWeak {
			entries++
		}
	}
	return points, entries, p.lay
}
