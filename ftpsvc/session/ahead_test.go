package session_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// What is sent along with a login that ends otherwise than expected.

// familiar makes an account one that logged in before: commands are sent ahead.
func familiar(srv *ftptest.Script) func(*session.Options) {
	mem := newMemory()
	mem.Learn(to(srv).Key(), func(l *vfs.Learned) { l.Data = vfs.DataEPSV })
	return func(o *session.Options) { o.Memory = mem }
}

// wantsAccount makes a server refuse everything until ACCT.
func wantsAccount(srv *ftptest.Script) {
	srv.On("PASS", func(c *ftptest.Conn, _ string) { c.Reply(332, "account?") })
	srv.On("ACCT", func(c *ftptest.Conn, arg string) {
		if c.In = arg == "konto"; c.In {
			c.Reply(230, "in")
			return
		}
		c.Reply(530, "no")
	})
}

func TestNothingThatWasSaidBeforeACCTCounts(t *testing.T) {
	srv := ftptest.NewScript(t)
	wantsAccount(srv)
	account := func(o *session.Options) { o.Endpoint.Account = "konto" }
	asked := func(o *session.Options) {
		o.Account = func(context.Context, vfs.Reply) (string, error) { return "konto", nil }
	}
	first := connect(t, srv, account)
	for name, with := range map[string][]func(*session.Options){
		"known": {account, familiar(srv)}, "known, account asked for": {asked, familiar(srv)},
		"like another":                    {account, func(o *session.Options) { o.Like = first }},
		"like another, account asked for": {asked, func(o *session.Options) { o.Like = first }},
	} {
		t.Run(name, func(t *testing.T) {
			srv.Forget()
			s := connect(t, srv, with...)
			sent := srv.Commands()
			if i := slices.Index(sent, "ACCT konto"); i < 0 || !slices.Contains(sent[i:], "TYPE I") {
				t.Errorf("sent %q", sent)
			}
			if s.Info().Home != "/" || !s.Caps().MLSD {
				t.Errorf("%+v", s.Caps())
			}
			body := []byte("one\ntwo\nthree\n")
			if err := put(t, s, "/f", body); err != nil {
				t.Error(err)
			}
			if got, err := get(t, s, "/f"); err != nil || string(got) != string(body) {
				t.Errorf("%q, %v", got, err)
			}
			if s.Info().Data != vfs.DataEPSV {
				t.Errorf("mode %q", s.Info().Data)
			}
		})
	}
}

func TestAnAccountThatIsRefusedIsNoWrongPassword(t *testing.T) {
	srv := ftptest.NewScript(t)
	wantsAccount(srv)
	for name, with := range map[string]func(*session.Options){
		"none":  func(*session.Options) {},
		"wrong": func(o *session.Options) { o.Endpoint.Account = "falsch" },
		"no word": func(o *session.Options) {
			o.Account = func(context.Context, vfs.Reply) (string, error) { return "", nil }
		},
	} {
		if _, err := tryConnect(t, srv, with); !errors.Is(err, vfs.ErrLogin) || !errors.Is(err, vfs.ErrAccount) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := srv.Count("ACCT"); n != 1 {
		t.Errorf("ACCT was sent %d times", n)
	}
}

func TestQuirk32TheRefusalCountsMoreThanTheHangUp(t *testing.T) {
	const text = "Sorry, the maximum number of clients (2) for this user already connected."
	for _, verb := range []string{"USER", "PASS"} {
		for _, way := range []string{"known", "like another"} {
			t.Run(verb+" "+way, func(t *testing.T) {
				srv := ftptest.NewScript(t)
				first := connect(t, srv)
				srv.On(verb, func(c *ftptest.Conn, _ string) { c.Reply(530, text); c.Close() })
				with := familiar(srv)
				if way == "like another" {
					with = func(o *session.Options) { o.Like = first }
				}
				if _, err := tryConnect(t, srv, with); !errors.Is(err, vfs.ErrTooMany) || !strings.Contains(err.Error(), text) {
					t.Errorf("it is %v", err)
				}
			})
		}
	}
}

// shifted says something unasked along with a reply.
func shifted(verb, reply, extra string) func(*ftptest.Script) {
	return func(srv *ftptest.Script) {
		srv.On(verb, func(c *ftptest.Conn, _ string) {
			c.In = true
			c.Raw(reply + "\r\n" + extra + "\r\n")
		})
	}
}

func TestHostile27AnExtraReplyAtTheLogin(t *testing.T) {
	for name, odd := range map[string]func(*ftptest.Script){
		"behind PASS":              shifted("PASS", "230 in", "226 extra"),
		"behind PASS, as for TYPE": shifted("PASS", "230 in", "200 extra"),
		"behind SYST":              shifted("SYST", "215 UNIX Type: L8", "226 extra"),
		"behind TYPE":              shifted("TYPE", "200 image", "226 extra"),
		"behind PWD":               shifted("PWD", `257 "/home/me" is it`, "200 extra"),
		"behind EPSV": func(srv *ftptest.Script) {
			srv.On("EPSV", func(c *ftptest.Conn, arg string) { c.Default(); c.Reply(200, "extra") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := ftptest.NewScript(t, atHome("/home/me"))
			srv.Put("/home/me/f", []byte("hello"))
			odd(srv)
			var s *session.Session
			for _, with := range []func(*session.Options){func(*session.Options) {}, familiar(srv), func(o *session.Options) { o.Like = s }} {
				s = connect(t, srv, with)
				if home := s.Info().Home; home != "/home/me" {
					t.Errorf("home is %q", home)
				}
				if got := list(t.Context(), s, "/home/me"); len(got) != 1 {
					t.Errorf("listed %v", got)
				}
				if got, err := get(t, s, "/home/me/f"); err != nil || string(got) != "hello" {
					t.Errorf("%q, %v", got, err)
				}
				inStep(t, s)
			}
		})
	}
}

func TestAPWDThatIsAnsweredLooselyIsRead(t *testing.T) {
	for reply, home := range map[string]string{`250 "/a" is it`: "/a", "200 Features:": "/", "257 /b": "/b", `226 "/c"`: "/c"} {
		srv := ftptest.NewScript(t)
		srv.On("PWD", func(c *ftptest.Conn, _ string) { c.Raw(reply + "\r\n") })
		if s := connect(t, srv); s.Info().Home != home {
			t.Errorf("%s: home is %q", reply, s.Info().Home)
		}
	}
}
