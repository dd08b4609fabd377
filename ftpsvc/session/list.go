package session

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"ferry/ftpsvc/listing"
	"ferry/ftpsvc/vfs"
	"ferry/ftpsvc/wire"
)

// List implements vfs.FS. The command is the best that the server bears; what
// it refuses is not used again.
func (s *Session) List(ctx context.Context, dir string, o vfs.ListOptions, yield func(vfs.Batch) error) (vfs.ListInfo, error) {
	info := vfs.ListInfo{Dir: dir, Taken: time.Now()}
	err := s.do(ctx, "list", dir, func() error {
		if err := s.setType(ctx, false); err != nil {
			return err
		}
		return s.list(ctx, dir, &info, rowSink{yield, o.Anew})
	})
	return info, err
}

// decode turns a name's bytes into text in the site's charset.
func (s *Session) decode(raw []byte) (name string, ok bool) {
	name = s.t.Codec().Decode(raw)
	return name, !wire.Broken(name)
}

// Stat implements vfs.FS: by MLST where offered, else by looking into the folder that holds path.
func (s *Session) Stat(ctx context.Context, path string) (vfs.Entry, error) {
	style := s.Style()
	path = style.Clean(path)
	if style.IsRoot(path) {
		return vfs.Entry{Name: style.Base(path), Kind: vfs.Dir, Size: -1}, nil
	}
	if err := s.check("look up", path); err != nil {
		return vfs.Entry{}, err
	}
	if s.useMLST() {
		e, known, err := s.mlst(ctx, path)
		if known && (err != nil || s.facts.honestMLST() || !maybeLink(e)) {
			return e, err
		}
	}
	return s.statByList(ctx, path)
}

// maybeLink reports what proftpd's MLST may tell of a link: that it is a
// folder, or a file of the link's own size and permissions. Only a listing
// tells then.
func maybeLink(e vfs.Entry) bool {
	return e.Kind == vfs.Dir || e.Kind == vfs.File && e.HasMode && e.Mode.Perm() == 0o777
}

// useMLST reports whether MLST tells about links themselves. Where the
// server follows them, only a listing shows what a path is.
func (s *Session) useMLST() bool {
	s.info.Lock()
	defer s.info.Unlock()
	return s.facts.has("MLST") && !s.facts.followsLinks() && s.choice["MLST"] == 0
}

// mlst asks by MLST (RFC 3659 section 7). known is false when the answer says
// nothing: then the command is not used again.
func (s *Session) mlst(ctx context.Context, path string) (e vfs.Entry, known bool, err error) {
	err = s.do(ctx, "look up", path, func() error {
		r, err := s.t.Exec(ctx, "MLST "+path)
		if err != nil {
			return err
		}
		if r.Code/100 != 2 {
			known = !unsupported(r)
			if r.Code == 550 && !errors.Is(sentinelOf(r), fs.ErrPermission) {
				return &vfs.Error{Op: "look up", Path: path, Reply: r, Err: fs.ErrNotExist}
			}
			return &wire.ReplyError{Reply: r}
		}
		for _, l := range r.Lines[min(1, len(r.Lines)-1):] {
			var ok bool
			if e, _, ok = listing.ParseFacts(l, listing.Options{Decode: s.decode}); ok {
				e.Name, known = s.Style().Base(path), true
				return nil
			}
		}
		return &vfs.Error{Op: "look up", Path: path, Reply: r, Err: vfs.ErrUnsupported}
	})
	if !known && s.t.Alive() && ctx.Err() == nil {
		s.prefer("MLST", -1)
		return e, false, nil
	}
	return e, true, err
}

// statByList looks into the folder that holds path.
func (s *Session) statByList(ctx context.Context, path string) (vfs.Entry, error) {
	style := s.Style()
	var found *vfs.Entry
	dir, base := style.Dir(path), style.Base(path)
	exact := false
	_, err := s.List(ctx, dir, vfs.ListOptions{}, func(b vfs.Batch) error {
		for i := range b.Len() {
			e := b.At(i)
			switch {
			case e.Name == base && !exact:
				found, exact = &e, true
			case found == nil && style != vfs.Slash && (style.Join(dir, e.Name) == path || style.NameKey(e.Name) == style.NameKey(base)):
				found = &e // VMS lists the folder B of [A.B] as B.DIR;1
			}
		}
		return nil
	})
	var ve *vfs.Error
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		if errors.As(err, &ve) {
			ve.Op, ve.Path = "look up", path
		}
		return vfs.Entry{}, err
	}
	if found == nil {
		return vfs.Entry{}, &vfs.Error{Op: "look up", Path: path, Err: fs.ErrNotExist}
	}
	if found.SizeRough { // a look-up is asked to know, not to show
		found.Size, found.SizeRough = -1, false
	}
	return *found, nil
}

// notQuotable tells why a raw command is refused, "" when it is not.
func notQuotable(line string) string {
	if err := checkPath(line); err != nil {
		return "it holds CR, LF or NUL"
	}
	verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch strings.ToUpper(verb) {
	case "":
		return "it is empty"
	case "RETR", "STOR", "STOU", "APPE", "LIST", "NLST", "MLSD", "PASV", "EPSV", "SPSV", "CPSV", "LPSV", "PORT", "EPRT", "LPRT":
		return "it needs a data connection"
	case "AUTH", "CCC", "PROT", "PBSZ", "REIN", "QUIT", "USER", "PASS", "TYPE", "MODE", "STRU", "REST":
		return "it would change the connection behind ferry's back"
	}
	return ""
}
