package listing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"ferry/ftpsvc/vfs"
)

func TestReadHandsOverRowsBeforeTheServerGoesOn(t *testing.T) {
	for _, c := range []struct{ name, command, line string }{
		{"Unix", "LIST", "-rw-r--r-- 1 anna staff 12 Mar  1  2020 file-%d\r\n"},
		{"MLSD", "MLSD", "type=file;size=12; file-%d\r\n"},
		{"NLST", "NLST", "file-%d\r\n"},
		{"DOS", "LIST", "03-01-20  12:00PM                   12 file-%d\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pr, pw := io.Pipe()
			rows := make(chan string)
			done := make(chan error, 1)
			go func() {
				o := Options{Command: c.command, Now: testNow, Anew: func() { t.Error("rows are told anew") }}
				_, err := Read(context.Background(), pr, o, func(b vfs.Batch) error {
					for i := range b.Len() {
						rows <- b.At(i).Name
					}
					return nil
				})
				done <- err
			}()
			for i := range 200 { // each row is awaited before the next is sent
				fmt.Fprintf(pw, c.line, i)
				if got, want := <-rows, fmt.Sprintf("file-%d", i); got != want {
					t.Fatalf("row %d is %q", i, got)
				}
			}
			pw.Close()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestReadStopsWhenYieldFails(t *testing.T) {
	stop := errors.New("enough")
	calls := 0
	_, err := Read(context.Background(), bytes.NewReader(unixBytes(3000)), Options{}, func(vfs.Batch) error {
		calls++
		return stop
	})
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls, error %v", calls, err)
	}
}

func TestReadStopsWhenTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Read(ctx, bytes.NewReader(unixBytes(3000)), Options{}, func(vfs.Batch) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAReadErrorKeepsWhatCame(t *testing.T) {
	broken := errors.New("cable cut")
	data := unixBytes(3)
	l, err := Parse(io.MultiReader(bytes.NewReader(data[:len(data)-8]), errReader{broken}), Options{Now: testNow})
	if !errors.Is(err, broken) || l.Len() != 2 || l.Info().Unknown != 1 || l.Info().Complete() {
		t.Errorf("%d entries, error %v", l.Len(), err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

type idleReader struct{}

func (idleReader) Read([]byte) (int, error) { return 0, nil }

func TestAReaderThatGivesNothingIsNotAskedForEver(t *testing.T) {
	if _, err := Parse(idleReader{}, Options{}); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
}

// endless gives the same bytes again and again, without an end.
type endless struct {
	part string
	n    int64
}

func (r *endless) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		n += copy(b[n:], r.part[int(r.n+int64(n))%len(r.part):])
	}
	r.n += int64(n)
	return n, nil
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestHostile21EndlessListing: data without an end is given up on, in bounded memory.
func TestHostile21EndlessListing(t *testing.T) {
	for _, c := range []struct{ name, part string }{
		{"one line without an end", "x"},
		{"empty lines", "\r\n"},
		{"lines that nobody knows", "what is this?\r\n"},
		{"an entry, then a line without an end", "-rw-r--r-- 1 a b 1 Mar 1 2020 " + strings.Repeat("n", 3<<20) + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := heap()
			r := &endless{part: strings.Repeat(c.part, 1+(64<<10)/len(c.part))}
			info, err := Read(context.Background(), r, Options{MaxBytes: 32 << 20}, func(vfs.Batch) error { return nil })
			if !errors.Is(err, ErrTooLong) {
				t.Fatal(err)
			}
			if r.n > 40<<20 {
				t.Errorf("%d bytes were read", r.n)
			}
			if after := heap(); after > before+20<<20 {
				t.Errorf("memory grew by %d bytes", after-before)
			}
			if len(info.Unread) > vfs.MaxUnread || len(info.Unread) > info.Unknown {
				t.Errorf("%d unread lines kept of %d", len(info.Unread), info.Unknown)
			}
		})
	}
}

func TestALineOverTheCapIsUnreadAndTheNextOneIsNot(t *testing.T) {
	row := "-rw-r--r-- 1 anna staff 1 Mar  1  2020 "
	for _, n := range []int{5000, 300 << 10, 1<<20 + 1, 5 << 20} {
		data := row + "first\r\n" + row + strings.Repeat("n", n) + "\r\n" + row + "last\r\n"
		o := Options{Now: testNow, MaxLine: 4096}
		if n > 1<<20 {
			o.MaxLine = 0
		}
		l, err := Parse(strings.NewReader(data), o)
		if err != nil {
			t.Fatal(err)
		}
		info := l.Info()
		if l.Len() != 2 || l.At(0).Name != "first" || l.At(1).Name != "last" || info.Unknown != 1 ||
			info.Unread[0].Why != whyLong || info.Unread[0].Line != 2 || len(info.Unread[0].Raw) > maxRawKept {
			t.Errorf("%d bytes: %s", n, show(l, info)[:300])
		}
		account(t, data, o)
	}
}

func TestALongNameBelowTheCapIsKept(t *testing.T) {
	long := strings.Repeat("n", 200<<10)
	l, err := Parse(strings.NewReader("-rw-r--r-- 1 anna staff 1 Mar  1  2020 "+long+"\r\n"), Options{Now: testNow})
	if err != nil || l.Len() != 1 || l.At(0).Name != long {
		t.Error(l.Len(), err)
	}
}

func TestBatchesStayWhatTheyWere(t *testing.T) {
	var batches []vfs.Batch
	if _, err := Read(context.Background(), bytes.NewReader(unixBytes(20000)), Options{BatchSize: 100, Now: testNow}, func(b vfs.Batch) error {
		batches = append(batches, b)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, b := range batches {
		for i := range b.Len() {
			if want := fmt.Sprintf("file-%07d.dat", n); b.At(i).Name != want {
				t.Fatalf("entry %d is %q", n, b.At(i).Name)
			}
			n++
		}
	}
	if n != 20000 {
		t.Errorf("%d entries", n)
	}
}

func TestAMillionEntriesStaySmall(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a million entries; left out of -short")
	}
	data := unixBytes(1_000_000)
	before := heap()
	l, err := Parse(bytes.NewReader(data), Options{Now: testNow})
	if err != nil || l.Len() != 1_000_000 {
		t.Fatal(l.Len(), err)
	}
	grown := heap() - before
	t.Logf("%d bytes of listing take %d bytes", len(data), grown)
	if grown > 200<<20 {
		t.Errorf("a million entries take %d bytes", grown)
	}
	if l.At(999_999).Name != "file-0999999.dat" {
		t.Error(l.At(999_999))
	}
	runtime.KeepAlive(data)
}

func TestParseAllocatesLessThanTwiceTheListing(t *testing.T) {
	for _, c := range []struct {
		command string
		data    []byte
	}{{"LIST", unixBytes(benchEntries)}, {"MLSD", mlsdBytes(benchEntries)}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		l, _ := Parse(bytes.NewReader(c.data), Options{Command: c.command, Now: testNow})
		readAll(l)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 2*uint64(len(c.data)) {
			t.Errorf("%s: %d bytes allocated for a listing of %d", c.command, got, len(c.data))
		}
	}
}

func TestAtAllocatesNothing(t *testing.T) {
	l, _ := Parse(bytes.NewReader(unixBytes(1000)), Options{Now: testNow})
	if n := testing.AllocsPerRun(10, func() { readAll(l) }); n > 0 {
		t.Errorf("%v allocations to read 1000 entries", n)
	}
}
