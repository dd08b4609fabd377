package pane

// A listing that is read again, or whose rows are told anew, is gathered beside
// the one that is seen, and takes its place once it is there and sorted.

// Anew takes back the rows of a listing: they all come once more, and not all
// are as they were. Until as many are there the old ones are seen.
func (p *Pane) Anew(gen uint64) {
	if gen == p.gen {
		p.next, p.whole = &store{}, false
	}
}

// swap has the rows that came take the place of those that are seen.
func (p *Pane) swap() {
	if p.moved { // the user went on meanwhile
		if e, ok := p.Current(); ok {
			p.want = e.Name
		}
	}
	p.whole = true
	p.remark = p.markNames()
	if p.next.n <= inlineLimit {
		p.takeNext()
	}
}

// takeNext puts the refreshed listing in the place of the old one.
func (p *Pane) takeNext() {
	p.st, p.next, p.whole = *p.next, nil, false
	p.order, p.shown = nil, 0
	p.marks, p.marked, p.markSize = nil, 0, 0
	p.signs = nil
	clear(p.cells)
}

// applySwap shows the refreshed listing. Marks and moves that came while it was
// sorted are kept.
func (p *Pane) applySwap(o Order) {
	if o.swap != p.next || !p.whole || o.serie != p.serie {
		return
	}
	cur, on := p.Current()
	names := p.markNames()
	same := len(names) == len(p.remark)
	for n := range p.remark {
		if _, ok := names[n]; !ok {
			same = false
		}
	}
	p.takeNext()
	p.apply(o)
	if on && cur.Name != o.want {
		p.Find(cur.Name)
	}
	if !same {
		p.remark = names
		p.resort()
	}
}
