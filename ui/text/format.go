package text

import (
	"strconv"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
)

const units = "BKMGTPE"

// SizeWidth is the columns that Size needs at most.
const SizeWidth = 6

// Size shows bytes in at most six columns with one unit letter, of 1024 each:
// 68 B, 6.6 K, 18.4 K, 702 M, 4.07 G. Unknown (negative) is "?".
func Size(n int64) string {
	if n < 0 {
		return "?"
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, u := float64(n), 0
	for v >= 999.5 && u < len(units)-1 {
		v /= 1024
		u++
	}
	prec := 1
	switch {
	case v >= 99.95:
		prec = 0
	case v < 9.995 && u >= 3:
		prec = 2
	}
	return strconv.FormatFloat(v, 'f', prec, 64) + " " + units[u:u+1]
}

// Rate shows bytes a second: 18.2 M/s. Unknown or none (0 and below) is "".
func Rate(n int64) string {
	if n <= 0 {
		return ""
	}
	return Size(n) + "/s"
}

// Count shows a number with commas: 1,204.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	neg := ""
	if n < 0 {
		neg, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return neg + s
}

// Plural is "1 file", "1,204 files".
func Plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Duration shows a time left or gone: 0:01, 3:26, 1:02:03, 3d 04h. Unknown (negative) is "".
func Duration(d time.Duration) string {
	if d < 0 {
		return ""
	}
	s := int64((d + time.Second/2) / time.Second)
	switch {
	case s < 3600:
		return strconv.FormatInt(s/60, 10) + ":" + two(s%60)
	case s < 100*3600:
		return strconv.FormatInt(s/3600, 10) + ":" + two(s/60%60) + ":" + two(s%60)
	}
	return strconv.FormatInt(s/86400, 10) + "d " + two(s/3600%24) + "h"
}

func two(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

// Widths of the two forms of a date.
const (
	DateWidth      = 12
	ShortDateWidth = 6
)

// When is the time to show for an entry: in the zone of now where the server
// told UTC, else the server's wall clock as it stands. A day is the server's.
func When(e vfs.Entry, now time.Time) time.Time {
	if e.Prec == vfs.NoTime || e.ModTime.IsZero() {
		return time.Time{}
	}
	if e.UTC && e.Prec != vfs.Day {
		return e.ModTime.In(now.Location())
	}
	return e.ModTime
}

// Date shows a time in at most twelve columns: Nov 22 13:00 within this year,
// else Jun 30 2025. A time told by the day only shows no hour. No time is "".
func Date(t, now time.Time, p vfs.Precision) string {
	switch {
	case t.IsZero() || p == vfs.NoTime:
		return ""
	case t.Year() != now.Year():
		return t.Format("Jan 02 2006")
	case p == vfs.Day:
		return t.Format("Jan 02")
	}
	return t.Format("Jan 02 15:04")
}

// ShortDate shows a time in at most six columns: today 13:00, this year
// Nov 22, else the year.
func ShortDate(t, now time.Time, p vfs.Precision) string {
	switch {
	case t.IsZero() || p == vfs.NoTime:
		return ""
	case t.Year() != now.Year():
		return t.Format("2006")
	case p != vfs.Day && t.YearDay() == now.YearDay():
		return t.Format("15:04")
	}
	return t.Format("Jan 02")
}

// FullDate shows a time as dialogs do: 2026-11-22 13:00.
func FullDate(t time.Time, p vfs.Precision) string {
	switch {
	case t.IsZero() || p == vfs.NoTime:
		return ""
	case p == vfs.Day:
		return t.Format("2006-01-02")
	case p >= vfs.Second:
		return t.Format("2006-01-02 15:04:05")
	}
	return t.Format("2006-01-02 15:04")
}

// Percent shows a part of a whole: 62 %. 100 % is kept for what is complete;
// an unknown whole is "".
func Percent(done, size int64, complete bool) string {
	switch {
	case complete:
		return "100 %"
	case size <= 0 || done < 0:
		return ""
	}
	return strconv.FormatInt(min(int64(float64(done)*100/float64(size)), 99), 10) + " %"
}

// Fraction is done/size between 0 and 1; 0 when the size is not known.
func Fraction(done, size int64) float64 {
	if size <= 0 || done <= 0 {
		return 0
	}
	return min(float64(done)/float64(size), 1)
}

var eighths = [...]string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}

// Bar draws a progress bar of w columns, filled by frac between 0 and 1. It
// returns the filled and the empty part, so that each can be styled.
func Bar(w int, frac float64, ascii bool) (full, rest string) {
	if w <= 0 {
		return "", ""
	}
	frac = min(max(frac, 0), 1)
	if ascii {
		n := int(frac * float64(w))
		return strings.Repeat("#", n), strings.Repeat(".", w-n)
	}
	n := int(frac * float64(w) * 8)
	full = strings.Repeat("█", n/8) + eighths[n%8]
	used := (n + 7) / 8
	return full, strings.Repeat("░", w-used)
}

var sparks = [...]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}

// sparksASCII keeps to characters of growing height.
var sparksASCII = [...]string{"_", ".", "-", "=", "+", "*", "%", "#"}

// Spark draws the last w values as one row, scaled to the largest of them;
// fewer values stand at the right.
func Spark(values []int64, w int, ascii bool) string {
	if w <= 0 {
		return ""
	}
	if len(values) > w {
		values = values[len(values)-w:]
	}
	var top int64 = 1
	for _, v := range values {
		top = max(top, v)
	}
	set := &sparks
	if ascii {
		set = &sparksASCII
	}
	var b strings.Builder
	b.WriteString(Spaces(w - len(values)))
	for _, v := range values {
		i := int(float64(max(v, 0)) / float64(top) * 7.999)
		b.WriteString(set[min(i, 7)])
	}
	return b.String()
}
