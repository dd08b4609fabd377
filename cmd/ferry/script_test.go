package main

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ferry": main})
}

// TestScripts runs the real program against servers of its own. Every script
// finds:
//
//	$URL     the embedded server, with user; the password is in $FERRY_PASSWORD
//	$SERVED  the folder that it serves
//	$PLAIN   a scripted server without TLS, with user and password, holding /pub
//	$TLS     a scripted server that offers AUTH TLS with a certificate of its own
//	$ODD     a scripted server whose listings hold a line that nobody can read
//	$LIAR    a scripted server that sends less than it says, keeps nothing, and says all is well
//	$GBK     a scripted server with names in GBK, which bears two connections
//	$CLOSED  an address where nobody listens
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup:               setUpScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"writes": writes,
			"random": random,
			"await":  await,
			"asking": asking,
		},
	})
}

func setUpScript(e *testscript.Env) error {
	for _, name := range []string{"config", "state", "cache", "home", "tmp"} {
		if err := os.MkdirAll(filepath.Join(e.WorkDir, name), 0o700); err != nil {
			return err
		}
	}
	d, err := ftptest.Serve(context.Background(), ftptest.Options{TempDir: filepath.Join(e.WorkDir, "tmp"), Empty: true})
	if err != nil {
		return err
	}
	e.Defer(func() { _ = d.Close() })
	_, plain, err := scripted(e, ftptest.ScriptOptions{})
	if err != nil {
		return err
	}
	_, tls, err := scripted(e, ftptest.ScriptOptions{TLS: true})
	if err != nil {
		return err
	}
	srv, odd, err := scripted(e, ftptest.ScriptOptions{})
	if err != nil {
		return err
	}
	srv.Refuse(502, "MLSD")
	srv.On("LIST", func(c *ftptest.Conn, _ string) { // the same everywhere
		c.SendText("drwxr-xr-x 2 me me 0 Jan 2 2020 pub\r\n-rw-r--r-- 1 me me 6 Jan 2 2020 a.txt\r\n!! disk error, ask the operator !!\r\n")
	})
	bad, liar, err := scripted(e, ftptest.ScriptOptions{})
	if err != nil {
		return err
	}
	bad.On("RETR", func(c *ftptest.Conn, _ string) { c.SendText("alp") })
	bad.On("STOR", func(c *ftptest.Conn, _ string) {
		c.Receive(func(r io.Reader) error {
			_, err := io.Copy(io.Discard, r)
			return err
		})
	})
	chinese, gbk, err := scripted(e, ftptest.ScriptOptions{MaxConns: 2})
	if err != nil {
		return err
	}
	chinese.Put("/\xd6\xd0\xce\xc4\xce\xc4\xbc\xfe.txt", []byte("a text of some bytes"))
	closed, err := ftptest.StartScript(ftptest.ScriptOptions{})
	if err != nil {
		return err
	}
	closed.Close()
	e.Vars = append(e.Vars,
		"XDG_CONFIG_HOME="+filepath.Join(e.WorkDir, "config"), "XDG_STATE_HOME="+filepath.Join(e.WorkDir, "state"),
		"XDG_CACHE_HOME="+filepath.Join(e.WorkDir, "cache"), "HOME="+filepath.Join(e.WorkDir, "home"),
		"URL=ftp://"+d.User+"@"+d.Addr(), "FERRY_PASSWORD="+d.Password, "SERVED="+d.Root, "ADDR="+d.Addr(),
		"PLAIN="+plain, "TLS="+tls, "ODD="+odd, "LIAR="+liar, "GBK="+gbk, "CLOSED="+closed.Addr(), "TERM=xterm")
	return nil
}

func scripted(e *testscript.Env, o ftptest.ScriptOptions) (*ftptest.Script, string, error) {
	s, err := ftptest.StartScript(o)
	if err != nil {
		return nil, "", err
	}
	e.Defer(s.Close)
	s.Put("/pub/a.txt", []byte("alpha\n"))
	s.Put("/pub/b.txt", []byte("beta\n"))
	return s, "ftp://user:secret@" + s.Addr(), nil
}

// exits runs a command and checks its exit code: `exits 6 ferry ls $URL/none`.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("exits: %v", err)
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", strings.Join(args[1:], " "), err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// asking queues a copy on this machine that asks where its target exists, as a
// screen would have left it: `asking one two`.
func asking(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: asking SOURCE TARGET")
	}
	ctx := context.Background()
	st, err := queue.Open(ctx, ts.MkAbs("state/ferry/queue.db"), queue.OpenOptions{Poll: -1})
	ts.Check(err)
	_, _, err = st.AddJob(ctx, queue.Job{Title: args[0]}, []queue.Item{{Kind: queue.KindFile, Source: ts.MkAbs(args[0]), Target: ts.MkAbs(args[1]), Size: 4}})
	ts.Check(errors.Join(err, st.Close()))
}

// writes puts a line into a file: `writes netrc 'machine h password '$PW`.
func writes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: writes FILE LINE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(args[1]+"\n"), 0o600))
}

// random makes a file of N bytes that do not compress: `random FILE N`.
func random(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: random FILE BYTES")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(b)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

// await waits until a file that matches is there and holds something, or more
// bytes than are named: `await GLOB [BYTES]`. The process that makes it is
// another one, so there is nothing to listen to.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: await GLOB [BYTES]")
	}
	var least int64
	if len(args) == 2 {
		n, err := strconv.ParseInt(args[1], 10, 64)
		ts.Check(err)
		least = n
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-tick.C {
		found, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		if len(found) == 0 {
			continue
		}
		if fi, err := os.Stat(found[0]); err == nil && fi.Size() > least {
			return
		}
	}
	ts.Fatalf("%s did not come", args[0])
}
