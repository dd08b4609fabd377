package wire

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/transform"
)

// escape is the first of 256 private-use runes that stand for single bytes
// which the charset cannot decode. Text that holds such a rune itself is
// escaped byte by byte, so that decoding loses nothing.
const escape = 0xF700

// Codec turns a server's bytes into UTF-8 and back without loss. It may be
// used from any goroutine.
type Codec struct {
	Name string
	enc  encoding.Encoding // nil: UTF-8
}

// UTF8 is the codec of servers that follow RFC 2640.
var UTF8 = &Codec{Name: "UTF-8"}

// NewCodec finds a charset by its IANA or WHATWG name; "", "auto" and "utf-8" are UTF8.
func NewCodec(name string) (*Codec, error) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "", "auto", "utf-8", "utf8":
		return UTF8, nil
	}
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		enc, err = htmlindex.Get(name)
	}
	if err != nil || enc == nil {
		return nil, fmt.Errorf("unknown charset %q", name)
	}
	if b, err := enc.NewEncoder().Bytes([]byte("/a")); err != nil || string(b) != "/a" {
		return nil, fmt.Errorf("charset %q cannot be used on a control connection", name)
	}
	return &Codec{Name: name, enc: enc}, nil
}

// Decode returns b as UTF-8; Encode of the result gives b again.
func (c *Codec) Decode(b []byte) string {
	if ascii(b) {
		return string(b)
	}
	if c.enc == nil {
		return decodeUTF8(b)
	}
	if s, ok := c.try(b); ok {
		return s
	}
	var out strings.Builder
	for len(b) > 0 {
		n := 0
		for k := 1; k <= 4 && k <= len(b); k++ {
			if s, ok := c.try(b[:k]); ok {
				out.WriteString(s)
				n = k
				break
			}
		}
		if n == 0 {
			out.WriteRune(escape + rune(b[0]))
			n = 1
		}
		b = b[n:]
	}
	return out.String()
}

// try decodes all of b, if that can be undone.
func (c *Codec) try(b []byte) (string, bool) {
	s, _, err := transform.Bytes(c.enc.NewDecoder(), b)
	if err != nil || bytes.ContainsRune(s, utf8.RuneError) || hasEscape(s) {
		return "", false
	}
	back, _, err := transform.Bytes(c.enc.NewEncoder(), s)
	if err != nil || !bytes.Equal(back, b) {
		return "", false
	}
	return string(s), true
}

// Encode returns the bytes that stand for s, an error when the charset has none.
func (c *Codec) Encode(s string) ([]byte, error) {
	if ascii(s) {
		return []byte(s), nil
	}
	out := make([]byte, 0, len(s))
	start := 0
	flush := func(end int) error {
		if start == end {
			return nil
		}
		if c.enc == nil {
			out = append(out, s[start:end]...)
			return nil
		}
		b, _, err := transform.Bytes(c.enc.NewEncoder(), []byte(s[start:end]))
		if err != nil {
			return fmt.Errorf("%w: %q is not in charset %s", ErrName, s[start:end], c.Name)
		}
		out = append(out, b...)
		return nil
	}
	for i, r := range s {
		if r < escape || r > escape+0xFF {
			continue
		}
		if err := flush(i); err != nil {
			return nil, err
		}
		out = append(out, byte(r-escape))
		start = i + utf8.RuneLen(r)
	}
	if err := flush(len(s)); err != nil {
		return nil, err
	}
	return out, nil
}

func decodeUTF8(b []byte) string {
	if utf8.Valid(b) && !hasEscape(b) {
		return string(b)
	}
	var out strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if (r == utf8.RuneError && n == 1) || isEscape(r) {
			for _, x := range b[:n] {
				out.WriteRune(escape + rune(x))
			}
		} else {
			out.Write(b[:n])
		}
		b = b[n:]
	}
	return out.String()
}

// Broken reports whether s holds bytes that its charset could not decode.
func Broken(s string) bool { return hasEscape([]byte(s)) }

func isEscape(r rune) bool { return r >= escape && r <= escape+0xFF }

// U+F700 to U+F7FF are EF 9C 80 to EF 9F BF in UTF-8.
func hasEscape(b []byte) bool {
	for {
		i := bytes.IndexByte(b, 0xEF)
		if i < 0 || i+1 >= len(b) {
			return false
		}
		if b[i+1] >= 0x9C && b[i+1] <= 0x9F {
			return true
		}
		b = b[i+1:]
	}
}

func ascii[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
