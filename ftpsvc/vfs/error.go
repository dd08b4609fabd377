package vfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Causes that callers tell apart with errors.Is, beside fs.ErrNotExist,
// fs.ErrExist, fs.ErrPermission and context.Canceled.
var (
	ErrUsage       = errors.New("wrong use")
	ErrBadName     = errors.New("name cannot be sent") // CR, LF, NUL, or not in the site's charset
	ErrLongName    = errors.New("the name is too long: try a shorter one")
	ErrUnsupported = errors.New("not supported")
	ErrConnect     = errors.New("cannot connect")
	ErrConnLost    = errors.New("connection lost")
	ErrShort       = errors.New("the server ended it early") // with ErrConnLost: less came than it had told, and it called that the whole
	ErrTimeout     = errors.New("timed out")
	ErrTooMany     = errors.New("too many connections") // 421, 530 with such a text
	ErrLogin       = errors.New("login refused")
	ErrAccount     = errors.New("the server wants an account") // with ErrLogin: 332, ACCT
	ErrProxy       = errors.New("refused by the proxy")        // with ErrLogin: its user or password is wrong; with ErrConnect: it cannot be reached or does not go on; with ErrTLS: TLS does not go through it
	ErrTLS         = errors.New("TLS failed")
	ErrTrust       = errors.New("certificate not trusted")
	ErrAlarm       = errors.New("somebody may stand between") // with ErrTLS: what was encrypted, or should be, is not
	ErrRefused     = errors.New("refused by the server")
	ErrQuota       = errors.New("no space on the server") // 452, 552
	ErrDiskFull    = errors.New("local disk full")
	ErrLocal       = errors.New("local file system")
	ErrVerify      = errors.New("verification failed")
	ErrChanged     = errors.New("source changed meanwhile")
	ErrLink        = errors.New("the link is not copied")
	ErrConflict    = errors.New("target exists")
	ErrIncomplete  = errors.New("listing incomplete") // unread lines stand in the way
)

// Reply is a server's answer (RFC 959 section 4.2). Lines are without line
// ends; the first still carries no code.
type Reply struct {
	Code  int
	Lines []string
}

func (r Reply) String() string {
	if r.Code == 0 {
		return ""
	}
	return strconv.Itoa(r.Code) + " " + strings.Join(r.Lines, "\n")
}

// Temporary reports a 4yz reply: the same may work later.
func (r Reply) Temporary() bool { return r.Code >= 400 && r.Code < 500 }

// Error says what failed, where, and what the server said. Its text is
// `op "path": cause`, or `op "path" to "path": cause`, one line, without a full stop. It holds no secret.
type Error struct {
	Op    string // "download", "list", "make folder", "connect" ...
	Path  string // path or host:port; may be ""
	To    string // the other path of what has two; may be ""
	Reply Reply  // zero when no server spoke
	Err   error  // a cause for errors.Is; may wrap
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Path != "" {
		fmt.Fprintf(&b, " %q", BytesOfName(e.Path)) // a byte that is no text shows as \xff
	}
	if e.To != "" {
		fmt.Fprintf(&b, " to %q", e.To)
	}
	switch {
	case e.Reply.Code != 0:
		fmt.Fprintf(&b, ": server replied %d %s", e.Reply.Code, strings.Join(e.Reply.Lines, " "))
		if e.Err != nil && (errors.Is(e.Err, ErrLongName) || !errors.Is(e.Err, ErrRefused) && !errors.Is(e.Err, ErrUnsupported) &&
			!errors.Is(e.Err, fs.ErrNotExist) && !errors.Is(e.Err, fs.ErrPermission) && !errors.Is(e.Err, fs.ErrExist)) {
			b.WriteString(" (" + e.Err.Error() + ")")
		}
	case e.Err != nil:
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Exit codes of the headless verbs (DESIGN section 6).
const (
	ExitOK       = 0
	ExitUsage    = 2
	ExitConnect  = 3
	ExitLogin    = 4
	ExitTLS      = 5
	ExitRefused  = 6
	ExitSome     = 7 // some transfers failed, or are left
	ExitVerify   = 8
	ExitLocal    = 9
	ExitCanceled = 130
)

// ExitCode maps an error to the exit code of its class.
func ExitCode(err error) int {
	is := func(t error) bool { return errors.Is(err, t) }
	switch {
	case err == nil:
		return ExitOK
	case is(context.Canceled):
		return ExitCanceled
	case is(ErrUsage), is(ErrBadName):
		return ExitUsage
	case is(ErrTLS), is(ErrTrust):
		return ExitTLS
	case is(ErrLogin):
		return ExitLogin
	case is(ErrVerify), is(ErrChanged):
		return ExitVerify
	case is(ErrDiskFull), is(ErrLocal):
		return ExitLocal
	case is(ErrConnect), is(ErrConnLost), is(ErrTimeout), is(ErrTooMany):
		return ExitConnect
	}
	return ExitRefused
}

// Permanent reports whether trying again cannot help: a refused login, an
// untrusted certificate, a missing file, a full disk, a refusal of the 5yz kind.
func Permanent(err error) bool {
	for _, p := range []error{fs.ErrNotExist, fs.ErrPermission, fs.ErrExist, context.Canceled, ErrUsage,
		ErrBadName, ErrUnsupported, ErrLogin, ErrTrust, ErrQuota, ErrDiskFull, ErrLocal, ErrVerify, ErrLink, ErrConflict, ErrIncomplete} {
		if errors.Is(err, p) {
			return true
		}
	}
	for _, t := range []error{ErrConnLost, ErrTimeout, ErrTooMany, ErrConnect} {
		if errors.Is(err, t) {
			return false
		}
	}
	var e *Error
	return errors.As(err, &e) && e.Reply.Code >= 500
}
