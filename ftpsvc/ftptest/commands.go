package ftptest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// beforeLogin are the verbs that need no login.
var beforeLogin = map[string]bool{"USER": true, "PASS": true, "ACCT": true, "AUTH": true, "PBSZ": true, "PROT": true,
	"FEAT": true, "SYST": true, "QUIT": true, "NOOP": true, "HELP": true, "OPTS": true, "CLNT": true, "CCC": true, "HOST": true}

var defaults map[string]Handler

func init() {
	defaults = map[string]Handler{
		"USER": user, "PASS": pass, "ACCT": reply(202, "not needed"), "QUIT": quit, "NOOP": reply(200, "ok"),
		"SYST": func(c *Conn, _ string) { c.Reply(215, c.srv.o.System) },
		"FEAT": feat, "OPTS": opts, "CLNT": reply(200, "noted"), "HELP": reply(214, "see RFC 959"),
		"AUTH": auth, "PBSZ": pbsz, "PROT": prot, "CCC": reply(534, "not offered"),
		"TYPE": typ, "MODE": mode("S"), "STRU": mode("F"), "STAT": stat,
		"PASV": func(c *Conn, _ string) { c.PASV("") }, "EPSV": epsv, "PORT": port, "EPRT": eprt,
		"PWD": pwd, "XPWD": pwd, "CWD": cwd, "CDUP": func(c *Conn, _ string) { cwd(c, "..") },
		"MKD": mkd, "RMD": rmd, "DELE": dele, "RNFR": rnfr, "RNTO": rnto,
		"RETR": retr, "STOR": stor, "APPE": stor, "REST": rest, "ALLO": reply(202, "not needed"),
		"SIZE": size, "MDTM": mdtm, "MFMT": mfmt, "SITE": site, "ABOR": reply(226, "nothing runs"),
		"LIST": list, "NLST": nlst, "MLSD": mlsd, "MLST": mlst,
		"HASH": hash, "XCRC": hash, "XMD5": hash, "XSHA1": hash, "XSHA256": hash, "XSHA512": hash,
	}
}

func reply(code int, text string) Handler {
	return func(c *Conn, _ string) { c.Reply(code, text) }
}

// abs makes arg an absolute path; what FTP calls a path name is taken whole,
// blanks included.
func (c *Conn) abs(arg string) string {
	if strings.HasPrefix(arg, "/") {
		return clean(arg)
	}
	return clean(c.Dir + "/" + arg)
}

// look returns the node at arg, links followed; a 550 is sent when it is missing.
func (c *Conn) look(arg string, follow bool) (string, node, bool) {
	t := c.srv.tree
	t.mu.Lock()
	p, n := t.resolve(c.abs(arg), follow)
	if n == nil {
		t.mu.Unlock()
		c.Reply(550, oneLine(arg)+": no such file or directory")
		return p, node{}, false
	}
	defer t.mu.Unlock()
	return p, *n, true
}

func user(c *Conn, arg string) {
	c.User, c.In = arg, false
	c.Reply(331, "password please")
}

func pass(c *Conn, arg string) {
	o := c.srv.o
	if (o.User != "" && o.User != c.User) || (o.Pass != "" && o.Pass != arg) {
		c.Reply(530, "login incorrect")
		return
	}
	c.In = true
	c.Reply(230, "welcome")
}

func quit(c *Conn, _ string) {
	c.Reply(221, "goodbye")
	c.closing.Store(true)
}

func feat(c *Conn, _ string) {
	lines := c.srv.o.Features
	if lines == nil {
		lines = []string{"EPRT", "EPSV", "MDTM", "MFMT", "MLST type*;size*;modify*;perm*;unique*;unix.mode*;unix.owner*;unix.group*;",
			"REST STREAM", "SIZE", "TVFS", "UTF8"}
		if c.srv.o.TLS || c.srv.o.Implicit {
			lines = append([]string{"AUTH TLS", "PBSZ", "PROT"}, lines...)
		}
	}
	lines = append(append([]string(nil), lines...), c.srv.o.More...)
	c.Raw("211-Features:\r\n " + strings.Join(lines, "\r\n ") + "\r\n211 End\r\n")
}

func opts(c *Conn, arg string) {
	f := strings.Fields(arg)
	switch {
	case len(f) > 1 && strings.EqualFold(f[0], "HASH"):
		c.hash = strings.ToUpper(f[1])
		c.Reply(200, c.hash)
	case len(f) > 0 && (strings.EqualFold(f[0], "UTF8") || strings.EqualFold(f[0], "MLST")):
		c.Reply(200, "ok")
	default:
		c.Reply(501, "option not understood")
	}
}

func auth(c *Conn, arg string) {
	if !c.srv.o.TLS || c.TLS() || !slices.Contains([]string{"TLS", "TLS-C", "SSL"}, strings.ToUpper(arg)) {
		c.Reply(504, "not offered")
		return
	}
	c.Raw("234 go ahead\r\n" + c.srv.o.BehindAuth)
	if c.startTLS() != nil {
		c.closing.Store(true)
	}
}

func pbsz(c *Conn, _ string) {
	if !c.TLS() {
		c.Reply(503, "needs TLS")
		return
	}
	c.Reply(200, "PBSZ=0")
}

func prot(c *Conn, arg string) {
	switch {
	case !c.TLS():
		c.Reply(503, "needs TLS")
	case arg == "P" || arg == "C":
		c.Prot = arg[0]
		c.Reply(200, "protection level set to "+arg)
	default:
		c.Reply(536, "not offered")
	}
}

func typ(c *Conn, arg string) {
	switch t := strings.ToUpper(arg); {
	case strings.HasPrefix(t, "A"), strings.HasPrefix(t, "I"), t == "L 8":
		c.Type = t[0]
		c.Reply(200, "type set")
	default:
		c.Reply(504, "type not offered")
	}
}

func mode(only string) Handler {
	return func(c *Conn, arg string) {
		if !strings.EqualFold(arg, only) {
			c.Reply(504, "not offered")
			return
		}
		c.Reply(200, "ok")
	}
}

func stat(c *Conn, arg string) {
	if arg == "" {
		c.Reply(211, "status", "ok", "end")
		return
	}
	c.Reply(502, "not offered with a path")
}

func epsv(c *Conn, arg string) {
	v4 := c.raw.LocalAddr().(*net.TCPAddr).IP.To4() != nil
	switch {
	case strings.EqualFold(arg, "ALL"):
		c.Reply(200, "EPSV only")
		return
	case arg == "1" && !v4, arg == "2" && v4, arg != "" && arg != "1" && arg != "2":
		c.Reply(522, "protocol not offered")
		return
	}
	p, err := c.Listen()
	if err != nil {
		c.Reply(425, "no passive port")
		return
	}
	c.Reply(229, fmt.Sprintf("Entering Extended Passive Mode (|||%d|)", p))
}

func (c *Conn) active(addr string, ok bool) {
	if !ok {
		c.Reply(501, "address not understood")
		return
	}
	c.CloseData()
	c.dial = addr
	c.Reply(200, "ok")
}

func port(c *Conn, arg string) { a, ok := parsePort(arg); c.active(a, ok) }
func eprt(c *Conn, arg string) { a, ok := parseEPRT(arg); c.active(a, ok) }

func quotePath(p string) string { return `"` + strings.ReplaceAll(p, `"`, `""`) + `"` }

func pwd(c *Conn, _ string) { c.Reply(257, quotePath(c.Dir)+" is the current directory") }

func cwd(c *Conn, arg string) {
	p, n, ok := c.look(arg, true)
	switch {
	case !ok:
	case !n.dir:
		c.Reply(550, oneLine(arg)+": not a directory")
	default:
		c.Dir = p
		c.Reply(250, "ok")
	}
}

// edit runs fn with the tree locked and sends what it says.
func (c *Conn) edit(fn func(t *tree) (int, string)) {
	c.srv.tree.mu.Lock()
	code, text := fn(c.srv.tree)
	c.srv.tree.mu.Unlock()
	c.Reply(code, oneLine(text))
}

func mkd(c *Conn, arg string) {
	c.edit(func(t *tree) (int, string) {
		p, n := t.resolve(c.abs(arg), false)
		_, up := t.resolve(path.Dir(p), true)
		switch {
		case n != nil:
			return 550, arg + ": File exists"
		case up == nil || !up.dir:
			return 550, arg + ": No such file or directory"
		}
		t.add(p, &node{dir: true, mode: 0o755})
		return 257, quotePath(p) + " created"
	})
}

func rmd(c *Conn, arg string) {
	c.edit(func(t *tree) (int, string) {
		p, n := t.resolve(c.abs(arg), false)
		switch {
		case n == nil:
			return 550, arg + ": No such file or directory"
		case !n.dir:
			return 550, arg + ": Not a directory"
		case p == "/" || len(t.children(p)) > 0:
			return 550, arg + ": Directory not empty"
		}
		delete(t.nodes, p)
		return 250, "removed"
	})
}

func dele(c *Conn, arg string) {
	c.edit(func(t *tree) (int, string) {
		p, n := t.resolve(c.abs(arg), false)
		switch {
		case n == nil:
			return 550, arg + ": No such file or directory"
		case n.dir:
			return 550, arg + ": Is a directory"
		}
		delete(t.nodes, p)
		return 250, "deleted"
	})
}

func rnfr(c *Conn, arg string) {
	if p, _, ok := c.look(arg, false); ok {
		c.rnfr = p
		c.Reply(350, "to what name?")
	}
}

func rnto(c *Conn, arg string) {
	from := c.rnfr
	c.rnfr = ""
	if from == "" {
		c.Reply(503, "RNFR first")
		return
	}
	c.edit(func(t *tree) (int, string) {
		to, n := t.resolve(c.abs(arg), false)
		_, up := t.resolve(path.Dir(to), true)
		switch {
		case t.nodes[from] == nil:
			return 550, from + ": No such file or directory"
		case up == nil || !up.dir:
			return 550, arg + ": No such file or directory"
		case n != nil && n.dir, strings.HasPrefix(to, from+"/"):
			return 550, arg + ": File exists"
		}
		t.rename(from, to)
		return 250, "renamed"
	})
}

func rest(c *Conn, arg string) {
	n, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || n < 0 {
		c.Reply(501, "number not understood")
		return
	}
	c.Rest = n
	c.Reply(350, "restarting at "+arg)
}

func retr(c *Conn, arg string) {
	_, n, ok := c.look(arg, true)
	switch {
	case !ok:
	case n.dir:
		c.Reply(550, oneLine(arg)+": Is a directory")
	case c.Rest > n.length():
		c.Rest = 0
		c.Reply(554, "restart point behind the end")
	default:
		c.Send(func(w io.Writer) error { _, err := io.Copy(w, n.reader(c.Rest)); return err })
	}
}

// stor takes a file for STOR and APPE. What arrived stays, also when the
// transfer breaks, as on most servers.
func stor(c *Conn, arg string) {
	t := c.srv.tree
	t.mu.Lock()
	p, n := t.resolve(c.abs(arg), true)
	_, up := t.resolve(path.Dir(p), true)
	bad := up == nil || !up.dir || (n != nil && n.dir)
	t.mu.Unlock()
	if bad {
		c.Reply(553, oneLine(arg)+": cannot create")
		return
	}
	off, add := c.Rest, c.verb == "APPE"
	c.Receive(func(r io.Reader) error {
		t.mu.Lock()
		f := &node{mode: 0o644}
		if n := t.nodes[p]; n != nil && (add || off > 0) {
			f.data, f.mode = n.data, n.mode
		}
		if !add {
			f.data = f.data[:min(off, int64(len(f.data)))]
			f.data = append(f.data, make([]byte, off-int64(len(f.data)))...)
		}
		f.data = f.data[:len(f.data):len(f.data)] // a reader of the old file keeps its bytes
		t.add(p, f)
		t.mu.Unlock()
		return t.fill(f, r)
	})
}

func (t *tree) fill(f *node, r io.Reader) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		t.mu.Lock()
		f.data = append(f.data, buf[:n]...)
		f.mod = t.now()
		t.mu.Unlock()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func size(c *Conn, arg string) {
	_, n, ok := c.look(arg, true)
	switch {
	case !ok:
	case n.dir:
		c.Reply(550, oneLine(arg)+": not a plain file")
	case c.Type == 'A':
		c.Reply(550, "SIZE not allowed in ASCII")
	default:
		c.Reply(213, strconv.FormatInt(n.length(), 10))
	}
}

const timeForm = "20060102150405"

// mdtm tells a time, or sets it when one stands before the name, as vsftpd and others take it.
func mdtm(c *Conn, arg string) {
	when, name, two := strings.Cut(arg, " ")
	if _, err := time.Parse(timeForm, when); two && err == nil {
		mfmt(c, when+" "+name)
		return
	}
	if _, n, ok := c.look(arg, true); ok {
		c.Reply(213, n.mod.UTC().Format(timeForm))
	}
}

func mfmt(c *Conn, arg string) {
	when, name, _ := strings.Cut(arg, " ")
	mod, err := time.Parse(timeForm, when)
	if err != nil || name == "" {
		c.Reply(501, "time not understood")
		return
	}
	c.edit(func(t *tree) (int, string) {
		_, n := t.resolve(c.abs(name), true)
		if n == nil {
			return 550, name + ": No such file or directory"
		}
		n.mod = mod
		return 213, "Modify=" + when + "; " + name
	})
}

func site(c *Conn, arg string) {
	verb, arg, _ := strings.Cut(arg, " ")
	bits, name, _ := strings.Cut(arg, " ")
	m, err := strconv.ParseUint(bits, 8, 32)
	switch {
	case !strings.EqualFold(verb, "CHMOD"):
		c.Reply(500, "SITE command not understood")
	case err != nil || name == "":
		c.Reply(501, "mode not understood")
	default:
		c.edit(func(t *tree) (int, string) {
			_, n := t.resolve(c.abs(name), true)
			if n == nil {
				return 550, name + ": No such file or directory"
			}
			n.mode = fs.FileMode(m) & fs.ModePerm
			return 200, "mode changed"
		})
	}
}
