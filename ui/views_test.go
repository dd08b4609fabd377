package ui

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"ferry/config"
	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ui/action"
	"ferry/ui/theme"
)

// inQueue is a rig with the queue's view open and its items there.
func inQueue(t *testing.T, w, h int, change func(*Options)) *rig {
	t.Helper()
	r := online(t, w, h, change).working().keys("w")
	items := append(slices.Clone(r.m.queue.Active()), r.m.queue.Failed()...)
	items = append(items, queue.Item{ID: 9, Kind: queue.KindFile, From: string(testSite), Source: "/srv/over.txt", Target: "/home/me/over.txt", State: queue.Done, Reached: queue.Verified, Size: 5, Bytes: 5})
	p, id := last[ftpsvc.QueuePage](t, r.api)
	return r.events(ftpsvc.Done{ID: id, Value: ftpsvc.QueueRows{Items: items, Offset: p.Offset, Total: len(items)}})
}

func TestTheViewsListTheirKeys(t *testing.T) {
	r := inQueue(t, 120, 36, nil)
	r.see("p pause", "F1 all keys").keys("?").see("Queue view", "Pause, or go on", "Its lines in the log").gone("Make folder")
	r.keys("esc").see("1 all").keys(":").see("Priority…").gone("Make folder").keys("esc").see("1 all")
	r.keys("esc", "alt+shift+l", "?").see("Log view", "This connection only").gone("Priority…").keys("esc", "esc")
	r.m.here().pane.Find("index.html")
	r.keys("f3", "?").see("Viewer", "Bytes or text").gone("This connection only").keys("esc", "esc")
	// On the panes the help lists all, with where it works.
	r.keys("?").typed("bytes or text").see("not now: this works while a file is viewed: F3")
}

func TestAViewSaysWhyAKeyDoesNothing(t *testing.T) {
	r := inQueue(t, 80, 24, nil).keys("end")
	r.keys("p").see("over.txt is done: only what is not over can be paused")
	r.keys("down").gone("only what is not over")
	r.keys("f7").see("F7 does nothing here; F1 lists what does")
	if n := count[ftpsvc.Control](r.api); n != 0 {
		t.Errorf("%d controls", n)
	}
	r.keys("down").see("x forget").gone("p pause")
}

func TestTheKeysOfAViewCanBeChanged(t *testing.T) {
	r := inQueue(t, 120, 36, func(o *Options) {
		o.Config.Keys.Bind = map[string][]string{"item-pause": {"b"}, "help": {"f12"}}
	})
	r.see("b pause", "F12 all keys").keys("p", "b")
	if c, _ := last[ftpsvc.Control](t, r.api); c.Op != ftpsvc.Pause || count[ftpsvc.Control](r.api) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestViewsLieOnOneAnother(t *testing.T) {
	inQueue(t, 120, 36, nil).keys("l").see("Log", "transfer 1").keys("esc").see("1 all", "p pause").keys("esc").see("Local")
	r := inQueue(t, 120, 36, nil).keys("l", "w").see("1 all", "▶ ↑ app") // not a second one on top, and as it was
	r.keys("esc").see("Local").keys("w", "?", "esc", "w").see("Local")
}

func TestDialogsOfAViewLeaveItOpen(t *testing.T) {
	r := inQueue(t, 120, 36, nil).keys("x").see("Cancel app-2.4.1.tar.gz at 62 %?", "so far is deleted", "Pausing", "(p) keeps it").keys("enter")
	if n := count[ftpsvc.Control](r.api); n != 0 {
		t.Error("Enter cancels: the default is not no")
	}
	r.see("1 all").keys("x", "c")
	if c, _ := last[ftpsvc.Control](t, r.api); c.Op != ftpsvc.CancelItems || !reflect.DeepEqual(c.Items, []int64{1}) {
		t.Errorf("%+v", c)
	}
	r.see("1 all").keys("alt+shift+x").see("Cancel 12 transfers?", "begins", "(Alt+P)").keys("esc").see("1 all")
}

func TestTheQueueByMouse(t *testing.T) {
	r := inQueue(t, 120, 36, nil)
	r.send(tea.MouseClickMsg{X: 10, Y: 4, Button: tea.MouseRight}).see("Go to its folder", "backup-2026-11-20")
	r.keys("p")
	if c, _ := last[ftpsvc.Control](t, r.api); c.Op != ftpsvc.Pause || !reflect.DeepEqual(c.Items, []int64{2}) {
		t.Errorf("%+v", c)
	}
	r.send(click1(10, 4))
	r.at = r.at.Add(100 * time.Millisecond)
	r.send(click1(10, 4)).see("Local") // it went to the folder
	if l, _ := last[ftpsvc.List](t, r.api); l.Conn != testSite || l.Path != "/srv/www/releases" {
		t.Errorf("%+v", l)
	}
}

func TestARetryIsCountedDown(t *testing.T) {
	r := online(t, 120, 36, nil)
	it := queue.Item{ID: 5, Kind: queue.KindFile, From: string(testSite), Source: "/a.bin", Target: "/home/me/a.bin", State: queue.Retrying, Size: 1000, Bytes: 360,
		Class: "connect", Err: `connect "ftp.example.net:21": connection refused`, NotBefore: r.at.Add(25 * time.Second)}
	r.send(batchMsg{Now: r.at, Queue: &ftpsvc.QueueView{Active: []queue.Item{it}, Counts: queue.Counts{ByState: map[queue.State]int64{queue.Retrying: 1}, Bytes: 1000}}})
	r.see("36 %", "tries again in 0:25: connection refused")
	if r.cmd == nil {
		t.Fatal("nothing moves the count-down")
	}
	r.at = r.at.Add(5 * time.Second)
	r.send(tickMsg(r.at)).see("tries again in 0:20")
	r.at = r.at.Add(30 * time.Second)
	if r.send(tickMsg(r.at)); r.cmd != nil {
		t.Error("the clock goes on with nothing to count down")
	}
}

// kept stands in for the file of settings.
type kept struct {
	config config.Config
	fail   error
	made   bool
}

func (k *kept) File() string   { return "/home/me/.config/ferry/config.toml" }
func (k *kept) Prepare() error { k.made = true; return nil }
func (k *kept) Load() (config.Config, []string) {
	return k.config, []string{"config.toml:3: something is wrong"}
}
func (k *kept) Locate(ps []*config.Problem) {
	for i, p := range ps {
		p.File, p.Line = "config.toml", 7+i
	}
}
func (k *kept) Change(f func(*config.Config)) error {
	if k.fail == nil {
		f(&k.config)
	}
	return k.fail
}

func withSettings(k *kept) func(*Options) {
	return func(o *Options) { k.config = o.Config; o.Settings = k; o.Editor = []string{"vi"} }
}

func TestAKeyIsChangedOnTheScreen(t *testing.T) {
	k := &kept{}
	r := online(t, 120, 36, withSettings(k)).keys("g", "k").see("Change a key", "Enter chooses").typed("copy what is").keys("enter")
	r.see("Copy…", "now F5  c", "Press the new key").keys("f6").see("F6 beside F5, c", "F6 alone", "taken from Move")
	r.keys("down", "enter").run().see("Copy: F6, kept in /home/me/.config/ferry/config.toml")
	if want := map[string][]string{"copy": {"f6"}, "move": {"m"}}; !reflect.DeepEqual(k.config.Keys.Bind, want) {
		t.Errorf("%v", k.config.Keys.Bind)
	}
	r.m.here().pane.Find("index.html")
	r.keys("f6").see("Copy", "Enter copy").keys("esc")
	// From the help, two keys, and back to the usual ones.
	r.keys("?").typed("copy what is").keys("f4", "g", "x").see("g x beside F6", "taken from Close tab").keys("esc")
	r.keys("?").typed("copy what is").keys("f4", "f11").see("The usual keys again").keys("down", "down", "enter").run()
	if got := r.m.keys.Keys("copy"); !slices.Equal(got, []string{"f5", "c"}) || k.config.Keys.Bind["copy"] != nil {
		t.Errorf("%v, kept %v", got, k.config.Keys.Bind)
	}
}

func TestAKeyThatCannotBeKeptHoldsForTheSession(t *testing.T) {
	k := &kept{fail: errors.New("config.toml:3: no good")}
	r := online(t, 120, 36, withSettings(k)).keys("?").typed("copy what is").keys("f4", "f12", "down", "enter").run()
	r.see("Copy: F12, for this session: config.toml:3: no good").keys("f12")
	r.m.here().pane.Find("index.html")
	r.keys("f12").see("Enter copy")
}

func TestColoursAreKept(t *testing.T) {
	k := &kept{}
	r := online(t, 120, 36, withSettings(k))
	r.m.run("theme")
	r.keys("end", "enter").run().see("colours: " + theme.Names[len(theme.Names)-1] + ", kept in")
	if k.config.Screen.Theme != theme.Names[len(theme.Names)-1] {
		t.Errorf("kept %q", k.config.Screen.Theme)
	}
}

func TestSettingsAreShownAndReadAgain(t *testing.T) {
	k := &kept{}
	r := online(t, 120, 36, withSettings(k)).keys(":").typed("config").see("Settings…", "Change a key…").keys("esc")
	r.keys(":").typed("remap").see("Change a key…").keys("esc")
	r.keys("g", ",").see("/home/me/.config/ferry/config.toml", "Edit it with vi?").keys("e").run()
	if !k.made {
		t.Error("there is no file to edit")
	}
	k.config.Keys.Bind = map[string][]string{"mvoe": {"f6"}}
	k.config.Screen.Theme = "dark"
	r.send(editedMsg{e: editing{local: k.File(), settings: true}}).run()
	r.see("2 notices, g m lists them; the first: config.toml:3: something is wrong").keys("g", "m").see(`config.toml:7: keys.bind.mvoe: there is no such action; did you mean "move"?`)
	if r.m.th.Name != "dark" {
		t.Errorf("the colours are %s", r.m.th.Name)
	}
}

func TestSuspendWantsAShell(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.m.shell = false
	if r.keys("ctrl+z"); r.cmd != nil {
		t.Error("it stops where nothing continues it")
	}
	r.see("no shell with job control")
	r.m.shell = true
	if r.keys("ctrl+z"); r.cmd == nil {
		t.Error("it does not stop below a shell")
	}
}

func TestBarsShowKeysOnly(t *testing.T) {
	r := online(t, 120, 36, func(o *Options) {
		o.Config.Keys.Bind = map[string][]string{"palette": {}, "help": {}, "queue": {}}
	})
	f := r.frame()
	for _, s := range []string{"palette palette", "help keys", "queue full view"} {
		if strings.Contains(f, s) {
			t.Errorf("%q is on the screen:\n%s", s, f)
		}
	}
}

func TestTheFramesOfViewsFitAnySize(t *testing.T) {
	for _, name := range []string{"queue", "log-full", "view", "help", "palette", "change-key"} {
		for _, s := range []struct{ w, h int }{{20, 6}, {21, 7}, {60, 15}, {80, 24}} {
			r := inQueue(t, s.w, s.h, nil).keys("esc")
			r.m.here().pane.Find("index.html")
			r.m.run(name)
			if v := strings.Split(r.m.View().Content, "\n"); len(v) != s.h {
				t.Errorf("%s at %dx%d has %d rows", name, s.w, s.h, len(v))
			}
			for _, l := range strings.Split(r.m.View().Content, "\n") {
				if n := r.m.th.Method.Width(l); n != s.w {
					t.Errorf("%s at %dx%d has a row of %d columns", name, s.w, s.h, n)
					break
				}
			}
		}
	}
}

func TestEveryActionHasAPlaceInTheHelp(t *testing.T) {
	r := online(t, 120, 36, nil)
	items := r.m.helpItems()
	if len(items) != len(action.All()) {
		t.Errorf("%d of %d actions", len(items), len(action.All()))
	}
	seen := map[action.Menu]bool{}
	var at action.Menu
	for _, it := range items {
		if it.Task != at && seen[it.Task] {
			t.Errorf("the heading %s stands twice", it.Task)
		}
		at = it.Task
		seen[at] = true
	}
	if items[0].Disabled != "" {
		t.Errorf("the help begins with %s, which cannot be done: %s", items[0].Name, items[0].Disabled)
	}
}
