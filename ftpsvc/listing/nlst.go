package listing

import "strings"

// readNLST reads an answer to NLST: every line is a name, or the path of one in
// the folder that was asked for (RFC 1123 section 4.1.2.7).
func readNLST(p *parser, s string, it *item) verdict {
	it.name = span{0, len(s)}
	it.blankOK = true
	switch {
	case complaint(s) != "" && strings.HasPrefix(s[strings.LastIndexByte(s[:strings.IndexByte(s+":", ':')], '/')+1:], "ls:"):
		p.why = WhyComplaint
		return vNo
	case strings.HasPrefix(p.o.Dir, "'") && len(s) > 2 && s[0] == '\'' && s[len(s)-1] == '\'':
		it.name = mvsFullName(s, strings.Trim(p.o.Dir, "'"))
		return vWeak
	}
	if i := vmsPath(s); i > 0 {
		it.name = span{i, len(s) - i}
	}
	return vWeak
}

// mvsFullName takes the quotes and the level of qualifiers that was asked for off
// a full data set name, and the name of the data set off a member.
func mvsFullName(s, dir string) span {
	name := span{1, len(s) - 2}
	if rest, ok := strings.CutPrefix(name.of(s), dir); ok && rest != "" && dir != "" {
		name = span{len(s) - 1 - len(rest), len(rest)}
		if rest[0] == '(' && rest[len(rest)-1] == ')' && len(rest) > 2 {
			name = span{name.at + 1, name.n - 2}
		}
	}
	return name
}

// vmsPath finds where the name begins in "DISK:[A.B]NAME.EXT;1"; 0: s is no such path.
func vmsPath(s string) int {
	open, end := strings.Index(s, ":["), strings.LastIndexByte(s, ']')
	semi := strings.LastIndexByte(s, ';')
	if open < 1 || end < open || semi < end+2 || !isNum(s[semi+1:]) || strings.ContainsAny(s, "/ ") {
		return 0
	}
	return end + 1
}
