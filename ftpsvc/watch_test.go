package ftpsvc

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAChangeIsToldToEachPathThatLeadsToTheFolder(t *testing.T) {
	real := filepath.Join(t.TempDir(), "real")
	if err := os.MkdirAll(filepath.Join(real, "in"), 0o700); err != nil {
		t.Fatal(err)
	}
	link := real + "-link"
	if err := os.Symlink(real, link); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	r := newRig(t)
	paths := []string{filepath.Join(real, "in"), filepath.Join(link, "in"), link}
	for pane, p := range paths {
		r.do(Watch{Pane: pane, Path: p})
	}
	told := func(name string, want ...string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(real, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		missing := map[string]bool{}
		for _, p := range want {
			missing[p] = true
		}
		r.until(func(e Event) bool {
			if c, ok := e.(Changed); ok {
				delete(missing, c.Path)
			}
			return len(missing) == 0
		})
	}
	told("in/a", paths[0], paths[1])
	told("b", paths[2])
	r.do(Watch{Pane: 0}) // the other one still shows it
	told("in/c", paths[1])
}
