package pane

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ferry/ftpsvc/vfs"
)

// SortKey is what a pane is sorted by.
type SortKey uint8

const (
	ByName SortKey = iota // natural order: a2 before a10
	ByExt
	BySize
	ByDate
	ByOwner
	Unsorted // as the server listed
)

// SortNames are the words for the sort keys, in their order.
var SortNames = [...]string{"name", "ext", "size", "date", "owner", "none"}

func (k SortKey) String() string { return SortNames[min(int(k), len(SortNames)-1)] }

// Spec is how entries are chosen and ordered.
type Spec struct {
	Key     SortKey
	Reverse bool
	Mixed   bool   // folders among the files, not before them
	Hidden  bool   // show names that begin with a dot
	Filter  string // substring, or a pattern when it holds * ? or [
}

// inlineLimit is up to how many entries a job runs at once instead of in a command.
const inlineLimit = 3000

// Job is a pending sort. Run may be called in any goroutine.
type Job struct {
	gen   uint64
	serie uint64 // of the jobs of a pane: only the newest answer counts
	st    store
	spec  Spec
	swap  *store // the refreshed listing that takes the place of the old one with the answer

	want  string // name that the cursor should stand on, "" none
	wantI int    // or the entry, -1 none
	marks map[string]struct{}
	sizes map[string]int64 // measured ones
}

// Order is the answer to a Job.
type Order struct {
	gen   uint64
	serie uint64
	n     int
	order []int32
	pos   int // of the wanted entry in order, -1 when it is not there
	swap  *store
	want  string
	bytes int64
	marks bits
	// remarked says that marks holds the marks asked for by name.
	remarked bool
	marked   int
	markSize int64
}

type sortRow struct {
	key string
	num int64
	idx int32
	dir bool
}

// Run sorts and filters.
func (j Job) Run() Order {
	o := Order{gen: j.gen, serie: j.serie, n: j.st.n, pos: -1, swap: j.swap, want: j.want, remarked: j.marks != nil}
	match := Matcher(j.spec.Filter)
	rows := make([]sortRow, 0, j.st.n)
	want := -1
	var buf []byte
	j.st.each(func(i int, e vfs.Entry) bool {
		if e.Kind == vfs.File && e.Size > 0 {
			o.bytes += e.Size
		}
		if j.marks != nil {
			if _, ok := j.marks[e.Name]; ok {
				o.marks.set(i)
				o.marked++
				o.markSize += markSize(e, j.sizes)
			}
		}
		if i == j.wantI || (j.want != "" && e.Name == j.want) {
			want = i
		}
		if (!j.spec.Hidden && strings.HasPrefix(e.Name, ".")) || !match(e.Name) {
			return true
		}
		r := sortRow{idx: int32(i), dir: e.IsDir() && !j.spec.Mixed}
		if j.spec.Key != Unsorted {
			buf = sortKey(buf[:0], j.spec.Key, e)
			r.key = string(buf)
			r.num = sortNumber(j.spec.Key, e)
		}
		rows = append(rows, r)
		return true
	})
	order(rows, j.spec)
	o.order = make([]int32, len(rows))
	for k, r := range rows {
		o.order[k] = r.idx
		if int(r.idx) == want {
			o.pos = k
		}
	}
	return o
}

func order(rows []sortRow, spec Spec) {
	if spec.Key == Unsorted {
		return
	}
	turn := 1
	if spec.Reverse {
		turn = -1
	}
	slices.SortFunc(rows, func(a, b sortRow) int {
		sign := turn
		if a.dir && (spec.Key == BySize || spec.Key == ByExt) {
			sign = 1 // folders have neither: they stay in the order of names
		}
		if a.dir != b.dir {
			if a.dir {
				return -1
			}
			return 1
		}
		if a.num != b.num {
			return sign * cmp.Compare(a.num, b.num)
		}
		if c := strings.Compare(a.key, b.key); c != 0 {
			return sign * c
		}
		return cmp.Compare(a.idx, b.idx)
	})
}

func sortNumber(k SortKey, e vfs.Entry) int64 {
	switch k {
	case BySize:
		return e.Size
	case ByDate:
		return e.ModTime.Unix()
	}
	return 0
}

func sortKey(b []byte, k SortKey, e vfs.Entry) []byte {
	switch k {
	case ByExt:
		if i := strings.LastIndexByte(e.Name, '.'); i > 0 && !e.IsDir() {
			b = fold(b, e.Name[i+1:])
		}
		b = append(b, 0)
	case ByOwner:
		b = append(append(b, e.Owner...), 0)
	}
	return naturalKey(b, e.Name)
}

// SortNatural sorts names as panes do: a2 before a10.
func SortNatural(names []string) {
	keys := make(map[string]string, len(names))
	for _, n := range names {
		keys[n] = string(naturalKey(nil, n))
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(keys[a], keys[b]) })
}

// naturalKey appends bytes that compare as s does in natural order: letters
// without regard to case, runs of digits by their value; the name itself at
// the end decides between names that differ in case alone.
func naturalKey(b []byte, s string) []byte {
	b = append(fold(b, s), 0)
	return append(b, s...)
}

// fold is naturalKey without the name itself.
func fold(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			j := i
			for j < len(s) && s[j] == '0' {
				j++
			}
			k := j
			for k < len(s) && s[k] >= '0' && s[k] <= '9' {
				k++
			}
			b = append(b, '0', byte(min(k-j, 255)))
			b = append(b, s[j:k]...)
			i = k
		case c < utf8.RuneSelf:
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			b = append(b, c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, unicode.ToLower(r))
			i += n
		}
	}
	return b
}
