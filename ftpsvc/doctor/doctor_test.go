package doctor

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func examine(t *testing.T, s *ftptest.Script, change func(*Options)) (Report, map[string]Check) {
	t.Helper()
	o := Options{Endpoint: vfs.Endpoint{Host: s.Host(), Port: s.Port(), User: "u"}, Password: "p", Conns: 3,
		Clear: func(context.Context, vfs.Endpoint, bool) (bool, error) { return true, nil }}
	if change != nil {
		change(&o)
	}
	r := Examine(t.Context(), o)
	m := map[string]Check{}
	for _, c := range r.Checks {
		m[c.Name] = c
	}
	return r, m
}

func expect(t *testing.T, m map[string]Check, name string, res Result, found string) {
	t.Helper()
	c, ok := m[name]
	if !ok {
		t.Errorf("%s was not checked", name)
	} else if c.Result != res || !strings.Contains(c.Found, found) {
		t.Errorf("%s: %s %q, want %s %q", name, c.Result, c.Found, res, found)
	}
}

func TestAPlainServerIsExaminedAndLeftAsItWas(t *testing.T) {
	s := ftptest.NewScript(t)
	s.Put("/a.txt", []byte(strings.Repeat("0123456789", 50)))
	before := strings.Join(s.Paths(), " ")
	r, m := examine(t, s, nil)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	for _, name := range []string{"name lookup", "IPv4", "login", "EPSV", "PASV", "EPRT", "PORT", "MLSD", "LIST", "NLST", "UTF-8", "SIZE", "MDTM", "REST"} {
		expect(t, m, name, OK, "")
	}
	expect(t, m, "IPv6", Skipped, "no address")
	expect(t, m, "TLS 1.3 explicit", No, "")
	expect(t, m, "certificate", Skipped, "no TLS")
	expect(t, m, "writing, clock", Skipped, "--write")
	expect(t, m, "connections at once", OK, "3 or more")
	if r.Use != (Use{TLS: vfs.TLSOff, Data: vfs.DataEPSV, List: "mlsd", Charset: "UTF-8", Zone: r.Use.Zone}) {
		t.Errorf("use: %+v", r.Use)
	}
	if after := strings.Join(s.Paths(), " "); after != before {
		t.Errorf("files are now %s", after)
	}
	for _, verb := range []string{"STOR", "APPE", "DELE", "MKD", "RMD", "RNFR", "SITE", "MFMT", "STOU"} {
		if n := s.Count(verb); n > 0 {
			t.Errorf("%s was sent %d times", verb, n)
		}
	}
}

func TestWritingUsesOneFileAndTakesItAway(t *testing.T) {
	s := ftptest.NewScript(t)
	r, m := examine(t, s, func(o *Options) { o.Write = true })
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	for _, name := range []string{"upload", "clock", "resume upload", "rename", "delete"} {
		expect(t, m, name, OK, "")
	}
	for _, p := range s.Paths() {
		if strings.Contains(p, "ferry-doctor") {
			t.Errorf("%s was left", p)
		}
	}
}

func TestAClockThatIsOffIsTold(t *testing.T) {
	s := ftptest.NewScript(t, ftptest.ScriptOptions{Now: func() time.Time { return time.Now().Add(-3 * time.Hour) }})
	_, m := examine(t, s, func(o *Options) { o.Write = true })
	expect(t, m, "clock", Warn, "-3h0m")
	s = ftptest.NewScript(t, ftptest.ScriptOptions{Now: func() time.Time { return time.Now().AddDate(0, 0, -400) }})
	_, m = examine(t, s, func(o *Options) { o.Write = true })
	expect(t, m, "clock", Warn, "-400 days off")
}

func TestAnAddressBehindNATIsTold(t *testing.T) {
	s := ftptest.NewScript(t)
	s.On("PASV", func(c *ftptest.Conn, _ string) { c.PASV("192.168.7.9") })
	_, m := examine(t, s, nil)
	expect(t, m, "PASV", Warn, "192.168.7.9")
}

func TestTLSVersionsAndTheCertificateAreTold(t *testing.T) {
	s := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true, RequireReuse: true})
	asked := 0
	r, m := examine(t, s, func(o *Options) {
		o.Trust = func(context.Context, vfs.Certificate) (vfs.TrustAnswer, error) {
			asked++
			return vfs.TrustOnce, nil
		}
	})
	expect(t, m, "TLS 1.2 explicit", OK, "2 of 2")
	expect(t, m, "TLS 1.3 explicit", OK, "2 of 2")
	expect(t, m, "certificate", Warn, "SHA-256")
	if asked != 1 || r.Use.TLS != vfs.TLSExplicit || r.Use.Version != "1.3" {
		t.Errorf("asked %d times, use %+v", asked, r.Use)
	}
	_, m = examine(t, s, func(o *Options) { o.Endpoint.Insecure = true })
	expect(t, m, "certificate", Warn, "SHA-256")
}

func TestTheOtherKindOfTLSIsTried(t *testing.T) {
	for mode, o := range map[vfs.TLSMode]ftptest.ScriptOptions{vfs.TLSExplicit: {Implicit: true}, vfs.TLSImplicit: {TLS: true}} {
		t.Run(string(mode), func(t *testing.T) {
			s := ftptest.NewScript(t, o)
			if mode == vfs.TLSExplicit {
				hurry(t)
			}
			r, m := examine(t, s, func(o *Options) { o.Endpoint.TLS, o.Endpoint.Insecure = mode, true })
			name, want := "login by ftps://", vfs.TLSImplicit
			if mode == vfs.TLSImplicit {
				name, want = "login by ftpes://", vfs.TLSExplicit
			}
			expect(t, m, "login", No, "")
			expect(t, m, name, OK, "home /")
			if r.Err != nil || r.Use.TLS != want || r.Pin.TLS != want {
				t.Errorf("error %v, use %+v, pin %+v", r.Err, r.Use, r.Pin)
			}
		})
	}
}

// hurry makes an examination wait less for a reply.
func hurry(t *testing.T) {
	was := patience
	patience = 300 * time.Millisecond
	t.Cleanup(func() { patience = was })
}

func TestTheNamedFolderIsExamined(t *testing.T) {
	s := ftptest.NewScript(t, ftptest.ScriptOptions{Home: "/home/me"})
	s.Put("/home/me/sub/deep/a.txt", []byte("sixteen bytes or more"))
	_, m := examine(t, s, func(o *Options) { o.Path = "sub" })
	expect(t, m, "LIST", OK, "1 entry")
	expect(t, m, "SIZE", OK, "21 bytes")
	_, m = examine(t, s, func(o *Options) { o.Path, o.Write = "/home", true })
	expect(t, m, "upload", OK, "as /home/.ferry-doctor-")
}

func TestTheTemporaryFileServesWhereThereIsNone(t *testing.T) {
	s := ftptest.NewScript(t)
	_, m := examine(t, s, nil)
	expect(t, m, "SIZE", Skipped, "no file")
	r, m := examine(t, s, func(o *Options) { o.Write = true })
	for _, name := range []string{"SIZE", "MDTM", "REST"} {
		expect(t, m, name, OK, "")
	}
	if r.Use.Zone != "+00:00" {
		t.Errorf("zone %q", r.Use.Zone)
	}
}

func TestOnlyWhatFerryDoesNotFindOutIsPinned(t *testing.T) {
	s := ftptest.NewScript(t)
	s.Put("/a", []byte("x"))
	s.Refuse(502, "EPSV", "MLSD")
	r, _ := examine(t, s, nil)
	if r.Use.Data != vfs.DataPASV || r.Use.List != "list-a" || r.Pin != (Use{}) {
		t.Errorf("use %+v, pin %+v", r.Use, r.Pin)
	}
	s.On("MLSD", func(c *ftptest.Conn, _ string) { c.SendText("type=file;size=1; a\r\n!! no line\r\n") })
	if r, _ = examine(t, s, nil); r.Use.List != "list-a" || r.Pin != (Use{List: "list-a"}) {
		t.Errorf("use %+v, pin %+v", r.Use, r.Pin)
	}
	r, m := examine(t, s, func(o *Options) { o.Endpoint.Charset, o.Endpoint.Data, o.Endpoint.List = "GBK", vfs.DataPORT, "nlst" })
	if r.Use.Charset != "GBK" || r.Use.Data != vfs.DataPORT || r.Use.List != "nlst" {
		t.Errorf("use %+v", r.Use)
	}
	expect(t, m, "names in GBK", OK, "fit")
}

func TestAnUntrustedServerGetsNoPassword(t *testing.T) {
	s := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true})
	r, m := examine(t, s, nil)
	expect(t, m, "login", No, "")
	if !errors.Is(r.Err, vfs.ErrTrust) || s.Count("PASS") > 0 {
		t.Errorf("error %v, PASS sent %d times", r.Err, s.Count("PASS"))
	}
}

// memory is what was learned, the same of every host.
type memory struct{ l vfs.Learned }

func (m *memory) Learned(string) vfs.Learned           { return m.l }
func (m *memory) Learn(_ string, f func(*vfs.Learned)) { f(&m.l) }
func (m *memory) Trusted(string) string                { return "" }
func (m *memory) Trust(string, string)                 {}

func TestTLSThatWasOfferedBeforeIsMissed(t *testing.T) {
	s := ftptest.NewScript(t)
	mem := &memory{vfs.Learned{TLSOffered: true, Data: vfs.DataPASV}}
	alarms := 0
	r, m := examine(t, s, func(o *Options) {
		o.Memory = mem
		o.Clear = func(_ context.Context, _ vfs.Endpoint, alarm bool) (bool, error) {
			if alarm {
				alarms++
			}
			return !alarm, nil
		}
	})
	expect(t, m, "login", No, "")
	if !errors.Is(r.Err, vfs.ErrTLS) || alarms != 1 || s.Count("PASS") > 0 || s.Count("USER") > 0 {
		t.Errorf("error %v, %d alarms, PASS sent %d times", r.Err, alarms, s.Count("PASS"))
	}
}

func TestOfferedTLSIsKeptInMindAndNothingElse(t *testing.T) {
	s := ftptest.NewScript(t, ftptest.ScriptOptions{TLS: true})
	mem := &memory{}
	examine(t, s, func(o *Options) { o.Memory, o.Endpoint.Insecure = mem, true })
	if !reflect.DeepEqual(mem.l, vfs.Learned{TLSOffered: true}) {
		t.Errorf("learned %+v", mem.l)
	}
}

func TestARefusedLoginEndsTheExamination(t *testing.T) {
	s := ftptest.NewScript(t, ftptest.ScriptOptions{User: "u", Pass: "other"})
	r, m := examine(t, s, nil)
	expect(t, m, "login", No, "530")
	if !errors.Is(r.Err, vfs.ErrLogin) || len(m) > 5 {
		t.Errorf("error %v, %d checks", r.Err, len(m))
	}
}

func TestIgnoredRESTIsFound(t *testing.T) {
	s := ftptest.NewScript(t)
	s.Put("/a.txt", []byte("0123456789abcdefghij"))
	s.On("REST", func(c *ftptest.Conn, _ string) { c.Reply(350, "ready, and forgotten") })
	_, m := examine(t, s, nil)
	if c := m["REST"]; c.Result == OK {
		t.Errorf("REST: %+v", c)
	}
}

func TestTheConnectionLimitIsFound(t *testing.T) {
	s := ftptest.NewScript(t, ftptest.ScriptOptions{MaxConns: 2})
	r, m := examine(t, s, nil)
	expect(t, m, "connections at once", Warn, "2; then: ")
	if r.Use.MaxConns != 2 {
		t.Errorf("use %+v", r.Use)
	}
}

func TestCharsetsAreGuessed(t *testing.T) {
	for want, names := range map[string][]string{
		"GB18030":      {"\xd6\xd0\xce\xc4\xce\xc4\xbc\xfe", "\xb2\xe2\xca\xd4.txt"},
		"Big5":         {"\xa4\xa4\xa4\xe5\xc0\x4a\xae\xd7"},
		"EUC-JP":       {"\xa5\xc6\xa5\xb9\xa5\xc8", "\xc6\xfc\xcb\xdc\xb8\xec"},
		"EUC-KR":       {"\xc7\xd1\xb1\xdb"},
		"Shift_JIS":    {"\x93\xfa\x96\x7b\x8c\xea", "\x83\x65\x83\x58\x83\x67.txt"},
		"windows-1251": {"\xef\xf0\xe8\xe2\xe5\xf2.txt"},
		"windows-1252": {"caf\xe9", "\xfcber.txt"},
	} {
		if got := guess(names); got != want {
			t.Errorf("%q: guessed %s, want %s", names, got, want)
		}
	}
}

func TestPASVAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"227 Entering Passive Mode (10,1,2,3,4,5)": "10.1.2.3", "227 =127,0,0,1,200,1": "127.0.0.1",
		"227 ok": "", "229 Entering (|||5|)": "", "227 (1,2,3)": "", "227 (999,1,2,3,4,5)": "",
	} {
		a, ok := pasvAddr(in)
		if ok != (want != "") || ok && a.String() != want {
			t.Errorf("%q: %v %v", in, a, ok)
		}
	}
}
