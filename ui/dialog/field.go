package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/edit"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// field is a label and a line of editable text.
type field struct {
	label string
	in    edit.Line
	hint  string // shown while it is empty
	off   bool   // not open to the user now
	stem  int    // characters that are selected when it gets the focus, 0: all
	lw    int    // columns of the label, set by align

	completion
}

func (p *field) value() string { return strings.TrimSpace(p.in.Value()) }
func (p *field) typing() bool  { return !p.off }
func (p *field) stops() int {
	if p.off {
		return 0
	}
	return 1
}

// entered selects what stands in the field, so that typing takes its place.
func (p *field) entered() {
	if p.stem > 0 {
		p.in.Select(p.stem)
		return
	}
	p.in.Select(-1)
}

func (p *field) key(_ int, k tea.KeyPressMsg) (bool, string) {
	switch k.String() {
	case "tab":
		if p.completes() {
			p.complete()
			return true, ""
		}
	case "right", "end", "ctrl+e", "ctrl+f":
		if g := p.rest(); g != "" {
			p.in.Set(p.in.Value() + g)
			return true, ""
		}
	}
	used := p.in.Key(k)
	if used {
		p.forget()
	}
	return used, ""
}

func (p *field) click(t *theme.Theme, _, x, _ int) string {
	p.in.Click(t.Method, x, t.Glyphs.Dot)
	return ""
}

func (p *field) draw(t *theme.Theme, w, focus int) drawn {
	lw := min(p.lw, w/2)
	label := ""
	if lw > 0 {
		label = t.Dim.Render(t.Method.Pad(p.label, lw)) + "  "
		lw += 2
	}
	fw := max(w-lw, 1)
	d := drawn{spots: []spot{{0, lw, 0, fw, 1}}}
	s, cx := p.in.View(t.Method, fw, t.Glyphs.Dot)
	style := t.Input
	if focus == 0 {
		style = t.InputFocus
	}
	switch {
	case p.off:
		d.spots = nil
		s = t.Dim.Render(t.Method.Pad(t.Method.Display("("+p.hint+")"), fw))
	case p.in.Empty() && p.hint != "":
		s = t.Dim.Render(t.Method.Pad(t.Method.Display("("+p.hint+")"), fw))
	case focus == 0 && p.rest() != "" && !p.in.Scrolled():
		v := strings.TrimRight(s, " ")
		if strings.HasSuffix(p.in.Value(), " ") {
			v = s[:len(s)-(fw-cx)]
		}
		s = style.Render(v) + t.Dim.Render(t.Method.Pad(t.Method.Display(p.rest()), fw-t.Method.Width(v)))
	case focus == 0 && p.in.Selected() > 0:
		sel, rest := t.Method.Split(s, p.in.SelectedWidth(t.Method, t.Glyphs.Dot))
		s = t.MenuSelected.Render(sel) + style.Render(rest)
	default:
		s = style.Render(s)
	}
	d.lines = []string{label + s}
	if focus == 0 {
		d.cursor, d.cx, d.cy = true, lw+cx, 0
		for _, l := range p.offer(t, fw) {
			d.lines = append(d.lines, text.Spaces(lw)+l)
		}
	}
	return d
}
