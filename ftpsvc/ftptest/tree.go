package ftptest

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"
	"time"
)

// node is a file, a folder or a link of the tree in memory. Names are bytes:
// nothing here assumes a charset.
type node struct {
	dir    bool
	link   string // target, "" for no link
	data   []byte
	at     io.ReaderAt // content made while read; data is then empty
	size   int64       // of at
	mod    time.Time
	mode   fs.FileMode
	unique int
}

func (n *node) length() int64 {
	if n.at != nil {
		return n.size
	}
	return int64(len(n.data))
}

// reader returns the bytes as they are now, from off on.
func (n *node) reader(off int64) io.Reader {
	if off > n.length() {
		off = n.length()
	}
	if n.at != nil {
		return io.NewSectionReader(n.at, off, n.size-off)
	}
	return bytes.NewReader(n.data[off:])
}

// tree is a file tree in memory. Its methods may be called from any goroutine.
type tree struct {
	mu    sync.Mutex
	nodes map[string]*node // by clean absolute path
	next  int
	now   func() time.Time
}

func newTree(now func() time.Time) *tree {
	t := &tree{nodes: map[string]*node{}, now: now}
	t.nodes["/"] = &node{dir: true, mod: now(), mode: 0o755}
	return t
}

// clean makes an absolute path; a name of blanks or with odd bytes stays.
func clean(p string) string { return path.Clean("/" + p) }

// add puts n at p and makes the folders above it. The caller holds mu.
func (t *tree) add(p string, n *node) {
	p = clean(p)
	for d := path.Dir(p); t.nodes[d] == nil; d = path.Dir(d) {
		t.next++
		t.nodes[d] = &node{dir: true, mod: t.now(), mode: 0o755, unique: t.next}
	}
	t.next++
	n.unique = t.next
	if n.mod.IsZero() {
		n.mod = t.now()
	}
	t.nodes[p] = n
}

// resolve follows links in p, at most 16 of them, the last element too when
// last. It returns the path found; the node may be nil. The caller holds mu.
func (t *tree) resolve(p string, last bool) (string, *node) {
	p = clean(p)
	for range 16 {
		moved := false
		elems := strings.Split(strings.TrimPrefix(p, "/"), "/")
		at := ""
		for i, e := range elems {
			at += "/" + e
			n := t.nodes[clean(at)]
			if n == nil || n.link == "" || (i == len(elems)-1 && !last) {
				continue
			}
			to := n.link
			if !strings.HasPrefix(to, "/") {
				to = path.Dir(at) + "/" + to
			}
			p, moved = clean(to+"/"+strings.Join(elems[i+1:], "/")), true
			break
		}
		if !moved {
			return p, t.nodes[p]
		}
	}
	return p, nil
}

// entry is a row of a folder.
type entry struct {
	name string
	node
}

// children returns what dir holds, sorted by bytes. The caller holds mu.
func (t *tree) children(dir string) []entry {
	prefix := strings.TrimSuffix(dir, "/") + "/"
	var out []entry
	for p, n := range t.nodes {
		if p != "/" && strings.HasPrefix(p, prefix) && !strings.Contains(p[len(prefix):], "/") {
			out = append(out, entry{p[len(prefix):], *n})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].name < out[j].name })
	return out
}

// rename moves from and all below it. The caller holds mu and has checked both.
func (t *tree) rename(from, to string) {
	for p, n := range t.nodes {
		if rest, ok := strings.CutPrefix(p, from); ok && (rest == "" || rest[0] == '/') {
			delete(t.nodes, p)
			defer func() { t.nodes[to+rest] = n }()
		}
	}
}

// Put makes a file of these bytes, and the folders above it.
func (s *Script) Put(path string, data []byte) {
	s.tree.mu.Lock()
	defer s.tree.mu.Unlock()
	s.tree.add(path, &node{data: bytes.Clone(data), mode: 0o644})
}

// PutAt makes a file whose bytes are read from r when they are asked for.
func (s *Script) PutAt(path string, r io.ReaderAt, size int64) {
	s.tree.mu.Lock()
	defer s.tree.mu.Unlock()
	s.tree.add(path, &node{at: r, size: size, mode: 0o644})
}

// Mkdir makes a folder and those above it.
func (s *Script) Mkdir(path string) {
	s.tree.mu.Lock()
	defer s.tree.mu.Unlock()
	s.tree.add(path, &node{dir: true, mode: 0o755})
}

// Link makes a symbolic link.
func (s *Script) Link(target, path string) {
	s.tree.mu.Lock()
	defer s.tree.mu.Unlock()
	s.tree.add(path, &node{link: target, mode: 0o777})
}

// Touch sets the time of what is at path.
func (s *Script) Touch(path string, mod time.Time) {
	s.tree.mu.Lock()
	defer s.tree.mu.Unlock()
	if n := s.tree.nodes[clean(path)]; n != nil {
		n.mod = mod.UTC()
	}
}

// Remove takes path away, with all below it.
func (s *Script) Remove(path string) {
	s.tree.mu.Lock()
	defer s.tree.mu.Unlock()
	p := clean(path)
	for q := range s.tree.nodes {
		if q == p || strings.HasPrefix(q, p+"/") {
			delete(s.tree.nodes, q)
		}
	}
}

// Get returns the bytes of a file, and whether there is one.
func (s *Script) Get(path string) ([]byte, bool) {
	s.tree.mu.Lock()
	defer s.tree.mu.Unlock()
	n := s.tree.nodes[clean(path)]
	if n == nil || n.dir || n.link != "" {
		return nil, false
	}
	if n.at != nil {
		data, _ := io.ReadAll(n.reader(0))
		return data, true
	}
	return bytes.Clone(n.data), true
}

// ModTime returns the time of what is at path, zero when nothing is.
func (s *Script) ModTime(path string) time.Time {
	s.tree.mu.Lock()
	defer s.tree.mu.Unlock()
	if n := s.tree.nodes[clean(path)]; n != nil {
		return n.mod
	}
	return time.Time{}
}

// Mode returns the permission bits of what is at path, 0 when nothing is.
func (s *Script) Mode(path string) fs.FileMode {
	s.tree.mu.Lock()
	defer s.tree.mu.Unlock()
	if n := s.tree.nodes[clean(path)]; n != nil {
		return n.mode
	}
	return 0
}

// Paths returns every path of the tree but the root, sorted; folders end in a slash.
func (s *Script) Paths() []string {
	s.tree.mu.Lock()
	defer s.tree.mu.Unlock()
	var out []string
	for p, n := range s.tree.nodes {
		switch {
		case p == "/":
		case n.dir:
			out = append(out, p+"/")
		default:
			out = append(out, p)
		}
	}
	sort.Strings(out)
	return out
}
