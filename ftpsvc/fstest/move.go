package fstest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"sync/atomic"
	"time"

	"ferry/ftpsvc/vfs"
)

func reader(s string) io.Reader { return strings.NewReader(s) }

// big is more than the buffers of a connection hold.
var big = strings.Repeat("0123456789abcdef", 1<<18) // 4 MiB

func read(e *env) {
	e.put(big[:3<<20], "f")
	e.holds(big[:3<<20], "f")
	e.needsREST("f")
	for _, off := range []int64{1, 1 << 20, 3<<20 - 1, 3 << 20} {
		if got := e.get(off, "f"); got != big[off:3<<20] {
			e.Errorf("from %d on: %s", off, cut(got))
		}
	}
	e.holds(big[:3<<20], "f") // no offset stays behind
}

// needsREST skips where the side cannot restart. A server that told no features
// is found out by trying; afterwards the side must know.
func (e *env) needsREST(name string) {
	err := e.fs.Read(e.ctx(), e.at(name), vfs.ReadOptions{Offset: 1, Size: -1}, func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	})
	e.able(err, func(c vfs.Caps) bool { return c.REST })
}

// able skips where err is the first refusal of what the side thought it could;
// afterwards its Caps must not claim it any more.
func (e *env) able(err error, claims func(vfs.Caps) bool) {
	e.Helper()
	if err == nil {
		return
	}
	e.is(err, vfs.ErrUnsupported)
	if claims(e.fs.Caps()) {
		e.Errorf("refused with %q, and the side still claims it", err)
	}
	e.Skip("found out that this side cannot:", err)
}

func readMissing(e *env) {
	e.mkdir("d")
	e.put("x", "f")
	never := func(r io.Reader) error {
		if n, _ := io.Copy(io.Discard, r); n > 0 {
			e.Errorf("%d bytes of nothing", n)
		}
		return nil
	}
	e.is(e.fs.Read(e.ctx(), e.at("nothing"), vfs.ReadOptions{Size: -1}, never), fs.ErrNotExist)
	e.is(e.fs.Read(e.ctx(), e.at("d"), vfs.ReadOptions{Size: -1}, never), nil)
	e.usable("x", "f")
}

func readUserFails(e *env) {
	e.put(big, "f")
	e.put("x", "small")
	stop := errors.New("the user had enough")
	err := e.fs.Read(e.ctx(), e.at("f"), vfs.ReadOptions{Size: -1}, func(r io.Reader) error {
		_, _ = io.CopyN(io.Discard, r, 1000)
		return stop
	})
	if !errors.Is(err, stop) {
		e.Errorf("Read returns %v, want what its user said", err)
	}
	e.usable("x", "small")
}

func writeReplaces(e *env) {
	e.put("a long first content", "f")
	e.put("short", "f")
	e.holds("short", "f")
	e.put(big, "f")
	e.holds(big, "f")
}

func writeOffset(e *env) {
	e.put("0123456789", "f")
	e.needsREST("f")
	n, err := e.fs.Write(e.ctx(), e.at("f"), reader("ABCDEFGH"), vfs.WriteOptions{Offset: 6, Size: 8})
	e.ok(err)
	if n != 8 {
		e.Errorf("Write says %d bytes, want 8: what was before the offset is not its own", n)
	}
	e.holds("012345ABCDEFGH", "f")
}

func writeAppend(e *env) {
	if !e.fs.Caps().Append {
		e.Skip("this side cannot append")
	}
	for _, part := range []string{"one ", "two ", "", "three"} {
		_, err := e.fs.Write(e.ctx(), e.at("f"), reader(part), vfs.WriteOptions{Append: true, Size: int64(len(part))})
		e.ok(err)
	}
	e.holds("one two three", "f")
}

func writeEmpty(e *env) {
	e.put("", "f")
	e.holds("", "f")
	if f := e.list()["f"]; f.Kind != vfs.File || f.Size != 0 {
		e.Errorf("listed as %+v", f)
	}
	e.put("full", "g")
	e.put("", "g")
	e.holds("", "g")
}

func writeNowhere(e *env) {
	e.put("x", "f")
	_, err := e.fs.Write(e.ctx(), e.at("nothing", "f"), reader("y"), vfs.WriteOptions{Size: 1})
	e.is(err, nil)
	e.usable("x", "f")
}

func progress(e *env) {
	var up, down atomic.Int64
	_, err := e.fs.Write(e.ctx(), e.at("f"), reader(big), vfs.WriteOptions{Size: int64(len(big)), Progress: &up})
	e.ok(err)
	e.ok(e.fs.Read(e.ctx(), e.at("f"), vfs.ReadOptions{Size: -1, Progress: &down}, func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	}))
	if up.Load() != int64(len(big)) || down.Load() != int64(len(big)) {
		e.Errorf("counted %d up and %d down, want %d", up.Load(), down.Load(), len(big))
	}
}

func mkdirExists(e *env) {
	e.mkdir("d")
	e.is(e.fs.Mkdir(e.ctx(), e.at("d")), fs.ErrExist)
	e.put("x", "d", "f")
	e.is(e.fs.Mkdir(e.ctx(), e.at("nothing", "d")), nil)
	e.usable("x", "d", "f")
}

func rename(e *env) {
	e.put("x", "a")
	e.mkdir("d")
	e.put("y", "d", "in")
	e.ok(e.fs.Rename(e.ctx(), e.at("a"), e.at("d", "b")))
	e.gone("a")
	e.holds("x", "d", "b")
	e.ok(e.fs.Rename(e.ctx(), e.at("d"), e.at("e")))
	e.gone("d")
	e.holds("y", "e", "in")
	e.same(e.names("e"), []string{"b", "in"})
}

func renameMissing(e *env) {
	e.is(e.fs.Rename(e.ctx(), e.at("nothing"), e.at("x")), fs.ErrNotExist)
	e.gone("x")
	e.put("y", "f")
	e.is(e.fs.Rename(e.ctx(), e.at("f"), e.at("nothing", "f")), nil)
	e.holds("y", "f")
}

func remove(e *env) {
	e.put("x", "f")
	e.mkdir("d")
	e.ok(e.fs.Remove(e.ctx(), e.at("f")))
	e.gone("f")
	e.is(e.fs.Remove(e.ctx(), e.at("f")), fs.ErrNotExist)
	e.mkdir("d", "in")
	e.is(e.fs.Remove(e.ctx(), e.at("d")), nil)
	e.same(e.names(), []string{"d"})
	e.same(e.names("d"), []string{"in"})
}

func rmdir(e *env) {
	e.mkdir("d")
	e.put("x", "d", "f")
	e.is(e.fs.Rmdir(e.ctx(), e.at("d")), nil)
	e.holds("x", "d", "f")
	e.is(e.fs.Rmdir(e.ctx(), e.at("d", "f")), nil)
	e.ok(e.fs.Remove(e.ctx(), e.at("d", "f")))
	e.ok(e.fs.Rmdir(e.ctx(), e.at("d")))
	e.same(e.names(), nil)
	e.is(e.fs.Rmdir(e.ctx(), e.at("d")), fs.ErrNotExist)
}

func cancelRead(e *env) {
	e.put(big, "f")
	e.put("x", "small")
	ctx, cancel := context.WithCancel(e.ctx())
	defer cancel()
	err := e.fs.Read(ctx, e.at("f"), vfs.ReadOptions{Size: -1}, func(r io.Reader) error {
		if _, err := io.CopyN(io.Discard, r, 100_000); err != nil {
			return err
		}
		cancel()
		_, err := io.Copy(io.Discard, r)
		return err
	})
	e.is(err, context.Canceled)
	e.usable("x", "small")
}

// endless gives bytes until its context ends, then still a few; it calls at after n.
type endless struct {
	n  int
	at func()
}

// Read implements io.Reader.
func (r *endless) Read(p []byte) (int, error) {
	if r.n -= len(p); r.n <= 0 && r.at != nil {
		r.at()
		r.at = nil
	}
	return len(p), nil
}

func cancelWrite(e *env) {
	e.put("x", "small")
	ctx, cancel := context.WithCancel(e.ctx())
	defer cancel()
	_, err := e.fs.Write(ctx, e.at("f"), &endless{n: 1 << 20, at: cancel}, vfs.WriteOptions{Size: -1})
	e.is(err, context.Canceled)
	e.usable("x", "small")
}

func canceledBefore(e *env) {
	e.put("x", "small")
	ctx, cancel := context.WithCancel(e.ctx())
	cancel()
	_, err := e.fs.Write(ctx, e.at("f"), reader("y"), vfs.WriteOptions{Size: 1})
	e.is(err, context.Canceled)
	e.is(e.fs.Mkdir(ctx, e.at("d")), context.Canceled)
	e.is(e.fs.Remove(ctx, e.at("small")), context.Canceled)
	_, err = e.fs.List(ctx, e.root, vfs.ListOptions{}, func(vfs.Batch) error { return nil })
	e.is(err, context.Canceled)
	e.usable("x", "small")
}

// failing gives n bytes and then an error.
type failing struct {
	n   int
	err error
}

// Read implements io.Reader.
func (r *failing) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, r.err
	}
	n := min(len(p), r.n)
	r.n -= n
	return n, nil
}

func failingSource(e *env) {
	e.put("x", "small")
	broken := errors.New("the source broke")
	for _, n := range []int{0, 1, 300_000} {
		_, err := e.fs.Write(e.ctx(), e.at("f"), &failing{n, broken}, vfs.WriteOptions{Size: 1 << 20})
		if !errors.Is(err, broken) {
			e.Errorf("after %d bytes: Write returns %v, want what the source said", n, err)
		}
		e.usable("x", "small")
	}
}

func modTime(e *env) {
	set, ok := e.fs.(vfs.ModTimeSetter)
	if !ok || !e.fs.Caps().SetModTime {
		e.Skip("this side sets no times")
	}
	e.put("x", "f g")
	want := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	e.able(set.SetModTime(e.ctx(), e.at("f g"), want), func(c vfs.Caps) bool { return c.SetModTime })
	got, err := e.fs.Stat(e.ctx(), e.at("f g"))
	e.ok(err)
	if got.Prec >= vfs.Second && got.UTC && !got.ModTime.Equal(want) {
		e.Errorf("the time is %v, want %v", got.ModTime, want)
	}
	e.is(set.SetModTime(e.ctx(), e.at("nothing"), want), nil)
}

func mode(e *env) {
	set, ok := e.fs.(vfs.ModeSetter)
	if !ok || !e.fs.Caps().SetMode {
		e.Skip("this side sets no permissions")
	}
	e.put("x", "f g")
	e.able(set.SetMode(e.ctx(), e.at("f g"), 0o640), func(c vfs.Caps) bool { return c.SetMode })
	got := e.list()["f g"]
	if got.HasMode && got.Mode.Perm() != 0o640 {
		e.Errorf("permissions are %v, want rw-r-----", got.Mode)
	}
	e.is(set.SetMode(e.ctx(), e.at("nothing"), 0o600), nil)
}
