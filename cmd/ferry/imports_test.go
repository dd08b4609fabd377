package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// mayImport says which packages of ours each package may use. What ends in /
// stands for a package with all below it, and the longest name counts.
var mayImport = map[string][]string{
	"ferry/ftpsvc/doctor":   {"ferry/ftpsvc/vfs", "ferry/ftpsvc/session"},
	"ferry/cmd/":            {"ferry/"},
	"ferry/config":          {},
	"ferry/ui/":             {"ferry/ui/", "ferry/config", "ferry/ftpsvc", "ferry/ftpsvc/vfs", "ferry/ftpsvc/queue"},
	"ferry/ftpsvc":          {"ferry/ftpsvc/"},
	"ferry/ftpsvc/vfs":      {},
	"ferry/ftpsvc/wire":     {"ferry/ftpsvc/vfs"},
	"ferry/ftpsvc/listing":  {"ferry/ftpsvc/vfs"},
	"ferry/ftpsvc/localfs":  {"ferry/ftpsvc/vfs"},
	"ferry/ftpsvc/fstest":   {"ferry/ftpsvc/vfs"},
	"ferry/ftpsvc/ftptest":  {"ferry/ftpsvc/vfs"},
	"ferry/ftpsvc/queue":    {"ferry/ftpsvc/vfs"},
	"ferry/ftpsvc/session":  {"ferry/ftpsvc/vfs", "ferry/ftpsvc/wire", "ferry/ftpsvc/listing"},
	"ferry/ftpsvc/transfer": {"ferry/ftpsvc/vfs", "ferry/ftpsvc/queue"},
	"ferry/ftpsvc/mirror":   {"ferry/ftpsvc/vfs", "ferry/ftpsvc/queue"},
	"ferry/ftpsvc/trial":    {"ferry/ftpsvc/"},
}

// onlyHere are packages of others that one package of ours owns.
var onlyHere = map[string][]string{
	"github.com/jlaffaye/ftp":         {"ferry/ftpsvc/session", "ferry/ftpsvc/wire"},
	"charm.land/bubbletea/v2":         {"ferry/ui/"},
	"modernc.org/sqlite":              {"ferry/ftpsvc/queue"},
	"goftp.io/server/v2":              {"ferry/ftpsvc/ftptest"},
	"github.com/pelletier/go-toml/v2": {"ferry/config"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

// TestImportsPointOneWay holds the direction cmd, ui, ftpsvc, session, wire,
// and that no package below ftpsvc knows ftpsvc. Tests may import more.
func TestImportsPointOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "ferry/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	n := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; n++ {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		rule, ok := ruleFor(p.ImportPath)
		if !ok {
			t.Errorf("%s has no place in the order of imports: give it one in mayImport", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, "ferry/") && !covers(rule, imp) {
				t.Errorf("%s imports %s, which points the wrong way", p.ImportPath, imp)
			}
			for theirs, owners := range onlyHere {
				if (imp == theirs || strings.HasPrefix(imp, theirs+"/")) && !covers(owners, p.ImportPath) {
					t.Errorf("%s imports %s, which belongs to %s", p.ImportPath, imp, strings.Join(owners, ", "))
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d packages were looked at", n)
	}
}

func ruleFor(pkg string) ([]string, bool) {
	best, found := "", false
	for name := range mayImport {
		if covers([]string{name}, pkg) && len(name) > len(best) {
			best, found = name, true
		}
	}
	return mayImport[best], found
}

func covers(names []string, pkg string) bool {
	for _, n := range names {
		if n == pkg || strings.HasSuffix(n, "/") && (strings.HasPrefix(pkg, n) || pkg+"/" == n) {
			return true
		}
	}
	return false
}
