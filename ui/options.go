package ui

import (
	"time"

	"ferry/config"
	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
)

// Options is what cmd hands to the screen.
type Options struct {
	API    ftpsvc.API
	Config config.Config
	// Problems are notices to show at start: a broken config, a password in the
	// argument list.
	Problems []string
	// Book keeps sites and bookmarks; nil: they cannot be kept.
	Book Book
	// Settings keeps what is changed on the screen; nil: it holds for this run.
	Settings Settings
	// Connect is a server to open at once; nil opens the local pane and the
	// connect dialog, unless Quiet.
	Connect     *vfs.Endpoint
	Password    string
	HasPassword bool
	Quiet       bool   // no connect dialog at start
	Local       string // folder of the local pane, "": where the process is
	Version     string
	Demo        bool // the demo's server: said on the site line

	// Editor runs for F4: program and arguments, without the file; empty:
	// the environment's.
	Editor []string
	// TempDir is where remote files to be edited are put; "": the system's.
	TempDir string

	// Now is the clock; nil: time.Now. For tests.
	Now func() time.Time
}

// Settings is the user's file of settings. Its methods read and write it, so
// they are called at the start and from commands only.
type Settings interface {
	File() string
	// Prepare makes it where there is none, with all settings as comments.
	Prepare() error
	// Load reads it anew, with what is wrong with it.
	Load() (config.Config, []string)
	// Change writes what differs, and refuses where the file cannot be read.
	Change(func(*config.Config)) error
	// Locate fills in file and line of what is wrong with a key of it.
	Locate([]*config.Problem)
}

// Book keeps what the user saved. Its methods read and write files, so they
// are called from commands only, never from Update or View.
type Book interface {
	Sites() ([]vfs.Endpoint, error)
	SaveSite(old string, e vfs.Endpoint) error // old: name it had, "" for a new one
	DeleteSite(name string) error
	Bookmarks() ([]Bookmark, error)
	SaveBookmarks([]Bookmark) error
	// SavePassword keeps a password in the system's keyring; CanKeep tells
	// whether there is one.
	SavePassword(e vfs.Endpoint, password string) error
	CanKeep() bool
}

// Bookmark is a kept place, or a pair of places.
type Bookmark struct {
	Name string
	// Site and Path are the place; Site is a saved site's name or a URL without a
	// password, "" local.
	Site, Path string
	// Site2 and Path2 are the other pane of a pair; Path2 "" for a single place.
	Site2, Path2 string
}
