package pane

import (
	"slices"

	"ferry/ftpsvc/vfs"
)

// folder is one folder as the pane shows it.
type folder struct {
	path    string
	state   State
	err     error
	info    vfs.ListInfo
	stopped bool // the user stopped the listing: what there is is not all

	st    store
	order []int32
	shown int // entries that order was made of
	bytes int64

	cursor, top int
	anchor      int // first row of a range, -1 none
	search      string

	marks    bits
	marked   int
	markSize int64
	remark   map[string]struct{}   // names to mark again after a listing
	sizes    map[string]int64      // measured folder sizes by name
	signs    map[string]string     // compare marks by name
	active   map[string]ActiveNote // what a transfer is doing to a name
}

// left is a folder that was left, and how it was come to.
type left struct {
	folder
	filter  string
	places  []place
	placeAt int
}

type place struct{ path, name string }

// leave keeps the folder that is left, in case the new one cannot be read, and
// its marks.
func (p *Pane) leave() {
	if p.state == Ready {
		p.left = &left{p.folder, p.spec.Filter, slices.Clone(p.places), p.placeAt}
	}
	if m := p.here(); len(m) > 0 {
		p.saved[p.path] = m
	}
	p.spec.Filter = ""
}

// stay goes back to the folder that was left: the new one cannot be read. It
// reports false where there is none, or where a part of the new one is there.
func (p *Pane) stay() bool {
	l := p.left
	if l == nil || p.st.n > 0 {
		return false
	}
	p.folder, p.left = l.folder, nil
	p.spec.Filter, p.places, p.placeAt = l.filter, l.places, l.placeAt
	for _, i := range []int{p.placeAt, p.placeAt + 1, p.placeAt - 1} { // beside it when the history led there
		if i >= 0 && i < len(p.places) && p.places[i].path == p.path {
			p.placeAt = i
			break
		}
	}
	delete(p.saved, p.path)
	p.want, p.moved = "", true
	clear(p.cells)
	if p.shown != p.st.n {
		p.resort()
	}
	return true
}

// record puts a folder into the history.
func (p *Pane) record(path string) {
	if len(p.places) == 0 && p.path != "" { // where the side began, which nobody named
		p.places = append(p.places, place{path: p.path})
	}
	if p.placeAt < len(p.places) && p.places[p.placeAt].path == path {
		return
	}
	if p.path != "" {
		if p.placeAt < len(p.places) {
			if e, ok := p.Current(); ok {
				p.places[p.placeAt].name = e.Name
			}
			p.places = p.places[:p.placeAt+1]
		}
	}
	p.places = append(p.places, place{path: path})
	if len(p.places) > 100 {
		p.places = p.places[len(p.places)-100:]
	}
	p.placeAt = len(p.places) - 1
}

// History moves back (-1) or forward (1) and tells where that is; false at the
// end. The caller then calls Go.
func (p *Pane) History(step int) (path, name string, ok bool) {
	i := p.placeAt + step
	if i < 0 || i >= len(p.places) {
		return "", "", false
	}
	if e, ok := p.Current(); ok && p.placeAt < len(p.places) {
		p.places[p.placeAt].name = e.Name
	}
	p.placeAt = i
	return p.places[i].path, p.places[i].name, true
}

// CanGo reports whether History has somewhere to go.
func (p *Pane) CanGo(step int) bool {
	i := p.placeAt + step
	return i >= 0 && i < len(p.places)
}
