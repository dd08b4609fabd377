package theme

import (
	"reflect"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func TestGlyphsAreOneColumnAndASCIIWhereSaid(t *testing.T) {
	var walk func(v reflect.Value, ascii bool, name string)
	walk = func(v reflect.Value, ascii bool, name string) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i), ascii, v.Type().Field(i).Name)
			}
		case reflect.String:
			s := v.String()
			if s == "" {
				t.Errorf("%s is empty", name)
			}
			for _, r := range s {
				if ascii && r > 0x7e {
					t.Errorf("%s holds %q in the ASCII set", name, r)
				}
			}
			if w := ansi.StringWidth(s); w != 1 && w != 2 && w != 3 || (w > 1 && s[0] > 0x7e) {
				t.Errorf("%s = %q takes %d columns", name, s, w)
			}
		}
	}
	walk(reflect.ValueOf(Unicode), false, "")
	walk(reflect.ValueOf(ASCII), true, "")
}

func TestEveryThemeTellsStatesApartWithoutColour(t *testing.T) {
	for _, name := range Names {
		th := New(name, false)
		if th.Name != name {
			t.Errorf("New(%q) is %q", name, th.Name)
		}
		for what, s := range map[string]Style{"cursor": th.Cursor, "selected row": th.MenuSelected, "focused button": th.ButtonFocus} {
			if s == "" {
				t.Errorf("%s: the %s has no style", name, what)
			}
		}
	}
	th := New("terminal", false)
	if !strings.Contains(string(th.Cursor), "7") {
		t.Errorf("the cursor of the default theme is not drawn in reverse: %q", th.Cursor)
	}
}

func TestEdgesHaveExactlyTheirWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		th := New("dark", rapid.Bool().Draw(t, "ascii"))
		w := rapid.IntRange(0, 60).Draw(t, "w")
		word := rapid.SampledFrom([]string{"", "x", "写真の長い名前とさらに長い名前", th.Error.Render("bad") + " tail", strings.Repeat("y", 70)})
		l, r := word.Draw(t, "l"), word.Draw(t, "r")
		for _, got := range []string{th.Top(w, true, l, r), th.Bottom(w, false, l, r)} {
			if have := th.Method.Width(got); have != w {
				t.Fatalf("edge of %d with %q, %q has %d columns: %q", w, l, r, have, got)
			}
		}
		if w >= 2 {
			if have := th.Method.Width(th.Row(w, true, l)); have != w {
				t.Fatalf("row of %d with %q has %d columns", w, l, have)
			}
		}
	})
}
