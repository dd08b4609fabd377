package dialog

import (
	"strings"
	"unicode/utf8"

	"ferry/ui/text"
	"ferry/ui/theme"
)

// completion offers ends of what is typed into a field. The first one is shown
// behind the cursor, where Right takes it; Tab goes as far as all agree and
// lists them.
type completion struct {
	// ghost tells what the typed text may become, each beginning with it; nil
	// for nothing known yet. A nil func: the field completes nothing.
	ghost  func(string) []string
	eager  bool     // Tab completes what nobody has changed yet, too
	listed []string // what Tab found where there is more than one
	said   string   // or why it did nothing
	waits  bool     // Tab was pressed before anything was known
}

// completes reports whether Tab completes instead of going to the next field.
func (p *field) completes() bool {
	return p.ghost != nil && !p.off && (p.eager || p.in.Selected() == 0)
}

// fits are the longer texts that v may become; known is false for nothing known yet.
func (p *field) fits(v string) (out []string, known bool) {
	all := p.ghost(v)
	for _, s := range all {
		if len(s) > len(v) && strings.HasPrefix(s, v) {
			out = append(out, s)
		}
	}
	return out, all != nil
}

func (p *field) complete() {
	v := p.in.Value()
	p.forget()
	fits, known := p.fits(v)
	switch {
	case len(fits) > 0:
		p.in.Set(common(fits))
		if len(fits) > 1 {
			head := strings.LastIndexByte(v, '/') + 1
			for _, s := range fits {
				p.listed = append(p.listed, s[head:])
			}
		}
	case known:
		p.said = "no folder begins like this"
	default:
		p.said, p.waits = "not read yet: completed as soon as it is", true
	}
}

// forget drops what Tab found.
func (p *completion) forget() { p.listed, p.said, p.waits = nil, "", false }

// common is what all begin with.
func common(all []string) string {
	c := all[0]
	for _, s := range all[1:] {
		n := 0
		for n < min(len(c), len(s)) && c[n] == s[n] {
			n++
		}
		c = c[:n]
	}
	for c != "" && c != all[0] && !utf8.ValidString(c) && utf8.ValidString(all[0]) { // half of a character
		c = c[:len(c)-1]
	}
	return c
}

// rest is what the first suggestion would add. A folder's own path suggests
// nothing, and neither does what typing would replace.
func (p *field) rest() string {
	v := p.in.Value()
	if p.ghost == nil || !p.in.AtEnd() || p.in.Selected() > 0 || v == "" || strings.HasSuffix(v, "/") {
		return ""
	}
	if fits, _ := p.fits(v); len(fits) > 0 {
		return fits[0][len(v):]
	}
	return ""
}

// offerRows is how many lines of suggestions are shown.
const offerRows = 3

// offer is what Tab found, in lines of at most w columns.
func (p *field) offer(t *theme.Theme, w int) []string {
	m := t.Method
	if p.said != "" {
		return []string{t.Warn.Render(m.Cut(p.said, w))}
	}
	var out []string
	line := ""
	for i, s := range p.listed {
		s = m.CutMiddle(m.Display(s), w)
		if line != "" && m.Width(line)+2+m.Width(s) > w {
			out, line = append(out, line), ""
			if len(out) == offerRows {
				out[offerRows-1] = m.Cut(out[offerRows-1], w-14) + "  and " + text.Count(int64(len(p.listed)-i)) + " more"
				break
			}
		}
		if line != "" {
			line += "  "
		}
		line += s
	}
	if line != "" {
		out = append(out, line)
	}
	for i, l := range out {
		out[i] = t.Dim.Render(m.Cut(l, w))
	}
	return out
}
