package ui

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
)

func TestAFolderThatCannotBeReadIsNotEntered(t *testing.T) {
	r := online(t, 120, 36, nil).keys("down", "enter")
	l, id := last[ftpsvc.List](t, r.api)
	r.events(ftpsvc.Failed{ID: id, Err: &vfs.Error{Op: "list", Path: l.Path, Err: fs.ErrPermission}})
	r.see(`! list "/home/me/src/site/dist/assets"`, "Local  ~/src/site/dist ", "index.html").keys("down", "enter")
	if l, _ := last[ftpsvc.List](t, r.api); l.Path != "/home/me/src/site/dist/config" {
		t.Errorf("%+v", l)
	}
}

func TestALinkThatLeadsNowhereIsNotEntered(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.m.here().pane.Find("latest")
	n := count[ftpsvc.List](r.api)
	r.keys("enter")
	_, id := last[ftpsvc.Stat](t, r.api)
	r.events(ftpsvc.Done{ID: id, Value: vfs.Entry{Name: "latest", Kind: vfs.Link, Target: "app-2.4.0.tar.gz"}})
	r.see("latest leads nowhere: there is no app-2.4.0.tar.gz")
	if count[ftpsvc.List](r.api) != n {
		t.Error("it was entered")
	}
}

func TestTheFolderOfTheStartIsInTheHistory(t *testing.T) {
	r := newRig(t, 80, 24, func(o *Options) { o.Local = "" })
	_, id := last[ftpsvc.List](t, r.api)
	r.events(ftpsvc.Done{ID: id, Value: vfs.ListInfo{Dir: "/start/here"}}).keys("backspace")
	r.listed(vfs.Entries{folder("here", "2026-01-01 00:00")}).keys("alt+left")
	if l, _ := last[ftpsvc.List](t, r.api); l.Path != "/start/here" {
		t.Errorf("%+v", l)
	}
}

func TestAListingThatWasStoppedIsReadOnceTheConnectionIsBack(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab")
	r.m.show(r.m.here(), testSite, "/slow")
	_, id := last[ftpsvc.List](t, r.api)
	r.keys("esc").events(ftpsvc.Canceled{ID: id}).see("reading the folder was stopped").gone("empty folder")
	n := count[ftpsvc.List](r.api)
	i := siteInfo()
	i.State = ftpsvc.Connecting
	r.events(ftpsvc.ConnChanged{Info: i}, ftpsvc.ConnChanged{Info: siteInfo()})
	if count[ftpsvc.List](r.api) != n+1 {
		t.Error("it was not read again")
	}
}

func TestFoldersAreComparedByNameAlone(t *testing.T) {
	r := online(t, 120, 36, nil)
	r.m.list(r.m.here(), "/home/me/x", "", false)
	r.listed(vfs.Entries{folder("2026-11-08", "2026-01-01 00:00"), file("only.txt", 1, "2026-01-01 00:00")})
	r.keys("alt+c").run().see("≈ 2026-11-08", "≈ folder, by name").keys("alt+=").run()
	r.see("1 difference marked; 1 folder has the same name there, what is in them was not compared")
}

func TestThePaneOfAServerAskedForGetsTheFocus(t *testing.T) {
	e := siteInfo().Endpoint
	r := newRig(t, 40, 12, func(o *Options) { o.Connect = &e }) // one pane is shown
	r.see("Connecting to ftp.example.net")
	_, id := last[ftpsvc.Connect](t, r.api)
	r.keys("tab").events(ftpsvc.Done{ID: id, Value: siteInfo()})
	if r.m.cur().focus != 0 {
		t.Error("it is taken once the server is there, from under typing hands")
	}
	r = newRig(t, 120, 36, nil).keys("ctrl+o").typed("ftp.example.org").keys("enter")
	if c, _ := last[ftpsvc.Connect](t, r.api); c.Endpoint.Host != "ftp.example.org" || r.m.cur().focus != 1 {
		t.Errorf("%q, focus %d", c.Endpoint.Host, r.m.cur().focus)
	}
}

func TestConnectingIsStoppedByKey(t *testing.T) {
	e := siteInfo().Endpoint
	connecting := ftpsvc.ConnInfo{Conn: testSite, Endpoint: e, State: ftpsvc.Connecting}
	for _, key := range []string{"esc", "alt+d"} {
		r := newRig(t, 120, 36, func(o *Options) { o.Connect = &e }).events(ftpsvc.ConnChanged{Info: connecting})
		r.see("Esc  stop", "Esc stops").keys(key)
		_, id := last[ftpsvc.Connect](t, r.api)
		if c, _ := last[ftpsvc.Cancel](t, r.api); c.ID != id {
			t.Errorf("%s stopped %d, not %d", key, c.ID, id)
		}
		r.events(ftpsvc.Canceled{ID: id}).see("not connected to ftp.example.net").gone("Esc  stop", "Esc stops")
		n := count[ftpsvc.Cancel](r.api)
		if r.keys(key); count[ftpsvc.Cancel](r.api) != n {
			t.Errorf("%s stops what does not run", key)
		}
	}
}

func TestEncryptionThatDoesNotComeToBeIsTakenBack(t *testing.T) {
	r := online(t, 120, 36, nil).keys("tab")
	r.m.run("tls")
	r.keys("end", "enter")
	c, id := last[ftpsvc.Configure](t, r.api)
	if c.Endpoint.TLS != vfs.TLSOff {
		t.Fatalf("chosen was %q", c.Endpoint.TLS)
	}
	off := siteInfo()
	off.Endpoint.TLS, off.State = vfs.TLSOff, ftpsvc.Offline
	r.events(ftpsvc.ConnChanged{Info: off}, ftpsvc.Failed{ID: id, Err: vfs.ErrTLS})
	c, again := last[ftpsvc.Configure](t, r.api)
	if again == id || c.Endpoint.TLS != vfs.TLSExplicit {
		t.Errorf("then it is %q", c.Endpoint.TLS)
	}
	r.events(ftpsvc.Done{ID: again, Value: siteInfo()}).see("Encryption is explicit, as before")
}

func TestAboutThisServer(t *testing.T) {
	r := online(t, 120, 40, nil).keys("tab")
	i := siteInfo()
	i.RTT, i.CertPrint = 100351*time.Nanosecond, strings.TrimSuffix(strings.Repeat("AB:", 32), ":")
	r.events(ftpsvc.ConnChanged{Info: i})
	r.m.run("server-info")
	r.see("Round trip   <1 ms", "SHA-256      "+strings.Repeat("AB:", 16)).gone("100.351")
}

func TestAQuestionTellsWhatWasMarkedElsewhere(t *testing.T) {
	r := online(t, 120, 36, nil).keys("down", "space", "enter")
	r.listed(vfs.Entries{file("here.txt", 1, "2026-01-01 00:00"), file("too.txt", 1, "2026-01-01 00:00")})
	r.keys("f8").see("Delete /home/me/src/site/dist/assets? This", "/home/me/src/site/dist/assets/").keys("esc")
	r.keys("down", "space", "f8").see("Delete 1 file and 1 folder, 1 of them in other folders?", "  here.txt", "  /home/me/src/site/dist/assets/")
	r.keys("esc", "f5").see("1 file and 1 folder, 1 of them in other folders")
}
