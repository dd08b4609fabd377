package ftpsvc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
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

func TestAChangedCertificateIsToldOnceAndNotForEachConnection(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true})
	for i := range 20 {
		srv.Put(fmt.Sprintf("/d/%d", i), some(1000))
	}
	r := newRig(t, func(o *Options) { o.Dial, o.Memory = nil, otherCert{} })
	ep := at(srv)
	ep.TLS, ep.Insecure = vfs.TLSExplicit, true
	c := r.do(Connect{Endpoint: ep, Password: "geheim", HasPassword: true}).(ConnInfo).Conn
	r.do(Copy{From: c, Paths: []string{"/d"}, To: Local, Dir: "/"})
	told := 0
	for _, e := range r.seen {
		if n, ok := e.(Notice); ok && strings.Contains(n.Text, "CHANGED") && strings.Contains(n.Text, "AA:BB") {
			told++
		}
	}
	if told != 1 || srv.Total() < 2 {
		t.Errorf("told %d times, %d connections", told, srv.Total())
	}
}

// otherCert is a memory that trusts another certificate.
type otherCert struct{}

func (otherCert) Learned(string) vfs.Learned       { return vfs.Learned{} }
func (otherCert) Learn(string, func(*vfs.Learned)) {}
func (otherCert) Trusted(string) string            { return "AA:BB" }
func (otherCert) Trust(string, string)             {}

func TestACharsetIsRememberedForTheAccount(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/\xd6\xd0\xce\xc4", nil)
	mem := &memory{learned: map[string]vfs.Learned{}}
	r := newRig(t, func(o *Options) { o.Dial, o.Memory = nil, mem })
	r.answer = func(Question) any { return true }
	names := func() string {
		r.conn = r.do(Connect{Endpoint: at(srv), Password: "geheim", HasPassword: true}).(ConnInfo).Conn
		l, _ := r.listed("/", true)
		return strings.Join(l, " ")
	}
	if got := names(); got == "中文" {
		t.Fatal("decoded unasked")
	}
	ep := at(srv)
	ep.Charset = "GBK"
	r.do(Configure{Endpoint: ep, Remember: true})
	if got := names(); got != "中文" {
		t.Errorf("listed %q", got)
	}
}

func TestAServersLimitIsToldAndChangesInTheMidst(t *testing.T) {
	r := newRig(t)
	r.remote.put("/big", some(1<<20))
	hold := make(chan struct{})
	r.remote.wait = func(op, _ string) <-chan struct{} {
		if op == "read" {
			return hold
		}
		return nil
	}
	ep := endpoint
	ep.RateDown = 300 << 10
	r.do(Configure{Endpoint: ep}) // not connected yet
	c := r.do(Connect{Endpoint: ep}).(ConnInfo).Conn
	id := r.s.Submit(Copy{From: c, Paths: []string{"/big"}, To: Local, Dir: "/"})
	see := func(down int64) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for {
			b, err := r.s.Next(ctx)
			if err != nil {
				t.Fatalf("waiting for a limit of %d: %v", down, err)
			}
			r.seen = append(r.seen, b.Events...)
			if b.Queue != nil && b.Queue.SiteDown == down && b.Queue.SiteUp == 0 && b.Queue.Down == 0 {
				return
			}
		}
	}
	see(300 << 10)
	ep.RateDown = 0
	r.s.Submit(Configure{Endpoint: ep})
	close(hold)
	if e, ok := r.end(id).(Done); !ok {
		t.Fatalf("it ended in %#v", e)
	}
	r.s.Submit(Limit{Conn: c, Down: 5 << 20})
	i := r.do(Configure{Endpoint: ep}).(ConnInfo)
	if i.Endpoint.RateDown != 0 {
		t.Errorf("%+v", i.Endpoint)
	}
}

// plain is a rig that has logged in to a server.
func plain(t *testing.T, srv *ftptest.Script) *rig {
	r := realSessions(t)
	r.answer = func(Question) any { return true }
	r.conn = r.do(Connect{Endpoint: at(srv), Password: "geheim", HasPassword: true}).(ConnInfo).Conn
	return r
}

func TestWhatASessionFindsOutIsTold(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	r := plain(t, srv)
	r.s.Submit(List{Conn: r.conn, Path: "/"})
	r.until(func(e Event) bool {
		c, ok := e.(ConnChanged)
		return ok && c.Info.Command == "MLSD" && c.Info.Data == vfs.DataEPSV
	})
}

func TestAnIdleConnectionThatEndsIsNoticedAtOnce(t *testing.T) {
	srv := ftptest.NewScript(t)
	r := plain(t, srv)
	r.listed("/", true)
	state := func(want ConnState) {
		t.Helper()
		r.until(func(e Event) bool { c, ok := e.(ConnChanged); return ok && c.Info.State == want })
	}
	srv.DropAll()
	state(Retrying)
	state(Online)
	if n := srv.Count("NOOP"); n != 0 {
		t.Errorf("%d NOOP were sent", n)
	}
}

func TestAConnectThatFailsIsNotSaidToBeTriedAgain(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Down()
	r := realSessions(t)
	if err := r.fails(Connect{Endpoint: at(srv), Password: "x", HasPassword: true}); !errors.Is(err, vfs.ErrConnect) {
		t.Errorf("it is %v", err)
	}
	for _, e := range r.seen {
		if c, ok := e.(ConnChanged); ok && c.Info.State == Retrying {
			t.Errorf("told %+v", c.Info)
		}
	}
}

func TestARetryIsToldWithItsWait(t *testing.T) {
	r := newRig(t)
	r.remote.put("/f", some(1000))
	r.remote.cut = once("read", 0, reply(451, "Local error.", vfs.ErrRefused))
	c := r.connect()
	r.s.do(func() { r.s.pause = func(int) time.Duration { return 3 * time.Millisecond } })
	if res := r.do(Copy{From: c, Paths: []string{"/f"}, To: Local, Dir: "/"}).(JobResult); res.Done != 1 {
		t.Errorf("%+v", res)
	}
	var told []ItemRetry
	for _, e := range r.seen {
		if e, ok := e.(ItemRetry); ok {
			told = append(told, e)
		}
	}
	if len(told) != 1 || told[0].Wait != 3*time.Millisecond || !strings.Contains(told[0].Item.Err, "451") {
		t.Errorf("told %+v", told)
	}
}

func TestWhatWaitsForAPasswordIsNotShownAsRunning(t *testing.T) {
	r := newRig(t)
	r.remote.pass = "right"
	r.remote.put("/f", some(2<<20))
	g := &gate{"read", make(chan struct{})}
	c := r.do(Connect{Endpoint: vfs.Endpoint{Host: "h", User: "me"}, Password: "right", HasPassword: true}).(ConnInfo).Conn
	r.do(Copy{From: c, Paths: []string{"/f"}, To: Local, Dir: "/dst", Later: true})
	r.s.Close()
	st, err := queue.Open(t.Context(), r.opt.Queue, queue.OpenOptions{Poll: -1})
	var items []queue.Item
	if err == nil {
		items, err = st.Claim(t.Context(), queue.Want{N: 1})
	}
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	items[0].State, items[0].Tries, items[0].Bytes = queue.Queued, 1, 1<<20
	if err := errors.Join(st.Save(t.Context(), items[0]), st.Close()); err != nil {
		t.Fatal(err)
	}
	r.remote.wait = g.wait
	r.opt.Foreign = true
	r.start(r.opt)
	r.do(QueuePage{Limit: 1})
	asked := func(e Event) bool { _, ok := e.(Asked); return ok }
	r.until(asked)
	item := func() queue.Item { // as it is once all is stored
		stored := make(chan error, 1)
		r.s.do(func() {
			r.s.eng.keep.do(func(ctx context.Context, st *queue.Store) func() {
				stored <- st.Flush(ctx)
				return nil
			})
		})
		if err := <-stored; err != nil {
			t.Fatal(err)
		}
		return r.do(QueuePage{Limit: 1}).(QueueRows).Items[0]
	}
	r.s.do(func() { r.s.eng.storeProgress() })
	if it := item(); it.State != queue.Queued || it.Bytes != 1<<20 {
		t.Errorf("while it is asked for: %s, %d bytes", it.State, it.Bytes)
	}
	r.s.Close() // nothing ran: what is there is still there
	r.start(r.opt)
	r.do(QueuePage{Limit: 1})
	q := r.until(asked).(Asked).Question
	if it := item(); it.Bytes != 1<<20 {
		t.Errorf("the next time: %d bytes", it.Bytes)
	}
	r.do(Answer{Question: q.ID, Value: "right"})
	r.waitFor(func() bool { return r.remote.called("read") > 0 })
	if it := item(); it.State != queue.Running {
		t.Errorf("after the answer: %s", it.State)
	}
	close(g.ch)
	r.waitFor(func() bool { return len(done(r.seen)) == 1 })
}

func TestThatAnAccountWaitsForItsPasswordIsToldOnce(t *testing.T) {
	r := newRig(t)
	r.remote.pass = "right"
	for i := range 20 {
		r.remote.put(fmt.Sprintf("/src/f%d", i), some(10))
	}
	c := r.do(Connect{Endpoint: vfs.Endpoint{Host: "h", User: "me"}, Password: "right", HasPassword: true}).(ConnInfo).Conn
	var paths []string
	for i := range 20 {
		paths = append(paths, fmt.Sprintf("/src/f%d", i))
	}
	r.do(Copy{From: c, Paths: paths, To: Local, Dir: "/dst", Later: true})
	r.s.Close()
	r.opt.Foreign = true
	r.start(r.opt)
	r.answer = func(Question) any { return nil }
	r.do(QueuePage{Limit: 1})
	told := func(e Event) bool {
		n, ok := e.(Notice)
		return ok && strings.Contains(n.Text, "wait for the password of "+string(c))
	}
	r.until(told)
	r.do(QueuePage{Limit: 1})
	r.s.Close()
	for b, err := r.s.Next(t.Context()); err == nil; b, err = r.s.Next(t.Context()) {
		r.seen = append(r.seen, b.Events...)
	}
	if n := len(slices.DeleteFunc(r.seen, func(e Event) bool { return !told(e) })); n != 1 {
		t.Errorf("told %d times", n)
	}
}
