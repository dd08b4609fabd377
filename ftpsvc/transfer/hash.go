package transfer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// strength is the order in which "auto" prefers hashes.
var strength = []string{"sha256", "sha512", "sha1", "md5", "crc32"}

// proveHash compares the hash of the source with that of what was written,
// where the policy asks for one and the server offers it. The local one is
// taken from the file, not from the bytes as they passed: what counts is what
// is on the disk.
func (f *File) proveHash(ctx context.Context, at string, res *Result) error {
	if f.Options.Hash == "" || f.ascii() {
		return nil
	}
	src, srcOK := f.Src.(vfs.Hasher)
	dst, dstOK := f.Dst.(vfs.Hasher)
	algo := f.algo()
	if !srcOK || !dstOK || algo == "" {
		res.note("the server offers no hash %s", strings.TrimPrefix(f.Options.Hash, "auto"))
		return nil
	}
	a, err := src.Hash(ctx, algo, f.Item.Source, 0, -1)
	if err == nil {
		var b string
		if b, err = dst.Hash(ctx, algo, at, 0, -1); err == nil {
			if !strings.EqualFold(a, b) {
				return &vfs.Error{Op: "verify", Path: f.Item.Target, Err: fmt.Errorf("%w: %s is %s at the source and %s at the target", vfs.ErrVerify, algo, a, b)}
			}
			res.Reached = queue.Verified
			return nil
		}
	}
	if !vfs.Permanent(err) || ctx.Err() != nil {
		return err
	}
	res.note("no hash: %s", reason(err))
	return nil
}

// algo chooses a hash that the sides have; a local side has all of them.
func (f *File) algo() string {
	has := func(side vfs.FS, name string) bool { return local(side) || slices.Contains(side.Caps().Hashes, name) }
	for _, name := range strength {
		if (f.Options.Hash == "auto" || f.Options.Hash == name) && has(f.Src, name) && has(f.Dst, name) {
			return name
		}
	}
	return ""
}
