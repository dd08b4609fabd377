// Package doctor finds out what works with a server, by doing it: names,
// addresses, TLS, data connections, listings, and what the server says it can.
// It changes nothing there unless Options.Write allows a temporary file.
//
//	r := doctor.Examine(ctx, doctor.Options{Endpoint: ep, Password: pw})
//	for _, c := range r.Checks { fmt.Println(c.Name, c.Result, c.Found) }
//
// Each check has a connection of its own, one after the other, so that what one
// spoils does not spoil the next, and a server that bears one is content.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// Result is how a check went.
type Result string

const (
	OK      Result = "ok"
	No      Result = "no"      // does not work, or is not offered
	Warn    Result = "warning" // works, and something is wrong with it
	Skipped Result = "-"       // not tried; Found says why
)

// Check is one line of a Report.
type Check struct {
	Name   string        `json:"name"`
	Result Result        `json:"result"`
	Took   time.Duration `json:"took"` // nanoseconds; 0 where nothing was measured
	Found  string        `json:"found"`
}

// Use is how ferry talks to the server; a zero value means the default.
type Use struct {
	TLS      vfs.TLSMode  `json:"tls,omitempty"`
	Version  string       `json:"tls_version,omitempty"`
	Data     vfs.DataMode `json:"mode,omitempty"`
	List     string       `json:"list,omitempty"` // "mlsd", "list-a", "list", "nlst"
	Charset  string       `json:"charset,omitempty"`
	Zone     string       `json:"zone,omitempty"`      // of listings, "+02:00"
	MaxConns int          `json:"max_conns,omitempty"` // 0: as many as were tried
}

// Report is what was found. Err is why nothing more could be done, nil when
// the login worked.
type Report struct {
	Endpoint vfs.Endpoint
	Checks   []Check
	Use      Use
	Pin      Use // of it, what ferry does not find out by itself
	Err      error
}

// Options are what Examine needs.
type Options struct {
	Endpoint vfs.Endpoint
	Password string
	Memory   vfs.Memory // asked for trusted certificates and offered TLS only; may be nil
	Trust    func(context.Context, vfs.Certificate) (vfs.TrustAnswer, error)
	Clear    func(context.Context, vfs.Endpoint, bool) (bool, error)
	Changed  func(vfs.Certificate) // see session.Options; may be nil
	Path     string                // folder to look at, from the login's own on; see vfs.Resolve
	Write    bool                  // a temporary file may be made there
	Conns    int                   // connections to try at once; 0: 8
	Done     func(Check)           // hears of each check as it ends; may be nil
	Log      func(session.Trace)   // may be nil
	Now      func() time.Time      // nil: time.Now
}

// patience is how long one reply may take: a check that waits longer has failed.
var patience = 10 * time.Second

// exam is an examination under way.
type exam struct {
	o    Options
	ep   vfs.Endpoint
	r    *Report
	nums int

	mu      sync.Mutex
	replies []string // lines received by the session at work

	trust map[string]vfs.TrustAnswer // the user's word, by fingerprint
	cert  *vfs.Certificate           // shown by the server and not vouched for

	caps  vfs.Caps // of the first login, as are the next two
	info  session.Info
	style vfs.PathStyle
	dir   string      // that is looked at
	file  *vfs.Entry  // a small file that may be read
	path  string      // of file
	local *vfs.Entry  // the same, as LIST shows it
	names []vfs.Entry // in dir
}

// Examine does all checks in order. It returns when ctx ends, too, with what
// was found until then.
func Examine(ctx context.Context, o Options) Report {
	if o.Conns <= 0 {
		o.Conns = 8
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	x := &exam{o: o, ep: o.Endpoint, r: &Report{Endpoint: o.Endpoint}, trust: map[string]vfs.TrustAnswer{}}
	x.ep.Timeout, x.ep.DataIdle = patience, patience
	x.ep.Debug = 1
	x.addresses(ctx)
	if x.login(ctx, "login") || x.otherTLS(ctx) {
		x.dataModes(ctx)
		x.encryption(ctx)
		x.listings(ctx)
		x.names8()
		x.files(ctx)
		x.offers()
		x.writes(ctx)
		x.clock(ctx)
		x.connections(ctx)
	}
	if x.r.Err == nil {
		x.r.Err = ctx.Err()
	}
	return *x.r
}

// check runs f and enters what it says, unless the examination was stopped.
func (x *exam) check(ctx context.Context, name string, f func(ctx context.Context) (Result, string)) Result {
	if ctx.Err() != nil {
		return Skipped
	}
	began := x.o.Now()
	res, found := f(ctx)
	c := Check{Name: name, Result: res, Found: found}
	if res != Skipped {
		c.Took = x.o.Now().Sub(began)
	}
	x.add(c)
	return res
}

func (x *exam) add(c Check) {
	x.r.Checks = append(x.r.Checks, c)
	if x.o.Done != nil {
		x.o.Done(c)
	}
}

// open logs in with the endpoint as change makes it. A server that bears few
// connections may not have noticed yet that the last one is gone: it is tried again.
func (x *exam) open(ctx context.Context, change func(*vfs.Endpoint)) (s *session.Session, err error) {
	for wait := 100 * time.Millisecond; ; wait *= 2 {
		s, err = x.openOnce(ctx, change)
		if !errors.Is(err, vfs.ErrTooMany) || wait > time.Second {
			return s, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (x *exam) openOnce(ctx context.Context, change func(*vfs.Endpoint)) (*session.Session, error) {
	ep := x.ep
	if change != nil {
		change(&ep)
	}
	x.mu.Lock()
	x.replies = nil
	x.mu.Unlock()
	x.nums++
	var mem vfs.Memory
	if x.o.Memory != nil {
		mem = onlyTrust{x.o.Memory}
	}
	return session.Open(ctx, session.Options{
		Endpoint: ep, Password: x.o.Password, Num: x.nums, Memory: mem,
		Trust: x.ask, ClearText: x.o.Clear, Changed: x.o.Changed,
		Log: func(t session.Trace) {
			if t.Dir == '<' {
				x.mu.Lock()
				x.replies = append(x.replies, t.Text)
				x.mu.Unlock()
			}
			if x.o.Log != nil {
				x.o.Log(t)
			}
		},
	})
}

// ask asks the user once about each certificate.
func (x *exam) ask(ctx context.Context, c vfs.Certificate) (vfs.TrustAnswer, error) {
	x.cert = &c
	if a, ok := x.trust[c.Fingerprint]; ok {
		return a, nil
	}
	if x.o.Trust == nil {
		return vfs.TrustNo, nil
	}
	a, err := x.o.Trust(ctx, c)
	x.trust[c.Fingerprint] = a
	return a, err
}

// onlyTrust hides what was learned of the host, which the examination is to
// find out anew, and learns nothing. What stands between a password and clear
// text is no such thing: that TLS was offered is known, and kept.
type onlyTrust struct{ m vfs.Memory }

func (t onlyTrust) Learned(key string) vfs.Learned {
	return vfs.Learned{TLSOffered: t.m.Learned(key).TLSOffered}
}

func (t onlyTrust) Learn(key string, change func(*vfs.Learned)) {
	var l vfs.Learned
	if change(&l); l.TLSOffered {
		t.m.Learn(key, func(l *vfs.Learned) { l.TLSOffered = true })
	}
}

func (t onlyTrust) Trusted(hostKey string) string     { return t.m.Trusted(hostKey) }
func (t onlyTrust) Trust(hostKey, fingerprint string) { t.m.Trust(hostKey, fingerprint) }

// why is an error in few words: the server's, where it spoke.
func why(err error) string {
	var e *vfs.Error
	if errors.As(err, &e) {
		if e.Reply.Code != 0 {
			return fmt.Sprintf("%d %s", e.Reply.Code, strings.Join(e.Reply.Lines, " "))
		}
		if e.Err != nil {
			return e.Err.Error()
		}
	}
	return err.Error()
}

// did is the usual answer of a check: ok with what was found, or why not.
func did(found string, err error) (Result, string) {
	if err != nil {
		return No, why(err)
	}
	return OK, found
}
