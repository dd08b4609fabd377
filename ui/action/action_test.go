package action

import (
	"slices"
	"strings"
	"testing"

	"ferry/config"
)

func TestDefaultKeysClashInNoPreset(t *testing.T) {
	for _, preset := range []string{"norton", "vim"} {
		for _, p := range Places {
			seen := map[string]string{}
			for _, a := range All() {
				if a.In&p == 0 {
					continue
				}
				for _, k := range a.preset(preset) {
					if other := seen[k]; other != "" {
						t.Errorf("%s: %q runs %s and %s", preset, k, other, a.Name)
					}
					seen[k] = a.Name
					if n, err := Normalize(k); err != nil || n != k || Pressed(k) != k {
						t.Errorf("%s: key %q of %s is written %q: %v", preset, k, a.Name, n, err)
					}
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
		if !slices.Contains(Tasks, a.Task) {
			t.Errorf("%q has no place in the help: %q", a.Name, a.Task)
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

// told is all problems, a line each.
func told(problems []*config.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.Error() + "\n")
	}
	return b.String()
}

func TestKeysAreRemapped(t *testing.T) {
	m, problems := NewMap("norton", map[string][]string{"copy": {"Ctrl-K", "x x"}, "mvoe": {"f6"}, "view": {"Ctrl+I", "hoem"}, "edit": {"ctrl+k"}, "item-pause": {"ctrl+k"}})
	if a, _ := m.Lookup(Panes, "ctrl+k"); a == nil || a.Name != "copy" {
		t.Errorf("ctrl+k runs %v", a)
	}
	if a, _ := m.Lookup(QueueView, "ctrl+k"); a == nil || a.Name != "item-pause" {
		t.Errorf("in the queue's view ctrl+k runs %v", a)
	}
	if a, _ := m.Lookup(Panes, "f5"); a != nil {
		t.Errorf("f5 still runs %s", a.Name)
	}
	if _, more := m.Lookup(Panes, "x"); !more {
		t.Error("x begins no keys")
	}
	for _, w := range []string{`keys.bind.mvoe: there is no such action; did you mean "move"?`, "cannot be told", `did you mean "home"?`, `keys.bind.edit: "ctrl+k" is bound to copy too`} {
		if all := told(problems); !strings.Contains(all, w) {
			t.Errorf("no word of %q in:\n%s", w, all)
		}
	}
}

func TestABadBindingLeavesTheUsualKeys(t *testing.T) {
	m, problems := NewMap("norton", map[string][]string{"help": {"foo+1"}, "edit": {"ctrl+i"}, "copy": {"g"}, "move": {"f9"}, "menu": {"f9"}, "view": {}})
	for name, want := range map[string][]string{"help": {"f1", "?"}, "edit": {"f4", "e"}, "copy": {"f5", "c"}, "menu": {"f9"}, "move": {"f6", "m"}, "view": nil} {
		if got := m.Keys(name); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	for _, w := range []string{`keys.bind.help: "foo+1" is no key; it keeps f1, ?`, "; it keeps f4, e", `keys.bind.copy: "g" begins other keys, so it cannot run copy; it keeps f5, c`, "it keeps f6, m"} {
		if all := told(problems); !strings.Contains(all, w) {
			t.Errorf("no word of %q in:\n%s", w, all)
		}
	}
	if len(problems) != 4 {
		t.Errorf("%d problems:\n%s", len(problems), told(problems))
	}
}

func TestAKeyIsLookedUpAsItIsPressed(t *testing.T) {
	for written, pressed := range map[string]string{"shift+h": "H", "S-h": "H", "H": "H", "Alt+R": "alt+r", "alt+shift+x": "alt+X", "Alt+Shift+X": "alt+shift+x", "ctrl+U": "ctrl+u", "shift+F6": "shift+f6",
		"space": " ", "shift+ä": "Ä", "ctrl+shift+k": "ctrl+shift+k", "+": "+", "alt+-": "alt+-"} {
		if n, err := Normalize(written); err != nil || n != Pressed(pressed) {
			t.Errorf("%q is %q, and a press of %q is %q: %v", written, n, pressed, Pressed(pressed), err)
		}
	}
}

func TestAKeyTakenFromAnotherActionIsTold(t *testing.T) {
	bind := map[string][]string{"copy": {"f6"}}
	_, problems := NewMap("norton", bind)
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), `keys.bind.copy: takes "f6" from move`) {
		t.Errorf("problems: %v", problems)
	}
	bind["move"] = []string{"f5"}
	if _, problems = NewMap("norton", bind); len(problems) != 0 {
		t.Errorf("both are bound on purpose, and still: %v", problems)
	}
}

func TestAPrefixTakesTheKeyFromAnAction(t *testing.T) {
	m, problems := NewMap("norton", map[string][]string{"hidden": {"f h"}})
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), `keys.bind.hidden: "f" begins other keys, so it cannot run filter`) {
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

func TestHintsFitAndLeaveOutWhatHasNoKey(t *testing.T) {
	m, _ := NewMap("norton", map[string][]string{"item-cancel": {}})
	for w, want := range map[int]string{80: "p pause  r retry  Enter go there", 18: "p pause  r retry", 8: "p pause", 0: ""} {
		if got := m.Hints(w, "item-pause", "item-cancel", "item-retry", "item-folder"); got != want {
			t.Errorf("%d columns: %q, want %q", w, got, want)
		}
	}
}

func TestKeyText(t *testing.T) {
	for in, want := range map[string]string{"f5": "F5", "ctrl+u": "Ctrl+U", "g o": "g o", "shift+f6": "Shift+F6", "alt+.": "Alt+.",
		"pgdown": "PgDn", "+": "+", "ctrl+x c": "Ctrl+X c", "ctrl+\\": "Ctrl+\\", "alt+shift+x": "Alt+Shift+X", "alt+r": "Alt+R", "kpplus": "Num +"} {
		if got := KeyText(in); got != want {
			t.Errorf("KeyText(%q) = %q, want %q", in, got, want)
		}
	}
}
