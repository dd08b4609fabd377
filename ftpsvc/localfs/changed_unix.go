//go:build unix

package localfs

import (
	"time"

	"golang.org/x/sys/unix"
)

// Changed tells when something about a file changed last: its content, its
// name, or the time that it bears. It is zero where that is not known.
func Changed(path string) time.Time {
	var st unix.Stat_t
	if unix.Lstat(raw(path), &st) != nil {
		return time.Time{}
	}
	return time.Unix(st.Ctim.Unix())
}
