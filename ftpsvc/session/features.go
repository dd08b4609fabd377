package session

import (
	"slices"
	"strings"

	"ferry/ftpsvc/vfs"
)

// readFacts puts together the answers to SYST, FEAT and PWD, each of which may be a refusal.
func readFacts(syst, feat, pwd vfs.Reply) facts {
	f := facts{home: "/"}
	if syst.Code == 215 || syst.Code == 200 {
		f.system = strings.Join(syst.Lines, " ")
	}
	if feat.Code/100 == 2 {
		f.feat = features(feat)
	}
	if pwd.Code == 257 || pwd.Code/100 == 2 && strings.Contains(strings.Join(pwd.Lines, " "), `"`) {
		if dir, ok := parsePWD(strings.Join(pwd.Lines, " ")); ok {
			f.home, f.homeTold = dir, true
		}
	}
	f.style = styleOf(f.system, f.home)
	f.mlst = f.has("MLST") || f.has("MLSD")
	return f
}

// features reads the lines of a FEAT reply (RFC 2389). Servers forget the
// leading blank, use two or a tab, or say all in one line; so every inner line counts.
func features(r vfs.Reply) []string {
	lines := r.Lines
	if len(lines) > 2 {
		lines = lines[1 : len(lines)-1]
	} else if len(lines) == 1 {
		return nil
	}
	var out []string
	for _, l := range lines {
		l = strings.TrimSpace(l)
		l = strings.TrimPrefix(l, "211-")
		if l != "" && len(out) < 1000 {
			out = append(out, l)
		}
	}
	return out
}

// has reports whether a feature is listed, whatever its parameters.
func (f *facts) has(name string) bool {
	_, ok := f.param(name)
	return ok
}

// param returns what stands behind a feature's name.
func (f *facts) param(name string) (string, bool) {
	for _, l := range f.feat {
		word, rest, _ := strings.Cut(l, " ")
		if strings.EqualFold(word, name) {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

func (f *facts) hasParam(name, part string) bool {
	p, ok := f.param(name)
	return ok && strings.Contains(strings.ToUpper(p), part)
}

// followsLinks reports pyftpdlib, whose MLST and MLSD tell of a link what they
// should tell of its target. Its list of facts is like no other.
func (f *facts) followsLinks() bool {
	p, _ := f.param("MLST")
	return strings.HasSuffix(p, "unix.mode;unix.uid;unix.gid;")
}

// honestMLST reports pure-ftpd, whose MLST shows links as links.
func (f *facts) honestMLST() bool { return f.hasParam("MLST", "SIZD") }

// vsftpd reports vsftpd by its list of features, whatever its greeting says. It
// does one thing at a time: commands sent ahead wait until it is done.
func (f *facts) vsftpd() bool {
	if f.has("MLST") || !f.has("PASV") || !f.has("TVFS") || !f.hasParam("REST", "STREAM") {
		return false
	}
	for _, l := range f.feat {
		switch word, _, _ := strings.Cut(strings.ToUpper(l), " "); word {
		case "EPRT", "EPSV", "MDTM", "PASV", "REST", "SIZE", "TVFS", "AUTH", "PBSZ", "PROT", "UTF8":
		default:
			return false
		}
	}
	return true
}

// caps draws the conclusions. A server without FEAT is given the benefit of
// the doubt: a refusal tells soon enough.
func (f *facts) caps() vfs.Caps {
	silent := len(f.feat) == 0
	c := vfs.Caps{
		MLSD: f.mlst, Size: silent || f.has("SIZE"), MDTM: silent || f.has("MDTM"),
		REST: silent || f.has("REST"), Append: true, UTF8: f.has("UTF8"), TVFS: f.has("TVFS"),
		SetModTime: silent || f.has("MFMT") || f.has("MDTM") || f.hasParam("SITE", "UTIME"),
		SetMode:    true, Symlink: f.hasParam("SITE", "SYMLINK"), Space: f.has("AVBL") || f.has("SIZE"),
		Quote: true, System: f.system, Features: slices.Clone(f.feat),
	}
	c.Space = f.has("AVBL")
	c.Hashes = f.hashes()
	return c
}

// hashes lists what can be asked by HASH (draft-bryan-ftp-hash) or the older X commands.
func (f *facts) hashes() []string {
	var out []string
	add := func(name string) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if p, ok := f.param("HASH"); ok {
		for _, a := range strings.Split(p, ";") {
			switch strings.ToUpper(strings.Trim(a, "* ")) {
			case "CRC32":
				add("crc32")
			case "MD5":
				add("md5")
			case "SHA-1":
				add("sha1")
			case "SHA-256":
				add("sha256")
			case "SHA-512":
				add("sha512")
			}
		}
	}
	for _, x := range [][2]string{{"XCRC", "crc32"}, {"XMD5", "md5"}, {"XSHA", "sha1"}, {"XSHA1", "sha1"}, {"XSHA256", "sha256"}, {"XSHA512", "sha512"}} {
		if f.has(x[0]) {
			add(x[1])
		}
	}
	return out
}

// forLibrary is the FEAT reply that the library gets: what it acts upon, and
// no PRET, which it would send before each transfer.
func (f *facts) forLibrary() vfs.Reply {
	lines := []string{"Features:"}
	for _, l := range f.feat {
		switch word, _, _ := strings.Cut(strings.ToUpper(l), " "); word {
		case "MFMT", "MDTM":
			lines = append(lines, " "+word)
		}
	}
	return vfs.Reply{Code: 211, Lines: append(lines, "End")}
}

// parsePWD finds the folder in a reply to PWD: between quotes, with doubled
// ones inside (RFC 959 appendix II), or as the first word.
func parsePWD(text string) (string, bool) {
	_, rest, found := strings.Cut(text, `"`)
	if !found {
		word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
		return word, strings.HasPrefix(word, "/") || drivePath(word)
	}
	var b strings.Builder
	for i := 0; i < len(rest); i++ {
		if rest[i] != '"' {
			b.WriteByte(rest[i])
			continue
		}
		if i+1 < len(rest) && rest[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		break
	}
	dir := b.String()
	if dir == "" || strings.ContainsAny(dir, "\r\n\x00") {
		return "", false
	}
	return dir, true
}

// styleOf tells how paths are written, from SYST and from what PWD shows.
func styleOf(system, home string) vfs.PathStyle {
	up := strings.ToUpper(system)
	switch {
	case strings.HasPrefix(home, "'"):
		return vfs.MVS
	case strings.Contains(up, "VMS") && strings.Contains(home, "["):
		return vfs.VMS
	case strings.HasPrefix(home, `\`) && (strings.Contains(up, "TANDEM") || strings.Contains(up, "NONSTOP") || strings.Contains(up, "GUARDIAN")):
		return vfs.Tandem
	case strings.Contains(up, "OS/400") && !strings.HasPrefix(home, "/"):
		return vfs.Library
	case drivePath(home):
		return vfs.Drive
	}
	return vfs.Slash
}

// drivePath knows C:\A, C:/A and host:/a.
func drivePath(p string) bool {
	i := strings.IndexByte(p, ':')
	return i > 0 && !strings.ContainsAny(p[:i], `/\ []`) && (i+1 == len(p) || p[i+1] == '/' || p[i+1] == '\\')
}
