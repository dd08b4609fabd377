package ui

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"ferry/config"
	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

var testNow = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)

// stub is a service that only remembers what it was asked.
type stub struct {
	mu   sync.Mutex
	reqs []ftpsvc.Request
}

func (s *stub) Submit(r ftpsvc.Request) ftpsvc.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reqs = append(s.reqs, r)
	return ftpsvc.ID(len(s.reqs))
}

// errNoNews is what Next says: the tests send their news themselves.
var errNoNews = errors.New("no news")

func (s *stub) Next(context.Context) (ftpsvc.Batch, error) { return ftpsvc.Batch{}, errNoNews }

// last returns the newest request of a type and its number.
func last[R ftpsvc.Request](t testing.TB, s *stub) (R, ftpsvc.ID) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.reqs) - 1; i >= 0; i-- {
		if r, ok := s.reqs[i].(R); ok {
			return r, ftpsvc.ID(i + 1)
		}
	}
	var none R
	t.Fatalf("no %T was asked for in %v", none, s.reqs)
	return none, 0
}

// count is how many requests of a type were made.
func count[R ftpsvc.Request](s *stub) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.reqs {
		if _, ok := r.(R); ok {
			n++
		}
	}
	return n
}

// rig is a model under test with a clock of its own.
type rig struct {
	testing.TB
	m   *model
	api *stub
	at  time.Time
	cmd tea.Cmd // of the last message
}

const testSite = ftpsvc.Conn("deploy@ftp.example.net:21")

func newRig(t testing.TB, w, h int, change func(*Options)) *rig {
	t.Helper()
	t.Setenv("HOME", "/home/me")
	r := &rig{TB: t, api: &stub{}, at: testNow}
	o := Options{API: r.api, Config: config.Default(), Local: "/home/me/src/site/dist", Quiet: true, Version: "1.0",
		Now: func() time.Time { return r.at }}
	o.Config.Screen.Log = true
	if change != nil {
		change(&o)
	}
	r.m = newModel(t.Context(), o)
	r.m.Init()
	r.send(tea.WindowSizeMsg{Width: w, Height: h})
	return r
}

// send gives the model a message, and runs no command.
func (r *rig) send(msgs ...tea.Msg) *rig {
	for _, msg := range msgs {
		_, r.cmd = r.m.Update(msg)
	}
	return r
}

// run runs the command of the last message and gives its messages back; the
// one that waits for the service is not run.
func (r *rig) run() *rig {
	for _, msg := range collect(r.cmd) {
		r.send(msg)
	}
	return r
}

func collect(c tea.Cmd) []tea.Msg {
	if c == nil {
		return nil
	}
	switch m := c().(type) {
	case nil:
		return nil
	case tea.BatchMsg:
		var out []tea.Msg
		for _, c := range m {
			out = append(out, collect(c)...)
		}
		return out
	case endedMsg:
		return nil
	default:
		return []tea.Msg{m}
	}
}

func (r *rig) events(evs ...ftpsvc.Event) *rig {
	return r.send(batchMsg{Events: evs, Now: r.at})
}

// keys presses keys, with the clock going on a second before each.
func (r *rig) keys(names ...string) *rig {
	for _, n := range names {
		r.at = r.at.Add(1500 * time.Millisecond)
		r.send(press(n))
	}
	return r
}

// typed types text.
func (r *rig) typed(s string) *rig {
	for _, c := range s {
		r.keys(string(c))
	}
	return r
}

var codes = map[string]rune{"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "backspace": tea.KeyBackspace, "up": tea.KeyUp, "down": tea.KeyDown,
	"left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "insert": tea.KeyInsert,
	"delete": tea.KeyDelete, "space": ' '}

func press(name string) tea.KeyPressMsg {
	var k tea.Key
	for {
		switch {
		case strings.HasPrefix(name, "ctrl+") && len(name) > 5:
			k.Mod |= tea.ModCtrl
			name = name[5:]
			continue
		case strings.HasPrefix(name, "alt+") && len(name) > 4:
			k.Mod |= tea.ModAlt
			name = name[4:]
			continue
		case strings.HasPrefix(name, "shift+") && len(name) > 6:
			k.Mod |= tea.ModShift
			name = name[6:]
			continue
		}
		break
	}
	if c, ok := codes[name]; ok {
		k.Code = c
		if c == ' ' {
			k.Text = " "
		}
	} else if len(name) > 1 && name[0] == 'f' {
		n := 0
		for _, d := range name[1:] {
			n = n*10 + int(d-'0')
		}
		k.Code = tea.KeyF1 + rune(n-1)
	} else {
		c := []rune(name)[0]
		k.Code = c
		if k.Mod == 0 {
			k.Text = name
		}
	}
	return tea.KeyPressMsg(k)
}

// frame is the screen as text, cell by cell.
func (r *rig) frame() string {
	r.Helper()
	v := r.m.View()
	b := uv.NewScreenBuffer(r.m.w, r.m.h)
	b.Method = r.m.th.Method.Mode
	uv.NewStyledString(v.Content).Draw(b, b.Bounds())
	lines := strings.Split(b.Buffer.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \r")
	}
	return strings.Join(lines, "\n") + "\n"
}

// see fails unless the frame holds all the texts.
func (r *rig) see(texts ...string) *rig {
	r.Helper()
	f := r.frame()
	for _, s := range texts {
		if !strings.Contains(f, s) {
			r.Fatalf("%q is not on the screen:\n%s", s, f)
		}
	}
	return r
}

func (r *rig) gone(texts ...string) *rig {
	r.Helper()
	f := r.frame()
	for _, s := range texts {
		if strings.Contains(f, s) {
			r.Fatalf("%q is on the screen:\n%s", s, f)
		}
	}
	return r
}

func day(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func folder(name, t string) vfs.Entry {
	return vfs.Entry{Name: name, Kind: vfs.Dir, Size: -1, ModTime: day(t), Prec: vfs.Minute, Mode: 0o755, HasMode: true, Owner: "deploy"}
}

func file(name string, size int64, t string) vfs.Entry {
	return vfs.Entry{Name: name, Kind: vfs.File, Size: size, ModTime: day(t), Prec: vfs.Minute, Mode: 0o644, HasMode: true, Owner: "deploy"}
}

func localEntries() vfs.Entries {
	return vfs.Entries{folder("assets", "2026-11-21 18:40"), folder("config", "2026-11-12 09:13"), file("index.html", 18840, "2026-11-22 13:00"),
		file("app-2.4.1.tar.gz", 39950000, "2026-11-22 13:01"), file("backup-2026-11-20.sql.zst", 4370000000, "2026-11-20 02:11"),
		file("写真-家族旅行.jpg", 3355443, "2026-08-02 11:57"), file("release-notes.md", 13209, "2026-11-22 12:58"),
		file("very-long-file-name-that-goes-on-and-on-to-the-final.iso", 736100352, "2025-06-30 01:00"), file("Résumé (final).pdf", 228352, "2026-03-01 10:20"),
		{Name: "latest", Kind: vfs.Link, Target: "app-2.4.0.tar.gz", Size: -1, ModTime: day("2026-11-01 08:00"), Prec: vfs.Minute},
		file("notes\x1b[31m.txt", 1, "2026-11-22 13:05"), file("logo.svg", 6758, "2026-02-14 17:21"), file("sitemap.xml", 45056, "2026-11-22 12:40"), file(".env", 12, "2026-01-01 00:00")}
}

func remoteEntries() vfs.Entries {
	return vfs.Entries{folder("2026-11-08", "2026-11-08 19:02"), folder("2026-11-15", "2026-11-15 18:55"), folder("2026-11-22", "2026-11-22 13:02"),
		file("app-2.4.0.tar.gz", 39740000, "2026-11-01 07:59"), file("index.html", 18534, "2026-11-15 18:56"),
		file("maintenance.html", 1229, "2026-10-02 09:30"), file("robots.txt", 68, "2024-01-10 00:00")}
}

func siteInfo() ftpsvc.ConnInfo {
	e := vfs.Endpoint{Name: "prod-web", Host: "ftp.example.net", User: "deploy", TLS: vfs.TLSExplicit}
	return ftpsvc.ConnInfo{Conn: testSite, Endpoint: e, State: ftpsvc.Online, Welcome: []string{"220 Welcome to example"}, Home: "/srv/www/releases",
		Caps: vfs.Caps{MLSD: true, Size: true, MDTM: true, REST: true, UTF8: true, SetModTime: true, SetMode: true},
		TLS:  "TLS 1.3 AES-128-GCM", CertEnd: testNow.Add(61*24*time.Hour + time.Hour), Charset: "UTF-8", Data: vfs.DataEPSV, Command: "MLSD", Open: 3, Max: 4, RTT: 24 * time.Millisecond}
}

// listed answers the newest listing with entries.
func (r *rig) listed(es vfs.Entries) *rig {
	r.Helper()
	l, id := last[ftpsvc.List](r.TB, r.api)
	return r.events(ftpsvc.Rows{ID: id, Conn: l.Conn, Path: l.Path, Pane: l.Pane, Gen: l.Gen, Batch: es},
		ftpsvc.Done{ID: id, Value: vfs.ListInfo{Dir: l.Path, Entries: len(es)}})
}

// online is a rig with a local folder at the left and a site at the right.
func online(t testing.TB, w, h int, change func(*Options)) *rig {
	t.Helper()
	r := newRig(t, w, h, change)
	r.listed(localEntries())
	_, id := last[ftpsvc.Space](t, r.api)
	r.events(ftpsvc.Done{ID: id, Value: int64(44238000000)})
	i := siteInfo()
	r.m.connect(r.m.there(), i.Endpoint, "", false)
	_, id = last[ftpsvc.Connect](t, r.api)
	r.events(ftpsvc.ConnChanged{Info: i}, ftpsvc.Done{ID: id, Value: i})
	return r.listed(remoteEntries())
}

// working gives the queue something to show.
func (r *rig) working() *rig {
	item := func(id int64, s queue.State, src, dst string, size int64) queue.Item {
		return queue.Item{ID: id, Job: 1, Kind: queue.KindFile, To: string(testSite), Source: src, Target: dst, Size: size, State: s}
	}
	a := item(1, queue.Running, "/home/me/src/site/dist/app-2.4.1.tar.gz", "/srv/www/releases/app-2.4.1.tar.gz", 39950000)
	b := item(2, queue.Running, "/home/me/src/site/dist/backup-2026-11-20.sql.zst", "/srv/www/releases/backup-2026-11-20.sql.zst", 4370000000)
	d := queue.Item{ID: 3, Job: 2, Kind: queue.KindFile, From: string(testSite), Source: "/srv/www/access.log.1.gz", Target: "/home/me/logs/access.log.1.gz", Size: 90000000, State: queue.Running}
	f := item(4, queue.Failed, "/home/me/src/site/dist/index.html", "/srv/www/index.html", 18840)
	f.Err = `upload "/srv/www/index.html": server replied 553 permission denied`
	v := &ftpsvc.QueueView{Counts: queue.Counts{ByState: map[queue.State]int64{queue.Running: 3, queue.Queued: 9, queue.Failed: 1, queue.Done: 27}, Bytes: 5153960755, Moved: 1288490188, Files: 40},
		Active: []queue.Item{a, b, d}, Failed: []queue.Item{f}}
	return r.send(batchMsg{Now: r.at, Queue: v, Progress: []ftpsvc.Progress{
		{Item: 1, Bytes: 24769000, Size: 39950000, Rate: 19084083, Left: time.Second, Conn: 2},
		{Item: 2, Bytes: 786600000, Size: 4370000000, Rate: 15414067, Left: 206 * time.Second, Conn: 3},
		{Item: 3, Bytes: 81900000, Size: 90000000, Rate: 1258291, Left: 2 * time.Second, Conn: 4}}})
}

func click1(x, y int) tea.MouseClickMsg {
	return tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft}
}

// drag presses, moves and releases the left button.
func (r *rig) drag(x0, y0, x1, y1 int, mod tea.KeyMod) *rig {
	r.send(click1(x0, y0), tea.MouseMotionMsg{X: (x0 + x1) / 2, Y: y0, Button: tea.MouseLeft},
		tea.MouseMotionMsg{X: x1, Y: y1, Button: tea.MouseLeft, Mod: mod})
	return r.send(tea.MouseReleaseMsg{X: x1, Y: y1, Button: tea.MouseLeft, Mod: mod})
}

func motion(x, y int) tea.MouseMotionMsg {
	return tea.MouseMotionMsg{X: x, Y: y, Button: tea.MouseLeft}
}

func splitLines(s string) []string { return strings.Split(s, "\n") }
func contains(s, part string) bool { return strings.Contains(s, part) }
