package uitest

import (
	"fmt"
	"strings"
)

// named are the bytes that a terminal sends for a key.
var named = map[string]string{
	"enter": "\r", "tab": "\t", "esc": "\x1b", "space": " ", "backspace": "\x7f", "shift+tab": "\x1b[Z",
	"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
	"insert": "\x1b[2~", "delete": "\x1b[3~", "pgup": "\x1b[5~", "pgdown": "\x1b[6~",
	"shift+up": "\x1b[1;2A", "shift+down": "\x1b[1;2B", "ctrl+left": "\x1b[1;5D", "ctrl+right": "\x1b[1;5C",
	"f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f6": "\x1b[17~", "f7": "\x1b[18~",
	"f8": "\x1b[19~", "f9": "\x1b[20~", "f10": "\x1b[21~", "shift+f6": "\x1b[17;2~", "shift+f4": "\x1b[1;2S",
}

// bytesOf is what a terminal sends for one key: a name, ctrl+ or alt+ with a
// letter, or text as it is.
func bytesOf(key string) string {
	if s, ok := named[key]; ok {
		return s
	}
	if r, ok := strings.CutPrefix(key, "ctrl+"); ok && len(r) == 1 {
		return string(r[0] & 0x1f)
	}
	if r, ok := strings.CutPrefix(key, "alt+"); ok {
		return "\x1b" + bytesOf(r)
	}
	return key
}

// Press sends keys, one write each.
func (t *Term) Press(keys ...string) error {
	for _, k := range keys {
		if err := t.Send(bytesOf(k)); err != nil {
			return err
		}
	}
	return nil
}

// Send sends bytes as they are.
func (t *Term) Send(s string) error {
	_, err := t.f.WriteString(s)
	return err
}

// Paste sends text as a terminal does that was asked to bracket it.
func (t *Term) Paste(s string) error { return t.Send("\x1b[200~" + s + "\x1b[201~") }

// Buttons of the mouse, as SGR reports number them.
const (
	Left      = 0
	Right     = 2
	WheelUp   = 64
	WheelDown = 65
	motion    = 32
	Ctrl      = 16 // added
)

// Mouse sends one report: a press, or with up a release, at a column and row from 0.
func (t *Term) Mouse(button, x, y int, up bool) error {
	end := 'M'
	if up {
		end = 'm'
	}
	return t.Send(fmt.Sprintf("\x1b[<%d;%d;%d%c", button, x+1, y+1, end))
}

// Click presses and releases the left button.
func (t *Term) Click(x, y int) error {
	if err := t.Mouse(Left, x, y, false); err != nil {
		return err
	}
	return t.Mouse(Left, x, y, true)
}

// Move reports motion with the left button down.
func (t *Term) Move(x, y int) error { return t.Mouse(Left+motion, x, y, false) }

// Drag presses at one place, moves over some others and releases at the last.
func (t *Term) Drag(x0, y0, x1, y1 int) error {
	if err := t.Mouse(Left, x0, y0, false); err != nil {
		return err
	}
	for i := 1; i <= 4; i++ {
		if err := t.Move(x0+(x1-x0)*i/4, y0+(y1-y0)*i/4); err != nil {
			return err
		}
	}
	return t.Mouse(Left, x1, y1, true)
}
