//go:build !windows

package uitest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSignalsRestoreTheTerminal(t *testing.T) {
	for _, c := range []struct {
		name   string
		signal syscall.Signal
	}{{"HUP", syscall.SIGHUP}, {"TERM", syscall.SIGTERM}, {"INT", syscall.SIGINT}} {
		t.Run(c.name, func(t *testing.T) {
			s := demo(t, 80, 24)
			s.must(s.Signal(c.signal))
			s.ended(130)
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

func TestSuspendWithoutAShellIsRefused(t *testing.T) {
	s := demo(t, 80, 24)
	s.press("ctrl+z")
	s.see("no shell with job control")
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
	s.see("pasted 写真 ", "only the first line")
	s.press("enter")
	s.must(s.Wait(limit, "the folder is made", func(Frame) bool {
		_, err := os.Stat(s.local + "/pasted 写真")
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
	s.press("q") // back to the queue, and to the panes
	s.must(s.WaitNot(limit, "> RETR"))
	s.see("1 all")
	s.press("q")
	s.must(s.WaitNot(limit, "1 all"))
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
