package session_test

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// oddTree is names that listings are known to be misread by.
var oddTree = []string{
	" leading", "trailing ", "  both  ", "two  blanks", "tab\there", `quo"te`, "apos'trophe", "back\\slash", "semi; colon",
	"name -> target", "total 12", "-rw-r--r-- 1 a b 3 Mar  1  2020 x", "type=dir; y", "03-01-20  12:00PM       <DIR>          z",
	"composed-\u00e9", "decomposed-e\u0301", "日本語", "🚢", "star*", "what?", "[x]", "{y}", "~tilde", "#hash", "100%", "-dash", "...", "..x",
	".hidden", "colon:", "Mar  2 15:13 x", "\uf7b2\uf7e2\uf7ca\uf7d4", // GBK bytes
	"telnet-\uf7ff\uf7ff-\uf7ff", // Telnet's IAC
	strings.Repeat("n", 255),
}

// TestRealServersTellOfOddNamesAlike: by MLSD, LIST and NLST, every name that a
// server took comes back as it was, and no row is unread.
func TestRealServersTellOfOddNamesAlike(t *testing.T) {
	for _, r := range ftptest.RealFirst(t) {
		t.Run(r.String(), func(t *testing.T) {
			e := realEndpoint(r)
			e.TLS = vfs.TLSOff
			s := open(t, session.Options{Endpoint: e})
			dir := workFolder(t, s)
			var made []string
			for _, n := range oddTree {
				if _, err := s.Write(t.Context(), s.Style().Join(dir, n), bytes.NewReader([]byte("abc")), vfs.WriteOptions{Size: 3}); err != nil {
					t.Logf("%q: the server takes no such name: %v", n, err)
					continue
				}
				made = append(made, toldAs(r.Name, n))
			}
			if len(made) < len(oddTree)-4 {
				t.Fatalf("only %d of %d names were taken", len(made), len(oddTree))
			}
			sort.Strings(made)
			for _, command := range []string{"", "mlsd", "list-a", "list", "nlst"} {
				if command == "mlsd" && !s.Caps().MLSD || command == "list-a" && r.Name == "pyftpdlib" { // takes -a for a name
					continue
				}
				e.List = command
				checkOddNames(t, open(t, session.Options{Endpoint: e}), dir, command, made)
			}
		})
	}
}

// toldAs is how a server tells of a name that it was given.
func toldAs(server, n string) string {
	switch server {
	case "pure-ftpd": // stores tabs, and blanks at the end, as underscores
		n = strings.ReplaceAll(n, "\t", "_")
		kept := strings.TrimRight(n, " ")
		return kept + strings.Repeat("_", len(n)-len(kept))
	case "pyftpdlib": // shows what is not UTF-8 as replacement characters
		return strings.Map(func(r rune) rune {
			if r >= 0xF700 && r <= 0xF7FF {
				return '\uFFFD'
			}
			return r
		}, n)
	}
	return n
}

func checkOddNames(t *testing.T, s *session.Session, dir, command string, made []string) {
	t.Helper()
	var got []string
	info, err := s.List(t.Context(), dir, vfs.ListOptions{}, func(b vfs.Batch) error {
		for i := range b.Len() {
			e := b.At(i)
			got = append(got, e.Name)
			if command != "nlst" && (e.Kind != vfs.File || e.Size != 3) {
				t.Errorf("%s: %q is %+v", command, e.Name, e)
			}
		}
		return nil
	})
	want := slices.Clone(made)
	if command == "nlst" || command == "list" { // may leave hidden names out
		hidden := func(n string) bool { return strings.HasPrefix(n, ".") }
		want, got = slices.DeleteFunc(want, hidden), slices.DeleteFunc(got, hidden)
	}
	sort.Strings(got)
	if err != nil || !slices.Equal(got, want) || !info.Complete() {
		t.Errorf("%s: %v\n got %q\nwant %q\n%+v", info.Command, err, got, want, info)
	}
}
