package listing

import (
	"slices"
	"strings"

	"ferry/ftpsvc/vfs"
)

// Some servers tell a link's target only by its unique fact: the target is a
// row with the same one, which bears a path when it lies in another folder.
//
//	type=OS.unix=symlink;unique=1234; name
//	type=file;unique=1234; /elsewhere/target

// noteLink remembers the unique fact of a link without a target.
func (p *parser) noteLink(it *item, s string) {
	if it.kind != vfs.Link || it.facts == 0 || it.target.n > 0 || it.unique.n == 0 {
		return
	}
	if p.links == nil {
		p.links = map[string]string{}
	}
	if u := it.unique.of(s); p.links[u] == "" && len(p.links) < vfs.MaxUnread {
		p.links[strings.Clone(u)] = ""
	}
}

// linkTarget takes a row that bears a path as the target of links seen before.
func (p *parser) linkTarget(it *item, s string) bool {
	if p.links == nil || it.unique.n == 0 || strings.IndexByte(it.name.of(s), '/') < 0 {
		return false
	}
	u := it.unique.of(s)
	if _, ok := p.links[u]; !ok {
		return false
	}
	p.links[u], _ = p.decode(strings.Clone(it.name.of(s)))
	return true
}

// resolveLinks fills in the targets that later rows told.
func (p *parser) resolveLinks() {
	if len(p.links) == 0 {
		return
	}
	l := listingOf(p.kept)
	for i := range l.n {
		e := l.At(i)
		if e.Kind == vfs.Link || e.Unique == "" {
			continue
		}
		if t, ok := p.links[e.Unique]; ok && t == "" {
			p.links[strings.Clone(e.Unique)] = strings.Clone(e.Name)
		}
	}
	chunks := make([]*chunk, len(p.kept))
	for i, c := range p.kept {
		chunks[i] = c.withTargets(p.links)
	}
	p.remake(chunks)
}

// withTargets returns the chunk with the targets of its links; c stays as it is.
func (c *chunk) withTargets(targets map[string]string) *chunk {
	made := c
	for i := range c.recs {
		e := c.At(i)
		t := targets[e.Unique]
		if e.Kind != vfs.Link || e.Target != "" || t == "" {
			continue
		}
		if made == c {
			made = &chunk{text: c.text, recs: slices.Clone(c.recs), wide: slices.Clone(c.wide), loc: c.loc}
		}
		e.Target = t
		made.recs[i] = record{line: uint32(len(made.wide)), flags: flagWide}
		made.wide = append(made.wide, e)
	}
	return made
}
