package action

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"

	"ferry/config"
)

// Map is a resolved key map: which keys run which action, in each place. Its
// methods work on nil too, which binds nothing.
type Map struct {
	runs     map[Place]map[string]*Action // by keys, a prefix and a key with a blank between
	prefixes map[Place]map[string]bool
	bindings map[string]key.Binding // by action name
}

// NewMap resolves a preset ("norton" or "vim") and the user's own binds, which
// replace an action's keys. Problems are unknown action names, with the
// nearest one, keys that cannot be, and clashes; the map works nevertheless:
// the user's own bind wins, and between two of the same kind the first. An
// action of whose binds none can be keeps the preset's keys.
func NewMap(preset string, bind map[string][]string) (*Map, []*config.Problem) {
	m := &Map{runs: map[Place]map[string]*Action{}, prefixes: map[Place]map[string]bool{}, bindings: map[string]key.Binding{}}
	for _, p := range Places {
		m.runs[p], m.prefixes[p] = map[string]*Action{}, map[string]bool{}
	}
	own, problems := m.bindOwn(bind)
	for _, a := range all {
		if own[a.Name] {
			continue
		}
		for _, k := range a.preset(preset) {
			by := m.Taken(k, a)
			if by == nil {
				m.bind(k, a)
			} else if own[by.Name] {
				problems = append(problems, wrong(by.Name, "takes %q from %s; bind %s too, to other keys or none", k, a.Name, a.Name))
			}
		}
	}
	problems = append(problems, m.shadowed(own)...)
	for _, a := range all {
		if len(bind[a.Name]) == 0 || own[a.Name] && len(m.Keys(a.Name)) > 0 {
			continue
		}
		for _, k := range a.preset(preset) {
			if m.Taken(k, a) == nil && !m.Begins(k, a) {
				m.bind(k, a)
			}
		}
		for _, p := range problems {
			if p.Key == wrong(a.Name, "").Key {
				p.Text += "; it keeps " + orNone(m.Keys(a.Name))
				break
			}
		}
	}
	if len(m.Keys("quit")) == 0 {
		problems = append(problems, wrong("quit", "no key quits; F10 does"))
		for _, p := range Places {
			delete(m.runs[p], "f10")
		}
		m.bind("f10", ByName("quit"))
	}
	return m, problems
}

// bindOwn binds what the user says, and tells which actions that was for.
func (m *Map) bindOwn(bind map[string][]string) (own map[string]bool, problems []*config.Problem) {
	own = map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(bind)) {
		a := ByName(name)
		if a == nil {
			problems = append(problems, unknown(name))
			continue
		}
		own[name] = len(bind[name]) == 0
		for _, k := range bind[name] {
			n, err := Normalize(k)
			if err != nil {
				problems = append(problems, wrong(name, "%v", err))
				continue
			}
			if other := m.Taken(n, a); other != nil {
				problems = append(problems, wrong(name, "%q is bound to %s too, which has it", k, other.Name))
				continue
			}
			m.bind(n, a)
			own[name] = true
		}
	}
	return own, problems
}

func wrong(name, format string, args ...any) *config.Problem {
	return &config.Problem{Key: "keys.bind." + name, Text: fmt.Sprintf(format, args...)}
}

func orNone(keys []string) string {
	if len(keys) == 0 {
		return "none"
	}
	return strings.Join(keys, ", ")
}

// preset are the keys of an action in a preset.
func (a *Action) preset(name string) []string {
	if name == "vim" && a.Vim != nil {
		return a.Vim
	}
	return a.Keys
}

// Taken is another action that has the keys where a works, nil for none.
func (m *Map) Taken(keys string, a *Action) *Action {
	for _, p := range Places {
		if by := m.runs[p][keys]; a.In&p != 0 && by != nil && by != a {
			return by
		}
	}
	return nil
}

// Begins reports whether keys are the beginning of others where a works.
func (m *Map) Begins(keys string, a *Action) bool {
	return slices.ContainsFunc(Places, func(p Place) bool { return a.In&p != 0 && m.prefixes[p][keys] })
}

func (m *Map) bind(keys string, a *Action) {
	if slices.Contains(m.Keys(a.Name), keys) {
		return
	}
	for _, p := range Places {
		if a.In&p == 0 {
			continue
		}
		m.runs[p][keys] = a
		if i := strings.LastIndexByte(keys, ' '); i > 0 {
			m.prefixes[p][keys[:i]] = true
		}
	}
	m.setKeys(a, append(m.Keys(a.Name), keys))
}

// setKeys binds an action to keys, the first one to show.
func (m *Map) setKeys(a *Action, keys []string) {
	b := key.NewBinding(key.WithKeys(keys...))
	if len(keys) > 0 {
		b.SetHelp(keys[0], a.Label)
	}
	m.bindings[a.Name] = b
}

// shadowed takes away keys that can never be reached because they begin
// others, and tells of them at the user's own bind.
func (m *Map) shadowed(own map[string]bool) (problems []*config.Problem) {
	for _, a := range all {
		for _, k := range m.Keys(a.Name) {
			if !m.Begins(k, a) {
				continue
			}
			for _, p := range Places {
				if m.runs[p][k] == a {
					delete(m.runs[p], k)
				}
			}
			m.setKeys(a, slices.DeleteFunc(slices.Clone(m.Keys(a.Name)), func(s string) bool { return s == k }))
			at := a.Name
			for _, b := range all {
				if !own[at] && own[b.Name] && slices.ContainsFunc(m.Keys(b.Name), func(s string) bool { return strings.HasPrefix(s, k+" ") }) {
					at = b.Name
				}
			}
			problems = append(problems, wrong(at, "%q begins other keys, so it cannot run %s", k, a.Name))
		}
	}
	return problems
}

func unknown(name string) *config.Problem {
	p := wrong(name, "there is no such action")
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = a.Name
	}
	p.Near = config.Nearest(name, words)
	return p
}

// Lookup finds the action of keys in a place. more says that keys begin others.
func (m *Map) Lookup(in Place, keys string) (a *Action, more bool) {
	if m == nil {
		return nil, false
	}
	return m.runs[in][keys], m.prefixes[in][keys]
}

// Keys are the keys that run an action, the first one to show.
func (m *Map) Keys(name string) []string {
	if m == nil {
		return nil
	}
	b := m.bindings[name]
	return b.Keys()
}

// Key is the first key of an action as it is shown, "" when it has none.
func (m *Map) Key(name string) string {
	if ks := m.Keys(name); len(ks) > 0 {
		return KeyText(ks[0])
	}
	return ""
}

// Ref is what a sentence calls an action by: its key, or its label where no key
// runs it.
func (m *Map) Ref(name string) string {
	if k := m.Key(name); k != "" {
		return k
	}
	if a := ByName(name); a != nil {
		return strconv.Quote(strings.TrimSuffix(a.Label, "…"))
	}
	return name
}

// Hint is the first key of an action and a word for what it does; without a
// word the action's own. It is "" when no key runs it.
func (m *Map) Hint(name, word string) string {
	k, a := m.Key(name), ByName(name)
	if k == "" || a == nil {
		return ""
	}
	if word == "" {
		word = a.Word()
	}
	return k + " " + word
}

// Hints are as many of the actions, with their keys, as have room in w columns.
// A name may bring a word of its own: "item-cancel=forget".
func (m *Map) Hints(w int, names ...string) string {
	line := ""
	for _, n := range names {
		name, word, _ := strings.Cut(n, "=")
		h := m.Hint(name, word)
		if h == "" {
			continue
		}
		if line != "" {
			h = "  " + h
		}
		if utf8.RuneCountInString(line+h) <= w {
			line += h
		}
	}
	return line
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
	have, rest := cutModifiers(s)
	if rest == "" {
		return "", fmt.Errorf("%q names no key", s)
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
	}
	if have["ctrl"] && !have["alt"] && slices.Contains([]string{"i", "m", "h", "["}, strings.ToLower(rest)) {
		return "", fmt.Errorf("%q cannot be told from Tab, Enter, Backspace or Esc by most terminals", s)
	}
	return joinKey(have, rest), nil
}

// cutModifiers takes a key apart: "Ctrl-Shift-U" is ctrl, shift and U.
func cutModifiers(s string) (have map[string]bool, rest string) {
	have, rest = map[string]bool{}, s
	for {
		i := strings.IndexAny(rest, "+-")
		if i <= 0 {
			return have, rest
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
		if !slices.Contains(modifiers, mod) {
			return have, rest
		}
		have[mod] = true
		rest = rest[i+1:]
	}
}

// joinKey writes a key the one way that it is looked up: a letter with Shift
// alone is the capital, as terminals send it; with other modifiers it is small
// and has its Shift before it.
func joinKey(have map[string]bool, rest string) string {
	if r := []rune(rest); len(r) == 1 {
		upper, lower := unicode.ToUpper(r[0]), unicode.ToLower(r[0])
		switch {
		case upper == lower || len(have) == 0:
		case len(have) == 1 && have["shift"]:
			return string(upper)
		default:
			rest = string(lower)
		}
	}
	var b strings.Builder
	for _, m := range modifiers {
		if have[m] {
			b.WriteString(m + "+")
		}
	}
	return b.String() + rest
}

// Pressed is a key press, as the terminal library writes it, in the form in
// which it is looked up.
func Pressed(s string) string {
	if s == " " {
		return "space"
	}
	have, rest := cutModifiers(s)
	if r := []rune(rest); len(r) == 1 && unicode.IsUpper(r[0]) && len(have) > 0 {
		have["shift"] = true // as terminals send Alt and a capital
	}
	return joinKey(have, rest)
}

func isKnown(s string) bool {
	if n, ok := strings.CutPrefix(s, "f"); ok && n != "" && strings.Trim(n, "0123456789") == "" {
		return true
	}
	return slices.Contains(known, s)
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
		if !ok || rest == "" || !slices.Contains(modifiers, mod) {
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
	case key[0] >= 'a' && key[0] <= 'z':
		key = strings.ToUpper(key[:1]) + key[1:]
	}
	return mods + key
}
