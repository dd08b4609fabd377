package listing

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"ferry/ftpsvc/vfs"
)

// TestHostile1To6NamesThatLeadElsewhere: a name is one element of the folder
// that was asked for, or its line is unread.
func TestHostile1To6NamesThatLeadElsewhere(t *testing.T) {
	rows := map[string]string{
		"LIST": "-rw-r--r-- 1 anna staff 12 Mar  1  2020 %s\r\n",
		"MLSD": "type=file;size=12; %s\r\n",
		"NLST": "%s\r\n",
		"DOS":  "03-01-20  12:00PM                   12 %s\r\n",
		"EPLF": "+r,s12,\t%s\r\n",
	}
	for _, c := range []struct{ name, want string }{ // "": unread
		{"../../x", ""},
		{"/etc/x", ""},
		{"..", "noise"},
		{".", "noise"},
		{"a/b", ""},
		{"/pub/../etc/x", ""},
		{"/pub/sub/x", ""},
		{"/pubx/x", ""},
		{"/pub/x", "x"},
		{"./x", "x"},
		{"nul\x00byte", ""},
		{`..\..\x`, `..\..\x`}, // one name on this side; the local side makes it safe
		{`C:\x`, `C:\x`},
		{"|sh", "|sh"},
		{"-rf", "-rf"},
		{"~anna", "~anna"},
	} {
		for kind, row := range rows {
			command := kind
			if kind == "DOS" || kind == "EPLF" {
				command = "LIST"
			}
			data := fmt.Sprintf(row, "before") + fmt.Sprintf(row, c.name) + fmt.Sprintf(row, "after")
			l, err := Parse(strings.NewReader(data), Options{Command: command, Dir: "/pub", Now: testNow})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range l.Len() {
				got = append(got, l.At(i).Name)
			}
			info := l.Info()
			want := []string{"before", "after"}
			switch c.want {
			case "noise":
				if info.Noise != 1 || info.Unknown != 0 {
					t.Errorf("%s %q: %+v", kind, c.name, info)
				}
			case "":
				if info.Unknown != 1 || info.Complete() {
					t.Errorf("%s %q: %+v", kind, c.name, info)
				}
			default:
				want = []string{"before", c.want, "after"}
			}
			if strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("%s %q: entries %q", kind, c.name, got)
			}
		}
	}
}

// TestHostile49SizesAndDatesThatCannotBe: the row stays, without what is wrong.
func TestHostile49SizesAndDatesThatCannotBe(t *testing.T) {
	for size, want := range map[string]int64{
		"18446744073709551616": -1, "-1": -1, strings.Repeat("9", 40): -1, "******": -1, "0x7fff": -1,
		"9223372036854775807": 9223372036854775807, "9223372036854775808": -1, "010": 10, "0": 0,
	} {
		e := oneRow(t, "-rw-r--r-- 1 anna staff "+size+" Mar  1  2020 name", Options{})
		if e.Size != want || e.Name != "name" || e.Prec != vfs.Day {
			t.Errorf("size %s: %+v", size, e)
		}
		if size == "-1" || size == "0x7fff" || size == "******" {
			continue
		}
		if e := oneRow(t, "type=file;size="+size+"; name", Options{Command: "MLSD"}); e.Size != want {
			t.Errorf("size fact %s: %d", size, e.Size)
		}
	}
	for _, date := range []string{"Feb 31 10:00", "Feb 31  2020", "2020-02-30 10:00", "Apr 31 10:00"} {
		if e := oneRow(t, "-rw-r--r-- 1 anna staff 1 "+date+" name", Options{}); e.Prec != vfs.NoTime || !e.ModTime.IsZero() || e.Name != "name" {
			t.Errorf("%s: %+v", date, e)
		}
	}
	for date, want := range map[string]string{
		"Mar  1 24:00": "2026-03-02T00:00:00", "Mar  1  9999": "9999-03-01T00:00:00", "Mar  1  0000": "0000-03-01T00:00:00",
		"2020-03-01 23:59:60": "2020-03-02T00:00:00",
	} {
		if e := oneRow(t, "-rw-r--r-- 1 anna staff 1 "+date+" name", Options{}); e.ModTime.Format("2006-01-02T15:04:05") != want {
			t.Errorf("%s: %s", date, e.ModTime)
		}
	}
}

// TestHostile50MLSDFacts: facts unknown, missing, repeated, oddly spelled.
func TestHostile50MLSDFacts(t *testing.T) {
	for _, c := range []struct{ row, want string }{
		{"x.unknown=1;Type=File;y=;=z;;size=3; name", `file    "name" 3 facts "x.unknown=1;Type=File;y=;=z;;size=3;"`},
		{" name", `unknown "name"`},
		{"type=dir;type=file; name", `file    "name" facts "type=dir;type=file;"`},
		{"type=cdir;type=file; name", `file    "name" facts "type=cdir;type=file;"`},
		{"type=file;size=3 name", `file    "name" 3 facts "type=file;size=3"`},
		{"type=file;   name", `file    "  name" facts "type=file;"`},
		{"type=file; a; b; c", `file    "a; b; c" facts "type=file;"`},
		{"TYPE=DIR;MODIFY=20260301120000.5; name", `dir     "name" 2026-03-01 12:00:00.5Z facts "TYPE=DIR;MODIFY=20260301120000.5;"`},
		{"type=file;modify=20260301120000+0100; name", `file    "name" 2026-03-01 11:00:00Z facts "type=file;modify=20260301120000+0100;"`},
		{"type=file;modify=nonsense;size=nonsense;UNIX.mode=999; name", `file    "name" facts "type=file;modify=nonsense;size=nonsense;UNIX.mode=999;"`},
		{"type=OS.UNIX=SLINK:a;b; name", `link    "name" -> "a" facts "type=OS.UNIX=SLINK:a;b;"`},
		{"type=OS.unix=blk-8/0; name", `other   "name" facts "type=OS.unix=blk-8/0;"`},
		{"type=file;  ", `file    " " facts "type=file;"`},
		{"type=file;=; =", `file    "=" facts "type=file;=;"`},
	} {
		if got := strings.TrimSpace(showEntry(oneRow(t, c.row, Options{Command: "MLSD"}))); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.row, got, c.want)
		}
	}
}

func TestRepliesToMLST(t *testing.T) {
	for _, c := range []struct{ row, path, want string }{
		{" type=file;size=3;modify=20260301120000; /pub/sub/name", "/pub/sub/name", `file    "name" 3 2026-03-01 12:00:00Z facts "type=file;size=3;modify=20260301120000;"`},
		{"Type=cdir;Perm=el; /pub", "/pub", `dir     "pub" perm "el" facts "Type=cdir;Perm=el;"`},
		{" type=dir; /", "/", `dir     "/" facts "type=dir;"`},
		{" type=dir; /a/b/\r\n", "/a/b/", `dir     "b" facts "type=dir;"`},
		{" type=file; \xff", "\xff", "file    \"\uf7ff\" raw \"\\xff\" facts \"type=file;\""},
	} {
		e, path, ok := ParseFacts(c.row, Options{})
		if got := strings.TrimSpace(showEntry(e)); !ok || path != c.path || !strings.EqualFold(strings.ReplaceAll(got, `\uf7ff`, "\uf7ff"), c.want) {
			t.Errorf("%q: %v %q\n got %s\nwant %s", c.row, ok, path, got, c.want)
		}
	}
	for _, row := range []string{"", " ", "250 End", "End", " name", "type=file; a\x00b"} {
		if e, path, ok := ParseFacts(row, Options{}); ok {
			t.Errorf("%q is %+v, %q", row, e, path)
		}
	}
}

// TestQuirk19UndecodableNames: bytes that are not UTF-8 stand as private runes
// and the raw name is what the server sent.
func TestQuirk19UndecodableNames(t *testing.T) {
	gbk, _ := simplifiedchinese.GBK.NewEncoder().String("测试")
	data := "-rw-r--r-- 1 anna staff 1 Mar  1  2020 " + gbk + ".txt\r\n" +
		"-rw-r--r-- 1 anna staff 1 Mar  1  2020 grün\r\n" +
		"lrwxrwxrwx 1 anna staff 1 Mar  1  2020 gr\xfcn -> \xfc\r\n" +
		"-rw-r--r-- 1 anna staff 1 Mar  1  2020 \uf7e4\r\n"
	l, _ := Parse(strings.NewReader(data), Options{Now: testNow})
	if l.Len() != 4 || l.Info().BadText != 3 {
		t.Fatalf("%+v", l.Info())
	}
	if e := l.At(0); e.RawName() != gbk+".txt" || !utf8.ValidString(e.Name) || unescape(e.Name) != e.Raw {
		t.Errorf("%q %q", e.Name, e.Raw)
	}
	if e := l.At(1); e.Name != "grün" || e.Raw != "" {
		t.Errorf("%q %q", e.Name, e.Raw)
	}
	if e := l.At(2); e.Name != "gr\uf7fcn" || e.Target != "\uf7fc" || e.Raw != "gr\xfcn" {
		t.Errorf("%q %q", e.Name, e.Target)
	}
	if e := l.At(3); unescape(e.Name) != "\uf7e4" || e.Raw != "\uf7e4" {
		t.Errorf("%q %q", e.Name, e.Raw)
	}
}

// unescape is the way back from a name to its bytes.
func unescape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if isEscape(r) {
			b.WriteByte(byte(r - 0xF700))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestAnyBytesComeBackFromAName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := string(rapid.SliceOf(rapid.Byte()).Draw(t, "raw"))
		name, ok := escapeUTF8(raw)
		if !utf8.ValidString(name) || unescape(name) != raw || ok != (name == raw) {
			t.Fatalf("%q became %q", raw, name)
		}
	})
}

func TestDecodeIsAskedForNamesThatAreNotPlain(t *testing.T) {
	sjis := japanese.ShiftJIS.NewDecoder()
	asked := 0
	o := Options{Now: testNow, Decode: func(raw []byte) (string, bool) {
		asked++
		b, err := sjis.Bytes(raw)
		return string(b), err == nil && !strings.ContainsRune(string(b), utf8.RuneError)
	}}
	data := "-rw-r--r-- 1 anna staff 1 Mar  1  2020 plain\r\n" +
		"-rw-r--r-- 1 anna staff 1 Mar  1  2020 \x83e\x83X\x83g\r\n" +
		"-rw-r--r-- 1 anna staff 1 Mar  1  2020 \xff\r\n"
	l, _ := Parse(strings.NewReader(data), o)
	if asked != 2 || l.Len() != 3 || l.At(1).Name != "テスト" || l.At(1).Raw != "\x83e\x83X\x83g" || l.Info().BadText != 1 {
		t.Errorf("asked %d times, %s", asked, show(l, l.Info()))
	}
	stateful := 0
	o.Decode = func(raw []byte) (string, bool) { stateful++; return "x", true }
	Parse(strings.NewReader("-rw-r--r-- 1 anna staff 1 Mar  1  2020 \x1b$B%F%9%H\x1b(B\r\n-rw-r--r-- 1 anna staff 1 Mar  1  2020 ~{<:~}\r\n"), o)
	if stateful < 2 {
		t.Error("names in a stateful charset were taken for ASCII")
	}
}

func TestNamesOfNLSTFromOtherSystems(t *testing.T) {
	for _, c := range []struct{ dir, row, want string }{
		{"'HLQ.'", "'HLQ.A.B'", "A.B"},
		{"'HLQ.PDS'", "'HLQ.PDS(MEMBER)'", "MEMBER"},
		{"'HLQ.'", "'OTHER.A'", "OTHER.A"},
		{"'HLQ.'", "A.B", "A.B"},
		{"/pub", "'HLQ.A'", "'HLQ.A'"},
		{"DISK:[A]", "DISK:[A]NAME.EXT;1", "NAME.EXT;1"},
		{"/pub", "a[b];1", "a[b];1"},
	} {
		if e := oneRow(t, c.row, Options{Command: "NLST", Dir: c.dir}); e.Name != c.want {
			t.Errorf("%s in %s is %q, want %q", c.row, c.dir, e.Name, c.want)
		}
	}
}
