package vfs

import (
	"context"
	"io"
	"io/fs"
	"sync/atomic"
	"time"
)

// FS is one side of a copy: the local disk, or a session with a server. Paths
// are absolute, in the side's own PathStyle. An FS is used by one goroutine at
// a time. Every error is an *Error. Cancelling ctx ends the call at once and
// leaves the FS usable, or closed when it could not be kept in step.
type FS interface {
	Style() PathStyle
	Caps() Caps
	// Home is the folder where the side starts: the server's after login, or
	// the process's working folder.
	Home(ctx context.Context) (string, error)
	// List hands the entries of dir to yield in batches, as they arrive. "."
	// and ".." are left out. An error of yield ends the listing and is returned.
	List(ctx context.Context, dir string, o ListOptions, yield func(Batch) error) (ListInfo, error)
	// Stat tells about one path and follows no link; errors.Is(err, fs.ErrNotExist).
	Stat(ctx context.Context, path string) (Entry, error)
	// Read lends use a reader of the file's bytes from o.Offset on. The reader
	// may implement io.WriterTo (splice); it is dead once use has returned. Read
	// returns nil only when the side acknowledged that the file came whole.
	Read(ctx context.Context, path string, o ReadOptions, use func(r io.Reader) error) error
	// Write stores r's bytes at path, which is created or truncated unless
	// o.Offset or o.Append say otherwise, and tells how many of r's bytes were
	// sent. It returns nil only when the side acknowledged them. When r fails
	// the transfer is aborted, never ended as if it were whole.
	Write(ctx context.Context, path string, r io.Reader, o WriteOptions) (int64, error)
	Mkdir(ctx context.Context, path string) error // errors.Is(err, fs.ErrExist)
	Rename(ctx context.Context, from, to string) error
	Remove(ctx context.Context, path string) error // a file or a link, never a folder
	Rmdir(ctx context.Context, path string) error  // an empty folder
	Close() error
}

// What only some sides can do. Ask Caps before use: a session has all the
// methods, and returns ErrUnsupported for what its server lacks.
type (
	ModTimeSetter interface {
		SetModTime(ctx context.Context, path string, t time.Time) error
	}
	ModeSetter interface {
		SetMode(ctx context.Context, path string, m fs.FileMode) error
	}
	// AttributeSetter is both for many paths, in few round trips. It tells of
	// each what came of it; err is that of the connection.
	AttributeSetter interface {
		SetAttributes(ctx context.Context, list []Attributes) (each []error, err error)
	}
	Symlinker interface {
		Symlink(ctx context.Context, target, path string) error
	}
	// Hasher asks the side itself for a file's hash, in lower-case hex. n < 0 means to the end.
	Hasher interface {
		Hash(ctx context.Context, algo, path string, off, n int64) (string, error)
	}
	// Finisher stores a file and does what is to be done behind it in as few
	// round trips as the side bears: ask the size, rename.
	Finisher interface {
		WriteThen(ctx context.Context, path string, r io.Reader, o WriteOptions, then Then) (Stored, error)
	}
	// Prober asks for a file's size and time as exactly as the side knows them,
	// in one round trip; -1 and zero for what it does not tell.
	Prober interface {
		Probe(ctx context.Context, path string) (Entry, error)
	}
	// Dater asks for the exact times of files in few round trips; zero for what
	// the side does not tell so cheaply.
	Dater interface {
		Dates(ctx context.Context, paths []string) ([]time.Time, error)
	}
	// Renamer tells whether the side can rename at all; it may ask with the help
	// of path, which need not be there.
	Renamer interface {
		CanRename(ctx context.Context, path string) (bool, error)
	}
	// SpaceTeller tells the free bytes of the volume that holds path.
	SpaceTeller interface {
		Space(ctx context.Context, path string) (free int64, err error)
	}
	// Follower tells what a path leads to when links are followed, under the
	// name that path ends in, and where that is: path itself where the side
	// cannot tell. The entry is of Kind Link when it leads nowhere.
	Follower interface {
		Follow(ctx context.Context, path string) (e Entry, at string, err error)
	}
	// LinkReader tells the target of a link of which the listing did not; ""
	// when the side does not say.
	LinkReader interface {
		Readlink(ctx context.Context, path string) (string, error)
	}
	// Quoter sends a raw command while idle. It acts in dir; "" is wherever the
	// connection happens to be.
	Quoter interface {
		Quote(ctx context.Context, dir, line string) (Reply, error)
	}
)

// StatEnd tells about a path, and of a link about what it leads to; it is of
// Kind Link when that is nothing.
func StatEnd(ctx context.Context, side FS, path string) (Entry, error) {
	e, err := side.Stat(ctx, path)
	if f, ok := side.(Follower); ok && err == nil && e.Kind == Link {
		e, _, err = f.Follow(ctx, path)
	}
	return e, err
}

// Attributes are what an AttributeSetter gives a path; zero and nil leave it.
type Attributes struct {
	Path    string
	ModTime time.Time
	Mode    *fs.FileMode
}

// Then is what a Finisher does once the bytes are acknowledged.
type Then struct {
	Size    bool      // ask the size that the side now sees
	ModTime time.Time // set the time, where it is known how; zero: leave it
	// Rename is a new path; only when the size, if asked and told, is what it
	// must be, and Check, if not nil, allows it. Check hears the size, -1 when not told.
	Rename string
	Check  func(size int64) error
}

// Stored is what a Finisher did.
type Stored struct {
	Sent    int64 // bytes of r
	Size    int64 // as the side tells, -1 when it does not
	TimeSet bool  // false: SetModTime may do it, or tells why not
	Renamed bool
}

// ListOptions ask for a listing.
type ListOptions struct {
	Refresh bool // ask the side, whatever a cache knows
	// Anew is called when entries that were handed over turn out to be others,
	// or of another time: they are to be forgotten, and all follow once more.
	// nil: entries are handed over only once they are sure to stay.
	Anew func()
}

// ListInfo is what a listing was, told after its last entry.
type ListInfo struct {
	Dir     string // the folder as the side calls it, after links
	Command string // "MLSD", "LIST -a", "NLST"; "" on the local side
	Format  string // "unix", "dos", "mlsd", "vms" ...
	Entries int
	Noise   int      // lines known to mean nothing, such as "total 12"
	Unread  []Unread // lines that no reader knew, at most MaxUnread of them
	Unknown int      // how many lines were unread in all
	Cached  bool     // from the cache, taken at Taken
	Taken   time.Time
	BadText int // names that the site's charset could not decode whole
}

// Unread is a line of a listing that could not be read.
type Unread struct {
	Line int    // 1 is the first line of the listing
	Raw  string // its bytes without the line end, cut at a stated cap
	Why  string // "unknown format", "name holds a slash", "line too long" ...
}

// MaxUnread is how many unread lines a ListInfo keeps.
const MaxUnread = 1000

// Complete reports whether nothing of the folder is missing, so that what is
// not in the listing is known not to be there.
func (l ListInfo) Complete() bool { return l.Unknown == 0 }

// ReadOptions steer FS.Read.
type ReadOptions struct {
	Offset   int64         // first byte wanted (REST, RFC 3659 section 5)
	ASCII    bool          // TYPE A; only on the user's explicit wish
	Size     int64         // expected size of the whole file, -1 when unknown; a hint
	Progress *atomic.Int64 // grows by the bytes that went by; may be nil
	// ModTime is given the exact time of the file as it was at its end, where the
	// side can tell it without a further round trip; may be nil.
	ModTime *time.Time
}

// WriteOptions steer FS.Write.
type WriteOptions struct {
	Offset   int64         // write from here on, keep what is before (REST + STOR)
	InPlace  bool          // local side: keep what is there, with an Offset of 0 as well
	Append   bool          // append to what is there (APPE); Offset must be 0
	ASCII    bool          // TYPE A
	Size     int64         // how many bytes r will give, -1 when unknown; a hint
	Sync     bool          // local side: flush to the disk before returning
	Progress *atomic.Int64 // grows by the bytes that went by; may be nil
}

// Caps is what a side can do, found out once at login and refined when the
// side refuses something. The zero value can do nothing but the basics.
type Caps struct {
	MLSD, Size, MDTM, REST, Append, UTF8, TVFS bool
	SetModTime, SetMode, Symlink, Space, Quote bool
	Hashes                                     []string // "crc32", "md5", "sha1", "sha256", "sha512"
	System                                     string   // the answer to SYST
	Features                                   []string // FEAT lines as told
}
