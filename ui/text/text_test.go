package text

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"ferry/ftpsvc/vfs"
)

func TestDisplay(t *testing.T) {
	for name, c := range map[string][2]string{
		"a plain name stays":                     {"index.html", "index.html"},
		"accents, CJK and emoji stay":            {"café 写真 🎉", "café 写真 🎉"},
		"a combining accent stays":               {"cafe\u0301", "cafe\u0301"},
		"an escape is shown":                     {"a\x1b]52;c;x\a", "a␛]52;c;x␇"},
		"line ends and tabs are shown":           {"a\r\n\tb", "a␍␊␉b"},
		"NUL and DEL are shown":                  {"\x00\x7f", "␀␡"},
		"the 8-bit CSI is shown":                 {"\u009b2J", "<009B>2J"},
		"a raw byte is shown":                    {"caf\xe9", `caf\xe9`},
		"a byte kept by the charset is shown":    {"caf" + string(rune(0xf700+0xe9)), `caf\xe9`},
		"direction marks are shown":              {"a\u202egpj.exe", "a<202E>gpj.exe"},
		"zero width is shown":                    {"a\u200bb\ufeff", "a<200B>b<FEFF>"},
		"joiners of Persian stay":                {"می\u200cخواهم", "می\u200cخواهم"},
		"tags beyond the base plane are shown":   {"x\U000E0041", "x<E0041>"},
		"a mark without a base is shown":         {"\u0301a", "<0301>a"},
		"a literal replacement character stays":  {"a\ufffdb", "a\ufffdb"},
		"soft hyphens and word joiners are seen": {"a\u00adb\u2060", "a<00AD>b<2060>"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Display(c[0]); got != c[1] {
				t.Errorf("Display(%q) = %q, want %q", c[0], got, c[1])
			}
		})
	}
}

func TestDisplayCutsFloodsOfMarks(t *testing.T) {
	got := Display("a" + strings.Repeat("\u0301", 500))
	if n := strings.Count(got, "\u0301"); n != maxMarks {
		t.Errorf("%d marks were drawn, want %d", n, maxMarks)
	}
}

func TestDisplayASCIIShowsControlsInCaretForm(t *testing.T) {
	if got := DisplayASCII("a\x1b[31m\x7f\n"); got != "a^[[31m^?^J" {
		t.Errorf("got %q", got)
	}
}

func TestMarkSetsReplacementsApart(t *testing.T) {
	if got := Mark("a\n\tb\x00", "(", ")", false); got != "a(␊␉)b(␀)" {
		t.Errorf("got %q", got)
	}
}

// TestDisplayLeavesNothingUnsafe takes any bytes as a name.
func TestDisplayLeavesNothingUnsafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		if rapid.Bool().Draw(t, "text") {
			s = rapid.String().Draw(t, "s")
		}
		for _, ascii := range []bool{false, true} {
			m := Method{ASCII: ascii}
			d := m.Display(s)
			if !utf8.ValidString(d) {
				t.Fatalf("%q is not UTF-8", d)
			}
			for _, r := range d {
				if unsafeRune(r) {
					t.Fatalf("%U is left in %q", r, d)
				}
			}
			if Safe(s) && d != s && !strings.Contains(s, zwj) {
				t.Fatalf("Safe(%q), but Display changes it", s)
			}
		}
	})
}

// TestCutsNeverExceedTheirWidth holds for both ways of counting.
func TestCutsNeverExceedTheirWidth(t *testing.T) {
	words := rapid.SampledFrom([]string{"a", "Ü", "写", "🎉", "e\u0301", "हिन्दी", "한", ".tar.gz", "👍🏽", "🇯🇵", "ﷺ", "1️⃣", " "})
	rapid.Check(t, func(t *rapid.T) {
		s := Display(strings.Join(rapid.SliceOf(words).Draw(t, "words"), ""))
		w := rapid.IntRange(0, 40).Draw(t, "w")
		for _, m := range []Method{{}, {Mode: ansi.GraphemeWidth}, {ASCII: true}} {
			for how, got := range map[string]string{"Cut": m.Cut(s, w), "CutLeft": m.CutLeft(s, w), "CutMiddle": m.CutMiddle(s, w)} {
				if m.Width(got) > w {
					t.Fatalf("%s(%q, %d) = %q has %d columns", how, s, w, got, m.Width(got))
				}
			}
			for how, got := range map[string]string{"Pad": m.Pad(s, w), "PadLeft": m.PadLeft(s, w), "PadMiddle": m.PadMiddle(s, w)} {
				if m.Width(got) != w {
					t.Fatalf("%s(%q, %d) = %q has %d columns", how, s, w, got, m.Width(got))
				}
			}
		}
	})
}

func TestCutMiddleKeepsTheExtension(t *testing.T) {
	for s, want := range map[string]string{
		"very-long-file-name-that-is-final.iso": "very-long-f…inal.iso",
		"写真-家族旅行-の-とても長い名前.jpg":                 "写真-家族旅…名前.jpg",
		"noextensionbutaverylongnameindeed":     "noextensionbu…indeed",
	} {
		got := Method{}.CutMiddle(s, 20)
		if got != want {
			t.Errorf("CutMiddle(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestWidthFollowsTheMethod(t *testing.T) {
	if w := (Method{}).Width("हिन्दी.md"); w != 8 {
		t.Errorf("by rune: %d columns, want 8", w)
	}
	if w := (Method{Mode: ansi.GraphemeWidth}).Width("हिन्दी.md"); w != 5 {
		t.Errorf("by grapheme: %d columns, want 5", w)
	}
	family := "👨\u200d👩\u200d👧"
	if got := (Method{}).Display(family); strings.Contains(got, zwj) {
		t.Errorf("joiners are left in %q while columns are counted by rune", got)
	}
	if got := (Method{Mode: ansi.GraphemeWidth}).Display(family); got != family {
		t.Errorf("the family was taken apart: %q", got)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		-1: "?", 0: "0 B", 68: "68 B", 999: "999 B", 1000: "1.0 K", 1024: "1.0 K", 18840: "18.4 K", 1 << 20: "1.0 M",
		736100352: "702 M", 4370000000: "4.07 G", 1 << 40: "1.00 T", 1023 << 20: "1.00 G", 1<<63 - 1: "8.00 E",
	} {
		got := Size(n)
		if got != want {
			t.Errorf("Size(%d) = %q, want %q", n, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		if s := Size(n); len(s) > SizeWidth {
			t.Fatalf("Size(%d) = %q is too wide", n, s)
		}
	})
}

func TestDates(t *testing.T) {
	now := time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name        string
		t           time.Time
		p           vfs.Precision
		long, short string
	}{
		{"today shows the time", time.Date(2026, 11, 22, 13, 0, 5, 0, time.UTC), vfs.Second, "Nov 22 13:00", "13:00"},
		{"this year shows the day", time.Date(2026, 3, 1, 10, 20, 0, 0, time.UTC), vfs.Minute, "Mar 01 10:20", "Mar 01"},
		{"another year shows the year", time.Date(2025, 6, 30, 1, 0, 0, 0, time.UTC), vfs.Minute, "Jun 30 2025", "2025"},
		{"a day alone shows no hour", time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), vfs.Day, "Nov 22", "Nov 22"},
		{"no time is empty", time.Time{}, vfs.NoTime, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Date(c.t, now, c.p); got != c.long {
				t.Errorf("Date = %q, want %q", got, c.long)
			}
			if got := ShortDate(c.t, now, c.p); got != c.short {
				t.Errorf("ShortDate = %q, want %q", got, c.short)
			}
		})
	}
}

func TestPercentKeepsAHundredForWhatIsComplete(t *testing.T) {
	if got := Percent(100, 100, false); got != "99 %" {
		t.Errorf("all bytes moved, not acknowledged: %q", got)
	}
	if got := Percent(100, 100, true); got != "100 %" {
		t.Errorf("complete: %q", got)
	}
}

func TestBarAndSparkFillTheirWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.IntRange(0, 50).Draw(t, "w")
		f := rapid.Float64Range(-1, 2).Draw(t, "f")
		vals := rapid.SliceOf(rapid.Int64Range(-5, 1<<40)).Draw(t, "v")
		for _, ascii := range []bool{false, true} {
			full, rest := Bar(w, f, ascii)
			if got := (Method{}).Width(full + rest); got != w {
				t.Fatalf("bar of %d has %d columns", w, got)
			}
			if got := (Method{}).Width(Spark(vals, w, ascii)); got != w {
				t.Fatalf("spark of %d has %d columns", w, got)
			}
		}
	})
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{-1: "", time.Second: "0:01", 206 * time.Second: "3:26",
		3723 * time.Second: "1:02:03", 500 * time.Hour: "20d 20h"} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestDisplayOfAPlainNameAllocatesNothing(t *testing.T) {
	m := Method{}
	if n := testing.AllocsPerRun(100, func() { m.Display("release-notes-写真-2026.md") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDisplay(b *testing.B) {
	for b.Loop() {
		Display("a-rather-long-file-name-of-forty-letters.tar.gz")
	}
}

func TestADayIsShownAsTheServerToldIt(t *testing.T) {
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, time.FixedZone("", -5*3600))
	tokyo := time.FixedZone("", 9*3600)
	e := vfs.Entry{ModTime: time.Date(2026, 3, 4, 0, 0, 0, 0, tokyo), Prec: vfs.Day, UTC: true}
	if got := Date(When(e, now), now, e.Prec); got != "Mar 04" {
		t.Errorf("a day: %q", got)
	}
	e.Prec = vfs.Minute
	if got := Date(When(e, now), now, e.Prec); got != "Mar 03 10:00" {
		t.Errorf("a time: %q", got)
	}
}
