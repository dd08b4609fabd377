package main

import (
	"errors"
	"io/fs"
	"strings"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
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
		{vfs.ErrAlarm, "ask the server's owner, by another way, before you go on"},
		{vfs.ErrTLS, hintTLS(err)},
		{vfs.ErrProxy, "the proxy's user and password stand in its URL, ftp://user:password@proxy: FTP_PROXY, ALL_PROXY, or proxy in the settings"},
		{vfs.ErrAccount, "account = \"...\" in a saved site is what ACCT sends"},
		{errSeveral, "a password for each of them can stand in ~/.netrc, or in the keyring with a saved site, or is asked for on a terminal"},
		{vfs.ErrLogin, "is the user right? passwords come from FERRY_PASSWORD, --password-stdin, ~/.netrc or the terminal"},
		{vfs.ErrTooMany, "the server allows fewer connections; try --parallel=1"},
		{vfs.ErrTimeout, hintTimeout(err)},
		{vfs.ErrConnect, "are the host and the port right? `ferry doctor URL` tells what works"},
		{vfs.ErrShort, "the file may be damaged on the server, or its size be told wrong"},
		{vfs.ErrVerify, "both sides are kept as they are; `ferry queue retry` starts again"},
		{queue.ErrFile, hintFile(err)},
		{vfs.ErrDiskFull, "make room, then give the same command again"},
		{vfs.ErrLongName, "most disks take 255 bytes, and a letter may take up to four"},
		{vfs.ErrIncomplete, "`ferry ls -vv` shows the lines"},
		{fs.ErrNotExist, ""},
	} {
		if errors.Is(err, h.class) {
			return h.words
		}
	}
	return ""
}

// hintTLS is for what failed before the login; what failed later is not mended
// by another port, and never by doing without TLS.
func hintTLS(err error) string {
	var e *vfs.Error
	switch {
	case strings.Contains(err.Error(), "certificate required"):
		return "the server wants a certificate of yours: client_cert and client_key of a saved site"
	case errors.As(err, &e) && e.Op == "connect":
		return "is it the right kind? ftps:// is implicit TLS (port 990), ftpes:// is explicit; `ferry doctor URL` tries both"
	}
	return ""
}

// hintFile is for the queue's own file.
func hintFile(err error) string {
	switch {
	case errors.Is(err, vfs.ErrDiskFull):
		return "make room there, then do the same again"
	case errors.Is(err, queue.ErrNewer):
		return ""
	}
	return "it lies in the XDG state folder; XDG_STATE_HOME names another one"
}

// hintTimeout depends on what was waited for.
func hintTimeout(err error) string {
	var e *vfs.Error
	if errors.As(err, &e) && (e.Op == "connect" || e.Op == "log in") {
		return "the server is slow or does not answer; -vv shows where it waits, timeout in the settings is how long"
	}
	return "does a firewall stand between? try --mode=pasv or --mode=port, and -vv to see where it waits"
}
