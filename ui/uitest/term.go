// Package uitest runs the real binary in a pseudo-terminal with a terminal
// emulator as its screen: keys and mouse in, frames out. The tests of the
// whole program and the pictures of the README are made with it.
package uitest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
	xterm "github.com/charmbracelet/x/term"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// Options of Start. The zero value is a screen of 80x24 and an environment
// with nothing of the caller's but PATH.
type Options struct {
	W, H int
	Env  []string // added; a later one wins
	Dir  string   // working folder, "" the caller's
	Slow int      // bytes a second that the terminal takes, 0 for as many as come
}

// Term is a running program and its screen. Its methods may be called from
// any goroutine.
type Term struct {
	cmd  *exec.Cmd
	f    *os.File
	em   *display
	w, h int

	mu    sync.Mutex
	raw   bytes.Buffer
	modes map[ansi.Mode]bool
	shown bool // the cursor
	title string
	last  time.Time     // when the last output came
	news  chan struct{} // closed and replaced at each output
	gone  chan struct{} // closed when the program ended
	err   error
	tty   *xterm.State // before the program changed it
}

// Start runs the program in a new pseudo-terminal.
func Start(o Options, name string, args ...string) (*Term, error) {
	if o.W == 0 {
		o.W, o.H = 80, 24
	}
	t := &Term{w: o.W, h: o.H, modes: map[ansi.Mode]bool{}, shown: true, news: make(chan struct{}), gone: make(chan struct{})}
	t.em = newDisplay(o.W, o.H)
	t.em.em.SetCallbacks(vt.Callbacks{
		EnableMode:       func(m ansi.Mode) { t.setMode(m, true) },
		DisableMode:      func(m ansi.Mode) { t.setMode(m, false) },
		CursorVisibility: func(v bool) { t.mu.Lock(); t.shown = v; t.mu.Unlock() },
		Title:            func(s string) { t.mu.Lock(); t.title = s; t.mu.Unlock() },
	})
	t.cmd = exec.Command(name, args...)
	t.cmd.Dir = o.Dir
	t.cmd.Env = append([]string{"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}, o.Env...)
	f, tty, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open pseudo-terminal: %w", err)
	}
	if err := pty.Setsize(f, &pty.Winsize{Rows: uint16(o.H), Cols: uint16(o.W)}); err != nil {
		return nil, fmt.Errorf("set its size: %w", err)
	}
	t.tty, _ = xterm.GetState(tty.Fd())
	t.f = f
	t.cmd.Stdin, t.cmd.Stdout, t.cmd.Stderr = tty, tty, tty
	t.cmd.SysProcAttr = newSession()
	err = t.cmd.Start()
	_ = tty.Close()
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go t.read(o.Slow)
	go func() { _, _ = io.Copy(f, t.em) }() // the emulator answers what the program asks
	return t, nil
}

func (t *Term) setMode(m ansi.Mode, on bool) {
	t.mu.Lock()
	t.modes[m] = on
	t.mu.Unlock()
}

// read brings what the program writes to the screen, until it ends.
func (t *Term) read(slow int) {
	buf := make([]byte, 32<<10)
	if slow > 0 {
		buf = buf[:max(slow/20, 1)]
	}
	for {
		n, err := t.f.Read(buf)
		if n > 0 {
			_, _ = t.em.Write(buf[:n])
			t.mu.Lock()
			t.raw.Write(buf[:n])
			t.last = time.Now()
			close(t.news)
			t.news = make(chan struct{})
			t.mu.Unlock()
		}
		if err != nil {
			break
		}
		if slow > 0 {
			<-time.After(time.Duration(n) * time.Second / time.Duration(slow))
		}
	}
	err := t.cmd.Wait()
	t.mu.Lock()
	t.err = err
	close(t.gone)
	t.mu.Unlock()
}

// Pid is the process of the program.
func (t *Term) Pid() int { return t.cmd.Process.Pid }

// Signal sends a signal to the program.
func (t *Term) Signal(s os.Signal) error { return t.cmd.Process.Signal(s) }

// Raw is all that the program wrote so far.
func (t *Term) Raw() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.raw.Bytes())
}

// Title is the window title.
func (t *Term) Title() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.title
}

// Screen is the frame that is shown now.
func (t *Term) Screen() Frame {
	t.mu.Lock()
	w, h := t.w, t.h
	t.mu.Unlock()
	f := Frame{W: w, H: h}
	f.Rows = t.em.rows(w, h)
	p := t.em.cursor()
	t.mu.Lock()
	f.CursorX, f.CursorY, f.Cursor = p.X, p.Y, t.shown
	t.mu.Unlock()
	return f
}

// Wait returns once the frame is as ok wants it, and an error with the last
// frame after the limit or when the program ended before.
func (t *Term) Wait(limit time.Duration, what string, ok func(Frame) bool) error {
	end := time.NewTimer(limit)
	defer end.Stop()
	for {
		t.mu.Lock()
		news := t.news
		t.mu.Unlock()
		f := t.Screen()
		if ok(f) {
			return nil
		}
		select {
		case <-news:
		case <-t.gone:
			if f := t.Screen(); ok(f) {
				return nil
			}
			return fmt.Errorf("the program ended before: %s\n%s", what, t.Screen())
		case <-end.C:
			return fmt.Errorf("after %v still not: %s\n%s", limit, what, t.Screen())
		}
	}
}

// WaitText waits until all the texts are on the screen.
func (t *Term) WaitText(limit time.Duration, texts ...string) error {
	return t.Wait(limit, "on the screen: "+strings.Join(texts, ", "), func(f Frame) bool {
		s := f.String()
		for _, x := range texts {
			if !strings.Contains(s, x) {
				return false
			}
		}
		return true
	})
}

// WaitNot waits until a text is no longer on the screen.
func (t *Term) WaitNot(limit time.Duration, text string) error {
	return t.Wait(limit, "gone from the screen: "+text, func(f Frame) bool { return !strings.Contains(f.String(), text) })
}

// Quiet waits until the program wrote nothing for d, counted from now on.
func (t *Term) Quiet(limit, d time.Duration) error {
	begun := time.Now()
	end := begun.Add(limit)
	for {
		t.mu.Lock()
		news, since := t.news, min(time.Since(t.last), time.Since(begun))
		t.mu.Unlock()
		if since >= d {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("never quiet for %v\n%s", d, t.Screen())
		}
		select {
		case <-news:
		case <-t.gone:
			return nil
		case <-time.After(d - since):
		}
	}
}

// Resize changes the size of the screen and tells the program.
func (t *Term) Resize(w, h int) error {
	t.em.resize(w, h)
	t.mu.Lock()
	t.w, t.h = w, h
	t.mu.Unlock()
	return pty.Setsize(t.f, &pty.Winsize{Rows: uint16(h), Cols: uint16(w)})
}

// Exit waits for the end of the program and returns its exit code, -1 when a
// signal ended it.
func (t *Term) Exit(limit time.Duration) (int, error) {
	select {
	case <-t.gone:
	case <-time.After(limit):
		return 0, fmt.Errorf("still running after %v\n%s", limit, t.Screen())
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var e *exec.ExitError
	if t.err != nil && !errors.As(t.err, &e) {
		return 0, t.err
	}
	return t.cmd.ProcessState.ExitCode(), nil
}

// Close ends the program if it runs and frees the terminal.
func (t *Term) Close() {
	select {
	case <-t.gone:
	default:
		_ = t.cmd.Process.Kill()
		<-t.gone
	}
	_ = t.f.Close()
	t.em.close()
}

// leftOn are modes that a program must have switched off when it ended.
var leftOn = []ansi.Mode{ansi.ModeAltScreenSaveCursor, ansi.ModeMouseNormal, ansi.ModeMouseButtonEvent, ansi.ModeMouseAnyEvent, ansi.ModeMouseExtSgr,
	ansi.ModeFocusEvent, ansi.ModeBracketedPaste, ansi.ModeSynchronizedOutput}

// Restored returns an error when the ended program left the terminal other
// than it was: a mode on, no cursor, raw input.
func (t *Term) Restored() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var left []string
	for _, m := range leftOn {
		if t.modes[m] {
			left = append(left, fmt.Sprintf("mode %d is on", m.Mode()))
		}
	}
	if !t.shown {
		left = append(left, "the cursor is hidden")
	}
	raw := t.raw.String()
	if strings.Count(raw, "\x1b[>1u") > strings.Count(raw, "\x1b[<u")+strings.Count(raw, "\x1b[<1u") {
		left = append(left, "the Kitty keyboard mode is on")
	}
	now, err := xterm.GetState(t.f.Fd())
	if err == nil && t.tty != nil && *now != *t.tty {
		left = append(left, "the line discipline is changed")
	}
	if left != nil {
		return errors.New(strings.Join(left, ", "))
	}
	return nil
}

var build struct {
	sync.Once
	path string
	err  error
}

// Binary builds the program once a process and returns its path, or that in
// FERRY_BINARY when it is set. The folder of what was built is removed by Clean.
func Binary(ctx context.Context) (string, error) {
	if p := os.Getenv("FERRY_BINARY"); p != "" {
		return p, nil
	}
	build.Do(func() {
		dir, err := os.MkdirTemp("", "ferry-uitest-")
		if err != nil {
			build.err = err
			return
		}
		build.path = filepath.Join(dir, "ferry")
		out, err := exec.CommandContext(ctx, "go", "build", "-o", build.path, "ferry/cmd/ferry").CombinedOutput()
		if err != nil {
			build.err = fmt.Errorf("build ferry: %w\n%s", err, out)
		}
	})
	return build.path, build.err
}

// Clean removes what Binary built.
func Clean() {
	if build.path != "" {
		_ = os.RemoveAll(filepath.Dir(build.path))
	}
}
