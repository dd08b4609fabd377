package pane

import (
	"time"

	"ferry/ftpsvc/vfs"
	"ferry/ui/theme"
)

// Compare tells for each entry of two listings how it stands to the entry of
// the same name in the other: equal, different, only here, newer, older. Sizes
// are compared, and times as exactly as the coarser of the two sides told
// them; where only one side told UTC, times are not compared. Of folders only
// the names are. It is a pure function that the root model runs in a command.
func Compare(a, b Listing, g theme.Glyphs) (left, right map[string]string) {
	left, right = make(map[string]string, a.Len()), make(map[string]string, b.Len())
	others := make(map[string]vfs.Entry, b.Len())
	b.Each(func(e vfs.Entry) { others[e.Name] = e; right[e.Name] = g.OnlyHere })
	a.Each(func(e vfs.Entry) {
		o, ok := others[e.Name]
		if !ok {
			left[e.Name] = g.OnlyHere
			return
		}
		left[e.Name] = sign(e, o, g)
		right[e.Name] = sign(o, e, g)
	})
	return left, right
}

func sign(e, o vfs.Entry, g theme.Glyphs) string {
	switch {
	case e.IsDir() && o.IsDir():
		return g.SameName
	case e.Kind != o.Kind:
		return g.Differ
	}
	if d := timeOrder(e, o); d != 0 && e.Kind == vfs.File {
		if d > 0 {
			return g.Newer
		}
		return g.Older
	}
	if e.Size >= 0 && o.Size >= 0 && e.Size != o.Size {
		return g.Differ
	}
	return g.Equal
}

// timeOrder is 1 when e is newer than o, -1 when older, 0 when equal as far as told.
func timeOrder(e, o vfs.Entry) int {
	if e.Prec == vfs.NoTime || o.Prec == vfs.NoTime || e.UTC != o.UTC {
		return 0
	}
	step := time.Second
	switch min(e.Prec, o.Prec) {
	case vfs.Day:
		step = 24 * time.Hour
	case vfs.Minute:
		step = time.Minute
	}
	d := e.ModTime.Truncate(step).Sub(o.ModTime.Truncate(step))
	switch {
	case d > 0:
		return 1
	case d < 0:
		return -1
	}
	return 0
}
