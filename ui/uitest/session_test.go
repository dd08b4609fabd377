//go:build !windows

package uitest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
	s.press("tab") // from the server's pane to the local one, where the walks begin
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
func (s *session) quiet() { s.Helper(); s.must(s.Quiet(limit, 1200*time.Millisecond)) }

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
