package menu

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/action"
	"ferry/ui/theme"
)

// Capture takes the next keys for an action instead of running what they are
// bound to. A key that begins others waits for the one that follows; Enter
// takes it alone.
type Capture struct {
	theme  *theme.Theme
	of     *action.Action
	now    string
	begins func(keys string) bool
	keys   string
	w, h   int
}

// Captured is the intent to bind Keys to an action.
type Captured struct{ Name, Keys string }

// NewCapture asks for keys; now are those that the action has.
func NewCapture(t *theme.Theme, a *action.Action, now []string, begins func(keys string) bool) *Capture {
	c := &Capture{theme: t, of: a, now: "none", begins: begins}
	var names []string
	for _, k := range now {
		names = append(names, action.KeyText(k))
	}
	if len(names) > 0 {
		c.now = strings.Join(names, "  ")
	}
	return c
}

// SetSize tells the size of the whole screen.
func (c *Capture) SetSize(w, h int) { c.w, c.h = w, h }

// View draws it in the middle.
func (c *Capture) View() (string, int, int) {
	t, m := c.theme, c.theme.Method
	w := max(min(56, c.w-2), 10)
	row := func(s string) string { return " " + m.Cut(s, w-2) }
	ask := "Press the new key, or two such as g o"
	if c.keys != "" {
		ask = action.KeyText(c.keys) + " " + m.Tail() + "  the next one, or Enter"
	}
	lines := []string{row(t.Strong.Render(ascii(t, c.of.Label)) + t.Dim.Render("  now "+c.now)), "", row(t.Info.Render(ask))}
	s := frame(t, w+2, t.TitleFocus.Render("Change a key"), "", t.Dim.Render("Esc cancels"), "", lines)
	return s, max((c.w-w-2)/2, 0), max((c.h-len(lines)-2)/2, 0)
}

// Key takes a key.
func (c *Capture) Key(k tea.KeyPressMsg) action.Intent {
	s := action.Pressed(k.String())
	switch {
	case s == "esc":
		return action.Close{}
	case c.keys != "" && s == "enter":
		return Captured{c.of.Name, c.keys}
	case c.keys != "":
		s = c.keys + " " + s
	}
	if c.begins(s) {
		c.keys = s
		return nil
	}
	return Captured{c.of.Name, s}
}

// Mouse cancels on a click.
func (c *Capture) Mouse(msg tea.MouseMsg) action.Intent {
	if _, ok := msg.(tea.MouseClickMsg); ok {
		return action.Close{}
	}
	return nil
}

// Paste does nothing: a paste is no key.
func (c *Capture) Paste(string) action.Intent { return nil }

// Cursor is nil: nothing is typed.
func (c *Capture) Cursor() *tea.Cursor { return nil }
