package action

import (
	"fmt"
	"sort"
	"strings"

	"charm.land/bubbles/v2/key"

	"ferry/config"
)

// Map is a resolved key map: which keys run which action. It does not change
// once made.
type Map struct {
	runs     map[string]*Action // by keys, a prefix and a key with a blank between
	prefixes map[string]bool
	bindings map[string]key.Binding // by action name
}

// NewMap resolves a preset ("norton" or "vim") and the user's own binds, which
// replace an action's keys. Problems are unknown action names, with the
// nearest one, keys that cannot be, and clashes; the map works nevertheless:
// the user's own bind wins, and between two of the same kind the first.
func NewMap(preset string, bind map[string][]string) (*Map, []string) {
	m := &Map{runs: map[string]*Action{}, prefixes: map[string]bool{}, bindings: map[string]key.Binding{}}
	var problems []string
	own := map[string]bool{}
	names := make([]string, 0, len(bind))
	for name := range bind {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		a := ByName(name)
		if a == nil {
			problems = append(problems, unknown(name))
			continue
		}
		own[name] = true
		for _, k := range bind[name] {
			n, err := Normalize(k)
			if err != nil {
				problems = append(problems, fmt.Sprintf("keys.bind.%s: %v", name, err))
				continue
			}
			if other := m.runs[n]; other != nil && other != a {
				problems = append(problems, fmt.Sprintf("keys.bind: %q is bound to both %s and %s; %s has it", k, other.Name, name, other.Name))
				continue
			}
			m.bind(n, a)
		}
	}
	for _, a := range all {
		if own[a.Name] {
			continue
		}
		ks := a.Keys
		if preset == "vim" && a.Vim != nil {
			ks = a.Vim
		}
		for _, k := range ks {
			switch by := m.runs[k]; {
			case by == nil:
				m.bind(k, a)
			case own[by.Name]:
				problems = append(problems, fmt.Sprintf("keys.bind.%s takes %q from %s; bind %s too, to other keys or none", by.Name, k, a.Name, a.Name))
			}
		}
	}
	problems = append(problems, m.shadowed()...)
	if len(m.Keys("quit")) == 0 {
		problems = append(problems, "keys.bind: no key quits; F10 does")
		m.bind("f10", ByName("quit"))
	}
	return m, problems
}

func (m *Map) bind(keys string, a *Action) {
	if m.runs[keys] == a {
		return
	}
	m.runs[keys] = a
	m.setKeys(a, append(m.Keys(a.Name), keys))
	if i := strings.LastIndexByte(keys, ' '); i > 0 {
		m.prefixes[keys[:i]] = true
	}
}

// setKeys binds an action to keys, the first one to show.
func (m *Map) setKeys(a *Action, keys []string) {
	b := key.NewBinding(key.WithKeys(keys...))
	if len(keys) > 0 {
		b.SetHelp(keys[0], a.Label)
	}
	m.bindings[a.Name] = b
}

// shadowed takes away keys that can never be reached because they are the
// prefix of others, and tells of them.
func (m *Map) shadowed() []string {
	var out []string
	for p := range m.prefixes {
		if a := m.runs[p]; a != nil {
			out = append(out, fmt.Sprintf("keys.bind: %q begins other keys, so it cannot run %s", p, a.Name))
			delete(m.runs, p)
			m.setKeys(a, without(m.Keys(a.Name), p))
		}
	}
	sort.Strings(out)
	return out
}

func without(list []string, s string) []string {
	var out []string
	for _, v := range list {
		if v != s {
			out = append(out, v)
		}
	}
	return out
}

func unknown(name string) string {
	s := fmt.Sprintf("keys.bind.%s: there is no such action", name)
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = a.Name
	}
	if near := config.Nearest(name, words); near != "" {
		s += fmt.Sprintf("; did you mean %q?", near)
	}
	return s
}

// Lookup finds the action of keys. more says that keys begin others.
func (m *Map) Lookup(keys string) (a *Action, more bool) {
	return m.runs[keys], m.prefixes[keys]
}

// Keys are the keys that run an action, the first one to show.
func (m *Map) Keys(name string) []string {
	b := m.bindings[name]
	return b.Keys()
}

// After lists what can follow a prefix, by key, for the which-key box.
func (m *Map) After(prefix string) []Bound {
	var out []Bound
	for k, a := range m.runs {
		if rest, ok := strings.CutPrefix(k, prefix+" "); ok {
			out = append(out, Bound{rest, a})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out
}

// Bound is a key and what it runs.
type Bound struct {
	Key string
	*Action
}

// modifiers in the order in which the terminal library writes them.
var modifiers = []string{"ctrl", "alt", "shift", "meta", "hyper", "super"}

var named = map[string]string{
	"escape": "esc", "return": "enter", "del": "delete", "ins": "insert", "pageup": "pgup", "pagedown": "pgdown", "pgdn": "pgdown",
	"bs": "backspace", "spc": "space",
}

var known = strings.Fields("enter tab backspace esc space up down left right begin find insert delete select pgup pgdown home end " +
	"plus minus mul kpplus kpminus kpmul kpenter")

// Normalize brings keys as a user writes them ("Ctrl-U", "g  o", "F5") into
// the form in which key presses are looked up.
func Normalize(s string) (string, error) {
	fields := strings.Fields(s)
	if len(fields) == 0 {
		return "", fmt.Errorf("%q is no key", s)
	}
	for i, f := range fields {
		k, err := normalizeOne(f)
		if err != nil {
			return "", err
		}
		fields[i] = k
	}
	return strings.Join(fields, " "), nil
}

func normalizeOne(s string) (string, error) {
	if len([]rune(s)) == 1 {
		return s, nil
	}
	rest := s
	have := map[string]bool{}
	for {
		i := strings.IndexAny(rest, "+-")
		if i <= 0 || i == len(rest)-1 && i == 0 {
			break
		}
		mod := strings.ToLower(rest[:i])
		switch mod {
		case "c", "control":
			mod = "ctrl"
		case "a", "option", "opt":
			mod = "alt"
		case "s":
			mod = "shift"
		}
		if !isModifier(mod) {
			break
		}
		have[mod] = true
		rest = rest[i+1:]
		if rest == "" {
			return "", fmt.Errorf("%q names no key", s)
		}
	}
	if len([]rune(rest)) > 1 {
		rest = strings.ToLower(rest)
		if n, ok := named[rest]; ok {
			rest = n
		}
		if !isKnown(rest) {
			msg := fmt.Sprintf("%q is no key", s)
			if near := config.Nearest(rest, known); near != "" {
				msg += fmt.Sprintf("; did you mean %q?", near)
			}
			return "", fmt.Errorf("%s", msg)
		}
	} else if have["ctrl"] {
		rest = strings.ToLower(rest)
	}
	if have["ctrl"] && !have["alt"] && (rest == "i" || rest == "m" || rest == "h" || rest == "[") {
		return "", fmt.Errorf("%q cannot be told from Tab, Enter, Backspace or Esc by most terminals", s)
	}
	var b strings.Builder
	for _, m := range modifiers {
		if have[m] {
			b.WriteString(m + "+")
		}
	}
	return b.String() + rest, nil
}

func isModifier(s string) bool {
	for _, m := range modifiers {
		if m == s {
			return true
		}
	}
	return false
}

func isKnown(s string) bool {
	for _, k := range known {
		if k == s {
			return true
		}
	}
	if n, ok := strings.CutPrefix(s, "f"); ok && n != "" && strings.Trim(n, "0123456789") == "" {
		return true
	}
	return false
}

// KeyText is keys as they are shown: F5, Ctrl+U, Alt+Shift+R, g o.
func KeyText(keys string) string {
	fields := strings.Fields(keys)
	for i, f := range fields {
		fields[i] = keyText(f)
	}
	return strings.Join(fields, " ")
}

func keyText(k string) string {
	if len([]rune(k)) == 1 {
		return k
	}
	mods, key := "", k
	for {
		mod, rest, ok := strings.Cut(key, "+")
		if !ok || rest == "" || !isModifier(mod) {
			break
		}
		mods += strings.ToUpper(mod[:1]) + mod[1:] + "+"
		key = rest
	}
	switch {
	case key == "pgup":
		key = "PgUp"
	case key == "pgdown":
		key = "PgDn"
	case key == "kpplus" || key == "plus":
		key = "Num +"
	case key == "kpminus" || key == "minus":
		key = "Num -"
	case key == "kpmul" || key == "mul":
		key = "Num *"
	case len(key) == 1 && key >= "A" && key <= "Z" && mods != "":
		key = "Shift+" + key
	case key[0] >= 'a' && key[0] <= 'z':
		key = strings.ToUpper(key[:1]) + key[1:]
	}
	return mods + key
}
