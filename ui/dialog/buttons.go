package dialog

import (
	"unicode"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/text"
	"ferry/ui/theme"
)

// button is one choice with the letter that makes it; an upper-case letter
// wants Shift, a lower-case one is taken either way.
type button struct {
	choice string
	label  string
	letter rune
	off    string // why it cannot be chosen now, "" when it can
	also   rune   // a second letter, not shown; 0 for none
}

// buttons are a dialog's choices, as many a row as fit, or cols of them.
type buttons struct {
	items []button
	cols  int
}

func (p *buttons) stops() int { return len(p.items) }

// step moves up and down in a grid of buttons.
func (p *buttons) step(i, rows int) (int, bool) {
	i += rows * max(p.cols, 1)
	if p.cols == 0 {
		return 0, false
	}
	return i, i >= 0 && i < len(p.items)
}

func (p *buttons) key(i int, k tea.KeyPressMsg) (bool, string) {
	switch k.String() {
	case "enter", "space":
		if p.items[i].off == "" {
			return true, p.items[i].choice
		}
		return true, ""
	}
	return false, ""
}

func (p *buttons) hot(r rune, fold bool) (bool, string) {
	for _, b := range p.items {
		if b.off == "" && (b.letter != 0 && same(r, b.letter, fold && unicode.IsLower(b.letter)) || b.also != 0 && same(r, b.also, fold)) {
			return true, b.choice
		}
	}
	return false, ""
}

func same(r, letter rune, fold bool) bool {
	return r == letter || fold && unicode.ToLower(r) == unicode.ToLower(letter)
}

// A click only shows which button is meant; it acts on release (Stack.Mouse).
func (p *buttons) click(_ *theme.Theme, i, _, _ int) string {
	if p.items[i].off != "" {
		return ""
	}
	return p.items[i].choice
}

// face is a button's text with its letter shown: [s]kip, si[z]e, Remember (Shift+R).
func (b button) face() string {
	switch {
	case b.letter == 0:
		return b.label
	case unicode.IsUpper(b.letter):
		return b.label + " (Shift+" + string(b.letter) + ")"
	}
	for i, r := range b.label {
		if unicode.ToLower(r) == b.letter {
			n := i + len(string(r))
			return b.label[:i] + "[" + b.label[i:n] + "]" + b.label[n:]
		}
	}
	return "[" + string(b.letter) + "] " + b.label
}

func (p *buttons) draw(t *theme.Theme, w, focus int) drawn {
	var d drawn
	cell := 0
	for _, b := range p.items {
		cell = max(cell, t.Method.Width(b.face())+3)
	}
	line, x, y := "", 0, 0
	for i, b := range p.items {
		s := " " + t.Method.Display(b.face()) + " "
		look := t.Button
		switch {
		case b.off != "":
			look = t.Dim
		case i == focus:
			look, s = t.ButtonFocus, t.Glyphs.Pick+s[1:]
		}
		s = t.Method.Cut(s, w)
		n := t.Method.Width(s)
		room := n
		if p.cols > 0 {
			room = min(cell, w/p.cols)
		}
		if x > 0 && (x+room > w || p.cols > 0 && i%p.cols == 0) {
			d.lines = append(d.lines, line)
			line, x = "", 0
			y++
		}
		d.spots = append(d.spots, spot{i, x, y, n, 1})
		line += look.Render(s)
		x += n
		pad := 1
		if p.cols > 0 {
			pad = max(room-n, 1)
		}
		if i < len(p.items)-1 {
			line += text.Spaces(min(pad, max(w-x, 0)))
			x += pad
		}
	}
	d.lines = append(d.lines, line)
	return d
}

func (p *buttons) choiceOf(i, _ int) string {
	if p.items[i].off != "" {
		return ""
	}
	return p.items[i].choice
}
