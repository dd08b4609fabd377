package dialog

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	"ferry/ui/theme"
)

var noon = time.Date(2026, 11, 22, 13, 5, 0, 0, time.UTC)

const (
	oddName  = "notes\x1b[31m\u202e写真-家族旅行 (final copy of the final version).tar.gz"
	finger   = "3F:9A:1C:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:01:02:03:04:05:06:07:08:09:0A:0B:7E:02"
	finger2  = "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F"
	longPath = "/srv/www/releases/2026-11-22/a/very/long/path/写真/index.html"
)

var site = vfs.Endpoint{Name: "prod-web", Host: "ftp.example.net", User: "deploy", Start: "/srv/www", TLS: vfs.TLSExplicit, RateDown: 512 << 10}

func conflictQuestion() ftpsvc.Question {
	return ftpsvc.Question{Kind: ftpsvc.AskConflict, Others: 2,
		Item:   queue.Item{To: "deploy@ftp.example.net:21", Target: longPath},
		Source: vfs.Entry{Name: "index.html", Size: 18841, ModTime: noon, Prec: vfs.Second, UTC: true},
		Target: vfs.Entry{Name: "index.html", Size: 18534, ModTime: noon.AddDate(0, 0, -7), Prec: vfs.Minute, UTC: true}}
}

// every returns each dialog once.
func every() map[string]*Dialog {
	cert := vfs.Certificate{HostKey: "ftp.example.net:21", Subject: "CN=ftp.example.net, O=Example", Issuer: "CN=Example CA", Names: []string{"ftp.example.net", "例え.jp"},
		NotBefore: noon.AddDate(0, -10, 0), NotAfter: noon.AddDate(0, 0, 41), Fingerprint: finger, Problem: "self-signed certificate"}
	changed := cert
	changed.Known = finger2
	changed.NotAfter = noon.AddDate(0, 0, -3)
	unread := vfs.ListInfo{Unknown: 1203, Unread: []vfs.Unread{{Line: 3, Raw: "?---------   ? ?    ?  " + oddName, Why: "unknown format"}, {Line: 9, Raw: strings.Repeat("x", 300), Why: "line too long"}}}
	samples := []ftpsvc.CharsetSample{{Charset: "UTF-8", Names: []string{`\xd5\xd5\xc6\xac.jpg`, "readme.txt"}, Bad: 1}, {Charset: "GB18030", Names: []string{"照片.jpg", "readme.txt", oddName}},
		{Charset: "Shift_JIS", Names: []string{"ﾕﾕﾆｬ.jpg", "readme.txt"}}}
	var many []vfs.Endpoint
	for i := range 30 {
		many = append(many, vfs.Endpoint{Name: fmt.Sprintf("site-%02d", i), Host: fmt.Sprintf("ftp%d.a-long-host-name.example.net", i), User: "deploy"})
	}
	return map[string]*Dialog{
		"connect":           Connect(vfs.Endpoint{}, ""),
		"connect again":     Connect(site, `connect "ftp.example.net:21": connection refused`),
		"copy":              Copy(CopyForm{What: "3 files and 1 folder", Size: "4.11 G", To: "prod-web", Target: longPath + "/"}),
		"move":              Copy(CopyForm{Move: true, What: oddName, Size: "68 B", To: "local", Target: "/home/me/" + oddName, Note: "The server tells no sizes: the copy is proven by its final reply alone."}),
		"mkdir":             Mkdir(longPath),
		"makefile":          MakeFile("/srv"),
		"rename":            Rename(oddName),
		"delete":            Confirm(ConfirmForm{Name: "delete", Title: "Delete", Corner: "prod-web", Text: "Delete these 7 entries? This cannot be undone.", Names: []string{oddName, "b", "写真", "d", "e", "f", "g"}, Detail: CountText(ftpsvc.Count{Files: 1204, Dirs: 37, Bytes: 8 << 30, Unread: 2}, true), Yes: "Yes, delete", Alarm: true}),
		"conflict":          Conflict(conflictQuestion(), noon),
		"error":             Error(&vfs.Error{Op: "upload", Path: oddName, Reply: vfs.Reply{Code: 553, Lines: []string{"Permission denied.", "Ask \x1b]52;c;aGk=\x07root"}}, Err: vfs.ErrRefused}, "Is the folder yours? F2 opens another account."),
		"message":           Message("Connection lost", "read tcp: connection reset by peer", "Ctrl+R reconnects."),
		"welcome":           Welcome("prod-web", []string{"Welcome to \x1b[31mExample FTP", "Ваш IP записан", strings.Repeat("long line ", 30)}),
		"sites":             Sites(many, "site-12"),
		"sites empty":       Sites(nil, ""),
		"bookmarks":         Places([]Choice{{"web", "prod-web /srv/www"}, {"写真", "/home/me/写真   nas /backup/" + oddName}}, ""),
		"site":              EditSite(site, nil),
		"site new":          EditSite(vfs.Endpoint{}, nil),
		"password":          Password(ftpsvc.Question{Endpoint: site}, true),
		"password again":    Password(ftpsvc.Question{Endpoint: site, Again: true, Reply: vfs.Reply{Code: 530, Lines: []string{"Login incorrect."}}}, false),
		"certificate":       Certificate(cert, "prod-web", noon),
		"certificate alarm": Certificate(changed, "prod-web", noon),
		"cleartext":         ClearText(site),
		"cleartext off":     ClearText(vfs.Endpoint{Host: "ftp.example.net", User: "deploy", TLS: vfs.TLSOff}),
		"tlsalarm":          TLSAlarm(site),
		"account":           Account(ftpsvc.Question{Endpoint: site, Again: true, Reply: vfs.Reply{Code: 332, Lines: []string{"need account"}}}),
		"limits":            Limits(Rates{Down: 2 << 20}, "prod-web", Rates{Up: 500 << 10}),
		"quit":              Quit(QuitForm{Running: 3, Waiting: 12}),
		"quit demo":         Quit(QuitForm{Running: 1, Pending: true, Demo: true}),
		"chmod":             Chmod(ChmodForm{What: oddName, Mode: 0o644, Known: true, HasFile: true}),
		"chmod folders":     Chmod(ChmodForm{What: "3 files and 1 folder", Mode: 0o755 | fs.ModeSetgid, Known: true, HasFile: true, HasDir: true}),
		"settime":           SetTime(oddName, noon, time.UTC),
		"charset":           Charset(samples, "GB18030"),
		"pattern":           Pattern(true, ""),
		"link":              Link("../"+oddName, "latest"),
		"unread":            Unread("/srv/odd", unread),
		"pick":              Pick("history", "History", []Choice{{"/srv/www", "today"}, {longPath, ""}}, 1, "No folder was visited yet."),
	}
}

// picture draws the stack on an empty screen and returns its cells as text.
func picture(s *Stack) string {
	b := uv.NewScreenBuffer(s.w, s.h)
	for _, l := range s.Layers() {
		lines := strings.Split(l.Content, "\n")
		w := 0
		for _, x := range lines {
			w = max(w, s.theme.Method.Width(x))
		}
		uv.NewStyledString(l.Content).Draw(b, uv.Rect(l.X, l.Y, w, len(lines)))
	}
	lines := strings.Split(b.Buffer.String(), "\n")
	if c := s.Cursor(); c != nil {
		lines = append(lines, fmt.Sprintf("cursor %d,%d", c.X, c.Y))
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return strings.Join(lines, "\n") + "\n"
}

func stackOf(w, h int, ascii bool, d *Dialog) *Stack {
	s := &Stack{}
	s.SetTheme(theme.New("terminal", ascii))
	s.SetSize(w, h)
	s.Open(d)
	return s
}

func TestTheEndOfACertificateIsSeenOnANarrowScreen(t *testing.T) {
	for days, want := range map[int]string{365: "to 2027-11-22, 365 d left", -3: "expired 2026-11-19"} {
		c := vfs.Certificate{Fingerprint: "00:01", NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(0, 0, days)}
		s, _, _ := Certificate(c, "", noon).view(theme.New("terminal", true), 40, 12)
		if !strings.Contains(ansi.Strip(s), want) {
			t.Errorf("%s is not seen:\n%s", want, ansi.Strip(s))
		}
	}
}

func TestFramesOfEveryDialog(t *testing.T) {
	for name := range every() {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for _, size := range []struct{ w, h int }{{80, 24}, {60, 15}, {120, 36}, {200, 60}} {
				for _, ascii := range []bool{false, true} {
					fmt.Fprintf(&b, "--- %dx%d ascii=%v\n%s", size.w, size.h, ascii, picture(stackOf(size.w, size.h, ascii, every()[name])))
				}
			}
			golden.RequireEqual(t, b.String())
		})
	}
}
