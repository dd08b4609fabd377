package listing

import (
	"context"
	"io"
	"math"

	"ferry/ftpsvc/vfs"
)

// parseAll reads r and, when the lines to come showed that the format or the
// columns were taken wrongly at first, reads the kept text once more.
func (p *parser) parseAll(r io.Reader) (*Listing, error) {
	err := p.run(context.Background(), r)
	if p.switched || p.lay.changed {
		p.retire()
		p.again()
	}
	l := &Listing{}
	for _, c := range p.kept {
		l.add(c)
	}
	p.blocks, p.kept = nil, nil
	p.resolveLinks(l)
	return l, err
}

// again reads the kept blocks with the dialect and the layout known at the end.
func (p *parser) again() {
	if p.onAgain != nil {
		p.onAgain()
	}
	p.kept, p.recs, p.wide = nil, nil, nil
	p.info = vfs.ListInfo{}
	p.switched, p.foreign, p.heading, p.prefixKnown = false, false, false, false
	p.retries = maxRetries // no second thoughts
	p.learnFrom = math.MaxInt
	for _, u := range p.over {
		p.unread(u)
	}
	p.info.Unknown += max(0, p.tooLong-len(p.over))
	for _, b := range p.blocks {
		p.text, p.line = b.text, b.line
		p.base, p.start, p.scan, p.fill = 0, 0, 0, len(b.text)
		for p.next(true) {
		}
		p.flush()
	}
}
