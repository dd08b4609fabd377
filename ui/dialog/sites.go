package dialog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/edit"
)

// The values of Sites. All but SiteOpen leave the list open.
type (
	SiteOpen   struct{ Name string }
	SiteNew    struct{}
	SiteEdit   struct{ Name string }
	SiteDelete struct{ Name string }
)

func (SiteNew) stays()    {}
func (SiteEdit) stays()   {}
func (SiteDelete) stays() {}

// Sites lists the saved sites with the cursor on the one called current.
func Sites(sites []vfs.Endpoint, current string) *Dialog {
	l := &list{choose: "open", empty: "No site is saved yet. n makes one; the connect dialog can save one too."}
	d := &Dialog{Name: "sites", title: "Sites", width: 60, parts: []part{l}, list: l}
	l.reject = func(k tea.KeyPressMsg) string {
		switch k.String() {
		case "f4":
			return "edit"
		case "f8", "delete":
			return "delete"
		case "f7", "insert":
			return "new"
		}
		return ""
	}
	d.bar = &buttons{items: []button{{choice: "open", label: "Open", letter: 'o'}, {choice: "new", label: "New", letter: 'n'}, {choice: "edit", label: "Edit", letter: 'e'},
		{choice: "delete", label: "Delete", letter: 'd'}, {choice: cancelChoice, label: "Close"}}}
	d.SetSites(sites)
	for i, e := range sites {
		if e.Name == current {
			l.at = i
		}
	}
	d.done = func(choice string) (Value, error) {
		if choice == "new" {
			return SiteNew{}, nil
		}
		if len(d.sites) == 0 {
			return nil, errors.New("no site is saved yet: n makes one")
		}
		n := d.sites[l.at].Name
		switch choice {
		case "edit":
			return SiteEdit{n}, nil
		case "delete":
			return SiteDelete{n}, nil
		}
		return SiteOpen{n}, nil
	}
	return d
}

// SetSites replaces what an open Sites dialog lists.
func (d *Dialog) SetSites(sites []vfs.Endpoint) {
	d.sites = sites
	d.list.rows = nil
	for _, e := range sites {
		e = e.WithDefaults()
		addr := e.Host
		if e.Port != 21 {
			addr = e.Addr()
		}
		if !e.Anonymous() {
			addr = e.User + "@" + addr
		}
		d.list.rows = append(d.list.rows, row{left: e.Name, right: addr})
	}
	d.list.moveTo(d.list.at)
}

// editor is the site editor's fields beside those of the connect form.
type editor struct {
	*form
	account, zone, conns, down, up, proxy *field
	active, external                      *field
	timeout, idle, keepalive              *field
	cert, key, other                      *field
	listing, tlsMin, tlsMax               *choice
	trustPASV, insecure, noTemp           *toggle
}

func newEditor(e vfs.Endpoint) *editor {
	f := &editor{form: newForm(e)}
	text := func(label, value, hint string) *field {
		return &field{label: label, in: edit.New(value), hint: hint}
	}
	f.account = text("Account", e.Account, "for servers that ask for one")
	f.zone = text("Server's zone", e.Zone, "measured; +0200 or Europe/Berlin")
	f.conns = text("Connections", number(int64(e.MaxConns)), "learned")
	f.down = text("Limit down", rateText(e.RateDown), "none; 500K, 2M a second")
	f.up = text("Limit up", rateText(e.RateUp), "none")
	f.proxy = text("Proxy", e.Proxy, "from the environment; socks5://, http://, none")
	f.active = text("Active ports", e.ActivePorts, "any; 40000-40100")
	f.external = text("Active address", e.ActiveAddr, "the connection's own")
	f.timeout = text("Reply timeout", seconds(e.Timeout), "30 s")
	f.idle = text("Data timeout", seconds(e.DataIdle), "60 s")
	f.keepalive = text("Keep-alive", seconds(e.Keepalive), "30 s")
	f.listing = (&choice{label: "Listing", options: []option{{"", "automatic"}, {"mlsd", "MLSD"}, {"list", "LIST"},
		{"list-a", "LIST -a"}, {"nlst", "NLST"}}}).set(e.List)
	f.tlsMin = (&choice{label: "TLS at least", options: []option{{"", "default"}, {"1.2", "1.2"}, {"1.3", "1.3"}}}).set(e.TLSMin)
	f.tlsMax = (&choice{label: "TLS at most", options: []option{{"", "default"}, {"1.2", "1.2"}, {"1.3", "1.3"}}}).set(e.TLSMax)
	f.cert = text("Certificate", e.ClientCert, "yours: a PEM file")
	f.key = text("Its key", e.ClientKey, "in the same file")
	f.other = text("Other charset", "", "any IANA name")
	f.trustPASV = &toggle{label: "use the address in PASV replies", on: e.TrustPASV}
	f.insecure = &toggle{label: "take any certificate (not safe)", on: e.Insecure}
	f.noTemp = &toggle{label: "upload under the final name (server cannot rename)", on: e.NoTempName}
	return f
}

// EditSite edits a saved site, or a new one when e.Name is "". taken tells
// whether another site has a name already. Value: SiteSaved.
func EditSite(e vfs.Endpoint, taken func(name string) bool) *Dialog {
	f := newEditor(e)
	f.name.hint = "a short name"
	title := "New site"
	if e.Name != "" {
		title = "Edit site"
	}
	d := &Dialog{Name: "site", title: title, corner: e.Name, width: 66, enter: "ok", changed: f.refresh}
	d.parts = []part{f.name, f.host, f.port, f.anonymous, f.user, f.account, f.start, gap{}, f.tls, f.tlsMin, f.tlsMax, f.cert, f.key, f.insecure, f.data, f.trustPASV,
		f.active, f.external, gap{}, f.charset, f.other, f.zone, f.listing, f.noTemp, gap{}, f.conns, f.down, f.up, f.proxy,
		f.timeout, f.idle, f.keepalive, f.debug}
	align(d.parts...)
	d.bar = &buttons{items: []button{{choice: "ok", label: "Save", letter: 's'}, {choice: cancelChoice, label: "Cancel"}}}
	d.done = func(string) (Value, error) {
		out, err := f.read()
		switch {
		case err != nil:
			return nil, err
		case out.Name != e.Name && taken != nil && taken(out.Name):
			return nil, fmt.Errorf("site name: %q is taken", out.Name)
		}
		return SiteSaved{Old: e.Name, Endpoint: out}, nil
	}
	return d
}

func (f *editor) read() (vfs.Endpoint, error) {
	e, err := f.endpoint()
	if err != nil {
		return e, err
	}
	e.Name = f.name.value()
	if e.Name == "" || strings.ContainsAny(e.Name, "/:@\\\"[]") || strings.HasPrefix(e.Name, "-") {
		return e, errors.New("site name: one word without / : @ to open it by")
	}
	e.Account, e.Zone, e.Proxy = f.account.value(), f.zone.value(), f.proxy.value()
	e.ActivePorts, e.ActiveAddr = f.active.value(), f.external.value()
	e.List, e.TLSMin, e.TLSMax = f.listing.value(), f.tlsMin.value(), f.tlsMax.value()
	e.ClientCert, e.ClientKey = f.cert.value(), f.key.value()
	if e.TLSMin == "1.3" && e.TLSMax == "1.2" {
		return e, errors.New("TLS: at least 1.3 and at most 1.2 leaves none")
	}
	if c := f.other.value(); c != "" {
		if err := ftpsvc.CheckCharset(c); err != nil {
			return e, err
		}
		e.Charset = c
	}
	e.TrustPASV, e.Insecure, e.NoTempName = f.trustPASV.on, f.insecure.on, f.noTemp.on
	conns, err := parseNumber("connections", f.conns.value(), 1, 64)
	if err != nil {
		return e, err
	}
	e.MaxConns = int(conns)
	for _, r := range []struct {
		what string
		f    *field
		to   *int64
	}{{"limit down", f.down, &e.RateDown}, {"limit up", f.up, &e.RateUp}} {
		if *r.to, err = ParseRate(r.f.value()); err != nil {
			return e, fmt.Errorf("%s: %w", r.what, err)
		}
	}
	for _, r := range []struct {
		what string
		f    *field
		to   *time.Duration
	}{{"reply timeout", f.timeout, &e.Timeout}, {"data timeout", f.idle, &e.DataIdle}, {"keep-alive", f.keepalive, &e.Keepalive}} {
		if *r.to, err = parseSeconds(r.f.value()); err != nil {
			return e, fmt.Errorf("%s: %w", r.what, err)
		}
	}
	return e, nil
}

func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// parseSeconds reads 30, "30 s", 1m30s.
func parseSeconds(s string) (time.Duration, error) {
	s = strings.ReplaceAll(s, " ", "")
	if s == "" {
		return 0, nil
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		s = strconv.FormatFloat(n, 'f', -1, 64) + "s"
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < time.Second || d > 24*time.Hour {
		return 0, errors.New("want seconds, such as 30 s")
	}
	return d, nil
}

func rateText(n int64) string {
	switch {
	case n == 0:
		return ""
	case n%(1<<20) == 0:
		return strconv.FormatInt(n>>20, 10) + "M"
	case n%(1<<10) == 0:
		return strconv.FormatInt(n>>10, 10) + "K"
	}
	return strconv.FormatInt(n, 10)
}

// ParseRate reads a limit in bytes a second: 500K, 2M, 1.5 M/s, 0 or "" or
// "off" for none. The units are of 1024.
func ParseRate(s string) (int64, error) {
	v := strings.ToLower(strings.ReplaceAll(s, " ", ""))
	v = strings.TrimSuffix(strings.TrimSuffix(v, "/s"), "b")
	if v == "" || v == "off" || v == "none" {
		return 0, nil
	}
	mult := 1.0
	switch v[len(v)-1] {
	case 'k':
		mult = 1 << 10
	case 'm':
		mult = 1 << 20
	case 'g':
		mult = 1 << 30
	}
	if mult > 1 {
		v = v[:len(v)-1]
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n >= 0) || n*mult > 1<<50 {
		return 0, fmt.Errorf("%q is no rate: 500K, 2M, off", s)
	}
	return int64(n * mult), nil
}
