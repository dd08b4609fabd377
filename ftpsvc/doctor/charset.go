package doctor

import (
	"strings"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// guess is the charset that names most likely are in, by what is common in
// each: the user has the last word.
func guess(names []string) string {
	all := strings.Join(names, "\n")
	if euc, kana, hangul, level1 := pairs(all); euc {
		switch {
		case kana:
			return "EUC-JP"
		case hangul:
			return "EUC-KR"
		case level1:
			return "GB18030"
		}
	} else if s, err := japanese.ShiftJIS.NewDecoder().String(all); err == nil && whole(s) {
		return "Shift_JIS"
	} else if s, err := traditionalchinese.Big5.NewDecoder().String(all); err == nil && whole(s) {
		return "Big5"
	}
	high, ascii := 0, 0
	for _, b := range []byte(all) {
		switch {
		case b >= 0x80:
			high++
		case b|0x20 >= 'a' && b|0x20 <= 'z':
			ascii++
		}
	}
	if high > ascii { // Cyrillic words have few letters of ASCII, Western ones many
		return "windows-1251"
	}
	return "windows-1252"
}

// whole reports whether text decoded without a gap, and not into the half-width
// kana that any bytes become in Shift_JIS.
func whole(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r == 0xFFFD || r >= 0x80 && r < 0xA0 || r >= 0xE000 && r < 0xF900 || r >= 0xFF61 && r <= 0xFF9F
	})
}

// pairs looks at bytes beyond ASCII as pairs of one EUC: are they all such
// pairs, is there kana (rows 4 and 5), are they all Hangul (rows 16 to 40), are
// most of them common Chinese characters (rows 16 to 55).
func pairs(s string) (euc, kana, hangul, level1 bool) {
	n, common := 0, 0
	hangul = true
	for i := 0; i < len(s); i++ {
		if s[i] < 0x80 {
			continue
		}
		if s[i] < 0xA1 || i+1 == len(s) || s[i+1] < 0xA1 {
			return false, false, false, false
		}
		n++
		kana = kana || s[i] == 0xA4 || s[i] == 0xA5
		hangul = hangul && s[i] >= 0xB0 && s[i] <= 0xC8
		if s[i] >= 0xB0 && s[i] <= 0xD7 {
			common++
		}
		i++
	}
	return n > 0, kana, hangul, common*2 > n
}
