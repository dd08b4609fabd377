package listing

import (
	"strings"

	"ferry/ftpsvc/vfs"
)

// readMVS reads the data sets of z/OS.
//
//	Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname
//	SAVE00 3390   2004/06/23  1    1  FB     128  6144  PS    INCOMING.RPTBM023
//	Migrated                                                  NAME
//
// A partitioned data set is a folder of members. Sizes are the tracks used, so
// the most that the data can be.
func readMVS(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	if k.n < 2 || k.n == maxTokens {
		return vNo
	}
	if k.at(0) == "Volume" && k.at(k.n-1) == "Dsname" {
		return vNoise
	}
	name := k.t[k.n-1]
	if t := name.of(s); len(t) > 2 && t[0] == '\'' && t[len(t)-1] == '\'' {
		name = span{name.at + 1, name.n - 2}
	}
	it.name = name
	if dsName(name.of(s)) && mvsWords(&k, it) {
		return vStrong
	}
	return p.mvsColumns(&k, it)
}

// dsName reports whether s may be a data set: qualifiers parted by dots, or a
// pseudo directory that ends in one.
func dsName(s string) bool {
	for _, q := range strings.Split(strings.TrimSuffix(s, "."), ".") {
		if q == "" {
			return false
		}
		for i := 0; i < len(q); i++ {
			if c := q[i]; !(c|0x20 >= 'a' && c|0x20 <= 'z' || c-'0' <= 9 || c == '@' || c == '#' || c == '$' || c == '-' || c == '{') {
				return false
			}
		}
	}
	return len(s) <= 45
}

// mvsWords knows the rows that have words in place of columns.
func mvsWords(k *tokens, it *item) bool {
	words := k.s[k.t[0].at:k.end(k.n-2)]
	it.kind = vfs.File
	switch words {
	case "Migrated", "MIGRATED", "Migrat1", "Migrat2", "MIGRAT", "ARCIVE", "ARCHIVE", "VSAM", "Alias", "ALIAS", "PATH", "Path",
		"Error determining attributes":
		return true
	case "Pseudo Directory":
		it.kind, it.text = vfs.Dir, it.name.of(k.s)+"." // so that a path through it is one of qualifiers
		return true
	case "GDG", "User catalog connector":
		it.kind = vfs.Other
		return true
	}
	if k.n < 3 || len(k.at(0)) > 6 {
		return false
	}
	switch k.s[k.t[1].at:k.end(k.n-2)] { // after the volume
	case "Pseudo Directory":
		it.kind, it.text = vfs.Dir, it.name.of(k.s)+"."
		return true
	case "GDG":
		it.kind = vfs.Other
		return true
	case "Tape", "TAPE", "Not Direct Access Device", "Not Mounted", "Not mounted", "Offline", "Error determining attributes", "Volume not mounted":
		return true
	}
	return k.n == 4 && k.at(2) == "VSAM" && len(k.at(1)) == 4
}

// mvsColumns reads the row from both ends: the volume, its unit where that is
// told, and the date of the last use; the format of the records, their length,
// the size of a block, the organization and the name. Between them stand the
// extents and the tracks used, which may be glued together.
func (p *parser) mvsColumns(k *tokens, it *item) verdict {
	n := k.n
	if n < 8 {
		return vNo
	}
	switch org, _, _ := strings.Cut(k.at(n-2), "-"); org {
	case "PO", "POU":
		it.kind = vfs.Dir
	case "PS", "PSU", "DA", "DAU", "IS", "VS", "GS", "VSAM", "CX", "TX", "TQ", "TR", "HFS", "ZFS":
		it.kind = vfs.File
	case "?", "??", "NONE":
		it.kind = vfs.Unknown
	default:
		return vNo
	}
	if !isNum(k.at(n-3)) || !isNum(k.at(n-4)) { // block size and record length
		return vNo
	}
	ref, unit := 1, ""
	var c civil
	if !p.mvsReferred(k.at(ref), &c) {
		ref, unit = 2, k.at(1)
		if !p.mvsReferred(k.at(ref), &c) {
			return vNo
		}
	}
	used := k.at(n - 6)
	between := n - 6 - ref
	for i := ref + 1; i < n-6; i++ {
		if !isNum(k.at(i)) {
			return vNo
		}
	}
	if between < 1 || between > 3 {
		return vNo
	}
	if between == 1 && len(used) > 5 {
		used = used[len(used)-5:]
	}
	if strings.Trim(used, "0123456789") != "" && strings.Trim(used, "+?") != "" {
		return vNo
	}
	if c.prec != vfs.NoTime {
		p.setTime(it, &c)
	}
	if it.kind == vfs.File {
		it.size = mvsSize(used, unit)
		it.rough = it.size >= 0
	}
	return vStrong
}

// mvsReferred reads the date of the last use, "**NONE**" where there was none.
func (p *parser) mvsReferred(t string, c *civil) bool {
	return len(t) > 2 && t[:2] == "**" || len(t) >= 8 && p.threeNumbers(t, orderMDY, anyOrder, true, c)
}

// mvsSize turns tracks into bytes. "+++++" stands for more than fit the column:
// the largest data set there can be.
func mvsSize(used, unit string) int64 {
	track := int64(56664) // 3390
	switch {
	case strings.HasPrefix(unit, "3380"):
		track = 47476
	case strings.HasPrefix(unit, "3350"):
		track = 19069
	}
	switch {
	case used == "+++++":
		return track << 24
	case !isNum(used):
		return -1
	}
	return parseSize(used) * track
}

// readPDS reads the members of a partitioned data set: with the statistics of
// ISPF, with the attributes of a load module, or the bare name, padded.
//
//	 Name     VV.MM   Created       Changed      Size  Init   Mod   Id
//	SAVE03    01.03 2002/09/12 2002/10/11 09:37    11    11     0 KIL001
//	 Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode
//	EAGKCPT   000058   000009          00 FO             RN RU            31    ANY
func readPDS(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	if k.n == 0 {
		return vNo
	}
	if k.at(0) == "Name" && (k.at(1) == "VV.MM" || k.at(1) == "Size") {
		return vNoise
	}
	if k.t[0].at > 2 || k.n == 1 && (!memberName(k.at(0)) || k.t[0].at > 1) {
		return vNo
	}
	it.name, it.kind = k.t[0], vfs.File
	var c civil
	switch {
	case k.n == 1:
		if len(s)-k.end(0) >= 10 {
			return vWeak
		}
		if p.scoring {
			return vNo
		}
		return vWeak
	case k.n >= 5 && len(k.at(1)) == 5 && k.at(1)[2] == '.' && isNum(k.at(1)[:2]):
		if !p.threeNumbers(k.at(3), orderYMD, anyOrder, true, &c) || !clockTime(k.at(4), &c) {
			return vNo
		}
		p.setTime(it, &c)
		if k.n > 8 {
			it.owner = k.t[8]
		}
		return vStrong
	case k.n >= 5 && len(k.at(1)) == 6 && len(k.at(2)) == 6:
		n, ok := hex(k.at(1))
		if _, ok2 := hex(k.at(2)); !ok || !ok2 {
			return vNo
		}
		it.size = n
		return vStrong
	}
	return vNo
}

func memberName(s string) bool {
	if len(s) > 8 || s == "" || s[0]-'0' <= 9 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c >= 'A' && c <= 'Z' || c-'0' <= 9 || c == '@' || c == '#' || c == '$' || c == '{') {
			return false
		}
	}
	return true
}

func hex(s string) (n int64, ok bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c-'0' <= 9:
			n = n<<4 | int64(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			n = n<<4 | int64(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return n, s != ""
}

// readJES reads the jobs of a JES spool (SITE FILETYPE=JES). A job is fetched by
// its number.
//
//	JOBNAME  JOBID    OWNER    STATUS CLASS
//	IBMUSER2 JOB01906 IBMUSER  OUTPUT A        RC=0000 3 spool files
func readJES(p *parser, s string, it *item) verdict {
	var k tokens
	k.cut(s)
	if k.n < 3 {
		return vNo
	}
	if k.at(0) == "JOBNAME" && k.at(1) == "JOBID" {
		return vNoise
	}
	if !memberName(k.at(0)) || !jobID(k.at(1)) {
		return vNo
	}
	if !jobState(k.at(2)) {
		if it.owner = k.t[2]; !jobState(k.at(3)) {
			return vNo
		}
	}
	it.name, it.kind = k.t[1], vfs.File
	return vStrong
}

func jobID(s string) bool {
	i := 0
	for i < len(s) && s[i] >= 'A' && s[i] <= 'Z' {
		i++
	}
	return (i == 1 || i == 3) && len(s) == 8 && isNum(s[i:])
}

func jobState(s string) bool {
	switch s {
	case "INPUT", "ACTIVE", "OUTPUT", "HELD":
		return true
	}
	return false
}
