package session

import (
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/vfs"
)

// Sessions that are opened like one another must not keep one another in memory.
func TestASessionForgetsTheOneItIsLike(t *testing.T) {
	srv := ftptest.NewScript(t)
	e := vfs.Endpoint{Host: srv.Host(), Port: srv.Port(), User: "u", TLS: vfs.TLSOff}
	var last *Session
	for range 3 {
		s, err := Open(t.Context(), Options{Endpoint: e, Password: "p", Like: last})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if last = s; s.o.Like != nil {
			t.Fatal("the session before is kept")
		}
	}
}
