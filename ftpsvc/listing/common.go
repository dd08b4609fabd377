package listing

import "strings"

// dialectNone reads nothing: no dialect knew any of the first lines.
var dialectNone = &dialect{"unknown", func(*parser, string, *item) verdict { return vNo }}

// commonLine knows lines that no dialect claims and that mean the same in all:
// sums, blank lines, and a server's complaints, which make the listing
// incomplete. vMore: it is none of them.
func (p *parser) commonLine(s string) verdict {
	if p.d == dialectNLST || p.d == dialectMLSD {
		return vMore
	}
	t := strings.TrimSpace(s)
	if t == "" || isTotal(t) || p.firstSum(t) || statusLine(t) {
		return vNoise
	}
	if why := complaint(t); why != "" {
		p.why = why
		return vNo
	}
	return vMore
}

// totals are the words of ls before the number of blocks.
var totals = map[string]bool{
	"total": true, "insgesamt": true, "gesamt": true, "totale": true, "totaal": true, "razem": true, "celkem": true,
	"итого": true, "всего": true, "总用量": true, "总计": true, "總計": true, "合計": true, "합계": true, "toplam": true,
	"összesen": true, "yhteensä": true, "totalt": true, "i alt": true, "сума": true, "разом": true, "σύνολο": true,
	"kokku": true, "guztira": true, "sveukupno": true, "ukupno": true, "skupno": true, "spolu": true, "viso": true, "samtals": true,
	"jumlah": true, "kopā": true, "tổng số": true, "итог": true, "общо": true, "razom": true, "gesamtgröße": true,
}

// firstSum knows the sum that ls prints above its rows in a language that is not
// known: a word and a number, before any row of a Unix listing.
func (p *parser) firstSum(t string) bool {
	word, n, ok := strings.Cut(t, " ")
	return ok && p.d == dialectUnix && p.info.Entries == 0 && (p.line == 0 || p.heading) && letters(word) && isNum(strings.TrimLeft(n, " "))
}

// statusLine knows what stands around the rows in a reply to STAT, which some
// servers send for a listing: "213-Status of /pub:", "213 End of status".
func statusLine(t string) bool {
	return len(t) > 4 && t[0] == '2' && isNum(t[:3]) && (t[3] == '-' || t[3] == ' ') && strings.Contains(strings.ToLower(t), "status")
}

// isTotal knows "total 12", "total 4.0K", "insgesamt 8" and "Total of 3 files".
func isTotal(s string) bool {
	i := strings.LastIndexAny(s, " \t")
	if i < 0 {
		return s == "total" || strings.HasPrefix(s, "合計") || strings.HasPrefix(s, "总用量") || strings.HasPrefix(s, "합계")
	}
	n := strings.TrimRight(s[i+1:], "kKMGTPiB")
	if n == "" || strings.Trim(n, "0123456789.,") != "" {
		return false
	}
	word := strings.TrimRight(strings.ToLower(s[:i]), " \t:")
	return totals[word] || !asciiOnly(word) && !strings.ContainsAny(word, " \t") && len(word) < 20
}

// WhyComplaint is why a line is unread that is an error message of the program
// that makes the listing.
const WhyComplaint = "error message of the server"

// complaint knows an error message of the program that makes the listing, such
// as "ls: secret: Permission denied".
func complaint(s string) string {
	i := strings.Index(s, ": ")
	if i < 0 {
		if strings.HasPrefix(s, "%") && (strings.Contains(s, "-E-") || strings.Contains(s, "-F-")) { // VMS
			return WhyComplaint
		}
		return ""
	}
	prog := s[:i]
	if j := strings.LastIndexByte(prog, '/'); j >= 0 {
		prog = prog[j+1:]
	}
	switch strings.ToLower(prog) {
	case "ls", "ftpd", "ftpd-bsd", "sh", "bash", "dir", "in.ftpd", "proftpd", "vsftpd", "stat", "opendir", "lstat":
		return WhyComplaint
	}
	for _, m := range []string{"ermission denied", "o such file or directory", "cannot access", "cannot open", "not a directory"} {
		if strings.Contains(s, m) {
			return WhyComplaint
		}
	}
	return ""
}
