package listing

import (
	"context"
	"io"
	"math"
	"strings"
)

// What a listing is in, and where its columns are, may show only late. Then the
// text is read again from its first line: rows that turn out otherwise than they
// were told are told anew, so that in the end all are as Parse has them.

// parseAll reads r whole.
func (p *parser) parseAll(r io.Reader) (*Listing, error) {
	err := p.run(context.Background(), r)
	p.finish()
	l := listingOf(p.kept)
	p.blocks, p.kept = nil, nil
	return l, err
}

// bank keeps the entries read since the last time.
func (p *parser) bank() {
	n := len(p.recs)
	if n == 0 {
		return
	}
	p.kept = append(p.kept, &chunk{text: p.text, recs: p.recs[:n:n], wide: p.wide, loc: p.now.loc})
	p.recs, p.wide = p.recs[n:], nil
}

// learned notes that rows read before would be read otherwise by now.
func (p *parser) learned() {
	if !p.scoring {
		p.changes++
	}
}

// flush hands over what is there. Without a way to tell rows anew, they wait
// until nothing can change them any more.
func (p *parser) flush() error {
	if p.d == nil {
		return nil
	}
	p.bank()
	if p.sink == nil || p.o.Anew == nil && !p.certain() {
		return nil
	}
	if p.changes != p.shown && p.done >= 2*p.shownAt && !p.frozen {
		p.preview()
	}
	return p.tell()
}

// preview makes the rows so far as they would be by now. What is yet to come is
// read as if it had not been: the end must not depend on when bytes came.
func (p *parser) preview() {
	was, lay, changes := p.story, p.lay, p.changes
	p.again(false)
	p.story, p.lay, p.changes = was, lay, changes
	p.shown, p.shownAt = changes, p.done
}

// certain reports that no line to come can change what the rows so far are.
func (p *parser) certain() bool {
	return p.frozen || p.changes == 0 && len(p.links) == 0 && (p.forced || p.strong >= sureRows) && !p.lay.open()
}

// finish settles what the listing is at its end, or where reading it broke off.
func (p *parser) finish() error {
	if p.d == nil {
		return nil
	}
	p.bank()
	p.settle(true)
	if p.sink == nil {
		return nil
	}
	return p.tell()
}

// settle makes the rows so far what they are in the end.
func (p *parser) settle(eof bool) {
	if p.frozen {
		return
	}
	for n := 0; n < 3 && p.changes > 0; n++ { // the better format may have columns to learn
		p.changes = 0
		p.again(eof)
	}
	p.resolveLinks()
}

// freeze ends the learning, which bounds the text that is kept.
func (p *parser) freeze() {
	p.bank()
	p.settle(true)
	p.frozen, p.changes, p.blocks, p.links = true, 0, nil, nil
}

// again reads the lines so far once more, by what is known now. Unless eof is
// set, lines at the end that await more of their entry are left out.
func (p *parser) again(eof bool) {
	if p.onAgain != nil {
		p.onAgain()
	}
	at, recs, learnFrom := p.place, p.recs[len(p.recs):], p.learnFrom
	blocks := append(p.blocks[:len(p.blocks):len(p.blocks)], block{p.text[p.base:p.start], p.blockLine})
	p.remake(nil)
	p.story, p.learnFrom, p.rereading = story{}, math.MaxInt, true
	for _, u := range p.over {
		p.unread(u)
	}
	p.info.Unknown += max(0, p.tooLong-len(p.over))
	rest := "" // an entry that begins in one block and ends in the next
	for i, b := range blocks {
		p.place = place{text: rest + b.text, line: b.line - strings.Count(rest, "\n"), fill: len(rest) + len(b.text)}
		p.newChunk(p.fill)
		for p.next(eof && i == len(blocks)-1) {
		}
		p.bank()
		rest = p.text[p.start:p.fill]
	}
	p.place, p.recs, p.learnFrom, p.rereading = at, recs, learnFrom, false
}

// remake puts other chunks in the place of those that are kept.
func (p *parser) remake(chunks []*chunk) {
	if !p.rebuilt {
		p.old, p.rebuilt = p.kept[:p.toldChunks], true
	}
	p.kept, p.toldChunks = chunks, 0
}

// tell hands over what was not told yet. Where what was told is not so any
// more, all is told anew.
func (p *parser) tell() error {
	if p.rebuilt {
		if p.o.Anew != nil && !p.stillTrue() {
			p.o.Anew()
			p.told = 0
		}
		p.toldChunks = p.split(p.told)
		p.old, p.rebuilt = nil, false
	}
	for _, c := range p.kept[p.toldChunks:] {
		p.told += c.Len()
		p.toldChunks++
		if err := p.sink(c); err != nil {
			return err
		}
	}
	if p.frozen {
		p.kept, p.toldChunks, p.told = nil, 0, 0
	}
	return nil
}

// stillTrue reports whether the entries that were told are the first of those
// that there are.
func (p *parser) stillTrue() bool {
	was, is := listingOf(p.old), listingOf(p.kept)
	if p.told > is.n {
		return false
	}
	for i := range p.told {
		if was.At(i) != is.At(i) {
			return false
		}
	}
	return true
}

// split returns the chunk that begins with entry n, making it where there is none.
func (p *parser) split(n int) int {
	for i, c := range p.kept {
		switch {
		case n == 0:
			return i
		case n < len(c.recs):
			first, second := *c, *c
			first.recs, second.recs = c.recs[:n:n], c.recs[n:]
			p.kept = append(p.kept[:i:i], append([]*chunk{&first, &second}, p.kept[i+1:]...)...)
			return i + 1
		}
		n -= len(c.recs)
	}
	return len(p.kept)
}
