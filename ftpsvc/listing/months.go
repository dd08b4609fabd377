package listing

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// monthWords are the names that ls and its like give to the months, a language
// each: the abbreviations of the C library and of older systems, the whole word
// where a server was seen to print it. Several names of one month are parted by
// a bar. A word of several languages may mean several months; the one of the
// first language holds until other words of the listing tell the language.
var monthWords = []struct {
	charsets []*charmap.Charmap // in which a server may send them, beside UTF-8
	names    []string
}{
	{nil, []string{"jan feb mar apr may jun jul aug sep|sept oct nov dec", // English
		"january february march april may june july august september october november december"}},
	{western, []string{"jan|jän feb mär|mrz|maerz|märz apr mai jun|juni jul|juli aug sep|sept okt nov dez", // German
		"januar|jänner februar|feber märz april mai juni juli august september oktober november dezember"}},
	{western, []string{"jan|janv|jnv fév|févr|fev|fevr mar|mars|mrs avr|avril mai jun|juin jul|jui|juil|juillet aoû|août|aou|aout sep|sept oct nov déc|dec",
		"janvier février|fevrier mars avril mai juin juillet août septembre octobre novembre décembre|decembre"}},
	{western, []string{"ene feb|fbro mar|mzo abr may jun jul ago|agto sep|set|sept|sbre oct|obre nov|nbre dic|dbre", // Spanish
		"enero febrero marzo abril mayo junio julio agosto septiembre|setiembre octubre noviembre diciembre"}},
	{western, []string{"gen feb mar apr mag giu lug ago set|sett ott nov dic", // Italian
		"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"}},
	{western, []string{"jan fev mar abr mai jun jul ago set out nov dez", // Portuguese
		"janeiro fevereiro março|marco abril maio junho julho agosto setembro outubro novembro dezembro"}},
	{western, []string{"jan feb mrt|maa apr mei jun jul aug sep okt nov dec", // Dutch
		"januari februari maart april mei juni juli augustus september oktober november december"}},
	{central, []string{"sty lut mar kwi maj cze lip sie wrz paź|paz|paż lis gru", // Polish
		"stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"}},
	{central, []string{"led úno|uno bře|bre dub kvě|kve čen|čer|cen|cer|čvn|cvn čec|čvc|cec|cvc srp zář|zar říj|rij lis pro", // Czech
		"ledna února března dubna května června července srpna září října listopadu prosince"}},
	{cyrillic, []string{"янв фев|февр мар|март апр май|мая июн|июнь июл|июль авг сен|сент окт ноя|нояб дек", // Russian
		"января февраля марта апреля мая июня июля августа сентября октября ноября декабря"}},
	{nil, []string{"一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月"}},
	{cyrillic, []string{"січ лют бер кві|квіт тра|трав чер|черв лип сер|серп вер|вер жов|жовт лис|лист гру|груд", // Ukrainian
		"січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"}},
	{western, []string{"jan feb mar|mars apr|april maj jun|juni jul|juli aug sep|sept okt nov dec"}},                                        // Swedish, Danish
	{western, []string{"jan feb mar|mars apr|april mai jun|juni jul|juli aug sep okt nov des"}},                                             // Norwegian, Faroese
	{western, []string{"jan feb mar apr maí jún júl ágú sep okt nóv des"}},                                                                  // Icelandic
	{western, []string{"tam|tammi hel|helmi maa|maalis huh|huhti tou|touko kes|kesä hei|heinä elo syy|syys lok|loka mar|marras jou|joulu"}}, // Finnish
	{central, []string{"jan feb|febr márc|már ápr máj jún júl aug szept|sze|szep okt nov dec"}},                                             // Hungarian
	{turkish, []string{"oca şub mar nis may haz tem ağu eyl eki kas ara", // Turkish
		"ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık"}},
	{central, []string{"ian feb|febr mar|mart apr mai iun iul aug sep|sept oct|octom noi|noiem|nov dec|decem"}}, // Romanian
	{greek, []string{"ιαν φεβ μαρ|μάρ απρ μαϊ|μαΐ|μάι ιουν|ιούν ιουλ|ιούλ αυγ|αύγ σεπ οκτ νοε|νοέ δεκ"}},
	{western, []string{"gen|gener feb|febr mar|març abr|abril mai|maig jun|juny jul|juliol ago|ag|agost set oct nov des"}}, // Catalan
	{western, []string{"xan feb mar abr mai xuñ|xun xul ago set out nov dec"}},                                             // Galician
	{western, []string{"xin feb mar abr may xun xnt ago set och pay avi"}},                                                 // Asturian
	{western, []string{"gen febr març abr mai junh jul ago set oct nov dec"}},                                              // Occitan
	{nil, []string{"urt ots mar api mai eka uzt abu ira urr aza abe"}},                                                     // Basque
	{central, []string{"jan feb mar apr máj jún júl aug sep okt nov dec"}},                                                 // Slovak
	{central, []string{"jan feb mar apr maj jun jul avg sep okt nov dec"}},                                                 // Slovenian, Serbian
	{central, []string{"sij vel|velj ožu tra svi lip srp kol ruj lis stu pro"}},                                            // Croatian
	{cyrillic, []string{"јан феб мар апр мај јун јул авг сеп окт нов|ное дец|дек"}},                                        // Serbian, Macedonian
	{cyrillic, []string{"яну фев мар|март апр май юни юли авг сеп|септ окт ное|ноем дек"}},                                 // Bulgarian
	{cyrillic, []string{"сту|студ лют сак кра мая|май чэр ліп жні вер кас ліс сне"}},                                       // Belarusian
	{baltic, []string{"saus|sau vas kov bal geg birž|bir liep|lie rugp rugs spal|spa lapkr|lap gruod|grd"}},                // Lithuanian
	{baltic, []string{"jan|janv feb|febr mar|mart|marts apr mai|maijs jūn jūl aug sep|sept okt nov dec"}},                  // Latvian
	{baltic, []string{"jaan|jan veebr|vee märts|mär apr|aprill mai juuni juuli aug sept|sep okt nov dets|det"}},            // Estonian
	{nil, []string{"jan feb mar apr mei jun jul agu|agt sep okt nov des"}},                                                 // Indonesian
	{nil, []string{"jan feb mac apr mei jun jul ogo|ogos sep okt nov dis"}},                                                // Malay
	{nil, []string{"ene peb mar abr may hun hul ago set|sep okt nob dis"}},                                                 // Filipino
	{nil, []string{"jan feb mac apr mei jun jul ago sep okt nov des"}},                                                     // Swahili
	{western, []string{"jan feb mrt apr mei jun jul aug sep okt nov des"}},                                                 // Afrikaans, Frisian
	{western, []string{"jan feb mäe abr mee jun jul aug sep okt nov dez"}},                                                 // Luxembourgish
	{western, []string{"ean feabh márta aib beal meith iúil lún mfómh dfómh samh noll"}},                                   // Irish
	{western, []string{"faoi gearr màrt gibl cèit ògmh iuch lùna sult dàmh samh dùbh"}},                                    // Gaelic
	{western, []string{"ion chw maw ebr mai meh gor aws med hyd tac|tach rha"}},                                            // Welsh
	{western, []string{"gen c'hw|cʼhw|c’hw meu ebr mae mez|mezh gou eos gwe her du ker"}},                                  // Breton
	{western, []string{"jan shk mar pri maj qer kor|korr gsh|gush sht tet nën|nen dhj"}},                                   // Albanian
	{nil, []string{"jan fra mar apr mej ġun lul aww set ott nov diċ"}},                                                     // Maltese
	{nil, []string{"jan feb mar apr maj jun jul aŭg sep okt nov dec"}},                                                     // Esperanto
	{western, []string{"zen fev mar avr|arv mai jug lui avo set otu nov dic"}},                                             // Friulian
	{western, []string{"dja fev mås avr may djn djl awo set oct nôv dec"}},                                                 // Walloon
	{central, []string{"jan feb měr apr maj|mej jun jul awg sep okt now dec"}},                                             // Sorbian
	{turkish, []string{"yan fev mar apr may iyn|i̇yn|iyun iyl|i̇yl|iyul avq|avg sen|sent okt noy dek"}},                    // Azerbaijani, Uzbek
	{nil, []string{"қаң ақп нау сәу мам мау шіл там қыр қаз қар жел"}},                                                     // Kazakh
	{nil, []string{"იან თებ მარ აპრ მაი ივნ ივლ აგვ სექ ოქტ ნოე დეკ"}},
	{nil, []string{"հնվ|հունվ փտր|փետ մար ապր մյս|մայ հնս|հունիս հլս|հուլ օգս|օգոս սեպ|սեպտ հոկ|հոկտ նոյ|նմբ դեկ"}},
	{hebrew, []string{"ינו פבר מרץ אפר מאי יונ יול אוג ספט אוק נוב דצמ"}},
	{arabic, []string{"يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
		"ينا فبر مار أبر ماي يون يول أغس سبت أكت نوف ديس"}},
	{arabic, []string{"جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر"}}, // of Algeria
	{arabic, []string{"ژانویه فوریه مارس آوریل مه|می ژوئن ژوئیه اوت سپتامبر اكتبر|اکتبر نوامبر دسامبر"}},
	{arabic, []string{"جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر"}},
	{thai, []string{"ม.ค ก.พ มี.ค เม.ย พ.ค มิ.ย ก.ค ส.ค ก.ย ต.ค พ.ย ธ.ค"}},
	{nil, []string{"जनवरी|जन॰ फ़रवरी|फ़र॰|फरवरी मार्च अप्रैल मई जून जुलाई|जुल॰ अगस्त|अग॰ सितम्बर|सित॰ अक्टूबर|अक्तू॰ नवम्बर|नव॰ दिसम्बर|दिस॰"}},
	{nil, []string{"জানু ফেব|ফেব্রু মার্চ এপ্রিল মে জুন জুলাই আগস্ট|আগ সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর"}},
	{nil, []string{"ஜன பிப் மார் ஏப் மே ஜூன் ஜூலை ஆக செப் அக் நவ டிச"}},
}

var (
	western  = []*charmap.Charmap{charmap.Windows1252, charmap.CodePage850, charmap.Macintosh}
	central  = []*charmap.Charmap{charmap.ISO8859_2, charmap.Windows1250, charmap.CodePage852}
	cyrillic = []*charmap.Charmap{charmap.Windows1251, charmap.KOI8R, charmap.CodePage866, charmap.ISO8859_5, charmap.KOI8U, charmap.CodePage855}
	turkish  = []*charmap.Charmap{charmap.Windows1254}
	greek    = []*charmap.Charmap{charmap.Windows1253, charmap.ISO8859_7}
	baltic   = []*charmap.Charmap{charmap.Windows1257, charmap.ISO8859_13, charmap.ISO8859_4, charmap.ISO8859_15}
	hebrew   = []*charmap.Charmap{charmap.Windows1255}
	arabic   = []*charmap.Charmap{charmap.Windows1256, charmap.ISO8859_6}
	thai     = []*charmap.Charmap{charmap.Windows874}
)

// meaning is a month that a word stands for, in some of the languages: bit n is
// row n of monthWords.
type meaning struct {
	month int
	langs uint64
}

// monthTable holds the words in lower case, and in the bytes of every charset.
var monthTable = sync.OnceValue(func() map[string][]meaning {
	m := map[string][]meaning{}
	for i, l := range monthWords {
		put := func(w string, n int) {
			for j := range m[w] {
				if m[w][j].month == n {
					m[w][j].langs |= 1 << i
					return
				}
			}
			m[w] = append(m[w], meaning{n, 1 << i})
		}
		for _, names := range l.names {
			for n, several := range strings.Fields(names) {
				for _, w := range strings.Split(several, "|") {
					put(w, n+1)
					for _, b := range encoded(w, l.charsets) {
						put(b, n+1)
					}
				}
			}
		}
	}
	return m
})

// encoded is a word in several charsets, in small, title and large letters.
func encoded(w string, charsets []*charmap.Charmap) (all []string) {
	if asciiOnly(w) {
		return nil
	}
	for _, c := range charsets {
		for _, form := range []string{w, titleCase(w), strings.ToUpper(w)} {
			if b, err := c.NewEncoder().String(form); err == nil && !asciiOnly(b) {
				all = append(all, b)
			}
		}
	}
	return all
}

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

// months reads the name of a month in any of the languages, with or without a
// dot or comma after it, an article before it ("d'oct."), or its number ("jan1").
func months(s string) []meaning {
	if len(s) < 3 || len(s) > 36 || s[0] <= '@' {
		return nil
	}
	if s = undot(s); len(s) < 2 {
		return nil
	}
	table := monthTable()
	if asciiOnly(s) {
		var low [36]byte
		for i := range len(s) {
			if low[i] = s[i]; s[i] >= 'A' && s[i] <= 'Z' {
				low[i] |= 0x20
			}
		}
		if m := table[string(low[:len(s)])]; m != nil || s[1] != '\'' && s[len(s)-1]-'0' > 9 {
			return m
		}
	}
	if m := table[s]; m != nil {
		return m
	}
	s = strings.ToLower(s)
	if m := table[s]; m != nil {
		return m
	}
	for _, of := range []string{"d'", "d’", "d\x92"} {
		if rest, ok := strings.CutPrefix(s, of); ok {
			return table[rest]
		}
	}
	if word := strings.TrimRight(s, "0123456789"); len(word) > 2 && len(word) < len(s) {
		if m := table[word]; m != nil {
			if n, ok := num(s[len(word):], 2); ok && n == m[0].month {
				return m[:1]
			}
		}
	}
	return nil
}

// month is what months tells first; 0: it is none.
func month(s string) int {
	if len(s) == 3 {
		if m := englishMonth(s); m > 0 {
			return m
		}
	}
	if m := months(s); m != nil {
		return m[0].month
	}
	return 0
}

// chooseMonth takes of a date's month the meaning that it has in the language of
// the listing, as far as its months so far show it.
func (p *parser) chooseMonth(c *civil) {
	if c.words == nil {
		return
	}
	l := &p.lay
	could := uint64(0)
	for _, w := range c.words {
		could |= w.langs
	}
	if both := l.langs & could; both != 0 {
		l.langs = both
	}
	pick := -1
	for i, w := range c.words {
		switch {
		case w.langs&l.langs == 0:
		case pick < 0:
			pick = i
		default:
			l.monthTwo = true
		}
	}
	if pick = max(pick, 0); len(c.words) > 1 {
		l.monthFor &= c.words[pick].langs
	}
	c.mo = c.words[pick].month
	if l.langs&l.monthFor == 0 {
		l.monthFor = ^uint64(0)
		p.learned()
	}
}
