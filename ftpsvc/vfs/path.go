package vfs

import (
	"path"
	"path/filepath"
	"strings"
)

// PathStyle is how a side writes its paths. It is a pure value, so that a
// screen can go to a parent without asking the side.
type PathStyle uint8

const (
	Slash   PathStyle = iota // /a/b, nearly every server
	OS                       // the local file system
	MVS                      // 'HLQ.A.B' data sets, (MEMBER) inside a PDS
	VMS                      // DISK:[A.B]NAME.EXT;1
	Tandem                   // \SYS.$VOL.SUBVOL.FILE
	Library                  // OS/400: LIB/FILE.MEMBER
	Drive                    // C:\A\B, C:/A/B, host:/a/b: DOS, old Windows servers, VxWorks
)

// Join returns the path of name inside dir.
func (s PathStyle) Join(dir, name string) string {
	switch s {
	case OS:
		return filepath.Join(dir, name)
	case MVS:
		return mvsJoin(dir, name)
	case VMS:
		return vmsJoin(dir, name)
	case Tandem:
		return strings.TrimSuffix(dir, ".") + "." + name
	case Drive:
		if root, rest := driveSplit(dir); rest == "" {
			return root + name
		}
		return strings.TrimRight(dir, `/\`) + driveSep(dir) + name
	}
	// Not path.Join: a name of blanks or dots must stay what it is.
	if strings.HasSuffix(dir, "/") {
		return dir + name
	}
	return dir + "/" + name
}

// Dir returns the folder that holds p; the root is its own parent.
func (s PathStyle) Dir(p string) string {
	switch s {
	case OS:
		return filepath.Dir(p)
	case MVS:
		return mvsDir(p)
	case VMS:
		return vmsDir(p)
	case Tandem:
		if i := strings.LastIndexByte(p, '.'); i > 0 {
			return p[:i]
		}
		return p
	case Drive:
		root, rest := driveSplit(p)
		if i := strings.LastIndexAny(rest, `/\`); i > 0 {
			return root + rest[:i]
		}
		return root
	}
	p = strings.TrimRight(p, "/")
	i := strings.LastIndexByte(p, '/')
	if i <= 0 {
		return "/"
	}
	return p[:i]
}

// Base returns the last element of p.
func (s PathStyle) Base(p string) string {
	switch s {
	case OS:
		return filepath.Base(p)
	case MVS:
		return mvsBase(p)
	case VMS:
		return vmsBase(p)
	case Tandem:
		return p[strings.LastIndexByte(p, '.')+1:]
	case Drive:
		root, rest := driveSplit(p)
		if rest == "" {
			return root
		}
		return rest[strings.LastIndexAny(rest, `/\`)+1:]
	}
	t := strings.TrimRight(p, "/")
	if t == "" {
		return "/"
	}
	return t[strings.LastIndexByte(t, '/')+1:]
}

// NameKey is equal for names that the side takes for one and the same: MVS, VMS
// and Guardian keep names in upper case, and VMS lists them with a version.
func (s PathStyle) NameKey(name string) string {
	switch s {
	case VMS:
		name, _, _ = strings.Cut(name, ";")
		return strings.ToUpper(name)
	case MVS, Tandem:
		return strings.ToUpper(name)
	}
	return name
}

// Clean resolves "." and ".." by text and drops a trailing separator.
func (s PathStyle) Clean(p string) string {
	switch s {
	case OS:
		return filepath.Clean(p)
	case Slash, Library:
		if p == "" {
			return "/"
		}
		return path.Clean(p)
	case Drive:
		root, rest := driveSplit(p)
		var out []string
		for _, e := range strings.FieldsFunc(rest, func(r rune) bool { return r == '/' || r == '\\' }) {
			switch {
			case e == ".":
			case e == ".." && len(out) > 0:
				out = out[:len(out)-1]
			case e != "..":
				out = append(out, e)
			}
		}
		return root + strings.Join(out, driveSep(p))
	}
	return p
}

// IsRoot reports whether p has no parent.
func (s PathStyle) IsRoot(p string) bool { return s.Dir(p) == p }

// IsAbs reports whether p stands for the same place wherever the side is.
func (s PathStyle) IsAbs(p string) bool {
	switch s {
	case OS:
		return filepath.IsAbs(p)
	case MVS:
		return strings.HasPrefix(p, "'")
	case VMS:
		return strings.ContainsAny(p, ":[")
	case Tandem:
		return strings.HasPrefix(p, `\`) || strings.HasPrefix(p, "$")
	case Drive:
		return strings.IndexByte(p, ':') > 0
	}
	return strings.HasPrefix(p, "/")
}

// Within reports whether p is dir or lies below it, by text.
func (s PathStyle) Within(dir, p string) bool {
	dir, p = s.Clean(dir), s.Clean(p)
	for {
		if p == dir {
			return true
		}
		up := s.Dir(p)
		if up == p {
			return false
		}
		p = up
	}
}

// Leads is where a link at path with this target leads, by text.
func (s PathStyle) Leads(path, target string) string {
	if s.IsAbs(target) {
		return s.Clean(target)
	}
	return s.Clean(s.Join(s.Dir(path), target))
}

// driveSplit parts the root, with its separator, from the rest without one at its end.
func driveSplit(p string) (root, rest string) {
	i := strings.IndexByte(p, ':') + 1
	return p[:i] + driveSep(p), strings.Trim(p[i:], `/\`)
}

// driveSep is the separator that p is written with.
func driveSep(p string) string {
	if strings.IndexByte(p, '/') < 0 {
		return `\`
	}
	return "/"
}

// 'HLQ.A.B.' is the prefix HLQ.A.B (a level of qualifiers), 'HLQ.PDS(MEM)' a member.
func mvsJoin(dir, name string) string {
	d := strings.Trim(dir, "'")
	switch {
	case d == "":
		return "'" + name + "'"
	case strings.HasSuffix(d, "."):
		return "'" + d + name + "'"
	}
	return "'" + d + "(" + name + ")'"
}

func mvsDir(p string) string {
	d := strings.Trim(p, "'")
	if i := strings.IndexByte(d, '('); i >= 0 {
		return "'" + d[:i] + "'"
	}
	d = strings.TrimSuffix(d, ".")
	if i := strings.LastIndexByte(d, '.'); i >= 0 {
		return "'" + d[:i+1] + "'"
	}
	return p
}

func mvsBase(p string) string {
	d := strings.TrimSuffix(strings.Trim(p, "'"), ".")
	if i := strings.IndexByte(d, '('); i >= 0 {
		return strings.TrimSuffix(d[i+1:], ")")
	}
	return d[strings.LastIndexByte(d, '.')+1:]
}

// A folder is DISK:[A.B], a file DISK:[A.B]F.X;1, a folder listed as B.DIR;1.
func vmsJoin(dir, name string) string {
	if d, ok := strings.CutSuffix(dir, "]"); ok {
		up, _, _ := strings.Cut(name, ";")
		if sub, ok := cutSuffixFold(up, ".DIR"); ok {
			return d + "." + sub + "]"
		}
	}
	return dir + name
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix) {
		return s[:len(s)-len(suffix)], true
	}
	return s, false
}

func vmsDir(p string) string {
	if i := strings.LastIndexByte(p, ']'); i >= 0 && i < len(p)-1 {
		return p[:i+1]
	}
	d := strings.TrimSuffix(p, "]")
	if i := strings.LastIndexByte(d, '.'); i > strings.LastIndexByte(d, '[') {
		return d[:i] + "]"
	}
	return p
}

func vmsBase(p string) string {
	if i := strings.LastIndexByte(p, ']'); i >= 0 && i < len(p)-1 {
		return p[i+1:]
	}
	d := strings.TrimSuffix(p, "]")
	return d[strings.LastIndexAny(d, "[.")+1:]
}
