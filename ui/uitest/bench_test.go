//go:build !windows

package uitest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// home makes the environment of a start with folders of its own.
func homeEnv(home string) []string {
	return []string{"HOME=" + home, "TMPDIR=" + home, "XDG_CONFIG_HOME=" + home + "/config", "XDG_STATE_HOME=" + home + "/state"}
}

// report tells the median and the 99th percentile in milliseconds.
func report(b *testing.B, name string, took []time.Duration) {
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(took[len(took)/2]), name+"-p50-ms")
	b.ReportMetric(ms(took[len(took)*99/100]), name+"-p99-ms")
}

// BenchmarkFirstFrame is from exec to the first whole frame: of ferry alone,
// which shows the local side, and of the demo, which makes its files before.
func BenchmarkFirstFrame(b *testing.B) {
	for _, args := range [][]string{nil, {"demo"}} {
		b.Run("ferry "+strings.Join(args, " "), func(b *testing.B) {
			bin, err := Binary(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			var took []time.Duration
			for b.Loop() {
				home := b.TempDir()
				begun := time.Now()
				t, err := Start(Options{W: 120, H: 36, Env: homeEnv(home), Dir: home}, bin, args...)
				if err != nil {
					b.Fatal(err)
				}
				if err := t.WaitText(limit, "10 Quit"); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begun))
				_ = t.Signal(os.Interrupt)
				if _, err := t.Exit(limit); err != nil {
					b.Fatal(err)
				}
				t.Close()
			}
			report(b, "frame", took)
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkKeyLatency is from a key written to the terminal to the frame that
// shows its effect, idle and while the queue is at work in a folder of 100,000.
func BenchmarkKeyLatency(b *testing.B) {
	for _, load := range []bool{false, true} {
		b.Run(fmt.Sprintf("load=%v", load), func(b *testing.B) {
			bin, err := Binary(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			home := b.TempDir()
			t, err := Start(Options{W: 200, H: 60, Env: homeEnv(home), Dir: home}, bin, "demo")
			if err != nil {
				b.Fatal(err)
			}
			defer t.Close()
			must := func(err error) {
				b.Helper()
				if err != nil {
					b.Fatal(err)
				}
			}
			must(t.WaitText(limit, "README.txt"))
			pane := 1 // the demo's server; under load the local pane
			if load {
				must(underLoad(t, home))
				pane = 0
			} else {
				must(t.Press("home"))
				must(t.Quiet(limit, 500*time.Millisecond))
			}
			var took []time.Duration
			before := cursorRow(t.Screen(), pane)
			top := before
			for b.Loop() {
				key := "down"
				if before > top {
					key = "up"
				}
				begun := time.Now()
				must(t.Press(key))
				must(t.Wait(limit, "the cursor moved", func(f Frame) bool { return cursorRow(f, pane) != before }))
				took = append(took, time.Since(begun))
				before = cursorRow(t.Screen(), pane)
			}
			report(b, "key", took)
			b.ReportMetric(0, "ns/op")
		})
	}
}

// cursorRow is the row of the cursor in the left (0) or right (1) pane.
func cursorRow(f Frame, pane int) int {
	_, y, _ := f.FindIn("▶", pane*f.W/2, (pane+1)*f.W/2)
	return y
}

// underLoad fills the local pane with 100,000 entries and starts eight big
// downloads at a slow rate.
func underLoad(t *Term, home string) error {
	found, _ := filepath.Glob(home + "/ferry-demo-*/server")
	if len(found) != 1 {
		return fmt.Errorf("demo folders: %v", found)
	}
	many := filepath.Dir(found[0]) + "/local/many"
	for _, dir := range []string{many, found[0] + "/eight"} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
	}
	for i := range 100_000 {
		f, err := os.Create(fmt.Sprintf("%s/entry-%06d.dat", many, i))
		if err != nil {
			return err
		}
		_ = f.Close()
	}
	for i := range 8 {
		name := fmt.Sprintf("%s/eight/%d.bin", found[0], i)
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			return err
		}
		if err := os.Truncate(name, 1<<30); err != nil {
			return err
		}
	}
	for _, step := range []struct{ keys, see string }{
		{"alt+l", "Limit"}, {"ctrl+u 4M enter ctrl+r", "eight/"}, {"/ eight enter f5", "Enter copy"}, {"enter", "active"}, {"tab / many enter enter", "entry-000000"}} {
		if err := t.Press(strings.Fields(step.keys)...); err != nil {
			return err
		}
		if err := t.WaitText(2*limit, step.see); err != nil {
			return err
		}
	}
	return t.Press("down")
}

func TestIdleWritesNothing(t *testing.T) {
	s := demo(t, 120, 36)
	s.must(s.Quiet(limit, time.Second))
	before := len(s.Raw())
	s.must(s.Quiet(limit, 2*time.Second))
	if n := len(s.Raw()) - before; n != 0 {
		t.Errorf("%d bytes written while nothing happened: %q", n, s.Raw()[before:])
	}
	s.quit()
}

// A terminal that takes 960 bytes a second must not hold up a transfer.
func TestASlowTerminalSlowsNoTransfer(t *testing.T) {
	if testing.Short() {
		t.Skip("short: the first screen alone takes seconds at this speed")
	}
	bin, err := Binary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	term, err := Start(Options{Env: homeEnv(home), Dir: home, Slow: 960}, bin, "demo")
	if err != nil {
		t.Fatal(err)
	}
	s := &session{T: t, Term: term, home: home}
	t.Cleanup(s.end)
	s.must(s.WaitText(2*limit, "README.txt", "10 Quit"))
	found, _ := filepath.Glob(home + "/ferry-demo-*/server")
	if len(found) != 1 {
		t.Fatalf("demo folders: %v", found)
	}
	s.press("/", "big", "enter")
	s.press("f5")
	s.see("Enter copy")
	s.press("enter")
	s.same(found[0]+"/big", filepath.Dir(found[0])+"/local/big")
}
