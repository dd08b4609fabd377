package config

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// decode reads data into v, a pointer to a struct or to a map of structs that
// already holds the defaults. Of an unknown key, a value of the wrong kind and
// one that is not allowed each is told, and the rest still counts; of a file
// that is not TOML nothing does, and whole is false.
func decode(file string, data []byte, v any) (problems []*Problem, whole bool) {
	d := document{bytes.Clone(data)}
	t := reflect.TypeOf(v).Elem()
	if err := toml.Unmarshal(data, reflect.New(t).Interface()); err != nil {
		if problems = d.takeOut(file, t); len(problems) == 0 {
			return []*Problem{d.broken(file, err)}, false
		}
	}
	dec := toml.NewDecoder(bytes.NewReader(d.text)).DisallowUnknownFields()
	err := dec.Decode(v)
	var strict *toml.StrictMissingError
	switch {
	case err == nil:
	case errors.As(err, &strict):
		for i := range strict.Errors {
			problems = append(problems, unknownKey(file, &strict.Errors[i], t))
		}
	default:
		return append(problems, d.broken(file, err)), false
	}
	problems = append(problems, validate(file, &d, reflect.ValueOf(v).Elem(), nil)...)
	slices.SortStableFunc(problems, func(a, b *Problem) int { return a.Line - b.Line })
	return problems, true
}

// takeOut blanks what does not fit into t, and tells what that was; nothing
// where the text as a whole is no TOML.
func (d *document) takeOut(file string, t reflect.Type) (problems []*Problem) {
	all, err := d.items()
	if err != nil {
		return nil
	}
	for _, it := range all {
		if it.header {
			continue
		}
		value := string(d.text[it.value:it.end])
		alone := fmt.Sprintf("%s\n%s\n", it.head, d.text[it.start:it.end])
		err := toml.Unmarshal([]byte(alone), reflect.New(t).Interface())
		if err == nil || toml.Unmarshal([]byte(it.head), reflect.New(t).Interface()) != nil { // the table is to blame, not what is in it
			continue
		}
		problems = append(problems, &Problem{File: file, Line: d.lineAt(it.start), Key: keyText(it.path), Text: misfit(value, typeAt(t, it.path), err)})
		for i := it.start; i < it.end; i++ {
			if d.text[i] != '\n' {
				d.text[i] = ' '
			}
		}
	}
	return problems
}

// broken tells where and why the text cannot be read.
func (d *document) broken(file string, err error) *Problem {
	var bad *toml.DecodeError
	if !errors.As(err, &bad) {
		return &Problem{File: file, Text: strings.TrimPrefix(err.Error(), "toml: ")}
	}
	p := &Problem{File: file}
	p.Line, _ = bad.Position()
	text := strings.TrimPrefix(bad.Error(), "toml: ")
	if strings.HasPrefix(text, "cannot ") { // read well, and of no use
		p.Key, p.Text = keyText(bad.Key()), "this can be no table"
		return p
	}
	key, value := d.keyOn(p.Line)
	switch p.Key = key; {
	case strings.Contains(text, "already defined"):
		p.Text = "stands here a second time"
	case value == "" && strings.HasSuffix(text, "at start of value"):
		p.Text = "has no value"
	case strings.HasSuffix(text, "at start of value"), text == "strings must be quoted":
		p.Text = "a text stands in quotes: " + strconv.Quote(value)
	default:
		p.Text = "cannot be read: " + text
	}
	return p
}

// keyOn reads key and value of a line, counted from 1, of a text that cannot
// be read whole.
func (d *document) keyOn(line int) (key, value string) {
	table := ""
	for i, l := range strings.Split(string(d.text), "\n") {
		l = strings.TrimSpace(l)
		name, rest, isKey := strings.Cut(l, "=")
		if i+1 < line {
			if strings.HasPrefix(l, "[") && strings.HasSuffix(l, "]") && !isKey {
				table = strings.Trim(l, "[]") + "."
			}
			continue
		}
		if name = strings.TrimSpace(name); name == "" || strings.HasPrefix(name, "[") {
			return strings.Trim(name, "[]"), ""
		}
		return table + name, strings.TrimSpace(rest)
	}
	return "", ""
}

// typeAt is the type of the value at path, nil when there is none.
func typeAt(t reflect.Type, path []string) reflect.Type {
	for _, part := range path {
		if t.Kind() == reflect.Slice { // of tables
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.Map:
			t = t.Elem()
		case reflect.Struct:
			i := slices.IndexFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return f.Tag.Get("toml") == part })
			if i < 0 {
				return nil
			}
			t = t.Field(i).Type
		default:
			return nil
		}
	}
	return t
}

// misfit says why a value does not fit; a type that reads its text itself has said so in err.
func misfit(value string, t reflect.Type, err error) string {
	if t == nil || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return strings.TrimPrefix(err.Error(), "toml: ")
	}
	got := "a text"
	switch value[0] {
	case '[':
		got = "a list"
	case '{':
		got = "a table"
	case 't', 'f':
		got = value
	case '"', '\'':
	default:
		got = "the number " + value
	}
	switch t.Kind() {
	case reflect.Bool:
		return "want true or false, not " + got
	case reflect.Int, reflect.Int64:
		return "want a whole number, not " + got
	case reflect.String:
		return "want a text in quotes, not " + got
	case reflect.Slice:
		if got == "a text" {
			return "want a list: [" + value + "]"
		}
		return "want a list of texts, such as [\"a\", \"b\"]"
	}
	return "want a table, not " + got
}

const unknownText = "unknown key"

func unknownKey(file string, e *toml.DecodeError, t reflect.Type) *Problem {
	line, _ := e.Position()
	key := e.Key()
	p := &Problem{File: file, Line: line, Key: keyText(key), Text: unknownText}
	for i, part := range key {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() == reflect.Map {
			t = t.Elem()
			continue
		}
		if t.Kind() != reflect.Struct {
			return p
		}
		next, names := t, []string(nil)
		for j := range t.NumField() {
			name := t.Field(j).Tag.Get("toml")
			names = append(names, name)
			if name == part {
				next = t.Field(j).Type
			}
		}
		if next == t {
			p.Near = Nearest(part, names)
			p.Key = keyText(key[:i+1])
			return p
		}
		t = next
	}
	return p
}

// validate checks values against the tags oneof, min and max, reports what is
// not allowed and puts the zero value or, in a struct that has defaults, the
// default in its place.
func validate(file string, d *document, v reflect.Value, path []string) (problems []*Problem) {
	switch v.Kind() {
	case reflect.Map:
		if v.Type().Elem().Kind() != reflect.Struct {
			return nil
		}
		for _, k := range v.MapKeys() {
			one := reflect.New(v.Type().Elem()).Elem()
			one.Set(v.MapIndex(k))
			problems = append(problems, validate(file, d, one, append(path[:len(path):len(path)], k.String()))...)
			v.SetMapIndex(k, one)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f, tag := v.Field(i), v.Type().Field(i).Tag
			sub := append(path[:len(path):len(path)], tag.Get("toml"))
			if f.Kind() == reflect.Struct || f.Kind() == reflect.Map {
				problems = append(problems, validate(file, d, f, sub)...)
				continue
			}
			if p := checkValue(f, tag); p != nil {
				p.File, p.Line, p.Key = file, d.line(sub), keyText(sub)
				problems = append(problems, p)
				f.Set(defaultOf(sub, f.Type()))
			}
		}
	}
	return problems
}

func checkValue(f reflect.Value, tag reflect.StructTag) *Problem {
	words := strings.Fields(tag.Get("oneof"))
	one := func(s string) *Problem {
		for _, w := range words {
			if s == w {
				return nil
			}
		}
		return &Problem{Text: fmt.Sprintf("%q is not one of %s", s, strings.Join(words, ", ")), Near: Nearest(s, words)}
	}
	switch {
	case len(words) > 0 && f.Kind() == reflect.String && (f.String() != "" || tag.Get("empty") == ""):
		return one(f.String())
	case len(words) > 0 && f.Kind() == reflect.Slice:
		for i := range f.Len() {
			if p := one(f.Index(i).String()); p != nil {
				return p
			}
		}
	case f.Kind() == reflect.Int || f.Kind() == reflect.Int64:
		if n, err := strconv.ParseInt(tag.Get("min"), 10, 64); err == nil && f.Int() < n {
			return &Problem{Text: fmt.Sprintf("%d is less than %d", f.Int(), n)}
		}
		if n, err := strconv.ParseInt(tag.Get("max"), 10, 64); err == nil && f.Int() > n {
			return &Problem{Text: fmt.Sprintf("%d is more than %d", f.Int(), n)}
		}
		if d, ok := f.Interface().(Duration); ok && d > 0 && d < Duration(time.Millisecond) { // a number alone counts nanoseconds
			return &Problem{Text: fmt.Sprintf("%d has no unit; write \"%ds\"", d, d)}
		}
		if _, text := f.Addr().Interface().(encoding.TextUnmarshaler); text && f.Int() < 0 {
			return &Problem{Text: fmt.Sprintf("%d is less than 0", f.Int())}
		}
	}
	return nil
}

// defaultOf is the default setting at path, or the zero value where there is none.
func defaultOf(path []string, t reflect.Type) reflect.Value {
	v := reflect.ValueOf(Default())
	for _, part := range path {
		found := false
		for i := 0; v.Kind() == reflect.Struct && i < v.NumField(); i++ {
			if v.Type().Field(i).Tag.Get("toml") == part {
				v, found = v.Field(i), true
				break
			}
		}
		if !found {
			return reflect.Zero(t)
		}
	}
	if v.Type() != t {
		return reflect.Zero(t)
	}
	return v
}

// leaf is one value of a struct or a map of structs.
type leaf struct {
	path  []string
	value reflect.Value
	tag   reflect.StructTag
}

// leaves walks v in the order of its fields, maps in that of their keys.
func leaves(v reflect.Value, path []string, tag reflect.StructTag) []leaf {
	var all []leaf
	switch {
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			tag := v.Type().Field(i).Tag
			all = append(all, leaves(v.Field(i), append(path[:len(path):len(path)], tag.Get("toml")), tag)...)
		}
	case v.Kind() == reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			all = append(all, leaves(v.MapIndex(k), append(path[:len(path):len(path)], k.String()), tag)...)
		}
	default:
		all = append(all, leaf{path, v, tag})
	}
	return all
}
