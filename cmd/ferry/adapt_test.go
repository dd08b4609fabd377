package main

import (
	"reflect"
	"testing"
	"time"

	"ferry/config"
	"ferry/ftpsvc/vfs"
)

// fill sets every field of a struct to something that is not zero.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("value of " + v.Type().Field(i).Name)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int, reflect.Int64:
			f.SetInt(int64(time.Second) + int64(i))
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]bool{"no-rest": true}))
		default:
			t.Fatalf("a field of kind %s is not filled by this test", f.Kind())
		}
	}
}

func TestEveryFieldOfAnEndpointIsSavedWithTheSite(t *testing.T) {
	var e vfs.Endpoint
	fill(t, reflect.ValueOf(&e).Elem())
	was := config.Site{Note: "mine", Keyring: true, Bookmarks: []string{"/a"}, LocalStart: "/here"}
	s := siteOf(e, was)
	if back := endpointOf(s); !reflect.DeepEqual(back, e) {
		t.Errorf("came back as\n%+v, was\n%+v", back, e)
	}
	if s.Note != was.Note || !s.Keyring || s.LocalStart != was.LocalStart || len(s.Bookmarks) != 1 {
		t.Errorf("what the screen does not know was lost: %+v", s)
	}
}

func TestASavedSiteHoldsNoSettings(t *testing.T) {
	b := book{config.Open(config.Dirs{Config: t.TempDir(), State: t.TempDir()}), config.Default()}
	e := withDefaults(vfs.Endpoint{Name: "s", Host: "h", Data: vfs.DataPASV}, b.conf.Connection) // as it is connected
	if err := b.SaveSite("", e); err != nil {
		t.Fatal(err)
	}
	want := config.Site{Host: "h", Mode: "pasv"}
	if s, err := b.store.Site("s"); err != nil || !reflect.DeepEqual(s.Site, want) {
		t.Errorf("%+v, %v", s.Site, err)
	}
	// What a site says stays said.
	e.Data = vfs.DataAuto
	if err := b.SaveSite("s", e); err != nil {
		t.Fatal(err)
	}
	want.Mode = "auto"
	if s, err := b.store.Site("s"); err != nil || !reflect.DeepEqual(s.Site, want) {
		t.Errorf("%+v, %v", s.Site, err)
	}
}

func TestEveryLearnedFactIsKept(t *testing.T) {
	var l vfs.Learned
	fill(t, reflect.ValueOf(&l).Elem())
	if back := learnedIn(learnedOut(l)); !reflect.DeepEqual(back, l) {
		t.Errorf("came back as\n%+v, was\n%+v", back, l)
	}
}

func TestMemoryAnswersTheEngine(t *testing.T) {
	store := config.Open(config.Dirs{Config: t.TempDir(), State: t.TempDir()})
	m := store.Memory()
	memory{m}.Learn("me@h:21", func(l *vfs.Learned) { l.TLSOffered, l.Quirks = true, map[string]bool{"no-epsv": true} })
	memory{m}.Trust("h:21", "AA:BB")
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	again := memory{store.Memory()}
	if l := again.Learned("me@h:21"); !l.TLSOffered || !l.Quirks["no-epsv"] || again.Trusted("h:21") != "AA:BB" {
		t.Errorf("%+v, %q", l, again.Trusted("h:21"))
	}
}
