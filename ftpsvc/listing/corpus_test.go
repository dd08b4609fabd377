package listing

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/vfs"
)

// corpusEnv names the folder with listings from other projects' test suites, one
// JSON record a line. They are read in place and not part of this repository.
const corpusEnv = "FERRY_CORPORA"

type corpusEntry struct {
	Name   *string `json:"name"`
	Size   *int64  `json:"size"`
	Type   *string `json:"type"`
	Mtime  *string `json:"mtime"`
	Mprec  string  `json:"mprec"`
	Perm   *string `json:"perm"`
	Owner  *string `json:"owner"`
	Group  *string `json:"group"`
	Target *string `json:"target"`
}

type corpusRecord struct {
	Source   string `json:"source"`
	ID       string `json:"id"`
	Kind     string `json:"server_kind"`
	Raw      string `json:"raw"`
	RawB64   string `json:"raw_b64"`
	Now      string `json:"now"`
	Strength string `json:"strength"`
	Expect   struct {
		Accept  bool          `json:"accept"`
		Entries []corpusEntry `json:"entries"`
	} `json:"expect"`
}

func (r corpusRecord) options(t testing.TB) Options {
	now, err := time.Parse(time.RFC3339, r.Now)
	if err != nil {
		t.Fatal(r.ID, err)
	}
	o := Options{Command: "LIST", Now: now}
	if r.Kind == "mlsd" {
		o.Command = "MLSD"
	}
	return o
}

func corpora(t testing.TB) []corpusRecord {
	dir := os.Getenv(corpusEnv)
	if dir == "" {
		t.Skipf("%s is not set: no corpora of other projects to read", corpusEnv)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if len(files) == 0 {
		t.Fatalf("%s holds no *.jsonl", dir)
	}
	var all []corpusRecord
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 16<<20)
		for sc.Scan() {
			var r corpusRecord
			if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
				t.Fatal(name, err)
			}
			if r.RawB64 != "" {
				b, err := base64.StdEncoding.DecodeString(r.RawB64)
				if err != nil {
					t.Fatal(r.ID, err)
				}
				r.Raw = string(b)
			}
			all = append(all, r)
		}
		if sc.Err() != nil {
			t.Fatal(name, sc.Err())
		}
	}
	return all
}

// score counts what was right.
type score struct{ right, all int }

func (s score) String() string {
	return fmt.Sprintf("%d of %d (%.1f%%)", s.right, s.all, 100*float64(s.right)/float64(max(s.all, 1)))
}

func TestCorpora(t *testing.T) {
	type key struct{ group, strength string }
	scores := map[key]score{}
	reported := 0
	for _, r := range corpora(t) {
		l, err := Parse(strings.NewReader(r.Raw), r.options(t))
		if err != nil {
			t.Errorf("%s: %v", r.ID, err)
		}
		problem := judge(r, l)
		if r.Strength == "reject-own-format" {
			if problem != "" {
				reported++
				t.Logf("only reported: %s", problem)
			}
			continue
		}
		if problem != "" {
			t.Logf("WRONG %s", problem)
		}
		for _, k := range []key{{"source " + r.Source, r.Strength}, {"family " + r.Kind, r.Strength}, {"all", r.Strength}} {
			s := scores[k]
			s.all++
			if problem == "" {
				s.right++
			}
			scores[k] = s
		}
	}
	var lines []string
	for k, s := range scores {
		lines = append(lines, fmt.Sprintf("%-26s %-7s %s", k.group, k.strength, s))
	}
	sort.Strings(lines)
	t.Logf("score\n%s\n%d reject-own-format records are accepted by another format's reader", strings.Join(lines, "\n"), reported)
	for k, s := range scores {
		if k.group != "all" {
			continue
		}
		least := s.all
		if k.strength == "fields" {
			least = (s.all*99 + 99) / 100
		}
		if s.right < least {
			t.Errorf("%s: %s, want at least %d", k.strength, s, least)
		}
	}
}

// judge tells what is wrong with a listing, "" when nothing is.
func judge(r corpusRecord, l *Listing) string {
	bad := func(format string, args ...any) string {
		return fmt.Sprintf("%s %s %q: ", r.ID, r.Strength, r.Raw) + fmt.Sprintf(format, args...) +
			fmt.Sprintf(" [format %s, unread %v]", l.Info().Format, l.Info().Unread)
	}
	var want []corpusEntry
	for _, e := range r.Expect.Entries {
		if e.Name == nil || *e.Name != "." && *e.Name != ".." {
			want = append(want, e)
		}
	}
	if l.Len() != len(want) {
		return bad("%d entries, want %d", l.Len(), len(want))
	}
	for i, w := range want {
		if p := w.differs(r, l.At(i)); p != "" {
			return bad("entry %d: %s", i, p)
		}
	}
	return ""
}

func (w corpusEntry) differs(r corpusRecord, e vfs.Entry) string {
	name := func(s string) string {
		if r.Kind != "vms" {
			return s
		}
		s, _, _ = strings.Cut(strings.ToLower(s), ";")
		return strings.TrimSuffix(s, ".dir")
	}
	switch {
	case w.Type != nil && !typeMatches(*w.Type, e.Kind):
		return fmt.Sprintf("kind %d, want %s", e.Kind, *w.Type)
	case w.Target != nil && *w.Target != e.Target:
		return fmt.Sprintf("target %q, want %q", e.Target, *w.Target)
	case w.Perm != nil && modeOf(*w.Perm) != modeBits(e):
		return fmt.Sprintf("mode %o, want %s", modeBits(e), *w.Perm)
	case r.Strength == "accept":
		return ""
	case w.Name != nil && name(*w.Name) != name(e.Name):
		return fmt.Sprintf("name %q, want %q", e.Name, *w.Name)
	case w.Size != nil && *w.Size != e.Size && e.Kind != vfs.Dir && e.Kind != vfs.Link:
		return fmt.Sprintf("size %d, want %d", e.Size, *w.Size)
	case w.Owner != nil && *w.Owner != e.Owner:
		return fmt.Sprintf("owner %q, want %q", e.Owner, *w.Owner)
	case w.Group != nil && *w.Group != e.Group:
		return fmt.Sprintf("group %q, want %q", e.Group, *w.Group)
	case w.Mtime != nil:
		const layout = "2006-01-02T15:04:05"
		want, _ := time.Parse(layout, *w.Mtime)
		unit := map[string]time.Duration{"day": 24 * time.Hour, "minute": time.Minute, "second": time.Second}[w.Mprec]
		least := map[string]vfs.Precision{"day": vfs.Day, "minute": vfs.Minute, "second": vfs.Second}[w.Mprec]
		if !e.ModTime.Truncate(unit).Equal(want.Truncate(unit)) || e.Prec < least {
			return fmt.Sprintf("time %s (precision %d), want %s to the %s", e.ModTime.Format(layout), e.Prec, *w.Mtime, w.Mprec)
		}
	}
	return ""
}

// typeMatches: the other projects know no devices and call them files.
func typeMatches(want string, k vfs.Kind) bool {
	switch want {
	case "file":
		return k == vfs.File || k == vfs.Other
	case "dir":
		return k == vfs.Dir
	case "link":
		return k == vfs.Link
	}
	return false
}

// modeOf reads "755" and "-rwxr-xr-x", -1 for what is neither.
func modeOf(s string) int {
	if n, err := strconv.ParseUint(s, 8, 16); err == nil {
		return int(n)
	}
	if len(s) == 10 {
		if m, ok := unixMode(s[1:]); ok {
			return int(m)
		}
	}
	return -1
}

func modeBits(e vfs.Entry) int {
	if !e.HasMode {
		return -1
	}
	m := int(e.Mode.Perm())
	for i, bit := range []string{"t", "g", "u"} {
		if strings.Contains(e.Mode.String(), bit) {
			m |= 0o1000 << i
		}
	}
	return m
}
