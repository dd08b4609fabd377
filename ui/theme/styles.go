package theme

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
)

// palette is what a theme is made of. Where a colour is nil the terminal's own stands.
type palette struct {
	fg, dim, blue, cyan, green, yellow, red, magenta color.Color
	barFg, barBg, selFg, selBg, inactiveBg           color.Color
}

var none = lipgloss.NewStyle()

func fg(c color.Color) lipgloss.Style {
	if c == nil {
		return none
	}
	return none.Foreground(c)
}

func on(f, b color.Color) lipgloss.Style {
	if b == nil {
		return fg(f)
	}
	return fg(f).Background(b)
}

// style keeps what switches a style on. Rendering each row by lipgloss itself
// costs 4.5 µs, the kept prefix 0.1: a frame has a hundred rows.
func style(s lipgloss.Style) Style {
	prefix, _, _ := strings.Cut(s.Render("x"), "x")
	return Style(prefix)
}

// terminal follows the sixteen colours of the terminal, so that it looks right
// on any background; what matters is told by reverse, bold and underline too.
func terminal() *Theme {
	p := palette{
		blue: lipgloss.Blue, cyan: lipgloss.Cyan, green: lipgloss.Green,
		yellow: lipgloss.Yellow, red: lipgloss.Red, magenta: lipgloss.Magenta,
	}
	t := build("terminal", p)
	rev := none.Reverse(true)
	t.Cursor = style(rev)
	t.CursorInactive = style(none.Underline(true))
	t.CursorMarked = style(none.Bold(true).Reverse(true).Foreground(lipgloss.Yellow))
	t.MenuBar = style(rev)
	t.MenuBarOpen = style(none.Bold(true))
	t.MenuSelected = style(rev)
	t.KeyLabel = style(rev)
	t.InputFocus = style(none.Underline(true))
	t.Input = style(none.Underline(true).Faint(true))
	t.ButtonFocus = style(none.Bold(true).Reverse(true))
	t.Ghost = style(none.Bold(true).Reverse(true))
	t.DropTarget = style(none.Bold(true).Reverse(true).Foreground(lipgloss.Green))
	t.TabActive = style(none.Bold(true))
	return t
}

func dark() *Theme {
	return build("dark", palette{
		fg: hex(0xd8dee9), dim: hex(0x7b8496), blue: hex(0x82aaff), cyan: hex(0x7fdbca), green: hex(0xa3d977),
		yellow: hex(0xf2c97d), red: hex(0xff7a85), magenta: hex(0xc792ea),
		barFg: hex(0xd8dee9), barBg: hex(0x2a3245), selFg: hex(0xffffff), selBg: hex(0x3d5a94), inactiveBg: hex(0x2e3648),
	})
}

func light() *Theme {
	return build("light", palette{
		fg: hex(0x2b303b), dim: hex(0x6b7280), blue: hex(0x1d4fb8), cyan: hex(0x0b7285), green: hex(0x2f7a1f),
		yellow: hex(0x8a5a00), red: hex(0xb3261e), magenta: hex(0x7b2fa0),
		barFg: hex(0x2b303b), barBg: hex(0xd5dbe6), selFg: hex(0xffffff), selBg: hex(0x2f62c0), inactiveBg: hex(0xdfe4ee),
	})
}

func hex(v uint32) color.Color {
	return color.RGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}

func build(name string, p palette) *Theme {
	// Without a colour of its own what matters less is faint: bright black is
	// the background itself in some palettes.
	dim := fg(p.dim)
	if p.dim == nil {
		dim = dim.Faint(true)
	}
	bold := func(c color.Color) Style { return style(fg(c).Bold(true)) }
	plain := func(c color.Color) Style { return style(fg(c)) }
	return &Theme{
		Name:           name,
		Text:           plain(p.fg),
		Dim:            style(dim),
		Strong:         bold(p.fg),
		Border:         style(dim),
		BorderFocus:    plain(p.cyan),
		Title:          plain(p.fg),
		TitleFocus:     bold(p.fg),
		Header:         style(dim),
		Dir:            bold(p.blue),
		Link:           plain(p.cyan),
		Exec:           plain(p.green),
		Special:        plain(p.magenta),
		Marked:         bold(p.yellow),
		Cursor:         style(on(p.selFg, p.selBg)),
		CursorInactive: style(on(p.fg, p.inactiveBg).Underline(true)),
		CursorMarked:   style(on(p.yellow, p.selBg).Bold(true)),
		DropTarget:     style(on(p.selFg, p.green).Bold(true)),
		Replaced:       Style("\x1b[2m"),
		OK:             plain(p.green),
		Warn:           plain(p.yellow),
		Error:          bold(p.red),
		Info:           plain(p.cyan),
		Bar:            plain(p.green),
		BarRest:        style(dim),
		Spark:          plain(p.cyan),
		MenuBar:        style(on(p.barFg, p.barBg)),
		MenuBarOpen:    style(on(p.selFg, p.selBg).Bold(true)),
		Menu:           plain(p.fg),
		MenuSelected:   style(on(p.selFg, p.selBg).Bold(true)),
		MenuKey:        style(dim),
		MenuDisabled:   style(dim.Italic(true)),
		Hot:            style(fg(p.yellow).Bold(true).Underline(true)),
		Match:          style(fg(p.yellow).Bold(true).Underline(true)),
		KeyNum:         style(dim),
		KeyLabel:       style(on(p.barFg, p.barBg)),
		Input:          style(on(p.fg, p.barBg)),
		InputFocus:     style(on(p.fg, p.barBg).Underline(true)),
		Button:         plain(p.fg),
		ButtonFocus:    style(on(p.selFg, p.selBg).Bold(true)),
		Ghost:          style(on(p.selFg, p.selBg).Bold(true)),
		Tab:            style(dim),
		TabActive:      bold(p.fg),
	}
}
