package listing

import (
	"strings"
	"unicode/utf8"
	"unsafe"

	"ferry/ftpsvc/vfs"
)

// asciiOnly reports whether all bytes of s are below 0x80.
func asciiOnly(s string) bool {
	const high = 0x8080808080808080
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for len(b) >= 8 {
		if (uint64(b[0])|uint64(b[1])<<8|uint64(b[2])<<16|uint64(b[3])<<24|
			uint64(b[4])<<32|uint64(b[5])<<40|uint64(b[6])<<48|uint64(b[7])<<56)&high != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// plainLine reports whether the words of a line stand for themselves: a name
// needs no decoding when it is ASCII without the marks that stateful charsets
// (ISO-2022, HZ) begin with, or UTF-8 where no charset was named.
func (p *parser) plainLine(line string, it *item) bool {
	if asciiOnly(line) {
		return p.o.Decode == nil || plainASCII(line)
	}
	return p.plain(it.name.of(line)) && p.plain(it.target.of(line)) &&
		p.plain(it.owner.of(line)) && p.plain(it.group.of(line))
}

func plainASCII(s string) bool {
	return strings.IndexByte(s, 0x1B) < 0 && strings.IndexByte(s, 0x0E) < 0 &&
		(strings.IndexByte(s, '~') < 0 || !strings.Contains(s, "~{"))
}

func (p *parser) plain(s string) bool {
	if p.o.Decode != nil {
		return asciiOnly(s) && plainASCII(s)
	}
	return asciiOnly(s) || cleanUTF8(s)
}

// cleanUTF8 reports whether s is UTF-8 and holds none of the runes that stand
// for undecoded bytes: those are escaped too, so that the way back is unique.
func cleanUTF8(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if isEscape(r) {
			return false
		}
	}
	return true
}

func isEscape(r rune) bool { return r >= 0xF700 && r <= 0xF7FF }

func (p *parser) decode(raw string) (string, bool) {
	if p.plain(raw) {
		return raw, true
	}
	if p.o.Decode != nil {
		return p.o.Decode([]byte(raw))
	}
	return escapeUTF8(raw)
}

// escapeUTF8 keeps what is UTF-8 and turns every other byte b into U+F700+b.
func escapeUTF8(raw string) (name string, ok bool) {
	var b strings.Builder
	ok = true
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRuneInString(raw[i:])
		if (r == utf8.RuneError && n == 1) || isEscape(r) {
			for _, c := range []byte(raw[i : i+n]) {
				b.WriteRune(0xF700 + rune(c))
			}
			ok = false
		} else {
			b.WriteString(raw[i : i+n])
		}
		i += n
	}
	return b.String(), ok
}

// checkName cleans the name of an item and tells why it cannot be an entry,
// or that it is the folder itself or its parent.
func (p *parser) checkName(it *item, line string) (why string, skip bool) {
	if it.special {
		return "", true
	}
	name := it.text
	if name == "" {
		name = it.name.of(line)
	}
	if strings.IndexByte(name, '/') >= 0 && !it.slashOK {
		if why = p.stripDir(it, name); why != "" {
			return why, false
		}
		name = it.name.of(line)
	}
	switch {
	case name == "":
		return "name is empty", false
	case name == "." || name == "..":
		return "", true
	case strings.IndexByte(name, 0) >= 0:
		return "name holds a NUL byte", false
	case name[0] <= ' ' && !it.blankOK && strings.Trim(name, " \t\r") == "":
		return "name is blank", false
	}
	return "", false
}

// stripDir takes the folder off a name that holds a slash. Only the folder that
// was asked for is taken off: a server must not make ferry write elsewhere.
func (p *parser) stripDir(it *item, name string) (why string) {
	at, n := it.name.at, it.name.n
	if it.text != "" {
		return "name holds a slash"
	}
	if n > 1 && name[n-1] == '/' { // a folder, marked by ls -F or ls -p
		if it.kind == vfs.Unknown || it.kind == vfs.File && !it.hasMode {
			it.kind = vfs.Dir
		}
		n--
		name = name[:n]
	}
	i := strings.LastIndexByte(name, '/')
	switch {
	case i < 0:
	case p.isListed(name[:i]):
		at, n = at+i+1, n-i-1
	default:
		return "name is a path outside the folder"
	}
	it.name = span{at, n}
	return ""
}

// isListed reports whether dir, the part of a name before its last slash, is
// the folder that was asked for. Where that is not known, "." and any absolute
// path without ".." are believed to be it, the first one for all.
func (p *parser) isListed(dir string) bool {
	if dir == "." {
		return true
	}
	asked := p.o.Dir
	if asked != "" {
		return dir == strings.TrimRight(asked, "/") || strings.TrimPrefix(dir, "./") == strings.Trim(asked, "/") ||
			dir == strings.Trim(asked, "/")
	}
	if strings.Contains("/"+dir+"/", "/../") || (dir != "" && dir[0] != '/' && !p.nlst()) {
		return false
	}
	if !p.prefixKnown {
		p.prefix, p.prefixKnown = strings.Clone(dir), true
	}
	return p.prefix == dir
}
