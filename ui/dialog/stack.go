package dialog

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/theme"
)

const (
	// Quiet is how long no key may have come before a dialog that opened by
	// itself takes one: longer than from key to key of a slow typist.
	Quiet = time.Second
	// brief is Quiet for a dialog that follows the answer to another one within
	// series: who answers many in a row looks at them.
	brief  = 400 * time.Millisecond
	series = 2 * time.Second
)

// ignored is said in a dialog that swallowed keys.
const ignored = "Keys typed before the question appeared were ignored."

// Stack is the open dialogs. The top one gets every key and is drawn last.
// Dialogs that the user opened lie above those that opened by themselves, so
// that no question gets between a user and the text being typed; while that
// goes into something outside of the stack, they wait (Hold).
type Stack struct {
	theme    *theme.Theme
	w, h     int
	open     []entry
	held     []entry // opened by themselves, not shown yet
	hold     bool
	answered time.Time // when the user decided one that had opened by itself
	pressed  *press    // the button held down, none: nil
}

type entry struct {
	d     *Dialog
	self  bool          // opened by itself
	shown time.Time     // when it came to the top, or the last key swallowed since; zero once keys count
	wait  time.Duration // how long no key may have come
}

type press struct{ choice string }

// SetTheme must be called before anything is drawn.
func (s *Stack) SetTheme(t *theme.Theme) { s.theme = t }

// SetSize tells the size of the screen.
func (s *Stack) SetSize(w, h int) { s.w, s.h = w, h }

// Open shows a dialog that the user asked for.
func (s *Stack) Open(d *Dialog) {
	d.entered()
	s.open = append(s.open, entry{d: d})
}

// OpenSelf shows a dialog that nobody asked for: below the ones that the user
// opened, and deaf until the keyboard was quiet for a moment.
// Questions are answered in the order in which they came.
func (s *Stack) OpenSelf(d *Dialog, now time.Time) {
	e := entry{d: d, self: true}
	if s.hold {
		s.held = append(s.held, e)
		return
	}
	d.entered()
	s.open = append([]entry{e}, s.open...)
	if len(s.open) == 1 {
		s.surfaced(now)
	}
}

// Hold keeps back what opens by itself while it is on: something outside of
// the stack takes text, or the mouse is at work. Off shows what came meanwhile.
func (s *Stack) Hold(on bool, now time.Time) {
	s.hold = on
	if on {
		return
	}
	held := s.held
	s.held = nil
	for _, e := range held {
		s.OpenSelf(e.d, now)
	}
}

// Waiting is how many dialogs that opened by themselves wait for the user: all
// that are held, and those below a dialog that the user opened.
func (s *Stack) Waiting() int {
	n := len(s.held)
	if s.Empty() || s.open[len(s.open)-1].self {
		return n
	}
	for _, e := range s.open {
		if e.self {
			n++
		}
	}
	return n
}

// Empty reports whether no dialog is open.
func (s *Stack) Empty() bool { return len(s.open) == 0 }

// Top is the dialog that gets the keys, nil when none is open.
func (s *Stack) Top() *Dialog {
	if len(s.open) == 0 {
		return nil
	}
	return s.open[len(s.open)-1].d
}

// Find returns the first dialog from the top for which is is true, or nil.
func (s *Stack) Find(is func(*Dialog) bool) *Dialog {
	for i := len(s.open) - 1; i >= 0; i-- {
		if is(s.open[i].d) {
			return s.open[i].d
		}
	}
	for _, e := range s.held {
		if is(e.d) {
			return e.d
		}
	}
	return nil
}

// Close takes a dialog away without an answer (a question that was withdrawn).
func (s *Stack) Close(d *Dialog, now time.Time) {
	s.held = slices.DeleteFunc(s.held, func(e entry) bool { return e.d == d })
	for i := range s.open {
		if s.open[i].d == d {
			s.open = append(s.open[:i:i], s.open[i+1:]...)
			s.surfaced(now)
			return
		}
	}
}

// surfaced starts the quiet moment of a self-opened dialog that came to the top.
func (s *Stack) surfaced(now time.Time) {
	n := len(s.open)
	if n == 0 || !s.open[n-1].self {
		return
	}
	e := &s.open[n-1]
	e.shown, e.wait = now, Quiet
	if !s.answered.IsZero() && now.Sub(s.answered) < series {
		e.wait = brief
	}
}

// deaf reports whether the top dialog does not listen yet; the event that
// asked is swallowed, which the dialog says, and starts the quiet moment anew.
func (s *Stack) deaf(now time.Time) bool {
	e := &s.open[len(s.open)-1]
	if e.shown.IsZero() {
		return false
	}
	if now.Sub(e.shown) < e.wait {
		e.shown, e.d.note = now, ignored
		return true
	}
	e.shown, e.d.note = time.Time{}, ""
	return false
}

// Key gives the key to the top dialog; ok when that decided something.
func (s *Stack) Key(k tea.KeyPressMsg, now time.Time) (a Answer, ok bool) {
	if s.Empty() || s.deaf(now) {
		return Answer{}, false
	}
	return s.choose(s.Top().key(k), now)
}

// Paste gives pasted text to the top dialog's text field, and reports whether there is one.
func (s *Stack) Paste(text string, now time.Time) bool {
	return !s.Empty() && !s.deaf(now) && s.Top().paste(text)
}

func (s *Stack) choose(choice string, now time.Time) (Answer, bool) {
	if choice == "" {
		return Answer{}, false
	}
	d := s.Top()
	a, ok, open := d.decide(choice)
	if s.open[len(s.open)-1].self {
		s.answered = now
	}
	if !open {
		s.Close(d, now)
	}
	return a, ok
}

// Mouse handles a click, release, motion or wheel at screen coordinates. A
// button acts when it is released where it was pressed.
func (s *Stack) Mouse(msg tea.MouseMsg, now time.Time) (a Answer, ok bool) {
	if s.Empty() {
		return Answer{}, false
	}
	d := s.Top()
	m := msg.Mouse()
	_, x, y := s.place(d)
	x, y = m.X-x, m.Y-y
	switch msg.(type) {
	case tea.MouseClickMsg:
		s.pressed = nil
		if m.Button != tea.MouseLeft || s.deaf(now) {
			return Answer{}, false
		}
		if c := d.click(s.theme, x, y); c != "" {
			s.pressed = &press{c}
		}
	case tea.MouseReleaseMsg:
		p := s.pressed
		s.pressed = nil
		if p != nil && d.choiceAt(x, y) == p.choice {
			return s.choose(p.choice, now)
		}
	case tea.MouseWheelMsg:
		d.wheel(m.Button, x, y)
	}
	return Answer{}, false
}

// Layer is one box on the screen; X and Y are its left upper corner.
type Layer struct {
	Content string
	X, Y    int
}

// Layers returns the dialogs to draw, from the lowest to the top one; those
// that wait behind one of the user's are not.
func (s *Stack) Layers() []Layer {
	out := make([]Layer, 0, len(s.open))
	waiting := s.Waiting() > len(s.held)
	for _, e := range s.open {
		if e.self && waiting {
			continue
		}
		c, x, y := s.place(e.d)
		out = append(out, Layer{c, x, y})
	}
	return out
}

// place draws d and centers it.
func (s *Stack) place(d *Dialog) (content string, x, y int) {
	content, w, h := d.view(s.theme, s.w, s.h)
	return content, max((s.w-w)/2, 0), max((s.h-h)/2, 0)
}

// Cursor is where the terminal's cursor belongs, nil when no text field has
// the focus.
func (s *Stack) Cursor() *tea.Cursor {
	if s.Empty() {
		return nil
	}
	d := s.Top()
	_, x, y := s.place(d)
	if !d.last.hasCursor {
		return nil
	}
	c := tea.NewCursor(x+d.last.cx, y+d.last.cy)
	c.Blink = false
	return c
}
