package session_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/vfs"
)

func TestASmallUploadDoesNotWaitForThePreliminaryReply(t *testing.T) {
	srv := ftptest.NewScript(t)
	got := make(chan string, 1)
	srv.On("STOR", func(c *ftptest.Conn, _ string) {
		nc, err := c.OpenData()
		if err != nil {
			t.Error(err)
			return
		}
		b, _ := io.ReadAll(nc) // all of it, before the client hears a word
		got <- string(b)
		c.Reply(150, "thank you")
		c.Reply(226, "stored")
	})
	s := connect(t, srv)
	done, err := s.WriteThen(t.Context(), "/a", strings.NewReader("hello"), vfs.WriteOptions{Size: 5}, vfs.Then{})
	if err != nil || done.Sent != 5 || <-got != "hello" {
		t.Fatal(done, err)
	}
}

func TestASmallUploadThatIsRefusedAtOnceSentNothing(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Refuse(553, "STOR")
	s := connect(t, srv)
	for range 3 {
		n, err := s.Write(t.Context(), "/a", bytes.NewReader(make([]byte, 5000)), vfs.WriteOptions{Size: 5000})
		var e *vfs.Error
		if n != 0 || !errors.As(err, &e) || e.Reply.Code != 553 {
			t.Fatalf("%d bytes, %v", n, err)
		}
	}
	if _, err := s.Size(t.Context(), "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the connection is out of step: %v", err)
	}
}

func TestTheTimeOfAnUploadTravelsWithTheNextPort(t *testing.T) {
	srv := ftptest.NewScript(t)
	s := connect(t, srv)
	at := time.Date(2020, 5, 17, 3, 4, 5, 0, time.UTC)
	for _, want := range []bool{false, true} { // how it is done is found out by the first
		done, err := s.WriteThen(t.Context(), "/a", strings.NewReader("hello"), vfs.WriteOptions{Size: 5}, vfs.Then{ModTime: at})
		if err != nil || done.TimeSet != want {
			t.Fatal(done, err)
		}
		if !done.TimeSet {
			if err := s.SetModTime(t.Context(), "/a", at); err != nil {
				t.Fatal(err)
			}
		}
		if got := srv.ModTime("/a"); !got.Equal(at) {
			t.Errorf("the time is %v, want %v", got, at)
		}
		srv.Touch("/a", time.Time{})
	}
}
