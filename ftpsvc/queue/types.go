// Package queue is the durable transfer queue: one SQLite file that all
// processes of a user share. It stores and hands out; it moves no byte and
// opens no connection.
package queue

import (
	"io/fs"
	"time"

	"ferry/ftpsvc/vfs"
)

// State of an item. Words, not numbers, in the file too.
type State string

const (
	Queued   State = "queued"
	Scanning State = "scanning" // a folder whose content is being read
	Running  State = "running"
	Waiting  State = "waiting" // for an answer of the user
	Retrying State = "retrying"
	Paused   State = "paused"
	Done     State = "done"
	Skipped  State = "skipped" // by policy: it was there already
	Failed   State = "failed"
	Canceled State = "canceled"
)

// IsFinal reports whether nothing more happens to an item unless it is retried.
func (s State) IsFinal() bool {
	switch s {
	case Done, Skipped, Failed, Canceled, forgotten:
		return true
	}
	return false
}

// forgotten is canceled, or over in another way, and shown to nobody: such an
// item is kept while the folder that it was found in may be read again.
const forgotten State = "forgotten"

// finals are the final states in SQL.
const finals = "('done','skipped','failed','canceled','forgotten')"

// Reached is what a finished item is proven to be (DESIGN section 5).
type Reached string

const (
	Nothing      Reached = ""
	Sent         Reached = "sent"         // all bytes written
	Acknowledged Reached = "acknowledged" // final reply read
	Verified     Reached = "verified"     // size or hash agrees
)

// Kind of an item.
type Kind string

const (
	KindFile Kind = "file"
	KindTree Kind = "tree" // a folder: scanned, made, its children queued
	KindLink Kind = "link"
)

// Item is one row of the queue: a file, a folder still to be scanned, a link.
type Item struct {
	ID        int64
	Job       int64
	Kind      Kind
	From, To  string // accounts (vfs.Endpoint.Key), "" is local
	Source    string // absolute paths
	Target    string
	Size      int64     // of the source as listed, -1 unknown
	ModTime   time.Time // of the source as listed, zero unknown
	UTC       bool      // ModTime is UTC, not a server's wall clock
	Prec      vfs.Precision
	Mode      fs.FileMode
	HasMode   bool
	Priority  int
	Pos       int64 // order within a priority; lower first
	State     State
	Reached   Reached
	Bytes     int64     // done so far; may lag a second
	Tries     int       // starts so far
	Err       string    // the last error in the server's words
	Class     string    // its class: "refused", "lost", "disk", "verify" ...
	NotBefore time.Time // when a retrying one may start
	Temp      string    // temporary name at the target, "" before the first byte
	Segments  []Segment
	Answer    Conflict // the user's word for this item
	Owner     string   // process that runs it, "" when none
	Ended     time.Time

	lane int64 // its row in lanes
}

// Segment is a part of a segmented download. [Offset, Offset+Size) of the file, Done bytes of it on disk.
type Segment struct{ Offset, Size, Done int64 }

// Rough reports whether ModTime was told without its seconds.
func (i Item) Rough() bool {
	return i.Prec == vfs.Minute || i.Prec == vfs.Day || i.Prec == vfs.NoTime && i.ModTime.Second() == 0
}

// Upload reports whether the item goes from the local side to a server.
func (i Item) Upload() bool { return i.From == "" && i.To != "" }

// Download reports whether the item comes from a server to the local side.
func (i Item) Download() bool { return i.From != "" && i.To == "" }

// Conflict is what to do where the target exists.
type Conflict string

const (
	Ask        Conflict = "ask"
	Skip       Conflict = "skip"
	Overwrite  Conflict = "overwrite"
	ResumePart Conflict = "resume"
	KeepBoth   Conflict = "keep-both"
	NewerOnly  Conflict = "newer"
	SizeOnly   Conflict = "size"    // replace when the size differs
	Differs    Conflict = "differs" // replace when size or time differs, else skip
)

// LinkPolicy is what to do with links in a tree.
type LinkPolicy string

const (
	LinksSkip     LinkPolicy = "skip"
	LinksFollow   LinkPolicy = "follow" // only where the target stays inside the tree
	LinksRecreate LinkPolicy = "recreate"
)

// Options is the policy of a job, stored with it as JSON.
type Options struct {
	Move      bool       `json:"move,omitempty"`     // delete the source once the copy is proven
	Conflict  Conflict   `json:"conflict,omitempty"` // "": ask
	Links     LinkPolicy `json:"links,omitempty"`    // "": skip
	KeepTime  bool       `json:"keep_time,omitempty"`
	KeepMode  bool       `json:"keep_mode,omitempty"`
	ASCII     []string   `json:"ascii,omitempty"` // masks of names to send as text
	Include   []string   `json:"include,omitempty"`
	Exclude   []string   `json:"exclude,omitempty"`
	Hash      string     `json:"hash,omitempty"`       // "", "auto", "sha256" ...: ask the server for a hash after
	Segments  int        `json:"segments,omitempty"`   // 0: automatic, 1: none
	Parallel  int        `json:"parallel,omitempty"`   // connections for this job, 0: the site's
	BlockSize int        `json:"block_size,omitempty"` // bytes a read and write, 0: default
	MaxTries  int        `json:"max_tries,omitempty"`  // 0: default
	Sync      string     `json:"sync,omitempty"`       // "", "always", "never"
	NoTemp    bool       `json:"no_temp,omitempty"`
	NoTrees   bool       `json:"no_trees,omitempty"` // a folder among the paths fails (ErrUsage): copying whole trees was not asked for
	Roots     []string   `json:"roots,omitempty"`    // sources of the job, links are followed, or made anew, within them
	Owner     string     `json:"owner,omitempty"`    // process the job belongs to alone: its own verb waits
}

// Job is what one Copy queued.
type Job struct {
	ID      int64
	Title   string
	Created time.Time
	Options Options
	Roots   int // items it began with
}

// Counts is the queue in numbers.
type Counts struct {
	ByState map[State]int64
	Bytes   int64 // sizes of all that is not final and of what is done in the current run
	Moved   int64 // of them done
	Files   int64
}

// Filter chooses items of a page.
type Filter struct {
	States []State // empty: all
	Job    int64   // 0: all
}

// Class of an item, for lanes of their own: trees, small files, big files.
type Class string

const (
	ClassTree  Class = "tree"
	ClassSmall Class = "small" // below BigSize, of unknown size, or a link
	ClassBig   Class = "big"
)

// BigSize is the size in bytes from which a file is of ClassBig.
const BigSize = 1 << 20

// Lane is what many items share: Claim chooses by it.
type Lane struct {
	Job      int64
	From, To string // accounts
	Class    Class
}

// ClassOf tells the class of an item.
func ClassOf(it Item) Class {
	switch {
	case it.Kind == KindTree:
		return ClassTree
	case it.Kind == KindFile && it.Size >= BigSize:
		return ClassBig
	}
	return ClassSmall
}

// Leased reports whether a process holds an item in this state.
func (s State) Leased() bool {
	switch s {
	case Held, Scanning, Running, Waiting:
		return true
	}
	return false
}

// Held is queued to everybody else: a process holds the item and is not at
// work on it. One that reached something was sent, and waits for its proof.
const Held State = "leased"

// owned are the states in which a process may hold an item.
var owned = []State{Held, Scanning, Running, Waiting, Retrying}
