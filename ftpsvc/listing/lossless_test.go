package listing

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"ferry/ftpsvc/vfs"
)

// account reads data and fails unless the lines that became entries, noise and
// unread lines are, put together, the very bytes of data.
func account(t testing.TB, data string, o Options) {
	t.Helper()
	var got strings.Builder
	got.Grow(len(data))
	var lines [3]int
	p := newParser(o)
	p.onLine = func(c lineClass, raw string) {
		got.WriteString(raw)
		lines[c]++
	}
	p.onAgain = func() {
		got.Reset()
		lines = [3]int{}
	}
	l, err := p.parseAll(strings.NewReader(data))
	if err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	if got.String() != data {
		t.Fatalf("bytes are lost or doubled:\n%q\nbecame\n%q", data, got.String())
	}
	info := p.finalInfo()
	if lines[classEntry] != l.Len() || l.Len() != info.Entries || lines[classUnread] < info.Unknown {
		t.Fatalf("%q: lines %v, %d entries, info %+v", data, lines, l.Len(), info)
	}
	checkEntries(t, l)
}

// checkEntries looks at all fields, and that no name can lead elsewhere.
func checkEntries(t testing.TB, b vfs.Batch) {
	for i := range b.Len() {
		e := b.At(i)
		switch {
		case e.Name == "" || e.Name == "." || e.Name == ".." || strings.ContainsAny(e.Name, "\x00\n"):
			t.Fatalf("entry %d has the name %q", i, e.Name)
		case strings.Contains(e.Name, "/") && !memberPath(e.Name):
			t.Fatalf("entry %d has a path for a name: %q", i, e.Name)
		case e.Size < -1:
			t.Fatalf("entry %d has size %d", i, e.Size)
		case strings.ToValidUTF8(e.Name, "") != e.Name:
			t.Fatalf("entry %d has a name that is not UTF-8: %q", i, e.Name)
		}
		readAll(vfs.Entries{e})
	}
}

var insertions = []string{"\r", "\n", " ", "\t", "\x00"}

// TestHostile48InsertedBytes: a control character at any place of any line
// neither stops the reader nor makes it lose a byte.
func TestHostile48InsertedBytes(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 11
	}
	insert := func(t *testing.T, line string, o Options) {
		for i := 0; i <= len(line); i += step {
			for _, c := range insertions {
				account(t, line[:i]+c+line[i:], o)
			}
		}
	}
	t.Run("own listings", func(t *testing.T) {
		for _, file := range ownFiles(t) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.SplitAfter(string(data), "\n") {
				insert(t, line, ownOptions(file))
			}
		}
	})
	t.Run("corpora", func(t *testing.T) {
		for _, r := range corpora(t) {
			insert(t, r.Raw, r.options(t))
		}
	})
}

// TestOwnListingsKeepEveryByte reads each listing whole, cut at any place, and
// in the bits and pieces of a slow connection.
func TestOwnListingsKeepEveryByte(t *testing.T) {
	for _, file := range ownFiles(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		o := ownOptions(file)
		account(t, string(data), o)
		for i := 0; i < len(data); i += 1 + len(data)/200 {
			account(t, string(data[:i]), o)
		}
		whole, _ := Parse(bytes.NewReader(data), o)
		slow, err := Parse(iotest.OneByteReader(bytes.NewReader(data)), o)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := show(whole, whole.Info()), show(slow, slow.Info()); a != b {
			t.Errorf("%s: byte by byte it reads\n%s\nat once\n%s", file, b, a)
		}
	}
}

// FuzzParse: no input panics, loses a byte, names something outside or reads
// otherwise when it comes in pieces.
func FuzzParse(f *testing.F) {
	for _, file := range ownFiles(f) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint8(len(ownOptions(file).Command)%3))
	}
	commands := []string{"LIST", "MLSD", "NLST"}
	f.Fuzz(func(t *testing.T, data []byte, command uint8) {
		if len(data) > 1<<16 {
			return
		}
		o := Options{Command: commands[int(command)%len(commands)], Dir: "/pub", Now: testNow, MaxLine: 4096, BatchSize: 7}
		account(t, string(data), o)
		n := 0
		info, err := Read(context.Background(), iotest.HalfReader(bytes.NewReader(data)), o, func(b vfs.Batch) error {
			n += b.Len()
			checkEntries(t, b)
			return nil
		})
		if err != nil || n != info.Entries {
			t.Fatalf("%d entries came, %d were counted, %v", n, info.Entries, err)
		}
		if len(data) < 4096 {
			sameInTheEnd(t, string(data), o)
		}
		if e, _, ok := ParseFacts(string(data), o); ok {
			readAll(vfs.Entries{e})
		}
	})
}
