package wire

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"ferry/ftpsvc/vfs"
)

// passiveAddr is where a reply to EPSV (RFC 2428) or PASV (RFC 959) sends us.
// The host in it is ignored: it may be private, wrong, or somebody else's
// (CVE-2020-8284 and its relatives), unless the site trusts it.
func (t *Transport) passiveAddr(verb string, rep vfs.Reply) (string, error) {
	text := strings.Join(rep.Lines, " ")
	if verb == "EPSV" {
		port, err := parseEPSV(text)
		if err != nil {
			return "", err
		}
		return net.JoinHostPort(t.host, strconv.Itoa(port)), nil
	}
	ip, port, err := parsePASV(text)
	if err != nil {
		return "", err
	}
	host := t.host
	if told := ip.String(); told != host {
		if t.opt.TrustPASV && !ip.IsUnspecified() && !ip.IsMulticast() {
			host = told
		} else {
			t.detail("address %s in the PASV reply ignored", told)
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(port)), nil
}

// parseEPSV finds the port in "(|||6446|)"; any delimiter will do, and an
// address between the delimiters is passed over.
func parseEPSV(text string) (int, error) {
	open := strings.IndexByte(text, '(')
	if open < 0 || open+1 >= len(text) {
		open = strings.Index(text, "|||") - 1
		if open < -1 {
			return 0, fmt.Errorf("%w: %q", errPort, text)
		}
	}
	delim := text[open+1]
	if digit(delim) || delim == ' ' || delim == ')' {
		return 0, fmt.Errorf("%w: %q", errPort, text)
	}
	f := strings.Split(text[open+1:], string(rune(delim)))
	if delim >= 0x80 || len(f) < 5 {
		return 0, fmt.Errorf("%w: %q", errPort, text)
	}
	return port(strings.TrimSpace(f[3]), text)
}

func port(s, text string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%w: %q", errPort, text)
	}
	return int(n), nil
}

// parsePASV finds six numbers with commas between them, with or without
// parentheses, with blanks or not.
func parsePASV(text string) (net.IP, int, error) {
	for i := 0; i < len(text); i++ {
		if !digit(text[i]) || (i > 0 && (digit(text[i-1]) || text[i-1] == ',' || text[i-1] == '-')) {
			continue
		}
		if v, ok := sixNumbers(text[i:]); ok {
			p := v[4]<<8 | v[5]
			if p == 0 {
				break
			}
			return net.IPv4(byte(v[0]), byte(v[1]), byte(v[2]), byte(v[3])), p, nil
		}
	}
	return nil, 0, fmt.Errorf("%w: %q", errPort, text)
}

func sixNumbers(s string) (v [6]int, ok bool) {
	for k := range v {
		s = strings.TrimLeft(s, " ")
		n := 0
		for n < len(s) && n < 4 && digit(s[n]) {
			v[k] = v[k]*10 + int(s[n]-'0')
			n++
		}
		if n == 0 || v[k] > 255 {
			return v, false
		}
		s = s[n:]
		if k == 5 {
			return v, s == "" || !digit(s[0]) && s[0] != ','
		}
		s = strings.TrimLeft(s, " ")
		if !strings.HasPrefix(s, ",") {
			return v, false
		}
		s = s[1:]
	}
	return v, true
}
