package dialog

import (
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	"ferry/ui/theme"
)

func keyOf(s string) tea.KeyPressMsg {
	special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft,
		"right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete, "f8": tea.KeyF8, "pgdown": tea.KeyPgDown}
	var k tea.KeyPressMsg
	if r, ok := strings.CutPrefix(s, "alt+"); ok {
		k = keyOf(r)
		k.Mod, k.Text = k.Mod|tea.ModAlt, ""
		return k
	}
	if r, ok := strings.CutPrefix(s, "ctrl+"); ok {
		k = keyOf(r)
		k.Mod, k.Text = k.Mod|tea.ModCtrl, ""
		return k
	}
	if s == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if c, ok := special[s]; ok {
		k.Code = c
		return k
	}
	r := []rune(s)[0]
	if r >= 'A' && r <= 'Z' {
		return tea.KeyPressMsg{Code: r - 'A' + 'a', ShiftedCode: r, Text: s, Mod: tea.ModShift}
	}
	return tea.KeyPressMsg{Code: r, Text: s}
}

// hit gives keys to the stack and returns the first answer.
func hit(s *Stack, keys ...string) (Answer, bool) {
	for _, k := range keys {
		if a, ok := s.Key(keyOf(k), noon); ok {
			return a, ok
		}
	}
	return Answer{}, false
}

func TestAnswersByKey(t *testing.T) {
	for _, c := range []struct {
		name string
		d    *Dialog
		keys string
		want Value
	}{
		{"enter on a conflict skips", Conflict(conflictQuestion(), noon), "enter", ConflictAnswer{queue.Skip, false}},
		{"o overwrites", Conflict(conflictQuestion(), noon), "o", ConflictAnswer{queue.Overwrite, false}},
		{"x then k keeps both for the rest", Conflict(conflictQuestion(), noon), "x k", ConflictAnswer{queue.KeepBoth, true}},
		{"z replaces when the size differs", Conflict(conflictQuestion(), noon), "z", ConflictAnswer{queue.SizeOnly, false}},
		{"n replaces when newer", Conflict(conflictQuestion(), noon), "N", ConflictAnswer{queue.NewerOnly, false}},
		{"r cannot resume a target that is not smaller", Conflict(ftpsvc.Question{Source: vfs.Entry{Size: 3}, Target: vfs.Entry{Size: 3}}, noon), "r enter", ConflictAnswer{queue.Skip, false}},
		{"esc on a conflict cancels", Conflict(conflictQuestion(), noon), "esc", nil},
		{"enter on a deletion is no", every()["delete"], "enter", nil},
		{"y deletes", every()["delete"], "y", Yes{}},
		{"right and enter delete", every()["delete"], "right enter", Yes{}},
		{"enter on a certificate is no", every()["certificate"], "enter", nil},
		{"o trusts once", every()["certificate"], "o", vfs.TrustOnce},
		{"r without shift trusts nothing", every()["certificate"], "r enter", nil},
		{"shift r remembers", every()["certificate"], "R", vfs.TrustRemember},
		{"c does not go on after a TLS alarm", every()["tlsalarm"], "c enter", nil},
		{"enter stays", Quit(QuitForm{Running: 1}), "enter", nil},
		{"q quits now", Quit(QuitForm{Running: 1}), "q", QuitNow{}},
		{"w quits when done", Quit(QuitForm{Running: 1}), "w", QuitWhenDone{}},
		{"letters go into a text field", Mkdir("/"), "m s enter", Text{Text: "ms"}},
		{"alt and a letter choose in a text field", Mkdir("/"), "a alt+m", Text{Text: "a"}},
		{"an empty name is not taken", Mkdir("/"), "enter", Value(nil)},
		{"a password is taken as typed", Password(ftpsvc.Question{Endpoint: site}, false), "a space B enter", PasswordGiven{Password: "a B"}},
		{"alt letter remembers a password", Password(ftpsvc.Question{Endpoint: site}, true), "a alt+r enter", PasswordGiven{Password: "a", Remember: true}},
		{"a date without a time is taken", SetTime("x", noon, time.UTC), "ctrl+u 2 0 2 5 - 0 1 - 0 2 enter", time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)},
		{"a site is opened", Sites([]vfs.Endpoint{{Name: "a"}, {Name: "b"}}, "a"), "down enter", SiteOpen{"b"}},
		{"a site is edited", Sites([]vfs.Endpoint{{Name: "a"}}, ""), "e", SiteEdit{"a"}},
		{"a site is deleted by F8", Sites([]vfs.Endpoint{{Name: "a"}}, ""), "f8", SiteDelete{"a"}},
		{"a charset is chosen", every()["charset"], "down enter", CharsetChosen{"Shift_JIS", true}},
		{"a row is picked", every()["pick"], "up enter", Picked{0}},
		{"suggestions complete a target", Copy(CopyForm{Target: "/s", Suggest: func(string) []string { return []string{"/srv/www/"} }}), "end end enter", CopyTo{"/srv/www/", queue.Options{Conflict: queue.Ask, Links: queue.LinksSkip}}},
		{"a policy is changed", Copy(CopyForm{Target: "/s"}), "down o enter", CopyTo{"/s", queue.Options{Conflict: queue.Overwrite, Links: queue.LinksSkip}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := stackOf(80, 24, false, c.d)
			a, ok := hit(s, strings.Fields(c.keys)...)
			if c.want == nil && c.name == "an empty name is not taken" {
				if ok || s.Empty() || !strings.Contains(picture(s), "nothing is typed") {
					t.Fatalf("answered %v; screen:\n%s", a, picture(s))
				}
				return
			}
			if !ok || !reflect.DeepEqual(a.Value, c.want) {
				t.Fatalf("got %#v, %v; want %#v", a.Value, ok, c.want)
			}
		})
	}
}

func TestPermissionsByMatrixAndOctalAgree(t *testing.T) {
	s := stackOf(80, 24, false, Chmod(ChmodForm{Mode: 0o644, Known: true, HasDir: true, HasFile: true}))
	a, ok := hit(s, "right", "right", "space", "b", "enter")
	m, is := a.Value.(ModeAnswer)
	if !ok || !is || *m.Files != 0o744 || *m.Dirs != 0o755 || !m.Recursive {
		t.Fatalf("got %+v", a.Value)
	}
	s = stackOf(80, 24, false, Chmod(ChmodForm{Mode: 0o644, Known: true, HasFile: true}))
	a, _ = hit(s, "down", "down", "down", "down", "ctrl+u", "6", "0", "0", "enter")
	if m, is := a.Value.(ModeAnswer); !is || *m.Files != 0o600 || m.Recursive {
		t.Fatalf("got %+v", a.Value)
	}
}

func TestWhatIsInAFolderIsNotMadeExecutable(t *testing.T) {
	for keys, want := range map[string][2]fs.FileMode{"b enter": {0o644, 0o755}, "b b enter": {0o755, 0o755}, "space b enter": {0o355, 0o355}} {
		s := stackOf(80, 24, false, Chmod(ChmodForm{Mode: 0o755, Known: true, HasDir: true}))
		a, ok := hit(s, strings.Fields(keys)...)
		if m, is := a.Value.(ModeAnswer); !ok || !is || *m.Files != want[0] || *m.Dirs != want[1] {
			t.Errorf("%s: got %+v", keys, a.Value)
		}
	}
}

func TestASmallScreenTellsWhichFileIsNewer(t *testing.T) {
	if p := picture(stackOf(40, 12, false, Conflict(conflictQuestion(), noon))); !strings.Contains(p, "13:05  newer larger") {
		t.Errorf("which is newer, which larger?\n%s", p)
	}
}

func TestTypedAheadKeysAnswerNothing(t *testing.T) {
	s := stackOf(80, 24, false, Mkdir("/"))
	s.Close(s.Top(), noon)
	d := Conflict(conflictQuestion(), noon)
	s.OpenSelf(d, noon)
	now := noon
	for _, k := range []string{"o", "enter", "x", "o"} {
		now = now.Add(600 * time.Millisecond) // a slow typist
		if a, ok := s.Key(keyOf(k), now); ok {
			t.Fatalf("%q answered %v", k, a)
		}
	}
	if p := picture(s); !strings.Contains(p, "Keys typed before the question appeared were ignored") {
		t.Errorf("nothing is said about the keys:\n%s", p)
	}
	s.Mouse(tea.MouseClickMsg{X: 15, Y: 13, Button: tea.MouseLeft}, now)
	now = now.Add(Quiet)
	if hit := s.Find(func(*Dialog) bool { return true }); hit != d {
		t.Fatal("the question is gone")
	}
	if a, ok := s.Key(keyOf("s"), now); !ok || a.Value != (ConflictAnswer{queue.Skip, false}) {
		t.Fatalf("after a quiet moment: %v %v", a, ok)
	}
}

func TestAnswersInARowNeedNoLongWait(t *testing.T) {
	s := &Stack{}
	s.SetTheme(theme.New("terminal", false))
	s.SetSize(80, 24)
	for range 3 {
		s.OpenSelf(Conflict(conflictQuestion(), noon), noon)
	}
	now := noon.Add(Quiet)
	for n := range 3 {
		if _, ok := s.Key(keyOf("s"), now); !ok {
			t.Fatalf("answer %d was swallowed", n)
		}
		if n < 2 {
			if _, ok := s.Key(keyOf("s"), now.Add(brief/4)); ok {
				t.Fatal("a key that bounced answered the next question")
			}
			now = now.Add(brief/4 + brief)
		}
	}
}

func TestNothingOpensByItselfWhileItIsHeld(t *testing.T) {
	s := &Stack{}
	s.SetTheme(theme.New("terminal", false))
	s.SetSize(80, 24)
	s.Hold(true, noon)
	first, second, third := Conflict(conflictQuestion(), noon), Quit(QuitForm{Running: 1, Waiting: 1}), Conflict(conflictQuestion(), noon)
	for _, d := range []*Dialog{first, second, third} {
		s.OpenSelf(d, noon)
	}
	if !s.Empty() || s.Waiting() != 3 || s.Find(func(d *Dialog) bool { return d == second }) != second {
		t.Fatalf("%d wait, %d are open", s.Waiting(), len(s.Layers()))
	}
	s.Close(second, noon)
	s.Hold(false, noon.Add(time.Minute))
	if s.Top() != first || s.Waiting() != 0 || len(s.Layers()) != 2 {
		t.Fatal("they are not asked in their order")
	}
	if _, ok := s.Key(keyOf("o"), noon.Add(time.Minute+Quiet/2)); ok {
		t.Fatal("the key after the one that ended typing answered")
	}
	s.Open(Mkdir("/"))
	if s.Waiting() != 2 {
		t.Errorf("%d wait behind the user's dialog", s.Waiting())
	}
}

func TestQuestionsWaitBelowWhatTheUserTypes(t *testing.T) {
	s := stackOf(80, 24, false, Mkdir("/"))
	first, second := Conflict(conflictQuestion(), noon), Password(ftpsvc.Question{Endpoint: site}, false)
	s.OpenSelf(first, noon)
	s.OpenSelf(second, noon)
	if a, ok := hit(s, "o", "enter"); !ok || a.Value.(Text).Text != "o" {
		t.Fatalf("the text field lost its keys: %v", a)
	}
	if s.Top() != first {
		t.Fatal("questions are not asked in their order")
	}
	if _, ok := s.Key(keyOf("o"), noon.Add(Quiet/2)); ok {
		t.Fatal("a key typed ahead answered a question that came to the top")
	}
	if a, ok := s.Key(keyOf("esc"), noon.Add(2*Quiet)); !ok || a.Value != nil || s.Top() != second {
		t.Fatal("the first question was not canceled")
	}
}

func TestRenameKeepsEveryByteOfAnOddName(t *testing.T) {
	odd := "a\nb\t\x1b[31m\u202e\uf7e9e\u0301👩‍👩‍👧.txt"
	s := stackOf(80, 24, false, Rename(odd))
	a, ok := hit(s, "right", "x", "enter")
	if want := strings.TrimSuffix(odd, ".txt") + "x.txt"; ok && a.Value.(Text).Text == want {
		t.Fatal("a name with a line end was taken")
	}
	odd = strings.Replace(odd, "\n", "", 1)
	s = stackOf(80, 24, false, Rename(odd))
	a, ok = hit(s, "right", "x", "enter")
	if want := strings.TrimSuffix(odd, ".txt") + "x.txt"; !ok || a.Value.(Text).Text != want {
		t.Fatalf("got %q, want %q", a.Value, want)
	}
}

func TestTypingReplacesWhatAPromptOffers(t *testing.T) {
	for _, c := range []struct {
		name string
		d    *Dialog
		keys string
		want string
	}{
		{"a pattern", Pattern(true, ""), "a * enter", "a*"},
		{"a path", Prompt(PromptForm{Value: "/cwd", Suggest: func(string) []string { return nil }}), "/ e t c enter", "/etc"},
		{"a path after an arrow key", Prompt(PromptForm{Value: "/cwd"}), "right x enter", "/cwdx"},
		{"a name keeps its extension", Rename("old.txt"), "n e w enter", "new.txt"},
		{"a field that Tab came back to", Prompt(PromptForm{Value: "5"}), "x tab tab tab 7 enter", "7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := stackOf(80, 24, false, c.d)
			if a, ok := hit(s, strings.Fields(c.keys)...); !ok || a.Value.(Text).Text != c.want {
				t.Fatalf("got %q, want %q", a.Value, c.want)
			}
		})
	}
	s := stackOf(80, 24, false, Copy(CopyForm{Target: "/srv/"}))
	if a, ok := hit(s, "n", "enter"); !ok || a.Value.(CopyTo).Target != "n" {
		t.Fatalf("the target of a copy is %q", a.Value)
	}
}

func TestTabCompletesAsFarAsAllAgreeAndListsThem(t *testing.T) {
	known := []string{"/srv/assets/", "/srv/assets-old/", "/srv/写真/", "/srv/写字/"}
	form := PromptForm{Value: "/srv/", Suggest: func(typed string) []string {
		if strings.HasPrefix(typed, "/new/") {
			return nil
		}
		out := []string{}
		for _, k := range known {
			if strings.HasPrefix(k, typed) {
				out = append(out, k)
			}
		}
		return out
	}}
	for _, c := range []struct{ name, keys, value, see string }{
		{"as far as all agree", "end a tab", "/srv/assets", "assets/  assets-old/"},
		{"the only one whole", "end a tab - tab", "/srv/assets-old/", ""},
		{"never half of a character", "end 写 tab", "/srv/写", "写真/  写字/"},
		{"all of a folder", "tab", "/srv/", "assets/  assets-old/  写真/  写字/"},
		{"what nothing begins with stays, and so does the focus", "end x tab y", "/srv/xy", ""},
		{"it is said", "end x tab", "/srv/x", "no folder begins like this"},
		{"what is not read yet is told apart", "/ n e w / x tab", "/new/x", "not read yet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := stackOf(80, 24, false, Prompt(form))
			hit(s, strings.Fields(c.keys)...)
			if p := picture(s); !strings.Contains(p, c.see) {
				t.Errorf("%q is not shown:\n%s", c.see, p)
			}
			if a, _ := hit(s, "enter"); a.Value.(Text).Text != c.value {
				t.Errorf("got %q, want %q", a.Value, c.value)
			}
		})
	}
	s := stackOf(80, 24, false, Copy(CopyForm{Target: "/srv/", Suggest: form.Suggest}))
	if hit(s, "tab"); s.Top().typing() {
		t.Error("Tab does not leave a target that nobody changed")
	}
}

func TestPasteGoesIntoTheField(t *testing.T) {
	s := stackOf(80, 24, false, Connect(vfs.Endpoint{}, ""))
	s.Paste("ftp://deploy:s%40crt@ftp.example.net:2121/srv/www\n", noon)
	a, ok := hit(s, "enter")
	c, is := a.Value.(ConnectTo)
	if !ok || !is || c.Password != "s@crt" || c.Endpoint.Host != "ftp.example.net" || c.Endpoint.Port != 2121 || c.Endpoint.Start != "srv/www" || c.Endpoint.User != "deploy" {
		t.Fatalf("got %+v", a.Value)
	}
}

func TestPasswordsAreNeverDrawn(t *testing.T) {
	for _, d := range []*Dialog{Password(ftpsvc.Question{Endpoint: site}, true), Connect(site, "")} {
		s := stackOf(80, 24, false, d)
		hit(s, "Z", "Q", "7", "tab")
		if p := picture(s); strings.ContainsAny(p, "ZQ7") {
			t.Fatalf("the password is on the screen:\n%s", p)
		}
	}
}

func TestConnectChecksItsFields(t *testing.T) {
	for _, c := range []struct{ name, host, port, says string }{
		{"no host", "", "", "which host"},
		{"a blank in the host", "a b", "", "not a host name"},
		{"a port that is no number", "a", "x", "port: want a number"},
		{"a port too high", "a", "70000", "port: want a number"},
		{"another scheme", "http://a/", "", "not one of ftp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := stackOf(80, 24, false, Connect(vfs.Endpoint{}, ""))
			s.Paste(c.host, noon)
			hit(s, "tab")
			s.Paste(c.port, noon)
			if a, ok := hit(s, "enter"); ok || !strings.Contains(picture(s), c.says) {
				t.Fatalf("answered %v\n%s", a, picture(s))
			}
		})
	}
}

// at finds the cell where text starts on the screen.
func at(t *testing.T, s *Stack, text string) (int, int) {
	t.Helper()
	for y, line := range strings.Split(picture(s), "\n") {
		if i := strings.Index(line, text); i >= 0 {
			return s.theme.Method.Width(line[:i]), y
		}
	}
	t.Fatalf("%q is not on the screen:\n%s", text, picture(s))
	return 0, 0
}

func click(t *testing.T, s *Stack, text string) (Answer, bool) {
	t.Helper()
	x, y := at(t, s, text)
	m := tea.Mouse{X: x + 1, Y: y, Button: tea.MouseLeft}
	if a, ok := s.Mouse(tea.MouseClickMsg(m), noon); ok {
		t.Fatalf("a press alone answered %v", a)
	}
	return s.Mouse(tea.MouseReleaseMsg(m), noon)
}

func TestMouse(t *testing.T) {
	s := stackOf(80, 24, false, Conflict(conflictQuestion(), noon))
	click(t, s, "[ ] do the same")
	if a, ok := click(t, s, "verwrite"); !ok || a.Value != (ConflictAnswer{queue.Overwrite, true}) {
		t.Fatalf("got %v %v", a, ok)
	}
	s = stackOf(80, 24, false, Conflict(conflictQuestion(), noon))
	x, y := at(t, s, "verwrite")
	s.Mouse(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft}, noon)
	if a, ok := s.Mouse(tea.MouseReleaseMsg{X: 0, Y: 0, Button: tea.MouseLeft}, noon); ok {
		t.Fatalf("a release elsewhere answered %v", a)
	}
	s = stackOf(80, 24, false, Sites([]vfs.Endpoint{{Name: "aaa"}, {Name: "bbb"}}, "aaa"))
	if _, ok := click(t, s, "bbb"); ok {
		t.Fatal("one click on another row opened it")
	}
	if a, ok := click(t, s, "bbb"); !ok || a.Value != (SiteOpen{"bbb"}) {
		t.Fatalf("got %v %v", a, ok)
	}
	s = stackOf(80, 24, false, Connect(vfs.Endpoint{}, ""))
	click(t, s, "Start folder  (the")
	hit(s, "tab")
	click(t, s, "(the login's own)")
	hit(s, "/")
	if p := picture(s); !strings.Contains(p, "Start folder  / ") {
		t.Fatalf("the clicked field did not get the key:\n%s", p)
	}
}

func TestTimesAreComparedAsExactlyAsBothAreTold(t *testing.T) {
	q := conflictQuestion()
	q.Target.ModTime = q.Source.ModTime
	q.Source.ModTime = q.Source.ModTime.Add(40 * time.Second)
	if p := picture(stackOf(80, 24, false, Conflict(q, noon))); strings.Contains(p, "  newer larger") {
		t.Fatalf("one is called newer though the server tells minutes only:\n%s", p)
	}
}

func TestTheCharsetPickerShowsTheTellingNamesFirst(t *testing.T) {
	s := stackOf(80, 24, false, Charset([]ftpsvc.CharsetSample{{Charset: "UTF-8", Names: []string{"a.txt", `\xd5`, "b.txt"}, Bad: 1}, {Charset: "GBK", Names: []string{"a.txt", "照", "b.txt"}}}, "GBK"))
	_, first := at(t, s, "照")
	if _, other := at(t, s, "a.txt"); first > other {
		t.Fatalf("照 stands below a.txt:\n%s", picture(s))
	}
}

func TestRatesAreRead(t *testing.T) {
	for in, want := range map[string]int64{"": 0, "off": 0, "500K": 500 << 10, "1.5 M/s": 3 << 19, "2m": 2 << 20, "100": 100, "1GB": 1 << 30} {
		if got, err := ParseRate(in); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"x", "-1", "nan", "K", "1e30"} {
		if got, err := ParseRate(in); err == nil {
			t.Errorf("%q: got %d, want an error", in, got)
		}
	}
}

// Whatever is typed, pasted and clicked, at any size: every row has the box's
// width and fits the screen, and nothing unsafe is drawn.
func TestAnyInputAtAnySizeFits(t *testing.T) {
	names := []string{}
	for n := range every() {
		names = append(names, n)
	}
	keys := []string{"tab", "up", "down", "left", "right", "home", "end", "backspace", "delete", "space", "a", "写", "e\u0301", "pgdown", "ctrl+u", "alt+b"}
	rapid.Check(t, func(rt *rapid.T) {
		s := &Stack{}
		th := theme.New(rapid.SampledFrom(theme.Names).Draw(rt, "theme"), rapid.Bool().Draw(rt, "ascii"))
		s.SetTheme(th)
		s.Open(every()[rapid.SampledFrom(names).Draw(rt, "dialog")])
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			w, h := rapid.IntRange(1, 130).Draw(rt, "w"), rapid.IntRange(1, 40).Draw(rt, "h")
			s.SetSize(w, h)
			switch rapid.IntRange(0, 3).Draw(rt, "kind") {
			case 0:
				s.Paste(rapid.String().Draw(rt, "text"), noon)
			case 1:
				s.Mouse(tea.MouseClickMsg{X: rapid.IntRange(0, w).Draw(rt, "x"), Y: rapid.IntRange(0, h).Draw(rt, "y"), Button: tea.MouseLeft}, noon)
			case 2:
				s.Mouse(tea.MouseWheelMsg{X: w / 2, Y: h / 2, Button: rapid.SampledFrom([]tea.MouseButton{tea.MouseWheelDown, tea.MouseWheelUp}).Draw(rt, "wheel")}, noon)
			default:
				hit(s, rapid.SampledFrom(keys).Draw(rt, "key"))
			}
			for _, l := range s.Layers() {
				fits(rt, th, l, w, h)
			}
			if c := s.Cursor(); c != nil && (c.X < 0 || c.Y < 0 || (w > 12 && c.X >= w) || (h > 5 && c.Y >= h)) {
				rt.Fatalf("cursor %d,%d on %dx%d", c.X, c.Y, w, h)
			}
		}
	})
}

func fits(rt *rapid.T, th *theme.Theme, l Layer, w, h int) {
	lines := strings.Split(l.Content, "\n")
	if h > 5 && l.Y+len(lines) > h {
		rt.Fatalf("%d rows from %d do not fit %d", len(lines), l.Y, h)
	}
	first := th.Method.Width(lines[0])
	if w > 12 && l.X+first > w {
		rt.Fatalf("%d columns from %d do not fit %d", first, l.X, w)
	}
	for _, x := range lines {
		if th.Method.Width(x) != first {
			rt.Fatalf("row %q has %d columns, the box %d", x, th.Method.Width(x), first)
		}
	}
}

func TestTheSiteEditorHoldsAllOfTLSAndAnyCharset(t *testing.T) {
	e := vfs.Endpoint{Name: "s", Host: "h", TLSMin: "1.2", TLSMax: "1.3", ClientCert: "~/c.pem", ClientKey: "~/k.pem", Charset: "ISO-8859-5"}
	save := func(change func(*editor)) (vfs.Endpoint, error) {
		f := newEditor(e)
		change(f)
		return f.read()
	}
	if got, err := save(func(*editor) {}); err != nil || got.TLSMin != e.TLSMin || got.TLSMax != e.TLSMax || got.ClientCert != e.ClientCert || got.ClientKey != e.ClientKey || got.Charset != e.Charset {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := save(func(f *editor) { f.other.in.Set("IBM866") }); err != nil || got.Charset != "IBM866" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := save(func(f *editor) { f.other.in.Set("klingon") }); err == nil {
		t.Error("an unknown charset was taken")
	}
	if _, err := save(func(f *editor) { f.tlsMin.set("1.3"); f.tlsMax.set("1.2") }); err == nil {
		t.Error("no version is left, and that was taken")
	}
}
