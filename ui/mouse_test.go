package ui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/pane"
)

// rowOf is the place of an entry on the screen.
func (r *rig) rowOf(n int, name string) (x, y int) {
	r.Helper()
	s := r.m.cur().sides[n]
	r.m.View()
	for row := range s.pane.Rows() {
		if e, ok := s.pane.At(row); ok && e.Name == name {
			y, seen := s.pane.RowY(row)
			if !seen {
				r.Fatalf("%s is not in sight", name)
			}
			return r.m.lay.panes[n].x + 5, r.m.lay.panes[n].y + y
		}
	}
	r.Fatalf("no %s in pane %d", name, n)
	return 0, 0
}

func TestDragToTheOtherPaneAsksToCopy(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.m.here().pane.Find("app-2.4.1.tar.gz")
	r.keys("space", "space")
	x0, y0 := r.rowOf(0, "backup-2026-11-20.sql.zst")
	l := r.m.lay.panes[1]
	r.send(click1(x0, y0), motion(x0+10, y0), motion(l.x+20, l.y+l.h-3))
	r.see("copy 2 files to prod-web /srv/www/releases", "drop here", "copy 2 files")
	r.send(tea.MouseReleaseMsg{X: l.x + 20, Y: l.y + l.h - 3, Button: tea.MouseLeft}).see("Copy", "2 files", "/srv/www/releases/").keys("enter")
	c, _ := last[ftpsvc.Copy](t, r.api)
	if len(c.Paths) != 2 || c.Dir != "/srv/www/releases" || c.Options.Move {
		t.Errorf("%+v", c)
	}
}

func TestDropOnAFolderWithCtrlMovesIntoIt(t *testing.T) {
	r := online(t, 120, 36, nil)
	x0, y0 := r.rowOf(0, "index.html")
	x1, y1 := r.rowOf(1, "2026-11-15")
	r.drag(x0, y0, x1, y1, tea.ModCtrl).see("Move", "/srv/www/releases/2026-11-15/").keys("enter")
	c, _ := last[ftpsvc.Copy](t, r.api)
	if c.Dir != "/srv/www/releases/2026-11-15" || !c.Options.Move {
		t.Errorf("%+v", c)
	}
}

func TestTheHintOfADropKeepsItsKeysAndNamesNoKeyThatIsDown(t *testing.T) {
	r := online(t, 80, 24, nil)
	x, y := r.rowOf(0, "config")
	tx, ty := r.rowOf(1, "2026-11-15")
	r.send(click1(x, y), motion(tx, ty)).see("copy config to prod-web …", "/2026-11-15   (Ctrl: move, Esc: abort)")
	r.send(tea.MouseMotionMsg{X: tx, Y: ty, Button: tea.MouseLeft, Mod: tea.ModCtrl}).see("move config to prod-web", "(Esc: abort)").gone("Ctrl: move")
}

func TestEscAbortsADrag(t *testing.T) {
	r := online(t, 120, 36, nil)
	x0, y0 := r.rowOf(0, "index.html")
	l := r.m.lay.panes[1]
	r.send(click1(x0, y0), motion(l.x+5, l.y+8)).see("copy index.html")
	r.keys("esc").send(tea.MouseReleaseMsg{X: l.x + 5, Y: l.y + 8, Button: tea.MouseLeft}).gone("Copy ━", "copy index.html")
}

func TestADragDownFromTheRemoteSide(t *testing.T) {
	r := online(t, 120, 36, nil)
	x0, y0 := r.rowOf(1, "robots.txt")
	r.drag(x0, y0, 10, 18, 0).see("Copy", "robots.txt", "/home/me/src/site/dist/").keys("enter")
	if c, _ := last[ftpsvc.Copy](t, r.api); c.From != testSite || c.To != ftpsvc.Local {
		t.Errorf("%+v", c)
	}
}

func TestAHeldDragScrollsAtTheEdge(t *testing.T) {
	r := online(t, 80, 16, nil)
	x0, y0 := r.rowOf(0, "assets")
	l := r.m.lay.panes[0]
	r.send(click1(x0, y0), motion(x0, l.y+l.h-1))
	if r.cmd == nil {
		t.Fatal("no timer scrolls")
	}
	before := r.frame()
	r.send(scrollMsg{r.m.drag.n})
	if r.frame() == before {
		t.Error("nothing scrolled")
	}
	r.send(tea.MouseReleaseMsg{X: x0, Y: l.y + 3, Button: tea.MouseLeft}, scrollMsg{1})
	if r.cmd != nil {
		t.Error("the timer goes on after the drag")
	}
}

func TestClicks(t *testing.T) {
	r := online(t, 120, 36, nil)
	x, y := r.rowOf(1, "2026-11-15")
	r.send(click1(x, y))
	if e, _ := r.m.here().pane.Current(); r.m.cur().focus != 1 || e.Name != "2026-11-15" {
		t.Fatalf("focus %d, cursor on %q", r.m.cur().focus, e.Name)
	}
	r.send(tea.MouseReleaseMsg{X: x, Y: y}, click1(x, y))
	if l, _ := last[ftpsvc.List](t, r.api); l.Path != "/srv/www/releases/2026-11-15" {
		t.Errorf("a double click did not enter: %+v", l)
	}
	r.listed(remoteEntries())
	x, y = r.rowOf(0, "index.html")
	r.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft, Mod: tea.ModCtrl})
	if n, _, _ := r.m.here().pane.MarkCount(); n != 1 {
		t.Errorf("Ctrl+click marked %d", n)
	}
	x, y = r.rowOf(0, "logo.svg")
	r.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft, Mod: tea.ModShift})
	if n, _, _ := r.m.here().pane.MarkCount(); n != 3 {
		t.Errorf("Shift+click marked up to %d", n)
	}
}

func TestHeaderSegmentKeyBarAndBorderAnswerTheMouse(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.m.View()
	l := r.m.lay.panes[0]
	r.send(click1(l.x+41, l.y+1))
	if sp := r.m.here().pane.Spec(); sp.Key != pane.BySize || !sp.Reverse {
		t.Errorf("a click on Size sorts by %v, reverse %v", sp.Key, sp.Reverse)
	}
	r.send(click1(l.x+14, l.y)) // ~/src/site/dist
	if q, _ := last[ftpsvc.List](t, r.api); q.Path != "/home/me/src" {
		t.Errorf("a click on src goes to %q", q.Path)
	}
	r.listed(append(vfs.Entries{folder("other", "2026-01-01 00:00"), folder("site", "2026-01-01 00:00")}, localEntries()...))
	if e, _ := r.m.here().pane.Current(); e.Name != "site" {
		t.Errorf("the cursor is on %q, which does not lead back", e.Name)
	}
	r.m.View()
	r.send(click1(75, 35)).see("Make folder").keys("esc")
	r.drag(59, 10, 80, 10, 0)
	if w := r.m.lay.panes[0].w; w < 78 || w > 82 {
		t.Errorf("after the border was dragged the left pane has %d columns", w)
	}
	r.keys("z", "=")
	if w := r.m.lay.panes[0].w; w != 60 {
		t.Errorf("the left pane has %d columns", w)
	}
}

func TestMenusByMouse(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.m.View()
	x := strings.Index(r.frame(), "File")
	r.send(click1(x, 0), tea.MouseReleaseMsg{X: x, Y: 0, Button: tea.MouseLeft}).see("Make folder…")
	r.m.View()
	y := 0
	for i, line := range splitLines(r.frame()) {
		if contains(line, "Make folder…") {
			y = i
		}
	}
	r.send(click1(x+3, y), tea.MouseReleaseMsg{X: x + 3, Y: y, Button: tea.MouseLeft}).see("Make folder", "a/b/c makes all")
}

func TestRightClickOpensTheMenuOfTheEntry(t *testing.T) {
	r := online(t, 120, 36, nil)
	x, y := r.rowOf(1, "robots.txt")
	r.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseRight}).see("robots.txt ━", "Delete…")
	r.send(click1(1, 20)).gone("robots.txt ━")
}

func TestTheWheelScrollsThePaneUnderIt(t *testing.T) {
	r := online(t, 80, 16, nil)
	before := r.m.cur().sides[0].pane.Hit(3, 2).Row
	r.send(tea.MouseWheelMsg{X: 5, Y: 5, Button: tea.MouseWheelDown})
	if after := r.m.cur().sides[0].pane.Hit(3, 2).Row; after != before+3 {
		t.Errorf("row %d is at the top, before it was %d", after, before)
	}
}

func TestAClickOnAQueueRowOpensTheQueue(t *testing.T) {
	r := online(t, 120, 36, nil).working()
	r.m.View()
	r.send(click1(10, r.m.lay.queue.y+2))
	if count[ftpsvc.QueuePage](r.api) != 1 {
		t.Error("no page of the queue was asked for")
	}
	r.keys("esc").see("release-notes.md")
}

func TestClicksOutsideADialogAreSwallowed(t *testing.T) {
	r := online(t, 120, 36, nil).keys("f7")
	n := len(r.api.reqs)
	r.send(click1(75, 35), click1(3, 5), tea.MouseClickMsg{X: 3, Y: 5, Button: tea.MouseRight})
	if len(r.api.reqs) != n || r.m.over != nil {
		t.Error("a click went through a dialog")
	}
}
