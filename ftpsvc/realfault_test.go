package ftpsvc

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// TestRealServersBrokenOnTheWay breaks transfers with the real servers at a
// byte of the data, through a proxy: the file arrives whole all the same.
func TestRealServersBrokenOnTheWay(t *testing.T) {
	for _, s := range ftptest.RealFirst(t) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			p := ftptest.NewProxy(t, s.Addr)
			r := scriptlessRig(t, p)
			home := r.do(Connect{Endpoint: proxied(p), Password: ftptest.RealPass, HasPassword: true}).(ConnInfo)
			r.conn = home.Conn
			dir := home.Style.Join(home.Home, fmt.Sprintf("broken-%s-%d", s, time.Now().UnixNano()))
			r.do(Mkdir{Conn: r.conn, Path: dir})
			defer func() { r.do(Delete{Conn: r.conn, Paths: []string{dir}, Recursive: true}) }()
			local := t.TempDir()
			data := some(3 << 20)
			if err := os.WriteFile(filepath.Join(local, crossName), data, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, old := range []bool{false, true} {
				for _, c := range []ftptest.Cut{{Byte: 0}, {Byte: 1}, {Byte: 1 << 20}, {Byte: 3<<20 - 1}, {Byte: 1 << 20, Control: true}, {Byte: 2 << 20, Quiet: true}} {
					r.brokenCrossing(p, c, dir, local, data, old)
				}
			}
		})
	}
}

func proxied(p *ftptest.Proxy) vfs.Endpoint {
	return vfs.Endpoint{Host: p.Host(), Port: p.Port(), User: ftptest.RealUser, TLS: vfs.TLSOff, Timeout: 5 * time.Second, DataIdle: time.Second}
}

func scriptlessRig(t *testing.T, p *ftptest.Proxy) *rig {
	t.Helper()
	r := &rig{t: t, answer: func(q Question) any {
		t.Errorf("asked %d about %q", q.Kind, q.Target.Name)
		return nil
	}}
	r.start(Options{Queue: filepath.Join(t.TempDir(), "queue.db"), Memory: trusting{}})
	t.Cleanup(func() { r.s.Close() })
	return r
}

// brokenCrossing sends the file up and takes it down again, each way broken once.
func (r *rig) brokenCrossing(p *ftptest.Proxy, c ftptest.Cut, dir, local string, data []byte, old bool) {
	r.t.Helper()
	name := fmt.Sprintf("cut at %d, control %v, quiet %v, over old %v", c.Byte, c.Control, c.Quiet, old)
	back := filepath.Join(local, "back")
	if !old {
		if err := os.RemoveAll(back); err != nil {
			r.t.Fatal(err)
		}
	}
	for _, way := range []struct {
		name string
		req  Copy
	}{
		{"up", Copy{From: Local, Paths: []string{filepath.Join(local, crossName)}, To: r.conn, Dir: dir}},
		{"down", Copy{From: r.conn, Paths: []string{vfs.Slash.Join(dir, crossName)}, To: Local, Dir: back}},
	} {
		way.req.Options.Conflict = queue.Overwrite
		cut := c
		p.Break(&cut)
		res := r.do(way.req).(JobResult)
		if res.Done != 1 || res.FirstErr != nil {
			r.t.Errorf("%s: %s: %+v", way.name, name, res)
		}
		if !p.Struck() {
			r.t.Errorf("%s: %s: nothing was broken", way.name, name)
		}
	}
	if got, err := os.ReadFile(filepath.Join(back, crossName)); err != nil || !bytes.Equal(got, data) {
		r.t.Errorf("%s: %d bytes came back, %v", name, len(got), err)
	}
	var names []string
	r.do(List{Conn: r.conn, Path: dir, Refresh: true})
	for _, e := range r.seen {
		if rows, ok := e.(Rows); ok && rows.Path == dir {
			names = names[:0]
			for i := range rows.Batch.Len() {
				names = append(names, rows.Batch.At(i).Name)
			}
		}
	}
	if len(names) != 1 || names[0] != crossName {
		r.t.Errorf("%s: on the server lie %q", name, names)
	}
	r.seen = nil
}
