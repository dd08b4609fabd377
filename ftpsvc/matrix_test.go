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

// scriptRig is a rig over the local disk and a scripted server, connected.
func scriptRig(t *testing.T, srv *ftptest.Script, change ...func(*Options, *vfs.Endpoint)) *rig {
	t.Helper()
	r := &rig{t: t, answer: func(q Question) any {
		t.Errorf("asked %d about %q", q.Kind, q.Target.Name)
		return nil
	}}
	o := Options{Queue: filepath.Join(t.TempDir(), "queue.db"), Memory: trusting{}}
	e := vfs.Endpoint{Host: srv.Host(), Port: srv.Port(), User: "tester", TLS: vfs.TLSOff,
		Timeout: time.Second, DataIdle: 400 * time.Millisecond}
	for _, f := range change {
		f(&o, &e)
	}
	r.start(o)
	t.Cleanup(func() { r.s.Close() })
	r.conn = r.do(Connect{Endpoint: e, Password: "x", HasPassword: true}).(ConnInfo).Conn
	return r
}

// trusting remembers one thing: that clear text is fine.
type trusting struct{}

func (trusting) Learned(string) vfs.Learned         { return vfs.Learned{ClearOK: true} }
func (trusting) Learn(string, func(l *vfs.Learned)) {}
func (trusting) Trusted(string) string              { return "" }
func (trusting) Trust(string, string)               {}

// crossing is one file on its way, with an old target and a neighbour that
// must not change.
type crossing struct {
	*rig
	srv  *ftptest.Script
	up   bool
	dir  string // local folder
	data []byte
	old  []byte // what the target held before; nil: nothing
}

const crossName = "cargo.bin"

var bystander = []byte("nobody touches me")

// faultSize is a file large enough to be resumed, with an overlap to compare.
const faultSize = 300_000

func newCrossing(t *testing.T, up bool, old []byte, change ...func(*Options, *vfs.Endpoint)) *crossing {
	t.Helper()
	srv := ftptest.NewScript(t)
	srv.Put("/far/neighbour", bystander)
	c := &crossing{srv: srv, up: up, dir: t.TempDir(), data: some(faultSize), old: old}
	c.local("neighbour", bystander)
	if up {
		c.local(crossName, c.data)
		if old != nil {
			srv.Put("/far/"+crossName, old)
		}
	} else {
		srv.Put("/far/"+crossName, c.data)
		if old != nil {
			c.local("into/"+crossName, old)
		}
	}
	c.local("into/neighbour", bystander)
	c.rig = scriptRig(t, srv, change...)
	srv.Forget()
	return c
}

func (c *crossing) local(name string, data []byte) {
	p := filepath.Join(c.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, data, 0o644)); err != nil {
		panic(err)
	}
}

// verb is the command that the transfer begins with.
func (c *crossing) verb() string {
	if c.up {
		return "STOR"
	}
	return "RETR"
}

func (c *crossing) cross(o CopyOptions) JobResult {
	c.t.Helper()
	return c.do(c.request(o)).(JobResult)
}

func (c *crossing) request(o CopyOptions) Copy {
	if o.Conflict == "" {
		o.Conflict = queue.Overwrite
	}
	if c.up {
		return Copy{From: Local, Paths: []string{filepath.Join(c.dir, crossName)}, To: c.conn, Dir: "/far", Options: o}
	}
	return Copy{From: c.conn, Paths: []string{"/far/" + crossName}, To: Local, Dir: filepath.Join(c.dir, "into"), Options: o}
}

// target is what lies under the final name.
func (c *crossing) target() ([]byte, bool) {
	if c.up {
		return c.srv.Get("/far/" + crossName)
	}
	b, err := os.ReadFile(filepath.Join(c.dir, "into", crossName))
	return b, err == nil
}

// settled checks what holds after every fault: the target is the new file and
// the job done, or the old one and the job failed; nothing else changed.
func (c *crossing) settled(res JobResult) {
	c.t.Helper()
	got, there := c.target()
	switch {
	case res.Done == 1 && res.Failed == 0:
		if !bytes.Equal(got, c.data) {
			c.t.Errorf("done, but the target holds %d bytes (there: %v) that are not the source's %d", len(got), there, len(c.data))
		}
		c.noTemp()
	case res.Done == 0 && res.Failed == 1:
		if res.FirstErr == nil {
			c.t.Error("failed without a reason")
		}
		if errors.Is(res.FirstErr, vfs.ErrVerify) && c.up && c.old == nil {
			break // both sides are kept for inspection
		}
		if !bytes.Equal(got, c.old) || there != (c.old != nil) {
			c.t.Errorf("failed with %v, and the target holds %d bytes, want the old %d", res.FirstErr, len(got), len(c.old))
		}
	default:
		c.t.Errorf("ended as %+v", res)
	}
	c.bystanders()
}

func (c *crossing) bystanders() {
	c.t.Helper()
	for _, name := range []string{"neighbour", "into/neighbour"} {
		if got, err := os.ReadFile(filepath.Join(c.dir, name)); err != nil || !bytes.Equal(got, bystander) {
			c.t.Errorf("%s changed: %q, %v", name, got, err)
		}
	}
	if got, _ := c.srv.Get("/far/neighbour"); !bytes.Equal(got, bystander) {
		c.t.Errorf("the neighbour on the server changed: %q", got)
	}
	if c.up {
		if got, _ := os.ReadFile(filepath.Join(c.dir, crossName)); !bytes.Equal(got, c.data) {
			c.t.Error("the source changed")
		}
	}
}

// noTemp checks that no temporary file is left on either side.
func (c *crossing) noTemp() {
	c.t.Helper()
	rows, err := os.ReadDir(filepath.Join(c.dir, "into"))
	if err != nil {
		c.t.Error(err)
	}
	for _, r := range rows {
		if r.Name() != crossName && r.Name() != "neighbour" {
			c.t.Errorf("left on the disk: %s", r.Name())
		}
	}
	for _, p := range c.srv.Paths() {
		if p != "/far/" && p != "/far/"+crossName && p != "/far/neighbour" {
			c.t.Errorf("left on the server: %s", p)
		}
	}
}

// want is how a fault that strikes once must end.
type want uint8

const (
	recovers want = iota // done, whatever it took
	refuses              // failed at once, told why
	lies                 // done, or the proof failed
)

func TestFaultMatrix(t *testing.T) {
	faults := []struct {
		name   string
		f      ftptest.Fault
		want   want
		cause  error
		upOnly bool
	}{
		{name: "control lost", f: ftptest.Fault{Do: ftptest.ResetControl}},
		{name: "control closed", f: ftptest.Fault{Do: ftptest.CloseControl}},
		{name: "data reset 426", f: ftptest.Fault{Do: ftptest.ResetData, Code: 426}},
		{name: "data closed 226", f: ftptest.Fault{Do: ftptest.CloseData, Code: 226}, want: lies},
		{name: "stall", f: ftptest.Fault{Do: ftptest.Stall}},
		{name: "421", f: ftptest.Fault{Code: 421}},
		{name: "425", f: ftptest.Fault{Code: 425}},
		{name: "426", f: ftptest.Fault{Code: 426}},
		{name: "451", f: ftptest.Fault{Code: 451}},
		{name: "552", f: ftptest.Fault{Code: 552}, want: refuses, cause: vfs.ErrQuota, upOnly: true},
		{name: "550 permission denied", f: ftptest.Fault{Code: 550, Text: "permission denied"}, want: refuses},
	}
	places := []struct {
		name string
		when ftptest.Phase
		at   int64
	}{
		{"before", ftptest.Before, 0}, {"at 0", ftptest.AtByte, 0}, {"at 1", ftptest.AtByte, 1}, {"mid", ftptest.AtByte, faultSize / 2},
		{"last byte", ftptest.AtByte, faultSize - 1}, {"in place of the end", ftptest.Final, 0},
	}
	for _, up := range []bool{false, true} {
		for _, k := range faults {
			for _, p := range places {
				if (k.upOnly && !up) || (k.f.Code == 226 && p.when != ftptest.AtByte) {
					continue
				}
				if testing.Short() && (p.name != "mid" || k.name == "stall") {
					continue
				}
				dir := map[bool]string{false: "down", true: "up"}[up]
				for _, old := range [][]byte{nil, []byte("the old cargo")} {
					if k.f.Do == ftptest.Stall && (old == nil) == up {
						continue // each waits for time limits: half of them are enough
					}
					name := fmt.Sprintf("%s/%s/%s/%s", dir, k.name, p.name, map[bool]string{true: "new", false: "over old"}[old == nil])
					t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
						t.Parallel()
						c := newCrossing(t, up, old)
						f := k.f
						f.Verb, f.Nth, f.When, f.Byte = c.verb(), 1, p.when, p.at
						c.srv.Fault(f)
						res := c.cross(CopyOptions{})
						c.settled(res)
						tries := c.srv.Count("RETR") + c.srv.Count("STOR") + c.srv.Count("APPE")
						switch k.want {
						case recovers:
							if res.Done != 1 {
								t.Errorf("a fault that passed was not overcome: %v", res.FirstErr)
							}
						case lies:
							if res.Failed > 0 && !errors.Is(res.FirstErr, vfs.ErrVerify) {
								t.Errorf("the reason is %v, want a failed verification", res.FirstErr)
							}
						case refuses:
							if res.Failed != 1 || tries != 1 {
								t.Errorf("%d tries, result %+v, want one try and a failure", tries, res)
							}
							if k.cause != nil && !errors.Is(res.FirstErr, k.cause) {
								t.Errorf("the reason is %v, want %v", res.FirstErr, k.cause)
							}
							if res.FirstErr != nil && !strings.Contains(res.FirstErr.Error(), fmt.Sprint(f.Code)) {
								t.Errorf("the reason %q does not give the server's reply", res.FirstErr)
							}
						}
						if t.Failed() {
							t.Logf("commands: %q", c.srv.Commands())
						}
					})
				}
			}
		}
	}
}
