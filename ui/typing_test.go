package ui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	qview "ferry/ui/queue"
)

func TestAPatternTypedIsThePatternMarkedBy(t *testing.T) {
	r := online(t, 120, 36, nil).keys("+").typed("a*").keys("enter")
	for _, e := range r.m.here().pane.Marked() {
		if e.Entry.Name != "app-2.4.1.tar.gz" {
			t.Errorf("a* marked %q", e.Entry.Name)
		}
	}
	if n, _, _ := r.m.here().pane.MarkCount(); n != 1 {
		t.Errorf("a* marked %d", n)
	}
	r.keys("-", "enter") // as offered: all
	if n, _, _ := r.m.here().pane.MarkCount(); n != 0 {
		t.Errorf("%d marks are left", n)
	}
}

func TestTypingReplacesWhatIsThere(t *testing.T) {
	r := online(t, 120, 36, nil).keys("g", "p").typed("/etc").keys("enter")
	if s, _ := last[ftpsvc.Stat](t, r.api); s.Path != "/etc" {
		t.Errorf("go to %q", s.Path)
	}
	r.keys("alt+l").typed("1M").keys("enter")
	if l, _ := last[ftpsvc.Limit](t, r.api); l.Down != 1<<20 {
		t.Errorf("limit %d", l.Down)
	}
	r.m.askPriority(qview.AskPriority{Items: []int64{1}, Now: 0})
	r.typed("5").keys("enter")
	if c, _ := last[ftpsvc.Control](t, r.api); c.Value != 5 {
		t.Errorf("priority %d", c.Value)
	}
	r.keys("f").typed("html").keys("enter", "f").see("filter html_").typed("xml").see("sitemap.xml", "filter xml_").gone("release-notes")
	r.keys("left", "left", "backspace").typed("s").see("filter sml")
	r.keys("esc").see("filter html", "index.html")
	r.keys("f", "right").typed("x").see("filter htmlx_")
}

func TestTabListsWhatAPathMayBecome(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab", "g", "p").typed("/srv/www/releases/2026-11-").keys("tab").see("2026-11-08/  2026-11-15/  2026-11-22/", "Tab completes")
	r.typed("x").keys("tab").see("no folder begins like this")
	r.keys("ctrl+u").typed("/srv/").keys("tab").see("not read yet")
	l, id := last[ftpsvc.List](t, r.api)
	r.events(ftpsvc.Rows{ID: id, Conn: l.Conn, Path: l.Path, Pane: l.Pane, Batch: vfs.Entries{folder("www", "2026-01-01 00:00"), folder("www-old", "2026-01-01 00:00")}}, ftpsvc.Done{ID: id})
	r.see("/srv/www", "www/  www-old/").gone("not read yet")
}

func conflict(id ftpsvc.ID) ftpsvc.Asked {
	return ftpsvc.Asked{Question: ftpsvc.Question{ID: id, Kind: ftpsvc.AskConflict, Conn: testSite, Others: 2,
		Item:   queue.Item{Job: 5, To: string(testSite), Source: "/home/me/foo.txt", Target: "/srv/foo.txt"},
		Source: file("foo.txt", 18840, "2026-11-22 13:00"), Target: file("foo.txt", 18534, "2026-11-15 18:56")}}
}

func TestAQuestionWaitsUntilTypingEnds(t *testing.T) {
	for name, c := range map[string]struct{ begin, end []string }{
		"in the filter":        {[]string{"f"}, []string{"enter"}},
		"in a search":          {[]string{"/"}, []string{"esc"}},
		"in the palette":       {[]string{":"}, []string{"esc"}},
		"in a dialog":          {[]string{"f7"}, []string{"esc"}},
		"in a search of a log": {[]string{"alt+L", "/"}, []string{"esc"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := online(t, 80, 24, nil).keys(c.begin...).typed("foof")
			r.events(conflict(77)).gone("Target exists").see("1 question waits")
			for _, k := range "oofoo" {
				r.at = r.at.Add(600e6)
				r.send(press(string(k)))
			}
			if n := count[ftpsvc.Answer](r.api); n != 0 {
				t.Fatal("what was typed answered the question")
			}
			r.keys(c.end...).see("Target exists").gone("question waits")
			r.at = r.at.Add(600e6)
			r.send(press("o")).see("were ignored")
			r.keys("s").gone("Target exists")
			if a, _ := last[ftpsvc.Answer](t, r.api); a.Value != queue.Skip {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestAQuestionWaitsUntilADragEnds(t *testing.T) {
	r := online(t, 120, 36, nil)
	l := r.m.lay.panes
	r.send(click1(l[0].x+5, l[0].y+4), motion(l[1].x+5, l[1].y+4))
	r.events(conflict(77)).gone("Target exists")
	r.keys("esc").see("Target exists")
}

func TestANameTypedForADialogThatDidNotOpenRunsNothing(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab")
	i := siteInfo()
	i.State, i.RetryAt = ftpsvc.Retrying, r.at.Add(20e9)
	r.events(ftpsvc.ConnChanged{Info: i}).keys("f7").see("connection lost, trying again")
	fast := func(names ...string) {
		for _, k := range names {
			r.at = r.at.Add(300e6)
			r.send(press(k))
		}
	}
	path := r.m.here().pane.Path()
	fast("r", "q", "space", "U", "V", "/", "j", "backspace", "w")
	if r.see("connection lost, trying again", "the keys typed since were ignored"); r.m.view() != nil || !r.m.dialogs.Empty() || r.m.here().pane.Path() != path {
		t.Fatal("a letter of the name ran something")
	}
	if n, _, _ := r.m.here().pane.MarkCount(); n != 0 {
		t.Fatal("a blank in the name marked")
	}
	fast("enter", "w") // Enter ended the name
	if r.m.view() == nil {
		t.Error("keys are ignored after the end of the name")
	}
	r.keys("w", "f7", "w") // a quiet moment, too
	if r.m.view() == nil {
		t.Error("keys are ignored for ever")
	}
	r.keys("w", "f7")
	fast("f9") // and a key that no name holds
	if r.m.over == nil {
		t.Error("the menu did not open")
	}
}

func TestOfWhatIsPastedOneLineIsTaken(t *testing.T) {
	said := "only the first line"
	r := online(t, 120, 36, nil).keys("f7")
	r.send(tea.PasteMsg{Content: "new-folder\r\nrm -rf /\n"}).see("new-folder", said).gone("rm -rf").keys("enter")
	if c, _ := last[ftpsvc.Mkdir](t, r.api); c.Path != "/home/me/src/site/dist/new-folder" {
		t.Errorf("%q", c.Path)
	}
	for _, open := range []string{"f", "/", ":"} {
		r.keys(open).gone(said).send(tea.PasteMsg{Content: "html\nrm"}).see(said).keys("esc", "esc")
	}
	r.keys("f7").send(tea.PasteMsg{Content: "one\n"}).see("one").gone(said)
}
