package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes, written as 4096, "64 KiB", "1.5 MB".
type Size int64

// Rate is a number of bytes a second, written as a Size, with or without "/s".
type Rate int64

// Duration is a span of time, written as "30s", "5m", "168h", "7d".
type Duration time.Duration

const (
	second = Duration(time.Second)
	week   = Duration(7 * 24 * time.Hour)
)

var units = map[string]float64{"": 1, "b": 1,
	"k": 1 << 10, "ki": 1 << 10, "kib": 1 << 10, "kb": 1e3,
	"m": 1 << 20, "mi": 1 << 20, "mib": 1 << 20, "mb": 1e6,
	"g": 1 << 30, "gi": 1 << 30, "gib": 1 << 30, "gb": 1e9,
	"t": 1 << 40, "ti": 1 << 40, "tib": 1 << 40, "tb": 1e12}

// ParseSize reads a number of bytes. A bare letter counts in 1024s, as "64k".
func ParseSize(s string) (int64, error) {
	t := strings.ToLower(strings.TrimSpace(s))
	i := strings.IndexFunc(t, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if i < 0 {
		i = len(t)
	}
	n, err := strconv.ParseFloat(t[:i], 64)
	f, ok := units[strings.TrimSpace(t[i:])]
	if err != nil || !ok || n*f >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size; try 4096, 64k or \"1.5 MiB\"", s)
	}
	return int64(n * f), nil
}

// ParseRate reads a number of bytes a second.
func ParseRate(s string) (int64, error) {
	n, err := ParseSize(strings.TrimSuffix(strings.TrimSpace(s), "/s"))
	if err != nil {
		return 0, fmt.Errorf("%q is not a rate; try 500k or \"2 MiB/s\"", s)
	}
	return n, nil
}

func (v *Size) UnmarshalText(b []byte) error {
	n, err := ParseSize(string(b))
	*v = Size(n)
	return err
}

func (v *Rate) UnmarshalText(b []byte) error {
	n, err := ParseRate(string(b))
	*v = Rate(n)
	return err
}

func (v *Duration) UnmarshalText(b []byte) error {
	s := strings.TrimSpace(string(b))
	if d, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseFloat(d, 64); err == nil && n >= 0 && n < 36500 {
			*v = Duration(n * 24 * float64(time.Hour))
			return nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a span of time; try 30s, 5m or 7d", s)
	}
	*v = Duration(d)
	return nil
}

func (v Size) MarshalText() ([]byte, error) { return []byte(unitText(int64(v))), nil }
func (v Rate) MarshalText() ([]byte, error) { return []byte(unitText(int64(v))), nil }
func (v Duration) MarshalText() ([]byte, error) {
	d := time.Duration(v)
	if day := 24 * time.Hour; d > 0 && d%day == 0 {
		return []byte(strconv.FormatInt(int64(d/day), 10) + "d"), nil
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return []byte(s), nil
}

// Std is the value as the standard library's type.
func (v Duration) Std() time.Duration { return time.Duration(v) }

// unitText prints n so that ParseSize reads exactly n.
func unitText(n int64) string {
	for _, u := range []struct {
		f int64
		s string
	}{{1 << 40, " TiB"}, {1 << 30, " GiB"}, {1 << 20, " MiB"}, {1 << 10, " KiB"}} {
		if n != 0 && n%u.f == 0 {
			return strconv.FormatInt(n/u.f, 10) + u.s
		}
	}
	return strconv.FormatInt(n, 10)
}
