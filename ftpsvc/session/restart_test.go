package session_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/vfs"
)

// REST travels with its RETR. A server that refuses it sends from the
// beginning: none of that reaches the reader.
func TestRestartRefused(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello world"))
	srv.Refuse(502, "REST")
	s := connect(t, srv)
	err := s.Read(t.Context(), "/f", vfs.ReadOptions{Offset: 6, Size: 11}, func(r io.Reader) error {
		t.Error("the reader is asked")
		return nil
	})
	if !errors.Is(err, vfs.ErrUnsupported) {
		t.Errorf("it is %v", err)
	}
	inStep(t, s)
}

// Behind a refused REST a STOR would make the file anew.
func TestRestartRefusedForAnUpload(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello "))
	srv.Refuse(502, "REST")
	s := connect(t, srv)
	_, err := s.Write(t.Context(), "/f", bytes.NewReader([]byte("world")), vfs.WriteOptions{Offset: 6, Size: 5})
	if !errors.Is(err, vfs.ErrUnsupported) {
		t.Errorf("it is %v", err)
	}
	if n := srv.Count("STOR"); n > 0 {
		t.Errorf("STOR was sent %d times", n)
	}
	if got, _ := srv.Get("/f"); string(got) != "hello " {
		t.Errorf("the file is %q", got)
	}
	inStep(t, s)
}

// A server that says nothing when the data connection is closed (pure-ftpd)
// is told by ABOR, the next time at once.
func TestLeavingADownloadEarly(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.On("RETR", func(c *ftptest.Conn, _ string) {
		c.Reply(150, "here it comes")
		nc, err := c.OpenData()
		for err == nil {
			_, err = nc.Write(make([]byte, 1<<16))
		}
		c.CloseData()
	})
	enough := errors.New("enough")
	s := connect(t, srv)
	for i := range 2 {
		err := s.Read(t.Context(), "/f", vfs.ReadOptions{Size: -1}, func(r io.Reader) error {
			if _, err := io.CopyN(io.Discard, r, 1000); err != nil {
				return err
			}
			return enough
		})
		if !errors.Is(err, enough) {
			t.Errorf("it is %v", err)
		}
		if n := srv.Count("ABOR"); n != i+1 {
			t.Errorf("ABOR was sent %d times, want %d", n, i+1)
		}
		inStep(t, s)
	}
}
