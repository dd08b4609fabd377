package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ferry/config"
	"ferry/ui/action"
	"ferry/ui/dialog"
	"ferry/ui/menu"
)

func init() {
	acts["settings"] = (*model).actSettings
	acts["change-key"] = func(m *model) tea.Cmd {
		m.float(menu.NewKeyPicker(m.th, m.items(action.ByTask())))
		return nil
	}
}

// actSettings tells where the settings are, and opens them in the editor, made
// where there are none.
func (m *model) actSettings() tea.Cmd {
	s := m.opt.Settings
	about := "Keys, colours, and the defaults of transfers and connections are set in\n" + s.File() +
		"\nWhere it is missing it is made, with every setting as a comment; `ferry config` prints them too. Keys and colours hold at once, the rest from the next start."
	if len(m.editor()) == 0 {
		m.open(dialog.Message("Settings", about, "No editor is known: set $EDITOR, then start ferry again."), nil)
		return nil
	}
	m.open(dialog.Confirm(dialog.ConfirmForm{Name: "settings", Title: "Settings", Text: about, Detail: "Edit it with " + m.editor()[0] + "?", Yes: "Edit", Letter: 'e'}),
		func(dialog.Value) tea.Cmd {
			return func() tea.Msg {
				return doneMsg{err: s.Prepare(), then: func() tea.Cmd { return m.runEditor(editing{local: s.File(), settings: true}) }}
			}
		})
	return nil
}

// settingsMsg is what the settings hold after they were edited.
type settingsMsg struct {
	config   config.Config
	problems []string
}

func (m *model) reloadSettings() tea.Cmd {
	s := m.opt.Settings
	return func() tea.Msg {
		c, problems := s.Load()
		return settingsMsg{c, problems}
	}
}

// settingsRead takes the settings over, as far as they hold at once.
func (m *model) settingsRead(msg settingsMsg) {
	m.opt.Config = msg.config
	if msg.config.Screen.Theme != m.th.Name {
		m.setTheme(msg.config.Screen.Theme)
	}
	m.tellProblems(append(msg.problems, m.bindKeys(msg.config.Keys)...))
	if m.notice == "" {
		m.say(good, "settings read: keys and colours hold now, the rest from the next start")
	}
}

// keepSetting changes the settings in memory and in the file, and says what holds now.
func (m *model) keepSetting(said string, change func(*config.Config)) tea.Cmd {
	change(&m.opt.Config)
	s := m.opt.Settings
	if s == nil {
		m.say(good, said+", for this session")
		return nil
	}
	return func() tea.Msg {
		if err := s.Change(change); err != nil {
			return doneMsg{err: fmt.Errorf("%s, for this session: %w", said, err)}
		}
		return doneMsg{text: said + ", kept in " + s.File()}
	}
}

// rebind asks for the new key of an action.
func (m *model) rebind(name string) tea.Cmd {
	a := action.ByName(name)
	m.float(menu.NewCapture(m.th, a, m.keys.Keys(name), func(keys string) bool { return m.keys.Begins(keys, a) }))
	return nil
}

// captured asks what the pressed key is to be for the action.
func (m *model) captured(c menu.Captured) tea.Cmd {
	m.over = nil
	a := action.ByName(c.Name)
	keys, err := action.Normalize(c.Keys)
	if err != nil {
		m.say(warn, err.Error())
		return nil
	}
	var rows []dialog.Choice
	var todo []func() tea.Cmd
	offer := func(label, note string, keys []string) {
		rows = append(rows, dialog.Choice{Label: label, Note: note})
		todo = append(todo, func() tea.Cmd { return m.setKeys(a, keys) })
	}
	note := ""
	if by := m.keys.Taken(keys, a); by != nil {
		note = "taken from " + strings.TrimSuffix(by.Label, "…")
	}
	now, text := m.keys.Keys(a.Name), action.KeyText(keys)
	if slices.Contains(now, keys) {
		offer("Take "+text+" away", "", slices.DeleteFunc(slices.Clone(now), func(k string) bool { return k == keys }))
	} else {
		if len(now) > 0 {
			offer(text+" beside "+keysText(now), note, append(slices.Clone(now), keys))
		}
		offer(text+" alone", note, []string{keys})
	}
	if _, own := m.opt.Config.Keys.Bind[a.Name]; own {
		offer("The usual keys again", "", nil)
	}
	rows = append(rows, dialog.Choice{Label: "Another key" + m.th.Glyphs.More})
	todo = append(todo, func() tea.Cmd { return m.rebind(a.Name) })
	m.open(dialog.Pick("change-key", strings.TrimSuffix(a.Label, "…"), rows, 0, ""), func(v dialog.Value) tea.Cmd { return todo[v.(dialog.Picked).Index]() })
	return nil
}

func keysText(keys []string) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = action.KeyText(k)
	}
	return strings.Join(out, ", ")
}

// setKeys binds keys to an action, at once and in the settings; nil are the
// usual ones. An action that loses a key by it is bound to what it keeps, so
// that the loss is on purpose.
func (m *model) setKeys(a *action.Action, keys []string) tea.Cmd {
	kept := map[string][]string{}
	for _, k := range keys {
		if by := m.keys.Taken(k, a); by != nil {
			if _, ok := kept[by.Name]; !ok {
				kept[by.Name] = m.keys.Keys(by.Name)
			}
			kept[by.Name] = slices.DeleteFunc(slices.Clone(kept[by.Name]), func(s string) bool { return s == k })
		}
	}
	change := func(c *config.Config) {
		bind := map[string][]string{}
		for name, ks := range c.Keys.Bind {
			bind[name] = ks
		}
		for name, ks := range kept {
			bind[name] = append([]string{}, ks...)
		}
		if bind[a.Name] = keys; keys == nil {
			delete(bind, a.Name)
		}
		c.Keys.Bind = bind
	}
	next := m.opt.Config
	change(&next)
	if problems := m.bindKeys(next.Keys); len(problems) > 0 {
		m.say(warn, problems[len(problems)-1])
	}
	said := strings.TrimSuffix(a.Label, "…") + ": " + keysText(m.keys.Keys(a.Name))
	if len(m.keys.Keys(a.Name)) == 0 {
		said = strings.TrimSuffix(a.Label, "…") + ": no key"
	}
	return m.keepSetting(said, change)
}
