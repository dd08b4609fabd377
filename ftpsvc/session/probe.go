package session

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
	"ferry/ftpsvc/wire"
)

// Probe implements vfs.Prober, by SIZE and MDTM, which follow links.
func (s *Session) Probe(ctx context.Context, path string) (vfs.Entry, error) {
	e := vfs.Entry{Name: s.Style().Base(path), Kind: vfs.File, Size: -1}
	err := s.do(ctx, "look up", path, func() error {
		if err := s.setType(ctx, false); err != nil {
			return err
		}
		r, err := s.t.PipelineAhead(ctx, "SIZE "+path, "MDTM "+path)
		if err != nil {
			return err
		}
		if n, ok := sizeIn(r[0]); ok {
			e.Size = n
		}
		if t, ok := timeIn(r[1]); ok {
			e.ModTime, e.Prec, e.UTC = t, vfs.Second, true
		}
		if e.Size < 0 && e.ModTime.IsZero() {
			if !unsupported(r[0]) {
				return s.why(ctx, "look up", path, &wire.ReplyError{Reply: r[0]})
			}
			return &vfs.Error{Op: "look up", Path: path, Reply: r[0], Err: vfs.ErrUnsupported}
		}
		return nil
	})
	return e, err
}

// dated is the command that asks behind a download for the file's time.
func (s *Session) dated(path string, o vfs.ReadOptions) []string {
	if o.ModTime == nil || !s.Caps().MDTM {
		return nil
	}
	return []string{"MDTM " + path}
}

// readDate takes in the answer to dated, as far as it was asked. The file is
// whole without it.
func (s *Session) readDate(ctx context.Context, o vfs.ReadOptions) {
	r, err := s.t.BehindSent(ctx)
	if err != nil || len(r) == 0 {
		return
	}
	if t, ok := timeIn(r[0]); ok {
		*o.ModTime = t
	} else if unsupported(r[0]) {
		s.info.Lock()
		s.caps.MDTM = false
		s.info.Unlock()
	}
}

// atOnce is how many commands are sent together: replies that nobody reads
// must fit in the buffers between.
const atOnce = 100

// Dates implements vfs.Dater, by MDTM, many at once.
func (s *Session) Dates(ctx context.Context, paths []string) ([]time.Time, error) {
	out := make([]time.Time, len(paths))
	if !s.Caps().MDTM || s.t.Quirks()[wire.QuirkNoPipeline] {
		return out, nil
	}
	for from := 0; from < len(paths); from += atOnce {
		some := paths[from:min(from+atOnce, len(paths))]
		err := s.do(ctx, "look up", some[0], func() error {
			cmds := make([]string, len(some))
			for i, p := range some {
				if cmds[i] = "MDTM " + p; s.check("look up", p) != nil {
					cmds[i] = "NOOP"
				}
			}
			r, err := s.t.Pipeline(ctx, cmds...)
			for i := range r {
				if cmds[i] != "NOOP" {
					out[from+i], _ = timeIn(r[i])
				}
			}
			return err
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// noSuch is what CanRename adds to a name, for one that nothing has.
const noSuch = "-none"

// CanRename implements vfs.Renamer: a server that does not know RNFR says so
// whatever the name.
func (s *Session) CanRename(ctx context.Context, path string) (bool, error) {
	if k := s.preferred("rename"); k != 0 {
		return k > 0, nil
	}
	err := s.do(ctx, "rename", path, func() error {
		r, err := s.t.PipelineAhead(ctx, "RNFR "+path+noSuch)
		if err != nil {
			return err
		}
		s.renaming(path+noSuch, r[0])
		if (r[0].Code == 500 || r[0].Code == 502) && !errors.Is(meaning(strings.ToLower(strings.Join(r[0].Lines, " "))), fs.ErrNotExist) {
			return &vfs.Error{Op: "rename", Path: path, Reply: r[0], Err: vfs.ErrUnsupported}
		}
		return nil
	})
	switch {
	case err == nil:
		s.prefer("rename", 1)
		return true, nil
	case errors.Is(err, vfs.ErrUnsupported):
		s.lacks("rename")
		return false, nil
	}
	return false, err
}
