package session_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

func atHome(home string) ftptest.ScriptOptions { return ftptest.ScriptOptions{Home: home} }

// A relative path stands for another file once a listing has gone elsewhere.
func TestARelativePathReachesNoCommand(t *testing.T) {
	srv := ftptest.NewScript(t, atHome("/u"))
	srv.Put("/u/d/a.txt", []byte("the right one"))
	srv.Put("/u/d/d/a.txt", []byte("the wrong one"))
	s := connect(t, srv, func(o *session.Options) { o.Endpoint.List = "list" })
	list(t.Context(), s, "/u/d")
	srv.Forget()
	ctx := t.Context()
	errs := []error{
		s.Remove(ctx, "d/a.txt"), s.Mkdir(ctx, "d/b"), s.Rmdir(ctx, "d"), s.Rename(ctx, "d/a.txt", "/u/x"), s.Rename(ctx, "/u/d/a.txt", "x"),
		s.SetMode(ctx, "d/a.txt", 0o600), s.SetModTime(ctx, "d/a.txt", time.Now()), s.Symlink(ctx, "/u", "d/l"), put(t, s, "d/a.txt", nil),
	}
	_, err := s.WriteThen(ctx, "/u/y", strings.NewReader(""), vfs.WriteOptions{}, vfs.Then{Rename: "d/z"})
	errs = append(errs, err)
	_, err = s.List(ctx, "d", vfs.ListOptions{}, func(vfs.Batch) error { return nil })
	errs = append(errs, err)
	_, err = get(t, s, "d/a.txt")
	errs = append(errs, err)
	for i, err := range errs {
		if !errors.Is(err, vfs.ErrUsage) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if sent := srv.Commands(); len(sent) > 0 {
		t.Errorf("sent %q", sent)
	}
}
