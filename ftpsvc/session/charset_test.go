package session_test

import (
	"testing"
	"unicode/utf8"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/vfs"
)

func TestNamesAreShownInAnyOfTheUsualCharsets(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{}, nil)
	raw := "\xb2\xe2\xca\xd4.txt"
	for _, c := range l.Charsets() {
		if name, _ := l.DecodeName(c, raw); !utf8.ValidString(name) || name == "" {
			t.Errorf("%s: %q", c, name)
		}
	}
	if name, bad := l.DecodeName("GB18030", raw); name != "测试.txt" || bad {
		t.Errorf("%q, bad %v", name, bad)
	}
	if _, bad := l.DecodeName("UTF-8", raw); !bad {
		t.Error("GBK passes for UTF-8")
	}
	if _, bad := l.DecodeName("no-such-charset", raw); !bad {
		t.Error("an unknown charset is good")
	}
}

// TestQuirk19TheSitesCharset: names are read and sent in it, by every command.
func TestQuirk19TheSitesCharset(t *testing.T) {
	for _, command := range []string{"mlsd", "list", "nlst"} {
		l := listerTo(t, ftptest.ScriptOptions{}, nil)
		l.srv.Put("/\xb2\xe2\xca\xd4/\xce\xc4.txt", []byte("hello"))
		l.srv.Put("/\xb2\xe2\xca\xd4/other", nil)
		l.e.Charset, l.e.List = "GBK", command
		l.again()
		names, info, err := l.list("/测试")
		if err != nil || len(names) != 2 || info.BadText != 0 {
			t.Fatalf("%s: %q, %+v, %v", command, names, info, err)
		}
		if got, err := read(t.Context(), l.Session, "/测试/文.txt", vfs.ReadOptions{Size: -1}); err != nil || string(got) != "hello" {
			t.Errorf("%s: %q, %v", command, got, err)
		}
	}
}
