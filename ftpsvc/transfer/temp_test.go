package transfer

import (
	"slices"
	"testing"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

func TestTemporaryNamesAreKnownAgain(t *testing.T) {
	for id := range int64(100) { // some hashes end in a p
		name := vfs.Slash.Base(TempName(vfs.Slash, queue.Item{ID: id, Target: "/a/b.txt"}, "salt"))
		for _, s := range []string{"", "p", "-old", "p-old"} {
			if !IsTemp(name + s) {
				t.Errorf("%q is not taken for a temporary name", name+s)
			}
		}
		for _, p := range []string{name, name + "p"} {
			if got := TempNames(vfs.OS, p); !slices.Equal(got, []string{name, name + "p"}) {
				t.Errorf("%q is one of %q", p, got)
			}
			if got := TempNames(vfs.Slash, p); !slices.Equal(got, []string{p}) {
				t.Errorf("%q on a server is one of %q", p, got)
			}
		}
	}
	for _, name := range []string{"b.txt", ".b.txt.ferry-part-", "b.txt.ferry-part-abcdefg1", ".b.ferry-part-abcdefghi", ".ferry-part-abcdefgh"} {
		if IsTemp(name) {
			t.Errorf("%q is taken for a temporary name", name)
		}
	}
}
