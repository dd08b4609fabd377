// Package vfs holds the values that every other package of ferry shares: a row
// of a listing, a path, an error, how a server is reached, and the small file
// system interface behind which the local and the remote side look alike.
//
// It owns no socket, no file and no goroutine, and imports nothing of ours.
package vfs

import (
	"io/fs"
	"time"
)

// Kind is what an entry is, as far as the listing told.
type Kind uint8

const (
	Unknown Kind = iota // the listing did not tell, or a link whose target was not looked up
	File
	Dir
	Link
	Other // device, socket, FIFO, door
)

// Precision is how exactly a listing told a time.
type Precision uint8

const (
	NoTime Precision = iota
	Day
	Minute
	Second
	Nano
)

// Entry is one row of a listing. It is a value: it may be copied and kept.
type Entry struct {
	// Name is the entry's own name, never a path (but an OS/400 member is told as
	// FILE/MEMBER, which is its name in the library). It is valid UTF-8 and stands
	// for the server's bytes without loss: a byte that the site's charset
	// cannot decode is the private-use rune U+F700+byte, and goes back to the
	// server as that byte. It is not safe to draw: see ui/text.
	Name string
	// Raw is the name's bytes as the server sent them; "" when they are
	// the bytes of Name.
	Raw string

	Kind Kind
	Size int64 // bytes, as listed; -1 when the listing did not tell
	// SizeRough says that Size was counted in blocks, tracks or thousands (VMS,
	// MVS, "1.2K"): fit to be shown, no proof that a transfer is whole.
	SizeRough bool

	// ModTime is the time of the last change. Where UTC is false it is the
	// server's wall clock of unknown zone, stored as if it were UTC. Where Prec
	// is Day it is in the server's zone, as far as that is known: its date is the
	// one that was told.
	ModTime time.Time
	Prec    Precision
	UTC     bool

	Mode    fs.FileMode // permission bits, setuid, setgid and sticky; valid when HasMode
	HasMode bool
	Perm    string // as listed: "rwxr-xr-x", "RWCEAFMS", the perm fact
	Owner   string
	Group   string
	Target  string // of a link, as listed
	Unique  string // the unique fact (RFC 3659 section 7.5.2), or device and inode
	Facts   string // the raw fact list of MLSD or MLST, "" for other formats
}

// IsDir reports whether e is known to be a folder. A link to one is not.
func (e Entry) IsDir() bool { return e.Kind == Dir }

// RawName returns the name's bytes as they stand in the listing.
func (e Entry) RawName() string {
	if e.Raw != "" {
		return e.Raw
	}
	return e.Name
}

// Batch is some entries of a listing, in the order of the server. It does not
// change once handed over and may be read from any goroutine.
type Batch interface {
	Len() int
	At(i int) Entry // builds the entry; cheap, but not free
}

// Entries is a Batch that holds its entries as they are.
type Entries []Entry

func (s Entries) Len() int       { return len(s) }
func (s Entries) At(i int) Entry { return s[i] }
