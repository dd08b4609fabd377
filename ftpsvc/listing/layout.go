package listing

// layout is what is learned of a listing's columns and dates.
type layout struct {
	doubleCR bool

	name     edge // of Unix rows, counted from the last column of the date
	lone     edge // the same, for dates of one word
	dosDir   edge // counted from the start of the line
	dosFile  edge // counted from the end of the size
	os2      edge // counted from the end of the date
	os2Words edge // the same, where the month is a word

	order     orderSet
	orderUsed dateOrder
	orderSet  bool

	langs    uint64 // languages that the months so far may be of
	monthFor uint64 // those in which they mean what they were taken for
	monthTwo bool   // some month has another meaning too

	yearAlone bool // a year was seen with no time behind it
	yearTimed bool // times behind years were taken as such

	sizeEnd int // where the sizes of dls end; 0: not known

	dated   int  // Unix rows with a date
	bare    int  // and such without one
	guessed int  // rows whose date has an unknown month
	doubted bool // the only one was not believed
}

func newLayout() layout {
	none := edge{at: 1 << 20}
	return layout{name: none, lone: none, dosDir: none, dosFile: none, os2: none, os2Words: none,
		order: anyOrder, langs: ^uint64(0), monthFor: ^uint64(0)}
}

// open reports that rows to come may show that rows before mean something else.
func (l *layout) open() bool {
	for _, e := range []*edge{&l.name, &l.lone, &l.dosDir, &l.dosFile, &l.os2, &l.os2Words} {
		if e.open() {
			return true
		}
	}
	return l.orderSet && l.order&(l.order-1) != 0 || l.monthTwo || l.yearTimed && !l.yearAlone
}

// needsMore reports that one more line would help: a single row with several
// blanks before its name may be a wide column or a name that begins with blanks.
func (l *layout) needsMore() bool {
	return l.name.rows == 1 && l.name.wide || l.lone.rows == 1 && l.lone.wide
}

// edge is the place where names begin: the smallest that any row has.
type edge struct {
	at    int
	rows  int
	wide  bool // some row has more blanks before its name than one
	used  int  // place that such rows were read with
	loose int  // least place that such a row's name could have
}

func (e *edge) open() bool { return e.wide && (e.rows < 2 || e.used > e.loose) }

// begin tells where a name begins whose first visible byte is at the given
// place. least is where it could begin at the earliest; alone is where it
// begins in a row that is the only one.
func (p *parser) begin(e *edge, at, least, alone int) int {
	if at < e.at {
		e.at = at
	}
	if p.scoring || p.line >= p.learnFrom {
		e.rows++
	}
	place := e.at
	if e.rows < 2 {
		place = min(place, alone)
	}
	if e.wide && place != e.used {
		if max(place, e.used) > e.loose {
			p.learned()
		}
		e.used = place
	}
	if at > least {
		if !e.wide || least < e.loose {
			e.loose = least
		}
		e.wide, e.used = true, place
	}
	return max(least, min(at, place))
}
