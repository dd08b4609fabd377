package log

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"ferry/ftpsvc"
	"ferry/ui/action"
	"ferry/ui/theme"
)

var noon = time.Date(2026, 11, 22, 13, 2, 11, 204e6, time.UTC)

func filled(ascii bool) *Log {
	l := New(theme.New("terminal", ascii))
	l.Keys, _ = action.NewMap("norton", nil)
	for i, x := range []struct {
		dir   byte
		level int
		text  string
	}{{'>', 1, "USER deploy"}, {'<', 1, "331 Password please."}, {'>', 1, "PASS *****"}, {'<', 1, "230 Welcome \x1b[31m\u202e写真"}, {'*', 2, "data connection to 203.0.113.5:50123, TLS session resumed"},
		{'>', 1, "STOR " + strings.Repeat("long name ", 20)}, {'<', 1, "553 Permission denied."}, {'<', 1, "200 5 apples"}} {
		l.Add(ftpsvc.LogLine{Time: noon.Add(time.Duration(i) * time.Second), Conn: "deploy@ftp.example.net:21", Num: 1 + i%2, Level: x.level, Dir: x.dir, Text: x.text, Item: int64(i / 5)})
	}
	l.Add(ftpsvc.LogLine{Time: noon, Conn: "other@host:21", Num: 12, Level: 1, Dir: '>', Text: "QUIT"})
	return l
}

func plain(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(ansi.Strip(l), " ") + "\n")
	}
	return b.String()
}

func key(s string) tea.KeyPressMsg {
	if c, ok := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "end": tea.KeyEnd, "home": tea.KeyHome}[s]; ok {
		return tea.KeyPressMsg{Code: c}
	}
	return tea.KeyPressMsg{Code: []rune(s)[0], Text: s}
}

func press(l *Log, ks ...string) (in action.Intent) {
	for _, k := range ks {
		in = nil
		if l.Typing() {
			l.Key(key(k))
		} else if a, _ := l.Keys.Lookup(action.LogView, k); a != nil {
			if do, why := l.Act(a.Name); do != nil && why == "" {
				in = do()
			}
		}
	}
	return in
}

func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
	}{{"as it opens", nil}, {"details", []string{"2"}}, {"problems", []string{"0"}}, {"found", []string{"/", "p", "l", "e", "enter"}}, {"typing", []string{"/", "x"}}, {"one connection", []string{"c"}}} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			for _, size := range []struct{ w, h int }{{80, 24}, {60, 15}, {120, 36}, {200, 60}} {
				for _, ascii := range []bool{false, true} {
					l := filled(ascii)
					l.SetSize(size.w, min(size.h, 14))
					press(l, c.keys...)
					fmt.Fprintf(&b, "--- %dx%d ascii=%v\n%s", size.w, size.h, ascii, plain(l.Full("")))
				}
			}
			golden.RequireEqual(t, b.String())
		})
	}
	t.Run("strip", func(t *testing.T) {
		var b strings.Builder
		for _, size := range []struct{ w, h int }{{80, 1}, {120, 6}, {200, 6}} {
			fmt.Fprintf(&b, "--- %dx%d\n%s", size.w, size.h, plain(filled(false).Lines(size.w, size.h)))
		}
		golden.RequireEqual(t, b.String())
	})
}

func TestLevelsFilterWhatIsShown(t *testing.T) {
	for level, want := range map[int]int{0: 1, 1: 8, 2: 9} {
		l := filled(false)
		l.SetLevel(level)
		if got := len(l.shown()); got != want {
			t.Errorf("level %d shows %d lines, want %d", level, got, want)
		}
	}
	l := filled(false)
	l.ShowItem(1)
	if got := len(l.shown()); got != 3 {
		t.Errorf("the item's lines are %d, want 3", got)
	}
}

func TestOldLinesFallOut(t *testing.T) {
	l := New(theme.New("terminal", false))
	for i := range maxLines*2 + 10 {
		l.Add(ftpsvc.LogLine{Level: 1 + i%2, Dir: '>', Text: fmt.Sprint(i)})
	}
	if len(l.lines) != maxLines || len(l.matches) > 2*maxLines {
		t.Fatalf("%d lines, %d matches", len(l.lines), len(l.matches))
	}
	ns := l.shown()
	if len(ns) != maxLines/2 || l.at(ns[0]).Text != fmt.Sprint(maxLines+10) || l.at(ns[len(ns)-1]).Text != fmt.Sprint(maxLines*2+8) {
		t.Fatalf("%d shown from %s", len(ns), l.at(ns[0]).Text)
	}
}

func TestKeysOfTheFullView(t *testing.T) {
	l := filled(false)
	l.SetSize(80, 10)
	l.Full("")
	if in := press(l, "y"); in != (Copy{"13:02:11.204 12 > QUIT"}) {
		t.Fatalf("copied %v", in)
	}
	press(l, "/", "P", "A", "S", "S", "enter")
	if in := press(l, "y"); !strings.Contains(in.(Copy).Text, "331 Password") && !strings.Contains(in.(Copy).Text, "PASS *****") {
		t.Fatalf("found %v", in)
	}
	if in := press(l, "esc"); in != nil {
		t.Fatalf("the first esc ends the search, got %v", in)
	}
	if in := press(l, "esc"); in != (action.Close{}) {
		t.Fatalf("got %v", in)
	}
}

func TestTheCursorStaysOnItsLineWhileLinesCome(t *testing.T) {
	l := filled(false)
	l.SetSize(80, 10)
	press(l, "home")
	l.Add(ftpsvc.LogLine{Level: 1, Dir: '>', Text: "NOOP"})
	l.Full("")
	if in := press(l, "y").(Copy); !strings.Contains(in.Text, "USER") {
		t.Fatalf("cursor moved to %q", in.Text)
	}
	press(l, "end")
	l.Add(ftpsvc.LogLine{Level: 1, Dir: '>', Text: "LAST"})
	l.Full("")
	if in := press(l, "y").(Copy); !strings.Contains(in.Text, "LAST") {
		t.Fatalf("the newest line is not followed: %q", in.Text)
	}
}

func TestRowsFitAnySizeAndText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := filled(rapid.Bool().Draw(rt, "ascii"))
		l.Add(ftpsvc.LogLine{Time: noon, Level: 1, Dir: '<', Text: rapid.String().Draw(rt, "text")})
		w, h := rapid.IntRange(20, 200).Draw(rt, "w"), rapid.IntRange(3, 40).Draw(rt, "h")
		l.SetSize(w, h)
		press(l, rapid.SliceOfN(rapid.SampledFrom([]string{"/", "a", "写", "enter", "n", "N", "0", "2", "c", "h", "l", "up", "esc", "home"}), 0, 8).Draw(rt, "keys")...)
		for _, lines := range [][]string{l.Full(""), l.Lines(w, h)} {
			if len(lines) != h {
				rt.Fatalf("%d rows, want %d", len(lines), h)
			}
			for _, x := range lines {
				if l.Theme.Method.Width(x) != w {
					rt.Fatalf("%d columns, want %d: %q", l.Theme.Method.Width(x), w, x)
				}
			}
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	l := New(theme.New("terminal", false))
	line := ftpsvc.LogLine{Time: noon, Level: 1, Dir: '>', Text: "NOOP"}
	b.ReportAllocs()
	for b.Loop() {
		l.Add(line)
	}
}

func TestTheKeyThatOpensTheLogClosesIt(t *testing.T) {
	for _, k := range []string{"ctrl+l", "alt+shift+l", "q", "f10"} {
		if in := press(filled(false), k); in != (action.Close{}) {
			t.Errorf("%s: %v", k, in)
		}
	}
}

func TestOneConnectionOrOneAccountAlone(t *testing.T) {
	l := filled(false)
	l.SetSize(80, 20)
	press(l, "home", "c")
	for _, n := range l.shown() {
		if l.at(n).Num != 1 {
			t.Errorf("connection %d is shown", l.at(n).Num)
		}
	}
	if f := plain(l.Full("")); !strings.Contains(f, "connection 1") {
		t.Errorf("the title does not say so:\n%s", f)
	}
	all := len(filled(false).shown())
	press(l, "c")
	if n := len(l.shown()); n != all {
		t.Errorf("once more shows %d of %d lines", n, all)
	}
	press(l, "s")
	if n := len(l.shown()); n != all-1 {
		t.Errorf("the account has %d lines", n)
	}
	press(l, "c", "a")
	if n := len(l.shown()); n != all {
		t.Errorf("all shows %d of %d lines", n, all)
	}
}

func TestASearchGoesForwardFirst(t *testing.T) {
	l := filled(false)
	l.SetSize(80, 20)
	press(l, "home", "/", "3", "enter")
	if in := press(l, "y").(Copy); !strings.Contains(in.Text, "331 Password") {
		t.Errorf("found %q", in.Text)
	}
	press(l, "n")
	if in := press(l, "y").(Copy); !strings.Contains(in.Text, "230 Welcome") {
		t.Errorf("n goes to %q", in.Text)
	}
	press(l, "N")
	if in := press(l, "y").(Copy); !strings.Contains(in.Text, "331 Password") {
		t.Errorf("N goes to %q", in.Text)
	}
}
