package dialog

import (
	"fmt"
	"strings"
	"time"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
)

// PasswordGiven is the value of Password.
type PasswordGiven struct {
	Password string
	Remember bool // keep it in the system's keyring
}

// Password asks for a password; nothing of it is shown. canKeep offers to
// remember it. Value: PasswordGiven.
func Password(q ftpsvc.Question, canKeep bool) *Dialog {
	e := q.Endpoint.WithDefaults()
	f := &field{label: "Password"}
	f.in.Secret = true
	align(f)
	keep := &toggle{label: "remember it in the system's keyring", letter: 'r'}
	d := &Dialog{Name: "password", title: "Password", corner: e.Name, width: 56, enter: "ok"}
	about := e.User + " at " + e.Addr()
	d.parts = []part{&name{text: about, role: strong}}
	switch {
	case q.Again:
		said := "The password was refused."
		if q.Reply.Code != 0 {
			said += " The server said: " + q.Reply.String()
		}
		d.parts = append(d.parts, &words{text: said, role: failure})
	case q.Kind == ftpsvc.AskPasswordQueue:
		d.parts = append(d.parts, &words{text: "Transfers in the queue need it to go on."})
	}
	d.parts = append(d.parts, gap{}, f)
	if canKeep {
		d.parts = append(d.parts, keep)
	}
	d.bar = &buttons{items: []button{{choice: "ok", label: "Log in", letter: 'l'}, {choice: cancelChoice, label: "Cancel"}}}
	d.done = func(string) (Value, error) {
		return PasswordGiven{Password: f.in.Value(), Remember: keep.on}, nil
	}
	return d.focusOn(f, 0)
}

// Account asks for what the server wants by ACCT. Value: Text.
func Account(q ftpsvc.Question) *Dialog {
	e := q.Endpoint.WithDefaults()
	about := e.User + " at " + e.Addr() + "\nThe server wants an account beside the password"
	if q.Again {
		about += "; the one given was refused"
	}
	if said := q.Reply.String(); said != "" {
		about += ". It said: " + said
	}
	return Prompt(PromptForm{Name: "account", Title: "Account", Corner: e.Name, About: about, Label: "Account", OK: "Log in"})
}

// Certificate asks about a certificate that nothing vouches for; a changed
// one is an alarm with both fingerprints. Value: vfs.TrustAnswer, TrustOnce or
// TrustRemember; canceled means no.
func Certificate(c vfs.Certificate, site string, now time.Time) *Dialog {
	d := &Dialog{Name: "certificate", title: "Certificate not trusted", corner: site, width: 66, alarm: c.Known != "", enter: cancelChoice}
	if c.Known != "" {
		d.title = "Certificate changed"
		d.parts = append(d.parts, &words{text: "This server showed another certificate before. It may have been renewed, or someone stands between you and the server.", role: failure}, gap{})
	}
	p := &pairs{rows: []pair{
		{"Server", c.HostKey + "  " + c.Problem, plain, true},
		{"Subject", c.Subject, plain, false},
	}}
	if len(c.Names) > 0 {
		p.rows = append(p.rows, pair{"Names", strings.Join(c.Names, ", "), plain, false})
	}
	p.rows = append(p.rows, pair{"Issuer", c.Issuer, plain, false}, pair{"Valid", validity(c, now), validRole(c, now), false})
	if c.Known != "" {
		p.rows = append(p.rows, pair{"Known", c.Known, plain, true}, pair{"Now", c.Fingerprint, failure, true})
	} else {
		p.rows = append(p.rows, pair{"SHA-256", c.Fingerprint, plain, true})
	}
	d.parts = append(d.parts, p)
	d.bar = &buttons{items: []button{{choice: cancelChoice, label: "Cancel"}, {choice: "once", label: "Just once", letter: 'o'}, {choice: "remember", label: "Remember this key", letter: 'R'}}}
	d.done = func(ch string) (Value, error) {
		if ch == "remember" {
			return vfs.TrustRemember, nil
		}
		return vfs.TrustOnce, nil
	}
	return d.focusButton(cancelChoice)
}

func validity(c vfs.Certificate, now time.Time) string {
	s := c.NotBefore.Format("2006-01-02") + " .. " + c.NotAfter.Format("2006-01-02")
	days := int(c.NotAfter.Sub(now).Hours() / 24)
	switch {
	case c.NotAfter.IsZero():
		return ""
	case now.Before(c.NotBefore):
		return s + "  (not yet valid)"
	case now.After(c.NotAfter):
		return s + fmt.Sprintf("  (expired %d days ago)", -days)
	}
	return s + fmt.Sprintf("  (%d days left)", days)
}

func validRole(c vfs.Certificate, now time.Time) role {
	if now.Before(c.NotBefore) || now.After(c.NotAfter) {
		return failure
	}
	return plain
}

// ClearText asks before a password goes out unencrypted. Value: Yes.
func ClearText(e vfs.Endpoint) *Dialog {
	e = e.WithDefaults()
	why := e.Addr() + " offers no TLS."
	switch {
	case e.TLS == vfs.TLSOff:
		why = "TLS is off for " + e.Addr() + "."
	case ftpsvc.FTPProxy(e):
		why = "Through an FTP proxy there is no TLS to " + e.Addr() + "."
	}
	return Confirm(ConfirmForm{Name: "cleartext", Title: "No encryption", Corner: e.Name, Yes: "Yes, send it in clear", Letter: 'y',
		Text: fmt.Sprintf("%s The password of %s and all files would cross the network readable by anyone on the way.", why, e.User)})
}

// TLSAlarm asks when a host that once offered TLS refuses it now. Value: Yes:
// go on in clear text.
func TLSAlarm(e vfs.Endpoint) *Dialog {
	e = e.WithDefaults()
	return Confirm(ConfirmForm{Name: "tlsalarm", Title: "TLS is gone", Corner: e.Name, Yes: "Go on in clear text", Letter: 'C', Alarm: true,
		Text: fmt.Sprintf("%s offered TLS before and refuses it now. Someone between you and the server may be taking it away to read your password. "+
			"If you do not know why, say no and ask who runs the server.", e.Addr())})
}
