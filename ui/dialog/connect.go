package dialog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ferry/ftpsvc/vfs"
	"ferry/ui/edit"
)

// ConnectTo is the value of Connect.
type ConnectTo struct {
	Endpoint    vfs.Endpoint
	Password    string
	HasPassword bool   // false: ask when the server wants one
	Save        string // name to save the site under, "" not to
}

// SiteSaved is the value of EditSite. Old is the name it had, "" for a new one.
type SiteSaved struct {
	Old      string
	Endpoint vfs.Endpoint
}

// form holds the fields that describe a server.
type form struct {
	base vfs.Endpoint // what no field shows is kept

	hostLen int // of the host field at the last change

	name, host, port, user, password, start *field
	anonymous                               *toggle
	tls, data, charset, debug               *choice
}

var tlsOptions = []option{
	{string(vfs.TLSTry), "if offered (AUTH TLS)"}, {string(vfs.TLSExplicit), "required (AUTH TLS)"},
	{string(vfs.TLSImplicit), "implicit (port 990)"}, {string(vfs.TLSOff), "off: clear text"},
}

var dataOptions = []option{
	{string(vfs.DataAuto), "automatic"}, {string(vfs.DataEPSV), "passive EPSV"}, {string(vfs.DataPASV), "passive PASV"},
	{string(vfs.DataEPRT), "active EPRT"}, {string(vfs.DataPORT), "active PORT"},
}

var debugOptions = []option{{"0", "as it is"}, {"1", "1: commands and replies"}, {"2", "2: and details"}}

// Charsets are the names that the connect dialog and the site editor offer.
var Charsets = []string{"auto", "UTF-8", "GB18030", "GBK", "Big5", "Shift_JIS", "EUC-JP", "EUC-KR", "windows-1251", "KOI8-R",
	"KOI8-U", "IBM866", "windows-1252", "ISO-8859-1", "ISO-8859-15", "IBM437", "IBM850", "windows-1250", "ISO-8859-2", "IBM852",
	"windows-1253", "ISO-8859-7", "windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258", "windows-874", "macintosh"}

func charsetOptions() []option {
	var out []option
	for _, c := range Charsets {
		label := c
		if c == "auto" {
			label = "UTF-8, ask when in doubt"
		}
		out = append(out, option{c, label})
	}
	return out
}

func newForm(e vfs.Endpoint) *form {
	f := &form{base: e}
	f.name = &field{label: "Site name", in: edit.New(e.Name), hint: "not saved"}
	f.host = &field{label: "Host", in: edit.New(e.Host), hint: "ftp.example.net or ftp://user@host:port/path"}
	f.port = &field{label: "Port", in: edit.New(number(int64(e.Port)))}
	f.anonymous = &toggle{label: "anonymous login", on: e.Host != "" && e.Anonymous()}
	user := e.User
	if f.anonymous.on {
		user = ""
	}
	f.user = &field{label: "User", in: edit.New(user), hint: "anonymous"}
	f.password = &field{label: "Password", hint: "asked for when needed"}
	f.password.in.Secret = true
	f.start = &field{label: "Start folder", in: edit.New(e.Start), hint: "the login's own"}
	d := e.WithDefaults()
	f.tls = (&choice{label: "TLS", options: tlsOptions}).set(string(d.TLS))
	f.data = (&choice{label: "Data mode", options: dataOptions}).set(string(d.Data))
	f.charset = (&choice{label: "Charset", options: charsetOptions()}).set(d.Charset)
	f.debug = (&choice{label: "Log level", options: debugOptions}).set(strconv.Itoa(d.Debug))
	f.refresh()
	return f
}

// refresh keeps the fields that depend on others right.
func (f *form) refresh() {
	f.port.hint = "21"
	if f.tls.value() == string(vfs.TLSImplicit) {
		f.port.hint = "990"
	}
	f.user.off, f.password.off = f.anonymous.on, f.anonymous.on
	f.user.hint = "anonymous"
	f.password.hint = "asked for when needed"
	if f.anonymous.on {
		f.password.hint = "none needed"
	}
	// A URL that was pasted, not one that is being typed, is taken apart at once.
	v := f.host.value()
	if len(v) > f.hostLen+8 && strings.Contains(v, "://") {
		f.adopt()
	}
	f.hostLen = len(f.host.value())
}

// adopt takes a URL in the host field apart into the other fields.
func (f *form) adopt() error {
	v := f.host.value()
	if !strings.Contains(v, "://") {
		return nil
	}
	u, err := vfs.ParseURL(v)
	if err != nil {
		return err
	}
	e := u.Endpoint
	f.host.in.Set(e.Host)
	if e.TLS != "" {
		f.tls.set(string(e.TLS))
	}
	if e.Port != 0 {
		f.port.in.Set(number(int64(e.Port)))
	}
	if e.User != "" {
		f.user.in.Set(e.User)
		f.anonymous.on = false
	}
	if u.HasPassword {
		f.password.in.Set(u.Password)
	}
	if u.Path != "" {
		f.start.in.Set(u.Path)
	}
	f.hostLen = len(f.host.value())
	f.refresh()
	return nil
}

// endpoint reads the fields that every form has.
func (f *form) endpoint() (vfs.Endpoint, error) {
	e := f.base
	if err := f.adopt(); err != nil {
		return e, err
	}
	e.Host = f.host.value()
	// host:port in one field, as people type it; an IPv6 address has more colons.
	if h, p, ok := strings.Cut(e.Host, ":"); ok && !strings.Contains(p, ":") && f.port.value() == "" {
		e.Host = h
		f.host.in.Set(h)
		f.port.in.Set(p)
	}
	e.Host = strings.Trim(e.Host, "[]")
	switch {
	case e.Host == "":
		return e, errNoHost
	case strings.ContainsAny(e.Host, " /\\@"):
		return e, fmt.Errorf("host: %q is not a host name", e.Host)
	}
	port, err := parseNumber("port", f.port.value(), 1, 65535)
	if err != nil {
		return e, err
	}
	e.Port = int(port)
	e.User = strings.TrimSpace(f.user.in.Value())
	if f.anonymous.on {
		e.User = ""
	}
	e.Start = f.start.value()
	e.TLS, e.Data, e.Charset = vfs.TLSMode(f.tls.value()), vfs.DataMode(f.data.value()), f.charset.value()
	e.Debug, _ = strconv.Atoi(f.debug.value())
	return e, nil
}

func align(parts ...part) {
	lw := 0
	for _, p := range parts {
		switch p := p.(type) {
		case *field:
			lw = max(lw, len(p.label))
		case *choice:
			lw = max(lw, len(p.label))
		}
	}
	for _, p := range parts {
		switch p := p.(type) {
		case *field:
			p.lw = lw
		case *choice:
			p.lw = lw
		}
	}
}

// Connect asks which server to connect to; e fills the fields in. problem is
// why an earlier try failed, "" for none. Value: ConnectTo.
func Connect(e vfs.Endpoint, problem string) *Dialog {
	f := newForm(e)
	f.name.in.Set("")
	f.name.label = "Save as site"
	f.host.hint = "name, saved site or ftp://user@host:port/path"
	d := &Dialog{Name: "connect", title: "Connect", width: 62, problem: problem, enter: "ok", changed: f.refresh}
	d.parts = []part{f.host, f.port, f.anonymous, f.user, f.password, f.start, gap{}, f.tls, f.data, f.charset, f.debug, f.name}
	align(d.parts...)
	d.bar = &buttons{items: []button{{choice: "ok", label: "Connect", letter: 'c'}, {choice: cancelChoice, label: "Cancel"}}}
	d.done = func(string) (Value, error) {
		e, err := f.endpoint()
		if err != nil {
			return nil, err
		}
		e.Name = ""
		v := ConnectTo{Endpoint: e, Password: f.password.in.Value(), Save: f.name.value()}
		v.HasPassword = v.Password != ""
		if f.anonymous.on {
			v.Password, v.HasPassword = "", false
		}
		return v, nil
	}
	switch {
	case e.Host == "":
	case f.anonymous.on: // not chosen for good: a user can be typed
		f.anonymous.on = false
		f.refresh()
	default:
		d.focusOn(f.password, 0)
	}
	return d
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

var errNoHost = errors.New("which host? fill in the first field")

func parseNumber(what, s string, lo, hi int64) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < lo || n > hi {
		return 0, fmt.Errorf("%s: want a number from %d to %d", what, lo, hi)
	}
	return n, nil
}
