// Package listing reads what a server sends over the data connection in answer
// to LIST, MLSD and NLST, and the reply to MLST.
//
// It owns the formats: which one a listing is in, and what each line of it
// means. It opens no connection and asks no server. Every byte of a listing
// ends up in an entry, in a line known to mean nothing (noise), or in an
// unread line, which is counted and kept.
//
//	bytes -> blocks -> lines -> format decided over the first lines -> records -> vfs.Entry
//
// The text is kept once; a record of 40 bytes points into it, and At builds the
// entry on demand. A line that contradicts the decided format is unread, unless
// the lines to come show that the decision was wrong: then the whole text is read
// again, and a stream is told anew.
package listing

import (
	"context"
	"errors"
	"io"
	"time"

	"ferry/ftpsvc/vfs"
)

// Limits that apply where Options say nothing.
const (
	DefaultMaxLine   = 1 << 20   // bytes of one line; a longer one is unread
	DefaultMaxBytes  = 512 << 20 // bytes of one listing; what follows is an error
	DefaultBatchSize = 4096      // entries handed over at once
	maxRawKept       = 4 << 10   // bytes kept of an unread line
)

// ErrTooLong is returned for a listing of more than Options.MaxBytes.
var ErrTooLong = errors.New("listing is too long")

// Options say what is known about a listing. The zero value reads the answer
// to LIST of a server of unknown zone.
type Options struct {
	Command  string         // "LIST", "LIST -a", "MLSD", "NLST"; "" is LIST
	Dir      string         // the folder that was asked for; names that carry it as a prefix lose it
	Now      time.Time      // for dates without a year; zero: the present
	Location *time.Location // zone of LIST times; nil: unknown, the wall clock is kept as if it were UTC

	// Decode turns a name's bytes into text that stands for them without loss,
	// and tells whether all of them were in the charset. It is called while
	// reading, only for names that are not plain ASCII. nil: UTF-8, where any
	// other byte becomes the rune U+F700+byte.
	Decode func(raw []byte) (name string, ok bool)

	// Anew is called by Read when rows that were handed over turned out to be
	// others (the format or a column showed late): they are to be forgotten, and
	// all are handed over once more. nil: each batch waits until that cannot be.
	Anew func()

	MaxLine   int   // 0: DefaultMaxLine
	MaxBytes  int64 // 0: DefaultMaxBytes
	BatchSize int   // 0: DefaultBatchSize
}

func (o Options) withDefaults() Options {
	if o.MaxLine <= 0 {
		o.MaxLine = DefaultMaxLine
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.BatchSize <= 0 {
		o.BatchSize = DefaultBatchSize
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	return o
}

// Listing is a listing read whole. It implements vfs.Batch: it does not change
// and may be read from any goroutine.
type Listing struct {
	chunks []*chunk
	starts []int // index of each chunk's first entry
	n      int
	info   vfs.ListInfo
}

// Len is the number of entries.
func (l *Listing) Len() int { return l.n }

// At builds entry i. It allocates nothing.
func (l *Listing) At(i int) vfs.Entry {
	lo, hi := 0, len(l.starts)
	for lo < hi {
		if m := int(uint(lo+hi) >> 1); l.starts[m] <= i {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return l.chunks[lo-1].At(i - l.starts[lo-1])
}

// Info tells what the listing was.
func (l *Listing) Info() vfs.ListInfo { return l.info }

func listingOf(chunks []*chunk) *Listing {
	l := &Listing{}
	for _, c := range chunks {
		l.add(c)
	}
	return l
}

func (l *Listing) add(c *chunk) {
	l.starts = append(l.starts, l.n)
	l.chunks = append(l.chunks, c)
	l.n += c.Len()
}

// Parse reads a whole listing. With an error of r, or ErrTooLong, the entries
// read until then are returned too.
func Parse(r io.Reader, o Options) (*Listing, error) {
	p := newParser(o)
	l, err := p.parseAll(r)
	l.info = p.finalInfo()
	return l, err
}

// Read reads a listing and hands its entries to yield as they arrive: a batch
// is handed over when it is full, and whenever r has no more for the moment.
// The batches may be kept. In the end, what was handed over since the last call
// of o.Anew is what Parse makes of the same bytes, however they came.
//
// An error of r, of yield or of ctx, or ErrTooLong, ends the reading; the info
// then tells what came until then. ctx is looked at between two reads of r: to
// end a blocked read, close r.
func Read(ctx context.Context, r io.Reader, o Options, yield func(vfs.Batch) error) (vfs.ListInfo, error) {
	p := newParser(o)
	refused := false
	p.sink = func(c *chunk) error {
		err := yield(c)
		refused = err != nil
		return err
	}
	err := p.run(ctx, r)
	if !refused && ctx.Err() == nil {
		if e := p.finish(); err == nil {
			err = e
		}
	}
	return p.finalInfo(), err
}
