package session_test

import (
	"strings"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

func TestQuirk30PortsUsedUpBetweenTwoTransfers(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.On("EPSV", func(c *ftptest.Conn, _ string) {
		if c.Nth() == 3 || c.Nth() == 6 {
			c.Reply(425, "EPSV: Address already in use")
			return
		}
		c.Default()
	})
	s := open(t, session.Options{Endpoint: vfs.Endpoint{Host: srv.Host(), Port: srv.Port(), User: "u", TLS: vfs.TLSOff}})
	for range 6 {
		if _, err := s.Write(t.Context(), "/f", strings.NewReader("some"), vfs.WriteOptions{Size: 4}); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := srv.Get("/f"); string(got) != "some" {
		t.Errorf("stored %q", got)
	}
}
