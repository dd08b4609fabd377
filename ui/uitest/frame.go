package uitest

import (
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
)

// Cell is a character of the screen, one or two columns wide, at column X.
type Cell struct {
	Text  string
	X     int
	Width int
	Style uv.Style
}

// Frame is what a screen shows at one moment.
type Frame struct {
	W, H             int
	Rows             [][]Cell
	Cursor           bool // whether it is shown
	CursorX, CursorY int
}

// Row is row y as text, without the blanks at its end.
func (f Frame) Row(y int) string {
	var b strings.Builder
	for _, c := range f.Rows[y] {
		b.WriteString(c.Text)
	}
	return strings.TrimRight(b.String(), " ")
}

// String is the frame as text.
func (f Frame) String() string {
	rows := make([]string, len(f.Rows))
	for y := range f.Rows {
		rows[y] = f.Row(y)
	}
	return strings.Join(rows, "\n")
}

// Find tells where a text starts on the screen, the highest place first.
func (f Frame) Find(text string) (x, y int, ok bool) { return f.FindIn(text, 0, f.W) }

// FindIn is Find among the columns from x0 up to x1.
func (f Frame) FindIn(text string, x0, x1 int) (x, y int, ok bool) {
	for y, row := range f.Rows {
		var b strings.Builder
		var cols []int
		for _, c := range row {
			if c.X < x0 || c.X >= x1 {
				continue
			}
			for range len(c.Text) {
				cols = append(cols, c.X)
			}
			b.WriteString(c.Text)
		}
		if i := strings.Index(b.String(), text); i >= 0 {
			return cols[i], y, true
		}
	}
	return 0, 0, false
}
