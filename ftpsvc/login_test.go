package ftpsvc

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/vfs"
)

func at(srv *ftptest.Script) vfs.Endpoint {
	return vfs.Endpoint{Host: srv.Host(), Port: srv.Port(), User: "me", TLS: vfs.TLSOff, Proxy: "none"}
}

// realSessions is a rig whose remote side is a server.
func realSessions(t *testing.T) *rig { return newRig(t, func(o *Options) { o.Dial = nil }) }

func TestAnAccountIsAskedForAndNotThePasswordAgain(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.On("PASS", func(c *ftptest.Conn, _ string) { c.Reply(332, "account?") })
	srv.On("ACCT", func(c *ftptest.Conn, arg string) {
		if c.In = arg == "konto"; c.In {
			c.Reply(230, "in")
			return
		}
		c.Reply(530, "no such account")
	})
	for i := range 20 {
		srv.Put(fmt.Sprintf("/d/%d", i), some(1000))
	}
	r := realSessions(t)
	var asked []string
	words := []string{"falsch", "konto"}
	r.answer = func(q Question) any {
		if q.Kind == AskClearText {
			return true
		}
		asked = append(asked, fmt.Sprint(q.Kind, " ", q.Again))
		if q.Kind == AskPassword {
			return "geheim"
		}
		w := words[0]
		words = words[1:]
		return w
	}
	c := r.do(Connect{Endpoint: at(srv)}).(ConnInfo).Conn
	if got := strings.Join(asked, ","); got != fmt.Sprintf("%d false,%d false,%d true", AskPassword, AskAccount, AskAccount) {
		t.Errorf("asked %s", got)
	}
	// Connections for transfers know it.
	if res := r.do(Copy{From: c, Paths: []string{"/d"}, To: Local, Dir: "/"}).(JobResult); res.Done != 20 || len(asked) != 3 {
		t.Errorf("%+v, asked %q", res, asked)
	}
}

func TestAProxysRefusalAsksForNoPasswordOfTheServer(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.On("PASS", func(c *ftptest.Conn, _ string) { c.Reply(530, "proxy says no") })
	r := realSessions(t)
	asked := 0
	r.answer = func(q Question) any {
		if q.Kind == AskClearText {
			return true
		}
		asked++
		return "geheim"
	}
	ep := at(srv)
	ep.Proxy = "ftp://hans:falsch@" + srv.Addr()
	if err := r.fails(Connect{Endpoint: ep, Password: "geheim", HasPassword: true}); !errors.Is(err, vfs.ErrProxy) || asked != 0 {
		t.Errorf("it is %v, asked %d times", err, asked)
	}
}
