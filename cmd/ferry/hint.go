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
// parallel says that the verb has this flag.
func hint(err error, parallel bool) string {
	for _, h := range []struct {
		class error
		words string
	}{
		{ftpsvc.ErrFolder, "-r takes folders with all that is in them"},
		{vfs.ErrTrust, "compare the fingerprint with the server's owner, then trust it once on a terminal; --insecure takes any certificate"},
		{vfs.ErrProxy, hintProxy(err)},
		{vfs.ErrAlarm, hintAlarm(err)},
		{vfs.ErrTLS, hintTLS(err)},
		{vfs.ErrAccount, "account = \"...\" in a saved site is what ACCT sends"},
		{errSeveral, "a password for each of them can stand in ~/.netrc, or in the keyring with a saved site, or is asked for on a terminal"},
		{vfs.ErrLogin, "is the user right? passwords come from FERRY_PASSWORD, --password-stdin, ~/.netrc or the terminal"},
		{vfs.ErrTooMany, hintTooMany(parallel)},
		{vfs.ErrTimeout, hintTimeout(err)},
		{vfs.ErrConnect, hintConnect(err)},
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

// before reports that an error came before the login.
func before(err error) bool {
	var e *vfs.Error
	return errors.As(err, &e) && e.Op == "connect"
}

// hintProxy depends on what went wrong at the proxy.
func hintProxy(err error) string {
	const from = "it comes from FTP_PROXY, ALL_PROXY, or proxy in the settings or the site"
	switch {
	case errors.Is(err, vfs.ErrLogin):
		return "the proxy's user and password stand in its URL, scheme://user:password@proxy; " + from
	case errors.Is(err, vfs.ErrTLS):
		return "proxies of the kinds socks5:// and http:// let TLS through"
	}
	return "is it the right proxy, and may it go to this server? " + from + "; none is for none"
}

func hintAlarm(err error) string {
	const ask = "ask the server's owner, by another way, before you go on"
	if before(err) {
		return ask
	}
	return "the server encrypts its data connections wrongly, or somebody stands between: " + ask
}

func hintTooMany(parallel bool) string {
	if parallel {
		return "the server allows fewer connections; try --parallel=1"
	}
	return "the server takes no more connections now; end others to it, or try again later"
}

// hintConnect knows a server that is there and wants nobody now.
func hintConnect(err error) string {
	var e *vfs.Error
	if errors.As(err, &e) && e.Reply.Temporary() {
		return "the server is there and may work later; try again"
	}
	return "are the host and the port right? `ferry doctor URL` tells what works"
}

// hintTLS is for what failed before the login; what failed later is not mended
// by another port, and never by doing without TLS.
func hintTLS(err error) string {
	switch {
	case strings.Contains(err.Error(), "certificate required"):
		return "the server wants a certificate of yours: client_cert and client_key of a saved site"
	case before(err):
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
