package ftpsvc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// both runs a test in each direction.
func both(t *testing.T, f func(t *testing.T, up bool)) {
	t.Run("down", func(t *testing.T) { t.Parallel(); f(t, false) })
	t.Run("up", func(t *testing.T) { t.Parallel(); f(t, true) })
}

// pauseAt lets the first transfer stop at a byte until go is closed.
func (c *crossing) pauseAt(n int64) (reached, goOn chan struct{}) {
	reached, goOn = make(chan struct{}), make(chan struct{})
	c.srv.Fault(ftptest.Fault{Verb: c.verb(), Nth: 1, When: ftptest.AtByte, Byte: n, Do: ftptest.Pause, Reached: reached, Go: goOn})
	return reached, goOn
}

func await(t *testing.T, ch <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case <-ch:
	case <-ctx.Done():
		t.Fatal("the transfer did not come that far")
	}
}

func TestServerRestartedInMidTransfer(t *testing.T) {
	both(t, func(t *testing.T, up bool) {
		c := newCrossing(t, up, []byte("old"), patientEndpoint)
		reached, goOn := c.pauseAt(faultSize / 2)
		id := c.s.Submit(c.request(CopyOptions{}))
		await(t, reached)
		c.srv.Down()
		close(goOn)
		if err := c.srv.Up(); err != nil {
			t.Fatal(err)
		}
		res := c.result(id)
		c.settled(res)
		if res.Done != 1 {
			t.Errorf("not done: %v", res.FirstErr)
		}
	})
}

// patientEndpoint has time limits that a paused transfer does not meet.
func patientEndpoint(_ *Options, e *vfs.Endpoint) { e.Timeout, e.DataIdle = patience, patience }

func (r *rig) result(id ID) JobResult {
	r.t.Helper()
	e, ok := r.end(id).(Done)
	if !ok {
		r.t.Fatalf("the copy ended in %#v", r.end(id))
	}
	return e.Value.(JobResult)
}

func TestSourceThatChangesMeanwhileIsNotTakenForWhole(t *testing.T) {
	both(t, func(t *testing.T, up bool) {
		for _, n := range []int{faultSize - 1000, faultSize, faultSize + 1000} {
			c := newCrossing(t, up, []byte("old"), patientEndpoint)
			changed := bytes.Repeat([]byte("other "), n/6+1)[:n]
			reached, goOn := c.pauseAt(faultSize / 2)
			id := c.s.Submit(c.request(CopyOptions{}))
			await(t, reached)
			later := time.Now().Add(time.Hour)
			if up {
				c.local(crossName, changed)
				if err := os.Chtimes(filepath.Join(c.dir, crossName), later, later); err != nil {
					t.Fatal(err)
				}
			} else {
				c.srv.Put("/far/"+crossName, changed)
				c.srv.Touch("/far/"+crossName, later)
			}
			was := c.data
			c.data = changed
			close(goOn)
			res := c.result(id)
			got, _ := c.target()
			switch {
			case res.Done == 1 && bytes.Equal(got, changed):
			case res.Done == 1 && !up && bytes.Equal(got, was):
				// The server sent what it had opened, whole: a copy of a moment that was.
			case res.Done == 1:
				t.Errorf("size now %d: done, and the target of %d bytes is neither the old source (%v) nor the new; commands %q",
					n, len(got), bytes.Equal(got, was), c.srv.Commands())
			case !bytes.Equal(got, c.old):
				t.Errorf("size now %d: failed with %v, and the old target is gone", n, res.FirstErr)
			case !errors.Is(res.FirstErr, vfs.ErrChanged) && !errors.Is(res.FirstErr, vfs.ErrVerify):
				t.Errorf("size now %d: the reason is %v", n, res.FirstErr)
			}
			c.bystanders()
		}
	})
}

func TestHostile23RESTIgnoredOnARealDisk(t *testing.T) {
	both(t, func(t *testing.T, up bool) {
		c := newCrossing(t, up, []byte("old"))
		c.srv.On("REST", func(k *ftptest.Conn, _ string) { k.Reply(350, "noted, and forgotten") })
		c.srv.Fault(ftptest.Fault{Verb: c.verb(), Nth: 1, When: ftptest.AtByte, Byte: faultSize / 2, Do: ftptest.ResetControl})
		res := c.cross(CopyOptions{})
		c.settled(res)
		if !up && res.Done != 1 {
			t.Errorf("a download can start again: %v", res.FirstErr)
		}
	})
}

func TestHostile23RESTOffByOne(t *testing.T) {
	both(t, func(t *testing.T, up bool) {
		c := newCrossing(t, up, []byte("old"))
		c.srv.On("REST", func(k *ftptest.Conn, _ string) { k.Default(); k.Rest++ })
		c.srv.Fault(ftptest.Fault{Verb: c.verb(), Nth: 1, When: ftptest.AtByte, Byte: faultSize / 2, Do: ftptest.ResetControl})
		c.settled(c.cross(CopyOptions{}))
	})
}

func TestHostile22WrongSizesAreNotBelieved(t *testing.T) {
	for _, size := range []string{"0", "1", "299999", "300001", "9223372036854775807", "9223372036854775808", "-1", "nonsense", "213 file: Size =300000"} {
		t.Run(size, func(t *testing.T) {
			both(t, func(t *testing.T, up bool) {
				c := newCrossing(t, up, []byte("old"))
				c.srv.Refuse(500, "MLST")
				c.srv.On("SIZE", func(k *ftptest.Conn, _ string) { k.Reply(213, size) })
				res := c.cross(CopyOptions{})
				c.settled(res)
				if res.Failed > 0 && !errors.Is(res.FirstErr, vfs.ErrVerify) && vfs.ExitCode(res.FirstErr) != vfs.ExitConnect {
					t.Errorf("the reason is %v", res.FirstErr)
				}
			})
		})
	}
}

func TestHostile22FilesLongerOrShorterThanListed(t *testing.T) {
	for _, n := range []int{0, 1, faultSize - 1, faultSize + 1, 2 * faultSize} {
		c := newCrossing(t, false, []byte("old"))
		c.srv.On("RETR", func(k *ftptest.Conn, _ string) {
			k.Send(func(w io.Writer) error {
				_, err := w.Write(append(bytes.Clone(c.data), c.data...)[:n])
				return err
			})
		})
		res := c.cross(CopyOptions{})
		c.bystanders()
		if got, _ := c.target(); res.Done > 0 || !bytes.Equal(got, c.old) {
			t.Errorf("%d bytes came of %d: %+v, and the target holds %d bytes", n, faultSize, res, len(got))
		}
	}
}

func TestQuirk40RenameThatWillNotReplace(t *testing.T) {
	c := newCrossing(t, true, []byte("old"))
	c.srv.On("RNTO", func(k *ftptest.Conn, arg string) {
		if _, there := c.srv.Get(arg); there {
			k.Reply(553, "file exists")
			return
		}
		k.Default()
	})
	res := c.cross(CopyOptions{})
	c.settled(res)
	if res.Done != 1 {
		t.Errorf("a server that renames only to free names: %v; commands %q", res.FirstErr, c.srv.Commands())
	}
}

func TestQuirk42NothingIsSentAsText(t *testing.T) {
	both(t, func(t *testing.T, up bool) {
		c := newCrossing(t, up, nil)
		c.data = []byte("line\nline\r\n\r\x00\n")
		if up {
			c.local(crossName, c.data)
		} else {
			c.srv.Put("/far/"+crossName, c.data)
		}
		c.settled(c.cross(CopyOptions{}))
		for _, cmd := range c.srv.Commands() {
			if strings.HasPrefix(cmd, "TYPE A") {
				t.Error("TYPE A was sent unasked")
			}
		}
		c.srv.Forget()
		c.cross(CopyOptions{ASCII: []string{"*.bin"}})
		if !slices.Contains(c.srv.Commands(), "TYPE A") {
			t.Errorf("TYPE A was asked for, and not sent: %q", c.srv.Commands())
		}
	})
}

func TestQuirk39RepliesToMKD(t *testing.T) {
	for name, h := range map[string]ftptest.Handler{
		"quoted":                 nil,
		"no path":                func(k *ftptest.Conn, arg string) { k.Server().Mkdir(arg); k.Reply(257, "made") },
		"relative path":          func(k *ftptest.Conn, arg string) { k.Server().Mkdir(arg); k.Reply(257, `"new" made`) },
		"250":                    func(k *ftptest.Conn, arg string) { k.Server().Mkdir(arg); k.Reply(250, "made") },
		"550 and it was there":   func(k *ftptest.Conn, arg string) { k.Server().Mkdir(arg); k.Reply(550, "cannot create") },
		"521 directory exists":   func(k *ftptest.Conn, arg string) { k.Server().Mkdir(arg); k.Reply(521, "directory exists") },
		"521, a file is there":   func(k *ftptest.Conn, arg string) { k.Server().Put(arg, nil); k.Reply(521, "exists") },
		"550 permission refused": func(k *ftptest.Conn, _ string) { k.Reply(550, "permission denied") },
	} {
		t.Run(name, func(t *testing.T) {
			srv := ftptest.NewScript(t)
			srv.On("MKD", h)
			r := scriptRig(t, srv)
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "f"), bystander, 0o600); err != nil {
				t.Fatal(err)
			}
			e := r.end(r.s.Submit(Copy{From: Local, Paths: []string{filepath.Join(dir, "f")}, To: r.conn, Dir: "/new",
				Options: CopyOptions{Conflict: queue.Overwrite}}))
			got, _ := srv.Get("/new/f")
			if want := !strings.HasPrefix(name, "521, a") && !strings.HasPrefix(name, "550 p"); bytes.Equal(got, bystander) != want {
				t.Errorf("ended as %+v, and the server holds %q", e, got)
			}
		})
	}
}

func TestLocalDiskFull(t *testing.T) {
	small := smallDisk(t)
	c := newCrossing(t, false, nil)
	if err := os.WriteFile(filepath.Join(small, "neighbour"), bystander, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(small, "into"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.srv.Put("/far/large", make([]byte, 4<<20))
	err := c.fails(Copy{From: c.conn, Paths: []string{"/far/large"}, To: Local, Dir: filepath.Join(small, "into"),
		Options: CopyOptions{Conflict: queue.Overwrite}})
	if !errors.Is(err, vfs.ErrDiskFull) || vfs.ExitCode(err) != vfs.ExitLocal {
		t.Errorf("it is %v", err)
	}
	if n := c.srv.Count("RETR"); n > 1 {
		t.Errorf("a full disk was tried again: %q", c.srv.Commands())
	}
	if _, err := os.Stat(filepath.Join(small, "into", "large")); err == nil {
		t.Error("a part has the final name")
	}
	if got, _ := os.ReadFile(filepath.Join(small, "neighbour")); !bytes.Equal(got, bystander) {
		t.Errorf("the neighbour changed: %q", got)
	}
}
