// Package dialog draws the boxes that ask and tell: one engine of a few kinds
// of field (text, password, choice, toggle, list), and a constructor for each
// dialog of ferry. A dialog knows nothing of transfers, files or servers. It
// takes values, and gives back one Answer:
//
//	Open(dialog) -> Stack.Key, Mouse, Paste -> Answer{Tag, Value} -> the root acts
//
// The safe choice has the focus, every choice has a letter, Esc cancels, and a
// dialog that opened by itself takes no key until the keyboard was quiet.
package dialog

import (
	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc/vfs"
)

// Dialog is one box. Make it with one of the constructors, show it with
// Stack.Open. It is used by one goroutine.
type Dialog struct {
	// Name says which dialog it is: "connect", "conflict" ...
	Name string
	// Tag is the opener's own note; the Answer brings it back.
	Tag any

	title  string
	corner string // right of the title
	width  int    // columns wanted between the borders
	alarm  bool   // drawn as a danger
	parts  []part
	bar    *buttons
	esc    string // what Esc does, "" for "cancel"
	enter  string // the choice that Enter makes in a text field; "": the first button
	focus  int    // index of the stop that has the focus

	// done turns a choice into the value of the answer. An error keeps the
	// dialog open and is shown in it.
	done func(choice string) (Value, error)
	// changed is told after each edit; may be nil.
	changed func()

	// The parts that a setter of the constructor's file changes later.
	list  *list
	text  *words
	sites []vfs.Endpoint

	others func(int64) // SetOthers

	problem string
	note    string // said where no problem is: that keys were swallowed
	top     int    // first line of the body that is shown
	last    layout
}

// Value is what a dialog's answer says; each constructor names its type.
type Value any

// Answer is what the user decided. Value is nil when the dialog was canceled.
type Answer struct {
	Name  string
	Tag   any
	Value Value
}

// stays is a Value after which the dialog stays open (a list under its editor).
type stays interface{ stays() }

const cancelChoice = "cancel"

// stop is one place that can have the focus.
type stop struct {
	p part
	i int // within the part
}

func (d *Dialog) stops() []stop {
	var out []stop
	for _, p := range d.parts {
		for i := range p.stops() {
			out = append(out, stop{p, i})
		}
	}
	if d.bar != nil {
		for i := range d.bar.stops() {
			out = append(out, stop{d.bar, i})
		}
	}
	return out
}

// focusOn gives the focus to stop i of part p.
func (d *Dialog) focusOn(p part, i int) *Dialog {
	for n, s := range d.stops() {
		if s.p == p && s.i == i {
			d.focus = n
		}
	}
	return d
}

// focusButton gives the focus to the button of that choice.
func (d *Dialog) focusButton(choice string) *Dialog {
	for i, b := range d.bar.items {
		if b.choice == choice {
			d.focusOn(d.bar, i)
		}
	}
	return d
}

func (d *Dialog) move(step int) {
	all := d.stops()
	if len(all) == 0 {
		return
	}
	d.focus = (min(d.focus, len(all)-1) + step + len(all)) % len(all)
}

// typing reports whether letters go into a text field now.
func (d *Dialog) typing() bool {
	all := d.stops()
	if d.focus >= len(all) {
		return false
	}
	f, ok := all[d.focus].p.(interface{ typing() bool })
	return ok && f.typing()
}

// entered tells the text field that the focus came to by a key.
func (d *Dialog) entered() {
	if all := d.stops(); d.focus < len(all) {
		if f, ok := all[d.focus].p.(*field); ok {
			f.entered()
		}
	}
}

// Completes reports whether Tab completes what is typed now.
func (d *Dialog) Completes() bool {
	if all := d.stops(); d.focus < len(all) {
		f, ok := all[d.focus].p.(*field)
		return ok && f.completes()
	}
	return false
}

// Learned tells that more is known to complete what is typed.
func (d *Dialog) Learned() {
	for _, s := range d.stops() {
		if f, ok := s.p.(*field); ok && f.waits {
			f.complete()
		}
	}
	if d.changed != nil {
		d.changed()
	}
}

// key handles one key; choice "" means that nothing was decided.
func (d *Dialog) key(k tea.KeyPressMsg) (choice string) {
	was := d.focus
	choice = d.press(k)
	if d.focus != was {
		d.entered()
	}
	return choice
}

func (d *Dialog) press(k tea.KeyPressMsg) (choice string) {
	all := d.stops()
	s := k.String()
	if s == "esc" || s == "ctrl+c" || s == "f10" {
		return cancelChoice
	}
	if d.focus < len(all) {
		f := all[d.focus]
		used, c := f.p.key(f.i, k)
		if c != "" {
			return c
		}
		if used {
			d.edited()
			return ""
		}
	}
	if c := d.letter(k); c != "" {
		return c
	}
	if d.focus < len(all) && (s == "up" || s == "down") {
		if g, ok := all[d.focus].p.(interface {
			step(i, rows int) (int, bool)
		}); ok {
			rows := 1
			if s == "up" {
				rows = -1
			}
			if i, ok := g.step(all[d.focus].i, rows); ok {
				d.focusOn(all[d.focus].p, i)
				return ""
			}
			// Leave the grid by its edge, not by its next cell.
			for d.focus >= 0 && d.focus < len(all) && all[d.focus].p == g.(part) {
				d.focus += rows
			}
			d.focus = (d.focus + len(all)) % len(all)
			return ""
		}
	}
	switch s {
	case "tab", "down", "ctrl+n":
		d.move(1)
	case "shift+tab", "up", "ctrl+p":
		d.move(-1)
	case "right":
		d.move(1)
	case "left":
		d.move(-1)
	case "pgdown":
		d.top += max(d.last.body, 1)
	case "pgup":
		d.top -= max(d.last.body, 1)
	case "home":
		d.top = 0
	case "end":
		d.top = 1 << 20
	case "enter":
		return d.defaultChoice()
	}
	return ""
}

func (d *Dialog) defaultChoice() string {
	if d.enter != "" || d.bar == nil || len(d.bar.items) == 0 {
		return d.enter
	}
	return d.bar.items[0].choice
}

// letter finds the choice or toggle of a letter. While a text field has the
// focus, letters need Alt.
func (d *Dialog) letter(k tea.KeyPressMsg) string {
	r := letterOf(k, d.typing())
	if r == 0 {
		return ""
	}
	all := append([]part{}, d.parts...)
	if d.bar != nil {
		all = append(all, d.bar)
	}
	for _, fold := range []bool{false, true} {
		for _, p := range all {
			h, ok := p.(interface {
				hot(r rune, fold bool) (bool, string)
			})
			if !ok {
				continue
			}
			if used, c := h.hot(r, fold); used {
				d.edited()
				return c
			}
		}
	}
	return ""
}

func letterOf(k tea.KeyPressMsg, needAlt bool) rune {
	if needAlt {
		if k.Mod&^tea.ModShift != tea.ModAlt {
			return 0
		}
		if k.Mod&tea.ModShift != 0 && k.Code >= 'a' && k.Code <= 'z' {
			return k.Code - 'a' + 'A'
		}
		return k.Code
	}
	if k.Mod&^tea.ModShift != 0 && k.Mod&^tea.ModShift != tea.ModAlt {
		return 0
	}
	if rs := []rune(k.Text); len(rs) == 1 {
		return rs[0]
	}
	if k.Mod == tea.ModAlt {
		return k.Code
	}
	return 0
}

func (d *Dialog) edited() {
	d.problem = ""
	if d.changed != nil {
		d.changed()
	}
}

// paste puts text into the field that has the focus, or into the only one.
func (d *Dialog) paste(s string) bool {
	all := d.stops()
	if d.focus < len(all) {
		if f, ok := all[d.focus].p.(*field); ok {
			f.in.Insert(s)
			d.edited()
			return true
		}
	}
	var only *field
	for _, p := range d.parts {
		if f, ok := p.(*field); ok {
			if only != nil {
				return false
			}
			only = f
		}
	}
	if only != nil {
		only.in.Insert(s)
		d.focusOn(only, 0)
		d.edited()
	}
	return only != nil
}

// decide turns a choice into an answer; open says that the dialog stays.
func (d *Dialog) decide(choice string) (a Answer, ok, open bool) {
	a = Answer{Name: d.Name, Tag: d.Tag}
	if choice == cancelChoice || d.done == nil {
		return a, true, false
	}
	v, err := d.done(choice)
	if err != nil {
		d.problem = err.Error()
		return a, false, true
	}
	a.Value = v
	_, open = v.(stays)
	return a, true, open
}
