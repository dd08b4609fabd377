package session

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
)

// LIST tells times by the server's own clock, MDTM in UTC (RFC 3659 section 3).
// Where both can be had of one file, their difference is the server's zone.

// zoneProbe picks the file of a listing that tells the zone best: the youngest.
type zoneProbe struct {
	file vfs.Entry // its time is the server's wall clock, as if it were UTC
	ok   bool
}

// maxProbed is how many rows of a batch are looked at.
const maxProbed = 2000

func (z *zoneProbe) look(b vfs.Batch) {
	for i := range min(b.Len(), maxProbed) {
		e := b.At(i)
		if e.Kind != vfs.File || e.Prec < vfs.Minute || e.UTC {
			continue
		}
		if !z.ok || e.ModTime.After(z.file.ModTime) {
			z.file, z.ok = e, true
		}
	}
}

// measures reports whether the zone is to be measured by a listing: once a
// login, because clocks change with the season.
func (s *Session) measures(way string) bool {
	s.info.Lock()
	defer s.info.Unlock()
	return (way == wayAll || way == wayList) && s.e.Zone == "" && !s.zoneAsked && s.caps.MDTM
}

// newInbox makes an inbox for the rows that a command tells.
func (s *Session) newInbox(way string, to rowSink) *inbox {
	return &inbox{to: to, measure: s.measures(way), loc: s.location()}
}

// clock is the present and the zone that a listing is read with. While the zone
// is to be measured, times are read as they stand.
func (s *Session) clock(way string) (now time.Time, loc *time.Location) {
	now, loc = time.Now(), s.location()
	if s.measures(way) {
		return now.UTC().Add(ahead(loc)), nil
	}
	return now, loc
}

// measureZone asks for the time of one file, and remembers the zone. It returns
// the one that the rows in the inbox are of.
func (s *Session) measureZone(ctx context.Context, dir string, in *inbox) *time.Location {
	path := s.Style().Join(dir, in.probe.file.Name)
	if !in.probe.ok || checkPath(path) != nil {
		return in.loc
	}
	s.info.Lock()
	s.zoneAsked = true
	s.info.Unlock()
	r, err := s.t.Exec(ctx, "MDTM "+path)
	if err != nil {
		return in.loc
	}
	utc, ok := timeIn(r)
	if !ok {
		return in.loc
	}
	zone, ok := zoneBetween(in.probe.file, utc)
	if !ok {
		return in.loc
	}
	s.info.Lock()
	fresh := s.zone != zone
	s.zone = zone
	s.info.Unlock()
	if fresh {
		s.learn(func(l *vfs.Learned) { l.Zone = zone })
	}
	return s.location()
}

// zoneBetween is how far the clock of a listing is ahead of UTC. Zones are
// quarters of an hour and at most 14 hours; other differences mean that the
// two times are not of one clock, or the file changed in between.
func zoneBetween(e vfs.Entry, utc time.Time) (string, bool) {
	unit := time.Minute
	if e.Prec >= vfs.Second {
		unit = time.Second
	}
	d := e.ModTime.Sub(utc.Truncate(unit))
	if d%(15*time.Minute) != 0 || d.Abs() > 14*time.Hour {
		return "", false
	}
	sign := '+'
	if d < 0 {
		sign = '-'
	}
	m := int(d.Abs() / time.Minute)
	return fmt.Sprintf("%c%02d:%02d", sign, m/60, m%60), true
}

// location is the zone of LIST times, nil when it is not known.
func (s *Session) location() *time.Location {
	s.info.Lock()
	defer s.info.Unlock()
	name := s.e.Zone
	if name == "" {
		name = s.zone
	}
	return zoneNamed(name)
}

// zoneNamed reads "+0200", "-03:30", "UTC" and "Europe/Berlin"; nil for what is none.
func zoneNamed(name string) *time.Location {
	switch {
	case name == "" || strings.EqualFold(name, "local"):
		return nil
	case name[0] != '+' && name[0] != '-':
		loc, err := time.LoadLocation(name)
		if err != nil {
			return nil
		}
		return loc
	}
	digits := strings.ReplaceAll(name[1:], ":", "")
	if len(digits) <= 2 {
		digits += "00"
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n/100 > 14 || n%100 > 59 || len(digits) > 4 {
		return nil
	}
	off := n/100*3600 + n%100*60
	if name[0] == '-' {
		off = -off
	}
	return time.FixedZone(name, off)
}
