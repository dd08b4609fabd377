package session_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// oldServer is one without FEAT's newer commands.
var oldServer = []string{"SIZE", "MDTM", "REST STREAM"}

// account is a vfs.Memory in memory.
type account struct {
	mu sync.Mutex
	l  map[string]vfs.Learned
}

func (m *account) Learned(key string) vfs.Learned {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.l[key]
}

func (m *account) Learn(key string, change func(*vfs.Learned)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.l == nil {
		m.l = map[string]vfs.Learned{}
	}
	l := m.l[key]
	change(&l)
	m.l[key] = l
}

func (*account) Trusted(string) string { return "" }
func (*account) Trust(string, string)  {}

// lister is a session with a scripted server, and what was learned of it.
type lister struct {
	*session.Session
	srv *ftptest.Script
	mem *account
	t   *testing.T
	e   vfs.Endpoint
}

func listerTo(t *testing.T, o ftptest.ScriptOptions, set func(*ftptest.Script)) *lister {
	t.Helper()
	srv := ftptest.NewScript(t, o)
	if set != nil {
		set(srv)
	}
	l := &lister{srv: srv, mem: &account{}, t: t, e: vfs.Endpoint{Host: srv.Host(), Port: srv.Port(), User: "anna", TLS: vfs.TLSOff}}
	l.again()
	return l
}

// again logs in anew, with what was learned.
func (l *lister) again() {
	l.t.Helper()
	s, err := session.Open(l.t.Context(), session.Options{Endpoint: l.e, Password: "secret", Memory: l.mem})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { s.Close() })
	l.Session = s
}

// list returns the names of a folder, with a slash behind those of folders.
func (l *lister) list(dir string) ([]string, vfs.ListInfo, error) {
	var names []string
	info, err := l.List(l.t.Context(), dir, vfs.ListOptions{}, func(b vfs.Batch) error {
		for i := range b.Len() {
			e := b.At(i)
			if e.Kind == vfs.Dir {
				e.Name += "/"
			}
			names = append(names, e.Name)
		}
		return nil
	})
	return names, info, err
}

func (l *lister) want(dir string, command string, names ...string) vfs.ListInfo {
	l.t.Helper()
	got, info, err := l.list(dir)
	if err != nil || strings.Join(got, "|") != strings.Join(names, "|") || info.Command != command {
		l.t.Fatalf("%s by %s: %q, %v; want %q by %s\ncommands %q", dir, info.Command, got, err, names, command, l.srv.Commands())
	}
	return info
}

func (l *lister) learned() vfs.Learned { return l.mem.Learned(l.e.Key()) }

// did returns the listing commands and changes of folder since the last call.
func (l *lister) did() string {
	var out []string
	for _, c := range l.srv.Commands() {
		switch verb, _, _ := strings.Cut(c, " "); verb {
		case "CWD", "LIST", "NLST", "MLSD":
			out = append(out, c)
		}
	}
	l.srv.Forget()
	return strings.Join(out, "; ")
}

func lsRow(name string) string { return "-rw-r--r-- 1 anna staff 12 Mar  1  2020 " + name + "\r\n" }

// sends answers with a listing, whatever is asked.
func sends(text string) ftptest.Handler {
	return func(c *ftptest.Conn, _ string) { c.SendText(text) }
}

func TestMLSDIsUsedWhereItIsOffered(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{}, nil)
	l.srv.Put("/pub/.hidden", nil)
	l.srv.Mkdir("/pub/sub")
	l.want("/pub", "MLSD", ".hidden", "sub/")
	if l.srv.Count("LIST") > 0 || l.Info().Command != "MLSD" {
		t.Errorf("%q", l.srv.Commands())
	}
}

// TestQuirk21MLSDThatLies: a refused or useless MLSD is given up for LIST, once.
func TestQuirk21MLSDThatLies(t *testing.T) {
	for name, h := range map[string]ftptest.Handler{
		"refused": func(c *ftptest.Conn, _ string) { c.Reply(502, "not really") },
		"useless": sends("hello\r\nworld\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			l := listerTo(t, ftptest.ScriptOptions{}, func(s *ftptest.Script) { s.On("MLSD", h) })
			l.srv.Put("/pub/a", nil)
			l.srv.Put("/pub/b", nil)
			l.want("/pub", "LIST -a", "a", "b")
			if !l.learned().MLSDBad {
				t.Error("it was not learned")
			}
			l.want("/pub", "LIST -a", "a", "b")
			l.again()
			l.want("/pub", "LIST -a", "a", "b")
			if n := l.srv.Count("MLSD"); n != 1 {
				t.Errorf("MLSD was tried %d times", n)
			}
		})
	}
	t.Run("a folder that is a file is no fault of MLSD", func(t *testing.T) {
		l := listerTo(t, ftptest.ScriptOptions{}, func(s *ftptest.Script) {
			s.On("MLSD", func(c *ftptest.Conn, arg string) {
				if arg == "/file" {
					c.Reply(501, "Not a directory")
					return
				}
				c.Default()
			})
		})
		l.srv.Put("/file", nil)
		if _, _, err := l.list("/file"); err == nil {
			t.Error("a file was listed")
		}
		l.want("/", "MLSD", "file")
	})
}

// TestAFolderIsEnteredWherePathsAreNotPromised: without TVFS a server may list
// the current folder, whatever it is told.
func TestAFolderIsEnteredWherePathsAreNotPromised(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
		at := whereItIs(s)
		s.On("LIST", func(c *ftptest.Conn, _ string) {
			c.SendText("-rw-r--r-- 1 a b 5 Mar  1  2020 in" + strings.ReplaceAll(at(), "/", "_") + "\r\n" +
				"-rw-r--r-- 1 a b 5 Mar  1  2020 too\r\n")
		})
	})
	l.srv.Put("/pub/sub/f", nil)
	for _, dir := range []string{"/pub", "/pub/sub", "/pub"} {
		l.want(dir, "LIST -a", "in"+strings.ReplaceAll(dir, "/", "_"), "too")
	}
}

// TestARawCommandActsInTheFolderShown, also after a connection was made anew,
// and whatever a raw command before it did.
func TestARawCommandActsInTheFolderShown(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{}, nil)
	l.srv.Put("/pub/f", nil)
	for _, c := range []struct{ dir, line, want string }{
		{"", "PWD", `"/"`}, {"/pub", "PWD", `"/pub"`}, {"/pub", "CWD /", ""}, {"/pub", "PWD", `"/pub"`}, {"/pub", "DELE f", ""},
	} {
		r, err := l.Quote(t.Context(), c.dir, c.line)
		if err != nil || r.Code/100 != 2 || !strings.Contains(r.String(), c.want) {
			t.Errorf("%s in %s: %v, %v", c.line, c.dir, r, err)
		}
	}
	if _, there := l.srv.Get("/pub/f"); there {
		t.Error("another file was deleted")
	}
	if _, err := l.Quote(t.Context(), "/gone", "NOOP"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestQuirk6HiddenNamesAreProbedOnce: LIST -a is used where it brings
// something, and not again where it does not.
func TestQuirk6HiddenNamesAreProbedOnce(t *testing.T) {
	t.Run("it works", func(t *testing.T) {
		l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, nil)
		l.srv.Put("/pub/.hidden", nil)
		l.srv.Put("/pub/seen", nil)
		l.want("/pub", "LIST -a", ".hidden", "seen")
		if l.learned().ListAll != "yes" {
			t.Error(l.learned())
		}
		l.did()
		l.want("/pub", "LIST -a", ".hidden", "seen")
		if got := l.did(); got != "LIST -a" {
			t.Error(got)
		}
	})
	for name, h := range map[string]ftptest.Handler{
		"it is refused":             func(c *ftptest.Conn, _ string) { c.Reply(501, "no options") },
		"it is taken for a name":    func(c *ftptest.Conn, _ string) { c.Reply(550, "-a: No such file or directory") },
		"it lists nothing":          sends(""),
		"its complaint is a row":    sends("ls: -a: No such file or directory\r\n"),
		"the data connection fails": func(c *ftptest.Conn, _ string) { c.Reply(450, "-a: No such file or directory") },
	} {
		t.Run(name, func(t *testing.T) {
			l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
				s.On("LIST", func(c *ftptest.Conn, arg string) {
					if strings.HasPrefix(arg, "-a") {
						h(c, arg)
						return
					}
					c.Default()
				})
			})
			l.srv.Put("/pub/seen", nil)
			l.srv.Put("/pub/too", nil)
			l.want("/pub", "LIST", "seen", "too")
			l.did()
			l.want("/pub", "LIST", "seen", "too")
			if got := l.did(); strings.Contains(got, "-a") {
				t.Error(got)
			}
			l.again()
			l.want("/pub", "LIST", "seen", "too")
			if got := l.did(); strings.Contains(got, "-a") || l.learned().ListAll != "no" {
				t.Error(got, l.learned())
			}
		})
	}
}

func TestNLSTIsTheLastResort(t *testing.T) {
	for name, h := range map[string]ftptest.Handler{
		"LIST is refused":                       func(c *ftptest.Conn, _ string) { c.Reply(502, "no") },
		"LIST is in no format we know":          sends("<<a>>\r\n<<b>>\r\n"),
		"LIST tells nothing but the bare names": sends("a\r\nb\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) { s.On("LIST", h) })
			l.srv.Put("/pub/a", nil)
			l.srv.Put("/pub/b", nil)
			info := l.want("/pub", "NLST", "a", "b")
			if !info.Complete() {
				t.Errorf("%+v", info)
			}
		})
	}
	t.Run("with nothing better the unread lines are shown", func(t *testing.T) {
		l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
			s.On("LIST", sends("<<a>>\r\n<<b>>\r\n"))
			s.Refuse(502, "NLST")
		})
		l.srv.Mkdir("/pub")
		names, info, err := l.list("/pub")
		if err != nil || len(names) != 0 || info.Unknown != 2 {
			t.Errorf("%q %+v %v", names, info, err)
		}
	})
}

func TestTheSitesOwnCommandIsKept(t *testing.T) {
	for set, command := range map[string]string{"mlsd": "MLSD", "list": "LIST", "list-a": "LIST -a", "nlst": "NLST"} {
		l := listerTo(t, ftptest.ScriptOptions{}, nil)
		l.srv.Put("/pub/a", nil)
		l.srv.Put("/pub/b", nil)
		l.e.List = set
		l.again()
		l.want("/pub", command, "a", "b")
	}
}

// TestQuirk24EmptyFoldersInAllWords: many ways to say that there is nothing, none of
// which means that the folder is missing.
func TestQuirk24EmptyFoldersInAllWords(t *testing.T) {
	for name, h := range map[string]ftptest.Handler{
		"no bytes":                sends(""),
		"a sum only":              sends("total 0\r\n"),
		"450 no files":            func(c *ftptest.Conn, _ string) { c.Reply(450, "No files found") },
		"550 no files":            func(c *ftptest.Conn, _ string) { c.Reply(550, "No files found.") },
		"550 in the words of ls":  func(c *ftptest.Conn, _ string) { c.Reply(550, "/empty/*: No such file or directory") },
		"226 without data":        func(c *ftptest.Conn, _ string) { c.Reply(226, "Transfer complete") },
		"250 and the port unused": func(c *ftptest.Conn, _ string) { c.Reply(250, "List completed successfully") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
				s.On("LIST", h)
				s.On("NLST", h)
			})
			l.srv.Mkdir("/empty")
			names, info, err := l.list("/empty")
			if err != nil || len(names) != 0 || info.Unknown != 0 {
				t.Errorf("%q, %+v, %v", names, info, err)
			}
			if _, _, err := l.list("/missing"); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, vfs.ErrRefused) {
				t.Errorf("the missing folder: %v", err)
			}
			if !l.Alive() {
				t.Error("the session is lost")
			}
		})
	}
}

// TestQuirk7NLSTOfAnEmptyFolderResets: ProFTPD resets the data connection then.
func TestQuirk7NLSTOfAnEmptyFolderResets(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
		s.On("NLST", func(c *ftptest.Conn, _ string) {
			c.Reply(150, "here it comes")
			if d, err := c.OpenData(); err == nil {
				d.Close()
			}
			c.Reply(450, "No files found")
		})
	})
	l.srv.Mkdir("/empty")
	l.e.List = "nlst"
	l.again()
	if names, _, err := l.list("/empty"); err != nil || len(names) != 0 {
		t.Errorf("%q, %v", names, err)
	}
}

// TestQuirk7And37FoldersThatServersMisread: names that a server would take for a
// pattern, an option or a home folder are entered, not sent with LIST.
func TestQuirk7And37FoldersThatServersMisread(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
		s.On("LIST", func(c *ftptest.Conn, arg string) {
			if arg = strings.TrimPrefix(arg, "-a"); strings.ContainsAny(arg, "*?[]{}~") || strings.Contains(arg, " /") && strings.Count(arg, " ") > 1 {
				c.Reply(550, "No match")
				return
			}
			c.Default()
		})
	})
	for _, name := range []string{"star*", "what?", "[brackets]", "{braces}", "~home", "with blanks", " leading", "trailing ", "-l", "#1", "100%", `quo"te`, "semi;colon", "back\\slash"} {
		l.srv.Put("/"+name+"/a", nil)
		l.srv.Put("/"+name+"/b", nil)
		l.want("/"+name, "LIST -a", "a", "b")
		if got, want := l.did(), "CWD /"+name+"; LIST -a"; got != want {
			t.Errorf("%q was listed by %q", name, got)
		}
	}
}

// TestQuirk24MissingFoldersThatListAsEmpty: vsftpd says 226 for them.
func TestQuirk24MissingFoldersThatListAsEmpty(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
		s.On("LIST", func(c *ftptest.Conn, arg string) {
			if strings.Contains(arg, "missing") {
				c.SendText("")
				return
			}
			c.Default()
		})
	})
	l.srv.Put("/pub/a", nil)
	l.srv.Put("/pub/b", nil)
	l.want("/pub", "LIST -a", "a", "b")
	if _, _, err := l.list("/missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestQuirk44LinksToFolders: ls shows the link it is asked about, not what the
// folder behind it holds; and a file as its only row.
func TestQuirk44LinksToFolders(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
		s.On("LIST", func(c *ftptest.Conn, arg string) {
			switch {
			case strings.HasSuffix(arg, "/link"):
				c.SendText("lrwxrwxrwx 1 anna staff 4 Mar  1  2020 /link -> real\r\n")
			case strings.HasSuffix(arg, "/short"):
				c.SendText("lrwxrwxrwx 1 anna staff 4 Mar  1  2020 short -> real\r\n")
			default:
				c.Default()
			}
		})
	})
	l.srv.Put("/real/a", nil)
	l.srv.Put("/real/b", nil)
	l.srv.Put("/file", nil)
	l.srv.Link("real", "/link")
	l.srv.Link("real", "/short")
	l.want("/real", "LIST -a", "a", "b")
	l.want("/link", "LIST -a", "a", "b")
	l.want("/short", "LIST -a", "a", "b")
	if names, _, err := l.list("/file"); err == nil {
		t.Errorf("a file is listed as %q", names)
	}
	l.srv.Put("/same/same", nil)
	l.want("/same", "LIST -a", "same")
	l.srv.Put("/one/other", nil)
	l.want("/one", "LIST -a", "other")
}

// TestQuirk4To16OtherSystems: what each prints is read, with names and paths as
// the system writes them.
func TestQuirk4To16OtherSystems(t *testing.T) {
	dataset := "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\r\n"
	for _, c := range []struct {
		name, system, home string
		features           []string
		listing            string
		dir, enters        string // the folder to list, and what CWD gets
		want               []string
		style              vfs.PathStyle
		child              string // path of the first row
	}{
		{name: "4 IIS", system: "Windows_NT", home: "/", listing: "03-01-20  12:00PM       <DIR>          pub\r\n03-01-20  12:00PM                   12 a b.txt\r\n",
			dir: "/", want: []string{"pub/", "a b.txt"}, child: "/pub"},
		{name: "5 group names with blanks", system: "UNIX Type: L8", home: "/", listing: "drwxr-xr-x 1 anna Domain Users 0 Mar  1  2020 pub\r\n" + lsRow("x"),
			dir: "/", want: []string{"pub/", "x"}, child: "/pub"},
		{name: "9 no group column", system: "UNIX Type: L8 Version: BSD-43", home: "/", listing: "total 2\r\ndrwxr-xr-x 2 anna 512 Mar  1  2020 pub\r\n-rw-r--r-- 1 anna 12 Mar  1  2020 x\r\n",
			dir: "/", want: []string{"pub/", "x"}, child: "/pub"},
		{name: "10 z/OS data sets", system: "MVS is the operating system of this server.", home: "'HLQ.'",
			listing: dataset + "VOL001 3390   2020/03/01  1    1  FB      80 27920  PO  SOURCE.COBOL\r\nMigrated                                          OLD.DATA\r\n",
			dir:     "'HLQ.'", enters: "'HLQ.'", want: []string{"SOURCE.COBOL/", "OLD.DATA"}, style: vfs.MVS, child: "'HLQ.SOURCE.COBOL'"},
		{name: "10 z/OS members", system: "MVS is the operating system of this server.", home: "'HLQ.'",
			listing: " Name     VV.MM   Created       Changed      Size  Init   Mod   Id\r\nMAIN      01.03 2002/09/12 2022/10/11 09:37    11    11     0 ANNA\r\nBARE\r\n",
			dir:     "'HLQ.SOURCE'", enters: "'HLQ.SOURCE'", want: []string{"MAIN", "BARE"}, style: vfs.MVS, child: "'HLQ.SOURCE(MAIN)'"},
		{name: "11 VMS", system: "VMS OpenVMS V8.4", home: "DISK:[ANNA]",
			listing: "Directory DISK:[ANNA]\r\n\r\nSUB.DIR;1          1/9       8-SEP-1996 16:09:12  [STAFF,ANNA]   (RWE,RWE,RE,RE)\r\nA^.B.TXT;2\r\n                   1/9       8-SEP-1996 16:09:12  [STAFF,ANNA]   (RWE,RWE,RE,RE)\r\n\r\nTotal of 2 files, 2/18 blocks.\r\n",
			dir:     "DISK:[ANNA]", enters: "DISK:[ANNA]", want: []string{"SUB.DIR;1/", "A^.B.TXT;2"}, style: vfs.VMS, child: "DISK:[ANNA.SUB]"},
		{name: "13 z/VM", system: "VM/CMS is the operating system of this server.", home: "/",
			listing: "PROFILE  EXEC     V         65        107          2 2005-10-04 15:28:42 060191\r\n", dir: "/", want: []string{"PROFILE.EXEC"}, child: "/PROFILE.EXEC"},
		{name: "14 NonStop", system: "NONSTOP operating system", home: `\SYS.$DATA.ANNA`,
			listing: "File         Code             EOF  Last Modification    Owner  RWEP\r\nNOTES         101            16354 14-Mar-14 15:09:12 244, 10 \"nunu\"\r\n",
			dir:     `\SYS.$DATA.ANNA`, enters: `\SYS.$DATA.ANNA`, want: []string{"NOTES"}, style: vfs.Tandem, child: `\SYS.$DATA.ANNA.NOTES`},
		{name: "15 VxWorks", system: "VxWorks", home: "/", listing: "  size          date       time       name\r\n--------       ------     ------    --------\r\n   2048    JAN-01-1980  00:00:00   NEW_DIR           <DIR>\r\n",
			dir: "/", want: []string{"NEW_DIR/"}, child: "/NEW_DIR"},
		{name: "15 DOS with drives", system: "MSDOS", home: `C:\FTP`, listing: "03-01-20  12:00PM       <DIR>          PUB\r\n03-01-20  12:00PM                   12 A.TXT\r\n",
			dir: `C:\FTP`, enters: `C:\FTP`, want: []string{"PUB/", "A.TXT"}, style: vfs.Drive, child: `C:\FTP\PUB`},
		{name: "15 VxWorks with a host", system: "VxWorks", home: "host:/tffs0", listing: "  size          date       time       name\r\n--------       ------     ------    --------\r\n    512    MAR-28-2001  13:05:10   BOOT.BIN\r\n",
			dir: "host:/tffs0", enters: "host:/tffs0", want: []string{"BOOT.BIN"}, style: vfs.Drive, child: "host:/tffs0/BOOT.BIN"},
		{name: "10 z/OS levels", system: "MVS is the operating system of this server.", home: "'HLQ.'",
			listing: dataset + "Pseudo Directory                                  LEVEL\r\n",
			dir:     "'HLQ.'", enters: "'HLQ.'", want: []string{"LEVEL./"}, style: vfs.MVS, child: "'HLQ.LEVEL.'"},
		{name: "16 NetWare", system: "NETWARE Type: L8", home: "/", listing: "total 0\r\nd [RWCEAFMS] anna                  512 Jan 16  2020    login\r\n- [R----F--] anna                   12 Oct 20  2015    a b.doc\r\n",
			dir: "/", want: []string{"login/", "a b.doc"}, child: "/login"},
	} {
		t.Run(c.name, func(t *testing.T) {
			entered := ""
			l := listerTo(t, ftptest.ScriptOptions{System: c.system, Features: oldServer}, func(s *ftptest.Script) {
				s.On("PWD", func(k *ftptest.Conn, _ string) { k.Reply(257, `"`+c.home+`" is the working directory`) })
				s.On("CWD", func(k *ftptest.Conn, arg string) { entered = arg; k.Reply(250, "ok") })
				s.On("LIST", func(k *ftptest.Conn, arg string) { k.SendText(c.listing) })
			})
			if l.Style() != c.style {
				t.Errorf("path style %d", l.Style())
			}
			if home, _ := l.Home(t.Context()); home != c.home {
				t.Errorf("home %q", home)
			}
			names, info, err := l.list(c.dir)
			if err != nil || strings.Join(names, "|") != strings.Join(c.want, "|") || !info.Complete() {
				t.Fatalf("%q, %+v, %v", names, info, err)
			}
			if c.enters != "" && entered != c.enters {
				t.Errorf("CWD %q, want %q", entered, c.enters)
			}
			if got := l.Style().Join(c.dir, strings.TrimSuffix(names[0], "/")); got != c.child {
				t.Errorf("the first row is at %q, want %q", got, c.child)
			}
		})
	}
}

func TestQuirk10NoDataSetsFound(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{System: "MVS is the operating system of this server.", Features: oldServer}, func(s *ftptest.Script) {
		s.On("PWD", func(c *ftptest.Conn, _ string) { c.Reply(257, `"'HLQ.'" is the working directory`) })
		s.On("CWD", func(c *ftptest.Conn, _ string) { c.Reply(250, "ok") })
		s.On("LIST", func(c *ftptest.Conn, _ string) { c.Reply(550, "No data sets found.") })
	})
	if names, info, err := l.list("'HLQ.'"); err != nil || len(names) != 0 || !info.Complete() {
		t.Errorf("%q, %+v, %v", names, info, err)
	}
}

func TestQuirk12OS400IsAskedForSlashes(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{System: "OS/400 is the remote operating system.", Features: oldServer}, func(s *ftptest.Script) {
		slashes := false
		s.On("SITE", func(c *ftptest.Conn, arg string) {
			slashes = arg == "NAMEFMT 1"
			c.Reply(250, "Now using naming format \"1\".")
		})
		s.On("PWD", func(c *ftptest.Conn, _ string) {
			if slashes {
				c.Reply(257, `"/QSYS.LIB/QGPL.LIB" is current directory.`)
				return
			}
			c.Reply(257, `"QGPL" is current library.`)
		})
		s.On("LIST", sends("QPGMR           135168 15/03/18 13:18:19 *FILE      SOURCE.FILE\r\nQPGMR                                    *MEM       SOURCE.FILE/MAIN.MBR\r\n"))
	})
	if home, _ := l.Home(t.Context()); home != "/QSYS.LIB/QGPL.LIB" || l.Style() != vfs.Slash {
		t.Errorf("home %q, style %d", home, l.Style())
	}
	l.want("/QSYS.LIB/QGPL.LIB", "LIST", "SOURCE.FILE", "SOURCE.FILE/MAIN.MBR")
}

// TestQuirk19RawNamesComeBack: a name that is not UTF-8 goes back as the bytes that came.
func TestQuirk19RawNamesComeBack(t *testing.T) {
	raw := "/\xb2\xe2\xca\xd4.txt"
	for _, features := range [][]string{nil, oldServer} {
		l := listerTo(t, ftptest.ScriptOptions{Features: features}, nil)
		l.srv.Put(raw, []byte("hello"))
		l.srv.Put("/plain", nil)
		names, info, err := l.list("/")
		if err != nil || len(names) != 2 || info.BadText != 1 {
			t.Fatalf("%q, %+v, %v", names, info, err)
		}
		bad := names[1]
		if names[0] != "plain" {
			bad = names[0]
		}
		if got, err := read(t.Context(), l.Session, "/"+bad, vfs.ReadOptions{Size: -1}); err != nil || string(got) != "hello" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// TestQuirk22TheZoneIsMeasured: the difference of MDTM and LIST is kept for the account.
func TestQuirk22TheZoneIsMeasured(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Minute)
	mod := now.Add(-36 * time.Hour)
	for _, c := range []struct {
		off  time.Duration
		want string
	}{{2 * time.Hour, "+02:00"}, {-(3*time.Hour + 30*time.Minute), "-03:30"}, {0, "+00:00"}, {7 * time.Minute, ""}, {20 * time.Hour, ""}} {
		l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
			wall := func(d time.Duration) string { return mod.Add(c.off - d).Format("Jan _2 15:04") }
			s.On("LIST", sends(fmt.Sprintf("-rw-r--r-- 1 a b 1 %s old\r\n-rw-r--r-- 1 a b 1 %s young\r\n", wall(48*time.Hour), wall(0))))
			s.On("MDTM", func(k *ftptest.Conn, arg string) { k.Reply(213, mod.Add(17*time.Second).Format("20060102150405")) })
		})
		l.want("/", "LIST -a", "old", "young")
		if got := l.Info().Zone; got != c.want || l.learned().Zone != c.want {
			t.Errorf("%v: measured %q, learned %q", c.off, got, l.learned().Zone)
		}
		l.again()
		var young vfs.Entry
		if _, err := l.List(t.Context(), "/", vfs.ListOptions{}, func(b vfs.Batch) error { young = b.At(b.Len() - 1); return nil }); err != nil {
			t.Fatal(err)
		}
		if c.want != "" && (!young.UTC || !young.ModTime.Equal(mod)) || c.want == "" && young.UTC {
			t.Errorf("%v: %+v, want %v", c.off, young, mod)
		}
		if n := l.srv.Count("MDTM"); n != 2 { // once a login
			t.Errorf("MDTM was asked %d times", n)
		}
		for _, cmd := range l.srv.Commands() {
			if strings.HasPrefix(cmd, "MDTM") && cmd != "MDTM /young" {
				t.Errorf("the zone was measured by %s", cmd)
			}
		}
	}
}

func TestTheSitesZoneIsUsed(t *testing.T) {
	for zone, want := range map[string]int{"+0200": 10, "-03:30": 15, "UTC": 12, "+5": 7} {
		l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
			s.On("LIST", sends("-rw-r--r-- 1 a b 1 2020-03-01 12:00 a\r\n"+lsRow("b")))
		})
		l.e.Zone = zone
		l.again()
		var a vfs.Entry
		if _, err := l.List(t.Context(), "/", vfs.ListOptions{}, func(b vfs.Batch) error { a = b.At(0); return nil }); err != nil {
			t.Fatal(err)
		}
		if !a.UTC || a.ModTime.Hour() != want || l.srv.Count("MDTM") > 0 {
			t.Errorf("%s: %v", zone, a.ModTime)
		}
	}
}

// TestHostile6NamesFromElsewhere: a server cannot put names into a folder that lead out of it.
func TestHostile6NamesFromElsewhere(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{}, func(s *ftptest.Script) {
		s.On("MLSD", sends("type=file; ../../x\r\ntype=file; /etc/passwd\r\ntype=dir; ..\r\ntype=dir; a/b\r\ntype=file; fine\r\n"))
	})
	l.srv.Mkdir("/pub")
	info := l.want("/pub", "MLSD", "fine")
	if info.Unknown != 3 || info.Noise != 1 || info.Complete() {
		t.Errorf("%+v", info)
	}
}

func TestRowsComeWhileTheServerIsStillSending(t *testing.T) {
	seen := make(chan struct{})
	l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
		s.On("LIST", func(c *ftptest.Conn, _ string) {
			c.Reply(150, "here it comes")
			d, err := c.OpenData()
			if err != nil {
				c.Reply(425, "no")
				return
			}
			fmt.Fprint(d, lsRow("first")+lsRow("second"))
			select {
			case <-seen:
				fmt.Fprint(d, lsRow("third"))
			case <-c.Gone():
			}
			d.Close()
			c.Reply(226, "done")
		})
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	n := 0
	_, err := l.List(ctx, "/", vfs.ListOptions{Anew: func() { t.Error("rows are told anew") }}, func(b vfs.Batch) error {
		if n += b.Len(); n == 2 {
			close(seen)
		}
		return nil
	})
	if err != nil || n != 3 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// TestQuirk44WhatALinkLeadsTo: told by going there, where rows do not tell.
func TestQuirk44WhatALinkLeadsTo(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, nil)
	l.srv.Put("/real/a", nil)
	l.srv.Put("/file", []byte("x"))
	l.srv.Link("real", "/to-folder")
	l.srv.Link("file", "/to-file")
	l.srv.Link("gone", "/to-nothing")
	for path, want := range map[string]vfs.Kind{"/to-folder": vfs.Dir, "/to-file": vfs.File, "/to-nothing": vfs.Link, "/real": vfs.Dir, "/file": vfs.File} {
		if e, _, err := l.Follow(t.Context(), path); err != nil || e.Kind != want {
			t.Errorf("%s leads to kind %d, want %d, %v", path, e.Kind, want, err)
		}
	}
}
