// Package theme holds what the screen looks like: styles by meaning and the
// glyphs of frames, marks and bars, in Unicode and in ASCII. No colour literal
// stands anywhere else. A Theme is shared by pointer and changed by the root
// model alone, between frames.
package theme

import (
	"strings"

	"ferry/ui/text"
)

// Off ends every style.
const Off = "\x1b[m"

// Style is a precomputed prefix: what switches the style on. Off ends it.
// Styles do not nest: after an inner Off the outer prefix is written again.
type Style string

// Render returns s in the style. s must not hold other sequences that end.
func (s Style) Render(str string) string {
	if s == "" || str == "" {
		return str
	}
	return string(s) + str + Off
}

// Over returns str, which may hold styled parts, with the style under all of it.
func (s Style) Over(str string) string {
	if s == "" {
		return str
	}
	return string(s) + strings.ReplaceAll(str, Off, Off+string(s)) + Off
}

// Theme is the look of everything. The zero value is not usable: see New.
type Theme struct {
	Name   string
	Glyphs Glyphs
	Method text.Method // how columns are counted; Method.ASCII follows Glyphs.ASCII

	Text   Style // plain entries and dialog text
	Dim    Style // what matters less: dates, hints, hidden files
	Strong Style

	Border      Style
	BorderFocus Style
	Title       Style
	TitleFocus  Style
	Header      Style // column names

	Dir            Style
	Link           Style
	Exec           Style
	Special        Style // devices and what is of unknown kind
	Marked         Style
	Cursor         Style // row under the cursor in the focused pane
	CursorInactive Style
	CursorMarked   Style
	DropTarget     Style // row or pane that a drop would go to
	Replaced       Style // what stands in for a byte that cannot be drawn

	OK    Style
	Warn  Style
	Error Style
	Info  Style // running transfers, links to click

	Bar     Style // filled part of a progress bar
	BarRest Style
	Spark   Style

	MenuBar      Style // top line
	MenuBarOpen  Style // the open menu's title
	Menu         Style // rows of a menu, palette, dialog list
	MenuSelected Style
	MenuKey      Style // key beside a menu label
	MenuDisabled Style
	Hot          Style // the letter that chooses
	Match        Style // found part of a search

	KeyNum   Style // key bar: the number
	KeyLabel Style

	Input       Style // text field
	InputFocus  Style
	Button      Style
	ButtonFocus Style
	Ghost       Style // what is being dragged
	TabActive   Style
	Tab         Style
}

// Glyphs are the signs outside text. All are one column wide.
type Glyphs struct {
	ASCII bool

	// Frames: light, and heavy for what has the focus.
	Light, Heavy Box

	Cursor, Marked         string
	Equal, Differ          string // compare marks
	OnlyHere, Newer, Older string
	SameName               string // of folders, whose content is not compared
	Up, Down               string // upload, download; also sorted ascending, descending is SortUp, SortDown
	SortUp, SortDown       string
	Arrow                  string // link target and "to"
	Fail, Dot, Pick        string // failed; a state; the chosen row of a list
	On, OffBox             string // toggles: [x] and [ ]
	Thumb, Track           string // scroll bar
	More                   string // something goes on below or to the right
	Sub                    string // a menu entry that opens another
}

// Box is a frame's pieces.
type Box struct {
	H, V, TL, TR, BL, BR, L, R, T, B string
}

// Unicode and ASCII are the two glyph sets.
var (
	Unicode = Glyphs{
		Light:  Box{H: "─", V: "│", TL: "╭", TR: "╮", BL: "╰", BR: "╯", L: "├", R: "┤", T: "┬", B: "┴"},
		Heavy:  Box{H: "━", V: "┃", TL: "┏", TR: "┓", BL: "┗", BR: "┛", L: "┣", R: "┫", T: "┳", B: "┻"},
		Cursor: "▶", Marked: "●", Equal: "=", Differ: "≠", OnlyHere: "+", Newer: "»", Older: "«", SameName: "≈",
		Up: "↑", Down: "↓", SortUp: "▲", SortDown: "▼", Arrow: "->", Fail: "!", Dot: "●", Pick: "▸",
		On: "[x]", OffBox: "[ ]", Thumb: "█", Track: "░", More: "…", Sub: "▸",
	}
	ASCII = Glyphs{ASCII: true,
		Light:  Box{H: "-", V: "|", TL: "+", TR: "+", BL: "+", BR: "+", L: "+", R: "+", T: "+", B: "+"},
		Heavy:  Box{H: "=", V: "#", TL: "#", TR: "#", BL: "#", BR: "#", L: "#", R: "#", T: "#", B: "#"},
		Cursor: ">", Marked: "*", Equal: "=", Differ: "!", OnlyHere: "+", Newer: "}", Older: "{", SameName: "~",
		Up: "^", Down: "v", SortUp: "^", SortDown: "v", Arrow: "->", Fail: "!", Dot: "*", Pick: ">",
		On: "[x]", OffBox: "[ ]", Thumb: "#", Track: ".", More: "~", Sub: ">",
	}
)

// Names are the themes that New knows, the default first.
var Names = []string{"terminal", "dark", "light"}

// New returns the theme of that name; an unknown one is the default.
func New(name string, ascii bool) *Theme {
	var t *Theme
	switch name {
	case "dark":
		t = dark()
	case "light":
		t = light()
	default:
		t = terminal()
	}
	t.Glyphs = Unicode
	if ascii {
		t.Glyphs = ASCII
	}
	t.Method.ASCII = ascii
	return t
}

// Box is the frame's pieces: heavy with the focus.
func (t *Theme) Box(focus bool) (Box, Style) {
	if focus {
		return t.Glyphs.Heavy, t.BorderFocus
	}
	return t.Glyphs.Light, t.Border
}

// Top draws a frame's upper edge of w columns with a title at the left and a
// note at the right; both are cut to fit. They may hold styles.
func (t *Theme) Top(w int, focus bool, left, right string) string {
	b, s := t.Box(focus)
	return t.edge(w, b.TL, b.TR, b.H, s, left, right)
}

// Bottom is Top for the lower edge.
func (t *Theme) Bottom(w int, focus bool, left, right string) string {
	b, s := t.Box(focus)
	return t.edge(w, b.BL, b.BR, b.H, s, left, right)
}

func (t *Theme) edge(w int, tl, tr, h string, s Style, left, right string) string {
	if w < 2 {
		return text.Spaces(w)
	}
	room := w - 4 // the corners and one piece of line beside each
	if left != "" && room > 2 {
		left = " " + t.Method.Cut(left, room-2) + " "
	} else {
		left = ""
	}
	lw := t.Method.Width(left)
	if right != "" {
		if free := room - lw - 3; free > 0 {
			right = " " + t.Method.Cut(right, free) + " "
		} else {
			right = ""
		}
	}
	rw := t.Method.Width(right)
	fill := w - 4 - lw - rw
	var b strings.Builder
	b.WriteString(string(s))
	b.WriteString(tl)
	if w > 3 {
		b.WriteString(h)
	}
	over(&b, s, left)
	for range max(fill, 0) {
		b.WriteString(h)
	}
	over(&b, s, right)
	if w > 2 {
		b.WriteString(h)
	}
	b.WriteString(tr)
	b.WriteString(Off)
	return b.String()
}

// over writes str, and the style s again after whatever ended it.
func over(b *strings.Builder, s Style, str string) {
	b.WriteString(str)
	if strings.Contains(str, Off) {
		b.WriteString(string(s))
	}
}

// Row draws one line of a frame's inside: content padded to w-2 columns
// between the two sides. content may hold styles.
func (t *Theme) Row(w int, focus bool, content string) string {
	b, s := t.Box(focus)
	return s.Render(b.V) + t.Method.Pad(content, w-2) + s.Render(b.V)
}

// Framed draws a whole frame of w by h around lines; missing lines are blank,
// those too many are left out.
func (t *Theme) Framed(w, h int, focus bool, title, note, footer string, lines []string) string {
	var b strings.Builder
	b.WriteString(t.Top(w, focus, title, note))
	for i := range max(h-2, 0) {
		b.WriteByte('\n')
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		b.WriteString(t.Row(w, focus, line))
	}
	b.WriteByte('\n')
	b.WriteString(t.Bottom(w, focus, footer, ""))
	return b.String()
}
