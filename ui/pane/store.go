package pane

import (
	"sort"

	"ferry/ftpsvc/vfs"
)

// store is a listing as it came: blocks that never change once added.
type store struct {
	blocks []vfs.Batch
	starts []int // index of each block's first entry
	n      int
}

func (s *store) add(b vfs.Batch) {
	if b == nil || b.Len() == 0 {
		return
	}
	s.blocks = append(s.blocks, b)
	s.starts = append(s.starts, s.n)
	s.n += b.Len()
}

// at returns entry i; the caller keeps i in range.
func (s *store) at(i int) vfs.Entry {
	k := sort.SearchInts(s.starts, i+1) - 1
	return s.blocks[k].At(i - s.starts[k])
}

// snapshot is the listing as it stands, safe to read in another goroutine
// while s grows.
func (s *store) snapshot() store {
	return store{blocks: s.blocks[:len(s.blocks):len(s.blocks)], starts: s.starts[:len(s.starts):len(s.starts)], n: s.n}
}

// each calls f for all entries in order until it returns false.
func (s *store) each(f func(i int, e vfs.Entry) bool) {
	for k, b := range s.blocks {
		for j := range b.Len() {
			if !f(s.starts[k]+j, b.At(j)) {
				return
			}
		}
	}
}
