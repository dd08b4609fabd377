package config

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestSitesAreSavedEditedRenamedAndDeleted(t *testing.T) {
	const before = `# the box in the cellar
[nas]
host = "nas.local"   # fixed address
user = "me"

# do not lose me
["old, odd"]
host = "10.0.0.9"
charset = "GBK"
`
	s := newStore(t, "sites.toml", before)
	list, problems := s.Sites()
	if len(problems) != 0 || len(list) != 2 || list[0].Name != "nas" || list[1].Charset != "GBK" {
		t.Fatalf("%+v %v", list, problems)
	}

	nas := list[0]
	nas.Host, nas.User, nas.TLS, nas.Timeout = "nas2.local", "", "explicit", Duration(5*time.Second)
	must(t, s.SaveSite("nas", nas))
	must(t, s.SaveSite("", NamedSite{"work", Site{Host: "ftp.example.org", Port: 2121, Bookmarks: []string{"/a b", "/ü"}}}))
	const want = `# the box in the cellar
[nas]
host = 'nas2.local'   # fixed address
tls = 'explicit'
timeout = '5s'

# do not lose me
["old, odd"]
host = "10.0.0.9"
charset = "GBK"

[work]
host = 'ftp.example.org'
port = 2121
bookmarks = ['/a b', '/ü']
`
	if got := readBack(t, s.Dirs().SitesFile()); got != want {
		t.Fatalf("got:\n%s", got)
	}

	old, err := s.Site("OLD, odd")
	must(t, err)
	old.Name = "cellar"
	must(t, s.SaveSite("old, odd", old))
	must(t, s.DeleteSite("nas"))
	const after = `
# do not lose me
[cellar]
host = "10.0.0.9"
charset = "GBK"

[work]
host = 'ftp.example.org'
port = 2121
bookmarks = ['/a b', '/ü']
`
	if got := readBack(t, s.Dirs().SitesFile()); got != after {
		t.Fatalf("got:\n%s", got)
	}
	if err := s.DeleteSite("nas"); !errors.Is(err, ErrNoSite) {
		t.Errorf("deleting twice: %v", err)
	}
	if err := s.SaveSite("", NamedSite{"work", Site{Host: "x"}}); err == nil {
		t.Error("a new site took the place of another")
	}
	if _, err := s.Site("wrok"); !errors.Is(err, ErrNoSite) || !strings.Contains(err.Error(), `did you mean "work"?`) {
		t.Errorf("nearest: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFormsThatCannotBeEditedByTheLineAreWrittenAnew(t *testing.T) {
	const before = "nas = { host = \"a\", user = \"me\" } # inline\n"
	s := newStore(t, "sites.toml", before)
	n, err := s.Site("nas")
	must(t, err)
	n.Host = "b"
	must(t, s.SaveSite("nas", n))
	back, err := s.Site("nas")
	if err != nil || back.Host != "b" || back.User != "me" {
		t.Errorf("%+v %v", back, err)
	}
	if got := readBack(t, s.Dirs().SitesFile()+"~"); got != before {
		t.Errorf("the former file is %q", got)
	}
}

func TestEverySiteFieldComesBack(t *testing.T) {
	var site Site
	v := reflect.ValueOf(&site).Elem()
	for i := range v.NumField() {
		switch f, tag := v.Field(i), v.Type().Field(i).Tag; f.Kind() {
		case reflect.String:
			f.SetString("value of " + tag.Get("toml") + ` with "quotes" and \`)
			if words := strings.Fields(tag.Get("oneof")); len(words) > 0 {
				f.SetString(words[len(words)-1])
			}
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int:
			f.SetInt(2)
		case reflect.Int64:
			f.SetInt(int64(3 * time.Second))
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{"/one", "/two, three"}))
		}
		if v.Field(i).IsZero() {
			t.Errorf("%s is not set by this test", v.Type().Field(i).Name)
		}
	}
	s := newStore(t, "", "")
	must(t, s.SaveSite("", NamedSite{"all: fields", site}))
	back, err := s.Site("all: fields")
	if err != nil || !reflect.DeepEqual(back.Site, site) {
		t.Errorf("%v\n%+v\n%+v", err, back.Site, site)
	}
}

func TestBrokenSitesAreReportedAndKept(t *testing.T) {
	for name, c := range map[string]struct {
		text, want string
		sites      int
	}{
		"a misspelt key":      {"[a]\nhost = \"x\"\nusr = \"y\"\n", `sites.toml:3: a.usr: unknown key; did you mean "user"?`, 1},
		"a site of no host":   {"[b]\nhost = \"x\"\n[a]\nuser = \"y\"\n", "sites.toml:3: a: site has no host", 1},
		"a port out of range": {"[a]\nhost = \"x\"\nport = 70000\n", "sites.toml:3: a.port: 70000 is more than 65535", 0},
		"a port that is none": {"[b]\nhost = \"x\"\n[a]\nhost = \"x\"\nport = \"abc\"\n", "sites.toml:5: a.port: want a whole number, not a text", 1},

		"no TOML": {"[a\nhost = 1\n", "sites.toml:1: ", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, "sites.toml", c.text)
			list, problems := s.Sites()
			if len(list) != c.sites || len(problems) != 1 || !strings.Contains(problems[0].Error(), c.want) {
				t.Errorf("%d sites, problems %v", len(list), problems)
			}
			if err := s.SaveSite("", NamedSite{"new", Site{Host: "h"}}); err == nil || readBack(t, s.Dirs().SitesFile()) != c.text {
				t.Errorf("written over: %v", err)
			}
		})
	}
}

func TestASiteThatCannotBeReadSaysSo(t *testing.T) {
	s := newStore(t, "sites.toml", "[bank]\nhost = \"x\"\n[tank]\nhost = \"x\"\ntls = \"explicitly\"\n")
	if _, err := s.Site("tank"); err == nil || !strings.Contains(err.Error(), `sites.toml:5: tank.tls: "explicitly" is not one of`) {
		t.Errorf("%v", err)
	}
}

func TestSiteNamesThatCannotBeTypedAreRefused(t *testing.T) {
	for _, name := range []string{"", " ", " a", "-r", "ftp://x", "a\nb", "a\x1b[2J"} {
		if CheckSiteName(name) == nil {
			t.Errorf("%q was taken", name)
		}
	}
	if err := CheckSiteName("Büro 2 / NAS"); err != nil {
		t.Error(err)
	}
}

func TestAProxyPasswordIsNotWritten(t *testing.T) {
	s := newStore(t, "", "")
	err := s.SaveSite("", NamedSite{"p", Site{Host: "h", Proxy: "socks5://u:secret@proxy:1080"}})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(s.Dirs().SitesFile()); err == nil {
		t.Error("the file was written")
	}
}

func TestSeveralWritersLoseNoSite(t *testing.T) {
	s := newStore(t, "", "")
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := s.SaveSite("", NamedSite{"site " + string(rune('a'+i)), Site{Host: "h"}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if list, problems := s.Sites(); len(list) != 20 || len(problems) != 0 {
		t.Errorf("%d sites, %v", len(list), problems)
	}
}

func TestLearnedFactsOfSeveralProcessesAreJoined(t *testing.T) {
	s := newStore(t, "", "")
	a, b := s.Memory(), s.Memory()
	if l := a.Learned("me@h:21"); !reflect.DeepEqual(l, Learned{}) || b.Trusted("h:21") != "" {
		t.Errorf("something was known: %+v", l)
	}
	a.Learn("me@h:21", func(l *Learned) { l.TLSOffered, l.MaxConns = true, 3 })
	must(t, a.Close())
	b.Learn("me@h:21", func(l *Learned) {
		if l.Quirks == nil {
			l.Quirks = map[string]bool{}
		}
		l.Quirks["no-rest"] = true
	})
	b.Trust("h:21", "AA:BB")
	must(t, b.Close())

	c := s.Memory()
	if l := c.Learned("me@h:21"); !l.TLSOffered || l.MaxConns != 3 || !l.Quirks["no-rest"] || c.Trusted("h:21") != "AA:BB" {
		t.Errorf("joined: %+v, trusted %q", l, c.Trusted("h:21"))
	}
	c.Trust("h:21", "")
	must(t, c.Close())
	if got := s.Memory().Trusted("h:21"); got != "" {
		t.Errorf("not forgotten: %q", got)
	}
}

func TestLearningFromManyGoroutinesLosesNothing(t *testing.T) {
	s := newStore(t, "", "")
	m := s.Memory()
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() { m.Learn("a@h:21", func(l *Learned) { l.MaxConns++ }); m.Trust("h:"+string(rune('A'+i)), "X") })
	}
	wg.Wait()
	must(t, m.Close())
	again := s.Memory()
	if n := again.Learned("a@h:21").MaxConns; n != 50 {
		t.Errorf("%d of 50 changes", n)
	}
	for i := range 50 {
		if again.Trusted("h:"+string(rune('A'+i))) != "X" {
			t.Errorf("fingerprint %d is lost", i)
		}
	}
}

func TestABrokenLearnedFileIsKept(t *testing.T) {
	const text = "[account.\"a@h:21\"]\nmax_conns = \"many\"\n"
	s := newStore(t, "learned.toml", text)
	m := s.Memory()
	m.Trust("h:21", "AA")
	if m.Trusted("h:21") != "AA" {
		t.Error("not remembered while it runs")
	}
	if err := m.Close(); err == nil || !strings.Contains(err.Error(), "learned.toml:2") || m.Problem() == nil {
		t.Errorf("problem: %v", err)
	}
	if got := readBack(t, s.Dirs().LearnedFile()); got != text {
		t.Errorf("written over: %q", got)
	}
}

func TestNetrc(t *testing.T) {
	const text = `# mine
machine h.example login me password "two words" account x
machine h.example
	login other
	password p2
macdef init
	machine trap password trap

machine port.example password only-password
default login anonymous password mail@example.org
machine cut`
	path := t.TempDir() + "/netrc"
	must(t, os.WriteFile(path, []byte(text), 0o600))
	t.Setenv("NETRC", path)
	for _, c := range []struct {
		host, user, login, password string
		found                       bool
	}{
		{"H.example", "me", "me", "two words", true},
		{"h.example", "other", "other", "p2", true},
		{"h.example", "", "me", "two words", true},
		{"h.example", "third", "", "", false},
		{"port.example", "any", "any", "only-password", true},
		{"else.example", "anonymous", "anonymous", "mail@example.org", true},
		{"trap", "x", "", "", false},
	} {
		login, password, found := NetrcPassword(c.host, c.user)
		if login != c.login || password != c.password || found != c.found {
			t.Errorf("%s, %q: %q %q %v", c.host, c.user, login, password, found)
		}
	}
}

func FuzzNetrc(f *testing.F) {
	f.Add("machine a login b password \"c\\\" # d\nmacdef x\n\ndefault")
	f.Fuzz(func(t *testing.T, s string) {
		for _, e := range parseNetrc(s) {
			if len(e.password) > len(s) {
				t.Errorf("%q came from nowhere", e.password)
			}
		}
	})
}

func FuzzSites(f *testing.F) {
	f.Add("[a]\nhost = \"x\"\n", "b", "user")
	f.Add("a = {host = 'x'}\n[b.c]\n", "a", "\x00")
	f.Fuzz(func(t *testing.T, text, name, user string) {
		s := newStore(t, "sites.toml", text)
		err := s.SaveSite("", NamedSite{name, Site{Host: "h", User: user}})
		if err != nil {
			return
		}
		if back, err := s.Site(name); err != nil || back.User != user {
			t.Errorf("saved %q, got %+v %v", user, back, err)
		}
	})
}
