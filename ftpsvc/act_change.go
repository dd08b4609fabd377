package ftpsvc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"ferry/ftpsvc/vfs"
)

// mkdir makes a folder, or all that are missing.
func (s *Service) mkdir(r *request, b Mkdir) {
	made := []string{b.Path}
	if a := s.accounts[b.Conn]; a != nil && b.Parents {
		for p := b.Path; a.info.Style.Dir(p) != p; { // each may be new in the one above it
			p = a.info.Style.Dir(p)
			made = append(made, p)
		}
	}
	s.onSide(r, op{name: "make folder", conn: b.Conn, again: b.Parents, after: s.touched(b.Conn, made...),
		run: func(ctx context.Context, side vfs.FS) (any, error) {
			if err := usable("make folder", side, b.Path); err != nil {
				return nil, err
			}
			if b.Parents {
				return nil, mkdirAll(ctx, side, b.Path)
			}
			return nil, side.Mkdir(ctx, b.Path)
		}})
}

// usable refuses what cannot be a path of the user's.
func usable(op string, side vfs.FS, path string) error {
	if path == "" || strings.ContainsAny(path, "\x00") {
		return &vfs.Error{Op: op, Path: path, Err: vfs.ErrBadName}
	}
	if side.Style() != vfs.OS && strings.ContainsAny(path, "\r\n") {
		return &vfs.Error{Op: op, Path: path, Err: vfs.ErrBadName}
	}
	return nil
}

// mkdirAll makes a folder and those above it that are missing. A folder that
// is there is no error; a file in the way is.
func mkdirAll(ctx context.Context, side vfs.FS, path string) error {
	err := side.Mkdir(ctx, path)
	if err == nil || ctx.Err() != nil || lost(err) {
		return err
	}
	st := side.Style()
	// Servers answer 550 alike for "is there" and "no parent" (RFC 959 has one code): look.
	if e, serr := statPath(ctx, side, path, true); serr == nil {
		if e.Kind == vfs.Dir || e.Kind == vfs.Unknown || e.Kind == vfs.Link {
			return nil
		}
		return &vfs.Error{Op: "make folder", Path: path, Err: fmt.Errorf("%w: a file is in the way", fs.ErrExist)}
	} else if lost(serr) || ctx.Err() != nil {
		return serr
	}
	up := st.Dir(path)
	if up == path {
		return err
	}
	if uerr := mkdirAll(ctx, side, up); uerr != nil {
		return uerr
	}
	if err = side.Mkdir(ctx, path); errors.Is(err, fs.ErrExist) {
		return nil // another worker was first
	}
	return err
}

// makeFile makes an empty file; an existing one is refused.
func (s *Service) makeFile(r *request, b MakeFile) {
	s.onSide(r, op{name: "make file", conn: b.Conn, after: s.touched(b.Conn, b.Path),
		run: func(ctx context.Context, side vfs.FS) (any, error) {
			if err := usable("make file", side, b.Path); err != nil {
				return nil, err
			}
			if err := absent(ctx, side, "make file", b.Path); err != nil {
				return nil, err
			}
			_, err := side.Write(ctx, b.Path, strings.NewReader(""), vfs.WriteOptions{})
			return nil, err
		}})
}

// absent fails when something is at path.
func absent(ctx context.Context, side vfs.FS, op, path string) error {
	_, err := side.Stat(ctx, path)
	switch {
	case err == nil:
		return &vfs.Error{Op: op, Path: path, Err: fs.ErrExist}
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// rename refuses to replace what is there unless told so.
func (s *Service) rename(r *request, b Rename) {
	s.onSide(r, op{name: "rename", conn: b.Conn, after: s.touched(b.Conn, b.From, b.To),
		run: func(ctx context.Context, side vfs.FS) (any, error) {
			if err := usable("rename", side, b.To); err != nil {
				return nil, err
			}
			if b.From == b.To {
				return nil, nil
			}
			if side.Style().Within(b.From, b.To) {
				return nil, &vfs.Error{Op: "rename", Path: b.From, Err: fmt.Errorf("%w: a folder cannot move into itself", vfs.ErrUsage)}
			}
			if err := mayReplace(ctx, side, b); err != nil {
				return nil, err
			}
			err := side.Rename(ctx, b.From, b.To)
			if e, ok := err.(*vfs.Error); ok && e.To == "" {
				named := *e
				named.To = b.To
				err = &named
			}
			return nil, err
		}})
}

// ErrFolderThere is the cause where a folder is in the way, which is never replaced.
var ErrFolderThere = fmt.Errorf("%w: a folder is there", vfs.ErrConflict)

// mayReplace looks at what is at the new name.
func mayReplace(ctx context.Context, side vfs.FS, b Rename) error {
	if sameBut(side.Style(), b.From, b.To) {
		return nil
	}
	e, err := side.Stat(ctx, b.To)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && e.Kind == vfs.Dir:
		err = ErrFolderThere
	case err == nil && !b.Overwrite:
		err = fs.ErrExist
	case err != nil && (!b.Overwrite || lost(err) || ctx.Err() != nil):
		return err
	default:
		return nil
	}
	return &vfs.Error{Op: "rename", Path: b.From, To: b.To, Err: err}
}

// sameBut reports whether two local paths differ only in case, so that one
// may be seen as existing because the other does.
func sameBut(st vfs.PathStyle, a, b string) bool { return st == vfs.OS && strings.EqualFold(a, b) }
