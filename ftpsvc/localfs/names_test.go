package localfs

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestSafeNames(t *testing.T) {
	cases := []struct{ name, unix, windows string }{
		{"plain.txt", "plain.txt", "plain.txt"},
		{"", "％--", "％--"},
		{".", "％2E", "％2E"},
		{"..", "％2E％2E", "％2E％2E"},
		{"...", "...", "..％2E"},
		{"  ", "％20％20", "％20％20"},
		{" a ", " a ", " a％20"},
		{"../../etc", "..％2F..％2Fetc", "..％2F..％2Fetc"},
		{`..\x`, `..\x`, "..％5Cx"},
		{"C:", "C:", "C％3A"},
		{"a\x00b", "a％00b", "a％00b"},
		{"con", "con", "％63on"},
		{"Com1.tar.gz", "Com1.tar.gz", "％43om1.tar.gz"},
		{"console", "console", "console"},
		{"what?", "what?", "what％3F"},
		{"100%25", "100%25", "100%25"},
		{"sale 5％ off", "sale 5％ off", "sale 5％ off"},
		{"odd ％2F", "odd ％EF％BC％852F", "odd ％EF％BC％852F"},
		{"％--", "％EF％BC％85--", "％EF％BC％85--"},
		{"|rm -rf ~; $(x)", "|rm -rf ~; $(x)", "％7Crm -rf ~; $(x)"},
		{"-rf", "-rf", "-rf"},
		{"~", "~", "~"},
	}
	for _, c := range cases {
		if got := safeName("linux", c.name); got != c.unix {
			t.Errorf("linux: %q becomes %q, want %q", c.name, got, c.unix)
		}
		if got := safeName("windows", c.name); got != c.windows {
			t.Errorf("windows: %q becomes %q, want %q", c.name, got, c.windows)
		}
	}
}

func TestLongNamesAreCutAndStayApart(t *testing.T) {
	long := strings.Repeat("x", 300)
	a, changed := SafeName(long + "a.txt")
	b, _ := SafeName(long + "b.txt")
	if !changed || a == b || len(a) > 255 || !strings.HasSuffix(a, ".txt") {
		t.Errorf("%q and %q", a, b)
	}
	if _, whole := ServerName(a); whole {
		t.Error("a cut name is told to be whole")
	}
	if got := safeName("linux", strings.Repeat("é", 2048)); len(got) > 255 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, %q", len(got), got)
	}
	if _, changed := SafeName(strings.Repeat("x", 255)); changed {
		t.Error("255 bytes are changed")
	}
	if got := safeName("windows", strings.Repeat("語", 255)); got != strings.Repeat("語", 255) {
		t.Error("255 characters are too long on Windows")
	}
}

func TestSafeNamesAreUndone(t *testing.T) {
	parts := rapid.SampledFrom([]string{"a", "Z", ".", " ", "/", `\`, ":", "％", "2F", "--", "~", "\x00", "\x1b", "語", "\uf7e9", "con", "%", "EF", "e\u0301"})
	for _, goos := range []string{"linux", "windows", "darwin"} {
		t.Run(goos, rapid.MakeCheck(func(t *rapid.T) {
			name := strings.Join(rapid.SliceOfN(parts, 0, 12).Draw(t, "parts"), "")
			safe := safeName(goos, name)
			back, whole := ServerName(safe)
			if !whole || back != name {
				t.Fatalf("%q is kept as %q and comes back as %q (%v)", name, safe, back, whole)
			}
			if safe == "" || safe == "." || safe == ".." || strings.ContainsAny(safe, "/\x00") || (goos == "windows" && !filepath.IsLocal(safe)) {
				t.Fatalf("%q is kept as %q", name, safe)
			}
			if again := safeName(goos, back); again != safe {
				t.Fatalf("%q is kept as %q, then as %q", name, safe, again)
			}
		}))
	}
}

func TestClashes(t *testing.T) {
	n := NewNames(true)
	for _, c := range []struct{ name, other string }{
		{"Readme", ""}, {"README", "Readme"}, {"caf\u00e9", ""}, {"cafe\u0301", "caf\u00e9"}, {"CAFÉ", "caf\u00e9"},
		{"stra\u00dfe", ""}, {"STRASSE", "stra\u00dfe"}, {"other", ""}} {
		if got, clash := n.Add(c.name); got != c.other || clash != (c.other != "") {
			t.Errorf("%q clashes with %q, want %q", c.name, got, c.other)
		}
	}
	exact := NewNames(false)
	exact.Add("a")
	if _, clash := exact.Add("A"); clash {
		t.Error("case is minded where the disk does not")
	}
	if _, clash := exact.Add("a"); !clash {
		t.Error("the same name twice does not clash")
	}
}

func TestDistinctNamesAreUndone(t *testing.T) {
	for name, want := range map[string]string{"SAME": "％53AME", "éa": "％C3％A9a"} {
		got := Distinct(name)
		if back, whole := ServerName(got); got != want || back != name || !whole {
			t.Errorf("%q becomes %q and comes back as %q", name, got, back)
		}
	}
}

func TestFoldsCaseFindsOutWithoutWriting(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "aB"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := os.Stat(filepath.Join(dir, "AB"))
	if got, want := FoldsCase(dir), err == nil; got != want {
		t.Errorf("FoldsCase says %v on %s, a look at the disk says %v", got, runtime.GOOS, want)
	}
	if rows, _ := os.ReadDir(dir); len(rows) != 1 {
		t.Errorf("it wrote: %v", rows)
	}
}
