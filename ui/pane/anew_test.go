package pane

import (
	"fmt"
	"strings"
	"testing"

	"ferry/ftpsvc/vfs"
)

// indented is how a listing seems to be until a late row shows where its names begin.
func indented(es vfs.Entries) vfs.Entries {
	out := make(vfs.Entries, len(es))
	for i, e := range es {
		e.Name = " " + e.Name
		out[i] = e
	}
	return out
}

// TestRowsToldAnewTakeThePlaceOfTheOld: what was seen stays until as many rows
// are there once more; rows to come are added to them, and the cursor stays.
func TestRowsToldAnewTakeThePlaceOfTheOld(t *testing.T) {
	for _, n := range []int{100, 20000} {
		p := newPane(100, 50, false, nil)
		g := p.Go("/big", "")
		right := many(n)
		p.Add(g, indented(right))
		settle(p)
		p.MoveTo(50)
		p.Anew(g)
		p.Add(g, right[:40])
		if e, _ := p.At(1); p.Rows() != n+1 || !strings.HasPrefix(e.Name, " ") {
			t.Errorf("%d: %d rows, the first is %q", n, p.Rows(), e.Name)
		}
		p.Add(g, right[40:])
		settle(p)
		if e, _ := p.At(1); p.Rows() != n+1 || strings.HasPrefix(e.Name, " ") || p.State() != Loading {
			t.Errorf("%d: while it goes on there are %d rows, the first is %q", n, p.Rows(), e.Name)
		}
		p.Add(g, vfs.Entries{file("zz-last", 1, "2026-01-01 00:00")})
		p.Finish(g, vfs.ListInfo{})
		settle(p)
		if p.Rows() != n+2 || p.State() != Ready || p.Busy() || p.Cursor() != 50 {
			t.Errorf("%d: %d rows, busy %v, cursor at %d", n, p.Rows(), p.Busy(), p.Cursor())
		}
	}
}

func TestRowsToldAnewOfARefresh(t *testing.T) {
	p := newPane(100, 50, false, many(10))
	p.MoveTo(3)
	p.Toggle(3)
	g := p.Go("/home/me/src/site/dist", "")
	p.Add(g, indented(many(10)))
	p.Anew(g)
	p.Add(g, many(9))
	p.Finish(g, vfs.ListInfo{})
	if p.Rows() != 10 || len(p.Marked()) != 1 || p.Cursor() != 3 {
		t.Errorf("%d rows, marked %v, cursor %d", p.Rows(), p.Marked(), p.Cursor())
	}
}

// TestAnEndBeforeRowsAreToldAnew: what was seen stays seen.
func TestAnEndBeforeRowsAreToldAnew(t *testing.T) {
	for name, end := range map[string]func(p *Pane, g uint64){
		"failed":   func(p *Pane, g uint64) { p.Fail(g, fmt.Errorf("gone")) },
		"canceled": func(p *Pane, g uint64) { p.Stop(g) },
	} {
		p := newPane(100, 50, false, nil)
		g := p.Go("/big", "")
		p.Add(g, indented(many(10)))
		p.Anew(g)
		p.Add(g, many(5))
		end(p, g)
		if p.Rows() != 11 || p.Busy() || (p.State() == Broken) != (name == "failed") {
			t.Errorf("%s: %d rows, state %d, busy %v", name, p.Rows(), p.State(), p.Busy())
		}
	}
}
