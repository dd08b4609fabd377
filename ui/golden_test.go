package ui

import (
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
)

var sizes = []struct {
	name string
	w, h int
}{{"80x24", 80, 24}, {"80x23", 80, 23}, {"120x36", 120, 36}, {"200x60", 200, 60}, {"60x15", 60, 15}, {"40x12", 40, 12}, {"20x6", 20, 6}}

// TestGoldenFrames are whole screens in cells, at all sizes and in both glyph sets.
func TestGoldenFrames(t *testing.T) {
	scenes := map[string]func(*rig){
		"start": nil,
		"main": func(r *rig) {
			r.working()
			p := r.m.here().pane
			p.Find("app-2.4.1.tar.gz")
			p.Toggle(p.Cursor())
			p.Find("backup-2026-11-20.sql.zst")
			p.Toggle(p.Cursor())
			p.Find("release-notes.md")
			r.m.seen = len(r.m.messages)
		},
		"copy":        func(r *rig) { r.keys("down", "space", "space", "f5") },
		"menu":        func(r *rig) { r.keys("f9", "right") },
		"help":        func(r *rig) { r.keys("?") },
		"change-key":  func(r *rig) { r.keys("?").typed("copy what is").keys("f4", "g") },
		"key-chosen":  func(r *rig) { r.keys("?").typed("copy what is").keys("f4", "f6") },
		"queue":       func(r *rig) { r.working().keys("w") },
		"queue-help":  func(r *rig) { r.working().keys("w", "?") },
		"queue-clear": func(r *rig) { r.working().keys("w", "alt+shift+x") },
		"log":         func(r *rig) { r.keys("alt+shift+l") },
		"drag": func(r *rig) {
			l := r.m.lay.panes
			r.send(click1(l[0].x+5, l[0].y+4))
			r.send(motion(l[1].x+5, l[1].y+4))
			if l[1].w == 0 {
				r.send(motion(l[0].x+5, l[0].y+3))
			}
		},
	}
	for scene, act := range scenes {
		for _, s := range sizes {
			for _, ascii := range []bool{false, true} {
				name := scene + "-" + s.name
				if ascii {
					name += "-ascii"
				}
				t.Run(name, func(t *testing.T) {
					glyphs := func(o *Options) {
						if ascii {
							o.Config.Screen.Glyphs = "ascii"
						}
					}
					var r *rig
					if act == nil {
						r = newRig(t, s.w, s.h, glyphs)
						r.listed(vfs.Entries{})
					} else {
						r = online(t, s.w, s.h, glyphs)
						r.events(ftpsvc.Logged{Line: ftpsvc.LogLine{Time: testNow, Conn: testSite, Num: 2, Level: 1, Dir: '>', Text: "EPSV"}},
							ftpsvc.Logged{Line: ftpsvc.LogLine{Time: testNow, Conn: testSite, Num: 2, Level: 1, Dir: '<', Text: "229 Entering Extended Passive Mode (|||50123|)"}})
						act(r)
					}
					golden.RequireEqual(t, r.frame())
				})
			}
		}
	}
}
