package action

import (
	"slices"
	"strings"
	"testing"
)

func TestDefaultKeysClashInNoPreset(t *testing.T) {
	for _, preset := range []string{"norton", "vim"} {
		seen := map[string]string{}
		for _, a := range All() {
			ks := a.Keys
			if preset == "vim" && a.Vim != nil {
				ks = a.Vim
			}
			for _, k := range ks {
				if other := seen[k]; other != "" {
					t.Errorf("%s: %q runs %s and %s", preset, k, other, a.Name)
				}
				seen[k] = a.Name
				if n, err := Normalize(k); err != nil || n != k {
					t.Errorf("%s: key %q of %s is written %q: %v", preset, k, a.Name, n, err)
				}
			}
		}
		if _, problems := NewMap(preset, nil); len(problems) > 0 {
			t.Errorf("%s: %v", preset, problems)
		}
	}
}

func TestEveryActionHasWords(t *testing.T) {
	for _, a := range All() {
		if a.Label == "" || a.Help == "" || strings.HasSuffix(a.Help, ".") || strings.ContainsAny(a.Name, " _A") {
			t.Errorf("%q: label %q, help %q", a.Name, a.Label, a.Help)
		}
		if a.Menu != None && !slices.Contains(Menus, a.Menu) {
			t.Errorf("%q is in no menu of the bar: %q", a.Name, a.Menu)
		}
	}
}

func TestNothingDestructiveIsOnABareLetter(t *testing.T) {
	for _, name := range []string{"delete", "cancel-all", "cancel-newest", "disconnect", "clear-finished", "chmod", "set-time"} {
		a := ByName(name)
		for _, k := range slices.Concat(a.Keys, a.Vim) {
			if len([]rune(k)) == 1 {
				t.Errorf("%s runs on %q alone", name, k)
			}
		}
	}
}

func TestKeysAreRemapped(t *testing.T) {
	m, problems := NewMap("norton", map[string][]string{"copy": {"Ctrl-K", "x x"}, "mvoe": {"f6"}, "view": {"Ctrl+I", "hoem"}, "edit": {"ctrl+k"}})
	if a, _ := m.Lookup("ctrl+k"); a == nil || a.Name != "copy" {
		t.Errorf("ctrl+k runs %v", a)
	}
	if a, _ := m.Lookup("f5"); a != nil {
		t.Errorf("f5 still runs %s", a.Name)
	}
	if _, more := m.Lookup("x"); !more {
		t.Error("x begins no keys")
	}
	want := []string{`did you mean "move"?`, "cannot be told", `did you mean "home"?`, `"ctrl+k" is bound to both copy and edit`}
	all := strings.Join(problems, "\n")
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("no word of %q in:\n%s", w, all)
		}
	}
}

func TestAKeyTakenFromAnotherActionIsTold(t *testing.T) {
	bind := map[string][]string{"copy": {"f6"}}
	_, problems := NewMap("norton", bind)
	if len(problems) != 1 || !strings.Contains(problems[0], `takes "f6" from move`) {
		t.Errorf("problems: %v", problems)
	}
	bind["move"] = []string{"f5"}
	if _, problems = NewMap("norton", bind); len(problems) != 0 {
		t.Errorf("both are bound on purpose, and still: %v", problems)
	}
}

func TestAPrefixTakesTheKeyFromAnAction(t *testing.T) {
	m, problems := NewMap("norton", map[string][]string{"hidden": {"f h"}})
	if len(problems) != 1 || !strings.Contains(problems[0], "cannot run filter") {
		t.Errorf("problems: %v", problems)
	}
	if len(m.Keys("filter")) != 0 {
		t.Errorf("filter shows keys that do not reach it: %v", m.Keys("filter"))
	}
}

func TestQuitCannotBeLost(t *testing.T) {
	m, problems := NewMap("norton", map[string][]string{"quit": {}, "copy": {"q"}})
	if len(problems) == 0 || len(m.Keys("quit")) == 0 {
		t.Errorf("keys of quit: %v, problems: %v", m.Keys("quit"), problems)
	}
}

func TestKeyText(t *testing.T) {
	for in, want := range map[string]string{"f5": "F5", "ctrl+u": "Ctrl+U", "g o": "g o", "shift+f6": "Shift+F6", "alt+.": "Alt+.",
		"pgdown": "PgDn", "+": "+", "ctrl+x c": "Ctrl+X c", "ctrl+\\": "Ctrl+\\", "alt+X": "Alt+Shift+X", "alt+r": "Alt+R", "kpplus": "Num +"} {
		if got := KeyText(in); got != want {
			t.Errorf("KeyText(%q) = %q, want %q", in, got, want)
		}
	}
}
