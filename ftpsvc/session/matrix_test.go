package session_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// matrixTLS are the ways of encryption, with the version that is forced.
var matrixTLS = []struct {
	name    string
	mode    vfs.TLSMode
	version string
}{
	{"plain", vfs.TLSOff, ""},
	{"explicit-1.2", vfs.TLSExplicit, "1.2"},
	{"explicit-1.3", vfs.TLSExplicit, "1.3"},
	{"implicit-1.2", vfs.TLSImplicit, "1.2"},
	{"implicit-1.3", vfs.TLSImplicit, "1.3"},
}

var matrixData = []vfs.DataMode{vfs.DataEPSV, vfs.DataPASV, vfs.DataEPRT, vfs.DataPORT}

// absentCell tells why a cell of the matrix cannot be, "" when it must pass.
func absentCell(r ftptest.Real, tls string, data vfs.DataMode) string {
	switch {
	case r.IPv6() && data == vfs.DataPASV:
		return "PASV (RFC 959) has no IPv6 addresses"
	case r.IPv6() && data == vfs.DataPORT:
		return "PORT (RFC 959) has no IPv6 addresses"
	case r.TLS == "none" && tls != "plain":
		return "the server has no TLS"
	case r.TLS == "implicit" && !strings.HasPrefix(tls, "implicit"):
		return "the port speaks implicit TLS only"
	case r.TLS == "explicit" && strings.HasPrefix(tls, "implicit"):
		return "the port begins in clear text"
	}
	return ""
}

// absentStep tells why a step cannot pass on a server.
func absentStep(server, step string) string {
	if server == "inetutils" && (step == "set time" || step == "time is kept") {
		return "inetutils-ftpd has no MFMT, and MDTM does not set"
	}
	return ""
}

func TestMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("a hundred sessions: not in short mode")
	}
	passed, absent := 0, 0
	for _, r := range ftptest.RealServers(t) {
		for _, enc := range matrixTLS {
			for _, data := range matrixData {
				if why := absentCell(r, enc.name, data); why != "" {
					absent++
					continue
				}
				ok := t.Run(fmt.Sprintf("%s/%s/%s", r, enc.name, data), func(t *testing.T) {
					e := realEndpoint(r)
					e.TLS, e.TLSMin, e.TLSMax, e.Data = enc.mode, enc.version, enc.version, data
					runRow(t, r, e)
				})
				if ok {
					passed++
				}
			}
		}
	}
	t.Logf("%d cells passed, %d are absent for a reason", passed, absent)
}

// runRow does the 23 steps of one cell. Login is the first.
func runRow(t *testing.T, r ftptest.Real, e vfs.Endpoint) {
	s := open(t, session.Options{Endpoint: e})
	steps := 1
	row := &row{t: t, s: s, small: randomBytes(5000), large: randomBytes(700 << 10)}
	for _, st := range row.steps() {
		if why := absentStep(r.Name, st.name); why != "" {
			if err := st.run(); err == nil {
				t.Errorf("%s: passed, though the table says: %s", st.name, why)
			}
			steps++
			continue
		}
		if err := st.run(); err != nil {
			t.Fatalf("step %q: %v", st.name, err)
		}
		steps++
	}
	if steps != 23 {
		t.Errorf("%d steps were run, want 23", steps)
	}
	all, resumed := s.DataSessions()
	if e.TLS == vfs.TLSOff {
		return
	}
	if all < 10 {
		t.Errorf("%d data connections over TLS, want at least 10", all)
	}
	want := all
	if r.Name == "pure-ftpd" && e.TLSMax == "1.3" {
		want = 0 // the server sends no session ticket
	}
	if resumed != want {
		t.Errorf("%d of %d data connections resumed a session, want %d", resumed, all, want)
	}
}

type row struct {
	t            *testing.T
	s            *session.Session
	dir          string
	small, large []byte
}

type step struct {
	name string
	run  func() error
}

func (w *row) path(name string) string { return w.s.Style().Join(w.dir, name) }

func (w *row) put(name string, body []byte, o vfs.WriteOptions) error {
	n, err := w.s.Write(w.t.Context(), w.path(name), bytes.NewReader(body), o)
	if err == nil && n != int64(len(body)) {
		err = fmt.Errorf("%d bytes sent of %d", n, len(body))
	}
	return err
}

func (w *row) want(name string, body []byte, o vfs.ReadOptions) error {
	got, err := read(w.t.Context(), w.s, w.path(name), o)
	if err == nil && !bytes.Equal(got, body) {
		err = fmt.Errorf("%d bytes came, not the %d expected", len(got), len(body))
	}
	return err
}

func (w *row) quote(line string, code int) error {
	r, err := w.s.Quote(w.t.Context(), "", line)
	if err == nil && r.Code != code {
		err = fmt.Errorf("%s: %s", line, r)
	}
	return err
}

func (w *row) steps() []step {
	ctx := w.t.Context()
	s := w.s
	stamp := time.Date(2021, 3, 4, 5, 6, 7, 0, time.UTC)
	unknown := vfs.ReadOptions{Size: -1}
	both := append(append([]byte(nil), w.small...), w.large...)
	return []step{
		{"PWD", func() error { return w.quote("PWD", 257) }},
		{"MKD", func() error { w.dir = workFolder(w.t, s); return nil }},
		{"CWD", func() error { return w.quote("CWD "+w.dir, 250) }},
		{"STOR", func() error { return w.put("a b", w.large, vfs.WriteOptions{}) }},
		{"RETR", func() error { return w.want("a b", w.large, unknown) }},
		{"empty STOR", func() error { return w.put("empty", nil, vfs.WriteOptions{}) }},
		{"empty APPE", func() error { return w.put("empty", nil, vfs.WriteOptions{Append: true}) }},
		{"empty RETR", func() error { return w.want("empty", nil, unknown) }},
		{"REST and RETR", func() error {
			return w.want("a b", w.large[300<<10:], vfs.ReadOptions{Offset: 300 << 10, Size: int64(len(w.large))})
		}},
		{"REST and STOR", func() error {
			if err := w.put("c", w.small[:2000], vfs.WriteOptions{}); err != nil {
				return err
			}
			return w.put("c", w.small[2000:], vfs.WriteOptions{Offset: 2000})
		}},
		{"APPE", func() error {
			if err := w.put("c", w.large, vfs.WriteOptions{Append: true}); err != nil {
				return err
			}
			return w.want("c", both, unknown)
		}},
		{"SIZE", func() error {
			n, err := s.Size(ctx, w.path("c"))
			if err == nil && n != int64(len(both)) {
				err = fmt.Errorf("%d", n)
			}
			return err
		}},
		{"set time", func() error { return s.SetModTime(ctx, w.path("c"), stamp) }},
		{"time is kept", func() error {
			got, err := s.ModTime(ctx, w.path("c"))
			if err == nil && !got.Equal(stamp) {
				err = fmt.Errorf("it is %v", got)
			}
			return err
		}},
		{"listing", func() error {
			n := 0
			for _, e := range list(ctx, s, w.dir) {
				if e.Name == "c" && e.Size == int64(len(both)) || e.Name == "a b" || e.Name == "empty" {
					n++
				}
			}
			if n != 3 {
				return fmt.Errorf("%d entries as expected, want 3", n)
			}
			return nil
		}},
		{"raw NLST", func() error {
			var b bytes.Buffer
			err := s.RawList(ctx, "NLST "+w.dir, &b)
			for _, name := range []string{"/a b\n", "/empty\n", "/c\n"} {
				if err == nil && !strings.Contains("/"+strings.ReplaceAll(strings.ReplaceAll(b.String(), "\r", ""), "\n", "\n/"), name) {
					err = fmt.Errorf("%q", b.String())
				}
			}
			return err
		}},
		{"RNFR and RNTO", func() error { return s.Rename(ctx, w.path("c"), w.path("d")) }},
		{"DELE", func() error { return s.Remove(ctx, w.path("d")) }},
		{"550 on RETR", func() error {
			if _, err := read(ctx, s, w.path("d"), unknown); !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("it is %v", err)
			}
			return nil
		}},
		{"RETR after it", func() error { return w.want("a b", w.large, vfs.ReadOptions{Size: int64(len(w.large))}) }},
		{"SITE CHMOD", func() error { return s.SetMode(ctx, w.path("a b"), 0o640) }},
		{"RMD", func() error {
			for _, n := range []string{"a b", "empty"} {
				if err := s.Remove(ctx, w.path(n)); err != nil {
					return err
				}
			}
			return s.Rmdir(ctx, w.dir)
		}},
	}
}
