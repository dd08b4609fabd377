package session_test

import (
	"strings"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// pyftpdlib drops a data connection on which the handshake begins before it has
// read the command.
func TestHandshakeWaitsForTheReplyOnceItWasCut(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true})
	srv.On("STOR", func(c *ftptest.Conn, arg string) {
		if c.Nth() > 1 {
			c.Default()
			return
		}
		if err := c.DropData(); err != nil {
			t.Error(err)
		}
	})
	s := open(t, session.Options{Endpoint: vfs.Endpoint{Host: srv.Host(), Port: srv.Port(), User: "u", TLS: vfs.TLSExplicit, Insecure: true}})
	for _, want := range []string{"first", "second"} {
		if _, err := s.Write(t.Context(), "/f", strings.NewReader(want), vfs.WriteOptions{Size: int64(len(want))}); err != nil {
			t.Fatal(err)
		}
		if got, _ := srv.Get("/f"); string(got) != want {
			t.Errorf("stored %q, want %q", got, want)
		}
	}
	if n := srv.Count("STOR"); n != 3 {
		t.Errorf("%d STOR, want 3: one cut, one again, one more", n)
	}
}
