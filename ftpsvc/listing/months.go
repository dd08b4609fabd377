package listing

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// monthWords are the names that ls and its like give to the months, one line a
// language: the abbreviations of the C library and of older systems, then the
// whole word where a server was seen to print it. Several names of one month
// are parted by a bar.
var monthWords = []struct {
	names    string
	charsets []*charmap.Charmap // in which a server may send them, beside UTF-8
}{
	{"jan feb mar apr may jun jul aug sep|sept oct nov dec", nil},
	{"january february march april may june july august september october november december", nil},
	{"jan|jän feb mär|mrz|maerz|märz apr mai jun|juni jul|juli aug sep okt nov dez", western}, // German
	{"januar|jänner februar märz april mai juni juli august september oktober november dezember", western},
	{"jan|janv|jnv fév|févr|fev|fevr mar|mars avr|avril mai jun|juin jul|jui|juil|juillet aoû|août|aou sep|sept oct nov déc|dec", western}, // French
	{"janvier février mars avril mai juin juillet août septembre octobre novembre décembre", western},
	{"ene feb mar abr may jun jul ago sep|set|sept oct nov dic", western}, // Spanish
	{"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre", western},
	{"gen feb mar apr mag giu lug ago set|sett ott nov dic", western}, // Italian
	{"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre", western},
	{"jan fev mar abr mai jun jul ago set out nov dez", western}, // Portuguese
	{"janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro", western},
	{"jan feb mrt|maa apr mei jun jul aug sep okt nov dec", western}, // Dutch
	{"januari februari maart april mei juni juli augustus september oktober november december", western},
	{"sty lut mar kwi maj cze lip sie wrz paź|paz|paż lis gru", central}, // Polish
	{"stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia", central},
	{"led úno|uno bře|bre dub kvě|kve čen|čer|cen|cer čec|čvc|cec srp zář|zar říj|rij lis pro", central}, // Czech
	{"ledna února března dubna května června července srpna září října listopadu prosince", central},
	{"янв фев|февр мар|март апр май|мая июн|июнь июл|июль авг сен|сент окт ноя|нояб дек", cyrillic}, // Russian
	{"января февраля марта апреля мая июня июля августа сентября октября ноября декабря", cyrillic},
	{"січ лют бер кві|квіт тра|трав чер|черв лип сер|серп вер|вер жов|жовт лис|лист гру|груд", cyrillic}, // Ukrainian
	{"jan feb mar|mars apr maj jun|juni jul|juli aug sep|sept okt nov dec", western},                     // Swedish, Danish
	{"jan feb mar|mars apr mai jun|juni jul|juli aug sep|sept okt nov des", western},                     // Norwegian
	{"tam|tammi hel|helmi maa|maalis huh|huhti tou|touko kes|kesä hei|heinä elo syy|syys lok|loka mar|marras jou|joulu", western},
	{"jan febr márc|már ápr máj jún júl aug szept|sze okt nov dec", central}, // Hungarian
	{"oca şub mar nis may haz tem ağu eyl eki kas ara", turkish},
	{"ian feb mar apr mai iun iul aug sep oct noi|noiem dec", central}, // Romanian
	{"ιαν φεβ μαρ|μάρ απρ μαϊ|μαΐ ιουν|ιούν ιουλ|ιούλ αυγ|αύγ σεπ οκτ νοε|νοέ δεκ", greek},
}

var (
	western  = []*charmap.Charmap{charmap.Windows1252, charmap.CodePage850, charmap.Macintosh}
	central  = []*charmap.Charmap{charmap.ISO8859_2, charmap.Windows1250, charmap.CodePage852}
	cyrillic = []*charmap.Charmap{charmap.Windows1251, charmap.KOI8R, charmap.CodePage866, charmap.ISO8859_5, charmap.KOI8U}
	turkish  = []*charmap.Charmap{charmap.Windows1254}
	greek    = []*charmap.Charmap{charmap.Windows1253}
)

// monthTable maps the words, in lower case and in the bytes of every charset, to
// 1 to 12. Where two languages disagree ("mar" of Finnish) the first one holds.
var monthTable = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	put := func(w string, n int) {
		if m[w] == 0 {
			m[w] = n
		}
	}
	for _, l := range monthWords {
		for i, names := range strings.Fields(l.names) {
			for _, w := range strings.Split(names, "|") {
				put(w, i+1)
				for _, c := range l.charsets {
					for _, form := range []string{w, titleCase(w), strings.ToUpper(w)} {
						if b, err := c.NewEncoder().String(form); err == nil && !asciiOnly(b) {
							put(b, i+1)
						}
					}
				}
			}
		}
	}
	return m
})

func titleCase(w string) string {
	r, n := utf8.DecodeRuneInString(w)
	return string(unicode.ToUpper(r)) + w[n:]
}

// englishMonth reads the three letters at the start of s, in any case; 0: none.
func englishMonth(s string) int {
	if len(s) < 3 {
		return 0
	}
	switch uint32(s[0]|0x20)<<16 | uint32(s[1]|0x20)<<8 | uint32(s[2]|0x20) {
	case 'j'<<16 | 'a'<<8 | 'n':
		return 1
	case 'f'<<16 | 'e'<<8 | 'b':
		return 2
	case 'm'<<16 | 'a'<<8 | 'r':
		return 3
	case 'a'<<16 | 'p'<<8 | 'r':
		return 4
	case 'm'<<16 | 'a'<<8 | 'y':
		return 5
	case 'j'<<16 | 'u'<<8 | 'n':
		return 6
	case 'j'<<16 | 'u'<<8 | 'l':
		return 7
	case 'a'<<16 | 'u'<<8 | 'g':
		return 8
	case 's'<<16 | 'e'<<8 | 'p':
		return 9
	case 'o'<<16 | 'c'<<8 | 't':
		return 10
	case 'n'<<16 | 'o'<<8 | 'v':
		return 11
	case 'd'<<16 | 'e'<<8 | 'c':
		return 12
	}
	return 0
}

// month reads the name of a month in any of the languages, with or without a
// dot or comma after it; 0: it is none.
func month(s string) int {
	if len(s) == 3 {
		if m := englishMonth(s); m > 0 {
			return m
		}
	}
	if len(s) < 3 || len(s) > 24 || s[0] <= '@' {
		return 0
	}
	s = strings.TrimRight(s, ".,")
	if m, ok := monthTable()[s]; ok {
		return m
	}
	return monthTable()[strings.ToLower(s)]
}
