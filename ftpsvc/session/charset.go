package session

import "ferry/ftpsvc/wire"

// charsets are those that servers without UTF-8 use, the most likely first.
var charsets = []string{"UTF-8", "windows-1252", "GB18030", "Shift_JIS", "EUC-JP", "EUC-KR", "Big5", "windows-1251", "KOI8-R", "IBM866",
	"windows-1250", "ISO-8859-2", "IBM852", "IBM850", "ISO-8859-15", "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-874"}

// Charsets are the usual candidates for a server whose names are not UTF-8.
func (s *Session) Charsets() []string { return append([]string(nil), charsets...) }

// CheckCharset is the error for a charset that names cannot be in.
func CheckCharset(name string) error {
	_, err := wire.NewCodec(name)
	return err
}

// DecodeName decodes a raw name by a charset; bad when a byte of it is not in it.
func (s *Session) DecodeName(charset, raw string) (name string, bad bool) {
	c, err := wire.NewCodec(charset)
	if err != nil {
		return raw, true
	}
	name = c.Decode([]byte(raw))
	return name, wire.Broken(name)
}
