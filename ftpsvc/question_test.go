package ftpsvc

import (
	"path/filepath"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/vfs"
)

// "Just once" is for as long as ferry runs: the transfers' connections do not ask again.
func TestACertificateIsTrustedOnceForAllConnections(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true})
	srv.Put("/in/a", []byte("abc"))
	asked := 0
	r := &rig{t: t, answer: func(q Question) any {
		if q.Kind != AskCertificate {
			t.Errorf("asked %d", q.Kind)
			return nil
		}
		asked++
		return vfs.TrustOnce
	}}
	r.start(Options{Queue: filepath.Join(t.TempDir(), "queue.db"), Memory: trusting{}})
	defer r.s.Close()
	e := vfs.Endpoint{Host: srv.Host(), Port: srv.Port(), User: "u", TLS: vfs.TLSExplicit}
	c := r.do(Connect{Endpoint: e, Password: "p", HasPassword: true}).(ConnInfo).Conn
	if res := r.do(Copy{From: c, Paths: []string{"/in"}, To: Local, Dir: t.TempDir()}).(JobResult); res.Failed > 0 || res.Done != 1 {
		t.Errorf("%+v", res)
	}
	r.do(Reconnect{Conn: c})
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}
