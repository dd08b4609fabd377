package main

import (
	"errors"
	"io/fs"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
)

// hint says what to try after an error, "" when there is nothing to add.
func hint(err error) string {
	for _, h := range []struct {
		class error
		words string
	}{
		{ftpsvc.ErrFolder, "-r takes folders with all that is in them"},
		{vfs.ErrTrust, "compare the fingerprint with the server's owner, then trust it once on a terminal; --insecure takes any certificate"},
		{vfs.ErrTLS, "is it the right port? ftps:// is implicit TLS (990), ftpes:// is explicit; --tls=off sends everything in clear text"},
		{vfs.ErrLogin, "is the user right? passwords come from FERRY_PASSWORD, --password-stdin, ~/.netrc or the terminal"},
		{vfs.ErrTooMany, "the server allows fewer connections; try --parallel=1"},
		{vfs.ErrTimeout, "does a firewall stand between? try --mode=pasv or --mode=port, and -vv to see where it waits"},
		{vfs.ErrConnect, "are the host and the port right? `ferry doctor URL` tells what works"},
		{vfs.ErrVerify, "both sides are kept as they are; `ferry queue retry` starts again"},
		{vfs.ErrDiskFull, "make room, then `ferry queue retry`"},
		{vfs.ErrIncomplete, "`ferry ls -vv` shows the lines"},
		{fs.ErrNotExist, ""},
	} {
		if errors.Is(err, h.class) {
			return h.words
		}
	}
	return ""
}
