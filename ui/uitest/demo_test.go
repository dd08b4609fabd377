//go:build !windows

package uitest

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	code := m.Run()
	Clean()
	os.Exit(code)
}

// limit is how long anything may take that the tests wait for.
const limit = 20 * time.Second

// session is the demo on a screen of its own.
type session struct {
	*testing.T
	*Term
	home, local, server string
}

// demo starts `ferry demo` with folders of its own and waits for both panes.
func demo(t *testing.T, w, h int, env ...string) *session {
	t.Helper()
	return demoBy(t, w, h, func(bin string) []string { return []string{bin, "demo"} }, env...)
}

// demoBy is demo with a command of its own.
func demoBy(t *testing.T, w, h int, command func(bin string) []string, env ...string) *session {
	t.Helper()
	if testing.Short() && t.Name() != "TestTheFirstCrossing" {
		t.Skip("short: one walk through the real binary is enough")
	}
	t.Parallel()
	bin, err := Binary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	env = append([]string{"HOME=" + home, "TMPDIR=" + home, "XDG_CONFIG_HOME=" + home + "/config", "XDG_STATE_HOME=" + home + "/state"}, env...)
	args := command(bin)
	term, err := Start(Options{W: w, H: h, Env: env, Dir: home}, args[0], args[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{T: t, Term: term, home: home}
	t.Cleanup(s.end)
	s.must(s.WaitText(limit, "README.txt", "Name"))
	found, _ := filepath.Glob(home + "/ferry-demo-*/server")
	if len(found) != 1 {
		t.Fatalf("demo folders: %v", found)
	}
	s.local, s.server = filepath.Dir(found[0])+"/local", found[0]
	return s
}

func (s *session) end() {
	if s.Failed() {
		s.Logf("the last frame:\n%s", s.Screen())
	}
	s.Close()
}

func (s *session) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *session) press(keys ...string) { s.Helper(); s.must(s.Press(keys...)) }

func (s *session) see(texts ...string) { s.Helper(); s.must(s.WaitText(limit, texts...)) }

// half is the columns of the left (0) or right (1) pane.
func (s *session) half(pane int) (x0, x1 int) {
	w := s.Screen().W
	return pane * w / 2, (pane + 1) * w / 2
}

// place is where a name stands in a pane.
func (s *session) place(pane int, name string) (x, y int) {
	s.Helper()
	x0, x1 := s.half(pane)
	s.must(s.Wait(limit, fmt.Sprintf("%q in pane %d", name, pane), func(f Frame) bool {
		_, _, ok := f.FindIn(name, x0, x1)
		return ok
	}))
	x, y, _ = s.Screen().FindIn(name, x0, x1)
	return x, y
}

// cursorOn puts the cursor of the pane with the focus on a name, by the search.
func (s *session) cursorOn(pane int, name string) {
	s.Helper()
	s.place(pane, name)
	s.must(s.Quiet(limit, 300*time.Millisecond))
	s.press("/")
	s.must(s.Send(name))
	s.press("enter")
	x0, x1 := s.half(pane)
	s.must(s.Wait(limit, "cursor on "+name, func(f Frame) bool {
		_, y, ok := f.FindIn(name, x0, x1)
		if !ok {
			return false
		}
		_, cy, ok := f.FindIn("▶", x0, x1)
		return ok && cy == y
	}))
}

// same waits until what lies at b is, byte for byte, what lies at a.
func (s *session) same(a, b string) {
	s.Helper()
	var why string
	err := s.Wait(limit, b+" is as "+a, func(Frame) bool {
		why = differs(a, b)
		return why == ""
	})
	if err != nil {
		s.Fatalf("%s: %v", why, err)
	}
}

// differs tells where two trees differ, "" for nowhere.
func differs(a, b string) string {
	read := func(root string) (map[string]string, error) {
		out := map[string]string{}
		err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(root, p)
			if d.Type()&fs.ModeSymlink != 0 {
				return nil
			}
			if d.IsDir() {
				out[rel+"/"] = ""
				return nil
			}
			data, err := os.ReadFile(p)
			out[rel] = string(data)
			return err
		})
		return out, err
	}
	x, err := read(a)
	if err != nil {
		return err.Error()
	}
	y, err := read(b)
	if err != nil {
		return err.Error()
	}
	for name, data := range x {
		if got, ok := y[name]; !ok || got != data {
			return fmt.Sprintf("%q: %d bytes, %v; want %d", name, len(got), ok, len(data))
		}
	}
	if len(x) != len(y) {
		return fmt.Sprintf("%d entries, want %d", len(y), len(x))
	}
	return ""
}

func (s *session) gone(p string) {
	s.Helper()
	s.must(s.Wait(limit, p+" is gone", func(Frame) bool {
		_, err := os.Lstat(p)
		return os.IsNotExist(err)
	}))
}

// quiet waits for a dialog that opened by itself to listen, by its own rule.
func (s *session) quiet() { s.Helper(); s.must(s.Quiet(limit, 600*time.Millisecond)) }

// quit leaves by F10, which asks nothing once the queue has come to rest, and
// checks that nothing was left behind.
func (s *session) quit() {
	s.Helper()
	s.must(s.Wait(limit, "the queue at rest", func(f Frame) bool {
		return strings.Contains(f.String(), "0 active   0 waiting") || strings.Contains(f.String(), "Q 0+0")
	}))
	s.press("f10")
	s.ended(0)
}

func (s *session) ended(code int) {
	s.Helper()
	got, err := s.Exit(limit)
	s.must(err)
	if got != code {
		s.Errorf("exit code %d, want %d", got, code)
	}
	s.must(s.Restored())
	if left, _ := filepath.Glob(s.home + "/ferry-demo-*/*"); len(left) > 0 {
		s.Errorf("folders left behind: %v", left)
	}
}

func TestTheFirstCrossing(t *testing.T) {
	s := demo(t, 120, 36)
	names := []string{"README.txt", "notes with blanks.txt", "empty.dat", "中文"}

	// Three files and a folder down.
	s.press("tab")
	for _, n := range names {
		s.cursorOn(1, n)
		s.press("space")
	}
	s.see("4 marked")
	s.press("f5")
	s.see("3 files and 1 folder")
	s.press("enter")
	for _, n := range names {
		s.same(s.server+"/"+n, s.local+"/"+n)
	}

	// One of them up, under another name.
	s.press("tab")
	s.cursorOn(0, "README.txt")
	s.press("f5")
	s.see("Enter copy")
	s.press("ctrl+u", "/read it.txt", "enter")
	s.same(s.local+"/README.txt", s.server+"/read it.txt")

	// A folder made, entered and deleted.
	s.press("tab", "f7")
	s.see("Make folder")
	s.press("new folder", "enter")
	s.place(1, "new folder/")
	s.must(s.Wait(limit, "the folder is there", func(Frame) bool {
		info, err := os.Stat(s.server + "/new folder")
		return err == nil && info.IsDir()
	}))
	s.cursorOn(1, "new folder")
	s.press("f8")
	s.see("Delete")
	s.press("enter") // no
	s.must(s.WaitNot(limit, "[N]o"))
	s.press("f8")
	s.see("[N]o")
	s.press("y")
	s.gone(s.server + "/new folder")
	s.quit()
}

func TestAConflictIsAskedAndAnswered(t *testing.T) {
	s := demo(t, 120, 36)
	mine := []byte("mine, and not to be lost\n")
	s.must(os.WriteFile(s.local+"/README.txt", mine, 0o600))
	s.must(os.WriteFile(s.local+"/empty.dat", mine, 0o600))
	s.place(0, "README.txt")
	s.press("tab")
	for _, n := range []string{"README.txt", "empty.dat"} {
		s.cursorOn(1, n)
		s.press("space")
	}
	s.press("f5")
	s.see("2 files")
	s.press("enter")
	s.see("Target exists")
	s.quiet()
	s.press("s")
	s.see("Target exists")
	s.quiet()
	s.press("o")
	s.must(s.WaitNot(limit, "Target exists"))
	s.must(s.Wait(limit, "one is overwritten, the other skipped", func(Frame) bool {
		changed := 0
		for _, n := range []string{"README.txt", "empty.dat"} {
			data, err := os.ReadFile(s.local + "/" + n)
			want, _ := os.ReadFile(s.server + "/" + n)
			if err == nil && bytes.Equal(data, want) {
				changed++
			} else if !bytes.Equal(data, mine) {
				return false
			}
		}
		return changed == 1
	}))
	s.quit()
}

func TestDragsCopyBothWays(t *testing.T) {
	s := demo(t, 120, 36)
	x, y := s.place(1, "README.txt")
	s.must(s.Drag(x, y, 10, 10))
	s.see("Enter copy")
	s.press("enter")
	s.same(s.server+"/README.txt", s.local+"/README.txt")

	s.must(os.WriteFile(s.local+"/up.txt", []byte("up"), 0o600))
	x, y = s.place(0, "up.txt")
	tx, ty := s.place(1, "emoji/")
	s.must(s.Drag(x, y, tx, ty)) // on a folder's row: into it
	s.see("Enter copy")
	s.press("enter")
	s.same(s.local+"/up.txt", s.server+"/emoji/up.txt")
	s.quit()
}

func TestEscAbortsADrag(t *testing.T) {
	s := demo(t, 120, 36)
	x, y := s.place(1, "README.txt")
	s.must(s.Mouse(Left, x, y, false))
	s.must(s.Move(10, 10))
	s.must(s.Move(12, 11))
	s.press("esc")
	s.quiet()
	s.must(s.Mouse(Left, 12, 11, true))
	s.quiet()
	if strings.Contains(s.Screen().String(), "Enter copy") {
		t.Fatal("the drop went on after Esc")
	}
	s.quit()
}

func TestMenusByMouse(t *testing.T) {
	s := demo(t, 80, 24)
	x, y, ok := s.Screen().Find("File")
	if !ok {
		t.Fatal("no menu bar")
	}
	s.must(s.Click(x, y))
	s.see("Make folder…")
	x, y, _ = s.Screen().Find("Make folder…")
	s.must(s.Click(x, y))
	s.see("Make folder", "Enter make")
	s.press("by mouse")
	x, y, _ = s.Screen().Find("[M]ake")
	s.must(s.Click(x+1, y))
	s.must(s.Wait(limit, "the folder is made", func(Frame) bool {
		_, err := os.Stat(s.local + "/by mouse")
		return err == nil
	}))
	// The right button opens the menu of the entry below it.
	x, y = s.place(1, "README.txt")
	s.must(s.Mouse(Right, x, y, false))
	s.must(s.Mouse(Right, x, y, true))
	s.see("Rename…")
	s.press("esc")
	s.must(s.WaitNot(limit, "Rename…"))
	// The key bar.
	x, y, _ = s.Screen().Find("Quit")
	s.must(s.Click(x, y))
	s.ended(0)
}

func TestACopyIsCanceledAndQuitAsks(t *testing.T) {
	s := demo(t, 120, 36)
	s.press("alt+l")
	s.see("Limit")
	s.press("ctrl+u", "1M", "enter")
	s.press("tab")
	s.cursorOn(1, "big")
	s.press("enter")
	s.place(1, "disk-image.bin")
	s.cursorOn(1, "disk-image.bin")
	s.press("f5")
	s.see("Enter copy")
	s.press("enter")
	s.see("1 active")
	s.press("f10")
	s.see("uit now")
	s.press("enter") // stay
	s.must(s.WaitNot(limit, "uit now"))
	s.press("alt+x")
	s.see("0 active")
	if _, err := os.Stat(s.local + "/disk-image.bin"); err == nil {
		t.Error("a part of a file stands under its final name")
	}
	s.quit()
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	for _, c := range []struct {
		name   string
		signal syscall.Signal
	}{{"HUP", syscall.SIGHUP}, {"TERM", syscall.SIGTERM}, {"INT", syscall.SIGINT}} {
		t.Run(c.name, func(t *testing.T) {
			s := demo(t, 80, 24)
			s.must(s.Signal(c.signal))
			_, err := s.Exit(limit)
			s.must(err)
			s.must(s.Restored())
		})
	}
}

func TestAStormOfResizes(t *testing.T) {
	s := demo(t, 120, 36)
	for i := range 60 {
		w, h := 20+(i*37)%180, 6+(i*13)%50
		s.must(s.Resize(w, h))
		if i%7 == 0 {
			s.press("down", "tab")
		}
	}
	s.must(s.Resize(10, 3))
	s.see("10x3")
	s.must(s.Resize(80, 24))
	s.see("README.txt", "10 Quit")
	s.quit()
}

func TestSuspendAndResume(t *testing.T) {
	// A program can only be stopped below a shell with job control.
	s := demoBy(t, 80, 24, func(bin string) []string {
		return []string{"sh", "-c", "set -m; " + bin + " demo; echo it has stopped; read line; fg >/dev/null"}
	})
	s.press("ctrl+z")
	s.see("it has stopped")
	if s.em.alternate() {
		t.Error("the alternate screen is still on")
	}
	s.must(s.Restored())
	s.press("enter")
	s.see("README.txt", "10 Quit")
	s.press("f7")
	s.see("Make folder")
	s.press("esc")
	s.must(s.WaitNot(limit, "Make folder"))
	s.quit()
}

// Once through tmux, a terminal of other habits than the emulator.
func TestInTmux(t *testing.T) {
	if testing.Short() {
		t.Skip("short: one walk through the real binary is enough")
	}
	tmux, err := exec.LookPath("tmux")
	if err != nil {
		t.Skip("tmux is not installed here")
	}
	bin, err := Binary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	socket := fmt.Sprintf("ferry-test-%d", os.Getpid())
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(tmux, append([]string{"-L", socket, "-f", "/dev/null"}, args...)...)
		cmd.Env = append(homeEnv(home), "PATH="+os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8", "SHELL=/bin/sh")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("tmux %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	see := func(what string, wanted bool) {
		t.Helper()
		end := time.Now().Add(limit)
		for {
			s := run("capture-pane", "-p")
			if strings.Contains(s, what) == wanted {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%q on the screen: want %v\n%s", what, wanted, s)
			}
			<-time.After(50 * time.Millisecond)
		}
	}
	run("new-session", "-d", "-x", "80", "-y", "24", bin+" demo; echo left with $?; read line")
	defer run("kill-server")
	see("README.txt", true)
	if got := run("display", "-p", "#{alternate_on} #{mouse_any_flag}"); strings.TrimSpace(got) != "1 1" {
		t.Errorf("alternate screen and mouse: %q", got)
	}
	run("send-keys", "F7")
	see("Make folder", true)
	run("send-keys", "-l", "写真")
	run("send-keys", "Enter")
	see("写真/", true)
	run("resize-window", "-x", "120", "-y", "36")
	see("Nothing to do", true)
	run("send-keys", "F10")
	see("left with 0", true)
	if got := run("display", "-p", "#{alternate_on} #{mouse_any_flag}"); strings.TrimSpace(got) != "0 0" {
		t.Errorf("left on: %q", got)
	}
}

func TestOddNamesCrossBothWaysAndNeverReachTheTerminal(t *testing.T) {
	s := demo(t, 80, 24)
	odd := s.local + "/odd"
	s.must(os.Mkdir(odd, 0o700))
	names := []string{"title\x1b]0;pwned\x07.txt", "red\x1b[41m.txt", "clear\x1b[2J.txt", "c1\u009b2J.txt", "\u202egpj.exe", "bytes-\xe9\xff.txt", " blanks around ", "-rf", "~", "quote\"'.txt",
		"%41#?;type=a", "e\u0301.txt", "\u200bzero", "tab\tname", "👩\u200d👩\u200d👧.txt", strings.Repeat("very long ", 20) + ".txt"}
	for i, n := range names {
		if err := os.WriteFile(odd+"/"+n, []byte(fmt.Sprint(i)), 0o600); err != nil {
			t.Fatalf("%q: %v", n, err)
		}
	}
	s.cursorOn(0, "odd")
	s.press("f5")
	s.see("Enter copy")
	s.press("enter")
	s.same(odd, s.server+"/odd")
	s.press("enter")
	s.see("very long") // inside the folder: all of the names are drawn
	s.press("backspace", "tab")
	s.cursorOn(1, "odd")
	s.press("f5")
	s.see("Enter copy")
	s.press("ctrl+u", s.local+"/back", "enter")
	s.same(odd, s.local+"/back")
	for _, bad := range []string{"\x1b]0;pwned", "\x1b[41m", "\u009b", "\u202e", "\u200b", "\xe9", "\x1b[2J.txt"} {
		if bytes.Contains(s.Raw(), []byte(bad)) {
			t.Errorf("%q of a name reached the terminal", bad)
		}
	}
	s.quit()
}

func TestPasteGoesWhereTheCursorIsAndNowhereElse(t *testing.T) {
	s := demo(t, 80, 24)
	s.must(s.Paste("q\x1b[21~dd\nF8")) // no field is open: nothing happens
	s.quiet()
	s.press("f7")
	s.see("Make folder")
	s.must(s.Paste("pasted 写真\nname"))
	s.see("pasted 写真 name")
	s.press("enter")
	s.must(s.Wait(limit, "the folder is made", func(Frame) bool {
		_, err := os.Stat(s.local + "/pasted 写真 name")
		return err == nil
	}))
	s.quit()
}

func TestTheLogTellsWhatWasSaid(t *testing.T) {
	s := demo(t, 120, 36)
	s.press("alt+L")
	s.see("> PASS *****", "> MLSD", "< 226 ")
	s.press("/", "PASS", "enter", "y")
	s.see("copied")
	if !bytes.Contains(s.Raw(), []byte("\x1b]52;c;")) {
		t.Error("nothing went to the clipboard")
	}
	s.press("q")
	s.must(s.WaitNot(limit, "PASS *****"))
	s.quit()
}

func TestEnterOnATransferShowsItsLinesInTheLog(t *testing.T) {
	s := demo(t, 120, 36)
	s.press("tab")
	s.cursorOn(1, "README.txt")
	s.press("f5")
	s.see("Enter copy")
	s.press("enter")
	s.same(s.server+"/README.txt", s.local+"/README.txt")
	s.see("1 done")
	s.press("w")
	s.see("verified")
	s.press("l")
	s.see("transfer 1", "> RETR /README.txt", "< 226 ")
	if f := s.Screen().String(); strings.Contains(f, "> MLSD") {
		t.Errorf("lines of other work are shown:\n%s", f)
	}
	s.press("q")
	s.must(s.WaitNot(limit, "transfer 1"))
	s.quit()
}

func TestAPasswordIsNeverOnTheScreen(t *testing.T) {
	s := demo(t, 80, 24)
	s.press("ctrl+o")
	s.see("Connect", "Password")
	s.press("127.0.0.1", "tab", "tab", "tab", "somebody", "tab", "hunter2hunter2")
	s.quiet()
	if strings.Contains(s.Screen().String(), "hunter2") || bytes.Contains(s.Raw(), []byte("hunter2")) {
		t.Fatal("the password was drawn")
	}
	s.press("esc")
	s.must(s.WaitNot(limit, "Charset"))
	s.quit()
}
