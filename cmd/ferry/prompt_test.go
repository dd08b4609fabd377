//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"ferry/ftpsvc/ftptest"
)

// terminal is ferry on a pseudo-terminal.
type terminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	tty  *os.File
	mu   sync.Mutex
	seen bytes.Buffer
	more chan struct{}
	done chan struct{}
}

func onTerminal(t *testing.T, args ...string) *terminal {
	t.Helper()
	dir := t.TempDir()
	ferry, err := exec.LookPath("ferry") // testscript.Main put it there
	if err != nil {
		t.Fatal(err)
	}
	term, set := os.LookupEnv("FERRY_TEST_TERM")
	if !set {
		term = "xterm"
	}
	x := &terminal{t: t, cmd: exec.Command(ferry, args...), more: make(chan struct{}, 1), done: make(chan struct{})}
	x.cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "HOME="+dir, "FERRY_PASSWORD=", "NETRC=", "TERM="+term)
	if x.tty, err = pty.Start(x.cmd); err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	go func() {
		defer close(x.done)
		buf := make([]byte, 4096)
		for {
			n, err := x.tty.Read(buf)
			x.mu.Lock()
			x.seen.Write(buf[:n])
			x.mu.Unlock()
			select {
			case x.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		x.tty.Close()
		<-x.done
	})
	return x
}

// expect waits for words on the terminal, and answers them.
func (x *terminal) expect(words, answer string) {
	x.t.Helper()
	late := time.After(20 * time.Second)
	for !strings.Contains(x.text(), words) {
		select {
		case <-x.more:
		case <-x.done:
			if !strings.Contains(x.text(), words) {
				x.t.Fatalf("ended without %q:\n%s", words, x.text())
			}
		case <-late:
			x.t.Fatalf("no %q:\n%s", words, x.text())
		}
	}
	x.mu.Lock()
	x.seen.Next(strings.Index(x.seen.String(), words) + len(words))
	x.mu.Unlock()
	if _, err := io.WriteString(x.tty, answer); err != nil {
		x.t.Fatal(err)
	}
}

func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.seen.String()
}

// exit waits for the end, and checks the exit code. It returns what was written.
func (x *terminal) exit(code int) string {
	x.t.Helper()
	err := x.cmd.Wait()
	<-x.done
	got := 0
	var e *exec.ExitError
	if errors.As(err, &e) {
		got = e.ExitCode()
	}
	if got != code {
		x.t.Errorf("exit code %d, want %d:\n%s", got, code, x.text())
	}
	return x.text()
}

func TestAPasswordIsAskedForAndNeverEchoed(t *testing.T) {
	s := ftptest.NewScript(t, ftptest.ScriptOptions{User: "me", Pass: "hunter2"})
	s.Put("/a.txt", []byte("a"))
	x := onTerminal(t, "ls", "ftp://me@"+s.Addr()+"/")
	x.expect("password for me@", "wrong-one\n")
	x.expect("the server refused: 530", "")
	x.expect("password for me@", "hunter2\n")
	out := x.exit(0)
	if !strings.Contains(out, "a.txt") || strings.Contains(out, "hunter2") || strings.Contains(out, "wrong-one") {
		t.Errorf("the terminal shows:\n%s", out)
	}
}

func TestACertificateIsTrustedByTheUsersWord(t *testing.T) {
	s := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true})
	s.Put("/a.txt", []byte("a"))
	x := onTerminal(t, "cat", "ftp://me:pw@"+s.Addr()+"/a.txt")
	x.expect("trust it? [n]o, [o]nce, [r]emember: ", "\n")
	x.exit(5)
	if n := s.Count("PASS"); n > 0 {
		t.Errorf("PASS was sent %d times", n)
	}
	x = onTerminal(t, "get", "ftp://me:pw@"+s.Addr()+"/a.txt", t.TempDir())
	x.expect("trust it? [n]o, [o]nce, [r]emember: ", "o\n")
	if out := x.exit(0); strings.Contains(out, "trust it?") || !strings.Contains(out, "1 file") {
		t.Errorf("the terminal shows:\n%s", out)
	}
}

func TestAnInterruptAtAQuestionEndsAtOnce(t *testing.T) {
	s := ftptest.NewScript(t, ftptest.ScriptOptions{User: "me", Pass: "hunter2"})
	x := onTerminal(t, "ls", "ftp://me@"+s.Addr()+"/")
	x.expect("password for me@", "")
	if err := x.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	x.exit(130)
}

func TestNamesAreSafeToDraw(t *testing.T) {
	s := ftptest.NewScript(t)
	s.Put("/evil\x1b[2J\x07.txt", []byte("a"))
	x := onTerminal(t, "ls", "-l", "ftp://"+s.Addr()+"/")
	if out := x.exit(0); strings.ContainsAny(out, "\x1b\x07") || !strings.Contains(out, "evil") {
		t.Errorf("the terminal got %q", out)
	}
}

func TestATerminalThatCannotMoveTheCursorGetsNoScreen(t *testing.T) {
	for _, term := range []string{"dumb", ""} {
		t.Setenv("FERRY_TEST_TERM", term)
		x := onTerminal(t, "demo")
		if out := x.exit(2); !strings.Contains(out, "TERM is") || !strings.Contains(out, "the verbs ls, get") {
			t.Errorf("TERM=%q: %s", term, out)
		}
	}
}
