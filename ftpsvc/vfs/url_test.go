package vfs

import (
	"errors"
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	for _, c := range []struct {
		in             string
		host           string
		port           int
		user, password string
		has            bool
		tls            TLSMode
		path           string
	}{
		{"ftp://h", "h", 0, "", "", false, "", ""},
		{"FTP://h/", "h", 0, "", "", false, "", ""},
		{"ftps://me@h:2990/a/b", "h", 2990, "me", "", false, TLSImplicit, "a/b"},
		{"ftpes://me:pw@[::1]:21//abs", "::1", 21, "me", "pw", true, TLSExplicit, "/abs"},
		{"ftp://h/%2Fabs", "h", 0, "", "", false, "", "/abs"},
		{"ftp://user%40corp:p%3A%2F@h/x", "h", 0, "user@corp", "p:/", true, "", "x"},
		{"ftp://user@corp:p@ss:word@h/x", "h", 0, "user@corp", "p@ss:word", true, "", "x"},
		{"ftp://u:@h", "h", 0, "u", "", true, "", ""},
		{"ftp://u:p@ss#1?@h/a b/100%/#1?x", "h", 0, "u", "p@ss#1?", true, "", "a b/100%/#1?x"},
		{"ftp://h/%B9%FA", "h", 0, "", "", false, "", "\uF7B9\uF7FA"},
		{"ftp://[fe80::1%25eth0]/", "fe80::1%eth0", 0, "", "", false, "", ""},
	} {
		u, err := ParseURL(c.in)
		e := u.Endpoint
		if err != nil || e.Host != c.host || e.Port != c.port || e.User != c.user || u.Password != c.password ||
			u.HasPassword != c.has || e.TLS != c.tls || u.Path != c.path {
			t.Errorf("%s: %+v, %v", c.in, u, err)
		}
	}
	if u, err := ParseURL("ftp://h/a.txt;type=A"); err != nil || !u.ASCII || u.Path != "a.txt" {
		t.Errorf("type: %+v, %v", u, err)
	}
}

func TestParseURLRefusesWithoutShowingThePassword(t *testing.T) {
	for _, in := range []string{"http://u:secret@h/", "ftp://u:secret@", "ftp://u:secret@h:99999/", "ftp://u:secret@::1/",
		"ftp://u:secret@[::1/", "ftp://u:secret@h/a%0d%0aDELE%20x", "ftp://u:secret%00@h/", "ftp://u:sec/secret@h:x/", "host/path"} {
		_, err := ParseURL(in)
		if !errors.Is(err, ErrUsage) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestURLPathsCountFromTheLoginFolder(t *testing.T) {
	for in, want := range map[string]string{"": "/home/me", "a/b": "/home/me/a/b", "/a//b/": "/a/b", "../x": "/home/x", "./": "/home/me"} {
		if got := (URL{Path: in}).In("/home/me", Slash); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestURLsComeBack(t *testing.T) {
	for _, e := range []Endpoint{{Host: "h"}, {Host: "::1", Port: 2121, User: "a@b:c/d"}, {Host: "h", TLS: TLSImplicit, Port: 990}, {Host: "h", TLS: TLSExplicit, User: "x"}} {
		for _, p := range []string{"/", "/a b/ü%20#?;type=a", "/\uF7B9x", "/~/-"} {
			s := e.URL(p)
			u, err := ParseURL(s)
			if err != nil || u.In("/home", Slash) != p || u.Endpoint.User != e.User || u.Endpoint.Key() != e.Key() || u.ASCII {
				t.Errorf("%s: %+v, %v", s, u, err)
			}
		}
	}
}

func TestMaskURL(t *testing.T) {
	for in, want := range map[string]string{
		"ftp://u:secret@h/x:y@z": "ftp://u:*****@h/x:y@z", "ftp://u:se/cret@h": "ftp://u:*****@h",
		"ftp://u@h/": "ftp://u@h/", "plain": "plain", "ftp://h:21/": "ftp://h:21/",
	} {
		if got := MaskURL(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

func TestMaskLogin(t *testing.T) {
	for in, want := range map[string]string{
		"u:secret@h/x": "u:*****@h/x", "ftp:/u:secret@h": "ftp:/u:*****@h", "ftp//u:secret@h": "ftp//u:*****@h",
		"u:/secret@h": "u:*****@h", "u:se@cret@h": "u:*****@h", "ftp://u:secret@h": "ftp://u:*****@h",
		"u@h:21": "u@h:21", "nas:path": "nas:path", "plain": "plain", "": "",
	} {
		if got := MaskLogin(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("ftp://u:p@[::1]:21/%2Fa;type=i")
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseURL(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(u.Path+u.Endpoint.User+u.Password, "\r\n\x00") {
			t.Errorf("a line end came through: %+v", u)
		}
		again, err := ParseURL(u.Endpoint.URL(u.In("/h", Slash)))
		if err != nil || again.In("/h", Slash) != u.In("/h", Slash) || again.Endpoint.Key() != u.Endpoint.Key() {
			t.Errorf("%q: %+v, again %+v, %v", s, u, again, err)
		}
	})
}
