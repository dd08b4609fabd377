package wire

import (
	"bytes"
	"errors"
	"math/rand"
	"testing"
)

var charsets = []string{"utf-8", "gbk", "gb18030", "big5", "shift_jis", "euc-kr", "euc-jp", "koi8-r", "windows-1251", "windows-1252", "iso-8859-1", "iso-8859-15"}

func codec(t testing.TB, name string) *Codec {
	t.Helper()
	c, err := NewCodec(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCharsetsDecode(t *testing.T) {
	for name, pair := range map[string][2]string{
		"gbk":          {"\xc4\xe3\xba\xc3.txt", "你好.txt"},
		"big5":         {"\xa7\x41\xa6\x6e", "你好"},
		"shift_jis":    {"\x83\x5c\x83\x74\x83\x67", "ソフト"}, // 5C is the backslash elsewhere
		"euc-kr":       {"\xc7\xd1\xb1\xdb", "한글"},
		"koi8-r":       {"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"},
		"windows-1252": {"caf\xe9 \x80", "café €"},
		"iso-8859-1":   {"na\xefve \xff", "naïve ÿ"},
		"utf-8":        {"é \xff \xc3", "é " + string(rune(0xF7FF)) + " " + string(rune(0xF7C3))},
	} {
		t.Run(name, func(t *testing.T) {
			c := codec(t, name)
			if got := c.Decode([]byte(pair[0])); got != pair[1] {
				t.Errorf("decoded %q, want %q", got, pair[1])
			}
			if got, err := c.Encode(pair[1]); err != nil || string(got) != pair[0] {
				t.Errorf("encoded %q, %v, want %q", got, err, pair[0])
			}
		})
	}
}

func TestAllBytesSurviveInAllCharsets(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, name := range charsets {
		c := codec(t, name)
		for range 2000 {
			b := make([]byte, r.Intn(12))
			r.Read(b)
			back, err := c.Encode(c.Decode(b))
			if err != nil || !bytes.Equal(back, b) {
				t.Fatalf("%s: % x became %q became % x, %v", name, b, c.Decode(b), back, err)
			}
		}
	}
}

func TestGenuinePrivateUseRunesSurvive(t *testing.T) {
	for _, s := range []string{"\uf700", "a\uf7ffb", "\uf6ff\uf800", "x\uf741"} {
		c := UTF8
		back, err := c.Encode(c.Decode([]byte(s)))
		if err != nil || string(back) != s {
			t.Errorf("%q became %q, %v", s, back, err)
		}
	}
}

func TestNamesThatACharsetCannotWriteAreRefused(t *testing.T) {
	if _, err := codec(t, "koi8-r").Encode("你好"); !errors.Is(err, ErrName) {
		t.Errorf("it is %v", err)
	}
	for _, name := range []string{"utf-16", "no-such-charset", "utf-7"} {
		if _, err := NewCodec(name); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzCharset(f *testing.F) {
	f.Add([]byte("\xc4\xe3"), 1)
	f.Add([]byte("\xef\x9c\x80"), 0)
	f.Fuzz(func(t *testing.T, b []byte, which int) {
		c := codec(t, charsets[(which%len(charsets)+len(charsets))%len(charsets)])
		back, err := c.Encode(c.Decode(b))
		if err != nil || !bytes.Equal(back, b) {
			t.Fatalf("%s: % x became % x, %v", c.Name, b, back, err)
		}
	})
}
