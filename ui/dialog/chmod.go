package dialog

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"ferry/ui/edit"
	"ferry/ui/theme"
)

// ModeAnswer is the value of Chmod; nil leaves that kind of entry alone.
type ModeAnswer struct {
	Files, Dirs *fs.FileMode
	Recursive   bool
}

// ChmodForm describes whose permissions are to be set.
type ChmodForm struct {
	What    string      // "index.html", "3 files and 1 folder"
	Mode    fs.FileMode // what it is now
	Known   bool        // whether Mode is known
	HasFile bool
	HasDir  bool
}

// Chmod asks for permissions, by a matrix or as octal digits. With folders
// among the entries it can go below them; a folder's own bits would then make
// every file executable, so the x is taken away. Value: ModeAnswer.
func Chmod(c ChmodForm) *Dialog {
	mode := c.Mode
	if !c.Known {
		mode = 0o644
		if c.HasDir && !c.HasFile {
			mode = 0o755
		}
	}
	grid := &matrix{bits: octalOf(mode)}
	octal := &field{label: "Octal", in: edit.New(fmt.Sprintf("%03o", grid.bits))}
	align(octal)
	deep := &toggle{label: "what is in the folders too", letter: 'b'}
	files := &toggle{label: "files", letter: 'f', on: true}
	dirs := &toggle{label: "folders (x added where r is)", letter: 'd', on: true}
	d := &Dialog{Name: "chmod", title: "Permissions", width: 46, enter: "ok"}
	d.parts = []part{&name{text: c.What, role: strong}, gap{}, grid, gap{}, octal}
	if c.HasDir {
		d.parts = append(d.parts, deep, files, dirs)
	}
	last, below := octal.in.Value(), false
	d.changed = func() {
		if v := octal.in.Value(); v != last {
			if n, err := parseOctal(v); err == nil {
				grid.bits = n
			}
		} else if n, err := parseOctal(v); err != nil || n != grid.bits {
			octal.in.Set(fmt.Sprintf("%03o", grid.bits))
		}
		if own := octalOf(mode); deep.on != below {
			below = deep.on
			switch files := own &^ 0o111; {
			case c.HasFile:
			case deep.on && grid.bits == own:
				grid.bits = files
			case !deep.on && grid.bits == files:
				grid.bits = own
			}
			octal.in.Set(fmt.Sprintf("%03o", grid.bits))
		}
		last = octal.in.Value()
		files.off, dirs.off = !deep.on, !deep.on
	}
	d.changed()
	d.bar = &buttons{items: []button{{choice: "ok", label: "Set", letter: 's'}, {choice: cancelChoice, label: "Cancel"}}}
	d.done = func(string) (Value, error) {
		n, err := parseOctal(octal.in.Value())
		if err != nil {
			return nil, err
		}
		m := modeOf(n)
		if !deep.on {
			return ModeAnswer{Files: &m, Dirs: &m}, nil
		}
		a := ModeAnswer{Recursive: true}
		if files.on {
			a.Files = &m
		}
		if dirs.on {
			dm := modeOf(n | (n&0o444)>>2)
			a.Dirs = &dm
		}
		if !files.on && !dirs.on {
			return nil, errors.New("neither files nor folders are chosen")
		}
		return a, nil
	}
	return d
}

func parseOctal(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 8, 32)
	if err != nil || n > 0o7777 || len(s) < 3 {
		return 0, errors.New("octal: three or four digits from 0 to 7")
	}
	return uint32(n), nil
}

func octalOf(m fs.FileMode) uint32 {
	n := uint32(m.Perm())
	for bit, f := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if m&f != 0 {
			n |= bit
		}
	}
	return n
}

func modeOf(n uint32) fs.FileMode {
	m := fs.FileMode(n & 0o777)
	for bit, f := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if n&bit != 0 {
			m |= f
		}
	}
	return m
}

// matrix is the permission bits, three a row.
type matrix struct{ bits uint32 }

var (
	whose = []string{"owner", "group", "others", "special"}
	whats = []string{"read", "write", "execute"}
	odd   = []string{"setuid", "setgid", "sticky"}
)

const matrixCell = 12

// bit of stop i: the rows from the owner down, then the special bits.
func (matrix) bit(i int) uint32 {
	if i >= 9 {
		return 0o4000 >> (i - 9)
	}
	return 0o400 >> i
}

func (p *matrix) stops() int { return 12 }

func (p *matrix) key(i int, k tea.KeyPressMsg) (bool, string) {
	if k.String() != "space" {
		return false, ""
	}
	p.bits ^= p.bit(i)
	return true, ""
}

// up and down move by a row.
func (p *matrix) step(i, rows int) (int, bool) {
	i += rows * 3
	return i, i >= 0 && i < 12
}

func (p *matrix) click(_ *theme.Theme, i, _, _ int) string {
	p.bits ^= p.bit(i)
	return ""
}

func (p *matrix) draw(t *theme.Theme, w, focus int) drawn {
	var d drawn
	for r, who := range whose {
		line := t.Dim.Render(t.Method.Pad(who, 8))
		for c, what := range whats {
			i := r*3 + c
			if r == 3 {
				what = odd[c]
			}
			box := t.Glyphs.OffBox
			if p.bits&p.bit(i) != 0 {
				box = t.Glyphs.On
			}
			look := t.Text
			if i == focus {
				look = t.ButtonFocus
			}
			s := box + " " + what
			d.spots = append(d.spots, spot{i, 8 + c*matrixCell, r, len(s), 1})
			line += look.Render(s) + t.Method.Pad("", max(matrixCell-len(s), 0))
		}
		d.lines = append(d.lines, t.Method.Cut(line, w))
	}
	return d
}
