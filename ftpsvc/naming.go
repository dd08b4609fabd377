package ftpsvc

import (
	"maps"

	"ferry/ftpsvc/transfer"
	"ferry/ftpsvc/vfs"
)

// quirks are the names under which it is remembered of an account how its
// server bears uploads to be called. The last one its session finds out, too.
var quirks = map[transfer.Naming]string{transfer.Plain: "no-dot-names", transfer.Aside: "no-temp-names", transfer.Direct: "no-rename"}

// namingOf tells how uploads to a side are called until they are whole.
func (e *engine) namingOf(c Conn) transfer.Naming {
	if c == Local {
		return transfer.Hidden
	}
	if e.s.endpoint(c).NoTempName {
		return transfer.Direct
	}
	n, ok := e.naming[c]
	if !ok && e.s.opt.Memory != nil {
		known := e.s.opt.Memory.Learned(string(c)).Quirks
		for k, q := range quirks {
			if known[q] {
				n = max(n, k)
			}
		}
		e.naming[c] = n
	}
	return n
}

// learnNaming remembers what an upload found out.
func (e *engine) learnNaming(c Conn, n transfer.Naming) {
	if c == Local || n <= e.namingOf(c) {
		return
	}
	e.naming[c] = n
	if q := quirks[n]; q != "" {
		e.learnQuirk(c, q)
	}
}

// learnQuirk remembers something of an account.
func (e *engine) learnQuirk(c Conn, name string) {
	if e.s.opt.Memory == nil {
		return
	}
	e.s.opt.Memory.Learn(string(c), func(l *vfs.Learned) {
		l.Quirks = maps.Clone(l.Quirks)
		if l.Quirks == nil {
			l.Quirks = map[string]bool{}
		}
		l.Quirks[name] = true
	})
}

// knows reports whether something is remembered of an account.
func (e *engine) knows(c Conn, quirk string) bool {
	return c != Local && e.s.opt.Memory != nil && e.s.opt.Memory.Learned(string(c)).Quirks[quirk]
}

// once tells a fact about a server the first time that it is met.
func (e *engine) once(c Conn, text string) {
	if e.told[c] == nil {
		e.told[c] = map[string]bool{}
	}
	if !e.told[c][text] {
		e.told[c][text] = true
		e.s.out.put(Notice{Conn: c, Text: text})
	}
}
