package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ferry/config"
	"ferry/ftpsvc"
	"ferry/ftpsvc/doctor"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
)

func newDoctor(e *env, o *options) *cobra.Command {
	var write, save, asJSON bool
	c := &cobra.Command{
		Use:   "doctor [--write] [--save] [--json] URL",
		Short: "find out what works with a server, and what ferry will use",
		Long: `Try what can be tried with a server: name lookup, IPv4 and IPv6, each version
of TLS, each way of making data connections, listings, names, resuming, time
zone, connections at once. It takes some twenty logins.

Nothing is changed on the server, unless --write allows a temporary file in
the folder that is named (else the start folder), which also shows the server's
clock, whether times can be set, and whether uploads can be resumed. --save puts
into a saved site, which is then named instead of a URL, what ferry would not
find out by itself and the site does not say yet: the charset of names, the
number of connections.`,
		Args:              exactly(1),
		ValidArgsFunction: sitePaths(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := e.siteOrURL(o, args[0], nil)
			if err != nil {
				return err
			}
			if save && t.site == "" {
				return usage("--save wants a saved site: ferry sites add NAME URL, then ferry doctor --save NAME")
			}
			r, err := e.examine(cmd.Context(), o, t, write, asJSON)
			if err != nil {
				return err
			}
			if r.Err == nil && save {
				err = local("save site", t.site, e.saveFindings(t.site, r.Pin))
			}
			if r.Err != nil {
				return r.Err
			}
			return err
		},
	}
	c.Flags().BoolVar(&write, "write", false, "allow a temporary file on the server")
	c.Flags().BoolVar(&save, "save", false, "put what was found into the saved site")
	c.Flags().BoolVar(&asJSON, "json", false, "one object")
	return c
}

// examine runs the checks and prints them.
func (e *env) examine(ctx context.Context, o *options, t target, write, asJSON bool) (doctor.Report, error) {
	conf, _ := e.store.Config()
	c := &client{e: e, o: o, ctx: ctx, conf: conf, mem: e.store.Memory(), targets: map[ftpsvc.Conn]target{}, tried: map[ftpsvc.Conn]int{}}
	t.ep = withDefaults(t.ep, conf.Connection)
	c.warn(t)
	password, known, err := c.knownPassword(t)
	if err != nil {
		return doctor.Report{}, err
	}
	switch {
	case t.ep.Anonymous() && !known:
		password = "ferry@"
	case !known && !e.terminal():
		return doctor.Report{}, &vfs.Error{Op: "log in", Path: t.ep.Key(), Err: wrapped{fmt.Errorf("no password, and no terminal to ask on"), vfs.ErrLogin}}
	case !known:
		if password, err = e.typedPassword("password for " + t.ep.Key() + ": "); err != nil {
			return doctor.Report{}, err
		}
	}
	told := "" // of many connections, the first says it
	opt := doctor.Options{
		Endpoint: t.ep, Password: password, Memory: memory{c.mem}, Path: t.path, Write: write,
		Trust: func(_ context.Context, cert vfs.Certificate) (vfs.TrustAnswer, error) {
			return c.askCertificate(ftpsvc.Question{Cert: cert}), nil
		},
		Changed: func(cert vfs.Certificate) {
			if told != cert.Fingerprint {
				told = cert.Fingerprint
				e.say("ferry: %s", cert.Alarm())
			}
		},
		Clear: func(_ context.Context, ep vfs.Endpoint, alarm bool) (bool, error) {
			if alarm {
				return false, tlsAlarm(ep)
			}
			c.warnClear(ep)
			return true, nil
		},
	}
	if o.verbose > 0 {
		opt.Log = func(l session.Trace) { e.say("%c %s", l.Dir, l.Text) }
	}
	if !asJSON {
		opt.Done = e.printCheck
	}
	r := doctor.Examine(ctx, opt)
	if err := c.mem.Close(); err != nil {
		e.say("ferry: %v", err)
	}
	if asJSON {
		return r, e.printReport(r)
	}
	if r.Err == nil {
		fmt.Fprintf(e.out, "\nferry will use: %s\n", useWords(r.Use))
	}
	return r, nil
}

func (e *env) printCheck(c doctor.Check) {
	took := ""
	if c.Took > 0 {
		took = fmt.Sprintf("%d ms", c.Took.Milliseconds())
	}
	fmt.Fprintf(e.out, "%-20s %-8s %9s  %s\n", c.Name, c.Result, took, text.Display(c.Found))
	_ = e.out.Flush()
}

func (e *env) printReport(r doctor.Report) error {
	type check struct {
		Name   string  `json:"name"`
		Result string  `json:"result"`
		Took   float64 `json:"seconds,omitempty"`
		Found  string  `json:"found,omitempty"`
	}
	out := struct {
		Server string     `json:"server"`
		Checks []check    `json:"checks"`
		Use    doctor.Use `json:"use"`
		Error  string     `json:"error,omitempty"`
	}{Server: r.Endpoint.Key(), Use: r.Use}
	for _, c := range r.Checks {
		out.Checks = append(out.Checks, check{c.Name, string(c.Result), c.Took.Round(time.Microsecond).Seconds(), c.Found})
	}
	if r.Err != nil {
		out.Error = r.Err.Error()
	}
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// useWords is what ferry will use, in one line.
func useWords(u doctor.Use) string {
	words := []string{"clear text"}
	if u.TLS != vfs.TLSOff {
		words[0] = fmt.Sprintf("%s TLS %s", u.TLS, u.Version)
	}
	for _, w := range []string{strings.ToUpper(string(u.Data)), strings.ToUpper(u.List), u.Charset, u.Zone} {
		if w != "" {
			words = append(words, w)
		}
	}
	if u.MaxConns > 0 {
		words = append(words, text.Plural(int64(u.MaxConns), "connection", "connections"))
	}
	return strings.Join(words, ", ")
}

// saveFindings puts into a site what ferry does not find out by itself.
func (e *env) saveFindings(name string, pin doctor.Use) error {
	s, err := e.store.Site(name)
	if err != nil {
		return err
	}
	words := applyFindings(&s.Site, pin)
	if len(words) == 0 {
		e.say("nothing to save in site %q: ferry finds out all of it by itself", name)
		return nil
	}
	if err := e.store.SaveSite(name, s); err != nil {
		return err
	}
	e.say("saved in site %q: %s", name, strings.Join(words, ", "))
	return nil
}

// applyFindings sets what the site leaves open, and tells what that was.
func applyFindings(s *config.Site, pin doctor.Use) (words []string) {
	for _, f := range []struct {
		name  string
		to    *string
		open  string // stands for "", too
		value string
	}{{"tls", &s.TLS, string(vfs.TLSTry), string(pin.TLS)}, {"list", &s.List, "", pin.List}, {"charset", &s.Charset, "auto", pin.Charset}} {
		if f.value != "" && (*f.to == "" || *f.to == f.open) {
			*f.to = f.value
			words = append(words, f.name+" = "+f.value)
		}
	}
	if pin.MaxConns > 0 && s.MaxConns == 0 {
		s.MaxConns = pin.MaxConns
		words = append(words, fmt.Sprintf("max_conns = %d", pin.MaxConns))
	}
	return words
}
