package session_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// Text has CR LF on the wire, and the line ends of each side at its end.
func TestTextIsConverted(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/wire.txt", []byte("one\r\ntwo\rstill\r\n\r\nend\r"))
	s := connect(t, srv)
	got, err := read(t.Context(), s, "/wire.txt", vfs.ReadOptions{ASCII: true, Size: -1})
	if want := "one\ntwo\rstill\n\nend\r"; string(got) != want || err != nil {
		t.Errorf("read %q, want %q, %v", got, want, err)
	}
	const text = "one\ntwo\r\n\nend"
	n, err := s.Write(t.Context(), "/up.txt", strings.NewReader(text), vfs.WriteOptions{ASCII: true, Size: int64(len(text))})
	if got, _ := srv.Get("/up.txt"); string(got) != "one\r\ntwo\r\n\r\nend" || err != nil || n != int64(len(text))+2 {
		t.Errorf("sent %q, %d bytes, %v", got, n, err)
	}
	// A CR and its LF may come apart, and a line be longer than any buffer.
	long := bytes.Repeat([]byte(strings.Repeat("x", 9973)+"\n"), 50)
	if _, err := s.Write(t.Context(), "/long", bytes.NewReader(long), vfs.WriteOptions{ASCII: true, Size: -1}); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t.Context(), s, "/long", vfs.ReadOptions{ASCII: true, Size: -1}); !bytes.Equal(got, long) || err != nil {
		t.Errorf("%d bytes came back of %d, %v", len(got), len(long), err)
	}
	if got, err := get(t, s, "/up.txt"); string(got) != "one\r\ntwo\r\n\r\nend" || err != nil {
		t.Errorf("an image is changed: %q, %v", got, err)
	}
}

// A download's exact time rides with its last byte.
func TestADownloadBringsItsTime(t *testing.T) {
	when := time.Date(2024, 1, 5, 3, 4, 5, 0, time.UTC)
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	srv.Touch("/f", when)
	s := connect(t, srv)
	for range 2 {
		var mod time.Time
		if _, err := read(t.Context(), s, "/f", vfs.ReadOptions{Size: 5, ModTime: &mod}); err != nil || !mod.Equal(when) {
			t.Errorf("%v, %v", mod, err)
		}
	}
	sent := srv.Commands()
	if i := slices.Index(sent, "RETR /f"); i < 0 || sent[i+1] != "MDTM /f" || sent[i+2] != "EPSV" || sent[i+3] != "RETR /f" {
		t.Errorf("sent %q", sent)
	}
	inStep(t, s)
	// Where it would cost a round trip it is left, and where it is refused it is no failure.
	mem := newMemory()
	mem.Learn(to(srv).Key(), func(l *vfs.Learned) { l.Quirks = map[string]bool{"no-pipeline": true} })
	srv.Forget()
	slow := connect(t, srv, func(o *session.Options) { o.Memory = mem })
	var mod time.Time
	if _, err := read(t.Context(), slow, "/f", vfs.ReadOptions{Size: 5, ModTime: &mod}); err != nil || !mod.IsZero() || srv.Count("MDTM") > 0 {
		t.Errorf("%v, %v, %q", mod, err, srv.Commands())
	}
	srv.Refuse(502, "MDTM")
	for range 2 {
		if _, err := read(t.Context(), s, "/f", vfs.ReadOptions{Size: 5, ModTime: &mod}); err != nil || !mod.IsZero() {
			t.Errorf("%v, %v", mod, err)
		}
	}
	if srv.Count("MDTM") != 1 {
		t.Errorf("MDTM was asked %d times though it is not known", srv.Count("MDTM"))
	}
	inStep(t, s)
}

func TestProbeTellsSizeAndTime(t *testing.T) {
	when := time.Date(2024, 1, 5, 3, 4, 5, 0, time.UTC)
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	srv.Touch("/f", when)
	srv.Link("f", "/link")
	s := connect(t, srv)
	for _, p := range []string{"/f", "/link"} {
		if e, err := s.Probe(t.Context(), p); err != nil || e.Size != 5 || !e.ModTime.Equal(when) || !e.UTC {
			t.Errorf("%s: %+v, %v", p, e, err)
		}
	}
	if _, err := s.Probe(t.Context(), "/none"); err == nil {
		t.Error("what is not there is told")
	}
	paths := []string{"/f", "/none", "/x\r\nDELE /f"}
	for range 250 {
		paths = append(paths, "/f")
	}
	times, err := s.Dates(t.Context(), paths)
	if err != nil || !times[0].Equal(when) || !times[1].IsZero() || !times[2].IsZero() || !times[252].Equal(when) {
		t.Errorf("%v, %v", times[:4], err)
	}
	srv.Refuse(502, "SIZE")
	if e, err := s.Probe(t.Context(), "/f"); err != nil || e.Size != -1 || !e.ModTime.Equal(when) {
		t.Errorf("without SIZE: %+v, %v", e, err)
	}
	inStep(t, s)
}

// What a server lacks is found out once, and remembered of the account.
func TestWhatAServerLacksIsRemembered(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Refuse(502, "RNFR", "MFMT", "SITE")
	srv.On("MDTM", func(c *ftptest.Conn, arg string) {
		if strings.HasPrefix(arg, "20") {
			c.Reply(550, arg+": no such file")
			return
		}
		c.Default()
	})
	srv.Put("/f", []byte("hello"))
	mem := newMemory()
	with := func(o *session.Options) { o.Memory = mem }
	first := connect(t, srv, with)
	if can, err := first.CanRename(t.Context(), "/none"); can || err != nil {
		t.Errorf("can rename: %v, %v", can, err)
	}
	if err := first.SetModTime(t.Context(), "/f", time.Now()); !errors.Is(err, vfs.ErrUnsupported) {
		t.Errorf("set time: %v", err)
	}
	for name, s := range map[string]*session.Session{"remembered": connect(t, srv, with), "like the first": connect(t, srv, func(o *session.Options) { o.Like = first })} {
		srv.Forget()
		if can, err := s.CanRename(t.Context(), "/none"); can || err != nil || srv.Count("RNFR") > 0 || s.Caps().SetModTime {
			t.Errorf("%s: can rename: %v, %v; %+v; %q", name, can, err, s.Caps(), srv.Commands())
		}
	}
	other := ftptest.NewScript(t)
	s := connect(t, other)
	for range 2 {
		if can, err := s.CanRename(t.Context(), "/none"); !can || err != nil {
			t.Errorf("can rename: %v, %v", can, err)
		}
	}
	if other.Count("RNFR") != 1 {
		t.Errorf("RNFR came %d times", other.Count("RNFR"))
	}
}

func TestAnUploadIsRenamedOnlyWhenItMay(t *testing.T) {
	srv := ftptest.NewScript(t)
	s := connect(t, srv)
	no := errors.New("not now")
	for _, want := range []error{nil, no} {
		var told int64
		then := vfs.Then{Size: true, Rename: "/final", Check: func(n int64) error { told = n; return want }}
		done, err := s.WriteThen(t.Context(), "/temp", strings.NewReader("hello"), vfs.WriteOptions{Size: 5}, then)
		if !errors.Is(err, want) || done.Renamed != (want == nil) || told != 5 {
			t.Errorf("%+v, told %d, %v", done, told, err)
		}
		if _, there := srv.Get("/final"); there != (want == nil) {
			t.Errorf("it has its name: %v", there)
		}
		srv.Remove("/final")
		inStep(t, s)
	}
}

// strict lets no byte pass.
type strict struct{}

func (strict) WaitDown(ctx context.Context, _ int) error { return io.ErrNoProgress }
func (strict) WaitUp(ctx context.Context, _ int) error   { return io.ErrNoProgress }
func (strict) Limited() bool                             { return true }

func TestListingsDoNotCountAgainstALimit(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	s := connect(t, srv, func(o *session.Options) { o.Limits = strict{} })
	if got := list(t.Context(), s, "/"); len(got) != 1 {
		t.Errorf("listed %v", got)
	}
	if _, err := get(t, s, "/f"); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a file passed: %v", err)
	}
}
