package listing

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ferry/ftpsvc/vfs"
)

// printer prints an entry as a kind of server does, and says what of it the
// dialect can tell.
type printer struct {
	name    string
	command string
	heading string
	names   *rapid.Generator[string]
	print   func(e vfs.Entry) string
	// what may differ after reading back
	prec   vfs.Precision // of the time; NoTime: not told
	noYear bool          // times lie within the last eleven months
	utc    bool
	size   func(int64) int64 // what becomes of a file's size; nil: the same
	noKind bool
	links  bool
	owner  bool
	mode   bool
}

var (
	anyName = rapid.Custom(func(t *rapid.T) string {
		// Printable names of any script, blanks at both ends too, without slash.
		n := rapid.StringOfN(rapid.RuneFrom([]rune("aZ09 .,;:-_()[]<>&%$#@!+='\"\\~äж中\u0301|→")), 1, 40, 120).Draw(t, "name")
		if strings.Trim(n, " .") == "" {
			n += "x"
		}
		if strings.HasSuffix(n, ":") { // would be a heading of ls -R in NLST or bare
			n += "x"
		}
		return n
	})
	noLeadingBlank = rapid.Map(anyName, func(s string) string { return "n" + s })
	trimmed        = rapid.Map(anyName, func(s string) string { return "n" + strings.TrimRight(s, " ") + "e" })
	vmsName        = rapid.StringMatching(`[A-Z][A-Z0-9_$]{0,20}\.[A-Z0-9_]{0,20};[1-9][0-9]{0,4}`)
	mvsName        = rapid.StringMatching(`[A-Z#@$][A-Z0-9#@$]{0,7}(\.[A-Z#@$][A-Z0-9#@$]{0,7}){1,3}`)
	memName        = rapid.StringMatching(`[A-Z#@$][A-Z0-9#@$]{0,7}`)
	guardName      = rapid.StringMatching(`[A-Z][A-Z0-9]{0,7}`)
	cmsName        = rapid.StringMatching(`[A-Z][A-Z0-9]{0,7}\.[A-Z][A-Z0-9]{0,7}`)
)

func letter(k vfs.Kind) string {
	return map[vfs.Kind]string{vfs.File: "-", vfs.Dir: "d", vfs.Link: "l"}[k]
}

func arrow(e vfs.Entry) string {
	if e.Kind == vfs.Link {
		return e.Name + " -> " + e.Target
	}
	return e.Name
}

func dirOr(e vfs.Entry, mark, file string) string {
	if e.Kind == vfs.Dir {
		return mark
	}
	return file
}

func mode(e vfs.Entry) string { return e.Mode.String()[1:] }

func printers() []printer {
	unix := func(date string) func(e vfs.Entry) string {
		return func(e vfs.Entry) string {
			return fmt.Sprintf("%s%s %3d %-8s %-8s %12d %s %s", letter(e.Kind), mode(e), 3, e.Owner, e.Group, e.Size, e.ModTime.Format(date), arrow(e))
		}
	}
	blocks := func(unit int64) func(int64) int64 {
		return func(n int64) int64 { return (n + unit - 1) / unit * unit }
	}
	return []printer{
		{name: "Unix, this year", heading: "total 12", names: anyName, print: unix("Jan _2 15:04"), prec: vfs.Minute, noYear: true, links: true, owner: true, mode: true},
		{name: "Unix, with year", names: anyName, print: unix("Jan _2  2006"), prec: vfs.Day, links: true, owner: true, mode: true},
		{name: "Unix, long ISO", names: anyName, print: unix("2006-01-02 15:04"), prec: vfs.Minute, links: true, owner: true, mode: true},
		{name: "Unix, full ISO", names: anyName, print: unix("2006-01-02 15:04:05.000000000 -0700"), prec: vfs.Second, utc: true, links: true, owner: true, mode: true},
		{name: "Unix, day first", names: anyName, print: unix("_2 Jan 2006"), prec: vfs.Day, links: true, owner: true, mode: true},
		{name: "Unix, with seconds", names: anyName, print: unix("Jan _2 15:04:05 2006"), prec: vfs.Second, links: true, owner: true, mode: true},
		{name: "Unix, without group", names: anyName, print: func(e vfs.Entry) string {
			return fmt.Sprintf("%s%s %3d %-8s %12d %s %s", letter(e.Kind), mode(e), 3, e.Owner, e.Size, e.ModTime.Format("Jan _2  2006"), arrow(e))
		}, prec: vfs.Day, links: true, mode: true},
		{name: "NetWare", heading: "total 0", names: noLeadingBlank, print: func(e vfs.Entry) string {
			return fmt.Sprintf("%s [RWCEAFMS] %-20s %12d %s %s", letter(e.Kind), e.Owner, e.Size, e.ModTime.Format("Jan _2  2006"), e.Name)
		}, prec: vfs.Day},
		{name: "DOS", names: noLeadingBlank, print: func(e vfs.Entry) string {
			return e.ModTime.Format("01-02-06  03:04PM") + dirOr(e, "       <DIR>          ", fmt.Sprintf("%20d ", e.Size)) + e.Name
		}, prec: vfs.Minute},
		{name: "DOS, four-digit year", names: noLeadingBlank, print: func(e vfs.Entry) string {
			return e.ModTime.Format("2006-01-02  15:04") + dirOr(e, "       <DIR>          ", fmt.Sprintf("%20d ", e.Size)) + e.Name
		}, prec: vfs.Minute},
		{name: "MLSD", command: "MLSD", names: anyName, print: func(e vfs.Entry) string {
			typ := map[vfs.Kind]string{vfs.File: "file", vfs.Dir: "dir", vfs.Link: "OS.unix=slink:" + strings.ReplaceAll(e.Target, ";", ",")}[e.Kind]
			return fmt.Sprintf("type=%s;size=%d;modify=%s;UNIX.mode=%04o;UNIX.owner=%s;UNIX.group=%s; %s", typ, e.Size,
				e.ModTime.Format("20060102150405"), e.Mode.Perm(), e.Owner, e.Group, e.Name)
		}, prec: vfs.Second, utc: true, owner: true, mode: true},
		{name: "EPLF", names: anyName, print: func(e vfs.Entry) string {
			return fmt.Sprintf("+i1.%d,m%d,%s,s%d,\t%s", e.Size, e.ModTime.Unix(), dirOr(e, "/", "r"), e.Size, e.Name)
		}, prec: vfs.Second, utc: true},
		{name: "VMS", heading: "Directory DISK:[PUB]\r\n", names: vmsName, print: func(e vfs.Entry) string {
			sep := " "
			if len(e.Name) > 19 {
				sep = "\r\n" + strings.Repeat(" ", 20)
			}
			return fmt.Sprintf("%-19s%s%9d/%d  %s  [%s,%s]  (RWED,RWED,RE,)", e.Name, sep, (e.Size+511)/512, (e.Size+511)/512+9,
				strings.ToUpper(e.ModTime.Format("_2-Jan-2006 15:04:05")), strings.ToUpper(e.Group), strings.ToUpper(e.Owner))
		}, prec: vfs.Second, size: blocks(512)},
		{name: "z/OS data sets", heading: "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname", names: mvsName, print: func(e vfs.Entry) string {
			return fmt.Sprintf("VOL001 3390   %s %2d%5d  FB      80 27920  %s  %s", e.ModTime.Format("2006/01/02"), 1, (e.Size+56663)/56664%100000, dirOr(e, "PO", "PS"), e.Name)
		}, prec: vfs.Day, size: func(n int64) int64 { return (n + 56663) / 56664 % 100000 * 56664 }},
		{name: "z/OS members", heading: " Name     VV.MM   Created       Changed      Size  Init   Mod   Id", names: memName, print: func(e vfs.Entry) string {
			return fmt.Sprintf("%-9s 01.03 2002/09/12 %s %5d    11     0 ANNA", e.Name, e.ModTime.Format("2006/01/02 15:04"), 11)
		}, prec: vfs.Minute, noKind: true, size: func(int64) int64 { return -1 }},
		{name: "OS/400", names: trimmed, print: func(e vfs.Entry) string {
			return fmt.Sprintf("%-10s %12d %s %-10s %s", "ANNA", e.Size, e.ModTime.Format("06/01/02 15:04:05"), dirOr(e, "*DIR", "*STMF"), e.Name)
		}, prec: vfs.Second},
		{name: "OS/2", names: noLeadingBlank, print: func(e vfs.Entry) string {
			return fmt.Sprintf("%18d %-10s %s  %s", e.Size, dirOr(e, "DIR", "A"), e.ModTime.Format("01-02-2006  15:04"), e.Name)
		}, prec: vfs.Minute},
		{name: "NonStop", heading: "File         Code             EOF  Last Modification    Owner  RWEP", names: guardName, print: func(e vfs.Entry) string {
			return fmt.Sprintf("%-8s %8d %16d %s 244, 10 \"nunu\"", e.Name, 101, e.Size, e.ModTime.Format("_2-Jan-06 15:04:05"))
		}, prec: vfs.Second, noKind: true},
		{name: "VxWorks", heading: "  size          date       time       name", names: trimmed, print: func(e vfs.Entry) string {
			return fmt.Sprintf("%12d    %s   %s%s", e.Size, strings.ToUpper(e.ModTime.Format("Jan-02-2006  15:04:05")), e.Name, dirOr(e, "      <DIR>", ""))
		}, prec: vfs.Second},
		{name: "z/VM", names: cmsName, print: func(e vfs.Entry) string {
			fn, ft, _ := strings.Cut(e.Name, ".")
			return fmt.Sprintf("%-8s %-8s F %8d %10d %10d %s ANNA", fn, ft, 1, e.Size, 1, e.ModTime.Format("2006-01-02 15:04:05"))
		}, prec: vfs.Second, noKind: true},
		{name: "NLST", command: "NLST", names: anyName, print: func(e vfs.Entry) string { return e.Name },
			size: func(int64) int64 { return -1 }, noKind: true},
	}
}

// draw makes an entry that the printer can tell.
func (p printer) draw(t *rapid.T) vfs.Entry {
	kinds := []vfs.Kind{vfs.File, vfs.Dir}
	if p.links || p.name == "MLSD" {
		kinds = append(kinds, vfs.Link)
	}
	word := rapid.StringMatching(`[a-z][a-z_]{0,7}`)
	e := vfs.Entry{
		Name:  p.names.Draw(t, "name"),
		Kind:  rapid.SampledFrom(kinds).Draw(t, "kind"),
		Size:  rapid.Int64Range(0, 1<<40).Draw(t, "size"),
		Mode:  0,
		Owner: word.Draw(t, "owner"), Group: word.Draw(t, "group"),
	}
	if p.noKind {
		e.Kind = vfs.File
	}
	e.Mode = 0o777 & fs.FileMode(rapid.Uint32().Draw(t, "mode"))
	if p.size != nil {
		e.Size %= 1 << 31
	}
	if p.name == "VMS" {
		e.Kind = vfs.File
		if strings.HasSuffix(strings.Split(e.Name, ";")[0], ".DIR") {
			e.Kind = vfs.Dir
		}
	}
	if p.name == "z/VM" {
		e.Size %= 1 << 30
	}
	back := rapid.Int64Range(0, 11*30*86400).Draw(t, "age")
	if !p.noYear {
		back = rapid.Int64Range(0, 40*365*86400).Draw(t, "age in years")
	}
	e.ModTime = testNow.Add(-time.Duration(back) * time.Second)
	if e.Kind == vfs.Link {
		e.Target = "t" + rapid.StringMatching(`[a-z/.]{0,20}`).Draw(t, "target")
		e.Name = strings.ReplaceAll(e.Name, ">", "x")
		e.Size = int64(len(e.Target))
	}
	return e
}

func (p printer) same(want, got vfs.Entry) bool {
	unit := map[vfs.Precision]time.Duration{vfs.Day: 24 * time.Hour, vfs.Minute: time.Minute, vfs.Second: time.Second}[p.prec]
	size := want.Size
	if p.size != nil {
		size = p.size(size)
	}
	switch {
	case got.Name != want.Name || got.Target != want.Target && p.name != "MLSD":
	case !p.noKind && got.Kind != want.Kind:
	case got.Size != size && (got.Kind != vfs.Dir || got.Size >= 0 && p.size == nil):
	case p.prec > vfs.NoTime && (!got.ModTime.Equal(want.ModTime.Truncate(unit)) || got.UTC != p.utc || got.Prec < p.prec):
	case p.prec == vfs.NoTime && got.Prec != vfs.NoTime:
	case p.owner && (got.Owner != want.Owner || got.Group != want.Group):
	case p.mode && (!got.HasMode || got.Mode != want.Mode):
	default:
		return true
	}
	return false
}

func TestATreePrintedInAnyDialectIsReadBack(t *testing.T) {
	for _, p := range printers() {
		t.Run(p.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				var want []vfs.Entry
				var data strings.Builder
				if p.heading != "" {
					data.WriteString(p.heading + "\r\n")
				}
				n := rapid.IntRange(1, 30).Draw(t, "n")
				for range n {
					e := p.draw(t)
					if len(want) == 0 { // the narrowest row shows where names begin
						e.Name = strings.TrimLeft(e.Name, " ")
					}
					want = append(want, e)
					data.WriteString(p.print(e) + "\r\n")
				}
				o := Options{Command: p.command, Now: testNow}
				if p.command == "" {
					o.Command = "LIST"
				}
				l, err := Parse(strings.NewReader(data.String()), o)
				if err != nil || l.Len() != len(want) {
					t.Fatalf("%d entries of %d, %v\n%s\n%+v", l.Len(), len(want), err, data.String(), l.Info())
				}
				for i, w := range want {
					if got := l.At(i); !p.same(w, got) {
						t.Fatalf("wrote\n%swhich is\n%qand read\n%s%s", showEntry(w), p.print(w), showEntry(got), l.Info().Format)
					}
				}
			})
		})
	}
}
