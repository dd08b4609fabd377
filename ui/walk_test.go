package ui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// hostile draws any bytes, and text that means harm.
func hostile(t *rapid.T, label string) string {
	switch rapid.IntRange(0, 3).Draw(t, label+" kind") {
	case 0:
		return string(rapid.SliceOfN(rapid.Byte(), 0, 30).Draw(t, label))
	case 1:
		return rapid.SampledFrom([]string{"\x1b]52;c;eA==\a", "\x1b[2J\x1b[H", "\x1b]8;;http://evil\x1b\\link", "\u009b2J", "a\r\nb", "x\u202egpj.exe", "\x1b]2;title\a",
			strings.Repeat("e\u0301", 40), "é" + strings.Repeat("\u0301", 300), "写真-家族旅行とても長い名前のファイル.jpg", "👨\u200d👩\u200d👧.png", "हिन्दी.md", "\x00\x01\x7f"}).Draw(t, label)
	case 2:
		return rapid.StringN(0, 40, 200).Draw(t, label)
	}
	return rapid.StringMatching(`[a-z]{1,12}\.(txt|go|tar\.gz)`).Draw(t, label)
}

var walkKeys = []string{"tab", "up", "down", "enter", "esc", "space", "f1", "f2", "f3", "f5", "f6", "f7", "f8", "f9", "f10", "left", "right", "home", "end", "pgdown",
	"g", "z", ",", "y", "o", "n", "s", "d", "x", "w", "f", "/", ":", ".", "a", "r", "c", "m", "V", "*", "+", "U", "ctrl+l", "ctrl+n", "ctrl+o", "ctrl+u", "ctrl+y", "alt+c", "alt+f1",
	"ctrl+pgdown", "ctrl+a", "backspace", "shift+f6", "alt+q", "?", "ctrl+x", "alt+left"}

// TestNothingBreaksTheFrame walks through the screen with any keys, clicks,
// sizes, names and server texts. Each frame must have exactly the screen's rows,
// each exactly as wide as the screen, and no control byte but ferry's own styles.
func TestNothingBreaksTheFrame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ascii := rapid.Bool().Draw(rt, "ascii")
		w, h := rapid.IntRange(1, 160).Draw(rt, "w"), rapid.IntRange(1, 50).Draw(rt, "h")
		r := online(t, w, h, func(o *Options) {
			if ascii {
				o.Config.Screen.Glyphs = "ascii"
			}
			o.Config.Screen.Theme = rapid.SampledFrom([]string{"terminal", "dark", "light"}).Draw(rt, "theme")
		})
		if rapid.Bool().Draw(rt, "grapheme") {
			r.send(tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset})
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			walkStep(rt, r)
			checkFrame(rt, r)
		}
	})
}

func walkStep(t *rapid.T, r *rig) {
	switch rapid.IntRange(0, 8).Draw(t, "step") {
	case 0:
		r.send(tea.WindowSizeMsg{Width: rapid.IntRange(1, 200).Draw(t, "w"), Height: rapid.IntRange(1, 60).Draw(t, "h")})
	case 1:
		var es vfs.Entries
		for range rapid.IntRange(0, 6).Draw(t, "n") {
			s := hostile(t, "name")
			es = append(es, vfs.Entry{Name: s, Target: s, Owner: s, Perm: s, Kind: vfs.Kind(rapid.IntRange(0, 4).Draw(t, "kind")), Size: rapid.Int64().Draw(t, "size")})
		}
		path := "/" + hostile(t, "path")
		r.m.list(r.m.here(), path, "", false)
		r.listed(es)
	case 2:
		i := siteInfo()
		i.Endpoint.Name, i.TLS, i.Charset, i.Command = hostile(t, "site"), hostile(t, "tls"), hostile(t, "charset"), hostile(t, "command")
		i.State = ftpsvc.ConnState(rapid.IntRange(0, 4).Draw(t, "state"))
		i.Welcome, i.Caps.Features, i.Caps.System = []string{hostile(t, "welcome")}, []string{hostile(t, "feat")}, hostile(t, "syst")
		r.events(ftpsvc.ConnChanged{Info: i}, ftpsvc.Notice{Conn: testSite, Text: hostile(t, "notice")},
			ftpsvc.Logged{Line: ftpsvc.LogLine{Dir: '<', Level: 1, Text: hostile(t, "reply")}})
	case 3:
		q := ftpsvc.Question{ID: 5, Kind: ftpsvc.QuestionKind(rapid.IntRange(0, 5).Draw(t, "question")), Conn: testSite, Endpoint: vfs.Endpoint{Host: hostile(t, "host"), User: hostile(t, "user")},
			Cert: vfs.Certificate{Subject: hostile(t, "subject"), Fingerprint: hostile(t, "print")}, Source: file(hostile(t, "src"), 1, "2026-01-01 00:00"), Target: file(hostile(t, "dst"), 2, "2026-01-01 00:00"),
			Reply: vfs.Reply{Code: 530, Lines: []string{hostile(t, "530")}}}
		q.Item.Target, q.Item.Source = hostile(t, "target"), hostile(t, "source")
		r.events(ftpsvc.Asked{Question: q})
	case 4:
		it := queue.Item{ID: 1, From: string(testSite), Source: "/" + hostile(t, "src"), Target: "/" + hostile(t, "dst"), State: queue.Running, Size: 100, Err: hostile(t, "err")}
		f := it
		f.ID, f.State = 2, queue.Failed
		r.send(batchMsg{Now: r.at, Queue: &ftpsvc.QueueView{Active: []queue.Item{it}, Failed: []queue.Item{f}, Counts: queue.Counts{ByState: map[queue.State]int64{queue.Running: 1, queue.Failed: 1}, Bytes: 100}},
			Progress: []ftpsvc.Progress{{Item: 1, Bytes: 50, Size: 100, Rate: 9}}})
	case 5:
		x, y := rapid.IntRange(0, r.m.w).Draw(t, "x"), rapid.IntRange(0, r.m.h).Draw(t, "y")
		b := rapid.SampledFrom([]tea.MouseButton{tea.MouseLeft, tea.MouseRight}).Draw(t, "button")
		r.send(tea.MouseClickMsg{X: x, Y: y, Button: b})
		r.send(motion(rapid.IntRange(0, r.m.w).Draw(t, "x2"), rapid.IntRange(0, r.m.h).Draw(t, "y2")))
		if rapid.Bool().Draw(t, "release") {
			r.send(tea.MouseReleaseMsg{X: x, Y: y, Button: b})
		}
	case 6:
		r.send(tea.PasteMsg{Content: hostile(t, "paste")})
	default:
		r.keys(rapid.SampledFrom(walkKeys).Draw(t, "key"), rapid.SampledFrom(walkKeys).Draw(t, "key2"))
	}
}

func checkFrame(t *rapid.T, r *rig) {
	v := r.m.View()
	lines := strings.Split(v.Content, "\n")
	if len(lines) != r.m.h {
		t.Fatalf("%d rows, the screen has %d:\n%q", len(lines), r.m.h, lines)
	}
	for i, l := range lines {
		if got := r.m.th.Method.Mode.StringWidth(l); got != r.m.w {
			t.Fatalf("row %d has %d columns, the screen has %d: %q", i, got, r.m.w, l)
		}
		checkRow(t, l)
	}
	for _, c := range v.WindowTitle {
		if c < 0x20 || c >= 0x7f && c < 0xa0 {
			t.Fatalf("%U is in the window's title %q", c, v.WindowTitle)
		}
	}
	if c := v.Cursor; c != nil && (c.X < 0 || c.Y < 0 || c.X >= r.m.w || c.Y >= r.m.h) {
		t.Fatalf("the cursor is at %d,%d on %dx%d", c.X, c.Y, r.m.w, r.m.h)
	}
}

func checkRow(t *rapid.T, l string) {
	for i, c := range l {
		if c == 0x1b {
			end := strings.IndexByte(l[i:], 'm')
			if end < 0 || strings.Trim(l[i+1:i+end], "[;0123456789") != "" {
				t.Fatalf("a foreign sequence in %q", l)
			}
			continue
		}
		if c < 0x20 || c >= 0x7f && c < 0xa0 || c == 0x202e || c == 0x200b {
			t.Fatalf("%U in %q", c, l)
		}
	}
}
