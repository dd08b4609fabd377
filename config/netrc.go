package config

import (
	"os"
	"path/filepath"
	"strings"
)

// NetrcPassword looks for a password in ~/.netrc, or the file that $NETRC
// names: that of the first entry for host whose login is user, or that has no
// login; then that of "default". A user of "" takes the entry's login, which
// is returned. A file that is missing or broken has no entries.
func NetrcPassword(host, user string) (login, password string, found bool) {
	path := os.Getenv("NETRC")
	if path == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", "", false
		}
		path = filepath.Join(home, ".netrc")
	}
	data, err := readFile(path)
	if err != nil {
		return "", "", false
	}
	for _, e := range parseNetrc(string(data)) {
		if (e.any || strings.EqualFold(e.host, host)) && e.password != "" &&
			(user == "" && e.login != "" || e.login == user || e.login == "" && user != "") {
			if e.login == "" {
				e.login = user
			}
			return e.login, e.password, true
		}
	}
	return "", "", false
}

type netrcEntry struct {
	host, login, password string
	any                   bool // "default"
}

// parseNetrc reads the words of a netrc file: machine, default, login,
// password, account, and macdef, whose body ends with an empty line. A word
// may be quoted; a comment begins with # where a keyword may stand.
func parseNetrc(text string) []netrcEntry {
	var all []netrcEntry
	var cur *netrcEntry
	keyword := func(w, arg string) {
		switch w {
		case "machine":
			all = append(all, netrcEntry{host: arg})
			cur = &all[len(all)-1]
		case "login":
			if cur != nil {
				cur.login = arg
			}
		case "password":
			if cur != nil {
				cur.password = arg
			}
		}
	}
	for text != "" {
		var w string
		if w, text = netrcWord(text); w == "" {
			continue
		}
		switch {
		case w == "default":
			all = append(all, netrcEntry{any: true})
			cur = &all[len(all)-1]
		case w == "macdef":
			if _, rest, ok := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n"); ok {
				text = rest
			} else {
				text = ""
			}
		case strings.HasPrefix(w, "#"):
			_, text, _ = strings.Cut(text, "\n")
		default:
			var arg string
			arg, text = netrcWord(text)
			keyword(w, arg)
		}
	}
	return all
}

// netrcWord cuts the first word off; a comment's word leaves the line's rest.
func netrcWord(s string) (word, rest string) {
	s = strings.TrimLeft(s, " \t\r\n")
	if strings.HasPrefix(s, `"`) {
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			switch {
			case s[i] == '"':
				return b.String(), s[i+1:]
			case s[i] == '\\' && i+1 < len(s):
				i++
			}
			b.WriteByte(s[i])
		}
		return b.String(), ""
	}
	if i := strings.IndexAny(s, " \t\r\n"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}
