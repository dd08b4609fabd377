package vfs

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"unicode/utf8"
)

// URL is an address that a user typed: ftp://, ftpes:// (explicit TLS) or
// ftps:// (implicit TLS), as RFC 1738 section 3.2 has it.
type URL struct {
	Endpoint    Endpoint // host, port, user and TLS only
	Password    string
	HasPassword bool
	Path        string // decoded; "" when none was given; see In
	ASCII       bool   // ;type=a
}

// ParseURL reads an address. It forgives what people type: a password or a
// name may hold any character but what ends its part, a % that no two hex
// digits follow stands for itself, and so do ? and #, which mean nothing to
// FTP. The error is of ErrUsage and never shows a password.
func ParseURL(s string) (URL, error) {
	var u URL
	bad := func(why string) (URL, error) {
		return URL{}, &Error{Op: "read URL", Path: MaskURL(s), Err: fmt.Errorf("%s (%w)", why, ErrUsage)}
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return bad("no ftp://, ftpes:// or ftps:// before the host")
	}
	switch strings.ToLower(scheme) {
	case "ftp":
	case "ftpes":
		u.Endpoint.TLS = TLSExplicit
	case "ftps":
		u.Endpoint.TLS = TLSImplicit
	default:
		return bad("not one of ftp://, ftpes://, ftps://")
	}
	authority, path, _ := strings.Cut(rest, "/")
	host := authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		host = authority[i+1:]
		user, password, has := strings.Cut(authority[:i], ":")
		u.Endpoint.User, u.Password, u.HasPassword = unescape(user), unescape(password), has
	}
	h, port, err := splitPort(host)
	switch {
	case err != nil:
		return bad(err.Error())
	case h == "":
		return bad("no host")
	case strings.ContainsAny(h, " \t\r\n\x00<>\"\\^`{|}"):
		return bad("the host holds a character that no host has")
	}
	u.Endpoint.Host, u.Endpoint.Port = h, port
	if i := strings.LastIndex(strings.ToLower(path), ";type="); i >= 0 && len(path) == i+len(";type=a") {
		u.ASCII = path[len(path)-1]|0x20 == 'a'
		path = path[:i]
	}
	u.Path = unescape(path)
	if strings.ContainsAny(u.Endpoint.User+u.Password+u.Path, "\r\n\x00") {
		return bad("holds a line end or NUL")
	}
	return u, nil
}

func splitPort(s string) (host string, port int, err error) {
	host = s
	if strings.HasPrefix(s, "[") {
		i := strings.IndexByte(s, ']')
		if i < 0 {
			return "", 0, fmt.Errorf("no ] after the address")
		}
		host, s = strings.Replace(s[1:i], "%25", "%", 1), s[i+1:]
		if net.ParseIP(strings.SplitN(host, "%", 2)[0]) == nil || s != "" && s[0] != ':' {
			return "", 0, fmt.Errorf("no IPv6 address in [ ]")
		}
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		host, s = s[:i], s[i:]
		if strings.Count(s, ":") > 1 {
			return "", 0, fmt.Errorf("an IPv6 address wants [ ] around it")
		}
	} else {
		s = ""
	}
	if s == "" || s == ":" {
		return host, 0, nil
	}
	port, err = strconv.Atoi(s[1:])
	if err != nil || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("%q is not a port", s[1:])
	}
	return host, port, nil
}

// unescape decodes %XX; bytes that are not UTF-8 then become the runes of Entry.Name.
func unescape(s string) string {
	if strings.IndexByte(s, '%') >= 0 {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			if s[i] == '%' && i+2 < len(s) {
				if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
					b.WriteByte(byte(n))
					i += 2
					continue
				}
			}
			b.WriteByte(s[i])
		}
		s = b.String()
	}
	return NameOfBytes(s)
}

// NameOfBytes makes text of bytes as Entry.Name does: a byte that is not part
// of UTF-8 becomes the rune U+F700+byte.
func NameOfBytes(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			r = 0xF700 + rune(s[i])
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

// BytesOfName is the way back from NameOfBytes.
func BytesOfName(s string) string {
	if strings.IndexFunc(s, escaped) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if escaped(r) {
			b.WriteByte(byte(r - 0xF700))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func escaped(r rune) bool { return r >= 0xF780 && r <= 0xF7FF }

// In is the path on a server whose login leads to home. As RFC 1738 says, a
// URL's path counts from there; one that begins with a second slash, or %2F,
// counts from the root.
func (u URL) In(home string, st PathStyle) string { return Resolve(u.Path, home, st) }

// Resolve is the absolute path of one that a user typed with slashes: from the
// root when it begins with one, else from home.
func Resolve(path, home string, st PathStyle) string {
	if st == Slash && strings.HasPrefix(path, "/") || st != Slash && st.IsAbs(path) {
		return st.Clean(path)
	}
	p := home
	for _, name := range strings.Split(path, "/") {
		switch name {
		case "", ".":
		case "..":
			p = st.Dir(p)
		default:
			p = st.Join(p, name)
		}
	}
	return p
}

// URL is the address of an absolute path on e, without a password, so that
// ParseURL reads it back.
func (e Endpoint) URL(path string) string {
	var b strings.Builder
	switch e.TLS {
	case TLSExplicit:
		b.WriteString("ftpes://")
	case TLSImplicit:
		b.WriteString("ftps://")
	default:
		b.WriteString("ftp://")
	}
	if e.User != "" {
		b.WriteString(escape(e.User, "") + "@")
	}
	host := e.Host
	if strings.IndexByte(host, ':') >= 0 {
		host = "[" + strings.Replace(host, "%", "%25", 1) + "]"
	}
	b.WriteString(host)
	if e.Port != 0 && e.Port != (Endpoint{TLS: e.TLS}).WithDefaults().Port {
		b.WriteString(":" + strconv.Itoa(e.Port))
	}
	if path != "" {
		b.WriteString("/" + escape(path, "/"))
	}
	return b.String()
}

func escape(s, keep string) string {
	var b strings.Builder
	for _, c := range []byte(BytesOfName(s)) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~!$&'()*+,="+keep, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// MaskURL replaces the password in what looks like a URL by stars, so that it
// can be shown. Anything else is returned as it is.
func MaskURL(s string) string {
	i := strings.Index(s, "://")
	if i < 0 {
		return s
	}
	i += 3
	end := len(s)
	if j := strings.IndexByte(s[i:], '/'); j >= 0 {
		end = i + j
	}
	at := strings.LastIndexByte(s[i:end], '@')
	if at < 0 { // a slash in the password: the part up to the last @ is no host
		if at = strings.LastIndexByte(s[i:], '@'); at < 0 {
			return s
		}
	}
	colon := strings.IndexByte(s[i:i+at], ':')
	if colon < 0 {
		return s
	}
	return s[:i+colon+1] + "*****" + s[i+at:]
}

// MaskLogin is MaskURL for what turned out to name no server: it may be meant
// as a URL and lack a part of "ftp://".
func MaskLogin(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 0 || strings.Contains(s, "://") {
		return MaskURL(s)
	}
	colon := strings.IndexByte(s[:at], ':')
	if colon < 0 {
		return s
	}
	if i := strings.IndexByte(s[colon+1:at], ':'); i >= 0 && s[colon+1] == '/' { // of "ftp:/"
		colon += 1 + i
	}
	return s[:colon+1] + "*****" + s[at:]
}
