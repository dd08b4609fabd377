package ui

// rect is a part of the screen in cells; h 0 is not shown.
type rect struct{ x, y, w, h int }

func (r rect) has(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// layout is where everything stands on a screen of w by h cells. The parts
// that are shown cover it exactly.
type layout struct {
	w, h   int
	tiny   bool // too small for anything
	single bool // one pane at a time
	menu   rect
	site   rect
	panes  [2]rect // the hidden one of a single layout has w 0
	queue  rect
	framed bool // the queue strip has a frame
	log    rect
	status rect
	keys   rect
}

// shape is what the layout depends on besides the size.
type shape struct {
	split int  // left pane's share, per cent
	full  bool // one pane has the whole width
	focus int  // pane with the focus
	log   bool // the log strip is wanted
	queue int  // rows of the queue strip at most, 0: as the rules say
}

const (
	minWidth, minHeight = 20, 6
	narrow, low         = 60, 15 // below: one pane, one status line
	topped              = 18     // from here on menu bar and site line: tmux makes 23 rows of 24
	middling            = 24
	tall, wide          = 34, 110
	queueRows, logRows  = 7, 6
	minPane             = 16 // columns of the narrower pane
	minPaneRows         = 6
)

// arrange computes the layout: a pure function of size and shape.
func arrange(w, h int, s shape) layout {
	l := layout{w: w, h: h}
	if w < minWidth || h < minHeight {
		l.tiny = true
		return l
	}
	top, bottom := 0, h
	take := func(n int) rect { // from the bottom
		bottom -= n
		return rect{0, bottom, w, n}
	}
	if w >= narrow && h >= topped {
		l.menu, l.site = rect{0, 0, w, 1}, rect{0, 1, w, 1}
		top = 2
	}
	switch {
	case w < narrow || h < low:
		l.single = true
		l.status = take(1)
	case h < middling:
		l.keys = take(1)
		l.queue = take(1)
	default:
		l.keys = take(1)
		l.status = take(1)
		if h >= tall && w >= wide {
			rows := queueRows
			if s.queue > 0 {
				rows = max(min(s.queue, h-top-2-minPaneRows-logRows), 3)
			}
			if s.log {
				l.log = take(logRows)
			}
			l.queue = take(rows)
			l.framed = true
		} else {
			rows := 2
			if s.queue > 0 {
				rows = min(s.queue, 2)
			}
			l.queue = take(rows)
		}
	}
	l.splitPanes(top, bottom-top, s)
	return l
}

func (l *layout) splitPanes(y, h int, s shape) {
	if l.single || s.full {
		l.single = true
		l.panes[s.focus&1] = rect{0, y, l.w, h}
		return
	}
	left := min(max(l.w*s.split/100, minPane), l.w-minPane)
	l.panes[0] = rect{0, y, left, h}
	l.panes[1] = rect{left, y, l.w - left, h}
}
