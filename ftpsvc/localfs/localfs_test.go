package localfs_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ferry/ftpsvc/fstest"
	"ferry/ftpsvc/localfs"
	"ferry/ftpsvc/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	fstest.Run(t, func(t *testing.T) (vfs.FS, string) { return localfs.New(), t.TempDir() })
}

func TestConformanceConfined(t *testing.T) {
	fstest.Run(t, func(t *testing.T) (vfs.FS, string) { dir := t.TempDir(); return confined(t, dir), dir })
}

func confined(t *testing.T, dir string) *localfs.FS {
	t.Helper()
	f, err := localfs.Confined(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// unixOnly skips what Windows has not.
func unixOnly(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("links, FIFOs and bytes as names are different on Windows")
	}
}

func TestConfinedChangesNothingOutside(t *testing.T) {
	unixOnly(t)
	base := t.TempDir()
	in, out := filepath.Join(base, "in"), filepath.Join(base, "out")
	for _, d := range []string{in, out} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(out, "secret")
	if err := os.WriteFile(secret, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"abs": out, "up": "../out", "file": secret} {
		if err := os.Symlink(target, filepath.Join(in, link)); err != nil {
			t.Fatal(err)
		}
	}
	f, ctx := confined(t, in), t.Context()
	write := func(p string) error {
		_, err := f.Write(ctx, p, strings.NewReader("new"), vfs.WriteOptions{})
		return err
	}
	for name, err := range map[string]error{
		"write through an absolute link": write(filepath.Join(in, "abs", "secret")),
		"write through a relative link":  write(filepath.Join(in, "up", "new")),
		"write over a link to a file":    write(filepath.Join(in, "file")),
		"write beside":                   write(secret),
		"write above":                    write(in + "/../out/new"),
		"make a folder":                  f.Mkdir(ctx, filepath.Join(in, "up", "d")),
		"delete":                         f.Remove(ctx, filepath.Join(in, "abs", "secret")),
		"rename":                         f.Rename(ctx, filepath.Join(in, "abs", "secret"), filepath.Join(in, "x")),
		"set a time":                     f.SetModTime(ctx, filepath.Join(in, "abs", "secret"), time.Unix(0, 0)),
		"set permissions":                f.SetMode(ctx, filepath.Join(in, "up", "secret"), 0o777),
		"link to above":                  f.Symlink(ctx, "../out", filepath.Join(in, "l1")),
		"link to an absolute path":       f.Symlink(ctx, out, filepath.Join(in, "l2")),
	} {
		var e *vfs.Error
		if err == nil || !errors.As(err, &e) || !errors.Is(err, vfs.ErrLocal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, _ := os.ReadFile(secret); string(got) != "old" {
		t.Errorf("the file outside holds %q", got)
	}
	if rows, _ := os.ReadDir(out); len(rows) != 1 {
		t.Errorf("outside lies %v", rows)
	}
	if err := f.Symlink(ctx, "sub/x", filepath.Join(in, "fine")); err != nil {
		t.Error(err)
	}
}

func TestWriteDoesNotFollowALink(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	if err := os.WriteFile(victim, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("victim", filepath.Join(dir, "l")); err != nil {
		t.Fatal(err)
	}
	if _, err := localfs.New().Write(t.Context(), filepath.Join(dir, "l"), strings.NewReader("new"), vfs.WriteOptions{}); err == nil {
		t.Error("written")
	}
	if got, _ := os.ReadFile(victim); string(got) != "old" {
		t.Errorf("the target of the link holds %q", got)
	}
}

func TestLinksAndSpecialFilesAreToldApart(t *testing.T) {
	unixOnly(t)
	dir, f := t.TempDir(), localfs.New()
	if err := os.Symlink("nowhere/x", filepath.Join(dir, "l")); err != nil {
		t.Fatal(err)
	}
	sock, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close()
	got := map[string]vfs.Entry{}
	if _, err := f.List(t.Context(), dir, vfs.ListOptions{}, func(b vfs.Batch) error {
		for i := range b.Len() {
			got[b.At(i).Name] = b.At(i)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if l := got["l"]; l.Kind != vfs.Link || l.Target != "nowhere/x" || l.Owner == "" || l.Unique == "" {
		t.Errorf("the link is %+v", l)
	}
	if s := got["s"]; s.Kind != vfs.Other {
		t.Errorf("the socket is %+v", s)
	}
	err = f.Read(t.Context(), filepath.Join(dir, "s"), vfs.ReadOptions{}, func(io.Reader) error { return nil })
	if !errors.Is(err, vfs.ErrLocal) {
		t.Errorf("reading a socket: %v", err)
	}
	if err := f.Remove(t.Context(), filepath.Join(dir, "l")); err != nil {
		t.Error(err)
	}
}

func TestNamesThatAreNoUTF8(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("names are bytes on Linux; other systems differ by their disks")
	}
	dir, f, ctx := t.TempDir(), localfs.New(), t.Context()
	for _, name := range []string{"\xb0\xa1.txt", "ok\xff", "private \uf7e9"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"\uf7b0\uf7a1.txt": "\xb0\xa1.txt", "ok\uf7ff": "ok\xff", "private \uf7ef\uf79f\uf7a9": "private \uf7e9"}
	if _, err := f.List(ctx, dir, vfs.ListOptions{}, func(b vfs.Batch) error {
		for i := range b.Len() {
			e := b.At(i)
			if e.RawName() != want[e.Name] {
				t.Errorf("name %q with bytes %q", e.Name, e.RawName())
			}
			delete(want, e.Name)
			if err := f.Rename(ctx, filepath.Join(dir, e.Name), filepath.Join(dir, e.Name+"2")); err != nil {
				t.Error(err)
			}
			if _, err := os.Lstat(filepath.Join(dir, e.RawName()+"2")); err != nil {
				t.Error(err)
			}
		}
		return nil
	}); err != nil || len(want) > 0 {
		t.Errorf("%v, not seen: %q", err, want)
	}
}

func TestErrorsSayTheirClass(t *testing.T) {
	dir, f, ctx := t.TempDir(), localfs.New(), t.Context()
	file := filepath.Join(dir, "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := f.Stat(ctx, filepath.Join(dir, "no"))
	if !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, vfs.ErrLocal) || vfs.ExitCode(err) != vfs.ExitLocal {
		t.Errorf("missing: %v", err)
	}
	if want := `look up "` + filepath.Join(dir, "no") + `": no such file or directory`; runtime.GOOS == "linux" && err.Error() != want {
		t.Errorf("missing reads %q, want %q", err, want)
	}
	if err := f.Mkdir(ctx, file); !errors.Is(err, fs.ErrExist) {
		t.Errorf("existing: %v", err)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if err := f.Mkdir(canceled, filepath.Join(dir, "x")); !errors.Is(err, context.Canceled) || errors.Is(err, vfs.ErrLocal) {
		t.Errorf("canceled: %v", err)
	}
}

func TestFullDiskIsToldAsSuch(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full on this machine")
	}
	// A write to a regular file cannot be made to fail at will, so the class is
	// asked of the error that the system gives.
	file, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("cannot open /dev/full:", err)
	}
	defer file.Close()
	_, err = file.WriteString("x")
	got := localfs.Fail("write", "f", err)
	if !errors.Is(got, vfs.ErrDiskFull) || !errors.Is(got, vfs.ErrLocal) || !vfs.Permanent(got) {
		t.Errorf("%v", got)
	}
}

// splicer is a reader that would move its bytes itself.
type splicer struct {
	data []byte
	to   io.Writer
}

func (s *splicer) Read([]byte) (int, error) { return 0, errors.New("read in place of WriteTo") }
func (s *splicer) WriteTo(w io.Writer) (int64, error) {
	s.to = w
	n, err := w.Write(s.data)
	return int64(n), err
}

func TestFilesAreHandedOverForTheSystemToMove(t *testing.T) {
	dir, f, ctx := t.TempDir(), localfs.New(), t.Context()
	p := filepath.Join(dir, "f")
	s := &splicer{data: []byte("hello")}
	if n, err := f.Write(ctx, p, s, vfs.WriteOptions{}); err != nil || n != 5 {
		t.Fatal(n, err)
	}
	if _, ok := s.to.(*os.File); !ok {
		t.Errorf("WriteTo was given a %T", s.to)
	}
	if err := f.Read(ctx, p, vfs.ReadOptions{}, func(r io.Reader) error {
		if _, ok := r.(*os.File); !ok {
			t.Errorf("Read lends a %T", r)
		}
		_, err := f.Write(ctx, p+"2", r, vfs.WriteOptions{})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(p + "2"); string(got) != "hello" {
		t.Errorf("the copy holds %q", got)
	}
}

func TestHashAndSpace(t *testing.T) {
	dir, f, ctx := t.TempDir(), localfs.New(), t.Context()
	p := filepath.Join(dir, "f")
	if err := os.WriteFile(p, []byte("xhellox"), 0o600); err != nil {
		t.Fatal(err)
	}
	for algo, want := range map[string]string{"crc32": "3610a686", "md5": "5d41402abc4b2a76b9719d911017c592",
		"sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"} {
		if got, err := f.Hash(ctx, algo, p, 1, 5); err != nil || got != want {
			t.Errorf("%s: %s, %v", algo, got, err)
		}
	}
	if _, err := f.Hash(ctx, "rot13", p, 0, -1); !errors.Is(err, vfs.ErrUnsupported) {
		t.Errorf("unknown hash: %v", err)
	}
	if n, err := f.Space(ctx, dir); err != nil || n <= 0 {
		t.Errorf("free: %d, %v", n, err)
	}
}

func TestWhatIsBehindAnOffsetStays(t *testing.T) {
	f, p := localfs.New(), filepath.Join(t.TempDir(), "f")
	for _, part := range []struct {
		off  int64
		text string
	}{{11, "!"}, {6, "world"}} {
		if _, err := f.Write(t.Context(), p, strings.NewReader(part.text), vfs.WriteOptions{Offset: part.off}); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile(p); string(got) != "\x00\x00\x00\x00\x00\x00world!" {
		t.Errorf("the file holds %q", got)
	}
}

func TestANameThatIsTooLongSaysSo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows says that in several ways")
	}
	_, err := localfs.New().Write(t.Context(), filepath.Join(t.TempDir(), strings.Repeat("n", 300)), strings.NewReader("x"), vfs.WriteOptions{})
	if !errors.Is(err, vfs.ErrLongName) || vfs.ExitCode(err) != vfs.ExitLocal || !strings.Contains(err.Error(), "try a shorter one") {
		t.Error(err)
	}
}
