package wire

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/vfs"
)

// canned is a server that answers the nth command with the nth piece of a
// script, whatever the command is, and gives data to whoever connects.
func canned(script []string, data []byte) DialFunc {
	first := true
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		if !first {
			go func() {
				server.SetDeadline(time.Now().Add(100 * time.Millisecond))
				server.Write(data)
				server.Close()
			}()
			return client, nil
		}
		first = false
		go serveCanned(server, script)
		return client, nil
	}
}

func serveCanned(c net.Conn, script []string) {
	defer c.Close()
	in := bufio.NewReader(c)
	for _, piece := range script {
		c.SetDeadline(time.Now().Add(time.Second))
		if _, err := io.WriteString(c, piece); err != nil {
			return
		}
		if _, err := in.ReadString('\n'); err != nil {
			return
		}
	}
}

func cannedTransport(t testing.TB, script []string, data []byte) (*Transport, error) {
	tr, err := Dial(t.Context(), Options{Addr: "server:21", DataHost: "server", Dial: canned(script, data),
		Timeout: 50 * time.Millisecond, DataIdle: 50 * time.Millisecond, AbortMax: 50 * time.Millisecond, Grace: 2 * time.Millisecond})
	if err == nil {
		t.Cleanup(func() { tr.Close() })
	}
	return tr, err
}

func TestControlGivesOneReplyARead(t *testing.T) {
	tr, err := cannedTransport(t, []string{"220 hi\r\n", "200 one\r\n", "250-two\r\n more\r\n250 lines\r\n"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	lib, err := tr.DialFunc()("tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(lib, "NOOP\r\nCWD")
	io.WriteString(lib, " /a\r\n")
	buf := make([]byte, 4096)
	for _, want := range []string{"200 one\r\n", "250-two\r\n250- more\r\n250 lines\r\n"} {
		n, err := lib.Read(buf)
		if err != nil || string(buf[:n]) != want {
			t.Errorf("read %q, %v, want %q", buf[:n], err, want)
		}
	}
}

func TestCommandsWithLineEndsAreNeverSent(t *testing.T) {
	tr, err := cannedTransport(t, []string{"220 hi\r\n", "200 ok\r\n"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"DELE a\r\nDELE b", "DELE a\nb", "DELE a\x00", "DELE a\uf70db", "DELE a\uf70a", "DELE \uf700"} {
		if _, err := tr.Exec(t.Context(), line); err == nil || tr.Err() != nil {
			t.Errorf("%q: %v, %v", line, err, tr.Err())
		}
	}
	if r, err := tr.Exec(t.Context(), "NOOP"); err != nil || r.Code != 200 {
		t.Errorf("the connection was hurt: %v, %v", r, err)
	}
}

// FuzzControl: whatever a server says, calls end, nothing panics, and the
// library's side never gets two replies in one read.
func FuzzControl(f *testing.F) {
	sep := "\x01"
	for _, s := range []string{
		"220 hi|331 pass|230 in|229 (|||9|)|150 here|226 done|200 ok", "220 hi|230 in|530 no", "120 wait\r\n220 hi|421 bye",
		"220-x\r\n220 y|500 no|500 no|500 no|550 gone|226 x\r\n226 y|257 \"/\"", "220 a|229 (|||0|)|227 (1,2,3,4,5,6)|150 x\r\n451 y|200 z",
		"220 a|331 b|230 c|229 (|||1|)|226 no prelim|213 1|213 2", "220 a\r\n220 b\r\n220 c|200 a\r\n200 b",
	} {
		f.Add(strings.ReplaceAll(strings.ReplaceAll(s, "|||", "\x02"), "|", "\r\n"+sep)+"\r\n", []byte("data"))
	}
	f.Fuzz(func(t *testing.T, in string, data []byte) {
		if len(in) > 4096 || len(data) > 4096 {
			return
		}
		script := strings.Split(strings.ReplaceAll(in, "\x02", "|||"), sep)
		tr, err := cannedTransport(t, script, data)
		if err != nil {
			return
		}
		defer tr.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		tr.Use(ctx)
		tr.Pipeline(ctx, "USER a", "PASS b")
		dial := tr.DialFunc()
		lib, _ := dial("tcp", "")
		for range 2 {
			fuzzTransfer(t, tr, lib, dial)
		}
		tr.Exec(ctx, "PWD")
	})
}

// fuzzTransfer does what the library does for a download.
func fuzzTransfer(t *testing.T, tr *Transport, lib net.Conn, dial func(string, string) (net.Conn, error)) {
	defer tr.Reset()
	ask := func(line string) string {
		io.WriteString(lib, line+"\r\n")
		buf := make([]byte, 1<<20)
		n, err := lib.Read(buf)
		if err != nil {
			return ""
		}
		if r := readerOf(string(buf[:n])); n < len(buf) {
			if _, err := r.read(); err != nil {
				t.Fatalf("the library got %q", buf[:n])
			}
			if _, err := r.read(); err == nil {
				t.Fatalf("the library got two replies: %q", buf[:n])
			}
		}
		return string(buf[:n])
	}
	if !strings.HasPrefix(ask("EPSV"), "229") {
		return
	}
	d, err := dial("tcp", "")
	if err != nil {
		return
	}
	if strings.HasPrefix(ask("RETR f"), "150") {
		var sink bytes.Buffer
		io.Copy(&sink, io.LimitReader(d, 1<<20))
	}
	d.Close()
	lib.Read(make([]byte, 1<<20))
}

// Answers to NOOPs that were sent anew after an abort may come late, or never:
// in both cases the next commands get what is theirs.
func TestLateAnswersToMarkersAreNotMistaken(t *testing.T) {
	reply := func(code int, text string) vfs.Reply { return vfs.Reply{Code: code, Lines: []string{text}} }
	for name, replies := range map[string][]vfs.Reply{
		"late":         {reply(200, "NOOP ok."), reply(200, "Switching to Binary mode."), reply(257, `"/"`)},
		"never":        {reply(200, "Switching to Binary mode."), reply(257, `"/"`)},
		"late, in two": {reply(200, "NOOP ok."), reply(200, "NOOP ok."), reply(200, "Switching to Binary mode."), reply(257, `"/"`)},
	} {
		t.Run(name, func(t *testing.T) {
			tr := &Transport{quirks: map[string]bool{}}
			for range 2 {
				ghost := newCall(keepalive, "NOOP")
				ghost.text = "NOOP ok."
				tr.calls = append(tr.calls, ghost)
			}
			typ, pwd := newCall(simple, "TYPE I"), newCall(simple, "PWD")
			tr.calls = append(tr.calls, typ, pwd)
			for _, r := range replies {
				tr.route(r)
			}
			if typ.final.Code != 200 || typ.final.Lines[0] != "Switching to Binary mode." || pwd.final.Code != 257 || len(tr.calls) != 0 {
				t.Errorf("TYPE got %v, PWD %v, %d calls left", typ.final, pwd.final, len(tr.calls))
			}
		})
	}
}
