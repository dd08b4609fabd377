//go:build !windows

package uitest

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

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

func TestTheMouseDoesTheRest(t *testing.T) {
	s := demo(t, 120, 36)
	// A double click enters, a click on the path goes back.
	x, y := s.place(1, "website/")
	s.must(s.Click(x, y))
	s.must(s.Click(x, y))
	s.place(1, "index.html")
	x, y = s.place(1, "/website")
	s.must(s.Click(x, y)) // the slash is the root
	s.place(1, "README.txt")

	// A header sorts, once more the other way.
	x, y = s.place(1, "Size")
	s.must(s.Click(x+1, y))
	s.place(1, "▼Size")
	s.must(s.Click(x+1, y))
	s.place(1, "▲Size")

	// A drop with Ctrl moves.
	s.must(os.WriteFile(s.local+"/gone over.txt", []byte("moved"), 0o600))
	x, y = s.place(0, "gone over.txt")
	s.must(s.Mouse(Left, x, y, false))
	s.must(s.Move(x+20, y))
	s.must(s.Mouse(Left+Ctrl+motion, 90, y+9, false))
	s.must(s.Mouse(Left+Ctrl, 90, y+9, true))
	s.see("Enter move")
	s.press("ctrl+u", "/gone over.txt", "enter")
	s.gone(s.local + "/gone over.txt")
	if data, err := os.ReadFile(s.server + "/gone over.txt"); err != nil || string(data) != "moved" {
		t.Errorf("the moved file: %q, %v", data, err)
	}

	// The border between the panes.
	before, _, _ := s.Screen().Find("┓╭")
	if before == 0 {
		before, _, _ = s.Screen().Find("╮┏")
	}
	s.must(s.Drag(before, 8, before-20, 8))
	s.must(s.Wait(limit, "the border moved", func(f Frame) bool {
		x, _, ok := f.Find("┓╭")
		if !ok {
			x, _, ok = f.Find("╮┏")
		}
		return ok && x < before-10
	}))

	// A click on a transfer opens the full view there.
	x, y, _ = s.Screen().Find("Queue   ")
	s.must(s.Click(x, y))
	s.see("1 all")
	s.press("esc")
	s.must(s.WaitNot(limit, "1 all"))
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
	s.see("ancel it")
	s.press("c")
	s.see("0 active")
	if _, err := os.Stat(s.local + "/disk-image.bin"); err == nil {
		t.Error("a part of a file stands under its final name")
	}
	s.quit()
}
