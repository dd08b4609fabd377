package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	"ferry/ui/action"
	"ferry/ui/view"
)

func TestEveryActionDoesSomething(t *testing.T) {
	r := online(t, 80, 24, nil)
	views := map[action.Place]filling{action.QueueView: r.m.qfull, action.LogView: r.m.log, action.FileView: &viewing{View: view.New(r.m.th, "x", 0)}}
	for _, a := range action.All() {
		for _, p := range action.Places {
			if a.In&p == 0 || acts[a.Name] != nil {
				continue
			}
			if views[p] == nil {
				t.Errorf("nothing is done for %q", a.Name)
			} else if do, _ := views[p].Act(a.Name); do == nil {
				t.Errorf("nothing is done for %q in place %d", a.Name, p)
			}
		}
	}
	for name := range acts {
		if action.ByName(name) == nil {
			t.Errorf("%q is done but not registered", name)
		}
	}
}

// TestEveryActionRunsEverywhere runs all actions in all states of the screen:
// none may panic, and each must leave something to draw.
func TestEveryActionRunsEverywhere(t *testing.T) {
	states := map[string]func(*testing.T) *rig{
		"at the start":      func(t *testing.T) *rig { return newRig(t, 80, 24, nil) },
		"with an empty one": func(t *testing.T) *rig { return newRig(t, 80, 24, nil).keys("tab") },
		"local":             func(t *testing.T) *rig { return online(t, 120, 36, nil).working().keys("down", "down") },
		"remote":            func(t *testing.T) *rig { return online(t, 120, 36, nil).working().keys("tab", "down", "down") },
		"on a file":         func(t *testing.T) *rig { r := online(t, 80, 24, nil); r.m.here().pane.Find("index.html"); return r },
		"tiny":              func(t *testing.T) *rig { return online(t, 10, 3, nil) },
		"with a dialog":     func(t *testing.T) *rig { return online(t, 40, 10, nil).keys("f7") },
		"lost": func(t *testing.T) *rig {
			r := online(t, 80, 24, nil).keys("tab")
			i := siteInfo()
			i.State, i.Err = ftpsvc.Lost, vfs.ErrConnLost
			return r.events(ftpsvc.ConnChanged{Info: i})
		},
	}
	for name, make := range states {
		t.Run(name, func(t *testing.T) {
			for _, a := range action.All() {
				r := make(t)
				r.m.run(a.Name)
				r.m.feed()
				r.frame()
				r.keys("esc", "esc")
				r.frame()
			}
		})
	}
}

func TestF5CopiesTheMarkedToTheOtherPane(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.m.here().pane.Find("app-2.4.1.tar.gz")
	r.keys("space", "space", "f5").see("Copy", "2 files", "/srv/www/releases/").keys("enter")
	c, _ := last[ftpsvc.Copy](t, r.api)
	want := []string{"/home/me/src/site/dist/app-2.4.1.tar.gz", "/home/me/src/site/dist/backup-2026-11-20.sql.zst"}
	if c.From != ftpsvc.Local || c.To != testSite || c.Dir != "/srv/www/releases" || fmt.Sprint(c.Paths) != fmt.Sprint(want) || c.As != "" || c.Options.Conflict != queue.Ask {
		t.Errorf("%+v", c)
	}
	if _, all, _ := r.m.here().pane.MarkCount(); all != 0 {
		t.Errorf("%d marks are left", all)
	}
}

func TestF5UnderAnotherNameAsksWhetherItIsAFolder(t *testing.T) {
	for name, c := range map[string]struct {
		answer  func(id ftpsvc.ID) ftpsvc.Event
		dir, as string
	}{
		"a folder takes it in": {func(id ftpsvc.ID) ftpsvc.Event { return ftpsvc.Done{ID: id, Value: folder("new", "2026-01-01 00:00")} }, "/srv/www/releases/new", ""},
		"what is not there is the new name": {func(id ftpsvc.ID) ftpsvc.Event {
			return ftpsvc.Failed{ID: id, Err: &vfs.Error{Op: "stat", Err: fs.ErrNotExist}}
		}, "/srv/www/releases", "new"},
	} {
		t.Run(name, func(t *testing.T) {
			r := online(t, 120, 36, nil)
			r.m.here().pane.Find("index.html")
			r.keys("f5").typed("new").keys("enter")
			_, id := last[ftpsvc.Stat](t, r.api)
			r.events(c.answer(id))
			got, _ := last[ftpsvc.Copy](t, r.api)
			if got.Dir != c.dir || got.As != c.as {
				t.Errorf("dir %q as %q", got.Dir, got.As)
			}
		})
	}
}

func TestAMoveWithinOneSideIsARename(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.keys("tab", "g", "o") // both panes on the site
	r.listed(remoteEntries())
	r.keys("tab")
	r.m.list(r.m.here(), "/srv/www/old", "", false)
	r.listed(vfs.Entries{file("a.txt", 1, "2026-01-01 00:00")})
	r.keys("end", "f6", "enter")
	got, id := last[ftpsvc.Rename](t, r.api)
	if got.From != "/srv/www/old/a.txt" || got.To != "/srv/www/releases/a.txt" || got.Overwrite {
		t.Fatalf("%+v", got)
	}
	r.events(ftpsvc.Failed{ID: id, Err: &vfs.Error{Op: "rename", Err: fs.ErrExist}})
	c, _ := last[ftpsvc.Copy](t, r.api)
	if !c.Options.Move || c.From != testSite || c.To != testSite || c.Dir != "/srv/www/releases" {
		t.Errorf("what is in the way is not left to the queue, which asks: %+v", c)
	}
}

func TestOfALinkOnlyTheLinkIsDeleted(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.m.here().pane.Find("latest")
	r.keys("f8").see("It is a link: what it leads to stays.").keys("esc", "space")
	r.m.here().pane.Find("index.html")
	r.keys("space", "f8").see("Of links only the link goes: what it leads to stays.").keys("esc", "U")
	r.m.here().pane.Find("index.html")
	r.keys("f8").see("Delete index.html?").gone("link")
}

func TestDeleteCountsAndAsksWithNoAsDefault(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab", "down", "f8")
	r.see("Delete 2026-11-08?", "counting")
	_, id := last[ftpsvc.Measure](t, r.api)
	r.events(ftpsvc.Counted{ID: id, Count: ftpsvc.Count{Files: 1204, Dirs: 37, Bytes: 8 << 30}}).see("1,204 files in 37 folders")
	r.keys("enter")
	if n := count[ftpsvc.Delete](r.api); n != 0 {
		t.Fatal("Enter deleted: the default is not no")
	}
	r.keys("f8", "d")
	d, id := last[ftpsvc.Delete](t, r.api)
	if d.Conn != testSite || !d.Recursive || fmt.Sprint(d.Paths) != "[/srv/www/releases/2026-11-08]" || d.Unread {
		t.Fatalf("%+v", d)
	}
	r.events(ftpsvc.Failed{ID: id, Err: &vfs.Error{Op: "delete", Path: "/x", Err: vfs.ErrIncomplete}}).see("Listing incomplete").keys("d")
	if d, _ = last[ftpsvc.Delete](t, r.api); !d.Unread {
		t.Errorf("after the user's word: %+v", d)
	}
}

func TestMakeFolderRenameAndMakeFile(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab")
	r.keys("f7").typed("a/b").keys("enter")
	if k, _ := last[ftpsvc.Mkdir](t, r.api); k.Path != "/srv/www/releases/a/b" || !k.Parents || k.Conn != testSite {
		t.Errorf("%+v", k)
	}
	r.keys("shift+f4").typed("n.txt").keys("enter")
	if k, _ := last[ftpsvc.MakeFile](t, r.api); k.Path != "/srv/www/releases/n.txt" {
		t.Errorf("%+v", k)
	}
	r.m.here().pane.Find("robots.txt")
	r.keys("shift+f6", "home").typed("x").keys("enter")
	k, id := last[ftpsvc.Rename](t, r.api)
	if k.From != "/srv/www/releases/robots.txt" || k.To != "/srv/www/releases/xrobots.txt" || k.Overwrite {
		t.Errorf("%+v", k)
	}
	r.events(ftpsvc.Failed{ID: id, Err: &vfs.Error{Op: "rename", Err: fs.ErrExist}}).see("Target exists").keys("r")
	if k, _ := last[ftpsvc.Rename](t, r.api); !k.Overwrite {
		t.Errorf("%+v", k)
	}
	r.keys("shift+f6", "home").typed("y").keys("enter")
	_, id = last[ftpsvc.Rename](t, r.api)
	r.events(ftpsvc.Failed{ID: id, Err: &vfs.Error{Op: "rename", Path: "a", To: "b", Err: ftpsvc.ErrFolderThere}}).see("a folder is there").gone("Target exists")
}

func TestEnterParentAndHistory(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab", "down", "enter")
	if l, _ := last[ftpsvc.List](t, r.api); l.Path != "/srv/www/releases/2026-11-08" {
		t.Fatalf("%+v", l)
	}
	r.listed(vfs.Entries{}).keys("backspace")
	r.listed(remoteEntries())
	if e, _ := r.m.here().pane.Current(); e.Name != "2026-11-08" {
		t.Errorf("the cursor is not on the folder that was left but on %q", e.Name)
	}
	r.keys("alt+left")
	if l, _ := last[ftpsvc.List](t, r.api); l.Path != "/srv/www/releases/2026-11-08" {
		t.Errorf("back: %+v", l)
	}
}

func TestRightDoesNothingOnAFileAndEnterViewsIt(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.m.here().pane.Find("index.html")
	n := len(r.api.reqs)
	r.keys("right", "l")
	if len(r.api.reqs) != n || r.m.view() != nil {
		t.Fatal("Right did something on a file")
	}
	r.keys("enter")
	rd, id := last[ftpsvc.Read](t, r.api)
	if rd.Path != "/home/me/src/site/dist/index.html" {
		t.Fatalf("%+v", rd)
	}
	fmt.Fprint(rd.W, "<h1>hello \x1b]52;c;x\a</h1>\n")
	r.events(ftpsvc.Done{ID: id, Value: int64(5)}).see("hello ␛]52").keys("esc")
	r.gone("hello")
}

func TestAFileIsNotDeletedByOneKeyThatACutSequenceMayType(t *testing.T) {
	r := online(t, 120, 36, nil).keys("down", "down", "space")
	for _, c := range "[<65;57MOABCD[15~hjklqwertyuiopasdfgzxcvbnm;:.,/*+-=" {
		r.keys(string(c), "enter", "enter")
	}
	for _, n := range []int{count[ftpsvc.Delete](r.api), count[ftpsvc.Disconnect](r.api)} {
		if n != 0 {
			t.Error("something was deleted or disconnected")
		}
	}
}

func TestAQuestionOpensByItselfAndTypedAheadKeysDoNotAnswerIt(t *testing.T) {
	r := online(t, 120, 36, nil)
	q := ftpsvc.Question{ID: 77, Kind: ftpsvc.AskConflict, Conn: testSite, Others: 2,
		Item:   queue.Item{To: string(testSite), Source: "/home/me/src/site/dist/index.html", Target: "/srv/www/releases/index.html"},
		Source: file("index.html", 18840, "2026-11-22 13:00"), Target: file("index.html", 18534, "2026-11-15 18:56")}
	r.events(ftpsvc.Asked{Question: q}).see("Target exists", "18.4 K", "18.1 K")
	r.send(press("o"))
	if n := count[ftpsvc.Answer](r.api); n != 0 {
		t.Fatal("a key typed at once answered the question")
	}
	r.keys("x", "o")
	a, _ := last[ftpsvc.Answer](t, r.api)
	if a.Question != 77 || a.Value != queue.Overwrite || !a.Rest {
		t.Errorf("%+v", a)
	}
}

func TestEscOnAConflictCancelsTheBatch(t *testing.T) {
	r := online(t, 120, 36, nil).events(conflict(77)).see("Esc cancel the batch").keys("esc")
	if a, _ := last[ftpsvc.Answer](t, r.api); a.Question != 77 || a.Value != nil || !a.Rest {
		t.Errorf("%+v", a)
	}
	r.events(ftpsvc.Asked{Question: ftpsvc.Question{ID: 9, Kind: ftpsvc.AskPassword, Conn: testSite, Endpoint: siteInfo().Endpoint}}).keys("esc")
	if a, _ := last[ftpsvc.Answer](t, r.api); a.Question != 9 || a.Value != nil || a.Rest {
		t.Errorf("%+v", a)
	}
}

func TestAQuestionTellsHowManyMoreAskByNow(t *testing.T) {
	r := online(t, 120, 36, nil)
	q := conflict(77)
	q.Question.Others = 0
	r.events(q).see("Target exists", "do the same for the rest").gone("more)")
	ask := func(n int64, jobs ...int64) {
		v := &ftpsvc.QueueView{Counts: queue.Counts{ByState: map[queue.State]int64{queue.Waiting: n}}}
		for i, j := range jobs {
			v.Active = append(v.Active, queue.Item{ID: int64(i + 1), Job: j, Kind: queue.KindFile, State: queue.Waiting})
		}
		r.send(batchMsg{Now: r.at, Queue: v})
	}
	ask(3, 5, 5, 5)
	r.see("Target exists  (2 more)", "do the same for the other 2")
	ask(1001, 5, 4, 4)
	r.see("Target exists  (998 more)")
}

func TestWhatWasCanceledIsToldAtTheEnd(t *testing.T) {
	r := online(t, 120, 36, nil)
	counts := func(active, done, canceled int64) {
		r.send(batchMsg{Now: r.at, Queue: &ftpsvc.QueueView{Counts: queue.Counts{ByState: map[queue.State]int64{queue.Running: active, queue.Done: done, queue.Skipped: 1, queue.Canceled: canceled}}}})
	}
	counts(0, 4, 3)
	counts(14, 4, 3)
	r.events(ftpsvc.ItemDone{Item: queue.Item{State: queue.Done}}, ftpsvc.ItemDone{Item: queue.Item{State: queue.Skipped}})
	counts(0, 5, 15)
	r.see("1 transfer done, 1 skipped, 12 canceled", "5 done", "15 canceled")
	counts(2, 5, 15)
	counts(0, 5, 17)
	r.see("2 transfers canceled")
}

func TestWhatFailedIsNotSentToTheViewThatIsOpen(t *testing.T) {
	r := online(t, 120, 36, nil).working()
	end := func() {
		r.events(ftpsvc.ItemDone{Item: queue.Item{State: queue.Failed, Err: "refused"}})
		r.send(batchMsg{Now: r.at, Queue: &ftpsvc.QueueView{Counts: queue.Counts{ByState: map[queue.State]int64{queue.Failed: 1}}}})
	}
	end()
	r.see("1 transfer failed; w shows why").working().keys("w")
	end()
	r.see("1 transfer failed").gone("shows why")
}

func TestAWithdrawnQuestionGoesAway(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.events(ftpsvc.Asked{Question: ftpsvc.Question{ID: 9, Kind: ftpsvc.AskPassword, Conn: testSite, Endpoint: siteInfo().Endpoint}}).see("assword")
	r.events(ftpsvc.Withdrawn{Question: 9}).gone("assword")
}

func TestThePasswordIsNeverDrawn(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.events(ftpsvc.Asked{Question: ftpsvc.Question{ID: 9, Kind: ftpsvc.AskPassword, Conn: testSite, Endpoint: siteInfo().Endpoint}})
	r.keys("tab", "shift+tab").typed("s3cr3t").gone("s3cr3t", "s3cr")
	r.keys("enter")
	if a, _ := last[ftpsvc.Answer](t, r.api); a.Value != "s3cr3t" {
		t.Errorf("the answer is %v", a.Value)
	}
}

func TestAFailedConnectionOpensTheDialogAgain(t *testing.T) {
	r := newRig(t, 120, 36, nil).keys("ctrl+o").typed("nowhere.example").keys("enter")
	_, id := last[ftpsvc.Connect](t, r.api)
	r.events(ftpsvc.Failed{ID: id, Err: &vfs.Error{Op: "connect", Path: "nowhere.example:21", Err: vfs.ErrConnect}})
	r.see("Connect", "nowhere.example", "cannot connect")
}

func TestALostConnectionIsSaidAndComesBack(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab")
	i := siteInfo()
	i.State, i.Err, i.RetryAt = ftpsvc.Retrying, vfs.ErrConnLost, testNow.Add(20e9)
	r.events(ftpsvc.ConnChanged{Info: i}).see("connection lost", "again in", "Alt+R")
	if r.cmd == nil {
		t.Error("no tick keeps the count-down moving")
	}
	n := count[ftpsvc.List](r.api)
	i.State = ftpsvc.Connecting
	r.events(ftpsvc.ConnChanged{Info: i}, ftpsvc.ConnChanged{Info: siteInfo()}).see("connected again").gone("connection lost")
	if count[ftpsvc.List](r.api) != n+1 {
		t.Error("the pane was not read again")
	}
}

func TestATransferWhoseServerIsLostSaysThatItWaits(t *testing.T) {
	r := online(t, 120, 36, nil).working()
	i := siteInfo()
	i.State, i.RetryAt = ftpsvc.Retrying, testNow.Add(20e9)
	r.events(ftpsvc.ConnChanged{Info: i}).gone("waits for the connection") // one of the others still moves it
	r.send(batchMsg{Now: r.at, Progress: []ftpsvc.Progress{{Item: 1, Bytes: 24769000, Size: 39950000, Left: -1}}})
	r.see("62 %  waits for the connection")
	r.events(ftpsvc.ConnChanged{Info: siteInfo()}).gone("waits for the connection")
}

func TestFunctionKeyTwins(t *testing.T) {
	for _, keys := range [][]string{{"f7"}, {"alt+7"}, {"esc", "7"}} {
		r := online(t, 120, 36, nil)
		for _, k := range keys {
			r.send(press(k))
		}
		r.see("Make folder")
	}
	r := online(t, 120, 36, nil)
	r.keys("esc", "7") // more than a second apart
	r.gone("Make folder")
}

func TestPrefixShowsWhatCanFollow(t *testing.T) {
	r := online(t, 120, 36, nil).keys("g")
	r.gone("Same folder")
	r.send(whichMsg{r.m.prefixN}).see("Same folder in other pane").keys("esc").gone("Same folder in other pane")
	r.keys("g").send(whichMsg{r.m.prefixN - 1}).gone("Same folder in other pane")
}

func TestFilterAndSearchWhileTyping(t *testing.T) {
	r := online(t, 120, 36, nil).keys("f").typed("html").see("index.html").gone("sitemap.xml").keys("esc").see("sitemap.xml")
	r.keys("/").typed("site")
	if e, _ := r.m.here().pane.Current(); e.Name != "sitemap.xml" {
		t.Errorf("the cursor is on %q", e.Name)
	}
	r.keys("enter")
	r.send(tea.PasteMsg{Content: "some text"}).see("pasted text is used")
	r.keys("/").send(tea.PasteMsg{Content: "logo\nx"})
	if e, _ := r.m.here().pane.Current(); e.Name != "logo.svg" {
		t.Errorf("after a paste the cursor is on %q", e.Name)
	}
}

func TestPaletteRunsWhatItFinds(t *testing.T) {
	r := online(t, 120, 36, nil).keys(":").typed("mkfol").keys("enter")
	r.see("Make folder")
}

func TestQuitAsksWhileTransfersRun(t *testing.T) {
	r := online(t, 120, 36, nil).keys("f10")
	if r.cmd == nil {
		t.Fatal("with nothing running it does not quit at once")
	}
	r = online(t, 120, 36, nil).working().keys("f10").see("transfers are running").keys("enter").gone("transfers are running")
	if r.cmd != nil {
		t.Error("Enter quits: the default is not to stay")
	}
	r.keys("q", "w")
	r.send(batchMsg{Queue: &ftpsvc.QueueView{}, Now: r.at})
	quit := false
	for _, m := range collect(r.cmd) {
		_, q := m.(tea.QuitMsg)
		quit = quit || q
	}
	if !quit {
		t.Error("it does not quit when the queue is empty")
	}
}

func TestQuitWhenDoneIsShownAndTakenBack(t *testing.T) {
	r := online(t, 120, 36, nil).working().keys("f10", "w")
	r.see("F10 takes that back").keys("down", "up").see("ends when the queue is empty: F10")
	r.keys("f10").see("Stay takes", "transfers are running").keys("s").gone("ends when")
	r.send(batchMsg{Queue: &ftpsvc.QueueView{}, Now: r.at})
	for _, m := range collect(r.cmd) {
		if _, quits := m.(tea.QuitMsg); quits {
			t.Error("it ends all the same")
		}
	}
}

func TestTheDemoSaysThatItKeepsNothing(t *testing.T) {
	online(t, 80, 24, func(o *Options) { o.Demo = true }).working().keys("f10").see("files go too").gone("go on from there")
}

func TestCompareMarksBothPanes(t *testing.T) {
	r := online(t, 120, 36, nil).keys("alt+c")
	r.run().see("» index.html", "« index.html", "+ robots.txt").keys("alt+=").run()
	if n, _, _ := r.m.here().pane.MarkCount(); n == 0 {
		t.Error("no difference was marked")
	}
	r.keys("U", "alt+c").gone("» index.html")
}

func TestSynchronisedBrowsingEntersInBothPanes(t *testing.T) {
	r := online(t, 120, 36, nil).keys("ctrl+y", "tab")
	r.m.list(r.m.there(), "/x", "", false)
	r.listed(vfs.Entries{folder("2026-11-08", "2026-01-01 00:00")})
	r.keys("down", "enter")
	n := count[ftpsvc.List](r.api)
	a, b := r.api.reqs[len(r.api.reqs)-2], r.api.reqs[len(r.api.reqs)-1]
	if la, ok := a.(ftpsvc.List); n < 2 || !ok || la.Path != "/srv/www/releases/2026-11-08" {
		t.Errorf("%+v", a)
	}
	if lb, ok := b.(ftpsvc.List); !ok || lb.Path != "/x/2026-11-08" {
		t.Errorf("%+v", b)
	}
}

func TestTheServersErrorIsShownWithItsReply(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab", "down", "enter")
	_, id := last[ftpsvc.List](t, r.api)
	r.events(ftpsvc.Failed{ID: id, Err: &vfs.Error{Op: "list", Path: "/srv/www/releases/2026-11-08", Reply: vfs.Reply{Code: 550, Lines: []string{"Permission denied"}}, Err: vfs.ErrRefused}})
	r.see(`! list "/srv/www/releases/2026-11-08": server replied 550 Permission denied`)
}

func TestChmodAndWhatTheServerLacks(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab", "end", "ctrl+x", "c").see("Permissions")
	r.keys("esc", "ctrl+x", "s").see("no way to make links")
}

func TestYankNeverHoldsThePassword(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab", "end", "y", "u").see("ftpes://deploy@ftp.example.net//srv/www/releases/robots.txt")
	msgs := collect(r.cmd)
	if len(msgs) != 1 || !strings.Contains(fmt.Sprint(msgs[0]), "robots.txt") {
		t.Errorf("%v", msgs)
	}
	i := r.m.conns[testSite]
	i.Home = "/" // where both ways to count are one
	r.m.conns[testSite] = i
	r.keys("y", "u").see("ftpes://deploy@ftp.example.net/srv/www/releases/robots.txt")
}

func TestTabsAndSides(t *testing.T) {
	r := online(t, 120, 36, nil).keys("ctrl+n").see("2 Local")
	r.listed(localEntries()).keys("ctrl+pgup").see("[1 prod-web]", "/srv/www/releases").keys("ctrl+pgdown", "alt+f1").see("Left pane shows", "prod-web")
	r.keys("down", "enter")
	if l, _ := last[ftpsvc.List](t, r.api); l.Conn != testSite {
		t.Errorf("%+v", l)
	}
	r.keys("g", "x").gone("[2")
}

func TestGrowthOfTheModeReportSwitchesToGraphemes(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.send(tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset})
	if r.m.th.Method.Mode != 1 {
		t.Error("columns are still counted by rune")
	}
}

func TestAnItemThatFailedIsSaid(t *testing.T) {
	r := online(t, 120, 36, nil).working()
	r.events(ftpsvc.ItemDone{Item: queue.Item{ID: 4, State: queue.Failed, Err: `upload "/x": server replied 553 no`}}).see("553 no")
}

func TestViewIsNotWrongAfterTheServiceEnds(t *testing.T) {
	r := online(t, 80, 24, nil)
	r.send(endedMsg{errors.New("gone")})
	r.frame()
}

func TestAPathIsCompletedFromOtherFolders(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab", "g", "p", "ctrl+u").typed("/srv/up")
	r.frame() // the field asks for completions when it is drawn
	r.typed("l")
	l, id := last[ftpsvc.List](t, r.api)
	if l.Path != "/srv" || l.Pane != completionPane {
		t.Fatalf("%+v", l)
	}
	r.events(ftpsvc.Rows{ID: id, Conn: l.Conn, Path: l.Path, Pane: l.Pane, Batch: vfs.Entries{folder("uploads", "2026-01-01 00:00"), file("uplan.txt", 1, "2026-01-01 00:00")}}, ftpsvc.Done{ID: id})
	r.see("/srv/uploads/").keys("tab", "enter")
	if q, _ := last[ftpsvc.Stat](t, r.api); q.Path != "/srv/uploads" {
		t.Errorf("%+v", q)
	}
}

func TestWithoutColoursTheCursorIsDrawnInReverse(t *testing.T) {
	r := online(t, 80, 24, func(o *Options) { o.Config.Screen.Theme = "dark" })
	r.send(tea.ColorProfileMsg{Profile: colorprofile.ASCII})
	if r.m.th.Name != "terminal" {
		t.Errorf("the theme is still %s", r.m.th.Name)
	}
}

func TestFindBelowReadsFolderByFolderAndGoesToWhatIsChosen(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab", "alt+f7").typed("log").keys("enter")
	answer := func(path string, es vfs.Entries) {
		l, id := last[ftpsvc.List](t, r.api)
		if l.Path != path || l.Pane != findPane {
			t.Fatalf("%+v, want %s", l, path)
		}
		r.events(ftpsvc.Rows{ID: id, Conn: l.Conn, Path: l.Path, Pane: l.Pane, Batch: es}, ftpsvc.Done{ID: id})
	}
	answer("/srv/www/releases", vfs.Entries{folder("a", "2026-01-01 00:00"), file("x.log", 5, "2026-01-01 00:00")})
	answer("/srv/www/releases/a", vfs.Entries{file("deep.LOG", 7, "2026-01-01 00:00"), {Name: "logs", Kind: vfs.Link, Target: "/", Size: -1}})
	r.see("Found 3 names in 2 folders", "a/deep.LOG", "x.log").keys("down", "enter")
	if l, _ := last[ftpsvc.List](t, r.api); l.Path != "/srv/www/releases/a" || l.Pane < 0 {
		t.Errorf("%+v", l)
	}
}

func TestEscStopsAFindAndShowsWhatIsThere(t *testing.T) {
	r := online(t, 120, 36, nil).keys("g", "s").typed("x").keys("enter", "esc").see("Found 0 names", "No name below")
	if count[ftpsvc.Cancel](r.api) != 1 {
		t.Error("the listing goes on")
	}
}

func TestABigFolderIsReadAgainAfterAWhileAndASmallOneAtOnce(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.m.list(r.m.here(), "/big", "", false)
	r.listed(manyEntries(bigFolder)).run()
	n := count[ftpsvc.List](r.api)
	r.events(ftpsvc.Changed{Path: "/big"}, ftpsvc.Changed{Path: "/big"})
	if count[ftpsvc.List](r.api) != n {
		t.Error("it was read again at once")
	}
	r.send(rereadMsg{r.m.here().id})
	if count[ftpsvc.List](r.api) != n+1 {
		t.Error("it was not read again")
	}
	r.listed(manyEntries(bigFolder)).run()
	r.at = r.at.Add(time.Minute)
	r.events(ftpsvc.Changed{Path: "/big"})
	if count[ftpsvc.List](r.api) != n+2 {
		t.Error("a first change after a quiet minute waits")
	}
	r.events(ftpsvc.Changed{Conn: testSite, Path: "/srv/www/releases"})
	if count[ftpsvc.List](r.api) != n+3 {
		t.Error("the small folder waits")
	}
}

// TestDrawingAsksForNothing holds for each state that an action leads to.
func TestDrawingAsksForNothing(t *testing.T) {
	for _, a := range action.All() {
		r := online(t, 120, 36, nil).working().keys("down")
		r.m.run(a.Name)
		n := len(r.api.reqs)
		for range 3 {
			r.m.View()
		}
		if len(r.api.reqs) != n {
			t.Errorf("after %s a frame asked for %+v", a.Name, r.api.reqs[n:])
		}
	}
}

func TestNoticesOfTheStartStayUntilAKey(t *testing.T) {
	r := online(t, 120, 36, func(o *Options) { o.Problems = []string{"config.toml:3: basic strings cannot have new lines"} })
	r.see("config.toml:3: basic strings")
	r.at = r.at.Add(2 * time.Second)
	r.keys("down")
	if text, _ := r.m.statusText(); strings.Contains(text, "config.toml") {
		t.Errorf("still there after a key: %q", text)
	}
}

func TestADisconnectedServerIsConnectedAgainWhereItWas(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab", "alt+d")
	_, id := last[ftpsvc.Disconnect](t, r.api)
	r.events(ftpsvc.ConnChanged{Info: ftpsvc.ConnInfo{Conn: testSite, Endpoint: siteInfo().Endpoint, State: ftpsvc.Offline}}, ftpsvc.Done{ID: id})
	r.see("connect again").keys("alt+r")
	k, id := last[ftpsvc.Connect](t, r.api)
	if ftpsvc.Conn(k.Endpoint.Key()) != testSite {
		t.Fatalf("%+v", k)
	}
	r.events(ftpsvc.Done{ID: id, Value: siteInfo()})
	if l, _ := last[ftpsvc.List](t, r.api); l.Conn != testSite || l.Path != "/srv/www/releases" {
		t.Errorf("%+v", l)
	}
}

func TestARelativeStartCountsFromTheLoginFolder(t *testing.T) {
	r := newRig(t, 120, 36, nil).listed(localEntries())
	i := siteInfo()
	i.Endpoint.Start = "old/site"
	r.m.connect(r.m.there(), i.Endpoint, "", false)
	_, id := last[ftpsvc.Connect](t, r.api)
	r.events(ftpsvc.ConnChanged{Info: i}, ftpsvc.Done{ID: id, Value: i})
	if l, _ := last[ftpsvc.List](t, r.api); l.Path != "/srv/www/releases/old/site" {
		t.Errorf("%q is listed", l.Path)
	}
	r.m.goPlace(r.m.there(), string(testSite), "old")
	if l, _ := last[ftpsvc.List](t, r.api); l.Path != "/srv/www/releases/old" {
		t.Errorf("the bookmark lists %q", l.Path)
	}
}

func TestAPastedURLCountsFromTheLoginFolder(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.send(tea.PasteMsg{Content: "ftpes://me@ftp.example.org:2121/a/b"}).see("ftp.example.org", "2121", "required (AUTH TLS)", "a/b").gone("/a/b")
}

func TestNamesThatDoNotFitOfferAnotherCharsetOnce(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab")
	bad := func() *rig {
		r.m.rereadAt(testSite)
		_, id := last[ftpsvc.List](t, r.api)
		return r.events(ftpsvc.Done{ID: id, Value: vfs.ListInfo{Entries: 2, BadText: 2}})
	}
	bad().see("2 names here are not in UTF-8: g c shows them in other charsets").keys("down").gone("not in UTF-8")
	bad().gone("not in UTF-8")
	r.keys("tab", "g", "c") // from the local pane, too
	p, id := last[ftpsvc.CharsetPreview](t, r.api)
	if p.Conn != testSite {
		t.Fatalf("%+v", p)
	}
	r.events(ftpsvc.Done{ID: id, Value: []ftpsvc.CharsetSample{{Charset: "UTF-8", Names: []string{"a"}, Bad: 2}, {Charset: "GBK", Names: []string{"b"}}}})
	r.keys("down", "enter")
	if c, _ := last[ftpsvc.Configure](t, r.api); c.Endpoint.Charset != "GBK" || !c.Remember {
		t.Errorf("%+v", c)
	}
}

func TestACharsetOfTheUsersOwnIsNotQuestioned(t *testing.T) {
	r := online(t, 120, 36, nil)
	i := r.m.conns[testSite]
	i.Endpoint.Charset = "UTF-8"
	r.m.conns[testSite] = i
	r.m.rereadAt(testSite)
	_, id := last[ftpsvc.List](t, r.api)
	r.events(ftpsvc.Done{ID: id, Value: vfs.ListInfo{Entries: 2, BadText: 2}}).gone("charsets")
}

func TestTheDetailOfTheLogIsOneThing(t *testing.T) {
	r := online(t, 120, 36, nil)
	for i, l := range []ftpsvc.LogLine{{Level: 1, Dir: '>', Text: "NOOP"}, {Level: 2, Dir: '*', Text: "session resumed"}, {Level: 1, Dir: '<', Text: "550 no"}} {
		l.Num, l.Conn = i, testSite
		r.events(ftpsvc.Logged{Line: l})
	}
	see := func(level int, texts ...string) {
		t.Helper()
		r.see(texts...)
		if r.m.log.Level() != level {
			t.Errorf("level %d", r.m.log.Level())
		}
	}
	see(1, "> NOOP", "550 no")
	r.m.run("debug")
	r.see("Detail of the log").keys("up", "enter").gone("> NOOP")
	see(0, "550 no")
	r.m.run("debug")
	r.keys("down", "down", "enter")
	see(2, "> NOOP", "* session resumed", "550 no")
	e := siteInfo().Endpoint
	e.Debug = 1
	r.m.connect(r.m.there(), e, "", false)
	see(1, "> NOOP")
	r.gone("session resumed")
}

func TestLimitsOfAllAndOfTheServer(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab", "alt+l")
	r.see("All, down", "This server, down").typed("2M").keys("tab", "tab").typed("300k").keys("enter")
	l, _ := last[ftpsvc.Limit](t, r.api)
	if l.Conn != testSite || l.Down != 300<<10 || l.Up != 0 {
		t.Errorf("%+v", l)
	}
	if n := count[ftpsvc.Limit](r.api); n != 2 {
		t.Errorf("%d limits were set", n)
	}
	r.keys("tab", "alt+l").gone("This server")
}

func TestASavedSitesChangeHoldsAtOnceAndNoMore(t *testing.T) {
	r := online(t, 120, 36, nil)
	was := siteInfo().Endpoint
	was.RateDown = 300 << 10
	i := r.m.conns[testSite]
	i.Endpoint.RateDown, i.Endpoint.Data = 300<<10, vfs.DataPASV // by --mode
	r.m.conns[testSite] = i
	now := was
	now.RateDown, now.Start = 3<<20, "/elsewhere"
	r.m.siteChanged(was, now)
	c, _ := last[ftpsvc.Configure](t, r.api)
	if c.Endpoint.RateDown != 3<<20 || c.Endpoint.Data != vfs.DataPASV || c.Endpoint.Start != "" {
		t.Errorf("%+v", c.Endpoint)
	}
	n := count[ftpsvc.Configure](r.api)
	now = was
	now.Start = "/elsewhere"
	r.m.siteChanged(was, now)
	now.User = "somebody"
	r.m.siteChanged(was, now)
	if got := count[ftpsvc.Configure](r.api); got != n {
		t.Error("what does not matter to the connection was sent")
	}
}

func TestALongMessageCanBeReadWholeAndCopied(t *testing.T) {
	r := online(t, 80, 24, nil)
	r.m.say(warn, "settings line 3: nothing is called copie, and there are many more words in this notice; did you mean copy?")
	r.m.say(good, "short")
	r.keys("g", "m").see("Last messages", "short").gone("did you mean").keys("down").see("did you mean copy?")
	r.keys("y").see("Last messages", "copied to the clipboard: ")
	if got := fmt.Sprint(collect(r.cmd)); !strings.Contains(got, "did you mean copy?") {
		t.Errorf("the clipboard got %s", got)
	}
}
