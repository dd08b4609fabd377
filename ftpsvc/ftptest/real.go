package ftptest

import (
	"net"
	"os"
	"strings"
	"time"
)

// The login of the real servers.
const (
	RealUser = "ferrytest"
	RealPass = "ferry-pass1"
)

// Real is a real server on this machine.
type Real struct {
	Name string // "vsftpd" ...
	Addr string // host:port
	Host string
	Port string
	TLS  string // "explicit", "implicit", "none"
	Note string
}

// IPv6 reports whether the address is an IPv6 one.
func (r Real) IPv6() bool { return strings.Contains(r.Host, ":") }

// String names a server in a test: "vsftpd-21100".
func (r Real) String() string {
	if r.IPv6() {
		return r.Name + "-" + r.Port + "-v6"
	}
	return r.Name + "-" + r.Port
}

// RealServers returns the servers that the environment variable FERRY_SERVERS
// lists, a line each: name, host ("both" is 127.0.0.1 and ::1), port, TLS,
// note. Without the variable the test is skipped; a listed server that cannot
// be reached fails it.
func RealServers(t TB) []Real {
	t.Helper()
	text := os.Getenv("FERRY_SERVERS")
	if text == "" {
		t.Skipf("no real servers: FERRY_SERVERS is not set")
	}
	all := parseReal(text)
	if len(all) == 0 {
		t.Fatalf("FERRY_SERVERS lists no server")
	}
	for _, r := range all {
		nc, err := net.DialTimeout("tcp", r.Addr, 5*time.Second)
		if err != nil {
			t.Fatalf("real server %s: %v", r, err)
			continue
		}
		nc.Close()
	}
	return all
}

// RealFirst returns one server of each name, the IPv4 one with explicit TLS or none.
func RealFirst(t TB) []Real {
	t.Helper()
	seen := map[string]bool{}
	var out []Real
	for _, r := range RealServers(t) {
		if !seen[r.Name] && !r.IPv6() && r.TLS != "implicit" {
			seen[r.Name] = true
			out = append(out, r)
		}
	}
	return out
}

func parseReal(text string) []Real {
	var out []Real
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 4 || f[0] == "server" {
			continue
		}
		hosts := []string{f[1]}
		if f[1] == "both" {
			hosts = []string{"127.0.0.1", "::1"}
		}
		for _, h := range hosts {
			out = append(out, Real{Name: f[0], Host: h, Port: f[2], Addr: net.JoinHostPort(h, f[2]), TLS: f[3], Note: strings.Join(f[4:], " ")})
		}
	}
	return out
}
