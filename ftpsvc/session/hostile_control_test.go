package session_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

func greeting(raw string) ftptest.ScriptOptions { return ftptest.ScriptOptions{Greeting: raw} }

func TestHostile24EndlessRepliesEndTheConnection(t *testing.T) {
	for name, raw := range map[string]string{
		"a line of a megabyte": "200 " + strings.Repeat("x", 2<<20),
		"a reply without end":  "200-" + strings.Repeat("more\r\n", 400000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := ftptest.NewScript(t)
			s := connect(t, srv)
			srv.On("NOOP", func(c *ftptest.Conn, _ string) { c.Raw(raw) })
			if err := s.Noop(soon(t)); !errors.Is(err, vfs.ErrConnLost) {
				t.Errorf("it is %.200v", err)
			}
		})
	}
}

func TestHostile25MultiLineReplies(t *testing.T) {
	for name, raw := range map[string]string{
		"inner lines with other codes": "230-Welcome\r\n200 files\r\n550-no\r\n230 in",
		"an end that comes too early":  "230-Welcome\r\n230 files here\r\nand some text\r\n230 in",
		"bare LF":                      "230-Welcome\n\nhello\n230 in",
		"blank lines":                  "230-\r\n\r\n \r\n230 ",
		"another code at the end":      "230-Welcome\r\nhello\r\n200 in",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := ftptest.NewScript(t)
			srv.Put("/f", []byte("hello"))
			srv.On("PASS", func(c *ftptest.Conn, _ string) { c.In = true; c.Raw(raw + "\r\n") })
			s := connect(t, srv)
			if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
				t.Errorf("%q, %v", got, err)
			}
			inStep(t, s)
		})
	}
}

func TestHostile26OtherProtocolsAreToldApart(t *testing.T) {
	for _, raw := range []string{"HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n"} {
		srv := ftptest.NewScript(t, greeting(raw))
		if _, err := tryConnect(t, srv); !errors.Is(err, vfs.ErrConnect) || !strings.Contains(err.Error(), "not an FTP server") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestHostile26NamesWithIACArriveAsTheyAre(t *testing.T) {
	name := "/a" + string(rune(0xF7FF)) + "b"
	for banner, doubled := range map[string]bool{"220 host FTP server (Version 6.4) ready": true, "220 (vsFTPd 3.0.3)": false} {
		srv := ftptest.NewScript(t, greeting(banner))
		s := connect(t, srv)
		s.Remove(t.Context(), name)
		want := "DELE /a\xffb"
		got := ""
		for _, c := range srv.Commands() {
			if strings.HasPrefix(c, "DELE") {
				got = c
			}
		}
		if got != want {
			t.Errorf("%s: arrived as %q (the server undoubles: %v)", banner, got, doubled)
		}
	}
}

func TestHostile26TwoIACInANameArriveAsTwo(t *testing.T) {
	const ff = string(rune(0xF7FF))
	srv := ftptest.NewScript(t) // takes two for one, as ProFTPD does
	s := connect(t, srv)
	ctx := t.Context()
	if err := put(t, s, "/a"+ff+ff+"b", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, ok := srv.Get("/a\xff\xffb"); !ok {
		t.Errorf("stored as %q", srv.Paths())
	}
	if err := s.Rename(ctx, "/a"+ff+ff+"b", "/"+ff+ff); err != nil {
		t.Error(err)
	}
	if err := s.Remove(ctx, "/"+ff+ff); err != nil {
		t.Error(err)
	}
	if n := srv.Count("MDTM"); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
	// One that shows what it got.
	srv = ftptest.NewScript(t)
	srv.On("MDTM", func(c *ftptest.Conn, _ string) { c.Reply(550, "ferry\xff\xff\xff-none: not here") })
	connect(t, srv).Remove(ctx, "/a"+ff+ff+"b")
	if got := srv.Commands(); got[len(got)-1] != "DELE /a\xffb" { // what the script makes of two
		t.Errorf("sent doubled: %q", got)
	}
}

func TestHostile27UnaskedRepliesShiftNothing(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	s := connect(t, srv)
	srv.On("RETR", func(c *ftptest.Conn, _ string) {
		c.Default()
		c.Raw("226 again\r\n150 and again\r\n226 and again\r\n")
	})
	srv.On("DELE", func(c *ftptest.Conn, _ string) { c.Raw("250 gone\r\n250 gone twice\r\n") })
	for range 3 {
		if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
			t.Fatalf("%q, %v", got, err)
		}
		if n, err := s.Size(t.Context(), "/f"); err != nil || n != 5 {
			t.Fatalf("size %d, %v", n, err)
		}
	}
}

func TestHostile28Goodbye(t *testing.T) {
	bye := func(c *ftptest.Conn, _ string) { c.Reply(421, "timeout") }
	many := func(c *ftptest.Conn, _ string) { c.Reply(421, "too many connections (8) from this address") }
	for _, verb := range []string{"GREETING", "USER", "PASS", "FEAT"} {
		srv := ftptest.NewScript(t)
		srv.On(verb, many)
		if _, err := tryConnect(t, srv); !errors.Is(err, vfs.ErrTooMany) {
			t.Errorf("%s: %v", verb, err)
		}
	}
	for _, verb := range []string{"DELE", "RNFR", "RNTO", "MKD", "RMD", "SIZE"} {
		srv := ftptest.NewScript(t)
		s := connect(t, srv)
		srv.On(verb, bye)
		var err error
		switch verb {
		case "DELE":
			err = s.Remove(t.Context(), "/f")
		case "RNFR", "RNTO":
			srv.Put("/f", nil)
			err = s.Rename(t.Context(), "/f", "/g")
		case "MKD":
			err = s.Mkdir(t.Context(), "/d")
		case "RMD":
			err = s.Rmdir(t.Context(), "/d")
		case "SIZE":
			_, err = s.Size(t.Context(), "/f")
		}
		if !errors.Is(err, vfs.ErrConnLost) || s.Alive() {
			t.Errorf("%s: %v, alive %v", verb, err, s.Alive())
		}
		if n := srv.Count(verb); n != 1 {
			t.Errorf("%s was sent %d times", verb, n)
		}
	}
}

func TestHostile28GoodbyeInTransfers(t *testing.T) {
	for name, f := range map[string]ftptest.Fault{
		"instead of 150":        {When: ftptest.Before, Do: ftptest.CloseData, Code: 421},
		"in the middle":         {When: ftptest.AtByte, Byte: 10000, Do: ftptest.ResetData, Code: 421},
		"instead of 226":        {When: ftptest.Final, Do: ftptest.CloseData, Code: 421},
		"control lost":          {When: ftptest.AtByte, Byte: 10000, Do: ftptest.CloseControl},
		"all reset":             {When: ftptest.AtByte, Byte: 10000, Do: ftptest.ResetControl},
		"control lost at final": {When: ftptest.Final, Do: ftptest.CloseControl},
	} {
		for _, verb := range []string{"RETR", "STOR"} {
			t.Run(name+" "+verb, func(t *testing.T) {
				t.Parallel()
				srv := ftptest.NewScript(t)
				srv.Put("/f", randomBytes(100000))
				f := f
				f.Verb = verb
				srv.Fault(f)
				s := connect(t, srv)
				var err error
				if verb == "RETR" {
					_, err = read(soon(t), s, "/f", vfs.ReadOptions{Size: 100000})
				} else {
					err = put(t, s, "/g", randomBytes(100000))
				}
				if !errors.Is(err, vfs.ErrConnLost) || vfs.Permanent(err) {
					t.Errorf("it is %v", err)
				}
				if s.Alive() {
					t.Error("it is told alive")
				}
				if n := srv.Count(verb); n != 1 {
					t.Errorf("%s was sent %d times", verb, n)
				}
			})
		}
	}
}

func TestHostile29PWD(t *testing.T) {
	long := "/" + strings.Repeat("x", 10000)
	for raw, want := range map[string]string{
		`257 "/a b" is current`:       "/a b",
		`257 "/a""b" is current`:      `/a"b`,
		`257 "/open`:                  "/open",
		`257 /bare is current`:        "/bare",
		`257 ""`:                      "/",
		`257 is nowhere`:              "/",
		`257`:                         "/",
		`550 no`:                      "/",
		`250 "/odd code"`:             "/odd code",
		"257 \"" + long + "\"":        long,
		"257 \"/esc\x1b[31m\"":        "/esc\x1b[31m",
		"257 \"/bad\xff\xfe\" is bad": "/bad" + string(rune(0xF7FF)) + string(rune(0xF7FE)),
	} {
		srv := ftptest.NewScript(t)
		srv.On("PWD", func(c *ftptest.Conn, _ string) { c.Raw(raw + "\r\n") })
		s := connect(t, srv)
		if got, _ := s.Home(t.Context()); got != want {
			t.Errorf("%.60q: home %.60q, want %.60q", raw, got, want)
		}
	}
}

func TestHostile29XPWDWherePWDIsNotKnown(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Refuse(500, "PWD", "XPWD")
	if i := connect(t, srv).Info(); i.Home != "/" || !i.HomeUntold {
		t.Errorf("%q, untold %v", i.Home, i.HomeUntold)
	}
	srv.On("XPWD", func(c *ftptest.Conn, _ string) { c.Reply(257, `"/home/me"`) })
	if i := connect(t, srv).Info(); i.Home != "/home/me" || i.HomeUntold {
		t.Errorf("%q, untold %v", i.Home, i.HomeUntold)
	}
}

func TestHostile30FEAT(t *testing.T) {
	many := "211-Features\r\n"
	for i := range 800 {
		many += fmt.Sprintf(" X%d\r\n", i)
	}
	for name, c := range map[string]struct {
		raw  string
		mlsd bool
	}{
		"without leading blanks": {"211-Features\r\nMLST type*;\r\nSIZE\r\n211 End", true},
		"with tabs and blanks":   {"211-Features\r\n\tMLST type*;\r\n  SIZE\r\n211 End", true},
		"in lower case":          {"211-Features\r\n mlst type*;\r\n size\r\n211 End", true},
		"hundreds of features":   {many + " MLST type*;\r\n211 End", true},
		"in a single line":       {"211 no features", false},
		"of another code":        {"200-Features\r\n MLST type*;\r\n200 End", true},
		"refused":                {"502 no", false},
	} {
		t.Run(name, func(t *testing.T) {
			srv := ftptest.NewScript(t)
			srv.Put("/f", []byte("hello"))
			srv.On("FEAT", func(x *ftptest.Conn, _ string) { x.Raw(c.raw + "\r\n") })
			s := connect(t, srv)
			if s.Caps().MLSD != c.mlsd {
				t.Errorf("MLSD %v", s.Caps().MLSD)
			}
			if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestHostile31Logins(t *testing.T) {
	in := func(code int) ftptest.Handler {
		return func(c *ftptest.Conn, _ string) { c.In = true; c.Reply(code, "fine") }
	}
	for name, c := range map[string]struct {
		user, pass ftptest.Handler
		greet      string
		ok         bool
	}{
		"230 as greeting":            {greet: "230 already in\r\n", user: in(503), ok: true},
		"USER answered 230":          {user: in(230), ok: true},
		"USER answered 232":          {user: in(232), ok: true},
		"USER answered 200":          {user: in(200), ok: true},
		"PASS answered 202":          {pass: in(202), ok: true},
		"331 again and again":        {pass: func(c *ftptest.Conn, _ string) { c.Reply(331, "more") }},
		"refused":                    {pass: func(c *ftptest.Conn, _ string) { c.Reply(530, "no") }},
		"an account that nobody has": {pass: func(c *ftptest.Conn, _ string) { c.Reply(332, "account?") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := ftptest.NewScript(t, greeting(c.greet))
			if c.greet != "" {
				srv.On("GREETING", func(x *ftptest.Conn, _ string) { x.In = true; x.Raw(c.greet) })
			}
			if c.user != nil {
				srv.On("USER", c.user)
			}
			if c.pass != nil {
				srv.On("PASS", c.pass)
			}
			s, err := tryConnect(t, srv)
			if c.ok && err != nil || !c.ok && !errors.Is(err, vfs.ErrLogin) {
				t.Fatalf("it is %v", err)
			}
			if c.ok {
				inStep(t, s)
			}
		})
	}
}

func TestHostile31AccountIsSent(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.On("PASS", func(c *ftptest.Conn, _ string) { c.Reply(332, "account?") })
	srv.On("ACCT", func(c *ftptest.Conn, arg string) {
		if arg == "konto" {
			c.In = true
			c.Reply(230, "in")
			return
		}
		c.Reply(530, "no")
	})
	s := connect(t, srv, func(o *session.Options) { o.Endpoint.Account = "konto" })
	inStep(t, s)
}

func TestHostile32BareServer(t *testing.T) {
	for _, code := range []int{500, 502} {
		srv := ftptest.NewScript(t)
		srv.Put("/f", []byte("hello"))
		srv.Refuse(code, "SYST", "FEAT", "PWD", "TYPE", "MDTM", "SIZE", "MLSD", "MLST", "OPTS", "EPSV", "CLNT", "NOOP")
		s := connect(t, srv)
		if got := list(t.Context(), s, "/"); len(got) != 1 || got[0].Name != "f" {
			t.Errorf("%d: listed %v", code, got)
		}
		if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
			t.Errorf("%d: %q, %v", code, got, err)
		}
		if err := put(t, s, "/g", []byte("there")); err != nil {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func TestHostile33CommandInjection(t *testing.T) {
	srv := ftptest.NewScript(t)
	s := connect(t, srv)
	ctx := t.Context()
	srv.Forget()
	for _, bad := range []string{"/a\r\nDELE /b", "/a\nDELE /b", "/a\rDELE /b", "/a\x00", "/a" + string(rune(0xF70D)) + string(rune(0xF70A)) + "DELE /b", "/" + string(rune(0xF700))} {
		errs := []error{
			s.Remove(ctx, bad), s.Mkdir(ctx, bad), s.Rmdir(ctx, bad), s.Rename(ctx, bad, "/x"), s.Rename(ctx, "/x", bad),
			s.SetMode(ctx, bad, 0o644), s.SetModTime(ctx, bad, time.Now()), s.Symlink(ctx, bad, "/x"), s.Symlink(ctx, "/x", bad),
			put(t, s, bad, []byte("x")),
		}
		_, err := get(t, s, bad)
		errs = append(errs, err)
		_, err = s.List(ctx, bad, vfs.ListOptions{}, func(vfs.Batch) error { return nil })
		errs = append(errs, err)
		_, err = s.Stat(ctx, bad)
		errs = append(errs, err)
		_, err = s.Quote(ctx, "", "SITE HELP "+bad)
		errs = append(errs, err)
		_, err = s.WriteThen(ctx, "/ok", strings.NewReader(""), vfs.WriteOptions{}, vfs.Then{Rename: bad})
		errs = append(errs, err)
		for i, err := range errs {
			if !errors.Is(err, vfs.ErrBadName) && !errors.Is(err, vfs.ErrUsage) && !errors.Is(err, vfs.ErrUnsupported) {
				t.Errorf("%q, call %d: %v", bad, i, err)
			}
		}
	}
	for _, c := range srv.Commands() {
		if strings.HasPrefix(c, "DELE") {
			t.Errorf("a second command was sent: %q", c)
		}
	}
	inStep(t, s)
}

func TestHostile33LoginInjection(t *testing.T) {
	for _, change := range []func(*session.Options){
		func(o *session.Options) { o.Endpoint.User = "me\r\nDELE /b" },
		func(o *session.Options) { o.Password = "geheim\r\nDELE /b" },
		func(o *session.Options) { o.Endpoint.Account = "x\nDELE /b" },
	} {
		srv := ftptest.NewScript(t)
		srv.On("PASS", func(c *ftptest.Conn, _ string) { c.Reply(332, "account?") })
		if _, err := tryConnect(t, srv, change); !errors.Is(err, vfs.ErrBadName) {
			t.Errorf("it is %v", err)
		}
		if srv.Count("DELE") != 0 {
			t.Error("a second command was sent")
		}
	}
}

func TestHostile34DribblingServer(t *testing.T) {
	for _, verb := range []string{"GREETING", "USER", "FEAT", "MLSD", "EPSV"} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			srv := ftptest.NewScript(t)
			srv.Put("/f", []byte("hello"))
			ctx, cancel := context.WithCancel(t.Context())
			if verb == "GREETING" {
				srv.On(verb, func(c *ftptest.Conn, _ string) { cancel(); c.Drip("220 "+strings.Repeat("x", 1000), time.Second) })
			} else {
				srv.On(verb, func(c *ftptest.Conn, _ string) {
					c.Drip("1", time.Millisecond)
					cancel()
					c.Drip(strings.Repeat("5", 1000), time.Second)
				})
			}
			o := options(srv)
			o.Endpoint.Timeout = time.Minute
			s, err := session.Open(ctx, o)
			if err == nil {
				defer s.Close()
				_, err = s.List(ctx, "/", vfs.ListOptions{}, func(vfs.Batch) error { return nil })
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("it is %v", err)
			}
		})
	}
}

func TestHostile34SilenceHasALimit(t *testing.T) {
	for _, verb := range []string{"GREETING", "USER", "PASS", "FEAT", "MLSD", "EPSV", "DELE"} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			srv := ftptest.NewScript(t)
			srv.On(verb, func(c *ftptest.Conn, _ string) { c.Stall() })
			s, err := tryConnect(t, srv, func(o *session.Options) {
				o.Endpoint.Timeout, o.Endpoint.DataIdle = 200*time.Millisecond, 200*time.Millisecond
			})
			if err == nil && verb == "DELE" {
				err = s.Remove(soon(t), "/f")
			} else if err == nil {
				_, err = s.List(soon(t), "/", vfs.ListOptions{}, func(vfs.Batch) error { return nil })
			}
			if !errors.Is(err, vfs.ErrTimeout) {
				t.Errorf("it is %v", err)
			}
		})
	}
}

func TestHostile44NothingIsDialledThatTheUserDidNotName(t *testing.T) {
	srv := ftptest.NewScript(t, greeting("220 this server moved to ftp://127.0.0.3:2121/, ftp.example.org\r\n"))
	srv.Put("/f", []byte("hello"))
	seen := dialled{}
	s := connect(t, srv, seen.record)
	get(t, s, "/f")
	for _, addr := range seen.list() {
		if !strings.HasPrefix(addr, srv.Host()+":") {
			t.Errorf("dialled %s", addr)
		}
	}
}

func TestHostile45SecretsStayOutOfTheLog(t *testing.T) {
	for _, echo := range []string{"530 wrong password geheim for me", "230 welcome, your password is geheim"} {
		srv := ftptest.NewScript(t)
		srv.On("PASS", func(c *ftptest.Conn, _ string) { c.In = true; c.Raw(echo + "\r\n") })
		var l log
		s, err := tryConnect(t, srv, func(o *session.Options) { o.Log, o.Endpoint.Debug = l.add, 2 })
		if err == nil {
			s.Quote(t.Context(), "", "SITE PSWD geheim neu-geheim")
			s.Quote(t.Context(), "", "ACCT geheim")
		}
		if strings.Contains(l.String(), "geheim") {
			t.Errorf("the log holds the password:\n%s", l.String())
		}
	}
}

func TestHostile47EveryOpenIsANewConnection(t *testing.T) {
	srv := ftptest.NewScript(t)
	a := connect(t, srv)
	b := connect(t, srv, func(o *session.Options) { o.Endpoint.User, o.Like = "other", nil })
	inStep(t, a)
	inStep(t, b)
	if srv.Total() != 2 || !strings.Contains(strings.Join(srv.CommandsOf(2), " "), "USER other") {
		t.Errorf("%d connections, the second said %q", srv.Total(), srv.CommandsOf(2))
	}
}

func TestQuirk24EmptyFolders(t *testing.T) {
	refuse := func(code int, text string) ftptest.Handler {
		return func(c *ftptest.Conn, _ string) { c.Reply(code, text) }
	}
	for name, h := range map[string]ftptest.Handler{
		"450 no files found": refuse(450, "No files found."),
		"550 no files found": refuse(550, "No files found."),
		"no data at all":     func(c *ftptest.Conn, _ string) { c.SendText("") },
		"total 0 only":       func(c *ftptest.Conn, _ string) { c.SendText("total 0\r\n") },
		"226 without a data connection": func(c *ftptest.Conn, _ string) {
			c.Reply(226, "done, nothing there")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := ftptest.NewScript(t)
			srv.Refuse(502, "FEAT")
			srv.On("LIST", h)
			s := connect(t, srv, func(o *session.Options) { o.Endpoint.DataIdle = 300 * time.Millisecond })
			info, err := s.List(t.Context(), "/", vfs.ListOptions{}, func(vfs.Batch) error { return nil })
			if err != nil || info.Entries != 0 {
				t.Errorf("%d entries, %v", info.Entries, err)
			}
			inStep(t, s)
		})
	}
	srv := ftptest.NewScript(t)
	s := connect(t, srv)
	if _, err := s.List(t.Context(), "/none", vfs.ListOptions{}, func(vfs.Batch) error { return nil }); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestQuirk27And28SizeAndTimeReplies(t *testing.T) {
	for raw, want := range map[string]int64{"213 12": 12, "213  12 ": 12, "213 file: 213, Size =51": -1, "213 /f: 51 bytes": 51, "213 -1": -1,
		"213 99999999999999999999": -1, "550 SIZE not allowed in ASCII mode": -1, "213": -1, "213-x\r\n213 7": 7} {
		srv := ftptest.NewScript(t)
		srv.On("SIZE", func(c *ftptest.Conn, _ string) { c.Raw(raw + "\r\n") })
		s := connect(t, srv)
		got, err := s.Size(t.Context(), "/f")
		if (want < 0) != (err != nil) || err == nil && got != want {
			t.Errorf("%q: %d, %v", raw, got, err)
		}
	}
	want := time.Date(2004, 5, 6, 7, 8, 9, 0, time.UTC)
	for _, raw := range []string{"213 20040506070809", "213 20040506070809.123", "213 191040506070809", "213 20040506070809 /f"} {
		srv := ftptest.NewScript(t)
		srv.On("MDTM", func(c *ftptest.Conn, _ string) { c.Raw(raw + "\r\n") })
		s := connect(t, srv)
		if got, err := s.ModTime(t.Context(), "/f"); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", raw, got, err)
		}
	}
}

func TestQuirk18ClientNameBeforeUTF8(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{Features: []string{"CLNT", "UTF8", "SIZE"}})
	named := false
	srv.On("CLNT", func(c *ftptest.Conn, _ string) { named = true; c.Reply(200, "noted") })
	utf8 := false
	srv.On("OPTS", func(c *ftptest.Conn, _ string) {
		if utf8 = named; !named {
			c.Reply(501, "who are you?")
			return
		}
		c.Reply(200, "UTF8 is on")
	})
	s := connect(t, srv)
	inStep(t, s)
	if !utf8 {
		t.Error("UTF-8 was not turned on")
	}
}

func TestQuirk17PRETIsNotSent(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{More: []string{"PRET"}})
	srv.Put("/f", []byte("hello"))
	s := connect(t, srv)
	if _, err := get(t, s, "/f"); err != nil || srv.Count("PRET") != 0 {
		t.Errorf("PRET came %d times, %v", srv.Count("PRET"), err)
	}
}

func TestQuirk35OneCommandAtATime(t *testing.T) {
	t.Parallel()
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	mem := newMemory()
	// A server that throws away what came behind the command it reads.
	srv.On("OPTS", func(c *ftptest.Conn, _ string) {
		if c.Num() == 1 {
			c.Stall()
		}
		c.Reply(500, "no")
	})
	s := connect(t, srv, func(o *session.Options) { o.Memory, o.Endpoint.Timeout = mem, time.Second })
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	if !mem.Learned(to(srv).Key()).Quirks["no-pipeline"] {
		t.Error("it was not remembered")
	}
}

func TestQuirk45LongGreetings(t *testing.T) {
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, "220-\x1b[3%dm\xdb\xdb line %d\r\n", i%8, i)
	}
	srv := ftptest.NewScript(t, greeting(b.String()+"220 ready"))
	s := connect(t, srv)
	if got := len(s.Info().Welcome); got < 501 {
		t.Errorf("%d lines of welcome", got)
	}
}
