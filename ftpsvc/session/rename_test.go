package session_test

import (
	"errors"
	"strings"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/vfs"
)

// proftpd refuses what is no RNTO behind an RNFR that it took.
func likeProftpd(srv *ftptest.Script) {
	open := map[*ftptest.Conn]bool{}
	srv.On("RNFR", func(c *ftptest.Conn, arg string) {
		_, open[c] = srv.Get(arg)
		c.Default()
	})
	srv.On("RNTO", func(c *ftptest.Conn, _ string) {
		delete(open, c)
		c.Default()
	})
	for _, verb := range []string{"MLST", "MLSD", "EPSV", "PASV", "SIZE", "STOR", "DELE"} {
		srv.On(verb, func(c *ftptest.Conn, _ string) {
			if open[c] {
				c.Reply(501, "Bad sequence of commands")
				return
			}
			c.Default()
		})
	}
}

// A temporary file of an interrupted upload is there when it is asked whether
// the server can rename.
func TestAProbeForRenamesLeavesNoneOpen(t *testing.T) {
	srv := ftptest.NewScript(t)
	likeProftpd(srv)
	srv.Put("/f", []byte("hello"))
	s := connect(t, srv)
	if can, err := s.CanRename(t.Context(), "/f"); !can || err != nil {
		t.Errorf("can rename: %v, %v", can, err)
	}
	if e, err := s.Stat(t.Context(), "/f"); err != nil || e.Size != 5 {
		t.Errorf("%+v, %v", e, err)
	}
}

// A server may take RNFR whatever the name, and an upload may turn out not to
// be ready for its name when RNFR was taken.
func TestARenameThatStopsHalfwayIsEnded(t *testing.T) {
	srv := ftptest.NewScript(t)
	likeProftpd(srv)
	s := connect(t, srv)
	no := errors.New("not now")
	then := vfs.Then{Size: true, Rename: "/final", Check: func(int64) error { return no }}
	if _, err := s.WriteThen(t.Context(), "/temp", strings.NewReader("hello"), vfs.WriteOptions{Size: 5}, then); !errors.Is(err, no) {
		t.Error(err)
	}
	if e, err := s.Stat(t.Context(), "/temp"); err != nil || e.Size != 5 {
		t.Errorf("%+v, %v", e, err)
	}
	if err := s.Rename(t.Context(), "/temp", "/final"); err != nil {
		t.Error(err)
	}
	inStep(t, s)
	other := ftptest.NewScript(t)
	other.On("RNFR", func(c *ftptest.Conn, _ string) { c.Reply(350, "to what name?") })
	s = connect(t, other)
	if can, err := s.CanRename(t.Context(), "/none"); !can || err != nil {
		t.Errorf("can rename: %v, %v", can, err)
	}
	inStep(t, s)
	if n := other.Count("RNTO"); n != 1 {
		t.Errorf("%d RNTO: %q", n, other.Commands())
	}
}
