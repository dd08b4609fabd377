package ftpsvc

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ferry/ftpsvc/localfs"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// disk is a file system in memory, shared by the memFS that are open on it.
type disk struct {
	mu     sync.Mutex
	nodes  map[string]*node
	style  vfs.PathStyle
	opened int      // memFS open now
	most   int      // at once
	calls  []string // what was done, in order
	// hook is called before each operation with "op path"; an error fails it.
	hook func(op, path string) error
	// cut ends a transfer with an error once so many bytes of a file have gone by; nil: never.
	cut func(op, path string, n int64) error
	// wait holds a transfer back until the channel is closed; nil: none.
	wait       func(op, path string) <-chan struct{}
	reader     func(m *memFS, n int64) <-chan struct{} // holds a read back, like wait
	fake       map[string]vfs.Entries                  // what a listing tells besides what is there
	endless    string                                  // a folder that holds itself
	sizes      func(path string, n int64) int64        // what listings and looks tell
	noREST     bool
	ignoreREST bool
	lose       func(path string) bool // written files lose their last byte
	spoil      func(path string) bool // a byte of written files changes
	slots      int                    // sessions allowed at once; 0: any number
	pass       string
}

type node struct {
	kind   vfs.Kind
	data   []byte
	target string
	mod    time.Time
	mode   fs.FileMode
}

func newDisk(style vfs.PathStyle) *disk {
	return &disk{nodes: map[string]*node{"/": {kind: vfs.Dir}}, style: style}
}

var someDay = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// put makes a file and the folders above it.
func (d *disk) put(path string, data []byte) *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	for up := parent(path); d.nodes[up] == nil; up = parent(up) {
		d.nodes[up] = &node{kind: vfs.Dir, mod: someDay}
	}
	d.nodes[path] = &node{kind: vfs.File, data: data, mod: someDay, mode: 0o644}
	return d
}

func parent(p string) string {
	i := strings.LastIndexByte(p, '/')
	if i <= 0 {
		return "/"
	}
	return p[:i]
}

func (d *disk) get(path string) ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.nodes[path]
	if n == nil {
		return nil, false
	}
	return n.data, true
}

// names lists all paths below dir.
func (d *disk) names(dir string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for p := range d.nodes {
		if strings.HasPrefix(p, dir+"/") {
			out = append(out, p)
		}
	}
	sort.Strings(out)
	return out
}

func (d *disk) called(op string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.calls {
		if strings.HasPrefix(c, op+" ") {
			n++
		}
	}
	return n
}

// memFS is one open side on a disk.
type memFS struct {
	d      *disk
	closed atomic.Bool
}

func (d *disk) open() *memFS {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened++
	d.most = max(d.most, d.opened)
	return &memFS{d: d}
}

// dial is an Options.Dial for a disk.
func (d *disk) dial(ctx context.Context, o session.Options) (Remote, error) {
	if d.hook != nil {
		if err := d.hook("dial", o.Endpoint.Host); err != nil {
			return nil, err
		}
	}
	if d.pass != "" && o.Password != d.pass {
		return nil, &vfs.Error{Op: "log in", Path: o.Endpoint.Host, Reply: vfs.Reply{Code: 530, Lines: []string{"Login incorrect."}}, Err: vfs.ErrLogin}
	}
	d.mu.Lock()
	full := d.slots > 0 && d.opened >= d.slots
	d.mu.Unlock()
	if full {
		return nil, &vfs.Error{Op: "connect", Path: o.Endpoint.Host, Reply: vfs.Reply{Code: 421, Lines: []string{"Too many connections."}}, Err: vfs.ErrTooMany}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return d.open(), nil
}

func (m *memFS) begin(ctx context.Context, op, path string) (*node, error) {
	if err := ctx.Err(); err != nil {
		return nil, &vfs.Error{Op: op, Path: path, Err: err}
	}
	if m.closed.Load() {
		return nil, &vfs.Error{Op: op, Path: path, Err: vfs.ErrConnLost}
	}
	m.d.mu.Lock()
	m.d.calls = append(m.d.calls, op+" "+path)
	n := m.d.nodes[path]
	if e := m.d.endless; e != "" && n == nil && strings.HasPrefix(path, e+"/again") {
		n = m.d.nodes[e+path[strings.LastIndex(path, "/again")+6:]]
	}
	m.d.mu.Unlock()
	if m.d.hook != nil {
		if err := m.d.hook(op, path); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func missing(op, path string) error { return &vfs.Error{Op: op, Path: path, Err: fs.ErrNotExist} }

func (m *memFS) Style() vfs.PathStyle { return m.d.style }
func (m *memFS) Caps() vfs.Caps {
	return vfs.Caps{REST: true, SetModTime: true, SetMode: true, Symlink: true, Quote: true, Size: true, Hashes: []string{"md5", "crc32"}}
}
func (m *memFS) Info() session.Info                       { return session.Info{Home: "/", Welcome: []string{"hello"}} }
func (m *memFS) Home(ctx context.Context) (string, error) { return "/", ctx.Err() }
func (m *memFS) Quote(ctx context.Context, _, line string) (vfs.Reply, error) {
	_, err := m.begin(ctx, "quote", line)
	return vfs.Reply{Code: 200, Lines: []string{"ok"}}, err
}

func (m *memFS) entry(p string, n *node) vfs.Entry {
	e := vfs.Entry{Name: p[strings.LastIndexByte(p, '/')+1:], Kind: n.kind, Size: int64(len(n.data)), ModTime: n.mod, UTC: true, Prec: vfs.Second, Mode: n.mode, HasMode: true, Target: n.target}
	if n.kind == vfs.Dir {
		e.Size = -1
	} else if m.d.sizes != nil {
		e.Size = m.d.sizes(p, e.Size)
	}
	return e
}

func (m *memFS) List(ctx context.Context, dir string, _ vfs.ListOptions, yield func(vfs.Batch) error) (vfs.ListInfo, error) {
	if m.d.endless != "" && strings.HasPrefix(dir, m.d.endless+"/") {
		dir = m.d.endless
	}
	n, err := m.begin(ctx, "list", dir)
	if err != nil {
		return vfs.ListInfo{}, err
	}
	if n == nil || n.kind != vfs.Dir {
		return vfs.ListInfo{}, missing("list", dir)
	}
	var es vfs.Entries
	m.d.mu.Lock()
	for p, n := range m.d.nodes {
		if p != "/" && parent(p) == dir {
			es = append(es, m.entry(p, n))
		}
	}
	m.d.mu.Unlock()
	es = append(es, m.d.fake[dir]...)
	if dir == m.d.endless && dir != "" {
		es = append(es, vfs.Entry{Name: "again", Kind: vfs.Dir, Size: -1})
	}
	sort.SliceStable(es, func(i, j int) bool { return es[i].Name < es[j].Name })
	if len(es) > 0 {
		if err := yield(es); err != nil {
			return vfs.ListInfo{}, err
		}
	}
	return vfs.ListInfo{Dir: dir, Entries: len(es)}, nil
}

func (m *memFS) Stat(ctx context.Context, path string) (vfs.Entry, error) {
	n, err := m.begin(ctx, "stat", path)
	if err != nil {
		return vfs.Entry{}, err
	}
	if n == nil {
		return vfs.Entry{}, missing("stat", path)
	}
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	return m.entry(path, n), nil
}

// Follow implements vfs.Follower.
func (m *memFS) Follow(ctx context.Context, path string) (vfs.Entry, string, error) {
	e, err := m.Stat(ctx, path)
	name, at := e.Name, path
	for range 16 {
		if err != nil || e.Kind != vfs.Link {
			break
		}
		end, serr := m.Stat(ctx, m.d.style.Leads(at, e.Target))
		if errors.Is(serr, fs.ErrNotExist) {
			break
		}
		at, e, err = m.d.style.Leads(at, e.Target), end, serr
	}
	e.Name = name
	return e, at, err
}

// passing reads a little at a time, so that faults and cancels find a middle.
type passing struct {
	ctx      context.Context
	m        *memFS
	op, path string
	r        io.Reader
	n        int64
	count    *atomic.Int64
}

func (p *passing) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, &vfs.Error{Op: p.op, Path: p.path, Err: err}
	}
	if p.m.closed.Load() {
		return 0, &vfs.Error{Op: p.op, Path: p.path, Err: vfs.ErrConnLost}
	}
	var hold []<-chan struct{}
	if w := p.m.d.wait; w != nil {
		hold = append(hold, w(p.op, p.path))
	}
	if w := p.m.d.reader; w != nil && p.op == "read" {
		hold = append(hold, w(p.m, p.n))
	}
	for _, ch := range hold {
		if ch != nil {
			select {
			case <-ch:
			case <-p.ctx.Done():
				return 0, &vfs.Error{Op: p.op, Path: p.path, Err: p.ctx.Err()}
			}
		}
	}
	if c := p.m.d.cut; c != nil {
		if err := c(p.op, p.path, p.n); err != nil {
			return 0, err
		}
	}
	n, err := p.r.Read(b[:min(len(b), 1024)])
	p.n += int64(n)
	if p.count != nil {
		p.count.Add(int64(n))
	}
	return n, err
}

func (m *memFS) Read(ctx context.Context, path string, o vfs.ReadOptions, use func(io.Reader) error) error {
	n, err := m.begin(ctx, "read", path)
	if err != nil {
		return err
	}
	if n == nil || n.kind != vfs.File {
		return missing("read", path)
	}
	off := o.Offset
	if m.d.ignoreREST {
		off = 0
	}
	if off > 0 && m.d.noREST {
		return &vfs.Error{Op: "read", Path: path, Reply: vfs.Reply{Code: 502, Lines: []string{"REST not implemented"}}, Err: vfs.ErrUnsupported}
	}
	m.d.mu.Lock()
	data := bytes.Clone(n.data)
	m.d.mu.Unlock()
	return use(&passing{ctx: ctx, m: m, op: "read", path: path, r: bytes.NewReader(data[min(off, int64(len(data))):]), count: o.Progress})
}

func (m *memFS) Write(ctx context.Context, path string, r io.Reader, o vfs.WriteOptions) (int64, error) {
	n, err := m.begin(ctx, "write", path)
	if err != nil {
		return 0, err
	}
	m.d.mu.Lock()
	up := m.d.nodes[parent(path)]
	m.d.mu.Unlock()
	if up == nil {
		return 0, missing("write", path)
	}
	at := o.Offset
	m.d.mu.Lock()
	f := &node{kind: vfs.File, mode: 0o600, mod: time.Now()}
	if n != nil && (at > 0 || o.Append || o.InPlace) {
		f = n
	}
	if o.Append {
		at = int64(len(f.data))
	}
	m.d.nodes[path] = f
	m.d.mu.Unlock()
	p := &passing{ctx: ctx, m: m, op: "write", path: path, r: r, count: o.Progress}
	var sent int64
	b := make([]byte, 4096)
	for {
		k, err := p.Read(b)
		m.d.mu.Lock()
		if need := int(at) + k; need > len(f.data) {
			f.data = append(f.data, make([]byte, need-len(f.data))...)
		}
		copy(f.data[at:], b[:k])
		f.mod = time.Now()
		m.d.mu.Unlock()
		at += int64(k)
		sent += int64(k)
		if err == io.EOF {
			if m.d.spoil != nil && at > 0 && m.d.spoil(path) {
				m.d.mu.Lock()
				f.data[at/2] ^= 1
				m.d.mu.Unlock()
			}
			if m.d.lose != nil && at > 0 && m.d.lose(path) {
				m.d.mu.Lock()
				f.data = f.data[:at-1]
				m.d.mu.Unlock()
			}
			return sent, nil
		}
		if err != nil {
			return sent, err
		}
	}
}

func (m *memFS) Mkdir(ctx context.Context, path string) error {
	n, err := m.begin(ctx, "mkdir", path)
	if err != nil {
		return err
	}
	if n != nil {
		return &vfs.Error{Op: "make folder", Path: path, Err: fs.ErrExist}
	}
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	if m.d.nodes[parent(path)] == nil {
		return missing("make folder", path)
	}
	m.d.nodes[path] = &node{kind: vfs.Dir, mod: someDay}
	return nil
}

func (m *memFS) Rename(ctx context.Context, from, to string) error {
	n, err := m.begin(ctx, "rename", from)
	if err != nil {
		return err
	}
	if n == nil {
		return missing("rename", from)
	}
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	for p, n := range m.d.nodes {
		if p == from || strings.HasPrefix(p, from+"/") {
			delete(m.d.nodes, p)
			m.d.nodes[to+p[len(from):]] = n
		}
	}
	return nil
}

func (m *memFS) Remove(ctx context.Context, path string) error {
	n, err := m.begin(ctx, "remove", path)
	if err != nil {
		return err
	}
	if n == nil || n.kind == vfs.Dir {
		return missing("delete", path)
	}
	m.d.mu.Lock()
	delete(m.d.nodes, path)
	m.d.mu.Unlock()
	return nil
}

func (m *memFS) Rmdir(ctx context.Context, path string) error {
	n, err := m.begin(ctx, "rmdir", path)
	if err != nil {
		return err
	}
	if n == nil || n.kind != vfs.Dir {
		return missing("delete", path)
	}
	if len(m.d.names(path)) > 0 {
		return &vfs.Error{Op: "delete", Path: path, Err: fmt.Errorf("folder is not empty")}
	}
	m.d.mu.Lock()
	delete(m.d.nodes, path)
	m.d.mu.Unlock()
	return nil
}

func (m *memFS) SetModTime(ctx context.Context, path string, t time.Time) error {
	n, err := m.begin(ctx, "mtime", path)
	if err != nil || n == nil {
		return err
	}
	m.d.mu.Lock()
	n.mod = t
	m.d.mu.Unlock()
	return nil
}

func (m *memFS) SetMode(ctx context.Context, path string, mode fs.FileMode) error {
	n, err := m.begin(ctx, "chmod", path)
	if err != nil || n == nil {
		return err
	}
	m.d.mu.Lock()
	n.mode = mode
	m.d.mu.Unlock()
	return nil
}

func (m *memFS) Symlink(ctx context.Context, target, path string) error {
	if _, err := m.begin(ctx, "symlink", path); err != nil {
		return err
	}
	m.d.mu.Lock()
	m.d.nodes[path] = &node{kind: vfs.Link, target: target, mod: someDay}
	m.d.mu.Unlock()
	return nil
}

func (m *memFS) Close() error {
	if !m.closed.Swap(true) {
		m.d.mu.Lock()
		m.d.opened--
		m.d.mu.Unlock()
	}
	return nil
}

func (m *memFS) Hash(ctx context.Context, algo, path string, off, n int64) (string, error) {
	if _, err := m.begin(ctx, "hash", path); err != nil {
		return "", err
	}
	b, ok := m.d.get(path)
	h, known := localfs.NewHash(algo)
	if !ok || !known || off != 0 || n >= 0 {
		return "", missing("hash", path)
	}
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil)), nil
}
