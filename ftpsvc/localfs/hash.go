package localfs

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"io"

	"ferry/ftpsvc/vfs"
)

// NewHash returns a hash by the name that vfs.Caps.Hashes gives it, false for an unknown one.
func NewHash(algo string) (hash.Hash, bool) {
	switch algo {
	case "crc32":
		return crc32.NewIEEE(), true
	case "md5":
		return md5.New(), true
	case "sha1":
		return sha1.New(), true
	case "sha256":
		return sha256.New(), true
	case "sha512":
		return sha512.New(), true
	}
	return nil, false
}

// Hash implements vfs.Hasher.
func (f *FS) Hash(ctx context.Context, algo, path string, off, n int64) (string, error) {
	h, ok := NewHash(algo)
	if !ok {
		return "", &vfs.Error{Op: "hash", Path: path, Err: vfs.ErrUnsupported}
	}
	err := f.Read(ctx, path, vfs.ReadOptions{Offset: off}, func(r io.Reader) error {
		if n >= 0 {
			r = io.LimitReader(r, n)
		}
		_, err := io.CopyBuffer(h, struct{ io.Reader }{r}, make([]byte, blockSize))
		return err
	})
	if err != nil {
		return "", fail("hash", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Space implements vfs.SpaceTeller.
func (f *FS) Space(ctx context.Context, path string) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fail("measure free space", path, err)
	}
	n, err := free(raw(path))
	if err != nil {
		return 0, fail("measure free space", path, err)
	}
	return n, nil
}
