package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// decode reads data into v, a pointer to a struct or to a map of structs that
// already holds the defaults. With an unknown key or a value that is not
// allowed the rest still counts; with a file that is not TOML, or a value of
// the wrong kind, v is left with what was read so far and whole is false.
func decode(file string, data []byte, v any) (problems []*Problem, whole bool) {
	dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	err := dec.Decode(v)
	var strict *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case err == nil:
	case errors.As(err, &strict):
		for i := range strict.Errors {
			problems = append(problems, unknownKey(file, &strict.Errors[i], reflect.TypeOf(v).Elem()))
		}
	case errors.As(err, &bad):
		line, _ := bad.Position()
		return []*Problem{{File: file, Line: line, Key: keyText(bad.Key()),
			Text: strings.TrimPrefix(bad.Error(), "toml: ")}}, false
	default:
		return []*Problem{textProblem(file, data, v, err)}, false
	}
	return append(problems, validate(file, &document{data}, reflect.ValueOf(v).Elem(), nil)...), true
}

// textProblem finds the place of an error that a value's UnmarshalText made,
// for which the library tells none: it tries the values one by one.
func textProblem(file string, data []byte, v any, err error) *Problem {
	d := document{data}
	all, _ := d.items()
	for _, it := range all {
		if it.header {
			continue
		}
		one := fmt.Appendf(nil, "%s = %s\n", keyText(it.path), data[it.value:it.end])
		if e := toml.Unmarshal(one, reflect.New(reflect.TypeOf(v).Elem()).Interface()); e != nil {
			return &Problem{File: file, Line: d.line(it.path), Key: keyText(it.path), Text: strings.TrimPrefix(e.Error(), "toml: ")}
		}
	}
	return &Problem{File: file, Text: strings.TrimPrefix(err.Error(), "toml: ")}
}

func unknownKey(file string, e *toml.DecodeError, t reflect.Type) *Problem {
	line, _ := e.Position()
	key := e.Key()
	p := &Problem{File: file, Line: line, Key: keyText(key), Text: "unknown key"}
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
		if _, text := f.Addr().Interface().(interface{ UnmarshalText([]byte) error }); text && f.Int() < 0 {
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
