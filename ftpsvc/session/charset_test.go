package session_test

import (
	"errors"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

func gbk(o *session.Options) { o.Endpoint.Charset = "gbk" }

// Names on the scripted server are raw bytes; the client's are text.
func TestNamesInGBK(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{Features: []string{"SIZE", "MDTM", "REST STREAM", "MLST type*;size*;modify*;"}})
	raw := map[string]string{
		"/\xc4\xe3\xba\xc3.txt":     "你好.txt",
		"/broken\xff\xc4":           "broken" + string(rune(0xF7FF)) + string(rune(0xF7C4)),
		"/\xb0\xa1 half \x81":       "啊 half " + string(rune(0xF781)),
		"/plain":                    "plain",
		"/\xa8\xa6\xa8\xa6 accents": "éé accents",
	}
	for path := range raw {
		srv.Put(path, []byte(path))
	}
	s := connect(t, srv, gbk)
	seen := map[string]bool{}
	for _, e := range list(t.Context(), s, "/") {
		seen[e.Name] = true
	}
	for path, name := range raw {
		if !seen[name] {
			t.Errorf("%q is not listed as %q: %v", path, name, seen)
		}
		if got, err := get(t, s, "/"+name); err != nil || string(got) != path {
			t.Errorf("fetch %q: %q, %v", name, got, err)
		}
		if err := s.Rename(t.Context(), "/"+name, "/"+name+"新"); err != nil {
			t.Errorf("rename %q: %v", name, err)
		}
		if _, ok := srv.Get(path + "\xd0\xc2"); !ok {
			t.Errorf("%q was not renamed bytewise", path)
		}
		if err := s.Remove(t.Context(), "/"+name+"新"); err != nil {
			t.Errorf("delete %q: %v", name, err)
		}
	}
	if len(srv.Paths()) > 1 {
		t.Errorf("left over: %q", srv.Paths())
	}
	if err := s.Mkdir(t.Context(), "/新建"); err != nil {
		t.Error(err)
	}
	if err := put(t, s, "/新建/文件", []byte("x")); err != nil {
		t.Error(err)
	}
	if got, ok := srv.Get("/\xd0\xc2\xbd\xa8/\xce\xc4\xbc\xfe"); !ok || string(got) != "x" {
		t.Errorf("stored %q as %q", got, srv.Paths())
	}
	if err := put(t, s, "/emoji 😀", nil); !errors.Is(err, vfs.ErrBadName) {
		t.Errorf("a name that GBK cannot write: %v", err)
	}
	inStep(t, s)
}

// The charset may be changed while the session lives, and wrongly guessed: all names stay reachable.
func TestCharsetIsChangedWhileConnected(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/\xc4\xe3", []byte("hello"))
	s := connect(t, srv)
	for charset, want := range map[string]string{"gbk": "你", "iso-8859-1": "Äã", "utf-8": string(rune(0xF7C4)) + string(rune(0xF7E3)), "koi8-r": "дЦ"} {
		if err := s.SetCharset(charset); err != nil {
			t.Fatal(err)
		}
		l := list(t.Context(), s, "/")
		if len(l) != 1 || l[0].Name != want {
			t.Errorf("%s: listed %v, want %q", charset, l, want)
			continue
		}
		if got, err := get(t, s, "/"+want); err != nil || string(got) != "hello" {
			t.Errorf("%s: %q, %v", charset, got, err)
		}
	}
	if err := s.SetCharset("klingon"); !errors.Is(err, vfs.ErrUsage) {
		t.Errorf("it is %v", err)
	}
}

func TestNamesInTwoNormalFormsAreTwoNames(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/\u00e9", []byte("composed"))
	srv.Put("/e\u0301", []byte("decomposed"))
	s := connect(t, srv)
	for name, want := range map[string]string{"/\u00e9": "composed", "/e\u0301": "decomposed"} {
		if got, err := get(t, s, name); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
}
