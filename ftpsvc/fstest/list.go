package fstest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
	"time"

	"ferry/ftpsvc/vfs"
)

func emptyFolder(e *env) {
	e.mkdir("d")
	e.same(e.names("d"), nil)
}

func listFolder(e *env) {
	e.put("12345", "file")
	e.put("", ".hidden")
	e.mkdir("sub")
	e.put("x", "sub", "inner")
	all := e.list()
	e.same(e.names(), []string{"file", ".hidden", "sub"})
	if f := all["file"]; f.Kind != vfs.File || f.Size != 5 {
		e.Errorf("the file is %+v", f)
	}
	if f := all["file"]; f.Prec >= vfs.Second && f.UTC {
		if age := time.Since(f.ModTime); age > 10*time.Minute || age < -10*time.Minute {
			e.Errorf("the file was changed %v ago", age)
		}
	}
	if d := all["sub"]; d.Kind != vfs.Dir {
		e.Errorf("the folder is %+v", d)
	}
	e.same(e.names("sub"), []string{"inner"})
}

func stopList(e *env) {
	e.put("x", "a")
	stop := errors.New("enough")
	_, err := e.fs.List(e.ctx(), e.root, vfs.ListOptions{Refresh: true}, func(vfs.Batch) error { return stop })
	if !errors.Is(err, stop) {
		e.Errorf("List returns %v, want what its reader said", err)
	}
	e.usable("x", "a")
}

func listMissing(e *env) {
	_, err := e.fs.List(e.ctx(), e.at("nothing"), vfs.ListOptions{}, func(vfs.Batch) error { return nil })
	e.is(err, nil)
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, vfs.ErrRefused) {
		e.Errorf("error %q says neither that it is missing nor that it was refused", err)
	}
	e.same(e.names(), nil)
}

func stat(e *env) {
	e.put("hello", "f")
	e.mkdir("d")
	f, err := e.fs.Stat(e.ctx(), e.at("f"))
	e.ok(err)
	if f.Name != "f" || f.Kind != vfs.File || f.Size != 5 {
		e.Errorf("the file is %+v", f)
	}
	d, err := e.fs.Stat(e.ctx(), e.at("d"))
	e.ok(err)
	if d.Name != "d" || d.Kind != vfs.Dir {
		e.Errorf("the folder is %+v", d)
	}
	e.gone("nothing")
	e.gone("nothing", "deeper")
}

// odd are names that some program once took for something else. All of them
// are names to every server, and to a disk that knows bytes.
var odd = []string{"with blanks in it", "ümläut-é-日本語", "combining-e\u0301", "🚢", `quo"te`, "quo'te", "100%", "%41", "#1", "a#b%20c",
	"-leading", "-a", "-la x", "~", "~root", "~tilde", "&amp;", "a;b", "$HOME", "`id`", "|pipe", "a=b", "[x]", "{y}", "star*", "what?", "back\\slash", "a:b",
	"type=dir; x", "..dots", "...", "a..b", " leading blank", "trailing blank ", "  both  ", "Total 12", "total 12", "name -> target"}

func oddNames(e *env) {
	names := odd
	if testing.Short() {
		names = odd[:24]
	}
	for i, n := range names {
		if err := e.fs.Mkdir(e.ctx(), e.at(fmt.Sprintf("d%d", i))); err != nil {
			e.Fatal(err)
		}
		e.oddName(fmt.Sprintf("d%d", i), n)
	}
}

// oddName takes one name through a life of its own in folder dir.
func (e *env) oddName(dir, n string) {
	data := "content of " + n
	if _, err := e.fs.Write(e.ctx(), e.at(dir, n), reader(data), vfs.WriteOptions{Size: int64(len(data))}); err != nil {
		e.refusedName(n, err)
		return
	}
	if got := e.names(dir); len(got) == 1 && got[0] != n && e.fs.Style() != vfs.OS && e.get(0, dir, got[0]) == data {
		e.Logf("%q: the server keeps it as %q", n, got[0]) // pure-ftpd mends a blank at the end
		return
	}
	e.same(e.names(dir), []string{n})
	got, err := e.fs.Stat(e.ctx(), e.at(dir, n))
	if err != nil || got.Name != n || got.Kind != vfs.File || got.Size != int64(len(data)) {
		e.Errorf("%q: Stat tells %+v, %v", n, got, err)
	}
	e.holds(data, dir, n)
	if err := e.fs.Rename(e.ctx(), e.at(dir, n), e.at(dir, "plain")); err != nil {
		e.Errorf("%q: %v", n, err)
		return
	}
	if err := e.fs.Rename(e.ctx(), e.at(dir, "plain"), e.at(dir, n)); err != nil {
		e.Errorf("%q: %v", n, err)
		return
	}
	if err := e.fs.Remove(e.ctx(), e.at(dir, n)); err != nil {
		e.Errorf("%q: %v", n, err)
		return
	}
	if err := e.fs.Mkdir(e.ctx(), e.at(dir, n)); err != nil {
		e.refusedName(n, err)
		return
	}
	e.put("x", dir, n, "in")
	e.same(e.names(dir, n), []string{"in"})
	e.ok(e.fs.Remove(e.ctx(), e.at(dir, n, "in")))
	e.ok(e.fs.Rmdir(e.ctx(), e.at(dir, n)))
	e.same(e.names(dir), nil)
}

// refusedName takes a refusal of the server's own for an answer: proftpd takes
// no folder with a star, pure-ftpd no backslash.
func (e *env) refusedName(n string, err error) {
	var own *vfs.Error
	if errors.As(err, &own) && (own.Reply.Code == 553 || own.Reply.Code == 550 || own.Reply.Code == 501) {
		e.Logf("%q: the server takes no such name: %v", n, err)
		return
	}
	e.Errorf("%q: %v", n, err)
}

func lineEnds(e *env) {
	if e.fs.Style() == vfs.OS {
		e.Skip("a line end is a character like others to a local disk")
	}
	for _, n := range []string{"a\nDELE x", "a\rb", "a\x00b"} {
		p := e.at(n)
		_, err := e.fs.Write(e.ctx(), p, reader("x"), vfs.WriteOptions{Size: 1})
		e.is(err, vfs.ErrBadName)
		e.is(e.fs.Mkdir(e.ctx(), p), vfs.ErrBadName)
		e.is(e.fs.Remove(e.ctx(), p), vfs.ErrBadName)
		e.is(e.fs.Rename(e.ctx(), e.at("b"), p), vfs.ErrBadName)
		// A look-up may also answer from a listing of the folder, where no such name can be.
		if _, err = e.fs.Stat(e.ctx(), p); !errors.Is(err, fs.ErrNotExist) {
			e.is(err, vfs.ErrBadName)
		}
		_, err = e.fs.List(e.ctx(), p, vfs.ListOptions{}, func(vfs.Batch) error { return nil })
		e.is(err, vfs.ErrBadName)
		e.is(e.fs.Read(e.ctx(), p, vfs.ReadOptions{}, func(io.Reader) error { return nil }), vfs.ErrBadName)
	}
	e.put("y", "after")
	e.usable("y", "after")
}

func manyFiles(e *env) {
	n := 120
	if testing.Short() {
		n = 40
	}
	var want []string
	for i := range n {
		name := fmt.Sprintf("file-%03d.txt", i)
		e.put(name, name)
		want = append(want, name)
	}
	e.same(e.names(), want)
	for i := 0; i < n; i += 37 {
		e.holds(want[i], want[i])
	}
}
