package session_test

import (
	"context"
	"errors"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

func TestAnAcceptedCertificateLeadsToALoginOverTLS(t *testing.T) {
	for name, answer := range map[string]vfs.TrustAnswer{"once": vfs.TrustOnce, "remembered": vfs.TrustRemember} {
		t.Run(name, func(t *testing.T) {
			srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true})
			asked := 0
			s, err := session.Open(t.Context(), session.Options{
				Endpoint: vfs.Endpoint{Host: srv.Host(), Port: srv.Port(), User: "u"}, Password: "secret",
				Trust: func(context.Context, vfs.Certificate) (vfs.TrustAnswer, error) { asked++; return answer, nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if asked != 1 {
				t.Errorf("asked %d times", asked)
			}
			if s.Info().TLS == "" {
				t.Error("the connection is in clear text")
			}
			if err := s.Noop(t.Context()); err != nil {
				t.Error("not logged in:", err)
			}
		})
	}
}

func TestARefusedCertificateEndsTheConnection(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true})
	_, err := session.Open(t.Context(), session.Options{
		Endpoint: vfs.Endpoint{Host: srv.Host(), Port: srv.Port(), User: "u"}, Password: "secret",
		Trust: func(context.Context, vfs.Certificate) (vfs.TrustAnswer, error) { return vfs.TrustNo, nil },
	})
	if !errors.Is(err, vfs.ErrTrust) {
		t.Fatalf("got %v", err)
	}
	for _, c := range srv.Commands() {
		if c != "AUTH TLS" {
			t.Errorf("%q was sent to a server that is not trusted", c)
		}
	}
}
