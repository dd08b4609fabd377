package ftpsvc

import (
	"sync/atomic"

	"ferry/ftpsvc/vfs"
)

// tap says in the log which connection a line belongs to and which queue item
// was at work there.
type tap struct {
	num   int
	item  atomic.Int64
	level atomic.Int64 // lines above it are not told
}

// tapOf is the tap of a session that login returned, nil for a local side.
func (s *Service) tapOf(side vfs.FS) *tap {
	t, _ := s.taps.Load(side)
	found, _ := t.(*tap)
	return found
}

// workFor notes that the sides work for an item from now on, and tells the number
// of the last connection among them, 0 for none.
func (s *Service) workFor(item int64, sides ...vfs.FS) (num int) {
	for _, side := range sides {
		if t := s.tapOf(side); t != nil {
			t.item.Store(item)
			num = t.num
		}
	}
	return num
}

// closeSide ends a side and forgets its tap.
func (s *Service) closeSide(side vfs.FS) {
	_ = side.Close()
	s.taps.Delete(side)
}
