package view

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"ferry/ui/edit"
	"ferry/ui/text"
)

// Full draws the view in h lines of exactly w columns. said stands at the
// lower edge in place of the hints, "" for them.
func (v *View) Full(said string) []string {
	t, m := v.Theme, v.Theme.Method
	rows, below := v.body()
	title := t.TitleFocus.Render(m.CutMiddle(m.Display(v.name), max(v.w/2, 1)))
	out := []string{t.Top(v.w, true, title, t.Dim.Render(v.where(below)))}
	for i := range v.rows() {
		s := ""
		if i < len(rows) {
			s = rows[i]
		}
		out = append(out, t.Row(v.w, true, m.Pad(s, max(v.w-2, 0))))
	}
	foot, right := said, ""
	switch {
	case v.searching:
		s, _ := v.line.View(m, max(v.w-12, 1), "")
		foot = "find: " + t.Input.Render(s)
	case v.failed != "":
		foot = t.Error.Render(m.Display(v.failed)) + t.Dim.Render("   "+v.Keys.Ref("refresh")+" tries again")
	case v.said != "":
		foot = v.said
	case said == "":
		right = v.Keys.Hint("help", "all keys") + "  " + v.Keys.Hint("cancel", "close")
		names := []string{"find-text", "file-hex", "file-wrap", "bottom", "top"}
		if len(v.find) > 0 {
			names = append([]string{"search-next"}, names...)
		}
		foot = t.Dim.Render(v.Keys.Hints(v.w-10-m.Width(right), names...))
	}
	return append(out, t.Bottom(v.w, true, foot, t.Dim.Render(right)))
}

// where says what part of the file is seen: below is the offset behind it.
func (v *View) where(below int64) string {
	kind := "text"
	if v.hex {
		kind = "hex"
	}
	switch {
	case v.size == 0:
		return kind + "  empty"
	case v.size < 0:
		return fmt.Sprintf("%s  %s of ?", kind, text.Size(below))
	}
	pct := min(below*100/v.size, 100)
	return fmt.Sprintf("%s  %s of %s  %d %%", kind, text.Size(below), text.Size(v.size), pct)
}

// body is the rows that are seen, and the offset behind the last of them.
func (v *View) body() (out []string, below int64) {
	if v.hex {
		return v.hexRows()
	}
	t, m := v.Theme, v.Theme.Method
	w := max(v.w-2, 1)
	pos := v.top
	for len(out) < v.rows() {
		line, next := v.lineAt(pos)
		if next == pos {
			break // the end
		}
		if next < 0 {
			if v.failed == "" {
				out = append(out, t.Dim.Render("reading"+m.Tail()))
			}
			break
		}
		out = append(out, v.textRows(line, pos, w)...)
		pos = next
	}
	return out, pos
}

// textRows is one line of text: on one row, or wrapped on as many as it needs.
func (v *View) textRows(line []byte, pos int64, w int) []string {
	t, m := v.Theme, v.Theme.Method
	s := expand(string(line))
	hitAt := -1
	if v.hit >= pos && v.hit < pos+int64(len(line)) {
		hitAt = m.Width(m.Display(expand(string(line[:v.hit-pos]))))
	}
	hitW := len(v.find)
	if hitAt >= 0 {
		end := min(int(v.hit-pos)+len(v.find), len(line))
		hitW = m.Width(m.Display(expand(string(line[v.hit-pos : end]))))
	}
	d := m.Display(s)
	if !v.wrap {
		if v.shift > 0 {
			d = m.Mode.TruncateLeft(d, v.shift, "")
			hitAt -= v.shift
		}
		return []string{v.lit(m.Pad(d, w), hitAt, hitW)}
	}
	var out []string
	row, used, from := "", 0, 0
	for _, c := range edit.Clusters(d) {
		n := m.Width(c)
		if used+n > w && row != "" {
			out = append(out, v.lit(row, hitAt-from, hitW))
			from += used
			row, used = "", 0
		}
		row += c
		used += n
	}
	return append(out, v.lit(t.Method.Pad(row, used), hitAt-from, hitW))
}

// lit shows the match in a row: columns at to at+n.
func (v *View) lit(row string, at, n int) string {
	t, m := v.Theme, v.Theme.Method
	w := m.Width(row)
	if at+n <= 0 || at >= w || v.hit < 0 || n <= 0 {
		return t.Text.Render(row)
	}
	from, to := max(at, 0), min(at+n, w)
	return t.Text.Render(m.Mode.Cut(row, 0, from)) + t.Match.Render(m.Mode.Cut(row, from, to)) + t.Text.Render(m.Mode.Cut(row, to, w))
}

// expand turns tabs into blanks up to the next multiple of eight columns.
func expand(s string) string {
	if !strings.Contains(s, "\t") {
		return s
	}
	var b strings.Builder
	col := 0
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if r == '\t' {
			blanks := 8 - col%8
			b.WriteString(text.Spaces(blanks))
			col += blanks
		} else {
			b.WriteString(s[:n])
			col++
		}
		s = s[n:]
	}
	return b.String()
}

func (v *View) hexRows() (out []string, below int64) {
	t := v.Theme
	n := v.hexWidth()
	pos := v.top
	for len(out) < v.rows() {
		b, whole := v.at(pos, n)
		if len(b) == 0 {
			if !whole && v.failed == "" {
				out = append(out, t.Dim.Render("reading"+t.Method.Tail()))
			}
			break
		}
		out = append(out, v.hexRow(pos, b, n))
		pos += int64(len(b))
		if len(b) < n {
			break
		}
	}
	return out, pos
}

func (v *View) hexRow(pos int64, b []byte, n int) string {
	t := v.Theme
	var hex, asc strings.Builder
	for i := range n {
		if i == 8 {
			hex.WriteByte(' ')
		}
		if i >= len(b) {
			hex.WriteString("   ")
			continue
		}
		h, a := fmt.Sprintf("%02x", b[i]), "."
		if b[i] >= 0x20 && b[i] < 0x7f {
			a = string(b[i])
		}
		if at := pos + int64(i); v.hit >= 0 && at >= v.hit && at < v.hit+int64(len(v.find)) {
			h, a = t.Match.Render(h), t.Match.Render(a)
		}
		hex.WriteString(h + " ")
		asc.WriteString(a)
	}
	return t.Dim.Render(fmt.Sprintf("%010x  ", pos)) + hex.String() + " " + asc.String()
}
