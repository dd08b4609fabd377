package ftpsvc

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// lure is a download from a server that lies about what is in its folders.
type lure struct {
	*rig
	srv    *ftptest.Script
	base   string              // all below it is looked at
	target string              // the only folder that may change
	lists  map[string][]string // MLSD lines of a folder
}

const evil = "evil bytes"

func newLure(t *testing.T) *lure {
	t.Helper()
	l := &lure{srv: ftptest.NewScript(t), base: t.TempDir(), lists: map[string][]string{}}
	l.target = filepath.Join(l.base, "a", "b", "target")
	for _, d := range []string{l.target, filepath.Join(l.base, "outside", "sub")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"x", "a/x", "a/b/x", "outside/secret", "outside/sub/secret"} {
		if err := os.WriteFile(filepath.Join(l.base, f), bystander, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l.srv.Mkdir("/evil")
	l.srv.On("MLSD", func(c *ftptest.Conn, arg string) {
		lines, ok := l.lists[arg]
		if !ok {
			c.Default()
			return
		}
		c.SendText(strings.Join(lines, "\r\n") + "\r\n")
	})
	l.srv.On("RETR", func(c *ftptest.Conn, _ string) { c.SendText(evil) })
	l.rig = scriptRig(t, l.srv)
	return l
}

func fileLine(name string) string { return fmt.Sprintf("type=file;size=%d; %s", len(evil), name) }
func dirLine(name string) string  { return "type=dir; " + name }
func linkLine(name, to string) string {
	return fmt.Sprintf("type=OS.unix=slink:%s; %s", to, name)
}

func (l *lure) take(o CopyOptions) JobResult {
	l.t.Helper()
	if o.Conflict == "" {
		o.Conflict = queue.Overwrite
	}
	res := l.do(Copy{From: l.conn, Paths: []string{"/evil"}, To: Local, Dir: l.target, Options: o}).(JobResult)
	l.unharmed()
	return res
}

// unharmed checks that all around the target is as it was, and that no link in
// it leads out.
func (l *lure) unharmed() {
	l.t.Helper()
	want := map[string]bool{"x": true, "a/x": true, "a/b/x": true, "outside/secret": true, "outside/sub/secret": true}
	err := filepath.WalkDir(l.base, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(l.base, p)
		rel = filepath.ToSlash(rel)
		if p == l.target {
			return filepath.SkipDir
		}
		switch {
		case d.IsDir() && (rel == "." || rel == "a" || rel == "a/b" || rel == "outside" || rel == "outside/sub"):
		case want[rel]:
			if got, _ := os.ReadFile(p); !bytes.Equal(got, bystander) {
				l.t.Errorf("%s was changed to %q", rel, got)
			}
			delete(want, rel)
		default:
			l.t.Errorf("%s appeared", rel)
		}
		return nil
	})
	if err != nil || len(want) > 0 {
		l.t.Errorf("%v; gone: %v", err, want)
	}
}

// got returns what lies in the target, with its content; links are "-> target".
func (l *lure) got() map[string]string {
	l.t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(l.target, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == l.target {
			return err
		}
		rel, _ := filepath.Rel(l.target, p)
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			to, _ := os.Readlink(p)
			out[rel] = "-> " + to
		case d.IsDir():
			out[rel] = "dir"
		default:
			b, _ := os.ReadFile(p)
			out[rel] = string(b)
		}
		return nil
	})
	if err != nil {
		l.t.Error(err)
	}
	return out
}

func TestHostile1PathsInListingsStayInside(t *testing.T) {
	l := newLure(t)
	abs := filepath.Join(l.base, "outside", "new")
	for _, n := range []string{"../../x", "../x", "/etc/ferry-test-x", abs, "sub/../../../x", "a/b", "./y", "..", "../"} {
		l.lists["/evil"] = append(l.lists["/evil"], fileLine(n), dirLine(n))
	}
	l.lists["/evil"] = append(l.lists["/evil"], fileLine("good"))
	res := l.take(CopyOptions{})
	if got := l.got(); got["evil/good"] != evil {
		t.Errorf("the good file is missing: %v, %+v", got, res)
	}
}

func TestHostile2WindowsPathsStayInside(t *testing.T) {
	l := newLure(t)
	for _, n := range []string{`..\x`, `..\..\x`, `C:\x`, `C:x`, "C:", `\\host\share\x`, `\x`, "x:stream", `a\b`} {
		l.lists["/evil"] = append(l.lists["/evil"], fileLine(n), dirLine(n+"d"))
		l.lists["/evil/"+n+"d"] = []string{fileLine("in")}
	}
	l.take(CopyOptions{})
	for p := range l.got() {
		if !strings.HasPrefix(filepath.ToSlash(p), "evil") || runtime.GOOS == "windows" && strings.ContainsAny(strings.TrimPrefix(p, "evil\\"), `:`) {
			t.Errorf("%q came", p)
		}
	}
}

func TestHostile3DotsAndBlanksAreNoFolders(t *testing.T) {
	l := newLure(t)
	for _, n := range []string{".", "..", "", " ", "   ", "...", ". ", ".. "} {
		l.lists["/evil"] = append(l.lists["/evil"], dirLine(n), fileLine(n))
	}
	l.lists["/evil"] = append(l.lists["/evil"], fileLine("good"))
	l.lists["/evil/   "] = []string{fileLine("in")}
	res := l.take(CopyOptions{})
	if got := l.got(); got["evil/good"] != evil {
		t.Errorf("the good file is missing: %v, %+v", got, res)
	}
}

func TestHostile4NoWritingThroughALinkOfTheSameName(t *testing.T) {
	for _, policy := range []queue.LinkPolicy{queue.LinksSkip, queue.LinksRecreate, queue.LinksFollow} {
		for _, linkFirst := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s link first %v", policy, linkFirst), func(t *testing.T) {
				l := newLure(t)
				for _, to := range []string{filepath.Join(l.base, "outside"), "../../../../outside", "inner"} {
					lines := []string{linkLine("d", to), dirLine("d")}
					if !linkFirst {
						lines[0], lines[1] = lines[1], lines[0]
					}
					l.lists["/evil"] = append(lines, dirLine("inner"))
					l.lists["/evil/d"] = []string{fileLine("secret"), fileLine("new"), dirLine("sub")}
					l.lists["/evil/d/sub"] = []string{fileLine("secret"), fileLine("new")}
					l.lists["/evil/inner"] = []string{}
					l.take(CopyOptions{Links: policy})
				}
			})
		}
	}
}

func TestHostile4AnOldLinkInTheTargetIsNotWrittenThrough(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need privileges on Windows")
	}
	l := newLure(t)
	if err := os.MkdirAll(filepath.Join(l.target, "evil"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"d": filepath.Join(l.base, "outside"), "f": filepath.Join(l.base, "outside", "secret")} {
		if err := os.Symlink(to, filepath.Join(l.target, "evil", name)); err != nil {
			t.Fatal(err)
		}
	}
	l.lists["/evil"] = []string{dirLine("d"), fileLine("f")}
	l.lists["/evil/d"] = []string{fileLine("secret"), fileLine("new")}
	l.take(CopyOptions{})
}

func TestHostile5LinksThatLeadOutAreNotMade(t *testing.T) {
	for _, policy := range []queue.LinkPolicy{queue.LinksSkip, queue.LinksRecreate, queue.LinksFollow} {
		t.Run(string(policy), func(t *testing.T) {
			l := newLure(t)
			for i, to := range []string{"../../../outside/secret", filepath.Join(l.base, "outside"), "/etc/passwd", "a/../../../../x", "..", "good", "./good"} {
				l.lists["/evil"] = append(l.lists["/evil"], linkLine(fmt.Sprintf("l%d", i), to))
			}
			l.lists["/evil"] = append(l.lists["/evil"], fileLine("good"))
			res := l.take(CopyOptions{Links: policy})
			for p, c := range l.got() {
				to, link := strings.CutPrefix(c, "-> ")
				if link && (filepath.IsAbs(to) || !filepath.IsLocal(filepath.Join(filepath.Dir(p), to))) {
					t.Errorf("%s leads to %s", p, to)
				}
			}
			if l.got()["evil/good"] != evil {
				t.Errorf("the good file is missing: %+v", res)
			}
		})
	}
}

func TestHostile5UploadDoesNotFollowLinksOut(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need privileges on Windows")
	}
	for _, policy := range []queue.LinkPolicy{queue.LinksSkip, queue.LinksRecreate, queue.LinksFollow} {
		t.Run(string(policy), func(t *testing.T) {
			l := newLure(t)
			src := filepath.Join(l.target, "src")
			if err := os.MkdirAll(src, 0o755); err != nil {
				t.Fatal(err)
			}
			for name, to := range map[string]string{"abs": filepath.Join(l.base, "outside"), "up": "../../../../outside/secret", "file": filepath.Join(l.base, "x")} {
				if err := os.Symlink(to, filepath.Join(src, name)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(src, "good"), []byte("good"), 0o644); err != nil {
				t.Fatal(err)
			}
			l.srv.Mkdir("/up")
			l.do(Copy{From: Local, Paths: []string{src}, To: l.conn, Dir: "/up", Options: CopyOptions{Conflict: queue.Overwrite, Links: policy}})
			for _, p := range l.srv.Paths() {
				if data, ok := l.srv.Get(p); ok && bytes.Equal(data, bystander) {
					t.Errorf("%s holds what lies outside of the tree", p)
				}
			}
			if got, _ := l.srv.Get("/up/src/good"); string(got) != "good" {
				t.Error("the good file is missing")
			}
		})
	}
}

func TestHostile6NamesOfOtherFoldersAreRefused(t *testing.T) {
	l := newLure(t)
	l.lists["/evil"] = []string{dirLine("a"), fileLine("good")}
	l.lists["/evil/a"] = []string{fileLine("../b/x"), fileLine("/evil/b/y"), fileLine("b/z"), fileLine("mine")}
	l.take(CopyOptions{})
	for p := range l.got() {
		switch filepath.ToSlash(p) {
		case "evil", "evil/a", "evil/good", "evil/a/mine":
		default:
			if !strings.HasPrefix(filepath.ToSlash(p), "evil/a/") {
				t.Errorf("%q came", p)
			}
		}
	}
	if l.got()["evil/a/mine"] != evil {
		t.Error("the folder's own file is missing")
	}
}

// metaNames mean something to a shell, to an option parser or to a careless open.
var metaNames = []string{"|touch x", "-rf", "--help", "~", "~root", "$(touch x)", "`touch x`", "a;b", "a&b", ">x", "*", "?", "%s%n", "!x", "'", `"`}

func TestHostile7MetaCharactersAreOnlyNames(t *testing.T) {
	l := newLure(t)
	for _, n := range metaNames {
		l.lists["/evil"] = append(l.lists["/evil"], fileLine(n))
	}
	res := l.take(CopyOptions{})
	got := l.got()
	if res.Done != int64(len(metaNames)) || len(got) != len(metaNames)+1 {
		t.Errorf("%+v: %v", res, got)
	}
	for _, n := range metaNames {
		if runtime.GOOS != "windows" && got["evil/"+n] != evil {
			t.Errorf("%q is missing", n)
		}
	}
	for _, c := range l.srv.Commands() {
		if strings.HasPrefix(c, "RETR") && !strings.HasPrefix(c, "RETR /evil/") {
			t.Errorf("sent %q", c)
		}
	}
}

func TestHostile8NamesThatAreOneToTheDiskDoNotOverwrite(t *testing.T) {
	l := newLure(t)
	names := []string{"Same", "SAME", "same", "caf\u00e9", "cafe\u0301", "twice", "twice"}
	for _, n := range names {
		l.lists["/evil"] = append(l.lists["/evil"], fileLine(n))
	}
	l.srv.On("RETR", func(c *ftptest.Conn, arg string) { c.SendText((arg + strings.Repeat("#", 10))[:len(evil)]) })
	res := l.take(CopyOptions{Conflict: queue.KeepBoth})
	if res.Done+res.Skipped+res.Failed < int64(len(names))-1 || res.Canceled > 0 {
		t.Errorf("%+v", res)
	}
	files := 0
	for _, c := range l.got() {
		if c != "dir" {
			files++
			if len(c) != len(evil) {
				t.Errorf("a mixed file: %q", c)
			}
		}
	}
	if files < int(res.Done) {
		t.Errorf("%d done, and only %d files: one was overwritten", res.Done, files)
	}
}

func TestHostile9NamesTheDiskRefusesAreEncoded(t *testing.T) {
	l := newLure(t)
	names := []string{strings.Repeat("n", 300), strings.Repeat("é", 2048), strings.Repeat("n", 299) + "m", "CON", "nul.txt", "com1", "trailing.", "a:b", strings.Repeat("f", 255)}
	for _, n := range names {
		l.lists["/evil"] = append(l.lists["/evil"], fileLine(n))
	}
	l.lists["/evil"] = append(l.lists["/evil"], "type=file;size=10; nul\x00in the name")
	res := l.take(CopyOptions{})
	if res.Done < int64(len(names)) {
		t.Errorf("%+v", res)
	}
	files := 0
	for p, c := range l.got() {
		if c == evil {
			files++
		}
		if n := len(filepath.Base(p)); n > 255 {
			t.Errorf("a name of %d bytes", n)
		}
	}
	if files < len(names) {
		t.Errorf("%d files of %d", files, len(names))
	}
}

func TestHostile10PartialNamesAreNotMixed(t *testing.T) {
	l := newLure(t)
	dir := filepath.Join(l.target, "evil")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mine := map[string]string{"x": "old x, of mine", ".x.ferry-part-aaaaaaaa": "not ferry's", "x.part": "old part"}
	for n, c := range mine {
		if err := os.WriteFile(filepath.Join(dir, n), []byte(c), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l.lists["/evil"] = []string{fileLine("x"), fileLine("x.part"), fileLine(".x.ferry-part-bbbbbbbb"), fileLine("y.part")}
	res := l.take(CopyOptions{Conflict: queue.ResumePart})
	got := l.got()
	if got["evil/.x.ferry-part-aaaaaaaa"] != mine[".x.ferry-part-aaaaaaaa"] {
		t.Errorf("a file of mine with a name like a partial one holds %q", got["evil/.x.ferry-part-aaaaaaaa"])
	}
	for n, c := range got {
		if c != "dir" && c != evil && c != mine[filepath.Base(n)] {
			t.Errorf("%s holds a mixture: %q", n, c)
		}
	}
	if got["evil/y.part"] != evil {
		t.Errorf("y.part: %q, %+v", got["evil/y.part"], res)
	}
}

// endless makes every folder below /evil hold these lines.
func (l *lure) endless(lines ...string) {
	l.srv.On("MLSD", func(c *ftptest.Conn, arg string) {
		if !strings.HasPrefix(arg, "/evil") {
			c.Default()
			return
		}
		c.SendText(strings.Join(lines, "\r\n") + "\r\n")
	})
}

func TestHostile11AFolderInItselfEnds(t *testing.T) {
	l := newLure(t)
	name := strings.Repeat("loop", 30)
	l.endless(dirLine(name), fileLine("f"))
	res := l.take(CopyOptions{})
	if res.FirstErr == nil {
		t.Errorf("no word about a tree without an end: %+v", res)
	}
}

func TestHostile11CountingATreeWithoutEndCanBeCanceled(t *testing.T) {
	l := newLure(t)
	l.endless(dirLine("l"), dirLine("m"))
	id := l.s.Submit(Measure{Conn: l.conn, Paths: []string{"/evil"}})
	if err := l.srv.Await(t.Context(), "MLSD", 20); err != nil {
		t.Fatal(err)
	}
	l.s.Submit(Cancel{ID: id})
	if e, ok := l.end(id).(Canceled); !ok {
		t.Errorf("ended in %#v", e)
	}
}

func TestHostile11AVeryLongListingIsTakenInBatches(t *testing.T) {
	l := newLure(t)
	n := 200_000
	if testing.Short() {
		n = 5_000
	}
	l.srv.On("MLSD", func(c *ftptest.Conn, _ string) {
		c.Send(func(w io.Writer) error {
			for i := range n {
				if _, err := fmt.Fprintf(w, "type=file;size=1; file-%d\r\n", i); err != nil {
					return err
				}
			}
			return nil
		})
	})
	info := l.do(List{Conn: l.conn, Path: "/evil"}).(vfs.ListInfo)
	if info.Entries != n || !info.Complete() {
		t.Errorf("%d entries, %d unread", info.Entries, info.Unknown)
	}
}

func TestHostile12DotFilesAreAskedAboutBeforeTheyAreReplaced(t *testing.T) {
	l := newLure(t)
	dir := filepath.Join(l.target, "evil")
	if err := os.MkdirAll(filepath.Join(dir, ".ssh"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{".bashrc", ".ssh/authorized_keys"} {
		if err := os.WriteFile(filepath.Join(dir, n), bystander, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l.lists["/evil"] = []string{fileLine(".bashrc"), dirLine(".ssh")}
	l.lists["/evil/.ssh"] = []string{fileLine("authorized_keys")}
	asked := map[string]bool{}
	l.answer = func(q Question) any {
		asked[q.Target.Name] = true
		return queue.Skip
	}
	l.take(CopyOptions{Conflict: queue.Ask})
	if !asked[".bashrc"] || !asked["authorized_keys"] {
		t.Errorf("asked about %v", asked)
	}
	for n, c := range l.got() {
		if c != "dir" && c != string(bystander) {
			t.Errorf("%s was replaced", n)
		}
	}
}
