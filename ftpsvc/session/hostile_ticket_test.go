package session_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

func TestHostile42TicketsThatAreTakenOnce(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true, RequireReuse: true, OneTicket: true})
	srv.Put("/f", []byte("data"))
	s := open(t, session.Options{Endpoint: vfs.Endpoint{Host: srv.Host(), Port: srv.Port(), User: "u", TLS: vfs.TLSExplicit, Insecure: true}})
	for i := range 5 {
		if err := s.Read(t.Context(), "/f", vfs.ReadOptions{Size: 4}, func(r io.Reader) error {
			b, err := io.ReadAll(r)
			if err == nil && string(b) != "data" {
				err = fmt.Errorf("read %q", b)
			}
			return err
		}); err != nil {
			t.Errorf("download %d: %v", i, err)
		}
		if _, err := s.Write(t.Context(), "/g", strings.NewReader("up"), vfs.WriteOptions{Size: 2}); err != nil {
			t.Errorf("upload %d: %v", i, err)
		}
		if _, err := s.List(t.Context(), "/", vfs.ListOptions{}, func(vfs.Batch) error { return nil }); err != nil {
			t.Errorf("listing %d: %v", i, err)
		}
	}
	for i, d := range srv.DataConns() {
		if !d.Resumed {
			t.Errorf("data connection %d did not resume", i)
		}
	}
}
