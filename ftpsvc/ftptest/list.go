package ftptest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	stdhash "hash"
	"hash/crc32"
	"io"
	"path"
	"strings"
)

// listed returns the rows and the folder that a listing command asks for. The
// options of ls before a path are left out.
func (c *Conn) listed(arg string) (rows []entry, dir string, ok bool) {
	for strings.HasPrefix(arg, "-") {
		_, arg, _ = strings.Cut(arg, " ")
	}
	p, n, ok := c.look(arg, true)
	if !ok {
		return nil, "", false
	}
	if !n.dir {
		return []entry{{path.Base(p), n}}, p, true
	}
	c.srv.tree.mu.Lock()
	defer c.srv.tree.mu.Unlock()
	return c.srv.tree.children(p), p, true
}

func list(c *Conn, arg string) {
	rows, _, ok := c.listed(arg)
	if !ok {
		return
	}
	now := c.srv.o.Now().UTC()
	var b strings.Builder
	for _, e := range rows {
		kind := "-"
		switch {
		case e.dir:
			kind = "d"
		case e.link != "":
			kind = "l"
		}
		form := "Jan _2 15:04"
		if age := now.Sub(e.mod); age > 180*24*3600e9 || age < -3600e9 {
			form = "Jan _2  2006"
		}
		fmt.Fprintf(&b, "%s%s 1 ferry    ferry    %12d %s %s", kind, e.mode.Perm().String()[1:], e.length(), e.mod.UTC().Format(form), e.name)
		if e.link != "" {
			b.WriteString(" -> " + e.link)
		}
		b.WriteString("\r\n")
	}
	c.SendText(b.String())
}

func nlst(c *Conn, arg string) {
	rows, _, ok := c.listed(arg)
	if !ok {
		return
	}
	var b strings.Builder
	for _, e := range rows {
		b.WriteString(e.name + "\r\n")
	}
	c.SendText(b.String())
}

// facts is an entry's line of MLSD and MLST (RFC 3659 section 7.2), the name left out.
func facts(n node, kind string) string {
	perm := "adfrw"
	switch {
	case n.link != "":
		kind, perm = "OS.unix=slink:"+n.link, "r"
	case n.dir && kind == "":
		kind, perm = "dir", "cdeflmp"
	case kind == "":
		kind = "file"
	}
	s := fmt.Sprintf("type=%s;modify=%s;perm=%s;unique=1g%x;unix.mode=0%o;unix.owner=1000;unix.group=1000;", kind,
		n.mod.UTC().Format(timeForm), perm, n.unique, n.mode.Perm())
	if !n.dir {
		s += fmt.Sprintf("size=%d;", n.length())
	}
	return s
}

func mlsd(c *Conn, arg string) {
	_, n, ok := c.look(arg, true)
	if !ok {
		return
	}
	if !n.dir {
		c.Reply(501, oneLine(arg)+": not a directory")
		return
	}
	rows, dir, _ := c.listed(arg)
	var b strings.Builder
	b.WriteString(facts(n, "cdir") + " " + dir + "\r\n")
	for _, e := range rows {
		b.WriteString(facts(e.node, "") + " " + e.name + "\r\n")
	}
	c.SendText(b.String())
}

func mlst(c *Conn, arg string) {
	if p, n, ok := c.look(arg, false); ok {
		c.Raw("250-Listing\r\n " + facts(n, "") + " " + p + "\r\n250 End\r\n")
	}
}

var hashes = map[string]func() stdhash.Hash{
	"CRC32": func() stdhash.Hash { return crc32.NewIEEE() }, "MD5": md5.New, "SHA-1": sha1.New, "SHA-256": sha256.New, "SHA-512": sha512.New,
}

var hashVerbs = map[string]string{"XCRC": "CRC32", "XMD5": "MD5", "XSHA1": "SHA-1", "XSHA256": "SHA-256", "XSHA512": "SHA-512"}

// hash answers HASH and the older verbs with an X, for whole files.
func hash(c *Conn, arg string) {
	algo, old := hashVerbs[c.verb]
	if !old {
		algo = c.hash
	}
	make, known := hashes[algo]
	if !known {
		c.Reply(504, "algorithm not offered")
		return
	}
	_, n, ok := c.look(strings.Trim(arg, `"`), true)
	if !ok {
		return
	}
	if n.dir {
		c.Reply(550, oneLine(arg)+": not a plain file")
		return
	}
	h := make()
	if _, err := io.Copy(h, n.reader(0)); err != nil {
		c.Reply(451, oneLine(err.Error()))
		return
	}
	if old {
		c.Reply(250, fmt.Sprintf("%X", h.Sum(nil)))
		return
	}
	c.Reply(213, fmt.Sprintf("%s 0-%d %x %s", algo, n.length(), h.Sum(nil), arg))
}
