package ui

import (
	"slices"
	"testing"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
)

// shelf is a Book in memory.
type shelf struct {
	Book
	sites []vfs.Endpoint
	marks []Bookmark
}

func (s *shelf) Sites() ([]vfs.Endpoint, error) { return s.sites, nil }

func (s *shelf) Bookmarks() ([]Bookmark, error) { return slices.Clone(s.marks), nil }

func (s *shelf) SaveBookmarks(marks []Bookmark) error {
	s.marks = marks
	return nil
}

func TestBookmarksAreRenamedAndDeleted(t *testing.T) {
	book := &shelf{marks: []Bookmark{{Name: "one", Path: "/1"}, {Name: "two", Path: "/2"}}}
	r := online(t, 80, 24, func(o *Options) { o.Book = book })
	r.keys("b").run().see("one", "/1", "two").keys("down", "r").see("Rename bookmark", "/2")
	r.keys("ctrl+u").typed("deux").keys("enter").run()
	r.run().see("deux")
	if want := (Bookmark{Name: "deux", Path: "/2"}); len(book.marks) != 2 || book.marks[1] != want {
		t.Fatalf("%+v", book.marks)
	}
	book.marks = append(book.marks, Bookmark{Name: "of another ferry", Path: "/3"})
	r.keys("f8").see("Forget the bookmark deux?").keys("enter").see("deux", "/2") // the default is no
	r.keys("d", "d").run()
	r.run().see("of another ferry").gone("/2")
	if len(book.marks) != 2 || book.marks[0].Name != "one" || book.marks[1].Path != "/3" {
		t.Errorf("%+v", book.marks)
	}
}

func TestTheConnectDialogKnowsSavedSites(t *testing.T) {
	nas := vfs.Endpoint{Name: "nas", Host: "10.0.0.7", User: "me", Port: 2121}
	r := newRig(t, 80, 24, func(o *Options) { o.Book = &shelf{sites: []vfs.Endpoint{nas}} }).listed(localEntries())
	r.keys("ctrl+o").typed("nas").keys("enter").run()
	if k, _ := last[ftpsvc.Connect](t, r.api); k.Endpoint.Host != nas.Host || k.Endpoint.User != "me" || k.Endpoint.Port != 2121 {
		t.Errorf("%+v", k.Endpoint)
	}
}
