package config

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/pelletier/go-toml/v2"
)

// Bookmark is a kept place, or a pair of places, one for each pane.
type Bookmark struct {
	Name  string `toml:"name"`
	Site  string `toml:"site,omitempty"` // a saved site or a URL without a password; "" is local
	Path  string `toml:"path"`
	Site2 string `toml:"site2,omitempty"` // of the other pane
	Path2 string `toml:"path2,omitempty"` // "" for a single place
}

type bookmarks struct {
	Bookmark []Bookmark `toml:"bookmark"`
}

// BookmarksFile is the path of the bookmarks.
func (d Dirs) BookmarksFile() string { return filepath.Join(d.Config, "bookmarks.toml") }

// Bookmarks reads bookmarks.toml in its order. One without a name or a path
// that can be read is left out.
func (s *Store) Bookmarks() ([]Bookmark, []*Problem) {
	var b bookmarks
	_, problems, whole := s.read(s.dirs.BookmarksFile(), &b)
	if !whole {
		return nil, problems
	}
	return slices.DeleteFunc(b.Bookmark, func(m Bookmark) bool { return m.Name == "" || m.Path == "" }), problems
}

// SaveBookmarks writes the whole list; comments in the file are lost. A file
// that has problems is left as it is.
func (s *Store) SaveBookmarks(list []Bookmark) error {
	return s.dirs.locked(func() error {
		if _, problems := s.Bookmarks(); len(problems) > 0 {
			return fmt.Errorf("save bookmarks: %w", problems[0])
		}
		text, err := toml.Marshal(bookmarks{list})
		if err != nil {
			return err
		}
		return writeFile(s.dirs.BookmarksFile(), text)
	})
}
