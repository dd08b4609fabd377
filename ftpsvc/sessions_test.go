package ftpsvc

import (
	"context"
	"runtime"
	"testing"
	"weak"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// A session takes over what the one before found out, and does not keep it.
func TestSessionsDoNotHangOnOneAnother(t *testing.T) {
	var all []weak.Pointer[session.Session]
	r := scriptRig(t, ftptest.NewScript(t), func(o *Options, _ *vfs.Endpoint) {
		o.Dial = func(ctx context.Context, so session.Options) (Remote, error) {
			s, err := session.Open(ctx, so)
			if err != nil {
				return nil, err
			}
			all = append(all, weak.Make(s))
			return s, nil
		}
	})
	for range 8 {
		r.do(Reconnect{Conn: r.conn})
		r.do(List{Conn: r.conn, Path: "/"})
	}
	runtime.GC()
	runtime.GC()
	alive := 0
	for _, p := range all {
		if p.Value() != nil {
			alive++
		}
	}
	if len(all) < 8 || alive > 3 {
		t.Errorf("%d of %d sessions are in memory", alive, len(all))
	}
}
