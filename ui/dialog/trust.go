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
		{label: "Server", value: c.HostKey + "  " + c.Problem, wrap: true},
		{label: "Subject", value: c.Subject},
	}}
	if len(c.Names) > 0 {
		p.rows = append(p.rows, pair{label: "Names", value: strings.Join(c.Names, ", ")})
	}
	valid := pair{label: "Valid", role: validRole(c, now)}
	valid.value, valid.short = validity(c, now)
	p.rows = append(p.rows, pair{label: "Issuer", value: c.Issuer}, valid)
	if c.Known != "" {
		p.rows = append(p.rows, pair{label: "Known", value: c.Known, wrap: true}, pair{label: "Now", value: c.Fingerprint, role: failure, wrap: true})
	} else {
		p.rows = append(p.rows, pair{label: "SHA-256", value: c.Fingerprint, wrap: true})
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

// validity tells from when to when a certificate is valid, and in short what of
// that matters now.
func validity(c vfs.Certificate, now time.Time) (whole, short string) {
	if c.NotAfter.IsZero() {
		return "", ""
	}
	from, to := c.NotBefore.Format("2006-01-02"), c.NotAfter.Format("2006-01-02")
	whole = from + " .. " + to
	days := int(c.NotAfter.Sub(now).Hours() / 24)
	switch {
	case now.Before(c.NotBefore):
		return whole + "  (not yet valid)", "not before " + from
	case now.After(c.NotAfter):
		return whole + fmt.Sprintf("  (expired %d days ago)", -days), "expired " + to
	}
	return whole + fmt.Sprintf("  (%d days left)", days), fmt.Sprintf("to %s, %d d left", to, days)
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
	if e.TLS == vfs.TLSOff {
		why = "TLS is off for " + e.Addr() + "."
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
