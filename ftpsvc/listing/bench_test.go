package listing

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "unsafe" // for go:linkname

	"github.com/jlaffaye/ftp"

	"ferry/ftpsvc/vfs"
)

// The comparison is with the parser of github.com/jlaffaye/ftp on the same
// bytes. It is not exported, and a listing through ServerConn would add the cost
// of connections to the library's side only; so its parsing functions are called
// where they are, in the loop that ServerConn.List has around them. Only tests
// of this package see the library.
//
//go:linkname libraryListParsers github.com/jlaffaye/ftp.listLineParsers
var libraryListParsers []func(string, time.Time, *time.Location) (*ftp.Entry, error)

const benchEntries = 100_000

func unixBytes(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		kind, size := "-rw-r--r--", i*7919%100_000_000
		if i%10 == 0 {
			kind, size = "drwxr-xr-x", 4096
		}
		when := fmt.Sprintf("%02d:%02d", i%24, i%60)
		if i%3 == 0 {
			when = fmt.Sprintf(" %d", 1995+i%30)
		}
		fmt.Fprintf(&b, "%s %3d owner%-3d group    %10d %s %2d %s file-%07d.dat\r\n", kind, 1+i%9, i%500, size,
			[]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}[i%12], 1+i%28, when, i)
	}
	return b.Bytes()
}

func mlsdBytes(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		typ := "file"
		if i%10 == 0 {
			typ = "dir"
		}
		fmt.Fprintf(&b, "type=%s;size=%d;modify=2024%02d%02d%02d%02d%02d;perm=adfr;unique=803gea%x;UNIX.mode=0644;UNIX.owner=1000;UNIX.group=1000; file-%07d.dat\r\n",
			typ, i*7919%100_000_000, 1+i%12, 1+i%28, i%24, i%60, i%60, i, i)
	}
	return b.Bytes()
}

var sink int

// readAll looks at every field of every entry.
func readAll(b vfs.Batch) {
	for i := range b.Len() {
		e := b.At(i)
		sink += len(e.Name) + len(e.RawName()) + int(e.Kind) + int(e.Size) + int(e.ModTime.Unix()) + int(e.Prec) + int(e.Mode) +
			len(e.Perm) + len(e.Owner) + len(e.Group) + len(e.Target) + len(e.Unique) + len(e.Facts)
		if e.UTC || e.HasMode || e.SizeRough {
			sink++
		}
	}
}

func benchFerry(b *testing.B, data []byte, o Options) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		l, err := Parse(bytes.NewReader(data), o)
		if err != nil || l.Len() != benchEntries {
			b.Fatal(l.Len(), err)
		}
		readAll(l)
	}
}

func benchLibrary(b *testing.B, data []byte, parse func(string, time.Time, *time.Location) (*ftp.Entry, error)) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for b.Loop() {
		if n := len(libraryParse(data, now, parse)); n != benchEntries {
			b.Fatal(n)
		}
	}
}

func libraryList(line string, now time.Time, loc *time.Location) (*ftp.Entry, error) {
	var err error
	for _, f := range libraryListParsers {
		var e *ftp.Entry
		if e, err = f(line, now, loc); err == nil || !strings.HasPrefix(err.Error(), "unsupported LIST line") {
			return e, err
		}
	}
	return nil, err
}

func BenchmarkUnixFerry(b *testing.B) {
	benchFerry(b, unixBytes(benchEntries), Options{Command: "LIST", Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)})
}

func BenchmarkUnixLibrary(b *testing.B) { benchLibrary(b, unixBytes(benchEntries), libraryList) }

func BenchmarkMLSDFerry(b *testing.B) {
	benchFerry(b, mlsdBytes(benchEntries), Options{Command: "MLSD"})
}

func BenchmarkMLSDLibrary(b *testing.B) {
	benchLibrary(b, mlsdBytes(benchEntries), libraryListParsers[0])
}
