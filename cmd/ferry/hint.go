package main

import (
	"errors"
	"io/fs"
	"strings"

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
		{vfs.ErrAlarm, "ask the server's owner, by another way, before you go on"},
		{vfs.ErrTLS, hintTLS(err)},
		{vfs.ErrProxy, "the proxy's user and password stand in its URL, ftp://user:password@proxy: FTP_PROXY, ALL_PROXY, or proxy in the settings"},
		{vfs.ErrAccount, "account = \"...\" in a saved site is what ACCT sends"},
		{errSeveral, "a password for each of them can stand in ~/.netrc, or in the keyring with a saved site, or is asked for on a terminal"},
		{vfs.ErrLogin, "is the user right? passwords come from FERRY_PASSWORD, --password-stdin, ~/.netrc or the terminal"},
		{vfs.ErrTooMany, "the server allows fewer connections; try --parallel=1"},
		{vfs.ErrTimeout, hintTimeout(err)},
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

// hintTimeout depends on what was waited for.
func hintTimeout(err error) string {
	var e *vfs.Error
	if errors.As(err, &e) && (e.Op == "connect" || e.Op == "log in") {
		return "the server is slow or does not answer; -vv shows where it waits, timeout in the settings is how long"
	}
	return "does a firewall stand between? try --mode=pasv or --mode=port, and -vv to see where it waits"
}
