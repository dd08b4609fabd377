package ftpsvc

import (
	"context"
	"fmt"
	"io/fs"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// source is one of the paths of a Copy, and what it turned out to be.
type source struct {
	path  string // where it is read: of a link to a folder that was named, where that leads
	entry vfs.Entry
}

// sources looks at the paths of a Copy. Of several in one folder, the folder
// is listed. What is named is followed where it is a link, whatever the policy
// says of links below. One of several that cannot be looked at becomes a file
// of which nothing is known: the transfer tells why, and the others go on.
func sources(ctx context.Context, side vfs.FS, b Copy) ([]source, error) {
	l := newLooker(side, b.Paths)
	out := make([]source, 0, len(b.Paths))
	for _, p := range b.Paths {
		e, err := l.look(ctx, p)
		s := source{p, e}
		if err == nil {
			err = s.follow(ctx, side, b.Options)
		}
		switch {
		case err != nil && (len(b.Paths) == 1 || ctx.Err() != nil || !vfs.Permanent(err)):
			return nil, err
		case err != nil:
			s = source{p, vfs.Entry{Name: side.Style().Base(p), Kind: vfs.File, Size: -1}}
		}
		out = append(out, s)
	}
	return out, nil
}

// follow puts in place of a link what it leads to. A folder is read where it
// really is, since the links in it count from there.
func (s *source) follow(ctx context.Context, side vfs.FS, o CopyOptions) error {
	st := side.Style()
	real := st == vfs.OS && o.Links == queue.LinksFollow // to compare with where links lead
	if s.entry.Kind != vfs.Link && s.entry.Kind != vfs.Unknown && !real {
		return nil
	}
	f, ok := side.(vfs.Follower)
	if !ok {
		return nil
	}
	e, at, err := f.Follow(ctx, s.path)
	if err != nil {
		return err
	}
	if e.Kind == vfs.Dir && s.entry.Kind == vfs.Link && o.Move {
		return &vfs.Error{Op: "move", Path: s.path, Err: fmt.Errorf("%w: it is a link to a folder, which would be emptied: copy it instead", vfs.ErrUsage)}
	}
	s.entry = e
	if e.Kind == vfs.Dir {
		s.path = at
	}
	return nil
}

// looker looks paths up; those of a folder that holds several of them, in its listing.
type looker struct {
	side  vfs.FS
	count map[string]int
	known map[string]map[string]vfs.Entry
	gone  map[string]bool // folders that are not there
}

// listFrom is how many look-ups in one folder are worth its listing.
const listFrom = 3

func newLooker(side vfs.FS, paths []string) *looker {
	l := &looker{side: side, count: map[string]int{}, known: map[string]map[string]vfs.Entry{}, gone: map[string]bool{}}
	for _, p := range paths {
		l.count[side.Style().Dir(p)]++
	}
	return l
}

func (l *looker) look(ctx context.Context, path string) (vfs.Entry, error) {
	st := l.side.Style()
	d := st.Dir(path)
	if st != vfs.OS && l.count[d] >= listFrom && l.known[d] == nil {
		names := map[string]vfs.Entry{}
		l.known[d] = names
		_, err := l.side.List(ctx, d, vfs.ListOptions{}, func(b vfs.Batch) error {
			for i := range b.Len() {
				e := b.At(i)
				names[e.Name] = e
			}
			return ctx.Err()
		})
		if err != nil && (lost(err) || ctx.Err() != nil) {
			return vfs.Entry{}, err
		}
		l.gone[d] = isMissing(err)
	}
	if l.gone[d] {
		return vfs.Entry{}, &vfs.Error{Op: "look up", Path: path, Err: fs.ErrNotExist}
	}
	if e, ok := l.known[d][st.Base(path)]; ok {
		return e, nil
	}
	return l.side.Stat(ctx, path)
}
