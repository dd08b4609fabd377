package session

import (
	"errors"
	"strings"
	"testing"

	"ferry/ftpsvc/vfs"
)

func TestARefusedNameThatIsTooLongSaysSo(t *testing.T) {
	long := "/pub/" + strings.Repeat("n", 256)
	for _, c := range []struct {
		path, said string
		code       int
		words      string // "": nothing is said of the name
	}{
		{"/pub/name", "/pub/name: File name too long", 550, "(the name is too long: try a shorter one)"},
		{long, "Create directory operation failed.", 550, "(the name may be too long: try a shorter one)"},
		{long[:len(long)-1], "Create directory operation failed.", 550, ""},
		{long, "Permission denied.", 550, ""},
		{long, "Action aborted.", 451, ""},
	} {
		err := refused("make folder", c.path, vfs.Reply{Code: c.code, Lines: []string{c.said}})
		if got := errors.Is(err, vfs.ErrLongName); got != (c.words != "") || !strings.HasSuffix(err.Error(), c.words) || vfs.ExitCode(err) != vfs.ExitRefused {
			t.Errorf("%d %s: %v", c.code, c.said, err)
		}
	}
}
