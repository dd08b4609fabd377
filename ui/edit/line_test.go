package edit

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"ferry/ui/text"
)

func key(s string) tea.KeyPressMsg {
	var mod tea.KeyMod
	for _, p := range []struct {
		name string
		mod  tea.KeyMod
	}{{"ctrl+", tea.ModCtrl}, {"alt+", tea.ModAlt}} {
		if r, ok := strings.CutPrefix(s, p.name); ok {
			s, mod = r, p.mod
		}
	}
	if c, ok := map[string]rune{"left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete}[s]; ok {
		return tea.KeyPressMsg{Code: c, Mod: mod}
	}
	k := tea.KeyPressMsg{Code: []rune(s)[0], Mod: mod}
	if mod == 0 {
		k.Text = s
	}
	return k
}

func TestEditing(t *testing.T) {
	for _, c := range []struct{ name, start, keys, want string }{
		{"letters go to the end", "ab", "c d", "abcd"},
		{"letters go before the cursor", "ab", "left c", "acb"},
		{"backspace takes a whole character", "e\u0301x👩‍👩‍👧", "backspace backspace backspace", ""},
		{"delete takes what is under the cursor", "abc", "home delete", "bc"},
		{"ctrl+w takes a word back to the slash", "/srv/www/site", "ctrl+w", "/srv/www/"},
		{"ctrl+u takes all before the cursor", "abc", "left ctrl+u", "c"},
		{"ctrl+k takes all behind it", "abc", "home right ctrl+k", "a"},
		{"alt+b goes back a word, alt+d takes one", "one two", "alt+b alt+d", "one "},
		{"ctrl+right goes over a word", "one two", "home ctrl+right x", "onex two"},
		{"a combining mark joins its letter", "e", "\u0301 backspace", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := New(c.start)
			for _, k := range strings.Fields(c.keys) {
				if !l.Key(key(k)) {
					t.Fatalf("%q is no key of a line", k)
				}
			}
			if got := l.Value(); got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTypingTakesThePlaceOfWhatIsSelected(t *testing.T) {
	for _, c := range []struct {
		name, start string
		n           int
		keys, want  string
	}{
		{"a letter replaces all of it", "/cwd", -1, "x y", "xy"},
		{"a letter replaces the first part alone", "name.txt", 4, "x", "x.txt"},
		{"backspace takes it away at once", "/cwd", -1, "backspace", ""},
		{"delete takes it away at once", "/cwd", -1, "delete x", "x"},
		{"an arrow keeps it", "/cwd", -1, "right x", "/cwdx"},
		{"right goes to its end", "name.txt", 4, "right x", "namex.txt"},
		{"left goes one back from there", "/cwd", -1, "left x", "/cwxd"},
		{"home keeps it", "/cwd", -1, "home x", "x/cwd"},
		{"an empty line has nothing to replace", "", -1, "x", "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := New(c.start)
			l.Select(c.n)
			for _, k := range strings.Fields(c.keys) {
				l.Key(key(k))
			}
			if got := l.Value(); got != c.want || l.Selected() != 0 {
				t.Fatalf("got %q with %d selected, want %q", got, l.Selected(), c.want)
			}
		})
	}
	l := New("写真/")
	l.Select(-1)
	l.View(text.Method{}, 20, "*")
	if n := l.SelectedWidth(text.Method{}, "*"); n != 5 {
		t.Errorf("%d columns are drawn as selected, want 5", n)
	}
	l.Insert("pasted")
	if l.Value() != "pasted" {
		t.Errorf("a paste made %q", l.Value())
	}
}

func TestOtherKeysAreLeftAlone(t *testing.T) {
	l := New("")
	for _, k := range []tea.KeyPressMsg{{Code: tea.KeyEnter}, {Code: tea.KeyTab}, {Code: tea.KeyUp}, {Code: 'x', Mod: tea.ModAlt}, {Code: tea.KeyF5}} {
		if l.Key(k) {
			t.Errorf("%s was taken", k)
		}
	}
}

func TestPasteIsOneLine(t *testing.T) {
	l := New("")
	l.Insert("a\r\nb\tc\x1b[31m\n")
	if got := l.Value(); got != "a b c[31m" {
		t.Fatalf("got %q", got)
	}
}

func TestWhatIsSetComesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(rt, "text")
		l := New(s)
		if l.Value() != s {
			rt.Fatalf("got %q, want %q", l.Value(), s)
		}
	})
}

func TestTheCursorIsAlwaysInSight(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := New(rapid.String().Draw(rt, "text"))
		l.Secret = rapid.Bool().Draw(rt, "secret")
		m := text.Method{ASCII: rapid.Bool().Draw(rt, "ascii")}
		for range 6 {
			l.Key(key(rapid.SampledFrom([]string{"left", "right", "home", "end", "backspace", "写", "a", "ctrl+left"}).Draw(rt, "key")))
			w := rapid.IntRange(1, 40).Draw(rt, "w")
			s, x := l.View(m, w, "*")
			if m.Width(s) != w || x < 0 || x >= w {
				rt.Fatalf("%q is %d columns of %d, cursor %d", s, m.Width(s), w, x)
			}
			l.Click(m, rapid.IntRange(0, w).Draw(rt, "x"), "*")
		}
	})
}
