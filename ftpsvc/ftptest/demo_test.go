package ftptest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// serve starts a demo below a folder of the test and logs a client in.
func serve(t *testing.T, o Options) (*Demo, *client) {
	t.Helper()
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	d, err := Serve(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, demoLogin(t, d)
}

func demoLogin(t *testing.T, d *Demo) *client {
	t.Helper()
	nc, err := net.Dial("tcp", d.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	c := &client{t, nc, bufio.NewReader(nc)}
	c.want("220")
	c.do("331", "USER %s", d.User)
	c.do("230", "PASS %s", d.Password)
	return c
}

func TestDemoShowsItsSamples(t *testing.T) {
	var noise bytes.Buffer
	log.SetOutput(&noise)
	defer log.SetOutput(os.Stderr)
	d, c := serve(t, Options{})
	files := 0
	if err := filepath.WalkDir(d.Root, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files++
		}
		return err
	}); err != nil || files < 200 {
		t.Errorf("%d samples, %v", files, err)
	}
	c.do("213 209715200", "SIZE %s", BigSample)
	c.do("550", "SIZE nothing")
	list, _ := c.get("226", "LIST")
	mlsd, _ := c.get("226", "MLSD")
	for _, want := range []string{".hidden settings", "notes with blanks.txt", "中文", "日本語"} {
		if !strings.Contains(list, want) || !strings.Contains(mlsd, want) {
			t.Errorf("%q is missing in LIST or MLSD", want)
		}
	}
	if runtime.GOOS != "windows" {
		for _, want := range []string{"\r\nlrwx", "pictures -> photos\r\n"} {
			if !strings.Contains(list, want) {
				t.Errorf("LIST lacks %q:\n%s", want, list)
			}
		}
		if !strings.Contains(mlsd, "type=OS.unix=slink:photos;") {
			t.Errorf("MLSD lacks the link:\n%s", mlsd)
		}
		c.do("250", "CWD pictures")
		c.do("250", "CDUP")
	}
	if noise.Len() > 0 {
		t.Errorf("the library logged %q", noise.String())
	}
}

func TestDemoTellsTimesInUTC(t *testing.T) {
	old := time.Local
	time.Local = time.FixedZone("far", 9*3600)
	defer func() { time.Local = old }()
	d, c := serve(t, Options{Empty: true})
	if err := os.WriteFile(filepath.Join(d.Root, "f"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.do("213", "MFMT 20260102030405 f")
	c.do("213 20260102030405", "MDTM f")
	if got, _ := c.get("226", "MLSD"); !strings.Contains(got, "type=file;modify=20260102030405;") {
		t.Errorf("MLSD: %s", got)
	}
	if got := c.do("250", "MLST f"); !strings.Contains(got, "modify=20260102030405;") || !strings.HasSuffix(got, " /f\r\n250 End\r\n") {
		t.Errorf("MLST: %s", got)
	}
	if got, _ := c.get("226", "LIST"); !strings.Contains(got, "Jan  2  2026") && !strings.Contains(got, "Jan  2 03:04") {
		t.Errorf("LIST: %s", got)
	}
}

func TestDemoKeepsWhatOtherServersKeep(t *testing.T) {
	d, c := serve(t, Options{Empty: true})
	put := func(name, want string) {
		t.Helper()
		if got, err := os.ReadFile(filepath.Join(d.Root, name)); err != nil || string(got) != want {
			t.Errorf("%s holds %q (%v), want %q", name, got, err, want)
		}
	}
	c.put("226", "0123456789", "STOR -a")
	c.put("226", "ab", "APPE -a")
	put("-a", "0123456789ab")
	c.do("350", "REST 4")
	c.put("226", "XY", "STOR -a")
	put("-a", "0123XY")
	c.do("350", "REST 2")
	if got, _ := c.get("226", "RETR -a"); got != "23XY" {
		t.Errorf("RETR after REST: %q", got)
	}
	c.do("257", "MKD sub \"x\"")
	c.do("550", "MKD sub \"x\"")
	c.do("250", "CWD sub \"x\"")
	c.do(`257 "/sub ""x"""`, "PWD")
	c.put("226", "", "STOR f")
	c.do("550", "RMD /sub \"x\"")
	c.do("200", "SITE CHMOD 640 f")
	c.do("250", "DELE f")
	c.do("250", "CWD /")
	c.do("250", "RMD sub \"x\"")
	c.do("501", "PORT 10,0,0,1,4,5")
	c.do("550", "RETR /")
	c.do("530", "PASS wrong")
}

func TestDemoGoesWithItsContext(t *testing.T) {
	base := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	d, err := Serve(ctx, Options{TempDir: base})
	if err != nil {
		t.Fatal(err)
	}
	c := demoLogin(t, d)
	c.do("229", "EPSV") // a port that nobody comes to
	cancel()
	<-d.Done()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(base); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if nc, err := net.Dial("tcp", d.Addr()); err == nil {
		nc.Close()
		t.Error("still listening")
	}
}

// TestDemoKilled is run by TestDemoSweepsTheDead in a process of its own.
func TestDemoKilled(t *testing.T) {
	base := os.Getenv("FERRY_TEST_DEMO_DIR")
	if base == "" {
		t.Skip("only a part of TestDemoSweepsTheDead")
	}
	if _, err := Serve(t.Context(), Options{TempDir: base, Empty: true}); err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	<-t.Context().Done()
}

func TestDemoSweepsTheDead(t *testing.T) {
	base := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestDemoKilled$", "-test.timeout=1m")
	cmd.Env = append(os.Environ(), "FERRY_TEST_DEMO_DIR="+base)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("the other demo did not start: %v", err)
		}
		if strings.HasPrefix(line, "ready") {
			break
		}
	}
	living, _ := filepath.Glob(filepath.Join(base, "ferry-demo-*"))
	serve(t, Options{TempDir: base, Empty: true})
	for _, p := range living {
		if _, err := os.Stat(p); err != nil {
			t.Errorf("a living demo lost %s", filepath.Base(p))
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	serve(t, Options{TempDir: base, Empty: true})
	for _, p := range living {
		if _, err := os.Stat(p); err == nil {
			t.Errorf("of the killed demo stays %s", filepath.Base(p))
		}
	}
}
