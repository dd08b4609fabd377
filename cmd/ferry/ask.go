package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"

	"ferry/config"
	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// maxPasswords is how often a password is asked for on the terminal.
const maxPasswords = 3

// knownPassword looks where a password may be before anybody is asked:
// --password-stdin, the URL, FERRY_PASSWORD, the keyring of a site that says
// so, ~/.netrc. What names no account (the first and the third) is for the
// first one that is connected, and never sent to another.
func (c *client) knownPassword(t target) (password string, found bool, err error) {
	mine := c.single == "" || c.single == t.ep.Key()
	switch {
	case c.o.passwordStdin && mine:
		c.single = t.ep.Key()
		p, err := c.e.stdinPassword()
		return p, err == nil, err
	case t.hasPassword:
		return t.password, true, nil
	}
	if p := os.Getenv("FERRY_PASSWORD"); p != "" && !t.ep.Anonymous() && mine {
		c.single = t.ep.Key()
		return p, true, nil
	}
	if t.keyring {
		p, ok, err := config.Password(t.ep.Key())
		if err != nil && !c.o.quiet {
			c.e.say("ferry: %v", err)
		}
		if ok {
			return p, true, nil
		}
	}
	if c.conf.Connection.Netrc && !t.ep.Anonymous() {
		if _, p, ok := config.NetrcPassword(t.ep.Host, t.ep.User); ok {
			return p, true, nil
		}
	}
	return "", false, nil
}

// stdinPassword reads the first line of standard input, once.
func (e *env) stdinPassword() (string, error) {
	e.stdinOnce.Do(func() {
		line, err := bufio.NewReader(io.LimitReader(e.in, 64<<10)).ReadString('\n')
		e.stdinLine = strings.TrimRight(line, "\r\n")
		if err != nil && (!errors.Is(err, io.EOF) || line == "") {
			e.stdinErr = usage("--password-stdin: standard input holds no line")
		}
	})
	return e.stdinLine, e.stdinErr
}

// answer settles a question of the service: on the terminal where there is
// one, else as it is safe. nil declines.
func (c *client) answer(q ftpsvc.Question) any {
	c.e.setStatus("")
	switch q.Kind {
	case ftpsvc.AskPassword, ftpsvc.AskPasswordQueue:
		return c.askPassword(q)
	case ftpsvc.AskAccount:
		return c.askAccount(q)
	case ftpsvc.AskCertificate:
		return c.askCertificate(q)
	case ftpsvc.AskClearText:
		c.warnClear(q.Endpoint)
		return true
	case ftpsvc.AskTLSAlarm:
		c.refusal = tlsAlarm(q.Endpoint)
		return false
	case ftpsvc.AskConflict:
		return c.askConflict(q)
	}
	return nil
}

var errNoPassword = errors.New("no password, and no terminal to ask on")

func (c *client) askPassword(q ftpsvc.Question) any {
	account := q.Endpoint.Key()
	if !q.Again { // several connections may ask, each for itself
		t, ok := c.targets[q.Conn]
		if !ok {
			t = target{ep: q.Endpoint}
			if s, err := c.e.store.Site(q.Endpoint.Name); err == nil {
				t.keyring = s.Keyring
			}
		}
		if p, found, _ := c.knownPassword(t); found {
			return p
		}
	}
	if c.tried[q.Conn]++; !c.e.terminal() || c.o.passwordStdin {
		if !q.Again {
			why := errNoPassword
			if c.single == nobody {
				why = errSeveral
			}
			c.refusal = &vfs.Error{Op: "log in", Path: account, Err: wrapped{why, vfs.ErrLogin}}
		}
		return nil
	}
	if q.Again {
		c.e.say("ferry: the server refused: %s", q.Reply)
	}
	if c.tried[q.Conn] > maxPasswords {
		return nil
	}
	p, err := c.e.typedPassword("password for " + account + ": ")
	if err != nil {
		return nil
	}
	return p
}

// askAccount asks for what the server wants by ACCT beside the password.
func (c *client) askAccount(q ftpsvc.Question) any {
	if !c.e.terminal() || c.o.passwordStdin {
		return nil
	}
	c.e.say("ferry: the server says: %s", q.Reply)
	if a, err := c.e.typedPassword("account for " + q.Endpoint.Key() + ": "); err == nil && a != "" {
		return a
	}
	return nil
}

// terminal reports whether somebody can be asked.
func (e *env) terminal() bool { return e.errTTY && term.IsTerminal(e.in.Fd()) }

// typedPassword asks on the terminal, without echo.
func (e *env) typedPassword(prompt string) (string, error) {
	e.setStatus("")
	before, err := term.MakeRaw(e.in.Fd()) // the echo ends before the prompt invites to type
	if err != nil {
		return "", err
	}
	e.prompting.Store(true)
	fmt.Fprint(e.err, prompt)
	b, err := term.ReadPassword(e.in.Fd())
	e.prompting.Store(false)
	_ = term.Restore(e.in.Fd(), before)
	fmt.Fprintln(e.err)
	return string(b), err
}

// typedWord asks on the terminal for one of some letters; "" when nothing fits.
func (e *env) typedWord(prompt, letters string) string {
	fmt.Fprint(e.err, prompt)
	if e.lines == nil {
		e.lines = bufio.NewReader(e.in)
	}
	e.prompting.Store(true)
	line, _ := e.lines.ReadString('\n')
	e.prompting.Store(false)
	w := strings.ToLower(strings.TrimSpace(line))
	if w == "" || !strings.Contains(letters, w[:1]) {
		return ""
	}
	return w[:1]
}

// askCertificate asks once for each certificate: further connections of the
// verb get the same answer.
func (c *client) askCertificate(q ftpsvc.Question) vfs.TrustAnswer {
	a, ok := c.trust[q.Cert.Fingerprint]
	if !ok {
		a = c.decideCertificate(q.Cert)
		if c.trust == nil {
			c.trust = map[string]vfs.TrustAnswer{}
		}
		c.trust[q.Cert.Fingerprint] = a
	}
	return a
}

func (c *client) decideCertificate(cert vfs.Certificate) vfs.TrustAnswer {
	c.e.say("ferry: the certificate of %s is not trusted: %s", cert.HostKey, cert.Problem)
	if cert.Known != "" {
		c.e.say("  ALARM: it has CHANGED since it was trusted; somebody may stand between\n  known:    %s", cert.Known)
	}
	c.e.say("  subject:  %s\n  issuer:   %s\n  names:    %s\n  valid:    %s to %s\n  SHA-256:  %s", cert.Subject, cert.Issuer,
		strings.Join(cert.Names, ", "), cert.NotBefore.Format(time.DateOnly), cert.NotAfter.Format(time.DateOnly), cert.Fingerprint)
	if !c.e.terminal() {
		return vfs.TrustNo
	}
	switch c.e.typedWord("trust it? [n]o, [o]nce, [r]emember: ", "or") {
	case "o":
		return vfs.TrustOnce
	case "r":
		return vfs.TrustRemember
	}
	return vfs.TrustNo
}

func (c *client) askConflict(q ftpsvc.Question) any {
	if !c.e.terminal() {
		return queue.Skip
	}
	c.e.say("%s exists: %d bytes; the source has %d", q.Item.Target, q.Target.Size, q.Source.Size)
	switch c.e.typedWord("[s]kip, [o]verwrite, [k]eep both: ", "ok") {
	case "o":
		return queue.Overwrite
	case "k":
		return queue.KeepBoth
	}
	return queue.Skip
}
