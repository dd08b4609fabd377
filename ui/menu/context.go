package menu

import (
	tea "charm.land/bubbletea/v2"

	"ferry/ui/action"
	"ferry/ui/theme"
)

// Context is the menu of an entry, open at a place of the screen.
type Context struct {
	theme *theme.Theme
	title string
	w, h  int
	x, y  int // where it was asked for
	rows  rows
	armed bool
}

// NewContext opens a menu of those items that have Context set, at column x
// and row y. title names what it is about.
func NewContext(t *theme.Theme, title string, items []action.Item, x, y int) *Context {
	c := &Context{theme: t, title: title, x: x, y: y}
	var own []action.Item
	for _, it := range items {
		if it.Context {
			own = append(own, it)
		}
	}
	c.rows.breaks = true
	c.rows.set(own)
	return c
}

// SetSize tells the size of the whole screen.
func (c *Context) SetSize(w, h int) { c.w, c.h = w, h }

func (c *Context) layout() (x, y, w, h int) {
	w = max(min(max(c.rows.width(c.theme), c.theme.Method.Width(c.title)+6), c.w-2, 60), 10)
	h = max(min(len(c.rows.lines()), c.h-2), 1)
	x = max(min(c.x, c.w-w-2), 0)
	y = max(min(c.y, c.h-h-2), 0)
	return x, y, w, h
}

// View draws it and tells where.
func (c *Context) View() (string, int, int) {
	t := c.theme
	x, y, w, h := c.layout()
	var lines []string
	for _, i := range c.rows.visible(h) {
		if i < 0 {
			lines = append(lines, rule(t, w))
			continue
		}
		lines = append(lines, draw(t, c.rows.items[i], i == c.rows.at, w, ""))
	}
	foot := ""
	if it, ok := c.rows.current(); ok && it.Disabled != "" {
		foot = reason(t, it, w-4)
	}
	title := t.Method.CutMiddle(t.Method.Display(c.title), w-4)
	return frame(t, w+2, t.TitleFocus.Render(title), "", foot, "", lines), x, y
}

// Key handles a key.
func (c *Context) Key(k tea.KeyPressMsg) action.Intent {
	switch k.String() {
	case "esc", "ctrl+c", "f10", "left":
		return action.Close{}
	case "enter", "space":
		return c.rows.run()
	}
	if c.rows.key(k, 10) {
		return nil
	}
	// The keys that the menu shows work in it too.
	for i, it := range c.rows.items {
		for _, key := range it.Keys {
			if key == k.String() {
				c.rows.at = i
				return c.rows.run()
			}
		}
	}
	return nil
}

// Mouse handles the mouse at screen coordinates. Press, move, release works
// as well as two clicks.
func (c *Context) Mouse(msg tea.MouseMsg) action.Intent {
	m := msg.Mouse()
	x, y, w, h := c.layout()
	i := -1
	if m.X > x && m.X <= x+w && m.Y > y && m.Y <= y+h {
		i = c.rows.itemAt(m.Y - y - 1)
	}
	switch msg.(type) {
	case tea.MouseClickMsg:
		c.armed = i >= 0
		if i >= 0 {
			c.rows.at = i
			return nil
		}
		if m.X < x || m.X > x+w+1 || m.Y < y || m.Y > y+h+1 {
			return action.Close{}
		}
	case tea.MouseMotionMsg:
		if i >= 0 {
			c.rows.at, c.armed = i, true
		}
	case tea.MouseReleaseMsg:
		armed := c.armed
		c.armed = false
		if armed && i >= 0 && i == c.rows.at {
			return c.rows.run()
		}
	case tea.MouseWheelMsg:
		c.rows.jump(c.rows.at + wheelStep(m.Button))
	}
	return nil
}

// Paste does nothing: a menu has no text.
func (c *Context) Paste(string) action.Intent { return nil }

// Cursor is nil: a menu has no text.
func (c *Context) Cursor() *tea.Cursor { return nil }
