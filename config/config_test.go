package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newStore makes a store in a folder of its own; text, when not "", becomes the file name.
func newStore(t *testing.T, name, text string) *Store {
	t.Helper()
	d := t.TempDir()
	s := Open(Dirs{Config: filepath.Join(d, "config"), State: filepath.Join(d, "state")})
	if text != "" {
		dir := s.Dirs().Config
		if name == "learned.toml" {
			dir = s.Dirs().State
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func readBack(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFoldersFollowTheEnvironmentAtTheCall(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths in this table are those of Unix")
	}
	for _, home := range []string{"/one", "/two"} {
		t.Setenv("XDG_CONFIG_HOME", home+"/c")
		t.Setenv("XDG_STATE_HOME", home+"/s")
		d := Folders()
		if d.ConfigFile() != home+"/c/ferry/config.toml" || d.SitesFile() != home+"/c/ferry/sites.toml" ||
			d.LearnedFile() != home+"/s/ferry/learned.toml" || d.QueueFile() != home+"/s/ferry/queue.db" {
			t.Errorf("folders for %s: %+v", home, d)
		}
	}
}

func TestNoFileGivesTheDefaultsAndWritesNothing(t *testing.T) {
	s := newStore(t, "", "")
	c, problems := s.Config()
	if len(problems) != 0 || !reflect.DeepEqual(c, Default()) {
		t.Errorf("got %+v, problems %v", c, problems)
	}
	if _, err := os.Stat(s.Dirs().Config); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder was made by reading: %v", err)
	}
}

func TestProblemsNameFileLineKeyAndTheNearestMatch(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		check            func(Config) bool
	}{
		{"an unknown key is passed over and the rest counts",
			"[screen]\nthem = \"dark\"\nhidden = true\n", `config.toml:2: screen.them: unknown key; did you mean "theme"?`,
			func(c Config) bool { return c.Screen.Hidden }},
		{"an unknown table", "[scren]\ntheme = \"dark\"\n", `config.toml:1: scren: unknown key; did you mean "screen"?`, nil},
		{"a word that is not allowed gives the default",
			"[screen]\n\n# mine\ntheme = \"drak\"\nhidden = true\n", `config.toml:4: screen.theme: "drak" is not one of terminal, dark, light; did you mean "dark"?`,
			func(c Config) bool { return c.Screen.Theme == "terminal" && c.Screen.Hidden }},
		{"a number that is too large", "[transfer]\nparallel = 1000\n", "config.toml:2: transfer.parallel: 1000 is more than 64",
			func(c Config) bool { return c.Transfer.Parallel == 4 }},
		{"a negative rate", "[transfer]\nlimit_up = -1\n", "config.toml:2: transfer.limit_up: -1 is less than 0",
			func(c Config) bool { return c.Transfer.LimitUp == 0 }},
		{"a list with a wrong word", "[screen]\ncolumns = [\"size\", \"dat\"]\n", `config.toml:2: screen.columns: "dat" is not one of size, date, mode, owner, group, extension; did you mean "date"?`, nil},
		{"a span that is none", "[screen]\nhidden = true\n[connection]\ntimeout = \"soon\"\n", `config.toml:4: connection.timeout: "soon" is not a span of time; try 30s, 5m or 7d`,
			func(c Config) bool { return c.Screen.Hidden && c.Connection.Timeout == Default().Connection.Timeout }},
		{"a span without a unit", "[connection]\ntimeout = 30\n", `config.toml:2: connection.timeout: 30 has no unit; write "30s"`,
			func(c Config) bool { return reflect.DeepEqual(c, Default()) }},
		{"a text in place of true or false", "[screen]\nhidden = \"yes\"\nsplit = 40\n", "config.toml:2: screen.hidden: want true or false, not a text",
			func(c Config) bool { return c.Screen.Split == 40 && !c.Screen.Hidden }},
		{"a text in place of a list", "[keys.bind]\nquit = \"q\"\ncopy = [\"c\"]\n", `config.toml:2: keys.bind.quit: want a list: ["q"]`,
			func(c Config) bool { return len(c.Keys.Bind) == 1 && c.Keys.Bind["copy"][0] == "c" }},
		{"a number in place of a table", "keys = 3\n", "config.toml:1: keys: want a table, not the number 3", nil},
		{"a table where a value is", "[screen.fps]\n", "config.toml:1: screen.fps: this can be no table", nil},
		{"a text without quotes", "[screen]\ntheme = dark\n", `config.toml:2: screen.theme: a text stands in quotes: "dark"`, nil},
		{"a key twice", "[screen]\nfps = 3\nfps = 4\n", "config.toml:3: screen.fps: stands here a second time", nil},
		{"text that is not TOML gives all defaults", "[screen]\nhidden = true\ntheme = = 1\n", "config.toml:3: ",
			func(c Config) bool { return reflect.DeepEqual(c, Default()) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t, "config.toml", c.text)
			got, problems := s.Config()
			if len(problems) != 1 || !strings.Contains(problems[0].Error(), c.want) {
				t.Fatalf("problems %v, want %q", problems, c.want)
			}
			if c.check != nil && !c.check(got) {
				t.Errorf("settings: %+v", got)
			}
			if err := s.Change(func(c *Config) { c.Screen.Split = 40 }); err == nil {
				t.Error("a file with a problem was written over")
			}
			if now := readBack(t, s.Dirs().ConfigFile()); now != c.text {
				t.Errorf("the file changed to %q", now)
			}
		})
	}
}

func TestEachMistakeIsToldAtOnce(t *testing.T) {
	s := newStore(t, "config.toml", `[screen]
fps = "many"
them = "dark"
sort = "nmae"
split = 40
[keys]
preset = "vim"
bind.quit = "q"
`)
	c, problems := s.Config()
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if want := []int{2, 3, 4, 8}; !reflect.DeepEqual(lines, want) {
		t.Errorf("lines %v, want %v: %v", lines, want, problems)
	}
	if c.Screen.Split != 40 || c.Keys.Preset != "vim" {
		t.Errorf("the rest does not count: %+v", c)
	}
}

func TestAProblemOfSomebodyElseIsLocated(t *testing.T) {
	s := newStore(t, "config.toml", "[keys]\nbind.copy = [\n\"f5\"]\n[keys.bind]\nmvoe = [\"f6\"]\n")
	ps := []*Problem{{Key: "keys.bind.mvoe", Text: "x"}, {Key: "keys.bind.copy", Text: "x"}, {Key: "keys.bind.quit", Text: "x"}}
	s.Locate(ps)
	if ps[0].Line != 5 || ps[1].Line != 2 || ps[2].Line != 0 || ps[2].File != s.Dirs().ConfigFile() {
		t.Errorf("%v", ps)
	}
}

func TestChangeKeepsCommentsAndOrder(t *testing.T) {
	const before = `# my settings
[transfer]   # moving
parallel = 6 # six
# later
exclude = [
  "*.tmp", # one
  "*.bak",
]

[screen]
theme = "dark"
`
	s := newStore(t, "config.toml", before)
	err := s.Change(func(c *Config) {
		if c.Transfer.Parallel != 6 || c.Transfer.Exclude[1] != "*.bak" {
			t.Errorf("read %+v", c.Transfer)
		}
		c.Transfer.Parallel = 8
		c.Transfer.LimitUp = 3 << 20
		c.Transfer.Exclude = []string{"*.o"}
		c.Keys.Bind = map[string][]string{"copy": {"f5", "ctrl+\\"}}
		c.Connection.Timeout = Duration(90 * time.Second)
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `# my settings
[transfer]   # moving
parallel = 8 # six
# later
exclude = ['*.o']
limit_up = '3 MiB'

[screen]
theme = "dark"

[keys.bind]
copy = ['f5', 'ctrl+\']

[connection]
timeout = '1m30s'
`
	if got := readBack(t, s.Dirs().ConfigFile()); got != want {
		t.Errorf("got:\n%s", got)
	}
	err = s.Change(func(c *Config) {
		if c.Transfer.LimitUp != 3<<20 || c.Connection.Timeout.Std() != 90*time.Second || c.Keys.Bind["copy"][1] != `ctrl+\` {
			t.Errorf("read back %+v", c)
		}
		c.Keys.Bind = nil
	})
	if got := readBack(t, s.Dirs().ConfigFile()); err != nil || strings.Contains(got, "copy =") {
		t.Errorf("unbound: %v\n%s", err, got)
	}
}

func TestFilesAreForTheUserAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	s := newStore(t, "", "")
	if err := s.Change(func(c *Config) { c.Screen.Hidden = true }); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{s.Dirs().Config: 0o700, s.Dirs().ConfigFile(): 0o600, s.Dirs().State: 0o700, s.Dirs().lockFile(): 0o600} {
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v", filepath.Base(path), fi.Mode(), err)
		}
	}
	left, err := filepath.Glob(filepath.Join(s.Dirs().Config, ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("temporary files left: %v %v", left, err)
	}
}

func TestALinkedSettingsFileStaysALink(t *testing.T) {
	s := newStore(t, "config.toml", "[screen]\nhidden = true\n")
	real := filepath.Join(t.TempDir(), "dotfiles.toml")
	if err := os.Rename(s.Dirs().ConfigFile(), real); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, s.Dirs().ConfigFile()); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := s.Change(func(c *Config) { c.Screen.Split = 30 }); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Lstat(s.Dirs().ConfigFile()); err != nil || fi.Mode()&os.ModeSymlink == 0 {
		t.Errorf("link: %v %v", fi.Mode(), err)
	}
	if got := readBack(t, real); got != "[screen]\nhidden = true\nsplit = 30\n" {
		t.Errorf("got %q", got)
	}
}

func TestReferenceIsAValidFileAtTheDefaults(t *testing.T) {
	c := Default()
	c.Screen = Screen{}
	problems, whole := decode("reference", []byte(Reference()), &c)
	if len(problems) > 0 || !whole || !same(c, Default()) {
		t.Errorf("%v\n%s", problems, Reference())
	}
	for _, l := range leaves(reflect.ValueOf(Default()), nil, "") {
		if l.tag.Get("doc") == "" {
			t.Errorf("%s has no description", keyText(l.path))
		}
	}
}

func TestThePreparedFileIsTheDefaultsAndIsMadeOnce(t *testing.T) {
	s := newStore(t, "", "")
	if err := s.Prepare(); err != nil {
		t.Fatal(err)
	}
	text := readBack(t, s.Dirs().ConfigFile())
	c, problems := s.Config()
	if len(problems) != 0 || !same(c, Default()) || !strings.Contains(text, "# split = 50") || !strings.Contains(text, "[keys.bind]") {
		t.Errorf("%v\n%s", problems, text)
	}
	must(t, s.Change(func(c *Config) { c.Screen.Split = 40; c.Keys.Bind = map[string][]string{"copy": {"f2"}} }))
	must(t, s.Prepare())
	if c, problems := s.Config(); len(problems) != 0 || c.Screen.Split != 40 || c.Keys.Bind["copy"][0] != "f2" {
		t.Errorf("%v\n%s", problems, readBack(t, s.Dirs().ConfigFile()))
	}
}

func TestSizes(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "4096": 4096, "64k": 65536, "1.5 MiB": 3 << 19, "2MB": 2e6, " 1 g ": 1 << 30, "7B": 7} {
		if n, err := ParseSize(in); err != nil || n != want {
			t.Errorf("%q: %d, %v", in, n, err)
		}
		if b, _ := Size(want).MarshalText(); true {
			if n, err := ParseSize(string(b)); err != nil || n != want {
				t.Errorf("%d printed as %q reads as %d, %v", want, b, n, err)
			}
		}
	}
	for _, in := range []string{"", "x", "-1", "1 parsec", "99999999999 TiB", "1.2.3"} {
		if n, err := ParseSize(in); err == nil {
			t.Errorf("%q was read as %d", in, n)
		}
	}
	if n, err := ParseRate("500k/s"); err != nil || n != 500<<10 {
		t.Errorf("rate: %d, %v", n, err)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"theme", "glyphs", "split", "ls"}
	for in, want := range map[string]string{"them": "theme", "Theme": "theme", "glpyhs": "glyphs", "wombat": "", "sl": "ls", "": ""} {
		if got := Nearest(in, words); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
