package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// addresses looks the name up and connects by either family, saying nothing.
func (x *exam) addresses(ctx context.Context) {
	if session.Proxy(x.ep) != "" {
		for _, name := range []string{"name lookup", "IPv4", "IPv6"} {
			x.add(Check{Name: name, Result: Skipped, Found: "a proxy does it"})
		}
		return
	}
	var found [2][]string
	x.check(ctx, "name lookup", func(ctx context.Context) (Result, string) {
		ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", x.ep.Host)
		var all []string
		for _, ip := range ips {
			ip = ip.Unmap()
			family := 0
			if ip.Is6() {
				family = 1
			}
			found[family] = append(found[family], ip.String())
			all = append(all, ip.String())
		}
		return did(strings.Join(all, ", "), err)
	})
	port := strconv.Itoa(x.ep.WithDefaults().Port)
	for i, family := range []string{"IPv4", "IPv6"} {
		x.check(ctx, family, func(ctx context.Context) (Result, string) {
			if len(found[i]) == 0 {
				return Skipped, "no address"
			}
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			addr := net.JoinHostPort(found[i][0], port)
			c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
			if err != nil {
				return No, err.Error()
			}
			c.Close()
			return OK, addr
		})
	}
}

// login logs in as ferry would, and keeps what is told then.
func (x *exam) login(ctx context.Context, name string) bool {
	return OK == x.check(ctx, name, func(ctx context.Context) (Result, string) {
		s, err := x.open(ctx, nil)
		x.r.Err = err
		if err != nil {
			return No, why(err)
		}
		defer s.Close()
		x.caps, x.style, x.info = s.Caps(), s.Style(), s.Info()
		i := x.info
		x.dir = vfs.Resolve(x.o.Path, i.Home, x.style)
		parts := []string{}
		if len(i.Welcome) > 0 {
			parts = append(parts, i.Welcome[0])
		}
		if sys := x.caps.System; sys != "" {
			parts = append(parts, sys)
		}
		return OK, strings.Join(append(parts, "home "+i.Home, "round trip "+roundTrip(i.RTT)), "; ")
	})
}

func roundTrip(d time.Duration) string {
	if d < time.Millisecond {
		return "under 1ms"
	}
	return d.Round(time.Millisecond / 10).String()
}

// otherTLS tries to log in with the other kind of TLS, where what the user
// asked for came to nothing.
func (x *exam) otherTLS(ctx context.Context) bool {
	err, was := x.r.Err, x.ep
	if was.TLS == vfs.TLSOff || !errors.Is(err, vfs.ErrTLS) && !errors.Is(err, vfs.ErrTimeout) && !errors.Is(err, vfs.ErrConnect) || errors.Is(err, vfs.ErrAlarm) {
		return false
	}
	other, name := vfs.TLSImplicit, "login by ftps://"
	if was.TLS == vfs.TLSImplicit {
		other, name = vfs.TLSExplicit, "login by ftpes://"
	}
	x.ep.TLS = other // and where no port was named, its own one
	if x.login(ctx, name) {
		return true
	}
	x.ep = was
	if !errors.Is(x.r.Err, vfs.ErrTrust) {
		x.r.Err = err
	}
	return false
}

// encryption tries each version of TLS, with two listings to see whether data
// connections resume the session, and says what is wrong with the certificate.
func (x *exam) encryption(ctx context.Context) {
	mode, name := vfs.TLSExplicit, "explicit"
	if x.r.Pin.TLS = ""; x.ep.TLS != x.o.Endpoint.TLS {
		x.r.Pin.TLS = x.ep.TLS
	}
	if x.ep.TLS == vfs.TLSImplicit {
		mode, name = vfs.TLSImplicit, "implicit"
	}
	for _, version := range []string{"1.2", "1.3"} {
		x.check(ctx, "TLS "+version+" "+name, func(ctx context.Context) (Result, string) {
			if x.ep.TLS == vfs.TLSOff {
				return Skipped, "--tls=off"
			}
			s, err := x.open(ctx, func(e *vfs.Endpoint) { e.TLS, e.TLSMin, e.TLSMax = mode, version, version })
			if err != nil {
				return No, why(err)
			}
			defer s.Close()
			for range 2 {
				if _, err := x.list(ctx, s); err != nil {
					return Warn, "login works, a listing does not: " + why(err)
				}
			}
			x.r.Use.TLS, x.r.Use.Version = mode, version
			all, resumed := s.DataSessions()
			found := fmt.Sprintf("%s; %d of %d data connections resumed the session", s.Info().TLS, resumed, all)
			return OK, found
		})
	}
	x.check(ctx, "certificate", func(ctx context.Context) (Result, string) {
		if x.ep.Insecure && x.ep.TLS != vfs.TLSOff && x.info.TLS != "" {
			x.judge(ctx)
		}
		switch i := x.info; {
		case x.cert != nil:
			return Warn, fmt.Sprintf("%s; %s, valid until %s, SHA-256 %s", x.cert.Problem, x.cert.Subject, x.cert.NotAfter.Format(time.DateOnly), x.cert.Fingerprint)
		case i.TLS == "":
			return Skipped, "no TLS"
		case i.CertEnd.Sub(x.o.Now()) < 14*24*time.Hour:
			return Warn, "trusted, and ends on " + i.CertEnd.Format(time.DateOnly)
		default:
			return OK, "trusted, valid until " + i.CertEnd.Format(time.DateOnly)
		}
	})
	if x.r.Use.TLS == "" {
		x.r.Use.TLS = vfs.TLSOff
	}
}

// judge looks at a certificate that was taken unseen (--insecure): it connects
// once more, and hangs up before a password is due when it is not vouched for.
func (x *exam) judge(ctx context.Context) {
	ask := x.o.Trust
	x.o.Trust = nil
	defer func() { x.o.Trust = ask }()
	if s, err := x.open(ctx, func(e *vfs.Endpoint) { e.Insecure = false }); err == nil {
		s.Close()
	}
}

// list reads the folder and counts.
func (x *exam) list(ctx context.Context, s *session.Session) (vfs.ListInfo, error) {
	return s.List(ctx, x.dir, vfs.ListOptions{Refresh: true}, func(vfs.Batch) error { return nil })
}

// dataModes tries every way of making a data connection. The checks that
// follow use the first that works, unless the user named one.
func (x *exam) dataModes(ctx context.Context) {
	if x.ep.Data != "" && x.ep.Data != vfs.DataAuto {
		x.r.Use.Data = x.ep.Data
	}
	for _, m := range []vfs.DataMode{vfs.DataEPSV, vfs.DataPASV, vfs.DataEPRT, vfs.DataPORT} {
		x.check(ctx, strings.ToUpper(string(m)), func(ctx context.Context) (Result, string) {
			s, err := x.open(ctx, func(e *vfs.Endpoint) { e.Data = m })
			if err != nil {
				return No, why(err)
			}
			defer s.Close()
			if _, err := x.list(ctx, s); err != nil {
				return No, why(err)
			}
			if x.r.Use.Data == "" {
				x.r.Use.Data = m
			}
			if m == vfs.DataPASV {
				if lie := x.natLie(ctx); lie != "" {
					return Warn, lie
				}
			}
			return OK, ""
		})
	}
	x.ep.Data = x.r.Use.Data
}

// natLie compares the address in the newest PASV reply with the server's.
func (x *exam) natLie(ctx context.Context) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := len(x.replies) - 1; i >= 0; i-- {
		told, ok := pasvAddr(x.replies[i])
		if !ok {
			continue
		}
		if session.Proxy(x.ep) != "" {
			return "" // who knows where the server is, seen from there
		}
		ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", x.ep.Host)
		if err != nil || len(ips) == 0 {
			return ""
		}
		for _, ip := range ips {
			if ip.Unmap() == told {
				return ""
			}
		}
		return fmt.Sprintf("the reply names %s, which is not the server: ferry does not go there", told)
	}
	return ""
}

// pasvAddr reads the address out of a reply to PASV (RFC 959 section 4.1.2).
func pasvAddr(line string) (netip.Addr, bool) {
	rest, ok := strings.CutPrefix(line, "227")
	if !ok {
		return netip.Addr{}, false
	}
	f := strings.FieldsFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if len(f) < 6 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(strings.Join(f[len(f)-6:len(f)-2], "."))
	return a, err == nil
}

// connections opens more until the server refuses, or enough are open.
func (x *exam) connections(ctx context.Context) {
	x.check(ctx, "connections at once", func(ctx context.Context) (Result, string) {
		open := []*session.Session{}
		defer func() {
			for _, s := range open {
				s.Close()
			}
		}()
		for len(open) < x.o.Conns {
			s, err := x.open(ctx, nil)
			if err != nil {
				x.r.Use.MaxConns, x.r.Pin.MaxConns = len(open), len(open)
				return Warn, fmt.Sprintf("%d; then: %s", len(open), why(err))
			}
			open = append(open, s)
		}
		return OK, fmt.Sprintf("%d or more", len(open))
	})
}
