package main

import (
	"errors"
	"strings"

	"ferry/config"
	"ferry/ftpsvc/vfs"
)

// target is what a URL, a site's name or NAME:path on the command line means.
type target struct {
	arg         string // as typed, password masked
	ep          vfs.Endpoint
	site        string // name of the saved site, "" for a URL
	keyring     bool
	localStart  string // of the site
	password    string
	hasPassword bool
	path        string // as typed, decoded; see vfs.Resolve
	ascii       bool
}

// slash reports whether the path was typed as that of a folder.
func (t target) slash() bool { return t.path == "" || strings.HasSuffix(t.path, "/") }

// remote reads an argument that must name something on a server.
func (e *env) remote(o *options, arg string) (target, error) {
	t, ok, err := e.tryRemote(o, arg)
	if err == nil && !ok {
		err = usage("%q is not on a server; write ftp://host/path or NAME:path of a saved site", vfs.MaskLogin(arg))
	}
	return t, err
}

// tryRemote reads an argument; ok is false when it is a local path.
func (e *env) tryRemote(o *options, arg string) (t target, ok bool, err error) {
	t.arg = vfs.MaskURL(arg)
	if strings.Contains(arg, "://") {
		u, err := vfs.ParseURL(arg)
		if err != nil {
			return t, false, err
		}
		t.ep, t.password, t.hasPassword, t.path, t.ascii = u.Endpoint, u.Password, u.HasPassword, u.Path, u.ASCII
		if u.HasPassword {
			hideArgs(u.Password, arg)
		}
	} else {
		name, path, has := strings.Cut(arg, ":")
		if !has || len(name) < 2 || strings.ContainsAny(name, `/\`) {
			return t, false, nil
		}
		site, err := e.store.Site(name)
		if err != nil {
			if errors.Is(err, config.ErrNoSite) && !strings.Contains(err.Error(), "did you mean") {
				return t, false, nil // a local name with a colon
			}
			return t, false, wrapped{err, vfs.ErrUsage}
		}
		t = siteTarget(site)
		if t.path = vfs.NameOfBytes(path); t.path == "" {
			t.path = site.Start
		}
		if strings.ContainsAny(t.path, "\r\n\x00") {
			return t, false, &vfs.Error{Op: "read path", Path: t.path, Err: vfs.ErrBadName}
		}
	}
	err = o.apply(&t.ep)
	return t, err == nil, err
}

// siteOrURL reads the argument of `ferry ARG`.
func (e *env) siteOrURL(o *options, arg string, verbs []string) (target, error) {
	t, ok, err := e.tryRemote(o, arg)
	if ok || err != nil {
		return t, err
	}
	site, err := e.store.Site(arg)
	if err != nil {
		shown := vfs.MaskLogin(arg)
		if shown != arg {
			return t, usage("open a site: %w; a server is written ftp://%s", config.ErrNoSite, shown)
		}
		if near := config.Nearest(arg, verbs); near != "" && errors.Is(err, config.ErrNoSite) {
			return t, usage("%q is no verb and no saved site; did you mean `ferry %s`?", arg, near)
		}
		return t, usage("%w; a server is written ftp://%s", err, shown)
	}
	t = siteTarget(site)
	t.path = site.Start
	return t, o.apply(&t.ep)
}

func siteTarget(s config.NamedSite) target {
	return target{arg: s.Name, ep: endpointOf(s), site: s.Name, keyring: s.Keyring, localStart: s.LocalStart}
}

// apply lets the flags go over what the URL or the site says.
func (o *options) apply(ep *vfs.Endpoint) error {
	if o.tls != "" {
		ep.TLS = vfs.TLSMode(o.tls)
	}
	if o.mode != "" {
		ep.Data = vfs.DataMode(o.mode)
	}
	if o.charset != "" {
		ep.Charset = o.charset
	}
	if o.insecure {
		ep.Insecure = true
	}
	ep.Debug = max(ep.Debug, o.verbose)
	if o.verbose > 2 {
		return usage("-v can stand twice at most")
	}
	return nil
}

// withDefaults fills in from the settings what neither the site nor a flag said.
func withDefaults(ep vfs.Endpoint, c config.Connection) vfs.Endpoint {
	or := func(a *string, b string) {
		if *a == "" {
			*a = b
		}
	}
	if ep.TLS == "" {
		ep.TLS = vfs.TLSMode(c.TLS)
	}
	if ep.Data == "" {
		ep.Data = vfs.DataMode(c.Mode)
	}
	or(&ep.Charset, c.Charset)
	or(&ep.ActivePorts, c.ActivePorts)
	or(&ep.ActiveAddr, c.ActiveAddr)
	or(&ep.Proxy, c.Proxy)
	if ep.Timeout == 0 {
		ep.Timeout = c.Timeout.Std()
	}
	if ep.DataIdle == 0 {
		ep.DataIdle = c.DataIdle.Std()
	}
	if ep.Keepalive == 0 {
		ep.Keepalive = c.Keepalive.Std()
	}
	if ep.SocketBuffer == 0 {
		ep.SocketBuffer = int(c.SocketBuffer)
	}
	if ep.MaxConns == 0 {
		ep.MaxConns = c.MaxConns
	}
	return ep
}
