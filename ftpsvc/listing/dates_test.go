package listing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"ferry/ftpsvc/vfs"
)

// oneRow reads a single row of LIST.
func oneRow(t testing.TB, row string, o Options) vfs.Entry {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = testNow
	}
	l, err := Parse(strings.NewReader(row+"\r\n"), o)
	if err != nil || l.Len() != 1 {
		t.Fatalf("%q: %d entries, %v, %+v", row, l.Len(), err, l.Info())
	}
	return l.At(0)
}

func TestMonthNamesOfManyLanguages(t *testing.T) {
	for lang, names := range map[string]string{
		"English":    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
		"German":     "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
		"French":     "janv. févr. mars avril mai juin juil. août sept. oct. nov. déc.",
		"Spanish":    "ene feb mar abr may jun jul ago sep oct nov dic",
		"Italian":    "gen feb mar apr mag giu lug ago set ott nov dic",
		"Portuguese": "Jan Fev Mar Abr Mai Jun Jul Ago Set Out Nov Dez",
		"Dutch":      "jan feb mrt apr mei jun jul aug sep okt nov dec",
		"Polish":     "sty lut mar kwi maj cze lip sie wrz paź lis gru",
		"Czech":      "led úno bře dub kvě čen čec srp zář říj lis pro",
		"Russian":    "янв фев мар апр мая июн июл авг сен окт ноя дек",
		"Chinese":    "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
		"Japanese":   "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
		"Korean":     "1월 2월 3월 4월 5월 6월 7월 8월 9월 10월 11월 12월",
		"Swedish":    "jan feb mar apr maj jun jul aug sep okt nov dec",
		"Turkish":    "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
	} {
		for i, name := range strings.Fields(names) {
			forms := []string{name + " 14  2020", "14 " + name + " 2020"}
			if lang == "Japanese" {
				forms = []string{name + " 14日 2020年", "2020年" + name + "14日"}
			}
			if strings.Contains("Chinese Korean", lang) {
				forms = forms[:1]
			}
			for _, form := range forms {
				e := oneRow(t, "-rw-r--r-- 1 anna staff 12 "+form+" name", Options{})
				if want := time.Date(2020, time.Month(i+1), 14, 0, 0, 0, 0, time.UTC); !e.ModTime.Equal(want) || e.Name != "name" || e.Size != 12 {
					t.Errorf("%s %q: %+v", lang, form, e)
				}
			}
		}
	}
}

func TestMonthNamesInOldCharsets(t *testing.T) {
	enc := func(s string, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	sjis, eucjp := japanese.ShiftJIS.NewEncoder(), japanese.EUCJP.NewEncoder()
	gbk, big5, euckr := simplifiedchinese.GBK.NewEncoder(), traditionalchinese.Big5.NewEncoder(), korean.EUCKR.NewEncoder()
	for name, date := range map[string]string{
		"German in Latin 1":     enc(charmap.ISO8859_1.NewEncoder().String("14 Mär 2020")),
		"French in CP 850":      enc(charmap.CodePage850.NewEncoder().String("14 mars 2020")),
		"Russian in KOI8-R":     enc(charmap.KOI8R.NewEncoder().String("14 мар 2020")),
		"Russian in CP 1251":    enc(charmap.Windows1251.NewEncoder().String("14 Мар 2020")),
		"Russian in CP 866":     enc(charmap.CodePage866.NewEncoder().String("МАР 14 2020")),
		"Czech in Latin 2":      enc(charmap.ISO8859_2.NewEncoder().String("14 bře 2020")),
		"Japanese in Shift JIS": enc(sjis.String("3月 14日 2020年")),
		"Japanese in EUC":       enc(eucjp.String("3月 14日 2020年")),
		"Chinese in GBK":        enc(gbk.String("3月 14日 2020年")),
		"Chinese in Big5":       enc(big5.String("3月 14 2020")),
		"Korean in EUC":         enc(euckr.String("3월 14 2020")),
	} {
		e := oneRow(t, "-rw-r--r-- 1 anna staff 12 "+date+" name", Options{})
		if want := time.Date(2020, 3, 14, 0, 0, 0, 0, time.UTC); !e.ModTime.Equal(want) || e.Name != "name" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// TestDatesOfManyPlaces: what ls prints in the languages of the world, and other
// programs in imitation.
func TestDatesOfManyPlaces(t *testing.T) {
	for _, c := range []struct{ date, want string }{ // now is 2026-11-22 12:00
		{"14 mar 16.34", "2026-03-14 16:34"},               // Italian, Swedish
		{"14.\u00a0bře 16.34", "2026-03-14 16:34"},         // Czech
		{"14.\u00a0bře  2020", "2020-03-14"},               //
		{"14.\xa0b\xf8e  2020", "2020-03-14"},              // in Latin 2
		{"14. märts 16:34", "2026-03-14 16:34"},            // Estonian
		{"14. мар. у 16:34", "2026-03-14 16:34"},           // Serbian
		{"14. мар. 2020.", "2020-03-14"},                   //
		{"14 de març 16:34", "2026-03-14 16:34"},           // Catalan
		{"14 d’oct.   2020", "2020-10-14"},                 //
		{"14. 3.  2020", "2020-03-14"},                     // Finnish
		{"14.12. 16:34", "2025-12-14 16:34"},               //
		{"2020 márc  14", "2020-03-14"},                    // Hungarian
		{"márc  14 16.34", "2026-03-14 16:34"},             //
		{"2020  mar  9", "2020-03-09"},                     // Basque
		{"16:34 14 Thg 3 ", "2026-03-14 16:34"},            // Vietnamese
		{"14 Thg 3   2020", "2020-03-14"},                  //
		{"2020年 3月14日", "2020-03-14"},                      // Chinese
		{"2020年12月 9日", "2020-12-09"},                      //
		{"2020\xc4\xea 3\xd4\xc214\xc8\xd5", "2020-03-14"}, // in GBK
		{"一月 14 2020", "2020-01-14"},
		{"מרץ 14  2020", "2020-03-14"},
		{"مارس 14  2020", "2020-03-14"},
		{"มี.ค.  14  2020", "2020-03-14"},
		{"avg 14  2020", "2020-08-14"},
		{"mar3 14 2020", "2020-03-14"},
		{"agto 14 2020", "2020-08-14"},
		{"Feb  3 93 12:00", "1993-02-03 12:00"},
		{"Mar 14 '20", "2020-03-14"},
		{"Dec 29,2002   7:00", "2002-12-29 07:00"},
		{"14 Mar 2020 16:34", "2020-03-14 16:34"},
		{"Mar-14-2020 16:34", "2020-03-14 16:34"},
		{"2020/Mar/14 16:34", "2020-03-14 16:34"},
		{"26/07 20:10", "2026-07-26 20:10"},
		{"20200314 1634", "2020-03-14 16:34"},
		{"20200314163400", "2020-03-14 16:34"},
		{"2020-03-14_16:34:00", "2020-03-14 16:34"},
		{"2020-03-14T16:34:00+02:00", "2020-03-14 14:34"},
		{"2020 Mar 14 16:34", "2020-03-14 16:34"},
	} {
		e := oneRow(t, "-rw-r--r-- 1 anna staff 12 "+c.date+" name", Options{})
		layout := "2006-01-02 15:04"
		if e.Prec == vfs.Day {
			layout = "2006-01-02"
		}
		if e.ModTime.Format(layout) != c.want || e.Name != "name" || e.Size != 12 || e.Group != "staff" {
			t.Errorf("%q: %+v", c.date, e)
		}
	}
}

// TestANumberBeforeTheMonthIsTheSizeOrTheYear: the columns before it tell.
func TestANumberBeforeTheMonthIsTheSizeOrTheYear(t *testing.T) {
	for row, size := range map[string]int64{
		"-rw-r--r-- 1 500 500 2020 Mar 14 16:34 name":           2020,
		"-rw-r--r-- 1 500 2020 Mar 14 16:34 name":               2020,
		"-rw-r--r-- 1 500 500 12 Mar 14 16:34 name":             12,
		"-rw-r--r-- 1 may 20 1234 Mar 14 16:34 name":            1234,
		"-rw-r--r-- 1 500 500 2020 3月 14 16:34 name":            2020,
		"-rw-r--r-- 1 anna Domain Users 2020 Mar 14 16:34 name": 2020,
		"-rw-r--r-- 1 500 500 12 2020 Mar 14 16:34 name":        12,
	} {
		if e := oneRow(t, row, Options{}); e.Size != size || e.Name != "name" || e.ModTime.Month() != 3 || e.ModTime.Day() != 14 {
			t.Errorf("%s: %+v", row, e)
		}
	}
}

// TestTheLanguageTellsTheMonth: "lis" is November in Polish and October in
// Croatian, and the other rows show which it is.
func TestTheLanguageTellsTheMonth(t *testing.T) {
	row := "-rw-r--r-- 1 anna staff 12 %s  14  2020 name\r\n"
	for other, want := range map[string]time.Month{"lis": 11, "gru": 11, "kol": 10, "srp": 11} {
		l, _ := Parse(strings.NewReader(fmt.Sprintf(row, "lis")+fmt.Sprintf(row, other)), Options{Now: testNow})
		if got := l.At(0).ModTime.Month(); got != want {
			t.Errorf("beside %s it is %s", other, got)
		}
	}
}

// TestDatesThatNobodyKnows: a row whose month is in no language that is known is
// an entry without a time, where it is no accident. Nothing of the date gets
// into the name.
func TestDatesThatNobodyKnows(t *testing.T) {
	row := "-rw-r--r-- 1 anna staff 12 %s name\r\n"
	one, two := fmt.Sprintf(row, "Xyz 14 2020"), fmt.Sprintf(row, "Qqq 15 16:34")
	known := fmt.Sprintf(row, "Mar 14 2020")
	for data, want := range map[string]int{
		one:                              0,
		one + two:                        2,
		one + known:                      2,
		fmt.Sprintf(row, "ཟླ་༣ 14 2020"): 1,
		known + "-rw-r--r-- 1 anna staff 12 name\r\n":                1,
		"-rwxr-sr-x   2 anna    200           51x May  4  2000 \r\n": 0,
		"-rw-r--r-- 1 anna staff 12 March-1-20 16:34 name\r\n":       1,
	} {
		l, _ := Parse(strings.NewReader(data), Options{Now: testNow})
		for i := range l.Len() {
			if e := l.At(i); e.Name != "name" {
				t.Errorf("%q: %+v", data, e)
			}
		}
		if l.Len() != want || l.Info().Unknown != strings.Count(data, "\n")-want {
			t.Errorf("%q: %s", data, show(l, l.Info()))
		}
	}
}

// TestThePaddingOfADateIsNotInTheName: a year may be padded to the width of a
// time, on either side.
func TestThePaddingOfADateIsNotInTheName(t *testing.T) {
	row := "-rw-r--r-- 1 anna staff 12 %s\r\n"
	for _, c := range []struct{ dates, names string }{
		{"21. Dez 2023  old|24. Okt 16:34 new", "old|new"},
		{"21. Dez 2023  old| 9. Dez 2023  older", "old|older"},
		{"21. Dez 2023   old|24. Okt 16:34 new", " old|new"},
		{"21. Dez 2023  old|24. Okt 16:34  new", "old| new"},
		{"Mar 11 2007  *|Jun 26 10:21 ddd", "*|ddd"},
		{"Mar 11 2007  *", "*"},
		{"Oct  6 2000  v3r7", "v3r7"},
		{"Mar 11 2007 *|Mar 11 2007  *", "*| *"},
		{"Mar 11  2007  *", " *"},
		{"Mar 11  2007  *|Jun 26 10:21 ddd", " *|ddd"},
		{"Jun 26 10:21  *", " *"},
		{"Agt 21 2023 old|Agt 12 16:34 new|Agt 12 2023  lead", "old|new| lead"},
		{"Dec  5  0:45 a|Dec 15 10:45  b", "a| b"},
		{"2023-12-21  old|11-20 16:34 new", "old|new"},
	} {
		data := ""
		for _, d := range strings.Split(c.dates, "|") {
			data += fmt.Sprintf(row, d)
		}
		l, _ := Parse(strings.NewReader(data), Options{Now: testNow})
		var got []string
		for i := range l.Len() {
			got = append(got, l.At(i).Name)
		}
		if strings.Join(got, "|") != c.names {
			t.Errorf("%q: %q", c.dates, got)
		}
	}
}

// TestATimeBehindTheYearOrAName: it is a time where every year has one.
func TestATimeBehindTheYearOrAName(t *testing.T) {
	row := "-rw-r--r-- 1 anna staff 12 %s\r\n"
	for dates, want := range map[string]string{
		"Mar 1 2020 10:15 a":                    "a",
		"Mar  1  2020 10:15 a":                  "10:15 a", // the year is as wide as a time
		"Mar 1 2020 10:15 a|Mar 1 2020 11:15 b": "a|b",
		"Mar 1 2020 10:15 a|Mar 1 2020 b":       "10:15 a|b",
		"Mar 1 2020 10:15":                      "10:15",
	} {
		data := ""
		for _, d := range strings.Split(dates, "|") {
			data += fmt.Sprintf(row, d)
		}
		l, _ := Parse(strings.NewReader(data), Options{Now: testNow})
		var got []string
		for i := range l.Len() {
			got = append(got, l.At(i).Name)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q", dates, got)
		}
	}
}

// TestQuirk23YearsAreGuessedWithADayToSpare: a date without a year is the
// latest one that is at most 24 hours ahead.
func TestQuirk23YearsAreGuessedWithADayToSpare(t *testing.T) {
	for _, c := range []struct{ now, date, want string }{
		{"2026-11-22 12:00", "Nov 22 11:59", "2026-11-22 11:59"},
		{"2026-11-22 12:00", "Nov 23 12:00", "2026-11-23 12:00"},
		{"2026-11-22 12:00", "Nov 23 12:01", "2025-11-23 12:01"},
		{"2026-12-31 20:00", "Jan  1 03:00", "2027-01-01 03:00"},
		{"2027-01-01 00:10", "Dec 31 23:00", "2026-12-31 23:00"},
		{"2026-03-01 00:00", "Feb 29 10:00", "2024-02-29 10:00"},
		{"2026-11-22 12:00", "22 Nov 23:00", "2026-11-22 23:00"},
		{"2026-11-22 12:00", "11-23 12:01", "2025-11-23 12:01"},
	} {
		now, _ := time.Parse("2006-01-02 15:04", c.now)
		e := oneRow(t, "-rw-r--r-- 1 anna staff 12 "+c.date+" name", Options{Now: now})
		if got := e.ModTime.Format("2006-01-02 15:04"); got != c.want || e.Prec != vfs.Minute || e.UTC {
			t.Errorf("at %s %q is %s, want %s", c.now, c.date, got, c.want)
		}
	}
}

// TestQuirk22KnownZones: with the server's zone the wall clock becomes a time,
// by summer and by winter; without it, it is kept as it stands.
func TestQuirk22KnownZones(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no zone data on this system:", err)
	}
	for date, want := range map[string]string{
		"Jul  1 15:00":     "2026-07-01T13:00:00Z",
		"Jan  5 15:00":     "2026-01-05T14:00:00Z",
		"2026-03-29 01:30": "2026-03-29T00:30:00Z", // the night of the change
		"2026-03-29 03:30": "2026-03-29T01:30:00Z",
	} {
		row := "-rw-r--r-- 1 anna staff 12 " + date + " name"
		if e := oneRow(t, row, Options{Location: berlin}); !e.UTC || e.ModTime.Format(time.RFC3339) != want {
			t.Errorf("%s: %s, UTC %v", date, e.ModTime.Format(time.RFC3339), e.UTC)
		}
		if e := oneRow(t, row, Options{}); e.UTC || e.ModTime.Hour() == 0 || e.ModTime.Location() != time.UTC {
			t.Errorf("%s without a zone: %v", date, e.ModTime)
		}
	}
}

// A day is told as the server's day, on either side of UTC; that of MLSD is one of UTC.
func TestADayStaysTheDayThatWasTold(t *testing.T) {
	for _, hours := range []int{-9, 0, 9} {
		o := Options{Location: time.FixedZone("", hours*3600)}
		for _, name := range []string{"name", "n\xe4me"} { // the second is kept whole
			e := oneRow(t, "-rw-r--r-- 1 anna staff 12 Mar  4 2025 "+name, o)
			midnight := time.Date(2025, 3, 4, -hours, 0, 0, 0, time.UTC)
			if e.Prec != vfs.Day || !e.UTC || !e.ModTime.Equal(midnight) || e.ModTime.Format(time.DateOnly) != "2025-03-04" {
				t.Errorf("%d hours, %q: %v, precision %v, UTC %v", hours, name, e.ModTime, e.Prec, e.UTC)
			}
		}
		o.Command = "MLSD"
		if e := oneRow(t, "type=file;size=12;modify=20250304; name", o); e.Prec == vfs.Day && e.ModTime.Format(time.DateOnly) != "2025-03-04" {
			t.Errorf("%d hours, MLSD: %v", hours, e.ModTime)
		}
	}
}

func TestTheOrderOfADateIsLearnedFromTheWholeListing(t *testing.T) {
	rows := "03-04-20  12:00PM  <DIR>  ambiguous\r\n"
	for i := range 200 { // past the window that the format is decided on
		rows += fmt.Sprintf("0%d-05-20  12:00PM  <DIR>  row %d\r\n", 1+i%9, i)
	}
	rows += "31-12-19  12:00PM  <DIR>  day first\r\n"
	l, err := Parse(strings.NewReader(rows), Options{Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.At(0).ModTime.Format("2006-01-02"); got != "2020-04-03" {
		t.Errorf("the first row's date is %s", got)
	}
}

func TestTheNarrowestColumnOfTheWholeListingIsTheNames(t *testing.T) {
	var rows strings.Builder
	for i := range 100 {
		fmt.Fprintf(&rows, "-rw-r--r-- 1 anna staff 1 Mar  1  2020   row %d\r\n", i)
	}
	rows.WriteString("-rw-r--r-- 1 anna staff 1 Mar  1  2020 last\r\n")
	l, _ := Parse(strings.NewReader(rows.String()), Options{Now: testNow})
	if l.At(0).Name != "  row 0" || l.At(100).Name != "last" {
		t.Errorf("%q, %q", l.At(0).Name, l.At(100).Name)
	}
}

func TestTimesOfMDTM(t *testing.T) {
	for in, want := range map[string]string{
		"20260301120000":       "2026-03-01T12:00:00Z",
		"20260301120000.123":   "2026-03-01T12:00:00.123Z",
		"20260301120000.000":   "2026-03-01T12:00:00Z",
		"20260301120000Z":      "2026-03-01T12:00:00Z",
		"20260301120000+0200":  "2026-03-01T10:00:00Z",
		"20260301120000-03:30": "2026-03-01T15:30:00Z",
		"20260301T120000Z":     "2026-03-01T12:00:00Z",
		"202603011200":         "2026-03-01T12:00:00Z",
		"20260301":             "2026-03-01T00:00:00Z",
		"191000301120000":      "2000-03-01T12:00:00Z", // quirk 28
		"191260301120000":      "2026-03-01T12:00:00Z",
		"20260301235960":       "2026-03-02T00:00:00Z", // leap second
		"20260301240000":       "2026-03-02T00:00:00Z",
		"99991231235959":       "9999-12-31T23:59:59Z",
		"00000101000000":       "0000-01-01T00:00:00Z",
		"20260231120000":       "2026-03-03T12:00:00Z", // no such day: see below
		"20261301120000":       "",
		"20260001120000":       "",
		"20260300120000":       "",
		"20260301250000":       "",
		"20260229120000":       "",
		"2026":                 "",
		"":                     "",
		"2026030112000x":       "",
		"-2026030112000":       "",
	} {
		sec, nsec, prec, ok := ParseTime(in)
		var it item
		newParser(Options{}).modify(in, &it)
		if ok != (it.prec != vfs.NoTime) || ok && (it.sec != sec || it.nsec != nsec || it.prec != prec) {
			t.Errorf("%s: MDTM and the modify fact differ", in)
		}
		if in == "20260231120000" {
			if ok {
				t.Errorf("31 February is %v", time.Unix(sec, 0).UTC())
			}
			continue
		}
		if got := time.Unix(sec, int64(nsec)).UTC().Format(time.RFC3339Nano); ok != (want != "") || ok && got != want {
			t.Errorf("%s is %s (%v), want %q", in, got, ok, want)
		}
	}
}

func TestDaysAgreeWithTheCalendar(t *testing.T) {
	for y := -400; y <= 10000; y += 7 {
		for m := 1; m <= 12; m++ {
			d := 1 + (y+m)%28
			if d < 1 {
				d += 28
			}
			want := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix() / 86400
			if time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix() != want*86400 {
				t.Fatal("not a whole day")
			}
			if got := days(y, m, d); got != want {
				t.Fatalf("%d-%d-%d is day %d, want %d", y, m, d, got, want)
			}
		}
	}
}
