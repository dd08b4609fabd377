package ui

import (
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// line is one row of the frame.
func (r *rig) line(n int) string {
	lines := strings.Split(strings.TrimSuffix(r.frame(), "\n"), "\n")
	if n < 0 {
		n += len(lines)
	}
	return lines[n]
}

func TestTheSiteLineLosesTheCipherFirst(t *testing.T) {
	for _, c := range []struct {
		w, h      int
		has, lost []string
	}{
		{120, 36, []string{"[1 prod-web]", "ftpes://deploy@ftp.example.net", "TLS 1.3 AES-128-GCM", "cert 61 d", "MLSD UTF-8", "conn 3/4", "24 ms"}, nil},
		{110, 34, []string{"deploy@ftp.example.net", "TLS 1.3", "cert 61 d", "MLSD UTF-8", "conn 3/4", "24 ms"}, nil},
		{80, 24, []string{"prod-web  deploy@ftp.example.net", "TLS 1.3", "cert 61 d", "UTF-8", "conn 3/4", "24 ms"}, []string{"AES"}},
		{60, 20, []string{"prod-web", "TLS 1.3", "cert 61 d", "UTF-8", "conn 3/4", "24 ms"}, []string{"deploy"}},
	} {
		r := online(t, c.w, c.h, nil).keys("tab")
		for _, s := range c.has {
			if !strings.Contains(r.line(1), s) {
				t.Errorf("%dx%d: no %q in %q", c.w, c.h, s, r.line(1))
			}
		}
		for _, s := range c.lost {
			if strings.Contains(r.line(1), s) {
				t.Errorf("%dx%d: %q in %q", c.w, c.h, s, r.line(1))
			}
		}
	}
}

func TestHostAndClearTextAreToldAtEverySize(t *testing.T) {
	clear := siteInfo()
	clear.TLS = ""
	for _, c := range []struct {
		w, h         int
		local, there string
	}{
		{120, 36, "Local  ~", "! clear text"}, {80, 24, "~/src", "! clear text"}, {80, 23, "~/src", "! clear text"}, {80, 18, "~/src", "! clear text"},
		{80, 17, "Local ~", "prod-web ! clear "}, {60, 15, "Local …", "prod-web! "}, {59, 40, "Local  ~", "prod-web ! clear  /srv"},
		{40, 12, "Local ~", "prod-web ! clear "}, {20, 6, "Local …", "pro…eb! "},
	} {
		r := online(t, c.w, c.h, nil).see(c.local)
		r.events(ftpsvc.ConnChanged{Info: clear}).keys("tab").see(c.there)
	}
}

func TestTwoAccountsOfOneHostAreToldApart(t *testing.T) {
	r := online(t, 120, 36, nil)
	add := func(user string, port int) {
		e := vfs.Endpoint{Host: "127.0.0.1", User: user, Port: port, TLS: vfs.TLSOff}
		r.events(ftpsvc.ConnChanged{Info: ftpsvc.ConnInfo{Conn: ftpsvc.Conn(e.Key()), Endpoint: e, State: ftpsvc.Online, Home: "/"}})
	}
	name := func(key string) string { return r.m.sideName(ftpsvc.Conn(key)) }
	add("ann", 2100)
	if n := name("ann@127.0.0.1:2100"); n != "127.0.0.1" {
		t.Errorf("alone it is called %q", n)
	}
	r.m.show(r.m.there(), "ann@127.0.0.1:2100", "/")
	add("ann", 2200)
	r.see("127.0.0.1:2100  /", "[1 127.0.0.1:2100]")
	if a, b := name("ann@127.0.0.1:2100"), name("ann@127.0.0.1:2200"); a != "127.0.0.1:2100" || b != "127.0.0.1:2200" {
		t.Errorf("two ports: %q and %q", a, b)
	}
	add("bob", 2200)
	if b := name("bob@127.0.0.1:2200"); b != "bob@127.0.0.1:2200" {
		t.Errorf("two users: %q", b)
	}
}

func TestBothServersAreNamedWhereTwoAreShown(t *testing.T) {
	r := online(t, 80, 24, nil)
	if l := r.line(2); strings.Contains(l, "prod-web") {
		t.Errorf("the site line names it already: %q", l)
	}
	r.m.show(r.m.here(), testSite, "/srv")
	if l := r.line(2); strings.Count(l, "prod-web") != 2 {
		t.Errorf("which is which? %q", l)
	}
}

func TestTheKeyBarCutsNoLabel(t *testing.T) {
	for w, want := range map[int]string{
		60:  "1Help 2Site 3View 4Edit 5Copy 6Move 7MkDir 8Del 9Menu 10Quit",
		80:  "1 Help  2 Sites 3 View  4 Edit  5 Copy  6 Move  7 MkDir 8 Del   9 Menu  10 Quit",
		100: "1 Help    2 Sites   3 View    4 Edit    5 Copy    6 Move    7 MkDir   8 Delete  9 Menu    10 Quit",
	} {
		if l := online(t, w, 24, nil).line(-1); l != want {
			t.Errorf("%d columns:\n%s\nwant\n%s", w, l, want)
		}
	}
}

func TestTheStatusLineMakesRoom(t *testing.T) {
	r := online(t, 110, 36, nil)
	r.m.seen = len(r.m.messages)
	if l := r.line(-2); !strings.Contains(l, ": all actions") || strings.Contains(l, "filter none") {
		t.Errorf("what is as usual takes room from the hints: %q", l)
	}
	r.keys(".")
	if l := r.line(-2); !strings.Contains(l, "hidden on") || strings.Contains(l, "…") {
		t.Errorf("what is not as usual is not told, or a hint is cut: %q", l)
	}
	r = online(t, 120, 36, nil)
	l := r.m.lay.panes
	r.send(click1(l[0].x+5, l[0].y+4), motion(l[0].x+9, l[0].y+4))
	if s := r.line(-2); !strings.Contains(s, "Esc aborts") {
		t.Errorf("the hint of a drag is cut: %q", s)
	}
}

func TestAReplyTakesThePlaceOfAMessageThatWasThereAWhile(t *testing.T) {
	r := online(t, 80, 24, nil).working()
	r.events(ftpsvc.Logged{Line: ftpsvc.LogLine{Time: testNow, Conn: testSite, Num: 2, Dir: '<', Text: "150 Here it comes"}})
	r.m.say(info, "copying 3 files to prod-web")
	if l := r.line(-2); !strings.Contains(l, "copying 3 files") {
		t.Fatalf("the message is not seen: %q", l)
	}
	r.at = r.at.Add(5 * time.Second)
	if l := r.line(-2); !strings.Contains(l, "150 Here it comes") || !strings.Contains(l, "1 failed: w") {
		t.Errorf("after a while: %q", l)
	}
	r.m.say(bad, "something failed")
	r.at = r.at.Add(5 * time.Second)
	if l := r.line(-2); !strings.Contains(l, "something failed") {
		t.Errorf("an error goes by itself: %q", l)
	}
	r.events(ftpsvc.ItemDone{Item: queue.Item{ID: 9, State: queue.Done}})
}

func TestPrefixesSayWhatTheyAreFor(t *testing.T) {
	r := online(t, 80, 24, nil).keys("g")
	r.send(whichMsg{r.m.prefixN}).see("g …  go to")
}

func TestTheBoxOfAPrefixHasPagesWhereItIsTooSmall(t *testing.T) {
	r := online(t, 40, 12, nil).keys("g")
	r.send(whichMsg{r.m.prefixN}).see("g …", "1 of ", "PgDn more")
	var all string
	for range 10 {
		all += r.frame()
		r.keys("pgdown")
	}
	for _, it := range r.m.worksHere() {
		for _, k := range it.Keys {
			if strings.HasPrefix(k, "g ") && !strings.Contains(all, it.Label) {
				t.Errorf("%s is on no page", it.Label)
			}
		}
	}
	r.see("PgUp back").keys("pgup").see("PgDn more")
	r.keys("esc").gone("PgDn more").keys("g").send(whichMsg{r.m.prefixN}).see("1 of ").keys("esc")
	online(t, 120, 36, nil).keys("g").send(whichMsg{1}).see("g …").gone("1 of ")
}
