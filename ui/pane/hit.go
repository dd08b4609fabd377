package pane

// Spot is a part of a pane that the mouse can mean.
type Spot uint8

const (
	Nothing   Spot = iota
	OnRow          // Hit.Row
	OnEmpty        // below the last row
	OnHeader       // Hit.Key
	OnSegment      // Hit.Path
	OnTitle        // the upper edge beside the path
	OnBottom
)

// Hit is what stands at a place.
type Hit struct {
	Spot Spot
	Row  int
	Key  SortKey
	Path string
}

// Hit tells what stands at column x and line y of the pane.
func (p *Pane) Hit(x, y int) Hit {
	switch {
	case x < 0 || y < 0 || x >= p.w || y >= p.h:
		return Hit{}
	case y == 0:
		for _, s := range p.segs {
			if x >= s.x0 && x < s.x1 {
				return Hit{Spot: OnSegment, Path: s.path}
			}
		}
		return Hit{Spot: OnTitle}
	case y == 1:
		return Hit{Spot: OnHeader, Key: p.headerKey(x - 1)}
	case y == p.h-1:
		return Hit{Spot: OnBottom}
	}
	row := p.top + y - 2
	if row >= p.Rows() {
		return Hit{Spot: OnEmpty}
	}
	return Hit{Spot: OnRow, Row: row}
}

func (p *Pane) headerKey(x int) SortKey {
	c := p.cols
	end := 2 + c.name
	switch {
	case x < end:
		return ByName
	case x < end+c.size:
		return BySize
	case x < end+c.size+c.perm:
		return ByName
	case x < end+c.size+c.perm+c.owner:
		return ByOwner
	}
	return ByDate
}

// RowY is the line of the pane that a row is drawn on; false when it is not seen.
func (p *Pane) RowY(row int) (int, bool) {
	y := row - p.top + 2
	return y, y >= 2 && y < p.h-1
}

// SetDrop shows where a drop would go: a folder's row, or the whole pane for
// a row of -1; on false ends it.
func (p *Pane) SetDrop(on bool, row int) {
	if !on {
		row = -1
	}
	if p.drop != on || p.target != row {
		p.drop, p.target = on, row
		p.dirty = true
	}
}
