package queue

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ui/action"
	"ferry/ui/theme"
)

var noon = time.Date(2026, 11, 22, 13, 5, 0, 0, time.UTC)

// stripOf is a strip as the root makes it.
func stripOf(s *State, t *theme.Theme) *Strip {
	keys, _ := action.NewMap("norton", nil)
	return &Strip{State: s, Theme: t, Keys: keys}
}

func TestNamesAreWhatTheSideCallsThem(t *testing.T) {
	for _, c := range []struct{ from, source, want string }{
		{"", `/home/me/a\b.txt`, `a\b.txt`},
		{far, `/srv/a\b.txt`, `a\b.txt`},
		{far, `C:\pub\b.txt`, "b.txt"},
		{far, "/srv/folder/", "folder"},
	} {
		if got := Name(queue.Item{From: c.from, Source: c.source, Kind: queue.KindFile}); runtime.GOOS != "windows" && got != c.want {
			t.Errorf("%q of %q is called %q, want %q", c.source, c.from, got, c.want)
		}
	}
}

func TestARowTellsTheNameThatAFileGets(t *testing.T) {
	b := ftpsvc.Batch{Now: noon, Queue: &ftpsvc.QueueView{Counts: queue.Counts{ByState: map[queue.State]int64{queue.Queued: 2}}, Next: []queue.Item{
		{ID: 1, To: far, Source: "/a/page.html", Target: "/www/old.html", State: queue.Queued, Kind: queue.KindFile},
		{ID: 2, To: far, Source: "/a/same.html", Target: "/www/same.html", State: queue.Queued, Kind: queue.KindFile},
	}}}
	p := stripOf(&State{}, theme.New("terminal", false))
	p.State.Apply(b)
	for w, want := range map[int][2]string{60: {"page.ht…old.html ", " same.html  "}, 120: {"-> /www/old.html", "-> /www  "}} {
		out := plain(p.Lines(w, 7))
		if !strings.Contains(out, want[0]) || !strings.Contains(out, want[1]) {
			t.Errorf("in %d columns, want %q:\n%s", w, want, out)
		}
	}
}

func TestAMessageThatStandsInTheLogIsNotSaidTwice(t *testing.T) {
	p := stripOf(busyState(), theme.New("terminal", false))
	p.State.SetMessage("226 Transfer complete")
	for _, mute := range []bool{false, true} {
		p.Mute = mute
		if said := strings.Contains(strings.Join(p.Lines(120, 7), "\n"), "226 Transfer"); said == mute {
			t.Errorf("mute %v, said %v", mute, said)
		}
	}
}

const oddName = "notes\x1b[31m\u202e写真-家族旅行 (final copy of the final version).tar.gz"

const far = "deploy@ftp.example.net:21"

var busy = ftpsvc.Batch{Now: noon,
	Queue: &ftpsvc.QueueView{
		Counts: queue.Counts{ByState: map[queue.State]int64{queue.Running: 3, queue.Queued: 1204, queue.Failed: 1, queue.Done: 27, queue.Waiting: 1}, Bytes: 20 << 30, Moved: 1 << 30},
		Active: []queue.Item{
			{ID: 1, To: far, Source: "/home/me/app-2.4.1.tar.gz", Target: "/srv/www/releases/app-2.4.1.tar.gz", Size: 40 << 20, State: queue.Running, Kind: queue.KindFile},
			{ID: 2, To: far, Source: "/home/me/" + oddName, Target: "/srv/www/releases/" + oddName, Size: 4 << 30, State: queue.Running, Kind: queue.KindFile},
			{ID: 3, From: far, Source: "/var/log/access.log.1.gz", Target: "/home/me/logs/access.log.1.gz", Size: -1, State: queue.Running, Kind: queue.KindFile},
			{ID: 4, From: far, Source: "/srv/写真", Target: "/home/me/写真", State: queue.Waiting, Kind: queue.KindFile},
			{ID: 5, From: far, Source: "/srv/tree", Target: "/home/me/tree", State: queue.Scanning, Kind: queue.KindTree},
			{ID: 6, From: far, Source: "/srv/late", Target: "/home/me/late", State: queue.Retrying, NotBefore: noon.Add(5 * time.Second), Err: `download "/srv/late": connection lost`},
		},
		Next:   []queue.Item{{ID: 8, From: far, Source: "/srv/next", Target: "/home/me/next", Size: 123456, State: queue.Queued, Kind: queue.KindFile}},
		Failed: []queue.Item{{ID: 7, To: far, Source: "/home/me/index.html", Target: "/srv/www/index.html", Size: 18841, State: queue.Failed, Err: `upload "/srv/www/index.html": server replied 553 permission denied`, Class: "refused"}},
		Down:   2 << 20,
	},
	Progress: []ftpsvc.Progress{{Item: 1, Bytes: 25 << 20, Size: 40 << 20, Rate: 18 << 20, Left: time.Second, Conn: 2},
		{Item: 2, Bytes: 4 << 30, Size: 4 << 30, Rate: 14 << 20, Left: 206 * time.Second, Conn: 3}, {Item: 3, Bytes: 5 << 20, Size: -1, Rate: 1 << 20, Left: -1, Conn: 4}},
}

func busyState() *State {
	s := &State{}
	for i := range 30 {
		b := busy
		b.Now = noon.Add(time.Duration(i-30) * time.Second)
		p := append([]ftpsvc.Progress{}, busy.Progress...)
		p[0].Rate = int64(i*i) << 15
		b.Progress = p
		s.Apply(b)
	}
	s.Apply(busy)
	s.SetMessage("226 Transfer \x1b]0;pwned\x07complete.")
	return s
}

// plain takes the styles away: what a terminal without colours shows.
func plain(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(ansi.Strip(l), " ") + "\n")
	}
	return b.String()
}

func TestStripAtEverySize(t *testing.T) {
	for _, c := range []struct {
		name  string
		state *State
	}{{"busy", busyState()}, {"idle", &State{}}} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			for _, size := range []struct{ w, h int }{{80, 2}, {80, 3}, {60, 1}, {120, 7}, {200, 9}, {40, 2}} {
				for _, ascii := range []bool{false, true} {
					p := stripOf(c.state, theme.New("terminal", ascii))
					fmt.Fprintf(&b, "--- %dx%d ascii=%v\n%s", size.w, size.h, ascii, plain(p.Lines(size.w, size.h)))
				}
			}
			golden.RequireEqual(t, b.String())
		})
	}
}

func TestAFileShowsAHundredPercentOnlyOnceAcknowledged(t *testing.T) {
	p := stripOf(busyState(), theme.New("terminal", false))
	out := plain(p.Lines(120, 7))
	if !strings.Contains(out, "99 %") || strings.Contains(out, "100 %") {
		t.Fatalf("all bytes are written but no final reply was read:\n%s", out)
	}
}

func TestTheLimitOfAServerIsNoLimitOff(t *testing.T) {
	s := busyState()
	p := stripOf(s, theme.New("terminal", false))
	for _, c := range []struct {
		down, server int64
		want         string
	}{{0, 0, "limit off"}, {0, 300 << 10, "server's limit ↓300 K/s"}, {2 << 20, 300 << 10, "limit ↓2.0 M/s"}} {
		s.view.Down, s.view.Up, s.view.SiteDown = c.down, 0, c.server
		if out := plain(p.Lines(120, 7)); !strings.Contains(out, c.want) {
			t.Errorf("%+v:\n%s", c, out)
		}
	}
}

func TestAClickOnATransferOpensItInTheFullView(t *testing.T) {
	p := stripOf(busyState(), theme.New("terminal", false))
	p.Lines(120, 7)
	if got := p.Mouse(tea.MouseClickMsg{X: 5, Y: 3, Button: tea.MouseLeft}); got != (Open{1}) {
		t.Fatalf("got %v", got)
	}
	if got := p.Mouse(tea.MouseClickMsg{X: 5, Y: 0, Button: tea.MouseLeft}); got != (Open{}) {
		t.Fatalf("got %v", got)
	}
}

func TestSparklineForgetsSecondsWithoutNews(t *testing.T) {
	s := &State{}
	s.sample(100, 5)
	s.sample(102, 7)
	if got := s.spark[sparkSeconds-3:]; got[0] != 5 || got[1] != 0 || got[2] != 7 {
		t.Fatalf("got %v", got)
	}
	s.sample(102+sparkSeconds, 9)
	if got := s.spark[sparkSeconds-3:]; got[0] != 0 || got[2] != 9 {
		t.Fatalf("got %v", got)
	}
}

func TestStripLinesFitAnySize(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := busyState()
		for i := range s.view.Active {
			s.view.Active[i].Source = "/" + rapid.String().Draw(rt, "name")
			s.view.Active[i].Err = rapid.String().Draw(rt, "err")
		}
		s.SetMessage(rapid.String().Draw(rt, "message"))
		th := theme.New("terminal", rapid.Bool().Draw(rt, "ascii"))
		p := stripOf(s, th)
		w, h := rapid.IntRange(20, 240).Draw(rt, "w"), rapid.IntRange(0, 12).Draw(rt, "h")
		lines := p.Lines(w, h)
		if len(lines) != h {
			rt.Fatalf("%d lines, want %d", len(lines), h)
		}
		for _, l := range lines {
			if th.Method.Width(l) != w {
				rt.Fatalf("%d columns, want %d: %q", th.Method.Width(l), w, l)
			}
		}
	})
}
