package view

import (
	"bytes"

	tea "charm.land/bubbletea/v2"
)

// Key edits the search line.
func (v *View) Key(k tea.KeyPressMsg) {
	switch k.String() {
	case "esc", "ctrl+c":
		v.searching = false
	case "enter":
		v.searching = false
		v.find = bytes.ToLower([]byte(v.line.Value()))
		v.from, v.back, v.hit = v.top, false, -1
		v.begin()
	default:
		v.line.Key(k)
	}
}

// again looks for the next match, or the one before.
func (v *View) again(back bool) {
	v.back = back
	v.from = v.top
	switch {
	case v.hit >= 0 && !back:
		v.from = v.hit + 1
	case v.hit >= 0:
		v.from = v.hit - 1
	case back:
		v.from = v.top - 1
	}
	if v.from < 0 {
		v.from, v.said = -1, "not found above"
		return
	}
	v.begin()
}

func (v *View) begin() {
	if len(v.find) == 0 {
		v.from = -1
		return
	}
	v.said, v.seam = "", 0
	v.search()
}

// search goes on through the pieces that are there, without regard to the case
// of ASCII letters. What is missing is asked for, one piece after the other.
func (v *View) search() {
	for v.from >= 0 {
		p := v.from / piece
		if !v.has(p) {
			v.said = "searching"
			return
		}
		if v.back {
			v.searchBack(p)
			continue
		}
		// A match may reach into the next piece: its first bytes are looked at
		// again together with those before the seam.
		start := max(v.from-int64(v.seam), 0)
		b, _ := v.at(start, int((p+1)*piece-start))
		if i := bytes.Index(bytes.ToLower(b), v.find); i >= 0 {
			v.found(start + int64(i))
			return
		}
		if v.size >= 0 && (p+1)*piece >= v.size {
			v.from, v.said = -1, "not found below"
			return
		}
		v.from, v.seam = (p+1)*piece, len(v.find)-1
	}
}

func (v *View) searchBack(p int64) {
	start := p * piece
	n := int(v.from-start) + len(v.find)
	b, _ := v.at(start, n)
	if i := bytes.LastIndex(bytes.ToLower(b), v.find); i >= 0 {
		v.found(start + int64(i))
		return
	}
	v.from = start - 1
	if v.from < 0 {
		v.from, v.said = -1, "not found above"
	}
}

// found shows the match.
func (v *View) found(at int64) {
	v.hit, v.from, v.said = at, -1, ""
	if v.hex {
		w := int64(v.hexWidth())
		v.top = max(at/w*w-int64(v.rows()/3)*w, 0)
		return
	}
	v.top = v.lineBefore(at + 1)
}

// Cursor is in the search line, in coordinates of the view.
func (v *View) Cursor() *tea.Cursor {
	if !v.searching {
		return nil
	}
	_, cx := v.line.View(v.Theme.Method, max(v.w-12, 1), "")
	c := tea.NewCursor(3+len("find: ")+cx, v.h-1)
	c.Blink = false
	return c
}
