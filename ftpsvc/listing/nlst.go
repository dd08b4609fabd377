package listing

import "strings"

// readNLST reads an answer to NLST: every line is a name, or the path of one in
// the folder that was asked for (RFC 1123 section 4.1.2.7).
func readNLST(p *parser, s string, it *item) verdict {
	it.name = span{0, len(s)}
	it.blankOK = true
	switch {
	case complaint(s) != "" && strings.HasPrefix(s[strings.LastIndexByte(s[:strings.IndexByte(s+":", ':')], '/')+1:], "ls:"):
		p.why = "error message of the server"
		return vNo
	case len(s) > 2 && s[0] == '\'' && s[len(s)-1] == '\'': // MVS, a full name
		it.name = span{1, len(s) - 2}
		return vWeak
	}
	if i := strings.LastIndexByte(s, ']'); i > 0 && i+1 < len(s) && strings.IndexByte(s[:i], '[') >= 0 &&
		strings.IndexByte(s, '/') < 0 && strings.IndexByte(s[i:], ';') > 0 { // VMS: DISK:[A.B]NAME.EXT;1
		it.name = span{i + 1, len(s) - i - 1}
	}
	return vWeak
}
