package session

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"ferry/ftpsvc/vfs"
)

// maxLinks is how many links in a row are followed.
const maxLinks = 16

// Follow implements vfs.Follower. The end of a link may lie outside of what
// the server shows, or its listings tell neither folder nor file: then the
// server is asked by going there.
func (s *Session) Follow(ctx context.Context, path string) (vfs.Entry, string, error) {
	at := s.Style().Clean(path)
	e, err := s.Stat(ctx, at)
	name, raw := e.Name, e.Raw
	for n := 0; err == nil && e.Kind == vfs.Link && n < maxLinks; n++ {
		if e.Target == "" {
			if e.Target, err = s.Readlink(ctx, at); err != nil || e.Target == "" {
				break
			}
		}
		next := s.Style().Leads(at, e.Target)
		end, serr := s.Stat(ctx, next)
		if errors.Is(serr, fs.ErrNotExist) {
			break
		}
		e, at, err = end, next, serr
	}
	if err == nil && (e.Kind == vfs.Link || e.Kind == vfs.Unknown) {
		err = s.goThere(ctx, at, &e)
	}
	e.Name, e.Raw = name, raw
	return e, at, err
}

// goThere finds out what is at path: what CWD takes is a folder, what SIZE or
// MDTM knows a file. LIST and NLST may tell neither.
func (s *Session) goThere(ctx context.Context, path string, e *vfs.Entry) error {
	return s.do(ctx, "look up", path, func() error {
		if err := s.setType(ctx, false); err != nil {
			return err
		}
		r, err := s.t.Pipeline(ctx, "CWD "+path, "SIZE "+path, "MDTM "+path)
		if err != nil {
			return err
		}
		size, sized := sizeIn(r[1])
		mod, dated := timeIn(r[2])
		switch {
		case r[0].Code/100 == 2:
			*e, s.cwd = vfs.Entry{Kind: vfs.Dir, Size: -1}, path
		case sized || dated:
			*e = vfs.Entry{Kind: vfs.File, Size: -1}
			if sized {
				e.Size = size
			}
		}
		if dated && e.Kind != vfs.Link && e.Kind != vfs.Unknown {
			e.ModTime, e.Prec, e.UTC = mod, vfs.Second, true
		}
		return nil
	})
}

// links are where the links of a folder lead, as LIST told it at a time.
type links struct {
	dir string
	at  time.Time
	to  map[string]string // by name
}

// take takes in the links among rows of the folder.
func (l *links) take(b vfs.Batch) error {
	for i := range b.Len() {
		if e := b.At(i); e.Kind == vfs.Link {
			l.to[e.Name] = e.Target
		}
	}
	return nil
}

// forget takes back what take took.
func (l *links) forget() { clear(l.to) }

// linksLast is how long the links of a folder are not asked about again.
const linksLast = 30 * time.Second

// Readlink implements vfs.LinkReader: MLSD and MLST of proftpd and pure-ftpd do
// not tell where links lead, but LIST does.
func (s *Session) Readlink(ctx context.Context, path string) (string, error) {
	dir, name := s.Style().Dir(path), s.Style().Base(path)
	if s.links.dir == dir && time.Since(s.links.at) < linksLast {
		return s.links.to[name], nil
	}
	l := links{dir: dir, at: time.Now(), to: map[string]string{}}
	err := s.do(ctx, "look up", path, func() error {
		for _, way := range s.lsWays() {
			err := s.transfer(func() error {
				info := vfs.ListInfo{Dir: dir, Command: way, Taken: l.at}
				return s.listBy(ctx, way, dir, &info, rowSink{l.take, l.forget})
			})
			if !errors.Is(err, errNextWay) {
				return err
			}
			s.noteRefused(way)
		}
		return nil
	})
	if err == nil {
		s.links = l
	}
	return l.to[name], err
}

// lsWays are the commands that may print as ls does.
func (s *Session) lsWays() []string {
	var out []string
	for _, way := range []string{wayAll, wayList} {
		s.info.Lock()
		ok := s.choice[way] >= 0 && (way != wayAll || s.facts.unixLike())
		s.info.Unlock()
		if ok {
			out = append(out, way)
		}
	}
	return out
}
