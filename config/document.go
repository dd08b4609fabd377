package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// document is the text of a TOML file that is changed in place, so that
// comments, order and blank lines stay. Kept is everything but the line that
// is changed; a comment behind a value on that line stays too.
type document struct{ text []byte }

// item is a `key = value` of a document, or a table header when it has no key.
type item struct {
	path       []string // whole path, that of the table included
	head       string   // the header that it stands below, "" for none
	header     bool
	start, end int // bytes of the expression; end is after the value, or of a header's line
	value      int // first byte of the value
}

// items reads the document's expressions in order.
func (d *document) items() ([]item, error) {
	var p unstable.Parser
	p.Reset(d.text)
	var all []item
	var table []string
	head := ""
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.KeyValue && e.Kind != unstable.Table && e.Kind != unstable.ArrayTable {
			continue
		}
		var keys []string
		first, last := -1, 0
		for it := e.Key(); it.Next(); {
			n := it.Node()
			keys = append(keys, string(n.Data))
			if first < 0 {
				first = int(n.Raw.Offset)
			}
			last = int(n.Raw.Offset + n.Raw.Length)
		}
		if first < 0 {
			continue
		}
		if e.Kind != unstable.KeyValue {
			table, head = keys, "["+keyText(keys)+"]"
			if e.Kind == unstable.ArrayTable {
				head = "[" + head + "]"
			}
			end := last + len(bytes.TrimRight(d.text[last:d.lineEnd(last)], "\r\n"))
			all = append(all, item{path: keys, header: true, start: d.lineStart(first), end: end})
			continue
		}
		v := last + bytes.IndexByte(d.text[last:], '=') + 1
		v += len(d.text[v:]) - len(bytes.TrimLeft(d.text[v:], " \t"))
		end := int(e.Raw.Offset + e.Raw.Length)
		end = v + len(bytes.TrimRight(d.text[v:max(v, end)], " \t\r\n"))
		path := append(append([]string{}, table...), keys...)
		all = append(all, item{path: path, head: head, start: first, end: end, value: v})
	}
	return all, p.Error()
}

func (d *document) lineStart(i int) int { return bytes.LastIndexByte(d.text[:i], '\n') + 1 }

// lineEnd is the place after the line's end, or the end of the text.
func (d *document) lineEnd(i int) int {
	if n := bytes.IndexByte(d.text[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(d.text)
}

func (d *document) replace(from, to int, s string) {
	d.text = append(d.text[:from:from], append([]byte(s), d.text[to:]...)...)
}

// line is the number of the line, from 1, where path is set, or 0.
func (d *document) line(path []string) int {
	all, _ := d.items()
	for i := len(all) - 1; i >= 0; i-- {
		if samePath(all[i].path, path) {
			return d.lineAt(all[i].start)
		}
	}
	return 0
}

// lineAt is the number of the line, from 1, of a byte.
func (d *document) lineAt(i int) int { return 1 + bytes.Count(d.text[:i], []byte("\n")) }

// set gives path the value, which is TOML text. A new key goes to the end of
// its table, a new table to the end of the document.
func (d *document) set(path []string, value string) error {
	all, err := d.items()
	if err != nil {
		return err
	}
	table, at := path[:len(path)-1], -1
	for _, it := range all {
		if !it.header && samePath(it.path, path) {
			d.replace(it.value, it.end, value)
			return nil
		}
		if it.header && samePath(it.path, table) || !it.header && len(it.path) == len(path) && samePath(it.path[:len(table)], table) {
			at = d.lineEnd(it.end)
		}
	}
	line := keyText(path[len(path)-1:]) + " = " + value + "\n"
	if at < 0 {
		d.endLine()
		if len(d.text) > 0 {
			line = "\n[" + keyText(table) + "]\n" + line
		} else {
			line = "[" + keyText(table) + "]\n" + line
		}
		at = len(d.text)
	} else if at > 0 && d.text[at-1] != '\n' {
		line = "\n" + line
	}
	d.replace(at, at, line)
	return nil
}

func (d *document) endLine() {
	if n := len(d.text); n > 0 && d.text[n-1] != '\n' {
		d.text = append(d.text, '\n')
	}
}

// remove takes path out, with its line's comment. Not being there is no error.
func (d *document) remove(path []string) error {
	all, err := d.items()
	if err != nil {
		return err
	}
	for _, it := range all {
		if !it.header && samePath(it.path, path) {
			d.replace(d.lineStart(it.start), d.lineEnd(it.end), "")
			return nil
		}
	}
	return nil
}

// removeTable takes a table and what is below it out, with the comment lines
// right above its header.
func (d *document) removeTable(table []string) error {
	all, err := d.items()
	if err != nil {
		return err
	}
	for i := len(all) - 1; i >= 0; i-- {
		it := all[i]
		if len(it.path) < len(table) || !samePath(it.path[:len(table)], table) {
			continue
		}
		from, to := d.lineStart(it.start), d.lineEnd(it.end)
		for it.header && from > 0 {
			above := d.lineStart(from - 1)
			if !bytes.HasPrefix(bytes.TrimSpace(d.text[above:from]), []byte("#")) {
				break
			}
			from = above
		}
		d.replace(from, to, "")
	}
	return nil
}

// rename gives a top-level table another name.
func (d *document) rename(from, to string) error {
	all, err := d.items()
	if err != nil {
		return err
	}
	for i := len(all) - 1; i >= 0; i-- {
		it := all[i]
		if it.header && it.path[0] == from {
			path := append([]string{to}, it.path[1:]...)
			tail := ""
			if i := bytes.LastIndexByte(d.text[it.start:it.end], ']'); len(path) == 1 && i >= 0 {
				tail = string(d.text[it.start+i+1 : it.end])
			}
			d.replace(it.start, it.end, "["+keyText(path)+"]"+tail)
		}
	}
	return nil
}

func samePath(a, b []string) bool { return slices.Equal(a, b) }

// keyText writes a dotted key, each part quoted where it must be.
func keyText(path []string) string {
	parts := make([]string, len(path))
	for i, p := range path {
		bare := p != ""
		for _, r := range p {
			bare = bare && (r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
		}
		if parts[i] = p; !bare {
			parts[i], _ = valueText(p)
		}
	}
	return strings.Join(parts, ".")
}

// valueText writes a value as TOML, on one line.
func valueText(v any) (string, error) {
	if !utf8.ValidString(fmt.Sprint(v)) {
		return "", errors.New("value is not UTF-8") // TOML cannot hold it
	}
	b, err := toml.Marshal(map[string]any{"v": v})
	if err != nil {
		return "", err
	}
	s, ok := strings.CutPrefix(strings.TrimSpace(string(b)), "v = ")
	if !ok || strings.Contains(s, "\n") {
		return "", errors.New("internal error: value needs more than one line")
	}
	return s, nil
}
