package vfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

func TestPathsJoinAndComeApartAgain(t *testing.T) {
	for _, c := range []struct {
		style           PathStyle
		dir, name, path string
	}{
		{Slash, "/", "a", "/a"},
		{Slash, "/a/b", " blank ", "/a/b/ blank "},
		{Slash, "/a", "...", "/a/..."},
		{MVS, "'SYS1.'", "PROCLIB", "'SYS1.PROCLIB'"},
		{MVS, "'SYS1.PROCLIB'", "MEM", "'SYS1.PROCLIB(MEM)'"},
		{VMS, "DISK:[A.B]", "X.TXT;3", "DISK:[A.B]X.TXT;3"},
		{VMS, "DISK:[A]", "B.DIR;1", "DISK:[A.B]"},
		{Tandem, `\SYS.$VOL`, "SUB", `\SYS.$VOL.SUB`},
	} {
		if got := c.style.Join(c.dir, c.name); got != c.path {
			t.Errorf("join %q, %q = %q, want %q", c.dir, c.name, got, c.path)
		}
		if c.style == VMS || c.style == MVS && c.dir == "'SYS1.PROCLIB'" {
			continue // the folder's own spelling is tested below
		}
		if got := c.style.Dir(c.path); got != c.dir {
			t.Errorf("dir of %q = %q, want %q", c.path, got, c.dir)
		}
		if got := c.style.Base(c.path); got != c.name {
			t.Errorf("base of %q = %q, want %q", c.path, got, c.name)
		}
	}
}

func TestParentOfARootIsTheRoot(t *testing.T) {
	for style, root := range map[PathStyle]string{Slash: "/", VMS: "DISK:[A]", MVS: "'SYS1'", Tandem: `\SYS`} {
		if !style.IsRoot(root) {
			t.Errorf("%q is not its own parent but %q is", root, style.Dir(root))
		}
	}
	if got := VMS.Dir("DISK:[A.B]"); got != "DISK:[A]" {
		t.Errorf("parent of a VMS folder: %q", got)
	}
	if got := VMS.Dir("DISK:[A.B]X.TXT;1"); got != "DISK:[A.B]" {
		t.Errorf("folder of a VMS file: %q", got)
	}
}

func TestWithinIsByElementNotByPrefix(t *testing.T) {
	for p, want := range map[string]bool{"/a/b": true, "/a/b/c": true, "/a/bc": false, "/a": false, "/a/b/../x": false} {
		if got := Slash.Within("/a/b", p); got != want {
			t.Errorf("%q within /a/b: %v", p, got)
		}
	}
}

func TestErrorNamesOperationPathAndReply(t *testing.T) {
	e := &Error{Op: "upload", Path: "a b.txt", Reply: Reply{553, []string{"name not allowed"}}, Err: ErrRefused}
	if got, want := e.Error(), `upload "a b.txt": server replied 553 name not allowed`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !errors.Is(e, ErrRefused) {
		t.Error("the cause is lost")
	}
}

func TestAByteThatIsNoTextShowsAsOne(t *testing.T) {
	err := &Error{Op: "delete", Path: NameOfBytes("/a\xff\xd6"), Err: ErrRefused}
	if got := err.Error(); got != `delete "/a\xff\xd6": refused by the server` {
		t.Errorf("%s", got)
	}
}

func TestEveryClassOfErrorHasItsExitCode(t *testing.T) {
	for err, want := range map[error]int{
		nil: ExitOK, ErrUsage: ExitUsage, ErrConnect: ExitConnect, ErrLogin: ExitLogin, ErrTrust: ExitTLS,
		ErrTLS: ExitTLS, fs.ErrNotExist: ExitRefused, ErrVerify: ExitVerify, ErrDiskFull: ExitLocal,
		context.Canceled: ExitCanceled, ErrConnLost: ExitConnect,
	} {
		if err != nil {
			err = fmt.Errorf("wrapped: %w", &Error{Op: "x", Err: err})
		}
		if got := ExitCode(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}

func TestTemporaryTroubleIsTriedAgainAndPermanentIsNot(t *testing.T) {
	for err, want := range map[error]bool{
		ErrConnLost: false, ErrTooMany: false, ErrTimeout: false, ErrLogin: true, ErrDiskFull: true, fs.ErrNotExist: true,
		&Error{Op: "x", Reply: Reply{Code: 451}, Err: ErrRefused}: false,
		&Error{Op: "x", Reply: Reply{Code: 553}, Err: ErrRefused}: true,
	} {
		if got := Permanent(err); got != want {
			t.Errorf("%v: permanent %v, want %v", err, got, want)
		}
	}
}

func TestAccountKeyIsStableAndHoldsNoPassword(t *testing.T) {
	e := Endpoint{Host: "FTP.Example.NET", TLS: TLSImplicit}
	if got := e.Key(); got != "anonymous@ftp.example.net:990" {
		t.Error(got)
	}
	if got := (Endpoint{Host: "::1", User: "u"}).Key(); got != "u@[::1]:21" {
		t.Error(got)
	}
}

func TestDrivePaths(t *testing.T) {
	for _, c := range []struct{ dir, name, join, up, base string }{
		{`C:\A`, "b c", `C:\A\b c`, `C:\A`, "b c"},
		{`C:\`, "A", `C:\A`, `C:\`, "A"},
		{`C:`, "A", `C:\A`, `C:\`, "A"},
		{"D:/pub", "x", "D:/pub/x", "D:/pub", "x"},
		{"host:/tffs0/a", "x", "host:/tffs0/a/x", "host:/tffs0/a", "x"},
	} {
		p := Drive.Join(c.dir, c.name)
		if p != c.join || Drive.Dir(p) != c.up || Drive.Base(p) != c.base || !Drive.IsAbs(p) || !Drive.Within(c.dir, p) {
			t.Errorf("%s + %s: %s, up %s, base %s", c.dir, c.name, p, Drive.Dir(p), Drive.Base(p))
		}
	}
	for in, want := range map[string]string{`C:\A\..\B\.\C\`: `C:\B\C`, `C:\..\..`: `C:\`, "D:/a//b/": "D:/a/b", "D:": `D:\`} {
		if got := Drive.Clean(in); got != want {
			t.Errorf("Clean(%s) is %s, want %s", in, got, want)
		}
	}
	if !Drive.IsRoot(`C:\`) || Drive.IsRoot(`C:\A`) || Drive.Base(`C:\`) != `C:\` || Drive.IsAbs("A") {
		t.Error("roots are not told apart")
	}
}
