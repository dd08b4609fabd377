package ftpsvc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// lister are the features of a server that knows LIST and MDTM.
var lister = []string{"EPSV", "SIZE", "MDTM", "MFMT", "REST STREAM"}

// patient bears a transfer that stands still.
func patient(_ *Options, e *vfs.Endpoint) { e.Timeout, e.DataIdle = 20*time.Second, 20*time.Second }

// A file that is written anew in place while it is read is fetched again, and
// has the new time; without MDTM and MLST nothing can be seen of it.
func TestASourceThatChangesWhileItIsReadIsFetchedAgain(t *testing.T) {
	for _, c := range []struct {
		name     string
		size     int
		segments int
		features []string
	}{{"big", 3 << 20, 1, nil}, {"big, from LIST", 3 << 20, 1, lister}, {"in segments", 3 << 20, 3, nil}, {"small, from LIST", 100 << 10, 1, lister}} {
		t.Run(c.name, func(t *testing.T) {
			srv := ftptest.NewScript(t, ftptest.ScriptOptions{Features: c.features})
			old, young := bytes.Repeat([]byte("old "), c.size/4), bytes.Repeat([]byte("new "), c.size/4)
			srv.Put("/far/f", old)
			srv.Touch("/far/f", someDay)
			reached, goOn := make(chan struct{}), make(chan struct{})
			srv.Fault(ftptest.Fault{Verb: "RETR", Nth: 1, When: ftptest.AtByte, Byte: int64(c.size / 8), Do: ftptest.Pause, Reached: reached, Go: goOn})
			r := scriptRig(t, srv, patient, remembers(&learning{l: vfs.Learned{Zone: "+00:00"}}))
			dir := t.TempDir()
			id := r.s.Submit(Copy{From: r.conn, Paths: []string{"/far/f"}, To: Local, Dir: dir, Options: CopyOptions{KeepTime: true, Segments: c.segments}})
			<-reached
			later := someDay.AddDate(0, 2, 3)
			srv.Put("/far/f", young)
			srv.Touch("/far/f", later)
			close(goOn)
			res := r.end(id).(Done).Value.(JobResult)
			got, err := os.ReadFile(filepath.Join(dir, "f"))
			if err != nil || !bytes.Equal(got, young) || res.Verified != 1 {
				t.Errorf("%+v, %d bytes, the new ones: %v, %v", res, len(got), bytes.Equal(got, young), err)
			}
			if fi, err := os.Stat(filepath.Join(dir, "f")); err != nil || !fi.ModTime().Equal(later) {
				t.Errorf("its time is %v, %v", fi.ModTime().UTC(), err)
			}
			if !strings.Contains(r.notices(), "changed while it was read") && c.segments == 1 { // the parts may be found not to fit first
				t.Errorf("nobody was told: %s", r.notices())
			}
			if left := tree(t, dir); left != "f" {
				t.Errorf("left: %s", left)
			}
		})
	}
}

// What a listing tells without seconds, or as a day, is told exactly by what
// rides with the download.
func TestDownloadsHaveTheExactTime(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{Features: lister})
	times := map[string]time.Time{"day": time.Date(2024, 1, 5, 3, 4, 5, 0, time.UTC), "minute": time.Now().UTC().Add(-50 * time.Hour).Truncate(time.Hour).Add(33*time.Minute + 44*time.Second)}
	for name, at := range times {
		srv.Put("/far/"+name, some(1000))
		srv.Touch("/far/"+name, at)
	}
	r := scriptRig(t, srv, remembers(&learning{l: vfs.Learned{Zone: "+00:00"}}))
	dir := t.TempDir()
	get := Copy{From: r.conn, Paths: []string{"/far"}, To: Local, Dir: dir, Contents: true, Options: CopyOptions{KeepTime: true, Conflict: queue.Differs}}
	for range 2 {
		srv.Forget()
		r.do(get)
		for name, at := range times {
			if fi, err := os.Stat(filepath.Join(dir, name)); err != nil || !fi.ModTime().Equal(at) {
				t.Errorf("%s: %v, want %v, %v", name, fi.ModTime().UTC(), at, err)
			}
		}
	}
	if srv.Count("RETR") > 0 || srv.Count("MDTM") > 0 {
		t.Errorf("what is there already cost %d RETR, %d MDTM", srv.Count("RETR"), srv.Count("MDTM"))
	}
	if strings.Contains(r.notices(), "changed") {
		t.Error(r.notices())
	}
}

// A change that hides behind the minute of a listing, or the day of an old
// one, is asked about where it can be: together, and of few files.
func TestRoughTimesAreAskedAboutInDoubt(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{Features: lister})
	const n = 30
	now := time.Now().UTC().Truncate(time.Minute)
	for i := range n {
		p := fmt.Sprintf("/far/f%02d", i)
		srv.Put(p, some(1000))
		srv.Touch(p, now.Add(time.Second))
	}
	r := scriptRig(t, srv, remembers(&learning{l: vfs.Learned{Zone: "+00:00"}}))
	dir := t.TempDir()
	get := Copy{From: r.conn, Paths: []string{"/far"}, To: Local, Dir: dir, Contents: true, Options: CopyOptions{KeepTime: true, Conflict: queue.Differs}}
	if res := r.do(get).(JobResult); res.Done != n {
		t.Fatalf("%+v", res)
	}
	young := bytes.Repeat([]byte("n"), 1000)
	srv.Put("/far/f07", young)
	srv.Touch("/far/f07", now.Add(50*time.Second)) // of the same minute
	if res := r.do(get).(JobResult); res.Done != 1 || res.Skipped != n-1 {
		t.Errorf("down: %+v", res)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "f07")); !bytes.Equal(got, young) {
		t.Error("the change did not arrive")
	}
	// And the other way.
	if err := os.WriteFile(filepath.Join(dir, "f09"), young, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, "f09"), now, now.Add(40*time.Second)); err != nil {
		t.Fatal(err)
	}
	put := Copy{From: Local, Paths: []string{dir}, To: r.conn, Dir: "/far", Contents: true, Options: CopyOptions{KeepTime: true, Conflict: queue.Differs}}
	if res := r.do(put).(JobResult); res.Done != 1 || res.Skipped != n-1 {
		t.Errorf("up: %+v", res)
	}
	if got, _ := srv.Get("/far/f09"); !bytes.Equal(got, young) {
		t.Error("the change was not sent")
	}
	// One that is named is asked about in any case.
	old := filepath.Join(dir, "f11")
	day := time.Date(2024, 1, 5, 3, 0, 0, 0, time.UTC)
	if err := os.Chtimes(old, day, day); err != nil {
		t.Fatal(err)
	}
	srv.Put("/far/f11", young)
	srv.Touch("/far/f11", day.Add(9*time.Hour))
	if res := r.do(Copy{From: r.conn, Paths: []string{"/far/f11"}, To: Local, Dir: dir, Options: get.Options}).(JobResult); res.Done != 1 {
		t.Errorf("named: %+v", res)
	}
}

// "Resume" goes on with what is there if it fits, and says it where it does not.
func TestAConflictAnsweredByResume(t *testing.T) {
	const size = 300 << 10
	data := some(size)
	other := bytes.Repeat([]byte("x"), 200<<10)
	for _, up := range []bool{false, true} {
		for name, c := range map[string]struct {
			there []byte
			sent  int // bytes at most
			told  string
		}{
			"it fits": {data[:200<<10], 2*64<<10 + size - 200<<10 + 1000, ""}, "it does not": {other, size * 2, "does not fit"},
			"too short": {data[:1000], size * 2, "too short"}, "larger": {append(bytes.Clone(data), 'x'), size * 2, "larger"},
		} {
			t.Run(fmt.Sprintf("%s, upload %v", name, up), func(t *testing.T) {
				srv := ftptest.NewScript(t)
				r := scriptRig(t, srv)
				r.answer = func(q Question) any { return queue.ResumePart }
				dir := t.TempDir()
				file := filepath.Join(dir, "f")
				req := Copy{From: r.conn, Paths: []string{"/far/f"}, To: Local, Dir: dir}
				local, far := c.there, data
				if up {
					req, local, far = Copy{From: Local, Paths: []string{file}, To: r.conn, Dir: "/far"}, data, c.there
				}
				srv.Put("/far/f", far)
				if err := os.WriteFile(file, local, 0o600); err != nil {
					t.Fatal(err)
				}
				res := r.do(req).(JobResult)
				got, _ := srv.Get("/far/f")
				if !up {
					got, _ = os.ReadFile(file)
				}
				if res.Verified != 1 || !bytes.Equal(got, data) {
					t.Errorf("%+v, %d bytes", res, len(got))
				}
				rest := 0
				for _, line := range srv.Commands() {
					if strings.HasPrefix(line, "REST ") && line != "REST 0" {
						rest++
					}
				}
				if (c.told == "") != !strings.Contains(r.notices(), "from the beginning") || !strings.Contains(r.notices(), c.told) || c.told == "" && rest < 2 {
					t.Errorf("%d restarts, told: %s", rest, r.notices())
				}
				if names := fmt.Sprint(listNow(r, "/far")) + tree(t, dir); names != "[f]f" {
					t.Errorf("left: %s", names)
				}
			})
		}
	}
}

// What comes to a download's target while it runs is a conflict like any other.
func TestWhatComesToTheTargetMeanwhile(t *testing.T) {
	for policy, want := range map[queue.Conflict]string{queue.Overwrite: "theirs", queue.Skip: "mine", queue.Ask: "theirs", queue.KeepBoth: "mine"} {
		t.Run(string(policy), func(t *testing.T) {
			srv := ftptest.NewScript(t)
			srv.Put("/far/f", bytes.Repeat([]byte("theirs"), 100))
			reached, goOn := make(chan struct{}), make(chan struct{})
			srv.Fault(ftptest.Fault{Verb: "RETR", Nth: 1, When: ftptest.AtByte, Byte: 10, Do: ftptest.Pause, Reached: reached, Go: goOn})
			r := scriptRig(t, srv, patient)
			r.answer = func(Question) any { return queue.Overwrite }
			dir := t.TempDir()
			id := r.s.Submit(Copy{From: r.conn, Paths: []string{"/far/f"}, To: Local, Dir: dir, Options: CopyOptions{Conflict: policy}})
			<-reached
			if err := os.WriteFile(filepath.Join(dir, "f"), []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
			close(goOn)
			res := r.end(id).(Done).Value.(JobResult)
			if got, _ := os.ReadFile(filepath.Join(dir, "f")); !strings.HasPrefix(string(got), want) || res.Failed > 0 {
				t.Errorf("%+v, %.10q", res, got)
			}
			names := "f"
			if policy == queue.KeepBoth {
				names = "f, f (2)"
			}
			if got := tree(t, dir); got != names {
				t.Errorf("there is %s", got)
			}
		})
	}
}

// The size of an item is what came, not what a listing said.
func TestAnItemHasTheSizeThatCame(t *testing.T) {
	r := newRig(t)
	r.remote.put("/src/f", some(5000))
	first := true
	r.remote.sizes = func(path string, n int64) int64 {
		if path == "/src/f" && first {
			first = false
			return 90000
		}
		return n
	}
	c := r.connect()
	r.do(Copy{From: c, Paths: []string{"/src"}, To: Local, Dir: "/dst"})
	for _, e := range r.seen {
		if d, ok := e.(ItemDone); ok && d.Item.Kind == queue.KindFile && (d.Item.Size != 5000 || d.Item.Bytes != 5000) {
			t.Errorf("size %d, %d bytes", d.Item.Size, d.Item.Bytes)
		}
	}
}

// A server that ends a file early and calls that the whole (226) does so each
// time: a second try at the same place is the last.
func TestAFileThatEndsEarlyEachTimeIsGivenUp(t *testing.T) {
	for _, c := range []struct{ ends, segments int }{{2 << 20, 1}, {1000, 1}, {0, 1}, {2 << 20, 3}} {
		t.Run(fmt.Sprint(c.ends, " in ", c.segments), func(t *testing.T) {
			srv := ftptest.NewScript(t)
			data := some(3 << 20)
			srv.Put("/far/f", data)
			srv.On("RETR", func(c1 *ftptest.Conn, _ string) {
				c1.SendText(string(data[min(int(c1.Rest), c.ends):c.ends]))
			})
			r := scriptRig(t, srv)
			dir := t.TempDir()
			res := r.do(Copy{From: r.conn, Paths: []string{"/far/f"}, To: Local, Dir: dir, Options: CopyOptions{Segments: c.segments}}).(JobResult)
			if !errors.Is(res.FirstErr, vfs.ErrVerify) || !strings.Contains(fmt.Sprint(res.FirstErr), "as it did before") {
				t.Errorf("%+v", res)
			}
			if n := srv.Count("RETR"); c.segments == 1 && n != 2 {
				t.Errorf("fetched %d times", n)
			}
			if left := tree(t, dir); left != "" {
				t.Errorf("left: %s", left)
			}
		})
	}
}
