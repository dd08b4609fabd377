package localfs

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"

	"ferry/ftpsvc/vfs"
)

const openFlags, noFollow = 0, 0

// ownerNames is empty: Windows has no owners that fit a column.
type ownerNames struct{}

// system has nothing to add.
func (f *FS) system(*vfs.Entry, fs.FileInfo) {}

// full reports an error for want of room.
func full(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) || errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// tooLong reports a name, or a path, that is longer than the disk takes.
func tooLong(err error) bool { return errors.Is(err, windows.ERROR_FILENAME_EXCED_RANGE) }

// notEmpty reports the refusal to remove a folder that holds something.
func notEmpty(err error) bool { return errors.Is(err, windows.ERROR_DIR_NOT_EMPTY) }

// netError reports an error that no file gives, only a connection.
func netError(err error) bool {
	return errors.Is(err, windows.WSAECONNRESET) || errors.Is(err, windows.WSAECONNABORTED) || errors.Is(err, windows.WSAETIMEDOUT)
}

func free(p string) (int64, error) {
	name, err := windows.UTF16PtrFromString(p)
	if err != nil {
		return 0, err
	}
	var n uint64
	err = windows.GetDiskFreeSpaceEx(name, &n, nil, nil)
	return int64(n), err
}

func rename(from, to string) error { return os.Rename(from, to) }
