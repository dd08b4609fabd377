package ui

import (
	"testing"

	"pgregory.net/rapid"
)

func TestLayoutRules(t *testing.T) {
	for name, c := range map[string]struct {
		w, h                           int
		tiny, single, menu, keys, logs bool
		queue, status, paneRows        int
	}{
		"all of it at 120x36":                 {120, 36, false, false, true, true, true, 7, 1, 19},
		"tall but narrow is as the middling":  {100, 40, false, false, true, true, false, 2, 1, 34},
		"80x24 has two queue lines":           {80, 24, false, false, true, true, false, 2, 1, 18},
		"80x23 has one queue line":            {80, 23, false, false, true, true, false, 1, 0, 19},
		"80x18 keeps menu bar and site line":  {80, 18, false, false, true, true, false, 1, 0, 14},
		"80x17 gives them to the panes":       {80, 17, false, false, false, true, false, 1, 0, 15},
		"60x15 is the least with both panes":  {60, 15, false, false, false, true, false, 1, 0, 13},
		"59 columns show one pane":            {59, 40, false, true, false, false, false, 0, 1, 39},
		"14 rows show one pane":               {120, 14, false, true, false, false, false, 0, 1, 13},
		"20x6 is the least of all":            {20, 6, false, true, false, false, false, 0, 1, 5},
		"below 20 columns there is a message": {19, 30, true, false, false, false, false, 0, 0, 0},
		"below 6 rows there is a message":     {80, 5, true, false, false, false, false, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := arrange(c.w, c.h, shape{split: 50, log: true})
			if l.tiny != c.tiny || l.single != c.single || (l.menu.h > 0) != c.menu || (l.keys.h > 0) != c.keys || (l.log.h > 0) != c.logs {
				t.Errorf("%+v", l)
			}
			if l.queue.h != c.queue || l.status.h != c.status || l.panes[0].h != c.paneRows {
				t.Errorf("queue %d, status %d, panes %d rows", l.queue.h, l.status.h, l.panes[0].h)
			}
		})
	}
}

func TestLayoutCoversTheScreenExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(0, 250).Draw(t, "w"), rapid.IntRange(0, 80).Draw(t, "h")
		s := shape{split: rapid.IntRange(0, 100).Draw(t, "split"), full: rapid.Bool().Draw(t, "full"), focus: rapid.IntRange(0, 1).Draw(t, "focus"),
			log: rapid.Bool().Draw(t, "log"), queue: rapid.IntRange(0, 50).Draw(t, "queue")}
		l := arrange(w, h, s)
		if l.tiny {
			return
		}
		cells := make([]int, w*h)
		for _, r := range []rect{l.menu, l.site, l.panes[0], l.panes[1], l.queue, l.log, l.status, l.keys} {
			for y := r.y; y < r.y+r.h; y++ {
				for x := r.x; x < r.x+r.w; x++ {
					cells[y*w+x]++
				}
			}
		}
		for i, n := range cells {
			if n != 1 {
				t.Fatalf("cell %d,%d is covered %d times in %+v", i%w, i/w, n, l)
			}
		}
		for _, p := range l.panes {
			if p.w > 0 && (p.h < 5 || p.w < minPane) {
				t.Fatalf("a pane has %dx%d cells", p.w, p.h)
			}
		}
	})
}
