package dialog

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// CharsetChosen is the value of Charset.
type CharsetChosen struct {
	Charset  string
	Remember bool // for this server from now on
}

// Charset asks for a server's charset: the candidates at the left, the folder's
// names as each of them reads at the right. current is in use now. Value: CharsetChosen.
func Charset(samples []ftpsvc.CharsetSample, current string) *Dialog {
	p := &sampler{samples: telling(samples)}
	for i, s := range samples {
		if strings.EqualFold(s.Charset, current) {
			p.at = i
		}
	}
	keep := &toggle{label: "remember it for this server", letter: 'r', on: true}
	d := &Dialog{Name: "charset", title: "Charset of names", corner: current, width: 72, enter: "ok", parts: []part{p, gap{}, keep}}
	d.bar = &buttons{items: []button{{choice: "ok", label: "Use it", letter: 'u'}, {choice: cancelChoice, label: "Cancel"}}}
	d.done = func(string) (Value, error) {
		if len(p.samples) == 0 {
			return nil, nil
		}
		return CharsetChosen{p.samples[p.at].Charset, keep.on}, nil
	}
	return d
}

// telling puts the names first that read differently in different charsets:
// plain ASCII ones tell nothing.
func telling(samples []ftpsvc.CharsetSample) []ftpsvc.CharsetSample {
	tells := map[int]bool{}
	for _, s := range samples {
		for i, n := range s.Names {
			for j := range len(n) {
				tells[i] = tells[i] || n[j] >= 0x80
			}
		}
	}
	out := slices.Clone(samples)
	for k, s := range samples {
		names := make([]string, 0, len(s.Names))
		for _, first := range []bool{true, false} {
			for i, n := range s.Names {
				if tells[i] == first {
					names = append(names, n)
				}
			}
		}
		out[k].Names = names
	}
	return out
}

// sampler is a list of charsets beside the names they give.
type sampler struct {
	samples []ftpsvc.CharsetSample
	at, top int
	room    int
}

func (p *sampler) setRoom(n int)  { p.room = n }
func (p *sampler) stops() int     { return 1 }
func (p *sampler) moveTo(i int)   { p.at = max(min(i, len(p.samples)-1), 0) }
func (p *sampler) wheel(step int) { p.moveTo(p.at + step) }
func (p *sampler) height() int {
	names := 0
	for _, s := range p.samples {
		names = max(names, len(s.Names)+1)
	}
	return max(min(p.room, max(len(p.samples), names)), 1)
}

func (p *sampler) key(_ int, k tea.KeyPressMsg) (bool, string) {
	switch k.String() {
	case "up", "k":
		p.moveTo(p.at - 1)
	case "down", "j":
		p.moveTo(p.at + 1)
	case "home", "pgup":
		p.moveTo(0)
	case "end", "pgdown":
		p.moveTo(len(p.samples))
	case "enter":
		return true, "ok"
	default:
		return false, ""
	}
	return true, ""
}

func (p *sampler) click(_ *theme.Theme, _, _, y int) string {
	if i := p.top + y; i < len(p.samples) {
		p.at = i
	}
	return ""
}

func (p *sampler) draw(t *theme.Theme, w, focus int) drawn {
	h := p.height()
	p.moveTo(p.at)
	switch {
	case p.at < p.top:
		p.top = p.at
	case p.at >= p.top+h:
		p.top = p.at - h + 1
	}
	p.top = max(min(p.top, len(p.samples)-h), 0)
	m := t.Method
	lw := min(22, w/2)
	var names []string
	if len(p.samples) > 0 {
		names = p.samples[p.at].Names
		if bad := p.samples[p.at].Bad; bad > 0 {
			names = append([]string{text.Plural(int64(bad), "name does not fit this charset", "names do not fit this charset")}, names...)
		}
	}
	d := drawn{spots: []spot{{0, 0, 0, lw, max(h, 2)}}}
	for i := range h {
		left := ""
		if n := p.top + i; n < len(p.samples) {
			left = p.row(t, n, focus == 0, lw)
		}
		right := ""
		if i < len(names) {
			right = m.CutMiddle(m.Display(names[i]), max(w-lw-2, 1))
			if i == 0 && p.samples[p.at].Bad > 0 {
				right = t.Warn.Render(right)
			}
		}
		d.lines = append(d.lines, m.Pad(left, lw)+"  "+right)
	}
	return d
}

func (p *sampler) row(t *theme.Theme, n int, focused bool, w int) string {
	s := p.samples[n]
	sign := "  "
	if n == p.at {
		sign = t.Glyphs.Pick + " "
	}
	bad := ""
	if s.Bad > 0 {
		bad = " " + text.Count(int64(s.Bad)) + " bad"
	}
	line := sign + t.Method.Pad(t.Method.Display(s.Charset), max(w-2-len(bad), 1)) + bad
	switch {
	case n == p.at && focused:
		return t.MenuSelected.Render(line)
	case s.Bad > 0:
		return t.Dim.Render(line)
	}
	return t.Menu.Render(line)
}
