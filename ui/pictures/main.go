// Command pictures draws the README's pictures anew: it builds ferry, drives
// its demo on an emulated terminal, and writes frames as it showed them as SVG.
//
//	go run ./ui/pictures [-o folder] [name ...]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ferry/ui/uitest"
)

// scene is one picture: keys and mouse that lead to a frame.
type scene struct {
	name, title string
	play        func(*stage) error
}

var scenes = []scene{
	{"main", "ferry: two panes, the queue at work, and the log", (*stage).main},
	{"conflict", "A target that exists: both files side by side", (*stage).conflict},
	{"menu", "The menu bar, open", (*stage).menu},
	{"palette", "The palette finds any action by its letters", (*stage).palette},
	{"drag", "Marked entries dragged to a folder of the other pane", (*stage).drag},
	{"queue", "The queue in full view", (*stage).queue},
}

// limit is how long one step may take.
const limit = 30 * time.Second

func main() {
	out := flag.String("o", "ui/pictures", "folder to write to")
	flag.Parse()
	if err := draw(context.Background(), *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

// draw writes the scenes of those names, all for none.
func draw(ctx context.Context, out string, names []string) error {
	bin, err := uitest.Binary(ctx)
	if err != nil {
		return err
	}
	defer uitest.Clean()
	for _, s := range scenes {
		if len(names) > 0 && !slices.Contains(names, s.name) {
			continue
		}
		svg, err := shoot(bin, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := os.WriteFile(filepath.Join(out, s.name+".svg"), []byte(svg), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func shoot(bin string, s scene) (svg string, err error) {
	home, err := os.MkdirTemp("", "ferry-pictures-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(home)
	term, err := uitest.Start(uitest.Options{W: 110, H: 37, Dir: home,
		Env: []string{"HOME=" + home, "TMPDIR=" + home, "XDG_CONFIG_HOME=" + home + "/config", "XDG_STATE_HOME=" + home + "/state"}}, bin, "demo")
	if err != nil {
		return "", err
	}
	defer func() {
		_ = term.Signal(os.Interrupt) // so that the demo's folders go
		if _, e := term.Exit(limit); err == nil {
			err = e
		}
		term.Close()
	}()
	st := &stage{Term: term, home: home}
	st.see("README.txt", "empty folder")
	if err := s.play(st); err != nil {
		return "", err
	}
	return term.Screen().SVG(s.title), st.err
}

// stage is the demo while a scene is played. The first error ends it.
type stage struct {
	*uitest.Term
	home string
	err  error
}

func (s *stage) do(f func() error) {
	if s.err == nil {
		s.err = f()
	}
}

func (s *stage) press(keys ...string) { s.do(func() error { return s.Press(keys...) }) }

func (s *stage) see(texts ...string) {
	s.do(func() error { return s.WaitText(limit, texts...) })
}

func (s *stage) quiet(d time.Duration) { s.do(func() error { return s.Quiet(limit, d) }) }

// on puts the cursor on a name of the pane that has the focus.
func (s *stage) on(name string) {
	s.see(name)
	s.quiet(200 * time.Millisecond)
	s.press("/", name, "enter")
	s.quiet(100 * time.Millisecond)
}

// folders are the demo's two, made with some larger files for the queue.
func (s *stage) folders() (local, server string) {
	s.do(func() error {
		found, err := filepath.Glob(s.home + "/ferry-demo-*/server")
		if err != nil || len(found) != 1 {
			return fmt.Errorf("demo folders: %v, %v", found, err)
		}
		server, local = found[0], filepath.Dir(found[0])+"/local"
		return nil
	})
	return local, server
}

// copying starts some transfers each way, at a rate at which they can be looked at.
func (s *stage) copying() {
	local, server := s.folders()
	for _, f := range []struct {
		path string
		size int64
	}{{server + "/releases/app-2.4.1.tar.gz", 38 << 20}, {server + "/releases/backup-2026-11-20.sql.zst", 410 << 20}, {server + "/releases/写真-家族旅行.zip", 64 << 20},
		{local + "/site-2026-11-22.tar", 57 << 20}} {
		s.do(func() error { return sparse(f.path, f.size) })
	}
	s.press("tab", "alt+l") // in the local pane
	s.see("Limit")
	s.press("ctrl+u", "9M", "enter")
	s.on("site-2026-11-22.tar")
	s.press("f5")
	s.see("Enter copy")
	s.press("enter", "tab", "ctrl+r")
	for _, n := range []string{"releases", "photos"} {
		s.on(n)
		s.press("space")
	}
	s.press("f5")
	s.see("2 folders")
	s.press("enter")
	s.see("backup-2026")
}

// sparse makes a file that takes no room on disks that know sparse files.
func sparse(path string, size int64) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		return err
	}
	return os.Truncate(path, size)
}

// moving waits until n transfers at least have a bar and a rate.
func (s *stage) moving(n int) {
	s.do(func() error {
		return s.Wait(limit, fmt.Sprintf("%d transfers moving", n), func(f uitest.Frame) bool {
			moving := 0
			for y := range f.Rows {
				row := f.Row(y)
				if strings.Contains(row, "/s ") && strings.Contains(row, " %") && !strings.Contains(row, "Total") {
					moving++
				}
			}
			return moving >= n
		})
	})
}

func (s *stage) main() error {
	s.copying()
	s.press("tab")
	s.moving(3)
	return s.err
}

func (s *stage) conflict() error {
	local, _ := s.folders()
	s.do(func() error { return os.WriteFile(local+"/README.txt", []byte("my own notes\n"), 0o644) })
	s.press("tab")
	s.on("README.txt")
	s.press("f5")
	s.see("Enter copy")
	s.press("enter")
	s.see("Target exists")
	s.quiet(300 * time.Millisecond)
	return s.err
}

func (s *stage) menu() error {
	s.press("tab", "f9", "right", "down", "down", "down")
	s.see("Permissions")
	s.quiet(300 * time.Millisecond)
	return s.err
}

func (s *stage) palette() error {
	s.press(":", "sort")
	s.see("Sort by name")
	s.quiet(300 * time.Millisecond)
	return s.err
}

func (s *stage) drag() error {
	s.press("tab")
	for _, n := range []string{"README.txt", "notes with blanks.txt", "emoji"} {
		s.on(n)
		s.press("space")
	}
	s.do(func() error {
		x, y, ok := s.Screen().Find("README.txt")
		if !ok {
			return fmt.Errorf("README.txt is not on the screen")
		}
		if err := s.Mouse(uitest.Left, x, y, false); err != nil {
			return err
		}
		for _, p := range [][2]int{{x - 10, y - 1}, {30, 11}, {24, 9}} {
			if err := s.Move(p[0], p[1]); err != nil {
				return err
			}
		}
		return nil
	})
	s.quiet(400 * time.Millisecond)
	return s.err
}

func (s *stage) queue() error {
	s.copying()
	s.press("w")
	s.see("1 all")
	s.moving(2)
	return s.err
}
