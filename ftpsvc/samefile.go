package ftpsvc

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
	"ferry/ftpsvc/vfs"
)

// errSameFile is the cause where something would be replaced by itself.
var errSameFile = fmt.Errorf("%w: source and target are the same, reached by two paths", vfs.ErrUsage)

// apart refuses to replace a file by itself, which a move would then remove:
// a folder may have two paths, by a symbolic link or a mount. old is what is at
// the target.
func (w *worker) apart(ctx context.Context, a *assignment, it queue.Item, old vfs.Entry, src, dst vfs.FS) error {
	op := "copy"
	if a.options.Move {
		op = "move"
	}
	switch {
	case it.From == "" && it.To == "":
		e, err := vfs.StatEnd(ctx, src, it.Source)
		if err == nil && e.Unique != "" && e.Unique == old.Unique {
			return &vfs.Error{Op: op, Path: it.Source, Err: errSameFile}
		}
		return nil
	case !a.oneHost || src.Style().Base(it.Source) != dst.Style().Base(it.Target):
		return nil
	}
	same, err := w.oneFolder(ctx, it, src, dst)
	switch {
	case same:
		err = &vfs.Error{Op: op, Path: it.Source, Err: errSameFile}
	case err == nil || ctx.Err() != nil || lost(err):
	case a.options.Move:
		err = &vfs.Error{Op: op, Path: it.Source, Err: errors.Join(
			fmt.Errorf("%w: it could not be found out whether source and target are one file; copy it instead", vfs.ErrUsage), err)}
	default:
		err = nil // a copy onto itself loses nothing: the bytes go to a temporary name first
	}
	return err
}

// ontoItself refuses a local folder that is its own target by another path.
func ontoItself(ctx context.Context, it queue.Item, src, dst vfs.FS) error {
	if it.From != "" || it.To != "" {
		return nil
	}
	from, err := vfs.StatEnd(ctx, src, it.Source)
	if err != nil || from.Unique == "" {
		return nil
	}
	if to, err := vfs.StatEnd(ctx, dst, it.Target); err == nil && to.Unique == from.Unique {
		return &vfs.Error{Op: "copy", Path: it.Source, Err: errSameFile}
	}
	return nil
}

// oneFolder reports whether source and target lie in one folder of a server:
// then an empty file that is made beside the target is beside the source, too.
func (w *worker) oneFolder(ctx context.Context, it queue.Item, src, dst vfs.FS) (same bool, err error) {
	mark := it
	mark.From, mark.Source = "", "" // not the temporary name of the transfer
	probe := transfer.TempName(dst.Style(), mark, w.e.s.salt())
	if _, err := dst.Write(ctx, probe, bytes.NewReader(nil), vfs.WriteOptions{}); err != nil {
		return false, err
	}
	defer func() {
		if !clean(ctx, dst, probe) && err == nil && !same {
			err = &vfs.Error{Op: "delete", Path: probe, Err: vfs.ErrRefused}
		}
	}()
	st := src.Style()
	_, err = src.Stat(ctx, st.Join(st.Dir(it.Source), dst.Style().Base(probe)))
	if isMissing(err) {
		return false, nil
	}
	return err == nil, err
}
