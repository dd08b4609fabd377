package session

import (
	"time"

	"ferry/ftpsvc/vfs"
)

// rowSink is where the rows of a listing go.
type rowSink struct {
	rows func(vfs.Batch) error
	anew func() // takes back what went there; nil: only what is sure to stay may go there
}

// holdBack keeps a first row to itself until there is a second one: a listing
// of one row may be of the thing asked for, not of what it holds.
type holdBack struct {
	to    rowSink
	first vfs.Batch
	rows  int
	open  bool // something was handed on
}

func (h *holdBack) sink() rowSink {
	s := rowSink{rows: h.take}
	if h.to.anew != nil {
		s.anew = h.forget
	}
	return s
}

func (h *holdBack) take(b vfs.Batch) error {
	h.rows += b.Len()
	if h.rows == 1 {
		h.first = b
		return nil
	}
	if err := h.release(); err != nil {
		return err
	}
	h.open = true
	return h.to.rows(b)
}

func (h *holdBack) forget() {
	h.first, h.rows = nil, 0
	if h.open {
		h.to.anew()
	}
}

func (h *holdBack) release() error {
	b := h.first
	h.first = nil
	if b == nil {
		return nil
	}
	h.open = true
	return h.to.rows(b)
}

// maxKept is how many rows wait for the zone at most, where they cannot be
// told anew.
const maxKept = 200_000

// inbox takes the rows of a listing and hands them on. Until the server's zone
// was measured, once a login, it keeps them: their times may be of another one.
type inbox struct {
	to    rowSink
	count int
	// While the zone is to be measured:
	measure bool
	loc     *time.Location // that wall clocks are taken to be of; nil: none is known
	probe   zoneProbe
	kept    []vfs.Batch
	told    bool           // rows were handed on
	late    *time.Location // of the rows that come after it was given up to measure
}

func (in *inbox) sink() rowSink {
	s := rowSink{rows: in.take}
	if in.to.anew != nil {
		s.anew = in.forget
	}
	return s
}

func (in *inbox) take(b vfs.Batch) error {
	in.count += b.Len()
	if !in.measure {
		return in.to.rows(inZone(b, in.late))
	}
	in.probe.look(b)
	in.kept = append(in.kept, b)
	switch {
	case in.to.anew != nil:
	case in.count > maxKept: // the zone is left to another listing
		in.measure, in.late = false, in.loc
		return in.settle(in.loc)
	default:
		return nil
	}
	in.told = true
	return in.to.rows(inZone(b, in.loc))
}

func (in *inbox) forget() {
	in.count, in.kept, in.probe = 0, nil, zoneProbe{}
	if !in.measure || in.told {
		in.told = false
		in.to.anew()
	}
}

// settle hands on what was kept, its times being of a zone. Rows that were told
// with another one are told anew.
func (in *inbox) settle(loc *time.Location) error {
	if in.told {
		if ahead(loc) == ahead(in.loc) && (loc == nil) == (in.loc == nil) {
			return nil
		}
		in.to.anew()
	}
	for i, b := range in.kept {
		in.kept[i] = nil // takes memory while the others are handed on
		if err := in.to.rows(inZone(b, loc)); err != nil {
			return err
		}
	}
	in.kept = nil
	return nil
}

// zonedBatch is rows whose wall clocks are of a zone.
type zonedBatch struct {
	vfs.Batch
	loc   *time.Location
	ahead time.Duration
}

func inZone(b vfs.Batch, loc *time.Location) vfs.Batch {
	if loc == nil {
		return b
	}
	return zonedBatch{b, loc, ahead(loc)}
}

// ahead is how far a zone, which was measured, is ahead of UTC.
func ahead(loc *time.Location) time.Duration {
	if loc == nil {
		return 0
	}
	_, off := time.Time{}.In(loc).Zone()
	return time.Duration(off) * time.Second
}

// At implements vfs.Batch.
func (z zonedBatch) At(i int) vfs.Entry {
	e := z.Batch.At(i)
	if e.Prec != vfs.NoTime && !e.UTC {
		e.ModTime, e.UTC = e.ModTime.Add(-z.ahead), true
		if e.Prec == vfs.Day {
			e.ModTime = e.ModTime.In(z.loc)
		}
	}
	return e
}
