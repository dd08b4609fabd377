package menu

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"ferry/ui/action"
	"ferry/ui/theme"
)

var some = []action.Item{
	item("down", "Down", action.None, 0, "down", "j"),
	item("swap", "Swap panes", action.PaneMenu, 0, "ctrl+u"),
	item("same-dir", "Same folder in other pane", action.PaneMenu, 0, "alt+i", "g o"),
	item("sort-name", "Sort by name", action.PaneMenu, 1, ", n"),
	off(item("sort-owner", "Sort by owner", action.PaneMenu, 1, ", o"), "the listing tells no owners"),
	on(item("hidden", "Hidden files", action.PaneMenu, 1, "."), "on"),
	item("copy", "Copy…", action.File, 0, "f5", "c"),
	item("delete", "Delete…", action.File, 0, "f8", "delete"),
	off(item("chmod", "Permissions…", action.File, 1, "ctrl+x c"), "the server has no SITE CHMOD"),
	item("quit", "Quit", action.File, 2, "f10"),
	item("top", "First row", action.None, 0, "home", "g g"),
	item("root", "Root folder", action.Commands, 0, "g /"),
	item("sync", "Synchronised browsing", action.Commands, 1, "ctrl+y"),
	item("palette", "All actions…", action.Commands, 2, ":", "ctrl+p"),
	item("help", "Keys and actions", action.Help, 0, "f1", "?"),
}

func item(name, label string, m action.Menu, group int, keys ...string) action.Item {
	task := m
	if m == action.None {
		task = action.Move
	}
	return action.Item{Action: &action.Action{Name: name, Label: label, Help: "What " + name + " does in a few words", Menu: m, Task: task, Group: group, Context: m == action.File}, Keys: keys}
}

func off(it action.Item, why string) action.Item  { it.Disabled = why; return it }
func on(it action.Item, state string) action.Item { it.State = state; return it }

func items() []action.Item { return some }

// overlay is what all of the package's boxes have.
type overlay interface {
	SetSize(w, h int)
	View() (string, int, int)
}

func picture(o overlay, w, h int, line string) string {
	o.SetSize(w, h)
	b := uv.NewScreenBuffer(w, h)
	uv.NewStyledString(line).Draw(b, uv.Rect(0, 0, w, 1))
	s, x, y := o.View()
	uv.NewStyledString(s).Draw(b, uv.Rect(x, y, w-x, h-y))
	var out []string
	for _, l := range strings.Split(b.Buffer.String(), "\n") {
		out = append(out, strings.TrimRight(l, " \r"))
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n") + "\n"
}

func key(s string) tea.KeyPressMsg {
	special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"backspace": tea.KeyBackspace, "pgdown": tea.KeyPgDown, "f8": tea.KeyF8}
	if c, ok := special[s]; ok {
		return tea.KeyPressMsg{Code: c}
	}
	return tea.KeyPressMsg{Code: []rune(s)[0], Text: s}
}

func keys(o interface {
	Key(tea.KeyPressMsg) action.Intent
}, ks ...string) (in action.Intent) {
	for _, k := range ks {
		in = o.Key(key(k))
	}
	return in
}

// every returns each kind of box, somewhere in its use, and its first line.
func every(ascii bool) map[string]func(w, h int) (overlay, string) {
	th := theme.New("terminal", ascii)
	bar := func(m action.Menu, ks ...string) func(w, h int) (overlay, string) {
		return func(w, h int) (overlay, string) {
			b := &Bar{Theme: th, Items: items}
			b.SetSize(w, h)
			b.Line(w, "F9 menu")
			b.Open(m)
			keys(b, ks...)
			return b, b.Line(w, "F9 menu")
		}
	}
	box := func(o overlay, ks ...string) func(w, h int) (overlay, string) {
		return func(w, h int) (overlay, string) {
			o.SetSize(w, h)
			if k, ok := o.(interface {
				Key(tea.KeyPressMsg) action.Intent
			}); ok {
				keys(k, ks...)
			}
			return o, ""
		}
	}
	return map[string]func(w, h int) (overlay, string){
		"menu panes":    bar(action.PaneMenu, "down", "down", "down"),
		"menu help":     bar(action.Help),
		"context":       box(NewContext(th, "notes\x1b[31m写真-家族旅行.txt", some, 50, 12), "down", "down"),
		"palette":       box(NewPalette(th, some)),
		"palette typed": box(NewPalette(th, some), "s", "o"),
		"palette none":  box(NewPalette(th, some), "z", "z", "z"),
		"help":          box(NewHelp(th, some), "down"),
		"help typed":    box(NewHelp(th, some), "r", "o", "w"),
		"which":         box(NewWhich(th, "g", some)),
	}
}

func TestFrames(t *testing.T) {
	for name := range every(false) {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for _, size := range []struct{ w, h int }{{80, 24}, {60, 15}, {120, 36}, {200, 60}} {
				for _, ascii := range []bool{false, true} {
					o, line := every(ascii)[name](size.w, size.h)
					fmt.Fprintf(&b, "--- %dx%d ascii=%v\n%s", size.w, size.h, ascii, picture(o, size.w, size.h, line))
				}
			}
			golden.RequireEqual(t, b.String())
		})
	}
}

func TestKeysRunWhatTheyShow(t *testing.T) {
	th := theme.New("terminal", false)
	bar := func() *Bar {
		b := &Bar{Theme: th, Items: items, w: 80, h: 24}
		b.Line(80, "")
		b.Open(action.File)
		return b
	}
	folders := []action.Item{item("mark-differ", "Mark differences", action.File, 0), item("mkdir", "Make folder…", action.File, 0, "f7")}
	for _, c := range []struct {
		name string
		got  action.Intent
		want action.Intent
	}{
		{"enter runs the first row", keys(bar(), "enter"), action.Run{Name: "copy"}},
		{"down and enter run the second", keys(bar(), "down", "enter"), action.Run{Name: "delete"}},
		{"what cannot be done is not run", keys(bar(), "down", "down", "enter"), nil},
		{"a letter runs the only row that begins with it", keys(bar(), "q"), action.Run{Name: "quit"}},
		{"right opens the next menu", keys(bar(), "right", "right", "enter"), action.Run{Name: "root"}},
		{"left goes round", keys(bar(), "left", "left", "enter"), action.Run{Name: "help"}},
		{"esc closes", keys(bar(), "esc"), action.Close{}},
		{"the palette finds by letters", keys(NewPalette(th, some), "s", "y", "b", "enter"), action.Run{Name: "sync"}},
		{"the palette finds by the name that the settings use", keys(NewPalette(th, folders), "m", "k", "d", "i", "r", "enter"), action.Run{Name: "mkdir"}},
		{"and by the begin of it", keys(NewPalette(th, folders), "m", "k", "d", "enter"), action.Run{Name: "mkdir"}},
		{"the palette runs no action that cannot be done", keys(NewPalette(th, some), "p", "e", "r", "m", "enter"), nil},
		{"the help finds by its help line", keys(NewHelp(th, some), "q", "u", "i", "t", " ", "d", "o", "e", "s", "enter"), action.Run{Name: "quit"}},
		{"the menu of an entry takes the keys it shows", keys(NewContext(th, "x", some, 0, 0), "f8"), action.Run{Name: "delete"}},
		{"and esc", keys(NewContext(th, "x", some, 0, 0), "esc"), action.Close{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.got != c.want {
				t.Fatalf("got %v, want %v", c.got, c.want)
			}
		})
	}
}

func TestMenuBarByMouse(t *testing.T) {
	b := &Bar{Theme: theme.New("terminal", false), Items: items}
	b.SetSize(80, 24)
	x := strings.Index(ansi.Strip(b.Line(80, "")), "File")
	left := tea.MouseLeft
	b.Mouse(tea.MouseClickMsg{X: x, Y: 0, Button: left})
	b.Mouse(tea.MouseReleaseMsg{X: x, Y: 0, Button: left})
	if !b.IsOpen() {
		t.Fatal("a click on a title opens its menu")
	}
	b.Mouse(tea.MouseClickMsg{X: x + 2, Y: 3, Button: left})
	if in := b.Mouse(tea.MouseReleaseMsg{X: x + 2, Y: 3, Button: left}); in != (action.Run{Name: "delete"}) {
		t.Fatalf("got %v", in)
	}
	// Press on the title, drag down, release.
	b.Mouse(tea.MouseClickMsg{X: x, Y: 0, Button: left})
	b.Mouse(tea.MouseMotionMsg{X: x, Y: 2, Button: left})
	if in := b.Mouse(tea.MouseReleaseMsg{X: x, Y: 2, Button: left}); in != (action.Run{Name: "copy"}) {
		t.Fatalf("got %v", in)
	}
	b.Mouse(tea.MouseClickMsg{X: x, Y: 0, Button: left})
	if in := b.Mouse(tea.MouseClickMsg{X: 70, Y: 20, Button: left}); in != (action.Close{}) || b.IsOpen() {
		t.Fatalf("a click outside closes; got %v", in)
	}
}

func TestAMenuOpensInsideTheScreen(t *testing.T) {
	c := NewContext(theme.New("terminal", false), "x", some, 79, 23)
	c.SetSize(80, 24)
	s, x, y := c.View()
	lines := strings.Split(s, "\n")
	if y+len(lines) > 24 || x+c.theme.Method.Width(lines[0]) > 80 {
		t.Fatalf("%d,%d %d rows", x, y, len(lines))
	}
}

func TestBoxesFitAnySize(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := every(rapid.Bool().Draw(rt, "ascii"))
		names := []string{"menu panes", "menu help", "context", "palette", "help", "which", "help typed"}
		w, h := rapid.IntRange(20, 200).Draw(rt, "w"), rapid.IntRange(6, 60).Draw(rt, "h")
		o, _ := all[rapid.SampledFrom(names).Draw(rt, "box")](w, h)
		if f, ok := o.(*Finder); ok {
			f.Paste(rapid.StringN(0, 20, -1).Draw(rt, "text"))
		}
		s, x, y := o.View()
		m := theme.New("terminal", false).Method
		lines := strings.Split(s, "\n")
		if y < 0 || x < 0 || y+len(lines) > h+1 {
			rt.Fatalf("%d rows at %d on %d", len(lines), y, h)
		}
		for _, l := range lines {
			if m.Width(l) != m.Width(lines[0]) || x+m.Width(l) > w {
				rt.Fatalf("row of %d columns at %d, the first %d, screen %d: %q", m.Width(l), x, m.Width(lines[0]), w, l)
			}
		}
	})
}
