package ftpsvc

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"

	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// anonymousPassword is what RFC 1635 asks for, without an address of the user's.
const anonymousPassword = "ferry@"

// login opens a session of an account, asking the user for what is missing.
// It is called from the goroutine that will use the session.
func (s *Service) login(ctx context.Context, c Conn, ask QuestionKind) (Remote, error) {
	var pw string
	var refused error
	again := false // an account was given, and refused
	for {
		in, err := s.prepare(ctx, c)
		if err != nil {
			return nil, err
		}
		if pw, err = s.password(ctx, in, ask, refused); err != nil {
			return nil, err
		}
		o := s.sessionOptions(in, pw)
		in.like = nil // the session keeps what asks the user, and that keeps in
		given := ""
		o.Account = func(ctx context.Context, r vfs.Reply) (string, error) {
			a, err := s.ask(ctx, Question{Kind: AskAccount, Conn: c, Endpoint: in.ep, Again: again, Reply: r})
			given, _ = a.Value.(string)
			s.report(func() { s.setAccount(c, given) })
			return given, err
		}
		tp := s.listen(&o, in, ask == AskPassword)
		r, err := s.opt.Dial(ctx, o)
		if err == nil || !errors.Is(err, vfs.ErrLogin) || in.ep.Anonymous() {
			if err == nil {
				s.taps.Store(r, tp)
				s.report(func() { s.likes[c] = r })
				if ask == AskPassword && r.Info().HomeUntold {
					s.out.put(Notice{Conn: c, Text: "the server does not tell the login folder (no PWD): paths count from the root"})
				}
			}
			return r, err
		}
		switch {
		case errors.Is(err, vfs.ErrProxy): // no password of the user's is to blame
			return nil, err
		case !errors.Is(err, vfs.ErrAccount):
			refused = err
			s.forget(c, pw)
		case given == "":
			return nil, err
		default:
			again = true
			s.report(func() { s.setAccount(c, "") })
		}
	}
}

// sessionOptions are those of a session whose questions the user answers.
func (s *Service) sessionOptions(in intent, pw string) session.Options {
	o := session.Options{
		Endpoint: in.ep, Password: pw, Num: in.num, Memory: s.opt.Memory, Limits: in.limits,
		Trust: func(ctx context.Context, cert vfs.Certificate) (vfs.TrustAnswer, error) {
			a, err := s.ask(ctx, Question{Kind: AskCertificate, Conn: in.conn, Endpoint: in.ep, Cert: cert})
			t, _ := a.Value.(vfs.TrustAnswer)
			return t, err
		},
		Changed: func(cert vfs.Certificate) {
			s.report(func() { s.alarm(in.conn, cert) })
		},
		ClearText: func(ctx context.Context, e vfs.Endpoint, alarm bool) (bool, error) {
			kind := AskClearText
			if alarm {
				kind = AskTLSAlarm
			}
			a, err := s.ask(ctx, Question{Kind: kind, Conn: in.conn, Endpoint: e})
			yes, _ := a.Value.(bool)
			return yes, err
		},
	}
	o.Like, _ = in.like.(*session.Session)
	in.like = nil // else sessions hang on one another by what the closures keep
	return o
}

// alarm tells once, not for each connection, of a certificate that changed and is taken. Loop only.
func (s *Service) alarm(c Conn, cert vfs.Certificate) {
	if key := cert.HostKey + " " + cert.Fingerprint; !s.alarmed[key] {
		s.alarmed[key] = true
		s.out.put(Notice{Conn: c, Text: cert.Alarm()})
	}
}

// FTPProxy reports whether a proxy that speaks FTP leads to a server, by its
// endpoint or the environment: then there is no TLS to it.
func FTPProxy(e vfs.Endpoint) bool { return session.FTPProxy(e) }

// listen lets a session's lines reach the log. One for browsing may be listened to later.
func (s *Service) listen(o *session.Options, in intent, browsing bool) *tap {
	tp := &tap{num: in.num}
	tp.level.Store(int64(in.log))
	if in.log > 0 || browsing {
		o.Log = func(t session.Trace) {
			if int64(t.Level) <= tp.level.Load() {
				s.out.put(Logged{LogLine{Time: t.Time, Conn: in.conn, Num: in.num, Level: t.Level, Dir: t.Dir, Text: t.Text, Item: tp.item.Load()}})
			}
		}
	}
	return tp
}

// setAccount keeps, for this process, what an account answers to ACCT. Loop only.
func (s *Service) setAccount(c Conn, account string) {
	e := s.endpoint(c)
	e.Account = account
	s.known[c] = e
	if a := s.accounts[c]; a != nil {
		a.ep.Account, a.info.Endpoint.Account = account, account
	}
}

// intent is what a login needs to know from the loop.
type intent struct {
	ep       vfs.Endpoint
	conn     Conn
	num      int
	log      int
	limits   *limits
	like     Remote // a session of the account, whose findings are not asked for again; nil: none
	password string
	has      bool
}

// prepare fetches what the loop knows of an account.
func (s *Service) prepare(ctx context.Context, c Conn) (intent, error) {
	ch := make(chan intent, 1)
	s.report(func() {
		s.nums++
		in := intent{conn: c, num: s.nums, ep: s.endpoint(c)}
		in.log = max(s.opt.Log, in.ep.Debug)
		in.ep.Debug = in.log // the session traces no more than its endpoint says
		in.password, in.has = s.passwords[c]
		in.like = s.likes[c]
		l := s.limitOf(c)
		in.limits = &limits{down: [2]*bucket{s.limit[0], l[0]}, up: [2]*bucket{s.limit[1], l[1]}}
		ch <- in
	})
	select {
	case in := <-ch:
		return in, nil
	case <-ctx.Done():
		return intent{}, ctx.Err()
	}
}

// endpoint tells how an account is reached. Loop only.
func (s *Service) endpoint(c Conn) vfs.Endpoint {
	if e, ok := s.known[c]; ok {
		return e
	}
	if s.opt.Endpoint != nil {
		if e, ok := s.opt.Endpoint(string(c)); ok {
			s.known[c] = e
			return e
		}
	}
	return endpointOfKey(string(c))
}

// adopt takes over how the queue says that an account is reached, unless the
// user's own sites say so.
func (s *Service) adopt(c Conn, e vfs.Endpoint) {
	if s.opt.Amend != nil {
		s.opt.Amend(&e)
	}
	if s.opt.Endpoint != nil {
		if own, ok := s.opt.Endpoint(string(c)); ok {
			e = own
		}
	}
	s.known[c] = e
}

// password returns what to log in with, asking when it is not known or was refused.
func (s *Service) password(ctx context.Context, in intent, kind QuestionKind, refused error) (string, error) {
	if in.has {
		return in.password, nil
	}
	if in.ep.Anonymous() {
		return anonymousPassword, nil
	}
	q := Question{Kind: kind, Conn: in.conn, Endpoint: in.ep, Again: refused != nil}
	var e *vfs.Error
	if errors.As(refused, &e) {
		q.Reply = e.Reply
	}
	a, err := s.ask(ctx, q)
	if err != nil {
		return "", err
	}
	pw, ok := a.Value.(string)
	if !ok {
		if refused != nil {
			return "", refused
		}
		return "", &vfs.Error{Op: "log in", Path: string(in.conn), Err: errDeclined}
	}
	s.report(func() { s.passwords[in.conn] = pw })
	return pw, nil
}

// errDeclined is the cause when the user gave no password: the request ends as canceled.
var errDeclined = context.Canceled

// forget drops a password that the server refused, unless a newer one is there.
func (s *Service) forget(c Conn, pw string) {
	s.report(func() {
		if s.passwords[c] == pw {
			delete(s.passwords, c)
		}
	})
}

// endpointOfKey reads an account's key back into what it says: user, host, port.
func endpointOfKey(key string) vfs.Endpoint {
	var e vfs.Endpoint
	i := strings.LastIndexByte(key, '@')
	if i >= 0 {
		e.User = key[:i]
	}
	host, port, err := net.SplitHostPort(key[i+1:])
	if err != nil {
		e.Host = key[i+1:]
		return e
	}
	e.Host = host
	e.Port, _ = strconv.Atoi(port)
	return e
}
