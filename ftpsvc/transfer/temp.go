package transfer

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"unicode/utf8"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// tempMark is in every temporary name, between the target's own and a short hash.
const tempMark = ".ferry-part-"

// hashLen is how long that hash is.
const hashLen = 8

// maxName is how many bytes a name may have on the usual file systems.
const maxName = 255

// TempName is where an item's bytes go until they are proven: a hidden name
// beside the target. It depends on the item and on salt (who has the queue)
// alone, so that the process that takes an item over finds what its
// predecessor left, without any note of it on disk.
func TempName(st vfs.PathStyle, it queue.Item, salt string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{salt, strconv.FormatInt(it.ID, 10), it.From, it.Source, it.To, it.Target}, "\x00")))
	tail := tempMark + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
	base := cutName(st.Base(it.Target), maxName-len(tail)-1)
	return st.Join(st.Dir(it.Target), "."+base+tail)
}

// cutName shortens a name to at most n bytes, between characters.
func cutName(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// IsTemp reports whether name looks like one that a transfer makes beside its target.
func IsTemp(name string) bool {
	i := strings.LastIndex(name, tempMark)
	if i <= 0 || name[0] != '.' {
		return false
	}
	tail := strings.TrimSuffix(name[i+len(tempMark):], "-old")
	return len(tail) == hashLen || len(tail) == hashLen+1 && tail[hashLen] == 'p'
}

// TempNames are the names under which the bytes of an item may be whose
// temporary name is path: in one piece, and on the local side in parts.
func TempNames(st vfs.PathStyle, path string) []string {
	name := st.Base(path)
	i := strings.LastIndex(name, tempMark)
	switch n := len(name) - i - len(tempMark); {
	case st != vfs.OS || i < 0:
		return []string{path}
	case n == hashLen:
		return []string{path, path + "p"}
	case n == hashLen+1:
		return []string{path[:len(path)-1], path}
	}
	return []string{path}
}
