package session

import (
	"testing"
	"time"

	"ferry/ftpsvc/vfs"
)

// manyRows is a batch of equal rows.
type manyRows struct {
	n int
	e vfs.Entry
}

func (m manyRows) Len() int         { return m.n }
func (m manyRows) At(int) vfs.Entry { return m.e }

// A million rows do not wait in memory for the zone of their times.
func TestRowsThatWaitForTheZoneAreBounded(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC)
	got := 0
	in := &inbox{measure: true, loc: time.FixedZone("", 3600), to: rowSink{rows: func(b vfs.Batch) error {
		got += b.Len()
		if e := b.At(0); !e.UTC || !e.ModTime.Equal(at.Add(-time.Hour)) {
			t.Fatalf("%v, UTC %v", e.ModTime, e.UTC)
		}
		return nil
	}}}
	for fed := 0; fed < 3*maxKept; fed += 1000 {
		if err := in.take(manyRows{1000, vfs.Entry{Kind: vfs.File, Name: "f", ModTime: at, Prec: vfs.Minute}}); err != nil {
			t.Fatal(err)
		}
		if kept := len(in.kept) * 1000; kept > maxKept || kept+got != fed+1000 {
			t.Fatalf("%d rows kept, %d handed on of %d", kept, got, fed+1000)
		}
	}
	if err := in.settle(time.UTC); err != nil || got != 3*maxKept {
		t.Fatal(got, err)
	}
}

// A day stays the server's, on either side of UTC.
func TestADayIsInTheZoneOfTheServer(t *testing.T) {
	day := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	for _, hours := range []int{-9, 0, 9} {
		b := inZone(manyRows{1, vfs.Entry{Name: "f", ModTime: day, Prec: vfs.Day}}, time.FixedZone("", hours*3600))
		e := b.At(0)
		if !e.UTC || !e.ModTime.Equal(day.Add(-time.Duration(hours)*time.Hour)) || e.ModTime.Format(time.DateOnly) != "2026-03-04" {
			t.Errorf("%d hours: %v, UTC %v", hours, e.ModTime, e.UTC)
		}
	}
}
