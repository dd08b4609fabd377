//go:build unix

package localfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"ferry/ftpsvc/vfs"
)

// openFlags keep an open from waiting for the other end of a FIFO.
const openFlags = unix.O_NONBLOCK

const noFollow = unix.O_NOFOLLOW

// ownerNames remembers user and group names: each look-up may ask a directory server.
type ownerNames struct {
	mu            sync.Mutex
	users, groups map[uint32]string
}

func (o *ownerNames) find(cache *map[uint32]string, id uint32, ask func(string) (string, error)) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if name, ok := (*cache)[id]; ok {
		return name
	}
	name := strconv.FormatUint(uint64(id), 10)
	if n, err := ask(name); err == nil {
		name = n
	}
	if *cache == nil {
		*cache = map[uint32]string{}
	}
	(*cache)[id] = name
	return name
}

func userName(id string) (string, error) {
	u, err := user.LookupId(id)
	if err != nil {
		return "", err
	}
	return u.Username, nil
}

func groupName(id string) (string, error) {
	g, err := user.LookupGroupId(id)
	if err != nil {
		return "", err
	}
	return g.Name, nil
}

// system fills in what only this kind of system tells.
func (f *FS) system(e *vfs.Entry, fi fs.FileInfo) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return
	}
	e.Owner = f.names.find(&f.names.users, st.Uid, userName)
	e.Group = f.names.find(&f.names.groups, st.Gid, groupName)
	e.Unique = fmt.Sprintf("%x:%x", st.Dev, st.Ino)
}

// full reports an error for want of room: no space, or over quota.
func full(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// tooLong reports a name, or a path, that is longer than the disk takes.
func tooLong(err error) bool { return errors.Is(err, unix.ENAMETOOLONG) }

// notEmpty reports the refusal to remove a folder that holds something.
func notEmpty(err error) bool { return errors.Is(err, unix.ENOTEMPTY) }

// netError reports an error that no file gives, only a connection.
func netError(err error) bool {
	for _, e := range []error{unix.ECONNRESET, unix.EPIPE, unix.ETIMEDOUT, unix.ECONNABORTED, unix.ENOTCONN, unix.EHOSTUNREACH, unix.ENETUNREACH} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func free(p string) (int64, error) {
	var st unix.Statfs_t
	for {
		err := unix.Statfs(p, &st)
		if err == unix.EINTR {
			continue
		}
		return int64(st.Bavail) * int64(st.Bsize), err
	}
}

// rename is os.Rename without its look at the target: here the system itself
// refuses to replace a folder by a file.
func rename(from, to string) error {
	for {
		err := syscall.Rename(from, to)
		if err == nil {
			return nil
		}
		if err != syscall.EINTR {
			return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
		}
	}
}
