package ftpsvc

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
	"ferry/ftpsvc/vfs"
)

// learning is a vfs.Memory that keeps what it is told.
type learning struct {
	trusting
	mu sync.Mutex
	l  vfs.Learned
}

func (m *learning) Learned(string) vfs.Learned {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.l
	l.ClearOK, l.Quirks = true, maps.Clone(l.Quirks)
	return l
}

func (m *learning) Learn(_ string, change func(*vfs.Learned)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.l)
}

func remembers(m *learning) func(*Options, *vfs.Endpoint) {
	return func(o *Options, _ *vfs.Endpoint) { o.Memory = m }
}

// refusing answers 553 to uploads under names that bad says are not allowed.
func refusing(srv *ftptest.Script, bad func(name string) bool) {
	srv.On("STOR", func(c *ftptest.Conn, arg string) {
		if bad(path.Base(arg)) {
			c.Reply(553, "this name is not allowed")
			return
		}
		c.Default()
	})
}

// Servers that refuse temporary names, or cannot rename, take uploads all the
// same; what was found out is remembered, and a second upload tries it at once.
func TestUploadsToServersThatRefuseTemporaryNames(t *testing.T) {
	hidden := func(n string) bool { return strings.HasPrefix(n, ".") }
	for _, c := range []struct {
		name   string
		bend   func(*ftptest.Script)
		quirk  string
		stores [2]int // STOR of the first and the second upload
		notice string
	}{
		{"no dots", func(s *ftptest.Script) { refusing(s, hidden) }, "no-dot-names", [2]int{2, 1}, "begin with a dot"},
		{"no temporary names", func(s *ftptest.Script) { refusing(s, transfer.IsTemp) }, "no-temp-names", [2]int{3, 1}, "refuses temporary names"},
		{"no RNFR", func(s *ftptest.Script) { s.Refuse(502, "RNFR", "RNTO") }, "no-rename", [2]int{1, 1}, "does not rename"},
		{"renames refused", func(s *ftptest.Script) { s.Refuse(550, "RNFR") }, "no-rename", [2]int{2, 1}, "does not rename"},
		{"new names refused", func(s *ftptest.Script) { s.Refuse(550, "RNTO") }, "no-rename", [2]int{2, 1}, "does not rename"},
		{"neither", func(s *ftptest.Script) { refusing(s, transfer.IsTemp); s.Refuse(502, "RNFR", "RNTO") }, "no-rename", [2]int{1, 1}, "does not rename"},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := ftptest.NewScript(t)
			c.bend(srv)
			dir, mem := t.TempDir(), &learning{}
			for try, stores := range c.stores {
				r := scriptRig(t, srv, remembers(mem))
				srv.Put("/far/f", []byte("old"))
				data := some(2<<20 + try)
				file := filepath.Join(dir, "f")
				if err := os.WriteFile(file, data, 0o600); err != nil {
					t.Fatal(err)
				}
				srv.Forget()
				res := r.do(Copy{From: Local, Paths: []string{file}, To: r.conn, Dir: "/far", Options: CopyOptions{Conflict: queue.Overwrite}}).(JobResult)
				if got, _ := srv.Get("/far/f"); res.Verified != 1 || !bytes.Equal(got, data) {
					t.Fatalf("%+v, %d bytes", res, len(got))
				}
				if n := srv.Count("STOR"); n != stores {
					t.Errorf("upload %d: %d STOR, want %d: %q", try, n, stores, srv.Commands())
				}
				if try == 0 && !strings.Contains(r.notices(), c.notice) {
					t.Errorf("notices: %s", r.notices())
				}
				for _, p := range listNow(r, "/far") {
					if p != "f" {
						t.Errorf("left: %s", p)
					}
				}
				r.s.Close()
			}
			if !mem.Learned("").Quirks[c.quirk] {
				t.Errorf("learned %v", mem.Learned("").Quirks)
			}
		})
	}
}

// listNow are the names in a folder of the server.
func listNow(r *rig, dir string) (names []string) {
	n := len(r.seen)
	r.do(List{Conn: r.conn, Path: dir, Refresh: true})
	for _, e := range r.seen[n:] {
		if rows, ok := e.(Rows); ok {
			for i := range rows.Batch.Len() {
				names = append(names, rows.Batch.At(i).Name)
			}
		}
	}
	return names
}

// Where no temporary name is to be had, the old file steps aside and comes back.
func TestAnOldFileThatStepsAsideComesBack(t *testing.T) {
	for _, fault := range []ftptest.Fault{
		{Verb: "STOR", Name: "f", When: ftptest.AtByte, Byte: 1 << 20, Do: ftptest.CloseData, Code: 552},
		{Verb: "STOR", Name: "f", Nth: 1, When: ftptest.AtByte, Byte: 1 << 20, Do: ftptest.ResetControl},
	} {
		srv := ftptest.NewScript(t)
		refusing(srv, transfer.IsTemp)
		srv.Fault(fault)
		srv.Put("/far/f", []byte("old"))
		r := scriptRig(t, srv, remembers(&learning{l: vfs.Learned{Quirks: map[string]bool{"no-temp-names": true}}}))
		file := filepath.Join(t.TempDir(), "f")
		data := some(3 << 20)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		res := r.do(Copy{From: Local, Paths: []string{file}, To: r.conn, Dir: "/far", Options: CopyOptions{Conflict: queue.Overwrite}}).(JobResult)
		got, _ := srv.Get("/far/f")
		switch {
		case fault.Code == 552 && (string(got) != "old" || !errors.Is(res.FirstErr, vfs.ErrQuota)):
			t.Errorf("refused: the file has %d bytes, %+v", len(got), res)
		case fault.Code != 552 && (!bytes.Equal(got, data) || res.Verified != 1):
			t.Errorf("lost: the file has %d bytes, %+v", len(got), res)
		}
		if names := listNow(r, "/far"); fmt.Sprint(names) != "[f]" {
			t.Errorf("there is %v", names)
		}
	}
}

// Small files that are replaced are proven and renamed by what travels with
// them, not by a look at the folder for each.
func TestReplacedSmallFilesCostNoListingEach(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{Features: []string{"EPSV", "SIZE", "MDTM", "MFMT", "REST STREAM"}})
	dir := t.TempDir()
	const n = 20
	for i := range n {
		name := fmt.Sprintf("f%d", i)
		srv.Put("/far/"+name, []byte("old"))
		if err := os.WriteFile(filepath.Join(dir, name), some(100+i), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := scriptRig(t, srv)
	srv.Forget()
	res := r.do(Copy{From: Local, Paths: []string{dir}, To: r.conn, Dir: "/far", Contents: true, Options: CopyOptions{Conflict: queue.Overwrite, KeepTime: true}}).(JobResult)
	if res.Verified != n || looks(srv) > 2 || srv.Count("SIZE") != n || srv.Count("RNTO") != n || srv.Count("STOR") != n {
		t.Errorf("%+v; %d looks, %d SIZE, %d RNTO, %d STOR", res, looks(srv), srv.Count("SIZE"), srv.Count("RNTO"), srv.Count("STOR"))
	}
	for i := range n {
		if got, _ := srv.Get(fmt.Sprintf("/far/f%d", i)); !bytes.Equal(got, some(100+i)) {
			t.Errorf("f%d has %d bytes", i, len(got))
		}
	}
}

// A SIZE that lies neither proves a file nor condemns it.
func TestASIZEThatLiesIsNotBelieved(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.On("SIZE", func(c *ftptest.Conn, _ string) { c.Reply(213, "12345") })
	srv.Put("/far/f", []byte("old"))
	r := scriptRig(t, srv)
	dir := t.TempDir()
	for _, size := range []int{500, 2 << 20} {
		file := filepath.Join(dir, "f")
		if err := os.WriteFile(file, some(size), 0o600); err != nil {
			t.Fatal(err)
		}
		up := r.do(Copy{From: Local, Paths: []string{file}, To: r.conn, Dir: "/far", Options: CopyOptions{Conflict: queue.Overwrite}}).(JobResult)
		down := r.do(Copy{From: r.conn, Paths: []string{"/far/f"}, To: Local, Dir: filepath.Join(dir, "back"), Options: CopyOptions{Conflict: queue.Overwrite}}).(JobResult)
		if up.Verified != 1 || down.Verified != 1 {
			t.Errorf("%d bytes: up %+v, down %+v", size, up, down)
		}
	}
}

// An upload is gone on with by APPE where REST is refused, once all that is
// there was compared.
func TestUploadsAreResumedByAppendingWhereRESTIsRefused(t *testing.T) {
	for _, fits := range []bool{true, false} {
		srv := ftptest.NewScript(t)
		srv.Refuse(502, "REST")
		srv.Mkdir("/far")
		srv.Fault(ftptest.Fault{Verb: "STOR", Nth: 1, When: ftptest.AtByte, Byte: 1 << 20, Do: ftptest.ResetControl})
		data := some(2 << 20)
		if !fits {
			srv.On("RETR", func(c *ftptest.Conn, _ string) { c.SendText(strings.Repeat("other ", 1<<18)) })
		}
		r := scriptRig(t, srv)
		file := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		res := r.do(Copy{From: Local, Paths: []string{file}, To: r.conn, Dir: "/far", Options: CopyOptions{Conflict: queue.Overwrite}}).(JobResult)
		if got, _ := srv.Get("/far/f"); res.Verified != 1 || !bytes.Equal(got, data) {
			t.Errorf("%+v, %d bytes", res, len(got))
		}
		if (srv.Count("APPE") == 1) != fits || strings.Contains(r.notices(), "does not fit") == fits {
			t.Errorf("fits %v: %d APPE, %s", fits, srv.Count("APPE"), r.notices())
		}
	}
}

// A failed upload that is tried again by hand goes on from what has arrived.
func TestRetryGoesOnWithTheUploadThatFailed(t *testing.T) {
	const reached = 1 << 20
	srv := ftptest.NewScript(t)
	srv.Mkdir("/far")
	srv.Fault(ftptest.Fault{Verb: "STOR", Nth: 1, When: ftptest.AtByte, Byte: reached, Do: ftptest.ResetData, Code: 552, Text: "quota exceeded"})
	r := scriptRig(t, srv, func(o *Options, _ *vfs.Endpoint) { o.Foreign = true })
	file, data := filepath.Join(t.TempDir(), "f"), some(2<<20)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	copied := Copy{From: Local, Paths: []string{file}, To: r.conn, Dir: "/far", Options: CopyOptions{Conflict: queue.Overwrite}}
	if res := r.do(copied).(JobResult); res.Failed != 1 {
		t.Fatalf("%+v", res)
	}
	srv.Forget()
	r.do(Control{Op: Retry, All: true})
	r.waitFor(func() bool { return r.states()["done verified"] == 1 })
	if got, _ := srv.Get("/far/f"); !bytes.Equal(got, data) {
		t.Errorf("%d bytes arrived", len(got))
	}
	if srv.Count("REST")+srv.Count("APPE") == 0 {
		t.Errorf("sent from the beginning:\n%s", strings.Join(srv.Commands(), "\n"))
	}
}

// A server that keeps no times is told of once, and --if=differs goes by size
// and by what is newer.
func TestServersThatKeepNoTimes(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Refuse(502, "MFMT", "SITE")
	srv.On("MDTM", func(c *ftptest.Conn, arg string) {
		if strings.HasPrefix(arg, "20") {
			c.Reply(501, "no")
			return
		}
		c.Default()
	})
	dir, mem := t.TempDir(), &learning{}
	for i := range 5 {
		file := filepath.Join(dir, fmt.Sprintf("f%d", i))
		if err := os.WriteFile(file, some(100+i), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, someDay, someDay); err != nil {
			t.Fatal(err)
		}
	}
	run := func() (*rig, JobResult) {
		r := scriptRig(t, srv, remembers(mem))
		defer r.s.Close()
		return r, r.do(Copy{From: Local, Paths: []string{dir}, To: r.conn, Dir: "/far", Contents: true,
			Options: CopyOptions{Conflict: queue.Differs, KeepTime: true}}).(JobResult)
	}
	r, res := run()
	if n := strings.Count(r.notices(), "keeps no modification times"); res.Verified != 5 || n != 1 || strings.Contains(r.notices(), "ferry-part") {
		t.Errorf("%+v, told %d times: %s", res, n, r.notices())
	}
	if r, res = run(); res.Skipped != 5 || res.Done != 0 || !strings.Contains(r.notices(), "by size") {
		t.Errorf("again: %+v; %s", res, r.notices())
	}
	if err := os.WriteFile(filepath.Join(dir, "f1"), some(200), 0o600); err != nil {
		t.Fatal(err)
	}
	srv.Touch("/far/f2", someDay.AddDate(-1, 0, 0))
	if _, res = run(); res.Done != 2 || res.Skipped != 3 {
		t.Errorf("after a change: %+v", res)
	}
}

// Where the target's own name is refused, too, nothing is concluded, nothing
// is left, and the old file stays.
func TestARefusedRenameOntoWhatCannotBeWritten(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Refuse(550, "RNFR")
	refusing(srv, func(name string) bool { return name == "f" })
	srv.Put("/far/f", []byte("old"))
	mem := &learning{}
	r := scriptRig(t, srv, remembers(mem))
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, some(2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	res := r.do(Copy{From: Local, Paths: []string{file}, To: r.conn, Dir: "/far", Options: CopyOptions{Conflict: queue.Overwrite}}).(JobResult)
	if got, _ := srv.Get("/far/f"); res.Failed != 1 || string(got) != "old" || srv.Count("STOR") != 2 {
		t.Errorf("%+v, %q: %q", res, got, srv.Commands())
	}
	if names := listNow(r, "/far"); fmt.Sprint(names) != "[f]" || mem.Learned("").Quirks["no-rename"] {
		t.Errorf("left %v, learned %v", names, mem.Learned("").Quirks)
	}
}

// Errors and notes speak of the file, not of the name that its bytes have
// meanwhile, and say plainly what the server refused.
func TestErrorsNameTheFile(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Mkdir("/far")
	srv.Fault(ftptest.Fault{Verb: "STOR", When: ftptest.AtByte, Byte: 1 << 20, Do: ftptest.ResetData, Code: 552, Text: "quota exceeded"})
	r := scriptRig(t, srv)
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	if err := os.WriteFile(file, some(2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	res := r.do(Copy{From: Local, Paths: []string{file}, To: r.conn, Dir: "/far"}).(JobResult)
	if text := fmt.Sprint(res.FirstErr); !strings.Contains(text, `"/far/f"`) || strings.Contains(text, "ferry-part") {
		t.Error(text)
	}
	srv.Refuse(502, "REST")
	srv.Put("/far/g", some(3<<20))
	srv.Fault(ftptest.Fault{Verb: "RETR", Nth: 1, When: ftptest.AtByte, Byte: 1 << 20, Do: ftptest.ResetControl})
	r.do(Copy{From: r.conn, Paths: []string{"/far/g"}, To: Local, Dir: dir})
	r.do(Copy{From: r.conn, Paths: []string{"/far/g"}, To: Local, Dir: dir, As: "h", Options: CopyOptions{Segments: 3}})
	for _, want := range []string{"g: started again, for it could not be resumed: server replied 502 REST not offered", "h: fetched in one go, not in parts: server replied 502 REST not offered"} {
		if !strings.Contains(r.notices(), want) {
			t.Errorf("want %q in: %s", want, r.notices())
		}
	}
}
