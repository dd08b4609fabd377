package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/edit"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// part is a piece of a dialog's body, one below the other.
type part interface {
	// draw returns lines of at most w columns; focus is the stop of it that has
	// the focus, -1 for none.
	draw(t *theme.Theme, w, focus int) drawn
	stops() int
	// key reports whether the key was used, and the choice made with it.
	key(i int, k tea.KeyPressMsg) (used bool, choice string)
	// click is a press at column x of the spot of stop i, row y of the part.
	click(t *theme.Theme, i, x, y int) (choice string)
}

// drawn is a part's lines and where in them its stops are.
type drawn struct {
	lines     []string
	spots     []spot
	cursor    bool
	cx, cy    int
	droppable bool // may be left out where rows are short
}

// spot is the cells of a stop: w columns from x, h rows from y.
type spot struct{ stop, x, y, w, h int }

// still is a part without stops.
type still struct{}

func (still) stops() int                               { return 0 }
func (still) key(int, tea.KeyPressMsg) (bool, string)  { return false, "" }
func (still) click(*theme.Theme, int, int, int) string { return "" }

// role is what a piece of text means.
type role uint8

const (
	plain role = iota
	dim
	strong
	good
	warning
	failure
)

func (r role) style(t *theme.Theme) theme.Style {
	switch r {
	case dim:
		return t.Dim
	case strong:
		return t.Strong
	case good:
		return t.OK
	case warning:
		return t.Warn
	case failure:
		return t.Error
	}
	return t.Text
}

// gap is an empty line.
type gap struct{ still }

func (gap) draw(*theme.Theme, int, int) drawn { return drawn{lines: []string{""}, droppable: true} }

// words is text that wraps. It need not be safe to draw.
type words struct {
	still
	text string
	role role
}

func (p *words) draw(t *theme.Theme, w, _ int) drawn {
	var out []string
	if p.text == "" {
		return drawn{}
	}
	for _, line := range strings.Split(p.text, "\n") {
		for _, s := range t.Method.Wrap(t.Method.Display(line), w) {
			out = append(out, p.role.style(t).Render(t.Method.Cut(s, w)))
		}
	}
	return drawn{lines: out}
}

// name is one line with a name in it, cut in the middle.
type name struct {
	still
	text string
	role role
}

func (p *name) draw(t *theme.Theme, w, _ int) drawn {
	return drawn{lines: []string{p.role.style(t).Render(t.Method.CutMiddle(t.Method.Display(p.text), w))}}
}

// pairs is rows of a label and a value, the labels one column wide.
type pairs struct {
	still
	rows []pair
}

type pair struct {
	label, value string
	role         role
	wrap         bool // show all of it on more lines, never cut

	short string // in place of a value that would be cut, "" for none
}

func (p *pairs) draw(t *theme.Theme, w, _ int) drawn {
	lw := 0
	for _, r := range p.rows {
		lw = max(lw, t.Method.Width(r.label))
	}
	lw = min(lw, w/2)
	vw := max(w-lw-2, 1)
	var out []string
	for _, r := range p.rows {
		v := t.Method.Display(r.value)
		if r.short != "" && t.Method.Width(v) > vw {
			v = r.short
		}
		vs := []string{t.Method.CutMiddle(v, vw)}
		if r.wrap {
			vs = hardWrap(t.Method, v, vw)
		}
		label := t.Method.Pad(r.label, lw)
		for _, v := range vs {
			out = append(out, t.Dim.Render(label)+"  "+r.role.style(t).Render(v))
			label = text.Spaces(lw)
		}
	}
	return drawn{lines: out}
}

// hardWrap breaks after any character: for fingerprints and paths.
func hardWrap(m text.Method, s string, w int) []string {
	var out []string
	line, used := "", 0
	for _, c := range edit.Clusters(s) {
		n := m.Width(c)
		if used+n > w && line != "" {
			out = append(out, line)
			line, used = "", 0
		}
		line += c
		used += n
	}
	return append(out, line)
}

// option is one of a choice.
type option struct{ value, label string }

// choice is a label and one of some options, changed with Left, Right, Space
// or the first letter.
type choice struct {
	label   string
	options []option
	at      int
	off     bool
	lw      int
}

func (p *choice) value() string { return p.options[p.at].value }
func (p *choice) set(v string) *choice {
	for i, o := range p.options {
		if o.value == v {
			p.at = i
			return p
		}
	}
	p.options = append(p.options, option{v, v})
	p.at = len(p.options) - 1
	return p
}
func (p *choice) stops() int {
	if p.off {
		return 0
	}
	return 1
}

func (p *choice) key(_ int, k tea.KeyPressMsg) (bool, string) {
	n := len(p.options)
	switch k.String() {
	case "right", "space":
		p.at = (p.at + 1) % n
		return true, ""
	case "left", "backspace":
		p.at = (p.at + n - 1) % n
		return true, ""
	}
	if k.Mod&^tea.ModShift != 0 || k.Text == "" {
		return false, ""
	}
	for i := 1; i <= n; i++ {
		o := p.options[(p.at+i)%n]
		if strings.HasPrefix(strings.ToLower(o.label), strings.ToLower(k.Text)) {
			p.at = (p.at + i) % n
			return true, ""
		}
	}
	return false, ""
}

func (p *choice) click(_ *theme.Theme, _, x, _ int) string {
	step := 1
	if x < 2 {
		step = len(p.options) - 1
	}
	p.at = (p.at + step) % len(p.options)
	return ""
}

func (p *choice) draw(t *theme.Theme, w, focus int) drawn {
	lw := min(p.lw, w/2)
	label := ""
	if lw > 0 {
		label = t.Dim.Render(t.Method.Pad(p.label, lw)) + "  "
		lw += 2
	}
	v := "<" + " " + t.Method.Cut(t.Method.Display(p.options[p.at].label), max(w-lw-4, 1)) + " " + ">"
	look := t.Text
	switch {
	case p.off:
		look = t.Dim
	case focus == 0:
		look = t.ButtonFocus
	}
	d := drawn{lines: []string{label + look.Render(v)}}
	if !p.off {
		d.spots = []spot{{0, lw, 0, t.Method.Width(v), 1}}
	}
	return d
}

// toggle is a box to tick.
type toggle struct {
	label  string
	letter rune
	on     bool
	off    bool   // cannot be changed
	why    string // and why
}

func (p *toggle) stops() int {
	if p.off {
		return 0
	}
	return 1
}

func (p *toggle) key(_ int, k tea.KeyPressMsg) (bool, string) {
	if k.String() == "space" {
		p.on = !p.on
		return true, ""
	}
	return false, ""
}

func (p *toggle) hot(r rune, fold bool) (bool, string) {
	if p.letter == 0 || p.off || !same(r, p.letter, fold) {
		return false, ""
	}
	p.on = !p.on
	return true, ""
}

func (p *toggle) click(*theme.Theme, int, int, int) string {
	p.on = !p.on
	return ""
}

func (p *toggle) draw(t *theme.Theme, w, focus int) drawn {
	mark := "[ ] "
	if p.on {
		mark = "[x] "
	}
	s := mark + p.label
	if p.letter != 0 {
		s += " (" + string(p.letter) + ")"
	}
	look := t.Text
	switch {
	case p.off:
		look = t.Dim
		if p.why != "" {
			s += ": " + t.Method.Display(p.why)
		}
	case focus == 0:
		look = t.ButtonFocus
	}
	s = t.Method.Cut(s, w)
	return drawn{lines: []string{look.Render(s)}, spots: []spot{{0, 0, 0, t.Method.Width(s), 1}}}
}
