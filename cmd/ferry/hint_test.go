package main

import (
	"errors"
	"strings"
	"testing"

	"ferry/ftpsvc/vfs"
)

func TestHintsFitTheCause(t *testing.T) {
	failed := func(op string, causes ...error) error {
		return &vfs.Error{Op: op, Path: "h:21", Err: errors.Join(causes...)}
	}
	for want, err := range map[string]error{
		"ask the server's owner": failed("connect", vfs.ErrTLS, vfs.ErrAlarm),
		"ask the server's ":      tlsAlarm(vfs.Endpoint{Host: "h"}),
		"encrypts its data":      failed("list", vfs.ErrTLS, vfs.ErrAlarm),
		"let TLS through":        failed("connect", vfs.ErrTLS, vfs.ErrAlarm, vfs.ErrProxy),
		"the right proxy":        failed("connect", vfs.ErrConnect, vfs.ErrProxy),
		"the host and the port":  failed("connect", vfs.ErrConnect),
		"may work later":         &vfs.Error{Op: "connect", Reply: vfs.Reply{Code: 421}, Err: errors.Join(vfs.ErrConnect, vfs.ErrConnLost)},
		"takes no more":          failed("connect", vfs.ErrTooMany),
		"ftps:// is implicit":    failed("connect", vfs.ErrTLS),
		"account =":              failed("log in", vfs.ErrLogin, vfs.ErrAccount),
		"the proxy's user":       failed("log in at the proxy", vfs.ErrLogin, vfs.ErrProxy),
		"is the user right":      failed("log in", vfs.ErrLogin),
		"slow or does not":       failed("connect", vfs.ErrTimeout),
		"slow or does not ":      failed("log in", vfs.ErrTimeout),
		"firewall":               failed("list", vfs.ErrTimeout),
		"compare the":            failed("connect", vfs.ErrTLS, vfs.ErrTrust),
	} {
		if got := hint(err, false); !strings.Contains(got, strings.TrimSpace(want)) || strings.Contains(got, "tls=off") {
			t.Errorf("%v: %q", err, got)
		}
	}
	if got := hint(failed("connect", vfs.ErrTooMany), true); !strings.Contains(got, "--parallel=1") {
		t.Errorf("a verb with that flag: %q", got)
	}
	for _, op := range []string{"encrypt data", "download"} {
		if got := hint(failed(op, vfs.ErrTLS), false); got != "" {
			t.Errorf("%s: %q", op, got)
		}
	}
}
