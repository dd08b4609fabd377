package ftptest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"goftp.io/server/v2"
)

// verb is one of the demo's own commands.
type verb struct {
	param, open bool // wants an argument; may be used before login
	feat        bool // named in FEAT; our FEAT has its own list
	run         func(s *server.Session, c *tracked, arg string)
	t           *tracker
}

func (v verb) IsExtend() bool     { return v.feat }
func (v verb) RequireParam() bool { return v.param }
func (v verb) RequireAuth() bool  { return !v.open }
func (v verb) Execute(s *server.Session, arg string) {
	if c := v.t.of(s); c != nil {
		v.run(s, c, arg)
	}
}

// features is what FEAT tells (RFC 2389 section 3.2).
var features = []string{"EPRT", "EPSV", "MDTM", "MFMT", "MLST type*;size*;modify*;perm*;unique*;unix.mode*;unix.owner*;unix.group*;",
	"REST STREAM", "SIZE", "TVFS", "UTF8"}

// commands are the library's, with those replaced that come out wrong: LIST
// prints Lrwxrwxrwx and no target, MLSD calls links files, MDTM and MLSD give
// local time, APPE truncates, REST with STOR appends, RMD removes whole trees,
// MKD takes what exists, PWD forgets to double quotes, SIZE and STAT write to
// the standard log, and the passive ports listen on every interface.
func commands(t *tracker, d *driver) map[string]server.Command {
	all := maps.Clone(server.DefaultCommands())
	for _, gone := range []string{"ADAT", "AUTH", "CCC", "CONF", "ENC", "LPRT", "MIC", "PBSZ", "PROT"} {
		delete(all, gone)
	}
	add := func(name string, v verb) { v.t = t; all[name] = v }
	add("FEAT", verb{open: true, run: func(_ *server.Session, c *tracked, _ string) {
		c.lines(211, "Features:", features, "End")
	}})
	add("PWD", verb{run: func(s *server.Session, _ *tracked, _ string) {
		s.WriteMessage(257, quotePath(s.BuildPath(""))+" is the current directory")
	}})
	all["XPWD"] = all["PWD"]
	add("ABOR", verb{run: func(s *server.Session, _ *tracked, _ string) { s.WriteMessage(226, "Nothing runs") }})
	add("STAT", verb{run: func(s *server.Session, c *tracked, _ string) {
		c.lines(211, "ferry demo server", []string{"Logged in as " + s.LoginUser()}, "End")
	}})
	addData(add)
	addFiles(add, d)
	addLists(add, d)
	return all
}

// addData are the commands that set a data connection up.
func addData(add func(string, verb)) {
	passive := func(say func(s *server.Session, port int)) func(*server.Session, *tracked, string) {
		return func(s *server.Session, c *tracked, _ string) {
			p, err := c.listen()
			if err != nil {
				s.WriteMessage(425, "Cannot open a passive port")
				return
			}
			say(s, p)
		}
	}
	add("EPSV", verb{run: passive(func(s *server.Session, p int) {
		s.WriteMessage(229, fmt.Sprintf("Entering Extended Passive Mode (|||%d|)", p))
	})})
	add("PASV", verb{run: passive(func(s *server.Session, p int) {
		s.WriteMessage(227, "Entering Passive Mode "+pasvText(net.IPv4(127, 0, 0, 1), p))
	})})
	active := func(parse func(string) (string, bool)) func(*server.Session, *tracked, string) {
		return func(s *server.Session, c *tracked, arg string) {
			if a, ok := parse(arg); !ok || !c.active(a) {
				s.WriteMessage(501, "Address not taken")
				return
			}
			s.WriteMessage(200, "OK")
		}
	}
	add("PORT", verb{param: true, run: active(parsePort)})
	add("EPRT", verb{param: true, run: active(parseEPRT)})
	add("REST", verb{param: true, run: func(s *server.Session, c *tracked, arg string) {
		n, err := strconv.ParseInt(arg, 10, 64)
		if err != nil || n < 0 {
			s.WriteMessage(501, "Number not understood")
			return
		}
		c.rest = n
		s.WriteMessage(350, "Restarting at "+arg)
	}})
}

// addFiles are the commands about one file.
func addFiles(add func(string, verb), d *driver) {
	add("RETR", verb{param: true, run: func(s *server.Session, c *tracked, arg string) {
		off := c.rest
		c.rest = 0
		_, r, err := d.GetFile(nil, built(s, arg), off)
		if err != nil {
			s.WriteMessage(550, cause(arg, err))
			return
		}
		defer r.Close()
		c.transfer(s, func(nc net.Conn) error { _, err := io.Copy(nc, r); return err })
	}})
	add("STOR", verb{param: true, run: func(s *server.Session, c *tracked, arg string) { d.store(s, c, arg, c.rest) }})
	add("APPE", verb{param: true, run: func(s *server.Session, c *tracked, arg string) { d.store(s, c, arg, -1) }})
	add("SIZE", verb{param: true, run: d.tell(func(fi os.FileInfo) string { return strconv.FormatInt(fi.Size(), 10) })})
	add("MDTM", verb{param: true, run: d.tell(func(fi os.FileInfo) string { return fi.ModTime().UTC().Format(timeForm) })})
	add("MFMT", verb{param: true, run: func(s *server.Session, _ *tracked, arg string) {
		when, name, _ := strings.Cut(arg, " ")
		mod, err := time.Parse(timeForm, when)
		if err != nil || name == "" {
			s.WriteMessage(501, "Time not understood")
			return
		}
		if err := os.Chtimes(d.real(built(s, name)), time.Time{}, mod); err != nil {
			s.WriteMessage(550, cause(name, err))
			return
		}
		s.WriteMessage(213, "Modify="+when+"; "+name)
	}})
	add("SITE", verb{param: true, run: d.site})
	add("RMD", verb{param: true, run: func(s *server.Session, _ *tracked, arg string) {
		if err := d.DeleteDir(nil, built(s, arg)); err != nil {
			s.WriteMessage(550, cause(arg, err))
			return
		}
		s.WriteMessage(250, "Directory deleted")
	}})
}

// tell answers 213 with a fact of a plain file.
func (d *driver) tell(fact func(os.FileInfo) string) func(*server.Session, *tracked, string) {
	return func(s *server.Session, _ *tracked, arg string) {
		fi, err := os.Stat(d.real(built(s, arg)))
		switch {
		case err != nil:
			s.WriteMessage(550, cause(arg, err))
		case !fi.Mode().IsRegular():
			s.WriteMessage(550, oneLine(arg)+": Not a plain file")
		default:
			s.WriteMessage(213, fact(fi))
		}
	}
}

// store takes a file; off < 0 appends.
func (d *driver) store(s *server.Session, c *tracked, arg string, off int64) {
	c.rest = 0
	f, err := d.openPut(built(s, arg), off)
	if err != nil {
		s.WriteMessage(553, cause(arg, err))
		return
	}
	defer f.Close()
	c.transfer(s, func(nc net.Conn) error { _, err := io.Copy(f, nc); return err })
}

func (d *driver) site(s *server.Session, _ *tracked, arg string) {
	what, arg, _ := strings.Cut(arg, " ")
	bits, name, _ := strings.Cut(arg, " ")
	m, err := strconv.ParseUint(bits, 8, 32)
	switch {
	case !strings.EqualFold(what, "CHMOD"):
		s.WriteMessage(504, "SITE "+oneLine(what)+" is not offered")
	case err != nil || name == "":
		s.WriteMessage(501, "Mode not understood")
	default:
		if err := os.Chmod(d.real(built(s, name)), fs.FileMode(m)&fs.ModePerm); err != nil {
			s.WriteMessage(550, cause(name, err))
			return
		}
		s.WriteMessage(200, "Mode changed")
	}
}

// cause says what went wrong without naming the folder that is served.
func cause(name string, err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return oneLine(name + ": " + err.Error())
}

// addLists are LIST, NLST, MLSD and MLST.
func addLists(add func(string, verb), d *driver) {
	add("LIST", verb{run: d.listing(func(fi os.FileInfo, name, target string) string { return lsLine(fi, name, target, time.Now()) }, "")})
	add("NLST", verb{run: d.listing(func(_ os.FileInfo, name, _ string) string { return name }, "")})
	add("MLSD", verb{run: d.listing(func(fi os.FileInfo, name, target string) string { return mlsLine(fi, name, target, "") }, "cdir")})
	add("MLST", verb{run: func(s *server.Session, c *tracked, arg string) {
		p := built(s, arg)
		fi, err := os.Lstat(d.real(p))
		if err != nil {
			s.WriteMessage(550, cause(arg, err))
			return
		}
		c.lines(250, "Listing "+oneLine(p), []string{mlsLine(fi, p, d.target(p, fi), "")}, "End")
	}})
}

// listing sends a folder, a line by form for each entry; the options of ls in
// front of a path are left out, unless self names the folder itself, as MLSD does.
func (d *driver) listing(form func(fi os.FileInfo, name, target string) string, self string) func(*server.Session, *tracked, string) {
	return func(s *server.Session, c *tracked, arg string) {
		for self == "" && strings.HasPrefix(arg, "-") {
			_, arg, _ = strings.Cut(arg, " ")
		}
		p := built(s, arg)
		fi, err := os.Stat(d.real(p))
		if err == nil && self != "" && !fi.IsDir() {
			err = errors.New("not a directory")
		}
		if err != nil {
			s.WriteMessage(550, cause(arg, err))
			return
		}
		var b strings.Builder
		if self != "" {
			b.WriteString(mlsLine(fi, p, "", self) + "\r\n")
		}
		add := func(fi os.FileInfo) error {
			b.WriteString(form(fi, fi.Name(), d.target(path.Join(p, fi.Name()), fi)) + "\r\n")
			return nil
		}
		if fi.IsDir() {
			err = d.ListDir(nil, p, add)
		} else {
			err = add(fi)
		}
		if err != nil {
			s.WriteMessage(550, cause(arg, err))
			return
		}
		c.transfer(s, func(nc net.Conn) error { _, err := io.WriteString(nc, b.String()); return err })
	}
}

// lsLine is a line as ls -l prints it; times are UTC, the year stands in place
// of the clock for what is older than half a year or in the future.
func lsLine(fi os.FileInfo, name, target string, now time.Time) string {
	kind := "-"
	switch {
	case fi.Mode()&fs.ModeSymlink != 0:
		kind, name = "l", name+" -> "+target
	case fi.IsDir():
		kind = "d"
	}
	mod := fi.ModTime().UTC()
	form := "Jan _2 15:04"
	if age := now.Sub(mod); age > 180*24*time.Hour || age < -time.Hour {
		form = "Jan _2  2006"
	}
	return fmt.Sprintf("%s%s 1 %-8s %-8s %12d %s %s", kind, fi.Mode().Perm().String()[1:], DemoUser, DemoUser, fi.Size(), mod.Format(form), name)
}

// mlsLine is a line of MLSD or MLST (RFC 3659 section 7.2), time in UTC.
func mlsLine(fi os.FileInfo, name, target, kind string) string {
	perm, size := "cdeflmp", ""
	switch {
	case fi.Mode()&fs.ModeSymlink != 0:
		kind, perm = "OS.unix=slink:"+target, "dfr"
	case fi.IsDir() && kind == "":
		kind = "dir"
	case !fi.IsDir():
		kind, perm, size = "file", "adfrw", fmt.Sprintf("size=%d;", fi.Size())
	}
	return fmt.Sprintf("type=%s;modify=%s;perm=%s;unix.mode=0%o;unix.owner=%s;unix.group=%s;%s %s",
		kind, fi.ModTime().UTC().Format(timeForm), perm, fi.Mode().Perm(), DemoUser, DemoUser, size, name)
}

// built is the absolute path of arg; the library takes a file named -a for an option of ls.
func built(s *server.Session, arg string) string {
	if arg == "-a" {
		arg = "./-a"
	}
	return s.BuildPath(arg)
}
