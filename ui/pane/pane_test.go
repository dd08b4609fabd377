package pane

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"ferry/ftpsvc/vfs"
	"ferry/ui/theme"
)

var testNow = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func dir(name, t string) vfs.Entry {
	return vfs.Entry{Name: name, Kind: vfs.Dir, Size: -1, ModTime: at(t), Prec: vfs.Minute, Owner: "deploy", Mode: 0o755, HasMode: true}
}

func file(name string, size int64, t string) vfs.Entry {
	return vfs.Entry{Name: name, Kind: vfs.File, Size: size, ModTime: at(t), Prec: vfs.Minute, Owner: "deploy", Mode: 0o644, HasMode: true}
}

func sample() vfs.Entries {
	exe := file("deploy.sh", 2150, "2026-11-03 08:00")
	exe.Mode = 0o755
	return vfs.Entries{
		dir("assets", "2026-11-21 18:40"), dir("config", "2026-11-12 09:13"),
		file("index.html", 18840, "2026-11-22 13:00"), file("app-2.4.1.tar.gz", 39950000, "2026-11-22 13:01"),
		file("backup-2026-11-20.sql.zst", 4370000000, "2026-11-20 02:11"), file("写真-家族旅行.jpg", 3355443, "2026-08-02 11:57"),
		file("release-notes.md", 13209, "2026-11-22 12:58"), file("very-long-file-name-that-goes-on-and-on-to-the-final.iso", 736100352, "2025-06-30 01:00"),
		file("Résumé (final).pdf", 228352, "2026-03-01 10:20"), exe,
		{Name: "latest", Kind: vfs.Link, Target: "app-2.4.0.tar.gz", Size: -1, ModTime: at("2026-11-01 08:00"), Prec: vfs.Minute},
		file("notes\x1b[31m.txt", 1, "2026-11-22 13:05"), file("bad\xe9.txt", 68, "2024-01-10 00:00"), file(".hidden", 5, "2026-01-01 00:00"),
		file("a10.txt", 10, "2026-11-22 01:00"), file("a2.txt", 10, "2026-11-22 01:00"),
	}
}

func newPane(w, h int, ascii bool, es vfs.Entries) *Pane {
	p := New(theme.New("terminal", ascii))
	p.SetNow(testNow)
	p.SetSize(w, h)
	p.SetFocus(true)
	p.SetSide("Local", vfs.Slash, "/home/me")
	g := p.Go("/home/me/src/site/dist", "")
	p.Add(g, es)
	p.Finish(g, vfs.ListInfo{Entries: len(es)})
	return p
}

func plain(p *Pane) string { return ansi.Strip(strings.Join(p.Lines(), "\n")) + "\n" }

func TestGoldenPanes(t *testing.T) {
	for _, c := range []struct {
		name string
		w, h int
	}{{"80x24", 40, 18}, {"120x36", 60, 20}, {"200x60", 100, 30}, {"60x15", 30, 12}} {
		for _, ascii := range []bool{false, true} {
			name := c.name
			if ascii {
				name += "-ascii"
			}
			t.Run(name, func(t *testing.T) {
				p := newPane(c.w, c.h, ascii, sample())
				p.Find("app-2.4.1.tar.gz")
				p.Toggle(p.Cursor())
				p.Find("backup-2026-11-20.sql.zst")
				p.Toggle(p.Cursor())
				p.Find("release-notes.md")
				p.SetNotes(Notes{Free: "free 41.2 G"})
				p.SetSigns(map[string]string{"index.html": p.th.Glyphs.Differ, "a2.txt": "="})
				golden.RequireEqual(t, plain(p))
			})
		}
	}
}

func TestAMarkUnderTheCursorHidesNoSign(t *testing.T) {
	p := newPane(40, 18, true, sample())
	p.SetSigns(map[string]string{"index.html": "%"})
	p.Find("index.html")
	p.Toggle(p.Cursor())
	for l := range strings.Lines(plain(p)) {
		if strings.Contains(l, "index.html") && (!strings.Contains(l, p.th.Glyphs.Cursor+p.th.Glyphs.Marked) || strings.Count(l, "%") != 1) {
			t.Errorf("cursor, mark and sign are not all seen: %s", l)
		}
	}
}

func TestGoldenStates(t *testing.T) {
	states := map[string]func(p *Pane){
		"broken": func(p *Pane) {
			p.Forget()
			g := p.Go("/gone", "")
			p.Fail(g, errors.New(`list "/gone": server replied 550 No such directory`))
		},
		"reading": func(p *Pane) { p.Go("/slow", "") },
		"empty":   func(p *Pane) { g := p.Go("/e", ""); p.Finish(g, vfs.ListInfo{}) },
		"unread": func(p *Pane) {
			g := p.Go("/odd", "")
			p.Add(g, sample()[:3])
			p.Finish(g, vfs.ListInfo{Unknown: 3, Unread: make([]vfs.Unread, 3)})
		},
		"stopped": func(p *Pane) { p.Forget(); p.Stop(p.Go("/slow", "")) },
		"owner":   func(p *Pane) { p.SetSpec(Spec{Key: ByOwner, Reverse: true}) },
		"clear":   func(p *Pane) { p.SetSide("old.example.net", vfs.Slash, ""); p.SetTitle(Title{Side: true, Clear: true}) },
		"clear-20": func(p *Pane) {
			p.SetSide("old.example.net", vfs.Slash, "")
			p.SetTitle(Title{Side: true, Clear: true})
			p.SetSize(20, 5)
		},
		"filter": func(p *Pane) { p.SetSpec(Spec{Filter: "*.txt"}) },
		"search": func(p *Pane) { p.BeginSearch(); p.SetSearch("rel") },
		"range":  func(p *Pane) { p.MoveTo(3); p.Range(); p.Move(3) },
		"size":   func(p *Pane) { p.SetSpec(Spec{Key: BySize, Reverse: true}) },
		"drop":   func(p *Pane) { p.SetDrop(true, 1); p.SetActive(map[string]ActiveNote{"index.html": {"^", "62 %"}}) },
	}
	for name, f := range states {
		t.Run(name, func(t *testing.T) {
			p := newPane(40, 12, false, sample())
			f(p)
			golden.RequireEqual(t, plain(p))
		})
	}
}

func names(p *Pane) string {
	var out []string
	for r := range p.Rows() {
		if e, ok := p.At(r); ok {
			out = append(out, e.Name)
		}
	}
	return strings.Join(out, " ")
}

func TestSortOrders(t *testing.T) {
	es := vfs.Entries{file("b10.Go", 5, "2026-01-03 00:00"), file("B9.txt", 50, "2026-01-01 00:00"), dir("zdir", "2026-01-09 00:00"),
		dir("adir", "2026-01-08 00:00"), file("a.go", 500, "2026-01-02 00:00"), file("b009.txt", 1, "2026-01-04 00:00")}
	es[0].Owner, es[1].Owner = "zoe", "ann"
	for name, c := range map[string]struct {
		spec Spec
		want string
	}{
		"by name in natural order":           {Spec{}, "adir zdir a.go B9.txt b009.txt b10.Go"},
		"by name the other way":              {Spec{Reverse: true}, "zdir adir b10.Go b009.txt B9.txt a.go"},
		"by extension, then name":            {Spec{Key: ByExt}, "adir zdir a.go b10.Go B9.txt b009.txt"},
		"by size":                            {Spec{Key: BySize}, "adir zdir b009.txt b10.Go B9.txt a.go"},
		"by date, newest first":              {Spec{Key: ByDate, Reverse: true}, "zdir adir b009.txt b10.Go a.go B9.txt"},
		"by owner":                           {Spec{Key: ByOwner}, "adir zdir B9.txt a.go b009.txt b10.Go"},
		"as the server listed":               {Spec{Key: Unsorted}, "b10.Go B9.txt zdir adir a.go b009.txt"},
		"filtered by text whatever its case": {Spec{Filter: "B"}, "B9.txt b009.txt b10.Go"},
		"filtered by pattern":                {Spec{Filter: "*.go;a*"}, "adir a.go b10.Go"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPane(60, 20, false, es)
			p.SetSpec(c.spec)
			if got := names(p); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestMarks(t *testing.T) {
	p := newPane(60, 20, false, sample())
	if n := p.MarkPattern(true, "*.txt", false, false); n != 4 {
		t.Fatalf("the pattern marked %d, want 4", n)
	}
	p.Find("a2.txt")
	p.Toggle(p.Cursor())
	if here, _, bytes := p.MarkCount(); here != 3 || bytes != 79 {
		t.Fatalf("%d marked, %d bytes", here, bytes)
	}
	if p.RowMarked(0) {
		t.Error("the way up is marked")
	}
	p.Toggle(0)
	g := p.Go("/home/me/other", "")
	p.Add(g, vfs.Entries{file("x.txt", 9, "2026-01-01 00:00")})
	p.Finish(g, vfs.ListInfo{})
	p.MoveTo(1)
	p.Toggle(1)
	if here, all, _ := p.MarkCount(); here != 1 || all != 4 {
		t.Fatalf("after another folder: %d here, %d in all", here, all)
	}
	if got := len(p.Selection()); got != 4 {
		t.Fatalf("the selection has %d entries", got)
	}
	g = p.Go("/home/me/src/site/dist", "")
	p.Add(g, sample())
	p.Finish(g, vfs.ListInfo{})
	if here, all, _ := p.MarkCount(); here != 3 || all != 4 {
		t.Fatalf("back again: %d here, %d in all", here, all)
	}
	p.Invert()
	if here, _, _ := p.MarkCount(); here != 10 {
		t.Errorf("inverted: %d marked, want 10 of 13 shown files", here)
	}
	p.Unmark()
	if _, all, _ := p.MarkCount(); all != 0 {
		t.Errorf("%d marks are left", all)
	}
	p.Find("a2.txt")
	p.Range()
	p.Move(2)
	p.Range()
	if here, _, _ := p.MarkCount(); here != 3 {
		t.Errorf("the range marked %d", here)
	}
}

func TestPatternsMindCaseWhenTold(t *testing.T) {
	p := newPane(60, 20, false, vfs.Entries{file("A.TXT", 1, "2026-01-01 00:00"), file("a.txt", 1, "2026-01-01 00:00"), dir("a", "2026-01-01 00:00")})
	for _, c := range []struct {
		pattern     string
		dirs, exact bool
		want        int
	}{{"a*", false, false, 2}, {"a*", true, false, 3}, {"a*", false, true, 1}, {"TXT", false, true, 1}, {"*.txt; *.TXT", false, true, 2}} {
		p.Unmark()
		if n := p.MarkPattern(true, c.pattern, c.dirs, c.exact); n != c.want {
			t.Errorf("%+v marked %d", c, n)
		}
	}
}

func TestMarksAndCursorSurviveARefresh(t *testing.T) {
	p := newPane(60, 20, false, sample())
	p.Find("release-notes.md")
	p.Toggle(p.Cursor())
	g := p.Go(p.Path(), "")
	p.Add(g, append(vfs.Entries{file("0-new", 1, "2026-01-01 00:00")}, sample()...))
	if p.Rows() != 16 {
		t.Errorf("%d rows are shown while the refresh comes", p.Rows())
	}
	p.Finish(g, vfs.ListInfo{})
	e, _ := p.Current()
	if e.Name != "release-notes.md" || !p.RowMarked(p.Cursor()) || p.Rows() != 17 {
		t.Errorf("cursor on %q, marked %v, %d rows", e.Name, p.RowMarked(p.Cursor()), p.Rows())
	}
}

func TestRowsOfAnOlderListingAreDropped(t *testing.T) {
	p := newPane(60, 20, false, sample())
	old := p.Go("/a", "")
	g := p.Go("/b", "")
	p.Add(old, sample())
	p.Finish(old, vfs.ListInfo{})
	if p.Len() != 0 || p.State() != Loading {
		t.Fatalf("%d entries, state %d", p.Len(), p.State())
	}
	p.Add(g, sample()[:1])
	p.Finish(g, vfs.ListInfo{})
	if p.Len() != 1 {
		t.Errorf("%d entries", p.Len())
	}
}

func TestHistoryGoesBackAndForward(t *testing.T) {
	p := newPane(60, 20, false, sample())
	visit := func(path string) {
		g := p.Go(path, "")
		p.Add(g, sample())
		p.Finish(g, vfs.ListInfo{})
	}
	p.Find("index.html")
	visit("/x")
	path, name, ok := p.History(-1)
	if !ok || path != "/home/me/src/site/dist" || name != "index.html" {
		t.Fatalf("back: %q %q %v", path, name, ok)
	}
	g := p.Go(path, name)
	p.Add(g, sample())
	p.Finish(g, vfs.ListInfo{})
	if e, _ := p.Current(); e.Name != "index.html" {
		t.Errorf("cursor on %q", e.Name)
	}
	if path, _, ok = p.History(1); !ok || path != "/x" {
		t.Errorf("forward: %q %v", path, ok)
	}
	if p.CanGo(1) {
		t.Error("there is more forward than was visited")
	}
}

func TestTheFolderAPaneBeganInIsInItsHistory(t *testing.T) {
	p := New(theme.New("terminal", false))
	p.SetSize(60, 20)
	g := p.Go("", "") // wherever the side starts
	p.Finish(g, vfs.ListInfo{Dir: "/start"})
	g = p.Go("/start/sub", "")
	p.Finish(g, vfs.ListInfo{Dir: "/start/sub"})
	if path, _, ok := p.History(-1); !ok || path != "/start" {
		t.Errorf("back: %q %v", path, ok)
	}
}

func TestAFolderThatCannotBeReadIsNotEntered(t *testing.T) {
	for name, end := range map[string]func(*Pane, uint64){
		"refused": func(p *Pane, g uint64) { p.Fail(g, errors.New("permission denied")) },
		"stopped": func(p *Pane, g uint64) { p.Stop(g) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPane(60, 20, false, sample())
			p.SetSpec(Spec{Filter: "e"})
			p.Find("index.html")
			p.Toggle(p.Cursor())
			before := plain(p)
			end(p, p.Go("/home/me/src/site/dist/assets", ""))
			if after := plain(p); after != before {
				t.Errorf("it does not stand as before:\n%s", after)
			}
			if here, all, _ := p.MarkCount(); here != 1 || all != 1 {
				t.Errorf("%d marked here, %d in all", here, all)
			}
			if p.CanGo(-1) || p.CanGo(1) {
				t.Error("it is in the history")
			}
			// The same through the history.
			g := p.Go("/home/me/src", "")
			p.Finish(g, vfs.ListInfo{Dir: "/home/me/src"})
			path, at, _ := p.History(-1)
			end(p, p.Go(path, at))
			if p.Path() != "/home/me/src" || !p.CanGo(-1) || p.CanGo(1) {
				t.Errorf("in %q, back %v, forward %v", p.Path(), p.CanGo(-1), p.CanGo(1))
			}
		})
	}
}

func TestAListingStoppedInTheMiddleKeepsWhatCame(t *testing.T) {
	p := newPane(60, 20, false, sample())
	g := p.Go("/big", "")
	p.Add(g, sample()[:3])
	p.Stop(g)
	if p.Path() != "/big" || p.Rows() != 4 || p.Complete() || !strings.Contains(plain(p), "incomplete") {
		t.Errorf("complete %v:\n%s", p.Complete(), plain(p))
	}
	g = p.Go("/big", "")
	p.Add(g, sample())
	p.Finish(g, vfs.ListInfo{})
	if !p.Complete() || strings.Contains(plain(p), "incomplete") {
		t.Errorf("read again, complete %v:\n%s", p.Complete(), plain(p))
	}
}

func TestMarkedFoldersCountWhatWasMeasured(t *testing.T) {
	big := dir("big", "2026-01-01 00:00")
	big.Size = 4096 // of the folder file
	es := vfs.Entries{big, file("a", 1000, "2026-01-01 00:00")}
	p := newPane(60, 20, false, es)
	p.MarkWhere(true, func(vfs.Entry) bool { return true })
	again := func(path string) {
		g := p.Go(path, "")
		p.Add(g, es)
		p.Finish(g, vfs.ListInfo{})
	}
	check := func(when string, want int64) {
		t.Helper()
		if n, _, bytes := p.MarkCount(); n != 2 || bytes != want {
			t.Errorf("%s: %d marked, %d bytes, want %d", when, n, bytes, want)
		}
	}
	check("marked", 1000)
	again("/other")
	again("/home/me/src/site/dist")
	check("left and come back", 1000)
	p.SetDirSize("big", 5000)
	check("measured", 6000)
	p.SetDirSize("big", 7000)
	check("measured on", 8000)
	again(p.Path())
	check("read again", 8000)
}

func TestALongFolderKeepsItsSlash(t *testing.T) {
	run := file("a-program-of-a-long-name", 1, "2026-01-01 00:00")
	run.Mode, run.HasMode = 0o755, true
	out := plain(newPane(20, 8, false, vfs.Entries{dir("a-folder-of-a-long-name", "2026-01-01 00:00"), dir("写真写真写真写真写真", "2026-01-01 00:00"), run}))
	if strings.Count(out, "/ ")+strings.Count(out, "/┃") < 2 || !strings.Contains(out, "*") {
		t.Errorf("what are they?\n%s", out)
	}
}

func TestHits(t *testing.T) {
	p := newPane(60, 20, false, sample())
	p.Lines()
	if h := p.Hit(4, 1); h.Spot != OnHeader || h.Key != ByName {
		t.Errorf("header: %+v", h)
	}
	if h := p.Hit(42, 1); h.Spot != OnHeader || h.Key != BySize {
		t.Errorf("size header: %+v", h)
	}
	if h := p.Hit(50, 1); h.Key != ByDate {
		t.Errorf("date header: %+v", h)
	}
	if h := p.Hit(5, 3); h.Spot != OnRow || h.Row != 1 {
		t.Errorf("row: %+v", h)
	}
	title := []rune(strings.SplitN(plain(p), "\n", 2)[0])
	at := strings.Index(string(title), "site")
	col := utf8.RuneCountInString(string(title)[:at])
	if h := p.Hit(col, 0); h.Spot != OnSegment || h.Path != "/home/me/src/site" {
		t.Errorf("segment: %+v in %s", h, string(title))
	}
	if h := p.Hit(strings.IndexRune("xxxxxxxxxx", 'y')+11, 0); h.Path != "/home/me" && h.Path != "/home/me/src" {
		t.Errorf("home segment: %+v", h)
	}
}

// TestRowsAlwaysHaveThePanesWidth takes any bytes as names, paths and texts.
func TestRowsAlwaysHaveThePanesWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var es vfs.Entries
		for range rapid.IntRange(0, 8).Draw(t, "n") {
			s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
			if rapid.Bool().Draw(t, "text") {
				s = rapid.String().Draw(t, "s")
			}
			es = append(es, vfs.Entry{Name: s, Target: s, Owner: s, Perm: s, Kind: vfs.Kind(rapid.IntRange(0, 4).Draw(t, "kind")),
				Size: rapid.Int64().Draw(t, "size"), ModTime: testNow, Prec: vfs.Second})
		}
		p := New(theme.New("dark", rapid.Bool().Draw(t, "ascii")))
		if rapid.Bool().Draw(t, "grapheme") {
			p.th.Method.Mode = ansi.GraphemeWidth
		}
		w, h := rapid.IntRange(0, 120).Draw(t, "w"), rapid.IntRange(0, 12).Draw(t, "h")
		p.SetNow(testNow)
		p.SetSize(w, h)
		p.SetFocus(rapid.Bool().Draw(t, "focus"))
		p.SetSide(rapid.String().Draw(t, "side"), vfs.Slash, "")
		p.spec.Hidden = true
		g := p.Go("/"+string(rapid.SliceOf(rapid.Byte()).Draw(t, "path")), "")
		p.Add(g, es)
		p.Finish(g, vfs.ListInfo{})
		p.MarkWhere(true, func(vfs.Entry) bool { return rapid.Bool().Draw(t, "mark") })
		p.MoveTo(rapid.IntRange(0, 9).Draw(t, "cursor"))
		lines := p.Lines()
		if len(lines) != h {
			t.Fatalf("%d lines, want %d", len(lines), h)
		}
		for i, l := range lines {
			if got := p.th.Method.Mode.StringWidth(l); got != w {
				t.Fatalf("line %d has %d columns, want %d: %q", i, got, w, l)
			}
			checkBytes(t, l)
		}
	})
}

// checkBytes fails on a control character that is not the start of a style.
func checkBytes(t interface{ Fatalf(string, ...any) }, l string) {
	for i, r := range l {
		if r == 0x1b {
			end := strings.IndexByte(l[i:], 'm')
			if end < 0 || strings.Trim(l[i+1:i+end], "[;0123456789") != "" {
				t.Fatalf("a foreign sequence in %q", l)
			}
			continue
		}
		if r < 0x20 || (r >= 0x7f && r < 0xa0) {
			t.Fatalf("%U in %q", r, l)
		}
	}
}

func many(n int) vfs.Entries {
	es := make(vfs.Entries, n)
	for i := range es {
		name := fmt.Sprintf("file-%07d.dat", (i*7919)%n)
		if i%17 == 0 {
			name = fmt.Sprintf("写真-%07d.jpg", i)
		}
		es[i] = vfs.Entry{Name: name, Kind: vfs.File, Size: int64(i) * 977, ModTime: testNow.Add(-time.Duration(i) * time.Minute), Prec: vfs.Minute, Owner: "root"}
	}
	return es
}

func TestASearchGoesOnWhileTheFolderIsReadAgain(t *testing.T) {
	p := newPane(60, 20, false, vfs.Entries{{Name: "a", Kind: vfs.File}, {Name: "b", Kind: vfs.File}})
	p.BeginSearch()
	if p.SetSearch("re") {
		t.Fatal("found what is not there")
	}
	g := p.Go(p.Path(), "")
	if _, typing := p.Searching(); !typing {
		t.Fatal("the search ended: the rest of the word would be commands")
	}
	p.SetSearch("readme")
	p.EndSearch()
	p.Add(g, vfs.Entries{{Name: "a", Kind: vfs.File}, {Name: "b", Kind: vfs.File}, {Name: "README.txt", Kind: vfs.File}})
	p.Finish(g, vfs.ListInfo{})
	if e, ok := p.Current(); !ok || e.Name != "README.txt" {
		t.Fatalf("the cursor is on %q", e.Name)
	}
	g = p.Go(p.Path(), "")
	p.Move(-1)
	was, _ := p.Current()
	p.Add(g, vfs.Entries{{Name: "a", Kind: vfs.File}, {Name: "b", Kind: vfs.File}, {Name: "README.txt", Kind: vfs.File}})
	p.Finish(g, vfs.ListInfo{})
	if e, _ := p.Current(); e.Name != was.Name || e.Name == "README.txt" {
		t.Fatalf("an old search took the cursor from %q to %q", was.Name, e.Name)
	}
}

func TestABigListingIsSortedByAJob(t *testing.T) {
	p := newPane(100, 50, false, nil)
	g := p.Go("/big", "")
	es := many(20000)
	for i := 0; i < len(es); i += 5000 {
		p.Add(g, es[i:i+5000])
		if j, ok := p.TakeJob(); ok {
			if _, again := p.TakeJob(); again {
				t.Fatal("two jobs are out at once")
			}
			p.Apply(j.Run())
		}
	}
	p.Finish(g, vfs.ListInfo{})
	j, ok := p.TakeJob()
	if !ok {
		t.Fatal("no job after the listing's end")
	}
	p.Apply(j.Run())
	if p.Shown() != 20000 || p.Busy() {
		t.Fatalf("%d shown, busy %v", p.Shown(), p.Busy())
	}
	prev := ""
	for r := 1; r < p.Rows(); r++ {
		e, _ := p.At(r)
		if k := string(naturalKey(nil, e.Name)); k < prev {
			t.Fatalf("row %d is out of order", r)
		} else {
			prev = k
		}
	}
}

func TestAnAnswerForAnotherFolderIsDropped(t *testing.T) {
	p := newPane(100, 50, false, nil)
	g := p.Go("/big", "")
	p.Add(g, many(20000))
	j, ok := p.TakeJob()
	if !ok {
		t.Fatal("no job")
	}
	g = p.Go("/small", "")
	p.Add(g, sample()[:2])
	p.Finish(g, vfs.ListInfo{})
	p.Apply(j.Run())
	if p.Shown() != 2 {
		t.Errorf("%d rows are shown", p.Shown())
	}
}

func TestCompareTellsHowEntriesStand(t *testing.T) {
	listing := func(es ...vfs.Entry) Listing { return newPane(60, 20, false, es).Snapshot() }
	g := theme.Unicode
	l, r := Compare(
		listing(file("same", 1, "2026-01-01 00:00"), file("new", 2, "2026-01-02 00:00"), file("size", 3, "2026-01-01 00:00"), file("only", 1, "2026-01-01 00:00"), dir("d", "2026-01-01 00:00")),
		listing(file("same", 1, "2026-01-01 00:00"), file("new", 1, "2026-01-01 00:00"), file("size", 4, "2026-01-01 00:00"), dir("d", "2025-01-01 00:00"), file("there", 0, "2026-01-01 00:00")), g)
	for name, want := range map[string][2]string{"same": {"=", "="}, "new": {g.Newer, g.Older}, "size": {"≠", "≠"}, "only": {"+", ""}, "there": {"", "+"}, "d": {g.SameName, g.SameName}} {
		if l[name] != want[0] || r[name] != want[1] {
			t.Errorf("%s: %q and %q, want %q", name, l[name], r[name], want)
		}
	}
}

func TestALineLostIsSaidAndAnErrorKeepsTheOldRows(t *testing.T) {
	p := newPane(60, 12, false, sample())
	g := p.Go(p.Path(), "")
	p.Fail(g, errors.New("list: connection lost"))
	if p.Rows() != 16 || p.Err() == nil {
		t.Errorf("%d rows, error %v", p.Rows(), p.Err())
	}
}

func BenchmarkFrame(b *testing.B) {
	for _, n := range []int{100, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := newPane(100, 50, false, nil)
			g := p.Go("/big", "")
			p.Add(g, many(n))
			p.Finish(g, vfs.ListInfo{})
			for j, ok := p.TakeJob(); ok; j, ok = p.TakeJob() {
				p.Apply(j.Run())
			}
			p.MoveTo(n / 2)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				p.Move(1 - 2*(i&1))
				p.dirty = true
				p.Lines()
			}
		})
	}
}

func BenchmarkSort(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		st := store{}
		st.add(many(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Job{st: st, wantI: -1}.Run()
			}
		})
	}
}

func BenchmarkFilter(b *testing.B) {
	st := store{}
	st.add(many(1_000_000))
	for b.Loop() {
		Job{st: st, wantI: -1, spec: Spec{Filter: "99999"}}.Run()
	}
}

func BenchmarkSearchMiss(b *testing.B) {
	p := newPane(100, 50, false, nil)
	g := p.Go("/big", "")
	p.Add(g, many(1_000_000))
	p.Finish(g, vfs.ListInfo{})
	for j, ok := p.TakeJob(); ok; j, ok = p.TakeJob() {
		p.Apply(j.Run())
	}
	for b.Loop() {
		p.SetSearch("nothing-has-this")
	}
}

func BenchmarkMarkAll(b *testing.B) {
	p := newPane(100, 50, false, nil)
	g := p.Go("/big", "")
	p.Add(g, many(1_000_000))
	p.Finish(g, vfs.ListInfo{})
	for j, ok := p.TakeJob(); ok; j, ok = p.TakeJob() {
		p.Apply(j.Run())
	}
	for b.Loop() {
		p.Invert()
	}
}

// settle runs jobs until none is left.
func settle(p *Pane) {
	for j, ok := p.TakeJob(); ok; j, ok = p.TakeJob() {
		p.Apply(j.Run())
	}
}

func TestARefreshOfABigFolderIsSeenOnceItIsSorted(t *testing.T) {
	p := newPane(100, 50, false, nil)
	g := p.Go("/big", "")
	p.Add(g, many(20000))
	p.Finish(g, vfs.ListInfo{})
	settle(p)
	p.MoveTo(100)
	p.Toggle(100)
	first, _ := p.At(100)
	g = p.Go("/big", "")
	p.Add(g, append(many(20000), file("00-new", 1, "2026-01-01 00:00")))
	p.Finish(g, vfs.ListInfo{})
	if p.Rows() != 20001 || strings.Contains(plain(p), "sorting 20,000 entries") {
		t.Fatal("the old rows are gone before the new ones are sorted")
	}
	j, ok := p.TakeJob()
	if !ok {
		t.Fatal("no job sorts the refreshed listing")
	}
	p.MoveTo(102) // meanwhile the user goes on and marks
	p.Toggle(102)
	third, _ := p.At(102)
	p.Apply(j.Run())
	settle(p)
	if p.Rows() != 20002 || p.Busy() {
		t.Fatalf("%d rows, busy %v", p.Rows(), p.Busy())
	}
	if e, _ := p.Current(); e.Name != third.Name {
		t.Errorf("the cursor is on %q, not on %q", e.Name, third.Name)
	}
	var marked []string
	for _, e := range p.Marked() {
		marked = append(marked, e.Entry.Name)
	}
	if fmt.Sprint(marked) != fmt.Sprint([]string{first.Name, third.Name}) {
		t.Errorf("marked are %v", marked)
	}
}

func TestSortingAnewWhileARefreshIsSortedKeepsTheRefresh(t *testing.T) {
	p := newPane(100, 50, false, nil)
	g := p.Go("/big", "")
	p.Add(g, many(20000))
	p.Finish(g, vfs.ListInfo{})
	settle(p)
	g = p.Go("/big", "")
	p.Add(g, many(20001))
	p.Finish(g, vfs.ListInfo{})
	j, _ := p.TakeJob()
	p.SetSpec(Spec{Key: BySize, Reverse: true})
	p.Apply(j.Run())
	settle(p)
	if e, _ := p.At(1); p.Rows() != 20002 || e.Size != 20000*977 {
		t.Errorf("%d rows, the first has %d bytes", p.Rows(), e.Size)
	}
}
