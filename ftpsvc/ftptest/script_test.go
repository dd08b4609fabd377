package ftptest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is a bare control connection.
type client struct {
	t  *testing.T
	nc net.Conn
	r  *bufio.Reader
}

func dial(t *testing.T, s *Script) *client {
	t.Helper()
	nc, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	return &client{t, nc, bufio.NewReader(nc)}
}

// login dials, reads the greeting and logs in.
func login(t *testing.T, s *Script) *client {
	t.Helper()
	c := dial(t, s)
	c.want("220")
	c.do("331", "USER me")
	c.do("230", "PASS secret")
	return c
}

// want reads a whole reply and checks how it begins.
func (c *client) want(code string) string {
	c.t.Helper()
	var all string
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatalf("want %s, got %q and %v", code, all+line, err)
		}
		all += line
		if len(line) > 3 && line[3] == ' ' && line[0] != ' ' {
			break
		}
	}
	if !strings.HasPrefix(all, code) {
		c.t.Fatalf("want %s, got %q", code, all)
	}
	return all
}

func (c *client) do(code, format string, a ...any) string {
	c.t.Helper()
	fmt.Fprintf(c.nc, format+"\r\n", a...)
	return c.want(code)
}

// epsv opens a data connection.
func (c *client) epsv() net.Conn {
	c.t.Helper()
	var port int
	line := c.do("229", "EPSV")
	if _, err := fmt.Sscanf(line[strings.Index(line, "("):], "(|||%d|)", &port); err != nil {
		c.t.Fatal(err)
	}
	host, _, _ := net.SplitHostPort(c.nc.RemoteAddr().String())
	nc, err := net.Dial("tcp", net.JoinHostPort(host, fmt.Sprint(port)))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	return nc
}

// get runs a command that sends data; code is that of the final reply.
func (c *client) get(code, format string, a ...any) (string, error) {
	c.t.Helper()
	nc := c.epsv()
	c.do("150", format, a...)
	data, err := io.ReadAll(nc)
	c.want(code)
	return string(data), err
}

// put runs a command that takes data.
func (c *client) put(code, data, format string, a ...any) {
	c.t.Helper()
	nc := c.epsv()
	c.do("150", format, a...)
	_, _ = io.WriteString(nc, data)
	nc.Close()
	c.want(code)
}

func TestScriptKeepsFiles(t *testing.T) {
	s := NewScript(t)
	s.Put("/pub/a.txt", []byte("hello world"))
	s.Link("pub", "/link")
	c := login(t, s)
	if got, err := c.get("226", "RETR /link/a.txt"); err != nil || got != "hello world" {
		t.Errorf("RETR through a link: %q, %v", got, err)
	}
	c.do("350", "REST 6")
	if got, _ := c.get("226", "RETR pub/a.txt"); got != "world" {
		t.Errorf("RETR after REST: %q", got)
	}
	c.do("257", "MKD /new")
	c.do("550", "MKD /new")
	c.put("226", "one", "STOR /new/ b ")
	c.put("226", "two", "APPE /new/ b ")
	c.do("350", "REST 2")
	c.put("226", "XX", "STOR /new/ b ")
	if got, _ := s.Get("/new/ b "); string(got) != "onXX" {
		t.Errorf("after STOR, APPE and REST+STOR: %q", got)
	}
	c.do("350", "RNFR /new")
	c.do("250", "RNTO /old")
	c.do("550", "RMD /old")
	c.do("200", "TYPE I")
	c.do("213 4", "SIZE /old/ b ")
	c.do("213", "MFMT 20010203040506 /old/ b ")
	c.do("213 20010203040506", "MDTM /old/ b ")
	c.do("200", "SITE CHMOD 600 /old/ b ")
	if m := s.Mode("/old/ b "); m != 0o600 {
		t.Errorf("mode after SITE CHMOD: %v", m)
	}
	c.do("250", "DELE /old/ b ")
	c.do("250", "RMD /old")
	want := "/link /pub/ /pub/a.txt"
	if got := strings.Join(s.Paths(), " "); got != want {
		t.Errorf("tree at the end: %q, want %q", got, want)
	}
	c.do("221", "QUIT")
}

func TestScriptLists(t *testing.T) {
	now := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	s := NewScript(t, ScriptOptions{Now: func() time.Time { return now }})
	s.Put("/d/f \xb0\xa1", []byte("12345"))
	s.Mkdir("/d/sub")
	s.Link("f", "/d/l")
	c := login(t, s)
	list, _ := c.get("226", "LIST -a /d")
	want := "-rw-r--r-- 1 ferry    ferry               5 May  6 07:08 f \xb0\xa1\r\n" +
		"lrwxrwxrwx 1 ferry    ferry               0 May  6 07:08 l -> f\r\n" +
		"drwxr-xr-x 1 ferry    ferry               0 May  6 07:08 sub\r\n"
	if list != want {
		t.Errorf("LIST:\n%s\nwant:\n%s", list, want)
	}
	if got, _ := c.get("226", "NLST /d"); got != "f \xb0\xa1\r\nl\r\nsub\r\n" {
		t.Errorf("NLST: %q", got)
	}
	got, _ := c.get("226", "MLSD /d")
	for _, part := range []string{"type=cdir;", "type=file;modify=20260506070809;", "size=5; f \xb0\xa1\r\n", "type=OS.unix=slink:f;", "type=dir;"} {
		if !strings.Contains(got, part) {
			t.Errorf("MLSD lacks %q:\n%s", part, got)
		}
	}
}

func TestScriptHandlersAndRecord(t *testing.T) {
	s := NewScript(t)
	s.Refuse(502, "SYST")
	s.On("NOOP", func(c *Conn, _ string) {
		c.Default()
		if c.Nth() == 2 {
			c.Reply(226, "nobody asked")
		}
	})
	s.On("*", func(c *Conn, arg string) { c.Reply(299, "star "+arg) })
	c := login(t, s)
	c.do("502", "SYST")
	c.do("200", "NOOP")
	c.do("200", "NOOP")
	c.want("226")
	c.do("299 star x", "XYZZY x")
	if err := s.Await(t.Context(), "XYZZY", 1); err != nil {
		t.Error(err)
	}
	want := "USER me|PASS secret|SYST|NOOP|NOOP|XYZZY x"
	if got := strings.Join(s.Commands(), "|"); got != want {
		t.Errorf("commands %q, want %q", got, want)
	}
}

func TestScriptFaults(t *testing.T) {
	data := strings.Repeat("0123456789", 20000)
	cases := []struct {
		name  string
		fault Fault
		got   int // bytes that reach the client, -1: not known
		code  string
		lost  bool // the control connection ends
	}{
		{"a refusal before", Fault{When: Before, Code: 425}, 0, "425", false},
		{"421 before", Fault{When: Before, Code: 421}, 0, "421", true},
		{"data closed in the middle", Fault{When: AtByte, Byte: 70000, Code: 426}, 70000, "426", false},
		{"data closed at once, and called whole", Fault{When: AtByte, Byte: 0, Code: 226}, 0, "226", false},
		{"data reset", Fault{When: AtByte, Byte: 5, Do: ResetData, Code: 451}, -1, "451", false},
		{"control lost in the middle", Fault{When: AtByte, Byte: 5, Do: CloseControl}, 5, "", true},
		{"an error in place of the end", Fault{When: Final, Code: 551}, len(data), "551", false},
		{"control lost after the end", Fault{When: AfterFinal, Do: ResetControl}, len(data), "226", true},
		{"dribble", Fault{When: AtByte, Byte: int64(len(data)) - 3, Do: Dribble}, len(data), "226", false},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			s := NewScript(t)
			s.Put("/f", []byte(data))
			k.fault.Verb, k.fault.Nth = "RETR", 1
			s.Fault(k.fault)
			c := login(t, s)
			nc := c.epsv()
			fmt.Fprint(c.nc, "RETR f\r\n")
			if k.fault.When == Before {
				c.want(k.code)
			} else {
				c.want("150")
				got, _ := io.ReadAll(nc)
				if k.got >= 0 && len(got) != k.got {
					t.Errorf("%d bytes came, want %d", len(got), k.got)
				}
				if k.code != "" {
					c.want(k.code)
				}
			}
			if k.lost {
				if rest, err := c.r.ReadString('\n'); err == nil {
					t.Errorf("control connection goes on with %q", rest)
				}
				return
			}
			if got, _ := c.get("226", "RETR f"); got != data {
				t.Errorf("the next RETR gives %d bytes", len(got))
			}
		})
	}
}

func TestScriptUploadFaultKeepsWhatCame(t *testing.T) {
	s := NewScript(t)
	s.Fault(Fault{Verb: "STOR", Nth: 1, When: AtByte, Byte: 4, Code: 552})
	c := login(t, s)
	c.put("552", "0123456789", "STOR f")
	if got, _ := s.Get("/f"); string(got) != "0123" {
		t.Errorf("stored %q", got)
	}
}

func TestScriptStallEndsWithTheServer(t *testing.T) {
	s := NewScript(t)
	s.Fault(Fault{Verb: "CWD", Do: Stall})
	c := login(t, s)
	fmt.Fprint(c.nc, "CWD /\r\n")
	if err := s.Await(t.Context(), "CWD", 1); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := c.r.ReadByte(); err == nil {
		t.Error("a byte after Close")
	}
}

func TestScriptAbort(t *testing.T) {
	s := NewScript(t)
	s.PutAt("/big", zeros{}, 1<<40)
	c := login(t, s)
	nc := c.epsv()
	c.do("150", "RETR big")
	if _, err := io.CopyN(io.Discard, nc, 1<<20); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c.nc, "\xff\xf4\xff\xf2ABOR\r\n")
	c.want("426")
	c.want("226")
	c.do("200", "NOOP")
}

type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

func TestScriptActiveMode(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		t.Run(host, func(t *testing.T) {
			if host == "::1" && !hasIPv6() {
				t.Skip("no IPv6 loopback on this machine")
			}
			s := NewScript(t, ScriptOptions{Host: host})
			s.Put("/f", []byte("abc"))
			c := login(t, s)
			l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			family := 1
			if host == "::1" {
				family = 2
			}
			c.do("200", "EPRT |%d|%s|%d|", family, host, l.Addr().(*net.TCPAddr).Port)
			c.do("150", "RETR f")
			nc, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			if got, _ := io.ReadAll(nc); string(got) != "abc" {
				t.Errorf("got %q", got)
			}
			c.want("226")
		})
	}
}

func hasIPv6() bool {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		return false
	}
	l.Close()
	return true
}

func TestScriptForeignPASVAddress(t *testing.T) {
	s := NewScript(t)
	s.On("PASV", func(c *Conn, _ string) { c.PASV("10.1.2.3") })
	c := login(t, s)
	if got := c.do("227", "PASV"); !strings.Contains(got, "(10,1,2,3,") {
		t.Errorf("PASV: %q", got)
	}
}

func TestScriptTLS(t *testing.T) {
	s := NewScript(t, ScriptOptions{TLS: true, RequireReuse: true})
	s.Put("/f", []byte("secret"))
	c := dial(t, s)
	c.want("220")
	c.do("234", "AUTH TLS")
	conf := &tls.Config{RootCAs: s.Roots(), ServerName: "localhost", ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	tc := tls.Client(c.nc, conf)
	c.nc, c.r = tc, bufio.NewReader(tc)
	c.do("331", "USER me")
	c.do("230", "PASS x")
	c.do("200", "PBSZ 0")
	c.do("200", "PROT P")

	fetch := func(conf *tls.Config) (string, error) {
		nc := tls.Client(c.epsv(), conf)
		c.do("150", "RETR f")
		b, err := io.ReadAll(nc)
		return string(b), err
	}
	if got, err := fetch(conf); err != nil || got != "secret" {
		t.Errorf("with a resumed session: %q, %v", got, err)
	}
	c.want("226")
	fresh := conf.Clone()
	fresh.ClientSessionCache = nil
	_, _ = fetch(fresh)
	c.want("522")
	if d := s.DataConns(); len(d) != 2 || !d[0].Resumed || d[1].Resumed {
		t.Errorf("data connections %+v", d)
	}
}

func TestScriptDownAndUp(t *testing.T) {
	s := NewScript(t)
	c := login(t, s)
	s.Down()
	if _, err := c.r.ReadByte(); err == nil {
		t.Error("the connection outlived Down")
	}
	if nc, err := net.Dial("tcp", s.Addr()); err == nil {
		nc.Close()
		t.Error("somebody answers while down")
	}
	if err := s.Up(); err != nil {
		t.Fatal(err)
	}
	login(t, s).do("221", "QUIT")
}

func TestScriptMaxConns(t *testing.T) {
	s := NewScript(t, ScriptOptions{MaxConns: 1})
	login(t, s)
	dial(t, s).want("421")
}

func TestRealServersAreRead(t *testing.T) {
	got := parseReal("server host port tls notes\nvsftpd 127.0.0.1 21100 explicit reuse, passive\nproftpd both 21200 implicit\n\n")
	if len(got) != 3 || got[0].String() != "vsftpd-21100" || got[0].Note != "reuse, passive" || got[2].Addr != "[::1]:21200" || got[2].String() != "proftpd-21200-v6" {
		t.Errorf("%+v", got)
	}
	if os.Getenv("FERRY_SERVERS") != "" && len(RealFirst(t)) < 5 {
		t.Error("fewer than five servers")
	}
}
