package config

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestBookmarksKeepTheirOrder(t *testing.T) {
	s := newStore(t, "", "")
	want := []Bookmark{{Name: "z", Path: "/tmp/a b"}, {Name: "a", Site: "nas", Path: "/ü\uF7B9", Site2: "ftp://me@h", Path2: "/x"}}
	must(t, s.SaveBookmarks(want))
	got, problems := s.Bookmarks()
	if len(problems) != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v %v", got, problems)
	}
	must(t, s.SaveBookmarks(want[1:]))
	if got, _ := s.Bookmarks(); len(got) != 1 || got[0].Name != "a" {
		t.Errorf("after taking one out: %+v", got)
	}
}

func TestBrokenBookmarksAreReportedAndKept(t *testing.T) {
	const text = "[[bookmark]]\nname = \"a\"\npth = \"/\"\n"
	s := newStore(t, "", "")
	must(t, os.MkdirAll(s.Dirs().Config, 0o700))
	must(t, os.WriteFile(s.Dirs().BookmarksFile(), []byte(text), 0o600))
	list, problems := s.Bookmarks()
	if len(list) != 0 || len(problems) != 1 || !strings.Contains(problems[0].Error(), "bookmarks.toml:3") {
		t.Errorf("%v", problems)
	}
	if err := s.SaveBookmarks(nil); err == nil || readBack(t, s.Dirs().BookmarksFile()) != text {
		t.Errorf("written over: %v", err)
	}
}
