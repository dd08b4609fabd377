package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Store reads and writes the files in its folders. It keeps no copy: every
// call reads the disk, so it must not be called where nothing may wait. Its
// methods may be called from any goroutine and, through a lock file, from
// several processes.
type Store struct{ dirs Dirs }

// Open returns the store of d. It touches no file.
func Open(d Dirs) *Store { return &Store{d} }

// Dirs are the folders of the store.
func (s *Store) Dirs() Dirs { return s.dirs }

// Config reads the settings: the defaults, and over them what the file says.
// Problems are told, never fatal: an unknown key is passed over, a value that
// is not allowed or of the wrong kind is the default, a file that is not TOML
// leaves all defaults.
func (s *Store) Config() (Config, []*Problem) {
	c := Default()
	_, problems, whole := s.read(s.dirs.ConfigFile(), &c)
	if !whole {
		c = Default()
	}
	return c, problems
}

// Locate fills in file and line of problems that were found in the settings by
// somebody else, who knows the key alone.
func (s *Store) Locate(problems []*Problem) {
	data, _ := readFile(s.dirs.ConfigFile())
	d := document{data}
	all, _ := d.items()
	for _, p := range problems {
		p.File = s.dirs.ConfigFile()
		for _, it := range all {
			if keyText(it.path) == p.Key {
				p.Line = d.lineAt(it.start)
			}
		}
	}
}

func (s *Store) read(file string, v any) ([]byte, []*Problem, bool) {
	data, err := readFile(file)
	if err != nil {
		return nil, []*Problem{{File: file, Text: err.Error()}}, false
	}
	problems, whole := decode(file, data, v)
	return data, problems, whole
}

// Change reads the settings, lets change work on them, and writes what differs,
// nothing else: comments, blank lines and the order of the file stay. A file
// that has problems is left as it is; the first problem is the error.
func (s *Store) Change(change func(*Config)) error {
	return s.dirs.locked(func() error {
		file := s.dirs.ConfigFile()
		old := Default()
		data, problems, _ := s.read(file, &old)
		if len(problems) > 0 {
			return fmt.Errorf("save settings: %w", problems[0])
		}
		now := clone(old)
		change(&now)
		d := document{data}
		if err := d.edit(reflect.ValueOf(old), reflect.ValueOf(now), nil, false); err != nil {
			return err
		}
		for _, p := range validate(file, &d, reflect.ValueOf(&now).Elem(), nil) {
			return fmt.Errorf("save settings: %w", p)
		}
		back := Default()
		problems, _ = decode(file, d.text, &back)
		return s.write(file, data, d.text, len(problems) == 0 && same(now, back), func(d *document) error {
			return d.edit(reflect.ValueOf(Default()), reflect.ValueOf(now), nil, false)
		})
	})
}

// write stores the edited text when it reads back as what is meant; else fresh
// writes the values anew, without the comments, and the former file is kept
// beside it under its name with "~". That happens to forms that cannot be
// edited by the line, such as a site written as an inline table.
func (s *Store) write(file string, before, after []byte, good bool, fresh func(*document) error) error {
	if !good {
		var d document
		if err := fresh(&d); err != nil {
			return err
		}
		if err := writeFile(file+"~", before); err != nil {
			return err
		}
		after = d.text
	}
	if string(before) == string(after) {
		return nil
	}
	return writeFile(file, after)
}

// same compares by way of the text, which makes nil and empty lists alike.
func same(a, b any) bool {
	x, err1 := toml.Marshal(a)
	y, err2 := toml.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

func clone(c Config) Config {
	b, err := toml.Marshal(c)
	n := Default()
	if err == nil {
		err = toml.Unmarshal(b, &n)
	}
	if err != nil {
		return c
	}
	return n
}

// edit brings the document from the values of old to those of now, both of one
// type. With zeroGone a key whose value is zero is taken out of the text.
func (d *document) edit(old, now reflect.Value, path []string, zeroGone bool) error {
	before := map[string]leaf{}
	for _, l := range leaves(old, path, "") {
		before[keyText(l.path)] = l
	}
	for _, l := range leaves(now, path, "") {
		key := keyText(l.path)
		was, ok := before[key]
		delete(before, key)
		if ok && sameValue(was.value, l.value) {
			continue
		}
		if zeroGone && l.value.IsZero() {
			if err := d.remove(l.path); err != nil {
				return err
			}
			continue
		}
		text, err := valueText(l.value.Interface())
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if err := d.set(l.path, text); err != nil {
			return err
		}
	}
	for _, l := range before { // entries of maps that are gone
		if err := d.remove(l.path); err != nil {
			return err
		}
	}
	return nil
}

func sameValue(a, b reflect.Value) bool {
	if a.Kind() == reflect.Slice && a.Len() == 0 && b.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// Prepare makes config.toml where there is none: all settings, as comments.
func (s *Store) Prepare() error {
	return s.dirs.locked(func() error {
		if data, err := readFile(s.dirs.ConfigFile()); err != nil || data != nil {
			return err
		}
		text := "# The settings of ferry. Take the # off a line to change it.\n\n"
		for line := range strings.Lines(Reference()) {
			if line != "\n" && line[0] != '[' && line[0] != '#' {
				line = "# " + line
			}
			text += line
		}
		return writeFile(s.dirs.ConfigFile(), []byte(text))
	})
}

// Reference is a config.toml with every key at its default and what it means.
func Reference() string {
	var b strings.Builder
	table := ""
	for _, l := range append(leaves(reflect.ValueOf(Default()), nil, ""), leaf{path: []string{"keys", "bind"}}) {
		if l.path[0] != table {
			if table = l.path[0]; l.tag == "" {
				b.WriteString("\n[keys.bind]\n# copy = [\"f5\", \"c\"]    # " + bindDoc() + "\n")
				break
			}
			fmt.Fprintf(&b, "\n[%s]\n", table)
		}
		text, err := valueText(l.value.Interface())
		if err != nil {
			text = `""`
		}
		doc := l.tag.Get("doc")
		if words := l.tag.Get("oneof"); words != "" {
			doc += " (" + strings.Join(strings.Fields(words), ", ") + ")"
		}
		fmt.Fprintf(&b, "%-36s # %s\n", l.path[len(l.path)-1]+" = "+text, doc)
	}
	return strings.TrimLeft(b.String(), "\n")
}

func bindDoc() string {
	f, _ := reflect.TypeOf(Keys{}).FieldByName("Bind")
	return f.Tag.Get("doc")
}
