package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// next reads one line; false: there is no whole one.
func (p *parser) next(eof bool) bool {
	if p.done >= learnBytes && !p.frozen && !p.rereading && p.held == 0 {
		p.freeze()
	}
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
	if p.retries < maxRetries && p.strong < sureRows && !p.rereading && !p.frozen && !p.forced {
		p.retries++
		if p.outdone(s) {
			p.it = item{size: -1}
			v = p.d.read(p, s, &p.it)
		}
	}
	return v
}

// rival is another dialect, and what it makes of the lines that the decided one
// does not know.
type rival struct {
	points int
	lay    layout
	part   string // what it takes for the first lines of an entry
	next   int    // the line that must follow
}

// outdone counts which other dialects know a line that the decided one does not,
// and changes over to one that knows more lines.
func (p *parser) outdone(s string) bool {
	why, lay := p.why, p.lay
	p.scoring = true
	defer func() { p.why, p.scoring = why, false }()
	for _, d := range dialects {
		if d == p.d {
			continue
		}
		r := p.rivals[d]
		if r == nil {
			r = &rival{lay: newLayout()}
		}
		p.lay = r.lay
		v := p.readFor(d, r, s)
		r.lay = p.lay
		p.lay = lay
		if v < vWeak && v != vMore {
			continue
		}
		if p.rivals == nil {
			p.rivals = map[*dialect]*rival{}
		}
		p.rivals[d] = r
		if r.points += v.points(); r.points > p.points {
			r.lay.doubleCR = lay.doubleCR
			p.d, p.lay, p.points, p.strong = d, r.lay, r.points, 0
			p.rivals = nil
			p.changes++
			return true
		}
	}
	return false
}

// readFor reads a line in a rival's dialect, behind those that it awaits more of.
func (p *parser) readFor(d *dialect, r *rival, s string) verdict {
	lines, v := s, vNo
	if at := p.line + p.held + 1; r.part != "" && r.next == at {
		lines = r.part + "\n" + s
		v = d.read(p, lines, &item{size: -1})
	}
	if v == vNo {
		lines = s
		v = d.read(p, s, &item{size: -1})
	}
	r.part = ""
	if v == vMore && len(lines) < maxRawKept {
		r.part, r.next = strings.Clone(lines), p.line+p.held+2
	}
	return v
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
		if !p.rereading {
			p.points += v.points()
			if v == vStrong {
				p.strong++
			}
		}
		class = p.accept(s, first)
	case vNo, vMore:
		class = classUnread
		p.unread(vfs.Unread{Line: first, Raw: cut(s), Why: why})
	default:
		p.info.Noise += p.held + 1
	}
	if why != WhyComplaint { // which stands anywhere among the lines of a listing
		p.afterBlank = v == vNoise && strings.TrimLeft(s, " \t") == ""
	}
	if p.onLine != nil {
		p.onLine(class, p.text[p.start:after])
	}
	p.held = 0
	p.done += int64(after - p.start)
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
