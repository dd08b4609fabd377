package session

import (
	"context"

	"ferry/ftpsvc/vfs"
)

// SetAttributes implements vfs.AttributeSetter. The first path of each kind
// finds out which command the server takes; those of the others go together.
func (s *Session) SetAttributes(ctx context.Context, list []vfs.Attributes) ([]error, error) {
	out := make([]error, len(list))
	var cmds, kinds []string
	var of []int
	flush := func() error {
		if len(cmds) == 0 {
			return nil
		}
		err := s.do(ctx, "set attributes", list[of[0]].Path, func() error {
			r, err := s.t.Pipeline(ctx, cmds...)
			for i := range r {
				if k := of[i]; r[i].Code/100 != 2 && out[k] == nil && err == nil {
					out[k] = refused(kinds[i], list[k].Path, r[i])
				}
			}
			return err
		})
		cmds, kinds, of = nil, nil, nil
		return err
	}
	for i, a := range list {
		if out[i] = s.check("set attributes", a.Path); out[i] != nil {
			continue
		}
		for _, c := range []struct {
			kind string
			want bool
			line func() string
			ask  func() error
		}{
			{"set time", !a.ModTime.IsZero(), func() string { return s.timeCommand(a.Path, a.ModTime) }, func() error { return s.SetModTime(ctx, a.Path, a.ModTime) }},
			{"set permissions", a.Mode != nil, func() string { return chmodCommand(a.Path, *a.Mode) }, func() error { return s.SetMode(ctx, a.Path, *a.Mode) }},
		} {
			switch {
			case !c.want:
			case s.without(c.kind):
				out[i] = &vfs.Error{Op: c.kind, Path: a.Path, Err: vfs.ErrUnsupported}
			case !s.tried(c.kind):
				if out[i] = c.ask(); out[i] != nil && (!vfs.Permanent(out[i]) || ctx.Err() != nil) {
					return out, out[i]
				}
			default:
				cmds, kinds, of = append(cmds, c.line()), append(kinds, c.kind), append(of, i)
			}
		}
		if len(cmds) >= atOnce {
			if err := flush(); err != nil {
				return out, err
			}
		}
	}
	return out, flush()
}

// tried reports whether it is known by which command the server does something.
func (s *Session) tried(kind string) bool {
	s.info.Lock()
	defer s.info.Unlock()
	_, ok := s.choice[kind]
	return ok
}
