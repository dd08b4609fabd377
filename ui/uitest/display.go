package uitest

import (
	"io"
	"sync"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// display is an emulator that one goroutine may write to while others look at
// it. (That of x/vt hands out its cells by pointer, which a write then changes.)
type display struct {
	mu sync.Mutex
	em *vt.Emulator
}

func newDisplay(w, h int) *display { return &display{em: vt.NewEmulator(w, h)} }

func (d *display) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.em.Write(p)
}

// Read gives what the emulator answers; it ends after close.
func (d *display) Read(p []byte) (int, error) { return d.em.Read(p) }

func (d *display) resize(w, h int) {
	d.mu.Lock()
	d.em.Resize(w, h)
	d.mu.Unlock()
}

func (d *display) cursor() uv.Position {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.em.CursorPosition()
}

func (d *display) alternate() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.em.IsAltScreen()
}

// rows are the cells of w columns and h lines.
func (d *display) rows(w, h int) [][]Cell {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([][]Cell, h)
	for y := range h {
		for x := 0; x < w; {
			c := d.em.CellAt(x, y)
			if c == nil || c.Width == 0 || c.Content == "" {
				out[y] = append(out[y], Cell{Text: " ", X: x, Width: 1})
				x++
				continue
			}
			out[y] = append(out[y], Cell{Text: c.Content, X: x, Width: c.Width, Style: c.Style})
			x += c.Width
		}
	}
	return out
}

// close ends Read; the screen can still be looked at.
func (d *display) close() {
	if c, ok := d.em.InputPipe().(io.Closer); ok {
		_ = c.Close()
	}
}
