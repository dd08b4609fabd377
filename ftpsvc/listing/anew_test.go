package listing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"ferry/ftpsvc/vfs"
)

// packets is a reader that gives one part of a listing at each call, as a
// connection does.
type packets []string

func (p *packets) Read(b []byte) (int, error) {
	if len(*p) == 0 {
		return 0, io.EOF
	}
	n := copy(b, (*p)[0])
	if (*p)[0] = (*p)[0][n:]; (*p)[0] == "" {
		*p = (*p)[1:]
	}
	return n, nil
}

// packetings are the ways in which a listing may come.
func packetings(data string) map[string]packets {
	first := strings.IndexByte(data, '\n') + 1
	all := map[string]packets{
		"whole":           {data},
		"first line":      {data[:first], data[first:]},
		"line by line":    strings.SplitAfter(data, "\n"),
		"halves of lines": nil,
	}
	for _, l := range strings.SplitAfter(data, "\n") {
		all["halves of lines"] = append(all["halves of lines"], l[:len(l)/2], l[len(l)/2:])
	}
	for name, p := range all {
		all[name] = slices.DeleteFunc(p, func(s string) bool { return s == "" })
	}
	return all
}

// told reads a listing in packets. anew says whether rows may be told anew; times
// is how often they were.
func told(t testing.TB, p packets, o Options, anew bool) (rows vfs.Entries, info vfs.ListInfo, times int) {
	t.Helper()
	if o.Anew = nil; anew {
		o.Anew = func() { rows, times = nil, times+1 }
	}
	p = slices.Clone(p)
	info, err := Read(context.Background(), &p, o, func(b vfs.Batch) error {
		for i := range b.Len() {
			rows = append(rows, b.At(i))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, info, times
}

// sameInTheEnd fails unless Read tells what Parse does, however the bytes come.
func sameInTheEnd(t testing.TB, data string, o Options) {
	t.Helper()
	l, err := Parse(strings.NewReader(data), o)
	if err != nil {
		t.Fatal(err)
	}
	want := show(l, l.Info())
	for how, p := range packetings(data) {
		for _, anew := range []bool{false, true} {
			if rows, info, _ := told(t, p, o, anew); show(rows, info) != want {
				t.Fatalf("%s, anew %v: %.2000q reads as\n%s\nwant\n%s", how, anew, data, show(rows, info), want)
			}
		}
	}
}

func TestAListingIsTheSameHoweverItComes(t *testing.T) {
	for _, file := range ownFiles(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sameInTheEnd(t, string(data), ownOptions(file))
	}
	if os.Getenv(corpusEnv) == "" {
		return
	}
	for _, r := range corpora(t) {
		sameInTheEnd(t, r.Raw, r.options(t))
	}
}

func rows(n int, format string, last string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\r\n", i)
	}
	return b.String() + last + "\r\n"
}

// TestWhatShowsLateIsToldAnew: a row far down shows how the first ones are to be
// read.
func TestWhatShowsLateIsToldAnew(t *testing.T) {
	for name, c := range map[string]struct {
		data, first string
		anew        bool // rows were told before
	}{
		"the column of the names": {rows(100, "-rw-r--r-- 1 anna staff 1 Mar  1 10:00   row %d", "-rw-r--r-- 1 anna staff 1 Mar  1 10:00 last"), "  row 0", true},
		"the order of the dates":  {rows(100, "03/04/2020  12:00    <DIR>          row %d", "31/12/2019  12:00    <DIR>          last"), "row 0", true},
		"times behind the year":   {rows(100, "-rw-r--r-- 1 anna staff 1 Mar 1 2020 10:00 row %d", "-rw-r--r-- 1 anna staff 1 Mar 1 2020 last"), "10:00 row 0", true},
		"the format":              {rows(80, "welcome, guest %d", "") + rows(80, "-rw-r--r-- 1 anna staff 1 Mar  1  2020 row %d", ""), "row 0", false},
		"a format of two lines":   {rows(80, "welcome, guest %d", "") + rows(80, "ROW%d.TXT;1\r\n    1/9  1-MAR-2020 12:00", ""), "ROW0.TXT;1", false},
		"the language":            {rows(100, "-rw-r--r-- 1 anna staff 1 lis  1  2020 row %d", "-rw-r--r-- 1 anna staff 1 kol  1  2020 last"), "row 0", true},
	} {
		t.Run(name, func(t *testing.T) {
			sameInTheEnd(t, c.data, Options{Now: testNow})
			rows, _, times := told(t, strings.SplitAfter(c.data, "\n"), Options{Now: testNow}, true)
			if rows[0].Name != c.first || c.anew != (times > 0) || times > 3 {
				t.Errorf("the first row is %q after %d times", rows[0].Name, times)
			}
		})
	}
}

// TestNothingIsToldAnewWithoutNeed: rows that go on as they began are told once,
// and without Anew they come long before the end.
func TestNothingIsToldAnewWithoutNeed(t *testing.T) {
	for name, c := range map[string]struct {
		command, data string
	}{
		"Unix":     {"LIST", string(unixBytes(500))},
		"AIX":      {"LIST", rows(100, "-rw-r--r-- 1 anna staff 1 Mar 11 2020  row %d", "-rw-r--r-- 1 anna staff 1 Mar 11 10:00 last")},
		"MLSD":     {"MLSD", string(mlsdBytes(500))},
		"NLST":     {"NLST", rows(500, "row %d", "last")},
		"DOS":      {"LIST", rows(500, "03-31-20  12:00PM       <DIR>          row %d", "03-31-20  12:00PM                   12 last")},
		"two-line": {"LIST", rows(100, "ROW%d.TXT;1\r\n    1/9  1-MAR-2020 12:00", "LAST.TXT;1  1 1-MAR-2020 12:00")},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Command: c.command, Now: testNow}
			lines := strings.SplitAfter(c.data, "\n")
			if _, _, times := told(t, lines, o, true); times > 0 {
				t.Errorf("told anew %d times", times)
			}
		})
	}
	for command, data := range map[string]string{"LIST": string(unixBytes(500)), "MLSD": string(mlsdBytes(500)), "NLST": rows(500, "row %d", "last")} {
		left := packets(strings.SplitAfter(data, "\n"))
		enough := errors.New("enough")
		_, err := Read(context.Background(), &left, Options{Command: command, Now: testNow}, func(vfs.Batch) error { return enough })
		if !errors.Is(err, enough) || len(left) < 400 {
			t.Errorf("%s: the first rows come when %d lines are left", command, len(left))
		}
	}
}
