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
)

// dialects of LIST; where two know equally many lines the first one is taken.
var dialects []*dialect

func init() {
	dialects = []*dialect{
		{"eplf", readEPLF},
		dialectMLSD,
		{"unix", readUnix},
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
		{"name first", readNameFirst},
	}
}

// decide finds out the format from the first lines. It answers false while
// there are too few of them to tell and more may come at once; lines that no
// dialect knows are kept back, up to a window of them, and then unread.
func (p *parser) decide(paused, eof bool) bool {
	if strings.IndexByte(p.text[p.scan:p.fill], '\n') < 0 && !eof {
		p.scan = p.fill
		return false
	}
	lines := p.window(eof)
	full := len(lines) >= windowLines || p.fill-p.start >= windowBytes
	if !full && !paused && !eof {
		return false
	}
	doubled := doubledCR(lines)
	p.lay.doubleCR = doubled
	for i := range lines {
		lines[i] = p.trimCR(lines[i])
	}
	d, lay := p.best(lines, full || eof)
	if d == nil && (full || eof) {
		d, lay = dialectNone, newLayout()
	}
	if d == nil || (lay.needsMore() && !full && !eof) {
		return false
	}
	lay.doubleCR, lay.changed = doubled, false
	p.d, p.lay = d, lay
	p.learnFrom = p.line + len(lines)
	p.scan = p.start
	return true
}

// window returns the lines at hand, with their carriage returns.
func (p *parser) window(eof bool) []string {
	var lines []string
	rest := p.text[p.start:p.fill]
	for len(lines) < windowLines {
		i := strings.IndexByte(rest, '\n')
		if i < 0 {
			if eof && rest != "" {
				lines = append(lines, rest)
			}
			break
		}
		lines = append(lines, rest[:i])
		rest = rest[i+1:]
	}
	return lines
}

func doubledCR(lines []string) bool {
	for _, s := range lines {
		if !strings.HasSuffix(s, "\r\r") {
			return false
		}
	}
	return len(lines) > 0
}

// best returns the dialect that knows most of the lines, nil where none knows any.
func (p *parser) best(lines []string, eof bool) (*dialect, layout) {
	var best *dialect
	bestLay, bestPoints := newLayout(), 0
	p.scoring = true
	defer func() { p.scoring, p.lay = false, bestLay }()
	for _, d := range dialects {
		if n, entries, lay := p.score(d, lines); n > bestPoints && (entries > 0 || !p.nlst()) {
			best, bestLay, bestPoints = d, lay, n
		}
	}
	switch {
	case p.mlsd():
		if n, _, lay := p.score(dialectMLSD, lines); n > 0 {
			bestLay = lay
			return dialectMLSD, lay
		}
	case p.nlst():
		// A long listing in answer to NLST is read as such, if it is one throughout.
		common := countCommon(p, lines)
		if common == len(lines) && !eof {
			return nil, bestLay // not yet a name
		}
		if best != nil && bestPoints >= vStrong.points()*(len(lines)-common) {
			return best, bestLay
		}
		bestLay = newLayout()
		return dialectNLST, bestLay
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

// layout is what is learned of a listing's columns and date order.
type layout struct {
	doubleCR bool
	changed  bool // what was learned contradicts what earlier lines were read with

	unixGutter, unixLines int // smallest number of blanks before the name
	dosDir, dosFile       int
	order                 orderSet
	orderUsed             dateOrder
	orderSet              bool
}

func newLayout() layout {
	return layout{unixGutter: 1 << 20, dosDir: 1 << 20, dosFile: 1 << 20, order: anyOrder}
}

// needsMore reports that one more line would help: a single row with several
// blanks before its name may be a wide column or a name that begins with blanks.
func (l *layout) needsMore() bool {
	return l.unixLines == 1 && l.unixGutter > 1 && l.unixGutter < 1<<20
}

// unixName tells how many of the blanks before a name belong to the column: the
// fewest that any line has, but one where a single line is all there is.
func (p *parser) unixName(blanks int) int {
	l := &p.lay
	was := l.gutter()
	if p.scoring || p.line >= p.learnFrom {
		l.unixLines++
	}
	if blanks < l.unixGutter {
		l.unixGutter = blanks
	}
	now := l.gutter()
	if was != now {
		l.changed = true
	}
	return min(now, blanks)
}

func (l *layout) gutter() int {
	if l.unixLines < 2 {
		return 1
	}
	return l.unixGutter
}

// column does the same for a DOS listing, where even a single line tells.
func (p *parser) column(col *int, blanks int) int {
	if blanks < *col {
		p.lay.changed = *col < 1<<20
		*col = blanks
	}
	return *col
}
