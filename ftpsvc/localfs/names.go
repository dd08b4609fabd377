package localfs

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// The escape of SafeName: the full-width percent sign and two upper-case hex
// digits for a byte. It stands out, every disk takes it, and hardly a name
// holds it; one that does has the sign itself escaped.
const (
	mark     = "％"
	emptyTag = mark + "--" // the empty name
	cutTag   = mark + "~"  // and a hash: a name too long, cut
)

// Windows names that are devices, whatever the extension.
const devices = "|CON|PRN|AUX|NUL|CONIN$|CONOUT$|COM0|COM1|COM2|COM3|COM4|COM5|COM6|COM7|COM8|COM9|COM¹|COM²|COM³|" +
	"LPT0|LPT1|LPT2|LPT3|LPT4|LPT5|LPT6|LPT7|LPT8|LPT9|LPT¹|LPT²|LPT³|"

// SafeName returns the name under which a file called name elsewhere can be
// kept on this machine's disk: one element of a path, never "." or "..", no
// separator. changed tells that it differs, and the user should be told.
// ServerName undoes it, but for names that are too long: those are cut, with a
// hash that keeps them apart.
func SafeName(name string) (safe string, changed bool) {
	safe = safeName(runtime.GOOS, name)
	return safe, safe != name
}

// ServerName is SafeName undone. whole is false for a name that was cut.
func ServerName(safe string) (name string, whole bool) {
	if safe == emptyTag {
		return "", true
	}
	if i := strings.LastIndex(safe, cutTag); i >= 0 && len(safe) >= i+len(cutTag)+16 {
		if _, err := hex.DecodeString(safe[i+len(cutTag) : i+len(cutTag)+16]); err == nil {
			return safe, false
		}
	}
	var b strings.Builder
	for s := safe; s != ""; {
		if c, ok := escaped(s); ok {
			b.WriteByte(c)
			s = s[len(mark)+2:]
			continue
		}
		_, n := utf8.DecodeRuneInString(s)
		b.WriteString(s[:n])
		s = s[n:]
	}
	return b.String(), true
}

// escaped reads an escape at the start of s.
func escaped(s string) (byte, bool) {
	rest, ok := strings.CutPrefix(s, mark)
	if !ok || len(rest) < 2 || strings.ToUpper(rest[:2]) != rest[:2] {
		return 0, false
	}
	b, err := hex.DecodeString(rest[:2])
	if err != nil {
		return 0, false
	}
	return b[0], true
}

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(mark + strings.ToUpper(hex.EncodeToString([]byte{s[i]})))
	}
	return b.String()
}

func safeName(goos, name string) string {
	if name == "" {
		return emptyTag
	}
	if name == "." || name == ".." || strings.Trim(name, " ") == "" {
		return shorten(goos, escape(name))
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		c := name[i : i+n]
		_, looks := escaped(name[i:])
		tag := strings.HasPrefix(name[i:], cutTag) || name == emptyTag
		if refused(goos, r, i+n == len(name)) || (r == '％' && (looks || tag)) {
			c = escape(c)
		}
		b.WriteString(c)
		i += n
	}
	s := b.String()
	if goos == "windows" && device(s) {
		s = escape(s[:1]) + s[1:]
	}
	return shorten(goos, s)
}

// refused reports a rune that the system's disks do not take in a name.
func refused(goos string, r rune, last bool) bool {
	if r == '/' || r == 0 {
		return true
	}
	if goos != "windows" {
		return false
	}
	return r < ' ' || strings.ContainsRune(`<>:"\|?*`, r) || (last && (r == '.' || r == ' '))
}

func device(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	return strings.Contains(devices, "|"+strings.ToUpper(strings.TrimRight(base, " "))+"|")
}

// longest is how long a name may be: bytes, or on Windows and macOS UTF-16 units.
const longest = 255

func length(goos, s string) int {
	if goos == "windows" || goos == "darwin" {
		return len(utf16.Encode([]rune(s)))
	}
	return len(raw(s))
}

// shorten cuts a name that is too long and puts a hash of it before its
// extension, so that two long names stay two files.
func shorten(goos, s string) string {
	if length(goos, s) <= longest {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	ext := filepath.Ext(s)
	if len(ext) > 16 || strings.Contains(ext, mark) {
		ext = ""
	}
	tail := cutTag + hex.EncodeToString(sum[:8]) + ext
	for length(goos, s+tail) > longest {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s + tail
}

// Names finds names of one folder that are the same file to a disk that minds
// neither case nor Unicode normalisation. The zero value is not ready: use NewNames.
type Names struct {
	same bool
	seen map[string]string
}

// NewNames returns an empty set. folds says what FoldsCase told of the disk;
// where it is false only equal names clash.
func NewNames(folds bool) *Names { return &Names{same: folds, seen: map[string]string{}} }

// Add notes a name. It returns the name noted before that is the same to the disk, if any.
func (n *Names) Add(name string) (other string, clash bool) {
	key := name
	if n.same {
		key = foldKey(name)
	}
	if other, clash = n.seen[key]; !clash {
		n.seen[key] = name
	}
	return other, clash
}

// Distinct returns name with its first character escaped, for one that is
// another's to the disk. ServerName undoes that too.
func Distinct(name string) string {
	_, n := utf8.DecodeRuneInString(name)
	return shorten(runtime.GOOS, escape(name[:n])+name[n:])
}

// foldKey is the same for names that differ in case or normalisation alone.
func foldKey(name string) string { return norm.NFC.String(cases.Fold().String(norm.NFC.String(name))) }

// FoldsCase reports whether the disk that holds dir takes names that differ in
// case for the same. It writes nothing: it looks for dir itself, or what is
// above or in it, under a name with the case swapped. Where nothing tells, it
// goes by the system's habit.
func FoldsCase(dir string) bool {
	p := filepath.Clean(raw(dir))
	if rows, err := os.Open(p); err == nil {
		names, _ := rows.Readdirnames(64)
		rows.Close()
		for _, n := range names {
			if same, told := swapped(p, n); told {
				return same
			}
		}
	}
	if same, told := swapped(filepath.Dir(p), filepath.Base(p)); told {
		return same
	}
	return runtime.GOOS == "windows" || runtime.GOOS == "darwin"
}

// swapped looks for name with its case swapped; told is false without letters.
func swapped(dir, name string) (same, told bool) {
	other := strings.ToUpper(name)
	if other == name {
		other = strings.ToLower(name)
	}
	if other == name {
		return false, false
	}
	a, err := os.Lstat(filepath.Join(dir, name))
	if err != nil {
		return false, false
	}
	b, err := os.Lstat(filepath.Join(dir, other))
	if err != nil {
		return false, true
	}
	return os.SameFile(a, b), true
}
