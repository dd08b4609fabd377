package session

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/textproto"
	"strings"

	"ferry/ftpsvc/vfs"
	"ferry/ftpsvc/wire"
)

// fail makes the *vfs.Error of a failed call. Replies come as the library's
// *textproto.Error, everything else as errors of wire.
func (s *Session) fail(op, path string, err error) error {
	if err == nil {
		return nil
	}
	var done *vfs.Error
	if errors.As(err, &done) {
		return err
	}
	// A server that refuses half-way cuts the data connection too: what it says counts.
	if r := replyIn(err); r.Code >= 400 && errors.Is(err, wire.ErrData) && !errors.Is(err, wire.ErrStalled) {
		return refused(op, path, r)
	}
	if cause := causeOf(err); cause != nil {
		return &vfs.Error{Op: op, Path: path, Reply: replyIn(err), Err: cause}
	}
	if r := replyIn(err); r.Code != 0 {
		return refused(op, path, r)
	}
	return &vfs.Error{Op: op, Path: path, Err: err}
}

// joined says a sentinel and its details, in the order of reading.
type joined struct {
	sentinel, detail error
}

func (j joined) Error() string   { return j.detail.Error() }
func (j joined) Unwrap() []error { return []error{j.sentinel, j.detail} }

// causeOf finds the sentinel for what went wrong on our side of the talk.
func causeOf(err error) error {
	var goodbye *wire.GoodbyeError
	var tlsErr *wire.TLSError
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return joined{vfs.ErrTimeout, err}
	case errors.As(err, &goodbye):
		return sentinelOf(goodbye.Reply)
	case errors.As(err, &tlsErr) && tlsErr.Foreign():
		return joined{vfs.ErrTLS, joined{vfs.ErrAlarm, err}}
	case errors.As(err, &tlsErr):
		return joined{vfs.ErrTLS, err}
	case errors.Is(err, wire.ErrNoMode):
		return joined{vfs.ErrUsage, err}
	case errors.Is(err, wire.ErrName):
		return joined{vfs.ErrBadName, err}
	case errors.Is(err, wire.ErrTimeout):
		return joined{vfs.ErrTimeout, err}
	case errors.Is(err, wire.ErrStalled):
		return joined{vfs.ErrTimeout, err}
	case errors.Is(err, wire.ErrData), errors.Is(err, wire.ErrClosed), errors.Is(err, wire.ErrProtocol):
		return joined{vfs.ErrConnLost, err}
	case errors.As(err, &dns):
		return joined{vfs.ErrConnect, err}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return joined{vfs.ErrConnLost, err}
	}
	return nil
}

// replyIn finds a server's reply in an error.
func replyIn(err error) vfs.Reply {
	var t *textproto.Error
	if errors.As(err, &t) {
		return vfs.Reply{Code: t.Code, Lines: strings.Split(t.Msg, "\n")}
	}
	var r *wire.ReplyError
	if errors.As(err, &r) {
		return r.Reply
	}
	var g *wire.GoodbyeError
	if errors.As(err, &g) {
		return g.Reply
	}
	return vfs.Reply{}
}

func refused(op, path string, r vfs.Reply) *vfs.Error {
	cause := sentinelOf(r)
	if cause == vfs.ErrRefused && (r.Code == 501 || r.Code == 550 || r.Code == 553) && len(path)-strings.LastIndexByte(path, '/')-1 > maxName {
		cause = errMaybeLong
	}
	return &vfs.Error{Op: op, Path: path, Reply: r, Err: cause}
}

// maxName is how long a name is at most, in bytes, on nearly all disks.
const maxName = 255

// errMaybeLong is for servers that refuse a name and give no reason, such as
// vsftpd; errLong for those that do.
var (
	errLong      = joined{vfs.ErrRefused, vfs.ErrLongName}
	errMaybeLong = joined{vfs.ErrRefused, joined{vfs.ErrLongName, errors.New("the name may be too long: try a shorter one")}}
)

// sentinelOf tells what a refusal means, from its code (RFC 959 section 4.2.2)
// and, since 550 and 530 stand for many things, from words that servers use.
func sentinelOf(r vfs.Reply) error {
	text := strings.ToLower(strings.Join(r.Lines, " "))
	switch r.Code {
	case 421:
		if tooMany(text) {
			return vfs.ErrTooMany
		}
		return vfs.ErrConnLost
	case 425, 426:
		return vfs.ErrConnLost
	case 430, 530, 531, 532, 331, 332:
		if tooMany(text) {
			return vfs.ErrTooMany
		}
		return vfs.ErrLogin
	case 452, 552:
		return vfs.ErrQuota
	case 500, 501, 502, 503, 504:
		return vfs.ErrRefused
	case 522:
		// RFC 2428 has it for a network protocol that EPRT and EPSV do not know,
		// vsftpd for a TLS session that is not resumed.
		if has(text, "ssl", "tls", "session", "reuse", "encrypt") {
			return vfs.ErrTLS
		}
		return vfs.ErrRefused
	case 521, 533, 534, 535, 536, 537:
		if strings.Contains(text, "exist") {
			return fs.ErrExist
		}
		return vfs.ErrTLS
	}
	return meaning(text)
}

func tooMany(text string) bool {
	return has(text, "too many", "maximum", "max number", "limit", "connections from", "already logged in", "try again later", "try later", "busy")
}

func meaning(text string) error {
	switch {
	case has(text, "quota", "no space", "disk full", "insufficient storage", "not enough space"):
		return vfs.ErrQuota
	case has(text, "no such", "not found", "not exist", "n't exist", "cannot find", "can't find", "nonexistent", "unknown file"):
		return fs.ErrNotExist
	case has(text, "exists", "already exist"):
		return fs.ErrExist
	case has(text, "permission", "denied", "not permitted", "not allowed", "forbidden", "privilege", "read-only", "readonly"):
		return fs.ErrPermission
	case has(text, "name too long", "name is too long", "path too long", "path is too long"):
		return errLong
	}
	return vfs.ErrRefused
}

func has(text string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// connectFail is fail for what happens before the login.
func (s *Session) connectFail(op string, err error) error {
	err = s.fail(op, s.e.Addr(), err)
	var v *vfs.Error
	if !errors.As(err, &v) {
		return err
	}
	for _, keep := range []error{context.Canceled, vfs.ErrTimeout, vfs.ErrTLS, vfs.ErrTrust, vfs.ErrLogin, vfs.ErrTooMany} {
		if errors.Is(v, keep) {
			return v
		}
	}
	var host x509.HostnameError
	if errors.As(v, &host) {
		v.Err = joined{vfs.ErrTrust, v.Err}
		return v
	}
	if v.Err == nil || errors.Is(v.Err, vfs.ErrRefused) {
		v.Err = vfs.ErrConnect
		return v
	}
	v.Err = joined{vfs.ErrConnect, v.Err}
	return v
}
