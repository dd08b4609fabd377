package view

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"ferry/ui/action"
	"ferry/ui/theme"
)

var sample = "ferry\r\n\twith a tab\n写真-家族旅行 \x1b[31mred\x1b[0m \u202eevil\xe9 end\n" + strings.Repeat("a long line that goes on and on, ", 12) + "\n\nlast line without an end"

// open makes a view of data and serves what it needs.
func open(w, h int, ascii bool, data string, size int64) *View {
	v := New(theme.New("terminal", ascii), "notes\x1b[31m.txt", size)
	v.Keys, _ = action.NewMap("norton", nil)
	v.SetSize(w, h)
	serve(v, data)
	return v
}

func serve(v *View, data string) {
	for range 10_000 {
		off, n, ok := v.Need()
		if !ok {
			return
		}
		end := min(off+n, int64(len(data)))
		v.Set(off, []byte(data[min(off, end):end]), end == int64(len(data)))
	}
	panic("it never has enough")
}

func key(s string) tea.KeyPressMsg {
	if c, ok := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "end": tea.KeyEnd, "home": tea.KeyHome, "up": tea.KeyUp, "down": tea.KeyDown, "pgdown": tea.KeyPgDown,
		"pgup": tea.KeyPgUp, "f4": tea.KeyF4, "f2": tea.KeyF2, "right": tea.KeyRight}[s]; ok {
		return tea.KeyPressMsg{Code: c}
	}
	return tea.KeyPressMsg{Code: []rune(s)[0], Text: s}
}

func press(v *View, data string, ks ...string) (in action.Intent) {
	for _, k := range ks {
		in = act(v, k)
		serve(v, data)
	}
	return in
}

// act presses a key.
func act(v *View, k string) (in action.Intent) {
	if v.Typing() {
		v.Key(key(k))
	} else if a, _ := v.Keys.Lookup(action.FileView, k); a != nil {
		if do, why := v.Act(a.Name); do != nil && why == "" {
			return do()
		}
	}
	return nil
}

func find(v *View, data, what string) {
	press(v, data, "/")
	v.Paste(what)
	press(v, data, "enter")
}

func plain(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(ansi.Strip(l), " ") + "\n")
	}
	return b.String()
}

func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name string
		data string
		keys []string
	}{{"text", sample, nil}, {"unwrapped", sample, []string{"f2", "right"}}, {"hex", sample, []string{"f4"}}, {"binary opens as hex", "\x7fELF\x00\x01", nil}, {"empty", "", nil}, {"searching", sample, []string{"/", "x"}}} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			for _, size := range []struct{ w, h int }{{80, 24}, {60, 15}, {120, 36}, {200, 60}} {
				for _, ascii := range []bool{false, true} {
					v := open(size.w, min(size.h, 20), ascii, c.data, int64(len(c.data)))
					press(v, c.data, c.keys...)
					fmt.Fprintf(&b, "--- %dx%d ascii=%v\n%s", size.w, size.h, ascii, plain(v.Full("")))
				}
			}
			golden.RequireEqual(t, b.String())
		})
	}
}

func big() string {
	var b strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func TestABigFileIsReadInPieces(t *testing.T) {
	data := big()
	v := open(80, 24, false, data, int64(len(data)))
	if len(v.pieces) > 2 {
		t.Fatalf("%d pieces read for the first screen", len(v.pieces))
	}
	press(v, data, "end", "end")
	if p := plain(v.Full("")); !strings.Contains(p, "line 59999") || !strings.Contains(p, "100 %") {
		t.Fatalf("the end:\n%s", p)
	}
	if len(v.pieces) > 4 {
		t.Fatalf("%d pieces read to show the end", len(v.pieces))
	}
	press(v, data, "up")
	if p := plain(v.Full("")); strings.Contains(p, "line 59999") || !strings.Contains(p, "line 59998") {
		t.Fatalf("one up:\n%s", p)
	}
	press(v, data, "home")
	if p := plain(v.Full("")); !strings.Contains(p, "line 0\n") && !strings.Contains(p, "line 0 ") {
		t.Fatalf("home:\n%s", p)
	}
}

func TestSearch(t *testing.T) {
	data := big()
	v := open(80, 24, false, data, -1)
	find(v, data, "LINE 54321")
	if p := plain(v.Full("")); !strings.Contains(p, "line 54321") {
		t.Fatalf("not shown:\n%s", p)
	}
	if got := data[v.hit : v.hit+10]; got != "line 54321" {
		t.Fatalf("hit is %q", got)
	}
	find(v, data, "no such text")
	if !strings.Contains(plain(v.Full("")), "not found below") {
		t.Fatal("it does not say that nothing was found")
	}
	press(v, data, "home")
	find(v, data, "line 100")
	first := v.hit
	press(v, data, "n")
	if v.hit <= first {
		t.Fatal("n does not go on")
	}
	press(v, data, "N")
	if v.hit != first {
		t.Fatalf("N went to %d, not back to %d", v.hit, first)
	}
}

func TestSearchFindsWhatLiesAcrossTwoPieces(t *testing.T) {
	for at := piece - 6; at <= piece; at++ {
		data := strings.Repeat("x", at) + "needle" + strings.Repeat("y", piece)
		v := open(80, 24, false, data, -1)
		find(v, data, "needle")
		if v.hit != int64(at) {
			t.Errorf("at %d found %d", at, v.hit)
		}
	}
}

func TestEscStopsASearchBeforeItCloses(t *testing.T) {
	v := New(theme.New("terminal", false), "x", -1)
	v.SetSize(80, 24)
	v.Set(0, bytes.Repeat([]byte("a\n"), piece/2), false)
	v.Keys, _ = action.NewMap("norton", nil)
	act(v, "/")
	v.Paste("needle")
	act(v, "enter")
	if in := act(v, "esc"); in != nil {
		t.Fatalf("got %v", in)
	}
	if in := act(v, "esc"); in != (action.Close{}) {
		t.Fatalf("got %v", in)
	}
}

func TestAFailureIsToldAndTriedAgain(t *testing.T) {
	v := New(theme.New("terminal", false), "x", 10)
	v.Keys, _ = action.NewMap("norton", nil)
	v.SetSize(80, 24)
	v.Need()
	v.Fail(`view "x": server replied 550 gone`)
	if p := plain(v.Full("")); !strings.Contains(p, "550 gone") {
		t.Fatal(p)
	}
	if _, _, ok := v.Need(); ok {
		t.Fatal("it asks again by itself")
	}
	act(v, "ctrl+r")
	if _, _, ok := v.Need(); !ok {
		t.Fatal("Ctrl+R does not ask again")
	}
}

func TestRowsFitAnyFile(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		data := string(rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(rt, "data"))
		if rapid.Bool().Draw(rt, "text") {
			data = rapid.String().Draw(rt, "string") + "\n" + strings.Repeat("long ", 2000)
		}
		w, h := rapid.IntRange(20, 200).Draw(rt, "w"), rapid.IntRange(3, 40).Draw(rt, "h")
		v := open(w, h, rapid.Bool().Draw(rt, "ascii"), data, -1)
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"down", "pgdown", "up", "end", "home", "f4", "f2", "right", "n", "N", "pgup"}), 0, 10).Draw(rt, "keys") {
			press(v, data, k)
			if k == "f4" {
				find(v, data, "l")
			}
			lines := v.Full("")
			if len(lines) != h {
				rt.Fatalf("%d rows, want %d", len(lines), h)
			}
			for _, l := range lines {
				if v.Theme.Method.Width(l) != w {
					rt.Fatalf("%d columns, want %d: %q", v.Theme.Method.Width(l), w, l)
				}
				if strings.ContainsAny(ansi.Strip(l), "\x1b\x00\r\t\u202e") {
					rt.Fatalf("unsafe: %q", l)
				}
			}
		}
	})
}
