package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
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

// TestImportsPointOneWay holds the direction cmd, ui, ftpsvc, session, wire,
// and that no package below ftpsvc knows ftpsvc. Tests may import more.
func TestImportsPointOneWay(t *testing.T) {
	imports := map[string]map[string]bool{} // by package
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && d.Name() != ".."):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel("../..", filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg := "ferry/" + filepath.ToSlash(dir)
		if imports[pkg] == nil {
			imports[pkg] = map[string]bool{}
		}
		for _, i := range f.Imports {
			imports[pkg][strings.Trim(i.Path.Value, "\"")] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(imports) < 15 {
		t.Errorf("only %d packages were looked at", len(imports))
	}
	for pkg, all := range imports {
		rule, ok := ruleFor(pkg)
		if !ok {
			t.Errorf("%s has no place in the order of imports: give it one in mayImport", pkg)
			continue
		}
		for imp := range all {
			if strings.HasPrefix(imp, "ferry/") && !covers(rule, imp) {
				t.Errorf("%s imports %s, which points the wrong way", pkg, imp)
			}
			for theirs, owners := range onlyHere {
				if (imp == theirs || strings.HasPrefix(imp, theirs+"/")) && !covers(owners, pkg) {
					t.Errorf("%s imports %s, which belongs to %s", pkg, imp, strings.Join(owners, ", "))
				}
			}
		}
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
