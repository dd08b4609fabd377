package wire

import (
	"fmt"
	"strings"
)

const masked = "*****"

// Mask hides the secret in a command line: the argument of PASS and ACCT, and
// of the SITE commands that change a password.
func Mask(line string) string {
	trimmed := strings.TrimLeft(line, " \t")
	end := strings.IndexAny(trimmed, " \t")
	if end < 0 {
		return line
	}
	verb, rest := trimmed[:end], trimmed[end+1:]
	switch strings.ToUpper(verb) {
	case "PASS", "ACCT", "ADAT":
		return verb + " " + masked
	case "SITE":
		rest = strings.TrimLeft(rest, " \t")
		end := strings.IndexAny(rest, " \t")
		if end < 0 {
			return line
		}
		sub := rest[:end]
		up := strings.ToUpper(sub)
		for _, part := range []string{"PASS", "PSW", "PWD", "ADDUSER"} { // CHPASS, CPWD, GPASS ...
			if strings.Contains(up, part) {
				return verb + " " + sub + " " + masked
			}
		}
	}
	return line
}

func (t *Transport) trace(level int, dir byte, text string) {
	if t.opt.Trace == nil {
		return
	}
	for _, s := range t.opt.Secrets {
		if len(s) >= 3 && dir != '>' {
			text = strings.ReplaceAll(text, s, masked)
		}
	}
	t.opt.Trace(level, dir, text)
}

// detail writes a level 2 line; it costs nothing when nobody listens.
func (t *Transport) detail(format string, args ...any) {
	if t.opt.Trace != nil {
		t.trace(2, '*', fmt.Sprintf(format, args...))
	}
}
