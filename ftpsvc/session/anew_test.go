package session_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/vfs"
)

// listAnew lists by rows that may be told anew; times is how often they were.
func (l *lister) listAnew(dir string) (rows vfs.Entries, times int) {
	l.t.Helper()
	o := vfs.ListOptions{Anew: func() { rows, times = nil, times+1 }}
	if _, err := l.List(l.t.Context(), dir, o, func(b vfs.Batch) error {
		for i := range b.Len() {
			rows = append(rows, b.At(i))
		}
		return nil
	}); err != nil {
		l.t.Fatal(err)
	}
	return rows, times
}

// whereItIs follows the folder that the client went to last.
func whereItIs(s *ftptest.Script) func() string {
	at := ""
	s.On("CWD", func(c *ftptest.Conn, arg string) { at = arg; c.Default() })
	return func() string { return at }
}

// TestTheFirstListingIsInTheMeasuredZone: what was shown of it by the server's
// wall clock is told anew; who cannot take that gets the rows once it is known.
func TestTheFirstListingIsInTheMeasuredZone(t *testing.T) {
	mod := time.Now().UTC().Truncate(time.Minute).Add(-36 * time.Hour)
	season := 2 * time.Hour
	open := func() *lister {
		l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
			s.On("LIST", func(c *ftptest.Conn, _ string) {
				wall := func(d time.Duration) string { return mod.Add(season - d).Format("Jan _2 15:04") }
				c.SendText(fmt.Sprintf("-rw-r--r-- 1 a b 1 %s old\r\n-rw-r--r-- 1 a b 1 %s young\r\n", wall(48*time.Hour), wall(0)))
			})
			s.On("MDTM", func(c *ftptest.Conn, _ string) { c.Reply(213, mod.Format("20060102150405")) })
		})
		l.srv.Mkdir("/pub")
		return l
	}
	check := func(rows vfs.Entries) {
		t.Helper()
		if len(rows) != 2 || !rows[0].UTC || !rows[1].UTC || !rows[1].ModTime.Equal(mod) || !rows[0].ModTime.Equal(mod.Add(-48*time.Hour)) {
			t.Errorf("%+v, want %v", rows, mod)
		}
	}
	for _, dir := range []string{"/", "/pub"} {
		l := open()
		rows, times := l.listAnew(dir)
		if check(rows); times != 1 {
			t.Errorf("told anew %d times", times)
		}
		if rows, times = l.listAnew(dir); times != 0 {
			t.Errorf("the second listing is told anew")
		}
		check(rows)
		season = time.Hour // in between, the clock was put back
		l.again()
		if rows, times = l.listAnew(dir); times != 1 {
			t.Errorf("in another season it is told anew %d times", times)
		}
		check(rows)
		if l.learned().Zone != "+01:00" {
			t.Error(l.learned())
		}
		season = 2 * time.Hour

		l = open()
		var held vfs.Entries
		if _, err := l.List(t.Context(), dir, vfs.ListOptions{}, func(b vfs.Batch) error {
			for i := range b.Len() {
				held = append(held, b.At(i))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		check(held)
	}
}

// TestRowsThatTurnOutOtherwiseAreToldAnew: a listing whose last row shows where
// the names begin, for those who see it come and those who wait.
func TestRowsThatTurnOutOtherwiseAreToldAnew(t *testing.T) {
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "-rw-r--r-- 1 a b 1 Mar  1 10:00   row %d\r\n", i)
	}
	text.WriteString(lsRow("last"))
	l := listerTo(t, ftptest.ScriptOptions{Features: []string{"REST STREAM"}}, func(s *ftptest.Script) { s.On("LIST", sends(text.String())) })
	l.srv.Mkdir("/pub")
	for _, dir := range []string{"/", "/pub"} {
		rows, _ := l.listAnew(dir)
		names, info, err := l.list(dir)
		if len(rows) != 101 || rows[0].Name != "  row 0" || len(names) != 101 || names[0] != "  row 0" || err != nil || info.Entries != 101 {
			t.Errorf("%d rows, the first is %q; %d names, the first is %q; %v", len(rows), rows[0].Name, len(names), names[0], err)
		}
	}
}

// TestAComplaintIsOfItsFolderAlone: a folder that cannot be read, or one in a
// format that nobody knows, costs no other folder its listing.
func TestAComplaintIsOfItsFolderAlone(t *testing.T) {
	for name, odd := range map[string]string{
		"a complaint":       "ls: .: Permission denied\r\n",
		"an unknown format": "<<row>>\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			l := listerTo(t, ftptest.ScriptOptions{Features: oldServer}, func(s *ftptest.Script) {
				at := whereItIs(s)
				s.On("LIST", func(c *ftptest.Conn, arg string) {
					if strings.HasSuffix(arg, "/odd") || at() == "/odd" && !strings.Contains(arg, "/") {
						c.SendText(odd)
						return
					}
					c.Default()
				})
				s.On("NLST", func(c *ftptest.Conn, arg string) { c.SendText("row\r\n") })
			})
			l.srv.Put("/odd/row", nil)
			l.srv.Put("/open/.hidden", nil)
			l.srv.Put("/open/row", nil)
			for range 2 {
				if _, info, err := l.list("/odd"); err != nil || name == "a complaint" && (info.Complete() || info.Command == "NLST") {
					t.Fatalf("%+v, %v", info, err)
				}
			}
			l.want("/open", "LIST -a", ".hidden", "row")
			l.again()
			l.want("/open", "LIST -a", ".hidden", "row")
			if got := l.learned().ListAll; got != "yes" {
				t.Errorf("learned %q", got)
			}
		})
	}
}

// TestAFolderIsNotInItself: vsftpd shows a folder that it may not read as a row
// of its own name, and nothing when asked inside of it, which is no empty folder.
func TestAFolderIsNotInItself(t *testing.T) {
	l := listerTo(t, ftptest.ScriptOptions{Features: append([]string{"TVFS"}, oldServer...)}, func(s *ftptest.Script) {
		at := whereItIs(s)
		s.On("LIST", func(c *ftptest.Conn, arg string) {
			switch {
			case strings.HasSuffix(arg, "/secret"):
				c.SendText("d-wx--x--x 2 a b 4096 Mar  1  2020 secret\r\n")
			case at() == "/secret" && !strings.Contains(arg, "/"):
				c.SendText("")
			default:
				c.Default()
			}
		})
	})
	l.srv.Put("/open/row", nil)
	l.srv.Put("/open/too", nil)
	l.srv.Put("/secret/hidden", nil)
	l.srv.Put("/same/same/row", nil)
	l.want("/open", "LIST -a", "row", "too")
	if names, _, err := l.list("/secret"); !errors.Is(err, fs.ErrPermission) || len(names) != 0 {
		t.Errorf("%q, %v", names, err)
	}
	l.want("/same", "LIST -a", "same/")
}
