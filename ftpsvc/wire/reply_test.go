package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"ferry/ftpsvc/vfs"
)

func readerOf(s string) *replyReader {
	return &replyReader{br: bufio.NewReaderSize(strings.NewReader(s), 8<<10), decode: func(b []byte) string { return UTF8.Decode(b) }, first: true}
}

func TestReplies(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []vfs.Reply
	}{
		"one line":                      {"220 ready\r\n", []vfs.Reply{{Code: 220, Lines: []string{"ready"}}}},
		"bare LF":                       {"220 ready\n200 ok\n", []vfs.Reply{{Code: 220, Lines: []string{"ready"}}, {Code: 200, Lines: []string{"ok"}}}},
		"three digits and nothing else": {"220\r\n", []vfs.Reply{{Code: 220, Lines: []string{""}}}},
		"several lines":                 {"211-Features:\r\n MDTM\r\n SIZE\r\n211 End\r\n", []vfs.Reply{{Code: 211, Lines: []string{"Features:", " MDTM", " SIZE", "End"}}}},
		"inner lines that begin with other codes": {"230-hi\r\n200 is not the end\r\n230 now\r\n", []vfs.Reply{{Code: 230, Lines: []string{"hi", "200 is not the end", "now"}}}},
		"the end comes too early":                 {"230-hi\r\n230 files are here\r\nand more text\r\n230 end\r\n", []vfs.Reply{{Code: 230, Lines: []string{"hi", "230 files are here", "and more text", "end"}}}},
		"blank lines in it and before it":         {"\r\n\r\n230-hi\r\n\r\n230 end\r\n", []vfs.Reply{{Code: 230, Lines: []string{"hi", "", "end"}}}},
		"inner lines with the code and a hyphen":  {"211-a\r\n211-b\r\n211 c\r\n", []vfs.Reply{{Code: 211, Lines: []string{"a", "b", "c"}}}},
		"Telnet commands and NUL are taken out":   {"220 a\xff\xfb\x01b\x00c\xff\xffd\xff\xf1e\r\n", []vfs.Reply{{Code: 220, Lines: []string{"abc" + string(rune(0xF7FF)) + "de"}}}},
		"bytes that are no UTF-8 are escaped":     {"257 \"/\xb0\"\r\n", []vfs.Reply{{Code: 257, Lines: []string{"\"/" + string(rune(0xF7B0)) + "\""}}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := readerOf(c.in)
			for _, want := range c.want {
				got, err := r.read()
				if err != nil || got.String() != want.String() || len(got.Lines) != len(want.Lines) {
					t.Fatalf("got %q, %v, want %q", got, err, want)
				}
			}
			if got, err := r.read(); err == nil {
				t.Errorf("one reply too many: %q", got)
			}
		})
	}
}

func TestHostile24EndlessReplies(t *testing.T) {
	endless := func(first, rest string) io.Reader {
		return io.MultiReader(strings.NewReader(first), &repeat{[]byte(rest)})
	}
	for name, in := range map[string]io.Reader{
		"a line without end":                 endless("220 ", "x"),
		"a multi-line reply without end":     endless("220-", "\r\n more"),
		"lines without a code":               endless("220 hi\r\n", "what?\r\n"),
		"a long reply of lines with a blank": endless("220-", "\r\n "),
	} {
		t.Run(name, func(t *testing.T) {
			r := &replyReader{br: bufio.NewReader(in), decode: func(b []byte) string { return string(b) }, first: true}
			var err error
			for range 2 {
				if _, err = r.read(); err != nil {
					break
				}
			}
			if !errors.Is(err, ErrProtocol) {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

type repeat struct{ b []byte }

func (r *repeat) Read(p []byte) (int, error) {
	n := 0
	for n+len(r.b) <= len(p) {
		n += copy(p[n:], r.b)
	}
	return n, nil
}

func TestHostile26OtherProtocols(t *testing.T) {
	for _, banner := range []string{"HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "+OK POP3 ready\r\n", "\x15\x03\x03\x00\x02\x02\x28\n"} {
		if _, err := readerOf(banner).read(); !errors.Is(err, ErrNotFTP) {
			t.Errorf("%q: %v", banner, err)
		}
	}
}

// FuzzReplyReader: no panic, no reply beyond the bounds, and what was read
// goes through the library's side as one reply.
func FuzzReplyReader(f *testing.F) {
	for _, s := range []string{
		"220 ready\r\n", "220-hi\r\n220 end\r\n", "211-F:\r\n MLST\r\n211 End\r\n", "230-x\r\n230 y\r\nz\r\n230 e\r\n",
		"220 \xff\xfb\x01\r\n", "\r\n\r\n", "421\n", "999 x\r\n", "150 a\r\n226 b\r\n226 c\r\n", "220-\r\n 220\r\n220\r\n", strings.Repeat("220-x\r\n", 100),
		"HTTP/1.1 400 Bad\r\n\r\n", "257 \"/a\"\"b\"\r\n", "229 (|||1|)\r\n", "220 \x9b31m\x1b]0;x\x07\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := &replyReader{br: bufio.NewReader(bytes.NewReader(in)), decode: UTF8.Decode, first: true}
		for range 1000 {
			rep, err := r.read()
			if err != nil {
				return
			}
			if rep.Code < 100 || rep.Code > 699 || len(rep.Lines) == 0 || len(rep.Lines) > maxReplyLines+1 {
				t.Fatalf("reply %q", rep)
			}
			back := &replyReader{br: bufio.NewReader(bytes.NewReader(format(rep))), decode: func(b []byte) string { return string(b) }, first: true}
			again, err := back.read()
			if err != nil || again.Code != rep.Code {
				t.Fatalf("%q became %q, %v", rep, again, err)
			}
			if _, err := back.read(); err == nil {
				t.Fatalf("%q became two replies", rep)
			}
		}
	})
}
