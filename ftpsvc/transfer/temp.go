package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// tempMark is in every temporary name, between the target's own and a short hash.
const tempMark = ".ferry-part-"

// hashLen is how long that hash is.
const hashLen = 8

// maxName is how many bytes a name may have on the usual file systems.
const maxName = 255

// Naming is how an upload is called until it is proven.
type Naming uint8

const (
	Hidden Naming = iota // .NAME.ferry-part-HASH
	Plain                // the same without the dot, which some servers refuse
	Aside                // its own name; a file that is there is renamed meanwhile
	Direct               // its own name, over what is there: nothing can be renamed
)

// why is what the user should know of a server that bears no better naming.
func (n Naming) why() string {
	switch n {
	case Plain:
		return "the server refuses names that begin with a dot: uploads are called NAME" + tempMark + "… until they are whole"
	case Aside:
		return "the server refuses temporary names: uploads go under their own, and a file that is there is renamed until they are whole"
	case Direct:
		return "the server does not rename: uploads go under their own names, over what is there"
	}
	return ""
}

// TempName is where an item's bytes go until they are proven: a hidden name
// beside the target. It depends on the item and on salt (who has the queue)
// alone, so that the process that takes an item over finds what its
// predecessor left, without any note of it on disk.
func TempName(st vfs.PathStyle, it queue.Item, salt string) string {
	return tempName(st, it, salt, ".")
}

func tempName(st vfs.PathStyle, it queue.Item, salt, dot string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{salt, strconv.FormatInt(it.ID, 10), it.From, it.Source, it.To, it.Target}, "\x00")))
	tail := tempMark + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
	base := cutName(st.Base(it.Target), maxName-len(tail)-len(".")-len(oldMark))
	return st.Join(st.Dir(it.Target), dot+base+tail)
}

// oldMark is behind the temporary name under which an old file is kept.
const oldMark = "-old"

// cutName shortens a name to at most n bytes, between characters.
func cutName(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// IsTemp reports whether name looks like one that a transfer makes beside its target.
func IsTemp(name string) bool {
	i := strings.LastIndex(name, tempMark)
	if i <= 0 {
		return false
	}
	tail := strings.TrimSuffix(name[i+len(tempMark):], oldMark)
	if len(tail) == hashLen+1 && tail[hashLen] == 'p' {
		tail = tail[:hashLen]
	}
	return len(tail) == hashLen && strings.Trim(tail, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// TempNames are the names under which the bytes of an item may be whose
// temporary name is path: in one piece, and on the local side in parts.
func TempNames(st vfs.PathStyle, path string) []string {
	name := st.Base(path)
	i := strings.LastIndex(name, tempMark)
	switch n := len(name) - i - len(tempMark); {
	case st != vfs.OS || i < 0:
		return []string{path}
	case n == hashLen:
		return []string{path, path + "p"}
	case n == hashLen+1:
		return []string{path[:len(path)-1], path}
	}
	return []string{path}
}

// useTemp reports whether the bytes go to a temporary name first.
func (f *File) useTemp() bool {
	if local(f.Dst) {
		return true
	}
	if f.Naming > Plain || f.Options.NoTemp || f.Dst.Style() != vfs.Slash {
		return false
	}
	return f.Exists || f.Item.Size < 0 || f.Item.Size >= TempFrom
}

// place tells where the bytes go. A server that cannot rename is found out
// before they do; an old file steps aside where no other name is to be had.
func (f *File) place(ctx context.Context, res *Result) (at string, temp bool, err error) {
	if local(f.Dst) {
		return TempName(f.Dst.Style(), f.Item, f.Salt), true, nil
	}
	steps := f.Naming == Aside && f.Exists && !f.Resume && !f.Options.NoTemp
	if temp = f.useTemp(); temp || steps {
		can, err := f.canRename(ctx)
		if err != nil {
			return "", false, err
		}
		if !can {
			res.once(Direct.why())
			return f.Item.Target, false, nil
		}
	}
	switch {
	case temp:
		return f.tempPath(), true, nil
	case steps:
		return f.Item.Target, false, f.stepAside(ctx, res)
	}
	return f.Item.Target, false, nil
}

func (f *File) tempPath() string {
	dot := "."
	if f.Naming == Plain {
		dot = ""
	}
	return tempName(f.Dst.Style(), f.Item, f.Salt, dot)
}

func (f *File) canRename(ctx context.Context) (bool, error) {
	r, ok := f.Dst.(vfs.Renamer)
	if !ok {
		return true, nil
	}
	can, err := r.CanRename(ctx, f.tempPath())
	if err != nil && ctx.Err() == nil && vfs.Permanent(err) {
		return true, nil // a refusal of that name, not of the command
	}
	return can, err
}

// nameRefused reports whether an upload failed for its temporary name: at
// once, without any other reason, and in a folder that is there.
func (f *File) nameRefused(ctx context.Context, err error, res *Result) bool {
	var e *vfs.Error
	switch {
	case local(f.Dst) || !f.useTemp() || res.Sent > 0 || ctx.Err() != nil || !vfs.Permanent(err):
		return false
	case !errors.As(err, &e) || e.Op != "upload" || e.Reply.Code < 500 || errors.Is(err, vfs.ErrQuota) || errors.Is(err, fs.ErrNotExist):
		return false
	case errors.Is(err, fs.ErrPermission) && !strings.Contains(strings.ToLower(e.Reply.String()), "name"):
		return false // "forbidden file name" is of the name, "permission denied" of the folder
	}
	_, serr := f.Dst.Stat(ctx, f.Dst.Style().Dir(f.Item.Target))
	return serr == nil
}

// renameRefused reports whether an upload came to its end under a temporary
// name, and the server will not rename it.
func (f *File) renameRefused(ctx context.Context, err error) bool {
	// An error of another type tells that the old file has another name now.
	e, ok := err.(*vfs.Error)
	switch {
	case !ok || e.Op != "rename" || e.Reply.Code < 500 || local(f.Dst) || !f.useTemp() || ctx.Err() != nil:
		return false
	case errors.Is(err, fs.ErrExist) && !f.Exists: // somebody else's
		return false
	}
	return vfs.Permanent(err) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, vfs.ErrQuota)
}

// withoutRename uploads once more, under the target's own name: bytes under a
// name that cannot be changed are of no use.
func (f *File) withoutRename(ctx context.Context, res *Result) error {
	temp := f.tempPath()
	if err := f.Dst.Remove(ctx, temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		if ctx.Err() != nil || !vfs.Permanent(err) {
			return err
		}
		res.note("%q is left on the server: %s", temp, reason(err))
	}
	res.Temp, res.Bytes, res.Reached = "", 0, ""
	f.Item.Temp, f.Item.Bytes, f.Item.Reached = "", 0, ""
	if f.Record != nil { // what it had reached was of the name that is gone
		if err := f.Record(f.Item); err != nil {
			return err
		}
	}
	f.Naming = Direct
	return f.attempt(ctx, res)
}

// stepAside renames the file that is to be replaced. An earlier try may have
// done it: what is under the final name is its work then.
func (f *File) stepAside(ctx context.Context, res *Result) error {
	aside := tempName(f.Dst.Style(), f.Item, f.Salt, "") + oldMark
	if f.Again {
		if _, err := f.Dst.Stat(ctx, aside); err == nil {
			f.aside = aside
			return nil
		} else if !vfs.Permanent(err) || ctx.Err() != nil {
			return err
		}
	}
	err := f.Dst.Rename(ctx, f.Item.Target, aside)
	switch {
	case err == nil:
		f.aside = aside
	case ctx.Err() != nil || !vfs.Permanent(err):
		return err
	default:
		res.note("the old file could not be put aside: it is written over")
	}
	return nil
}

// dropAside removes the old file, now that the new one is in its place.
func (f *File) dropAside(ctx context.Context, res *Result) {
	if f.aside == "" {
		return
	}
	if err := f.Dst.Remove(ctx, f.aside); err != nil {
		res.note("the old file is left as %q: %s", f.aside, reason(err))
	}
	f.aside = ""
}

// bringBack gives the old file its name again after a failed upload.
func (f *File) bringBack(ctx context.Context, why error) error {
	if f.aside == "" {
		return why
	}
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
	defer cancel()
	err := f.Dst.Rename(short, f.aside, f.Item.Target)
	if err != nil && vfs.Permanent(err) { // what came of the new one is in the way
		_ = f.Dst.Remove(short, f.Item.Target)
		err = f.Dst.Rename(short, f.aside, f.Item.Target)
	}
	if err != nil {
		return fmt.Errorf("%w; the old file is now %q", f.said(why), f.aside)
	}
	f.aside = ""
	return why
}

// cleanUp bounds what is done after a failure or a cancel.
const cleanUp = 5 * time.Second

// takeBack removes what a failed upload left under the final name of a file
// that was not there before: a partial file must not have it. What is larger
// than what was sent is not ours; after a failed proof both sides are kept.
func (f *File) takeBack(ctx context.Context, at string, res *Result, why error) {
	if local(f.Dst) || f.Exists || f.Resume || errors.Is(why, vfs.ErrVerify) || !vfs.Permanent(why) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
	defer cancel()
	e, err := f.Dst.Stat(ctx, at)
	if err != nil || e.Kind != vfs.File || e.Size < 0 || e.Size > res.Sent {
		return
	}
	if err := f.Dst.Remove(ctx, at); err != nil {
		res.note("what came of it could not be removed: %s", reason(err))
	}
	res.Bytes = 0
}

// name gives the proven bytes their name. Where something has come there
// meanwhile that nobody decided on, it fails with vfs.ErrConflict.
func (f *File) name(ctx context.Context, temp string, res *Result) error {
	if f.Record != nil && !local(f.Dst) && f.Item.Size >= TempFrom {
		f.Item.Reached, f.Item.Bytes, f.Item.Temp = queue.Acknowledged, res.Bytes, temp
		if err := f.Record(f.Item); err != nil {
			return err
		}
	}
	return f.rename(ctx, temp)
}

func (f *File) rename(ctx context.Context, temp string) error {
	to := f.Item.Target
	if !f.Exists && !f.Replace && local(f.Dst) {
		if _, err := f.Dst.Stat(ctx, to); err == nil {
			return &vfs.Error{Op: "rename", Path: to, Err: vfs.ErrConflict}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err := f.Dst.Rename(ctx, temp, to)
	if err == nil || !f.Exists || local(f.Dst) || !vfs.Permanent(err) || ctx.Err() != nil {
		return err
	}
	// The server renames onto nothing that is there: the old file steps aside,
	// and comes back when the new one does not get its place.
	aside := temp + oldMark
	if aerr := f.Dst.Rename(ctx, to, aside); aerr != nil {
		return err
	}
	if err = f.Dst.Rename(ctx, temp, to); err != nil {
		if berr := f.Dst.Rename(ctx, aside, to); berr != nil {
			return fmt.Errorf("%w; the old file is now %q", f.said(err), aside)
		}
		return err
	}
	return f.Dst.Remove(ctx, aside)
}
