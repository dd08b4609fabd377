// Package fstest is the contract of vfs.FS as tests: the same suite runs on the
// local disk and on sessions with scripted and real servers.
//
//	fstest.Run(t, func(t *testing.T) (vfs.FS, string) { return localfs.New(), t.TempDir() })
package fstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/vfs"
)

// Open returns a side and an empty folder on it. It is called once a test and
// cleans up by t.Cleanup.
type Open func(t *testing.T) (side vfs.FS, root string)

// Limit is the time that one step may take before it counts as hung.
const Limit = 20 * time.Second

// env is what a test of the suite works with.
type env struct {
	*testing.T
	fs   vfs.FS
	root string
	open Open
}

var suite = []struct {
	name string
	run  func(e *env)
}{
	{"an empty folder lists nothing", emptyFolder},
	{"a folder lists what is in it", listFolder},
	{"a listing ends when its reader says so", stopList},
	{"a missing folder cannot be listed", listMissing},
	{"Stat tells kind and size", stat},
	{"Read gives the bytes from an offset on", read},
	{"Read of something missing or a folder fails", readMissing},
	{"an error of the reader's user comes back", readUserFails},
	{"Write replaces what was there", writeReplaces},
	{"Write continues at an offset", writeOffset},
	{"Write appends", writeAppend},
	{"an empty file is a file", writeEmpty},
	{"Write into a missing folder fails", writeNowhere},
	{"progress counts the bytes", progress},
	{"Mkdir of what exists says so", mkdirExists},
	{"Rename moves files and folders", rename},
	{"Rename of something missing fails", renameMissing},
	{"Remove takes files and no folders", remove},
	{"Rmdir takes empty folders only", rmdir},
	{"a canceled read leaves the side usable", cancelRead},
	{"a canceled write leaves the side usable", cancelWrite},
	{"a canceled context starts nothing", canceledBefore},
	{"a failing source is no whole file", failingSource},
	{"odd names live", oddNames},
	{"a name with a line end is refused", lineEnds},
	{"times are kept", modTime},
	{"permissions are kept", mode},
	{"many files", manyFiles},
}

// Run runs the suite, each test with a side of its own.
func Run(t *testing.T, open Open) {
	for _, s := range suite {
		t.Run(s.name, func(t *testing.T) {
			side, root := open(t)
			s.run(&env{t, side, root, open})
		})
	}
}

// ctx is a context that ends when the step hangs.
func (e *env) ctx() context.Context {
	ctx, cancel := context.WithTimeout(e.Context(), Limit)
	e.Cleanup(cancel)
	return ctx
}

// at is the path of names below the root.
func (e *env) at(names ...string) string {
	p := e.root
	for _, n := range names {
		p = e.fs.Style().Join(p, n)
	}
	return p
}

func (e *env) ok(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

// is checks that err is a *vfs.Error with this cause; nil takes any.
func (e *env) is(err, cause error) {
	e.Helper()
	var own *vfs.Error
	switch {
	case err == nil:
		e.Fatalf("no error, want %v", cause)
	case !errors.As(err, &own):
		e.Errorf("error %q (%T) is no *vfs.Error", err, err)
	case own.Op == "":
		e.Errorf("error %q does not say what was done", err)
	case cause != nil && !errors.Is(err, cause):
		e.Errorf("error %q is not %q", err, cause)
	}
}

func (e *env) put(data string, names ...string) {
	e.Helper()
	n, err := e.fs.Write(e.ctx(), e.at(names...), strings.NewReader(data), vfs.WriteOptions{Size: int64(len(data))})
	e.ok(err)
	if n != int64(len(data)) {
		e.Errorf("Write of %d bytes says %d", len(data), n)
	}
}

func (e *env) get(off int64, names ...string) string {
	e.Helper()
	var got []byte
	e.ok(e.fs.Read(e.ctx(), e.at(names...), vfs.ReadOptions{Offset: off, Size: -1}, func(r io.Reader) (err error) {
		got, err = io.ReadAll(r)
		return err
	}))
	return string(got)
}

func (e *env) holds(want string, names ...string) {
	e.Helper()
	if got := e.get(0, names...); got != want {
		e.Errorf("%q holds %s, want %s", names, cut(got), cut(want))
	}
}

// cut shortens long content for a message.
func cut(s string) string {
	if len(s) > 40 {
		return fmt.Sprintf("%q... (%d bytes)", s[:40], len(s))
	}
	return fmt.Sprintf("%q", s)
}

func (e *env) mkdir(names ...string) { e.Helper(); e.ok(e.fs.Mkdir(e.ctx(), e.at(names...))) }

// list returns the entries of a folder by name.
func (e *env) list(names ...string) map[string]vfs.Entry {
	e.Helper()
	out := map[string]vfs.Entry{}
	info, err := e.fs.List(e.ctx(), e.at(names...), vfs.ListOptions{Refresh: true}, func(b vfs.Batch) error {
		for i := range b.Len() {
			out[b.At(i).Name] = b.At(i)
		}
		return nil
	})
	e.ok(err)
	if !info.Complete() {
		e.Errorf("unread lines: %+v", info.Unread)
	}
	if info.Entries != len(out) {
		e.Errorf("the listing counts %d entries, %d came", info.Entries, len(out))
	}
	return out
}

func (e *env) names(names ...string) []string {
	e.Helper()
	var out []string
	for n := range e.list(names...) {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

func (e *env) same(got, want []string) {
	e.Helper()
	sort.Strings(want)
	if !slices.Equal(got, want) {
		e.Errorf("listed %q, want %q", got, want)
	}
}

// gone checks that nothing is at the path.
func (e *env) gone(names ...string) {
	e.Helper()
	_, err := e.fs.Stat(e.ctx(), e.at(names...))
	e.is(err, fs.ErrNotExist)
}

// usable checks that the side still works, or says that its connection is lost.
func (e *env) usable(data string, names ...string) {
	e.Helper()
	var got bytes.Buffer
	err := e.fs.Read(e.ctx(), e.at(names...), vfs.ReadOptions{Size: -1}, func(r io.Reader) error { _, err := io.Copy(&got, r); return err })
	if errors.Is(err, vfs.ErrConnLost) {
		e.Logf("the side gave its connection up: %v", err)
		return
	}
	e.ok(err)
	if got.String() != data {
		e.Errorf("afterwards %q holds %s, want %s: out of step", names, cut(got.String()), cut(data))
	}
	if _, err := e.fs.Stat(e.ctx(), e.at("nothing")); !errors.Is(err, fs.ErrNotExist) {
		e.Errorf("afterwards Stat of nothing: %v", err)
	}
}

// Prove reports the first difference of two byte streams; it is for tests that
// move more than fits a string.
func Prove(t testing.TB, got, want io.Reader) {
	t.Helper()
	a, b := make([]byte, 64<<10), make([]byte, 64<<10)
	for off := int64(0); ; {
		n, errA := io.ReadFull(got, a)
		m, errB := io.ReadFull(want, b)
		if i := differ(a[:n], b[:m]); i >= 0 {
			t.Errorf("first difference at byte %d", off+int64(i))
			return
		}
		off += int64(n)
		if errA != nil || errB != nil {
			return
		}
	}
}

// differ returns where a and b part, -1 when nowhere.
func differ(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	return -1
}
