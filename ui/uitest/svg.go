package uitest

import (
	"fmt"
	"html"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// Size of a cell and of the margin, in pixels.
const (
	cellW  = 8.4
	cellH  = 17.0
	margin = 10.0
)

// The sixteen colours of the terminal in the pictures, and its own two.
var (
	sixteen = [16]string{"#20242c", "#ff7a85", "#a3d977", "#f2c97d", "#82aaff", "#c792ea", "#7fdbca", "#d8dee9",
		"#6b7385", "#ff9aa2", "#c0e8a0", "#ffe0a3", "#a8c5ff", "#dcb8f5", "#a5efe2", "#ffffff"}
	ink   = "#d8dee9"
	paper = "#171b22"
)

// SVG draws the frame as a picture that needs no font of its own: lines and
// blocks are drawn, text is set in whatever monospace font there is, each
// piece at its column.
func (f Frame) SVG(title string) string {
	w, h := float64(f.W)*cellW+2*margin, float64(f.H)*cellH+2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.1f %.1f" role="img" aria-label="%s">`+"\n",
		w, h, w, h, html.EscapeString(title))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", paper)
	b.WriteString(`<g font-family="ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK SC',monospace" font-size="14" xml:space="preserve">` + "\n")
	for y, row := range f.Rows {
		for i := 0; i < len(row); {
			n := run(row, i)
			f.piece(&b, row[i:n], y)
			i = n
		}
	}
	if f.Cursor && f.CursorX < f.W && f.CursorY < f.H {
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" opacity="0.6"/>`+"\n",
			margin+float64(f.CursorX)*cellW, margin+float64(f.CursorY)*cellH, cellW, cellH, ink)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// run is the end of the cells from i on that are drawn as one piece.
func run(row []Cell, i int) int {
	n := i + 1
	switch {
	case strings.Contains("─━░█", row[i].Text):
		for n < len(row) && row[n].Text == row[i].Text && row[n].Style.Equal(&row[i].Style) {
			n++
		}
		return n
	case row[i].Width != 1, drawnSign(row[i].Text):
		return n
	}
	for n < len(row) && row[n].Width == 1 && !drawnSign(row[n].Text) && row[n].Style.Equal(&row[i].Style) {
		n++
	}
	return n
}

func (f Frame) piece(b *strings.Builder, cells []Cell, y int) {
	first, last := cells[0], cells[len(cells)-1]
	x, top := margin+float64(first.X)*cellW, margin+float64(y)*cellH
	width := float64(last.X+last.Width-first.X) * cellW
	fg, bg := colours(first.Style)
	if bg != paper {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.2f" height="%.1f" fill="%s"/>`+"\n", x, top, width+0.2, cellH, bg)
	}
	if drawnSign(first.Text) {
		sign(b, []rune(first.Text)[0], x, top, width, fg)
		return
	}
	var s strings.Builder
	for _, c := range cells {
		s.WriteString(c.Text)
	}
	if strings.TrimSpace(s.String()) == "" {
		return
	}
	attrs := ""
	if first.Style.Attrs&uv.AttrBold != 0 {
		attrs += ` font-weight="bold"`
	}
	if first.Style.Attrs&uv.AttrItalic != 0 {
		attrs += ` font-style="italic"`
	}
	if first.Style.Attrs&uv.AttrFaint != 0 {
		attrs += ` opacity="0.6"`
	}
	if first.Style.Underline != 0 {
		attrs += ` text-decoration="underline"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs" fill="%s"%s>%s</text>`+"\n",
		x, top+cellH*0.75, width, fg, attrs, html.EscapeString(s.String()))
}

// colours of a style, reverse already applied.
func colours(s uv.Style) (fg, bg string) {
	fg, bg = hex(s.Fg, ink), hex(s.Bg, paper)
	if s.Attrs&uv.AttrReverse != 0 {
		fg, bg = bg, fg
	}
	return fg, bg
}

func hex(c color.Color, none string) string {
	switch c := c.(type) {
	case nil:
		return none
	case ansi.BasicColor:
		return sixteen[c&15]
	case ansi.IndexedColor:
		if c < 16 {
			return sixteen[c]
		}
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// arms are the lines of a box-drawing sign: left, right, up, down; 1 light, 2 heavy.
var arms = map[rune][4]int{
	'─': {1, 1, 0, 0}, '│': {0, 0, 1, 1}, '╭': {0, 1, 0, 1}, '╮': {1, 0, 0, 1}, '╰': {0, 1, 1, 0}, '╯': {1, 0, 1, 0},
	'├': {0, 1, 1, 1}, '┤': {1, 0, 1, 1}, '┬': {1, 1, 0, 1}, '┴': {1, 1, 1, 0},
	'━': {2, 2, 0, 0}, '┃': {0, 0, 2, 2}, '┏': {0, 2, 0, 2}, '┓': {2, 0, 0, 2}, '┗': {0, 2, 2, 0}, '┛': {2, 0, 2, 0},
	'┣': {0, 2, 2, 2}, '┫': {2, 0, 2, 2}, '┳': {2, 2, 0, 2}, '┻': {2, 2, 2, 0},
}

// drawnSign reports whether a cell is drawn, not set as text.
func drawnSign(s string) bool {
	r := []rune(s)
	if len(r) != 1 {
		return false
	}
	_, line := arms[r[0]]
	return line || r[0] >= '▁' && r[0] <= '▏' || r[0] == '░'
}

// sign draws a line or block sign, and those of ─ ━ ░ █ over the whole width
// of their run.
func sign(b *strings.Builder, r rune, x, y, width float64, fg string) {
	rect := func(x, y, w, h float64, more string) {
		fmt.Fprintf(b, `<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="%s"%s/>`+"\n", x, y, w, h, fg, more)
	}
	switch {
	case r == '░':
		rect(x, y+cellH*0.15, width, cellH*0.7, ` opacity="0.25"`)
		return
	case r >= '▁' && r <= '█': // eighths from below
		h := cellH * float64(r-'▁'+1) / 8
		if r == '█' {
			rect(x, y+cellH*0.15, width, cellH*0.7, "")
			return
		}
		rect(x, y+cellH-h, cellW, h, "")
		return
	case r >= '▉' && r <= '▏': // eighths from the left
		rect(x, y+cellH*0.15, cellW*float64('▏'-r+1)/8, cellH*0.7, "")
		return
	}
	a := arms[r]
	if r == '─' || r == '━' {
		t := float64(a[0]*a[0]+1) / 2
		rect(x, y+cellH/2-t/2, width, t, "")
		return
	}
	cx, cy := x+cellW/2, y+cellH/2
	size := func(kind int) float64 { return float64(kind*kind+1) / 2 }
	for i, kind := range a {
		if kind == 0 {
			continue
		}
		t := size(kind)
		switch i {
		case 0:
			rect(x, cy-t/2, cellW/2+t/2, t, "")
		case 1:
			rect(cx-t/2, cy-t/2, cellW/2+t/2, t, "")
		case 2:
			rect(cx-t/2, y, t, cellH/2+t/2, "")
		case 3:
			rect(cx-t/2, cy-t/2, t, cellH/2+t/2, "")
		}
	}
}
