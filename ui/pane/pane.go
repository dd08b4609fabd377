package pane

import (
	"maps"
	"time"

	"ferry/ftpsvc/vfs"
	"ferry/ui/edit"
	"ferry/ui/text"
	"ferry/ui/theme"
)

// State of a pane's listing.
type State uint8

const (
	Empty   State = iota // nothing was asked for yet
	Loading              // rows are coming
	Ready
	Broken // the listing failed; Err says why
)

// Pane is one file pane. It is used by the root model alone. Every method that
// changes what is seen marks it for drawing.
type Pane struct {
	th    *theme.Theme
	w, h  int
	focus bool
	now   time.Time

	// Where it stands.
	side  string // "Local" or the site's name
	title Title
	style vfs.PathStyle
	home  string // shown as ~ on the local side, "" none
	gen   uint64 // grows with each listing asked for

	folder
	left  *left  // the folder before, until it is known that the new one can be read
	next  *store // a refresh, or rows told anew: shown once complete and sorted
	whole bool   // it is complete
	spec  Spec
	serie uint64
	job   *Job
	busy  bool // a job is out

	want   string // name to put the cursor on when it turns up
	moved  bool   // the user moved the cursor since the listing began
	missed bool   // what is searched for was not there; it is looked for again when rows come

	saved   map[string][]MarkedEntry // marks of other folders
	places  []place                  // history
	placeAt int
	notes   Notes
	empty   []string
	typing  bool       // the search is being typed
	editing *edit.Line // the filter that is

	lines  []string
	dirty  bool
	cells  map[int32]cell
	cols   columns
	wanted Columns
	segs   []segment
	target int // row that a drop would go to, -1 none
	drop   bool
}

// Title is what the upper edge tells besides the path.
type Title struct {
	Side  bool // the side's name, however narrow the pane is
	Clear bool // that what is said to the server can be read by others
}

// Notes are short texts at the lower edge, safe to draw.
type Notes struct {
	Free  string // "free 41.2 G"
	Extra string // "compare: on"
}

// Columns are the columns wanted beside the name, where there is room.
type Columns struct{ Size, Date, Mode, Owner bool }

// AllColumns wants all of them.
var AllColumns = Columns{true, true, true, true}

// SetColumns chooses the columns.
func (p *Pane) SetColumns(c Columns) {
	p.wanted = c
	p.Redraw()
}

// ActiveNote is what a running transfer does to an entry of this folder.
type ActiveNote struct {
	Sign string // one column
	Text string // in place of the date
}

// New returns an empty pane.
func New(th *theme.Theme) *Pane {
	return &Pane{th: th, wanted: AllColumns, folder: folder{anchor: -1}, target: -1, dirty: true, saved: map[string][]MarkedEntry{}, cells: map[int32]cell{}}
}

// SetSize gives the pane its outer size in cells.
func (p *Pane) SetSize(w, h int) {
	if p.w == w && p.h == h {
		return
	}
	if p.w != w {
		clear(p.cells)
	}
	p.w, p.h = w, h
	p.follow()
	p.dirty = true
}

// SetTheme changes the look or the way columns are counted.
func (p *Pane) SetTheme(th *theme.Theme) {
	p.th = th
	p.Redraw()
}

// Redraw forgets all that was drawn.
func (p *Pane) Redraw() {
	clear(p.cells)
	p.dirty = true
}

// SetFocus says whether keys go to this pane.
func (p *Pane) SetFocus(on bool) {
	if p.focus != on {
		p.focus = on
		p.dirty = true
	}
}

// SetNow tells the time that dates are shown against; only a new day redraws.
func (p *Pane) SetNow(t time.Time) {
	if t.YearDay() != p.now.YearDay() || t.Year() != p.now.Year() {
		p.now = t
		p.Redraw()
	}
}

// SetSide names the side the pane shows. home is shortened to ~.
func (p *Pane) SetSide(name string, style vfs.PathStyle, home string) {
	p.Rename(name)
	p.style, p.home = style, home
	p.dirty = true
}

// Rename gives the side another name.
func (p *Pane) Rename(name string) {
	if name = text.Display(name); name != p.side {
		p.side, p.dirty = name, true
	}
}

// SetTitle says what the upper edge has to tell.
func (p *Pane) SetTitle(t Title) {
	if p.title != t {
		p.title, p.dirty = t, true
	}
}

// SetEmpty sets what an empty pane says, safe to draw.
func (p *Pane) SetEmpty(lines []string) { p.empty, p.dirty = lines, true }

// SetNotes sets the texts at the lower edge.
func (p *Pane) SetNotes(n Notes) {
	if p.notes != n {
		p.notes = n
		p.dirty = true
	}
}

// Notes are the texts at the lower edge.
func (p *Pane) Notes() Notes { return p.notes }

// Where the pane is, and what of it is known.
func (p *Pane) Path() string         { return p.path }
func (p *Pane) Style() vfs.PathStyle { return p.style }
func (p *Pane) Gen() uint64          { return p.gen }
func (p *Pane) State() State         { return p.state }
func (p *Pane) Err() error           { return p.err }
func (p *Pane) Info() vfs.ListInfo   { return p.info }
func (p *Pane) Spec() Spec           { return p.spec }
func (p *Pane) Len() int             { return p.st.n }
func (p *Pane) Shown() int           { return len(p.order) }

// Go begins the listing of a folder and returns its generation. name is where
// the cursor goes once it is there, "" for the first row. Going where the pane
// is already keeps what is seen until the new listing is complete.
func (p *Pane) Go(path, name string) uint64 {
	p.gen++
	p.dirty = true
	if path != p.path {
		// A search goes on while the same folder is read again: what is still
		// being typed must not become commands.
		p.typing, p.missed = false, false
	}
	if path == p.path && p.state == Ready {
		if name == "" {
			if e, ok := p.Current(); ok {
				name = e.Name
			}
		} else {
			p.moved = false
		}
		p.want = name
		p.remark = p.markNames()
		p.next, p.whole = &store{}, false
		return p.gen
	}
	if path != p.path {
		p.leave()
		p.record(path)
	}
	p.folder = folder{path: path, state: Loading, anchor: -1}
	p.next, p.want, p.moved = nil, name, false
	p.serie++
	p.job, p.busy = nil, false
	clear(p.cells)
	return p.gen
}

// Add takes rows of a listing; those of another generation are dropped.
func (p *Pane) Add(gen uint64, b vfs.Batch) {
	if gen != p.gen || b == nil {
		return
	}
	if p.next != nil {
		p.next.add(b)
		if p.state == Loading && !p.whole && p.next.n >= p.st.n {
			p.swap()
			p.resort()
		}
		return
	}
	p.st.add(b)
	p.dirty = true
	if p.shown == 0 || p.st.n <= inlineLimit || p.st.n >= 2*p.shown {
		p.resort()
	}
}

// Finish ends a listing.
func (p *Pane) Finish(gen uint64, info vfs.ListInfo) {
	if gen != p.gen {
		return
	}
	if p.next != nil {
		p.swap()
	}
	p.state, p.info, p.err, p.stopped, p.left = Ready, info, nil, false, nil
	if info.Dir != "" && info.Dir != p.path {
		p.path = info.Dir
		if p.placeAt < len(p.places) {
			p.places[p.placeAt].path = info.Dir
		}
	}
	if m, ok := p.saved[p.path]; ok {
		if p.remark == nil {
			p.remark = map[string]struct{}{}
		}
		for _, e := range m {
			p.remark[e.Entry.Name] = struct{}{}
		}
		delete(p.saved, p.path)
	}
	p.dirty = true
	p.resort()
}

// Fail ends a listing that did not come. What was seen before is seen again,
// with the place it had; a side that showed nothing yet shows the error.
func (p *Pane) Fail(gen uint64, err error) {
	if gen != p.gen {
		return
	}
	p.dirty = true
	p.err = err
	refreshed := p.next != nil && p.state == Ready
	p.next, p.whole = nil, false
	if refreshed || p.stay() {
		return
	}
	p.state = Broken
	if p.st.n > 0 {
		p.info.Unknown = max(p.info.Unknown, 1)
	}
}

// Stop ends a listing that was canceled: what came so far stays, and where
// nothing came the folder before does.
func (p *Pane) Stop(gen uint64) {
	if gen != p.gen {
		return
	}
	p.dirty = true
	if p.state == Loading && !p.stay() {
		p.state, p.stopped = Ready, true
		p.info.Unknown = max(p.info.Unknown, 1) // not complete: nothing may rely on it
	}
	p.next = nil
}

// Complete reports whether all of the folder was read.
func (p *Pane) Complete() bool { return p.state == Ready && !p.stopped }

// resort asks for a new order; a small one is made at once. Once a refresh is
// complete it is the refreshed listing that is sorted, and the old one is seen
// until the answer is there.
func (p *Pane) resort() {
	p.serie++
	j := Job{gen: p.gen, serie: p.serie, spec: p.spec, want: p.want, wantI: -1, sizes: maps.Clone(p.sizes)}
	if p.next != nil && p.whole {
		j.swap, j.st = p.next, p.next.snapshot()
		j.marks = p.remark
		p.job = &j
		return
	}
	j.st, j.marks = p.st.snapshot(), p.remark
	if j.want == "" && p.moved {
		if i, ok := p.index(p.cursor); ok {
			j.wantI = i
		}
	}
	if p.st.n <= inlineLimit {
		p.job = nil
		p.apply(j.Run())
		return
	}
	p.job = &j
}

// TakeJob hands out the pending sort, at most one at a time.
func (p *Pane) TakeJob() (Job, bool) {
	if p.job == nil || p.busy {
		return Job{}, false
	}
	j := *p.job
	p.job, p.busy = nil, true
	return j, true
}

// Apply takes the answer to a job. One that is out of date is dropped.
func (p *Pane) Apply(o Order) {
	p.busy = false
	if o.swap != nil {
		p.applySwap(o)
		return
	}
	if o.gen != p.gen && p.next == nil || o.n > p.st.n {
		return
	}
	if o.serie != p.serie && len(p.order) > 0 && o.n <= p.shown {
		return
	}
	p.apply(o)
}

func (p *Pane) apply(o Order) {
	keep := p.cursor
	p.order, p.shown, p.bytes = o.order, o.n, o.bytes
	if o.remarked {
		p.marks, p.marked, p.markSize, p.remark = o.marks, o.marked, o.markSize, nil
	}
	switch {
	case o.pos >= 0:
		p.cursor = o.pos + p.ups()
		if p.state == Ready {
			p.want = ""
		}
	case p.moved || p.state == Ready:
		p.cursor = min(keep, max(p.Rows()-1, 0))
	}
	if o.pos < 0 && p.spec.Filter != "" && p.cursor < p.ups() && len(p.order) > 0 {
		p.cursor = p.ups() // the first that the filter left
	}
	p.anchor = -1
	if p.missed && p.seek(p.cursor, 1) {
		p.missed = false
	}
	p.follow()
	p.dirty = true
}

// Busy reports whether rows are still coming or being sorted.
func (p *Pane) Busy() bool { return p.state == Loading || p.next != nil || p.busy || p.job != nil }

// SetSpec changes sort order, filter or hidden files.
func (p *Pane) SetSpec(s Spec) {
	if s == p.spec {
		return
	}
	if e, ok := p.Current(); ok {
		p.want = e.Name
	}
	p.spec = s
	p.dirty = true
	if p.st.n > 0 {
		p.resort()
	}
}

// Forget drops listing, history and marks: the side was changed.
func (p *Pane) Forget() {
	gen, serie := p.gen, p.serie
	*p = Pane{th: p.th, wanted: p.wanted, empty: p.empty, w: p.w, h: p.h, focus: p.focus, now: p.now, spec: p.spec, title: p.title, folder: folder{anchor: -1}, target: -1, dirty: true,
		saved: map[string][]MarkedEntry{}, cells: map[int32]cell{}, gen: gen + 1, serie: serie + 1}
	p.spec.Filter = ""
}
