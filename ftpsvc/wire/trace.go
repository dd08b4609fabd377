package wire

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ferry/ftpsvc/vfs"
)

// leastSecret is the length in bytes from which a secret is looked for on its
// own: shorter ones are parts of any word.
const leastSecret = 3

// keepSecret notes what must not be seen where the server repeats it. It is
// called before a command with a secret goes out, with wmu held.
func (t *Transport) keepSecret(line string) {
	shown, secret := vfs.SplitSecret(line)
	if secret = strings.TrimSpace(secret); secret == "" {
		return
	}
	words := strings.Fields(shown)
	last := words[len(words)-1]
	parts := []string{secret}
	if len(secret) < leastSecret {
		parts[0] = last + " " + secret
	}
	if len(words) > 1 { // of SITE: user, old and new password
		parts = append(parts, strings.Fields(secret)...)
	}
	t.addSecrets(parts...)
}

func (t *Transport) addSecrets(parts ...string) {
	before := len(t.secrets)
	for _, p := range parts {
		if p = strings.ToValidUTF8(p, "\uFFFD"); len(p) >= leastSecret && !slices.Contains(t.secrets, p) {
			t.secrets = append(t.secrets, p)
		}
	}
	if len(t.secrets) == before {
		return
	}
	slices.SortFunc(t.secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // the longest that fits counts
	quoted := make([]string, len(t.secrets))
	for i, s := range t.secrets {
		quoted[i] = regexp.QuoteMeta(s)
	}
	t.secretIn.Store(regexp.MustCompile("(?i)" + strings.Join(quoted, "|"))) // some servers repeat all in upper case
}

// hide masks the secrets in what a server said.
func (t *Transport) hide(text string) string {
	if re := t.secretIn.Load(); re != nil {
		return re.ReplaceAllLiteralString(text, vfs.Masked)
	}
	return text
}

// hideIn is hide for a reply that may leave wire: a refusal, and any answer to
// a command with a secret in it. Other replies hold folders, sizes and ports, which
// may look like a password and are needed as they are.
func (t *Transport) hideIn(rep vfs.Reply) vfs.Reply {
	lines := make([]string, len(rep.Lines))
	for i, l := range rep.Lines {
		lines[i] = t.hide(l)
	}
	rep.Lines = lines
	return rep
}

func (t *Transport) trace(level int, dir byte, text string) {
	if t.opt.Trace == nil {
		return
	}
	if dir != '>' {
		text = t.hide(text)
	}
	t.opt.Trace(level, dir, text)
}

// detail writes a level 2 line; it costs nothing when nobody listens.
func (t *Transport) detail(format string, args ...any) {
	if t.opt.Trace != nil {
		t.trace(2, '*', fmt.Sprintf(format, args...))
	}
}
