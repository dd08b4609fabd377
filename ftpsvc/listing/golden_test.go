package listing

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/vfs"
)

var update = flag.Bool("update", false, "write the golden files anew")

// testNow is the reference clock of the package's own listings.
var testNow = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func ownOptions(file string) Options {
	o := Options{Command: "LIST", Dir: "/pub", Now: testNow}
	switch base := filepath.Base(file); {
	case strings.HasPrefix(base, "mlsd"):
		o.Command = "MLSD"
	case strings.HasPrefix(base, "nlst"):
		o.Command = "NLST"
	}
	return o
}

func ownFiles(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	return files
}

// show prints a listing for people to check.
func show(b vfs.Batch, info vfs.ListInfo) string {
	var w strings.Builder
	fmt.Fprintf(&w, "format %s, %d entries, %d noise, %d unread\n", info.Format, info.Entries, info.Noise, info.Unknown)
	for i := range b.Len() {
		w.WriteString(showEntry(b.At(i)))
	}
	for _, u := range info.Unread {
		fmt.Fprintf(&w, "unread line %d %q: %s\n", u.Line, u.Raw, u.Why)
	}
	return w.String()
}

func showEntry(e vfs.Entry) string {
	var w strings.Builder
	fmt.Fprintf(&w, "%-7s %q", [...]string{"unknown", "file", "dir", "link", "other"}[e.Kind], e.Name)
	if e.Raw != "" {
		fmt.Fprintf(&w, " raw %q", e.Raw)
	}
	if e.Target != "" {
		fmt.Fprintf(&w, " -> %q", e.Target)
	}
	if e.Size >= 0 {
		fmt.Fprintf(&w, " %d", e.Size)
	}
	if e.SizeRough {
		w.WriteString("~")
	}
	if e.Prec > vfs.NoTime {
		layout := [...]string{"", "2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02 15:04:05.999999999"}[e.Prec]
		fmt.Fprintf(&w, " %s", e.ModTime.Format(layout))
		if e.UTC {
			w.WriteString("Z")
		}
	}
	if e.HasMode {
		fmt.Fprintf(&w, " %s", e.Mode)
	}
	for _, f := range []struct{ label, text string }{
		{"perm", e.Perm}, {"owner", e.Owner}, {"group", e.Group}, {"unique", e.Unique}, {"facts", e.Facts}} {
		if f.text != "" {
			fmt.Fprintf(&w, " %s %q", f.label, f.text)
		}
	}
	return w.String() + "\n"
}

func TestOwnListings(t *testing.T) {
	for _, file := range ownFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			l, err := Parse(bytes.NewReader(data), ownOptions(file))
			if err != nil {
				t.Fatal(err)
			}
			got := show(l, l.Info())
			golden := strings.TrimSuffix(file, ".txt") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
