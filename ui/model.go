package ui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"ferry/config"
	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/action"
	"ferry/ui/dialog"
	logview "ferry/ui/log"
	"ferry/ui/menu"
	"ferry/ui/pane"
	qview "ferry/ui/queue"
	"ferry/ui/theme"
)

// model is the root: the only tea.Model. It owns routing, focus and layout.
type model struct {
	ctx  context.Context
	opt  Options
	api  ftpsvc.API
	now  func() time.Time
	th   *theme.Theme
	keys *action.Map

	w, h int
	lay  layout

	tabs   []*tab
	tab    int
	paneID int // last pane number given

	conns   map[ftpsvc.Conn]ftpsvc.ConnInfo
	pending map[ftpsvc.ID]*request
	offered map[ftpsvc.Conn]bool // another charset
	lost    map[ftpsvc.Conn]bool // said to be, and not yet to be back

	dialogs   dialog.Stack
	over      floating // menu, palette, help: at most one, under dialogs
	views     []filling
	prefix    string // keys pressed that begin others
	prefixN   int    // grows with each prefix, so that a late timer is known
	which     bool   // the which-key box is shown
	whichPage int    // of it, on a small screen
	escAt     time.Time
	refused   refusal

	filtering *filterEdit
	drag      *dragging
	clicked   click

	queue     *qview.State
	strip     *qview.Strip
	qfull     *qview.View
	bar       *menu.Bar
	log       *logview.Log
	folders   folders
	finding   *finding // a search for names that runs
	reply     string   // the last one of a server
	seen      int      // messages up to here were seen
	notice    string   // of the start, until a key says that it was read: "connected" must not hide it
	siteSpans []span
	keySpans  []span
	ended     endings
	questions map[ftpsvc.ID]ftpsvc.Question
	messages  []message
	logOn     bool
	mouseOff  bool
	blurred   bool
	split     int
	quitting  bool // once the queue is empty
	shell     bool // one with job control waits below

	plainEditor []string // for F4 where the user named none; looked for once, at the start
	sites       []vfs.Endpoint
	marks       []Bookmark
	ticking     bool  // a tick for a count-down is out
	stopped     error // why no more news come
}

// tab is a pair of panes.
type tab struct {
	sides   [2]*side
	focus   int
	full    bool
	compare bool
	sync    bool
}

// side is a pane and what it shows.
type side struct {
	id    int // pane number for the service
	pane  *pane.Pane
	conn  ftpsvc.Conn
	none  bool          // shows nothing: no server is chosen yet
	was   *vfs.Endpoint // the server that was disconnected, to connect again
	list  ftpsvc.ID     // listing that runs, 0 none
	again bool          // read again once it is done
	later bool          // a timer will read it again
	read  time.Time     // when the newest listing ended
	watch string        // local folder that is followed
	home  string
	style vfs.PathStyle
	seen  map[string]int64 // free bytes by folder: not asked again each time
}

// request is what is to be done when the service answers.
type request struct {
	what string // "delete", for messages
	// done gets Done, Failed, Canceled, and Counted on the way.
	done func(ev ftpsvc.Event) tea.Cmd
}

// message is a line of the status line's history.
type message struct {
	at   time.Time
	text string
	kind kind
}

type kind uint8

const (
	info kind = iota
	good
	warn
	bad
)

// endings count what ended since the queue was last at rest.
type endings struct {
	done, failed, skipped int64

	was      bool  // transfers were running
	canceled int64 // in the queue before they were
}

// newModel makes the root. Nothing is asked of the service before Init.
func newModel(ctx context.Context, opt Options) *model {
	m := &model{ctx: ctx, opt: opt, api: opt.API, now: opt.Now, conns: map[ftpsvc.Conn]ftpsvc.ConnInfo{}, offered: map[ftpsvc.Conn]bool{}, lost: map[ftpsvc.Conn]bool{}, questions: map[ftpsvc.ID]ftpsvc.Question{},
		pending: map[ftpsvc.ID]*request{}, logOn: opt.Config.Screen.Log, mouseOff: !opt.Config.Screen.Mouse,
		split: opt.Config.Screen.Split, w: 80, h: 24, shell: jobControl()}
	if m.now == nil {
		m.now = time.Now
	}
	if m.split == 0 {
		m.split = 50
	}
	m.th = theme.New(opt.Config.Screen.Theme, opt.Config.Screen.Glyphs == "ascii")
	m.dialogs.SetTheme(m.th)
	m.queue = &qview.State{Lost: m.lost}
	m.keys = &action.Map{}
	m.qfull = &qview.View{State: m.queue, Theme: m.th, Keys: m.keys}
	m.bar = &menu.Bar{Theme: m.th, Items: func() []action.Item { return m.items(action.All()) }}
	m.log = logview.New(m.th)
	m.log.Keys = m.keys
	m.strip = &qview.Strip{State: m.queue, Theme: m.th, Keys: m.keys}
	problems := append(slices.Clone(opt.Problems), m.bindKeys(opt.Config.Keys)...)
	m.addTab()
	m.tellProblems(problems)
	m.resize(m.w, m.h)
	return m
}

// tellProblems says what must not be missed: it stays until a key says that it was read.
func (m *model) tellProblems(problems []string) {
	for _, p := range problems {
		m.say(warn, p)
		m.notice = p
	}
	if n := len(problems); n > 1 {
		m.notice = fmt.Sprintf("%d notices, %s lists them; the first: %s", n, m.hint("messages"), problems[0])
		m.say(warn, m.notice)
	}
}

// bindKeys makes the key map, which all widgets share, and tells what is wrong with it.
func (m *model) bindKeys(c config.Keys) (problems []string) {
	next, ps := action.NewMap(c.Preset, c.Bind)
	*m.keys = *next
	if m.opt.Settings != nil {
		m.opt.Settings.Locate(ps)
	}
	for _, p := range ps {
		problems = append(problems, p.Error())
	}
	return problems
}

// addTab opens a pair of panes and shows it.
func (m *model) addTab() *tab {
	t := &tab{}
	for i := range t.sides {
		t.sides[i] = m.newSide()
	}
	t.sides[1].none = true
	t.sides[1].pane.SetSide("", vfs.Slash, "")
	t.sides[1].pane.SetEmpty(m.emptyText())
	m.tabs = append(m.tabs, t)
	m.tab = len(m.tabs) - 1
	return t
}

// emptyText is what stands in a pane that shows nothing.
func (m *model) emptyText() []string {
	connect, sites := m.hint("connect"), m.hint("sites")
	w := max(len(connect), len(sites))
	return []string{"Nothing is shown here yet.", "", fmt.Sprintf("%-*s  connect to a server", w, connect), fmt.Sprintf("%-*s  saved sites", w, sites)}
}

func (m *model) newSide() *side {
	m.paneID++
	s := &side{id: m.paneID, pane: pane.New(m.th), style: vfs.OS, seen: map[string]int64{}}
	s.pane.SetNow(m.now())
	sp := s.pane.Spec()
	sp.Hidden = m.opt.Config.Screen.Hidden
	sp.Mixed = !m.opt.Config.Screen.DirsFirst
	sp.Reverse = m.opt.Config.Screen.SortReverse
	for i, n := range pane.SortNames {
		if strings.HasPrefix(m.opt.Config.Screen.Sort, n) {
			sp.Key = pane.SortKey(i)
		}
	}
	s.pane.SetSpec(sp)
	if names := m.opt.Config.Screen.Columns; names != nil {
		has := func(n string) bool { return slices.Contains(names, n) }
		s.pane.SetColumns(pane.Columns{Size: has("size"), Date: has("date"), Mode: has("mode"), Owner: has("owner")})
	}
	s.pane.SetSide("Local", vfs.OS, "")
	return s
}

func (m *model) cur() *tab    { return m.tabs[m.tab] }
func (m *model) here() *side  { return m.cur().sides[m.cur().focus] }
func (m *model) there() *side { return m.cur().sides[1-m.cur().focus] }
func (m *model) each(f func(*side)) {
	for _, t := range m.tabs {
		for _, s := range t.sides {
			f(s)
		}
	}
}

// say puts a message on the status line and keeps it in the history.
func (m *model) say(k kind, s string) {
	if s == "" {
		return
	}
	m.messages = append(m.messages, message{m.now(), s, k})
	if len(m.messages) > 200 {
		m.messages = m.messages[len(m.messages)-200:]
	}
}

// fail says an error.
func (m *model) fail(err error) {
	if err != nil {
		m.say(bad, err.Error())
	}
}

// submit hands a request to the service, which only appends it to a list.
func (m *model) submit(r ftpsvc.Request, what string, done func(ev ftpsvc.Event) tea.Cmd) ftpsvc.ID {
	id := m.api.Submit(r)
	m.pending[id] = &request{what, done}
	return id
}

// ask is submit for requests whose failure is said and whose success is not.
func (m *model) ask(r ftpsvc.Request, what string, ok func(value any) tea.Cmd) ftpsvc.ID {
	return m.submit(r, what, func(ev ftpsvc.Event) tea.Cmd {
		switch e := ev.(type) {
		case ftpsvc.Done:
			if ok != nil {
				return ok(e.Value)
			}
		case ftpsvc.Failed:
			m.fail(e.Err)
		}
		return nil
	})
}

// sideName is how a connection is called on the screen: by its site or its
// host, and by what else is needed to tell it from the others.
func (m *model) sideName(c ftpsvc.Conn) string {
	if c == ftpsvc.Local {
		return "Local"
	}
	i, ok := m.conns[c]
	if !ok {
		_, host, _ := strings.Cut(string(c), "@")
		return host
	}
	e := i.Endpoint.WithDefaults()
	name, user, port := plainName(e), false, false
	for o, x := range m.conns {
		if other := x.Endpoint.WithDefaults(); o != c && x.State != ftpsvc.Offline && plainName(other) == name {
			user = user || other.User != e.User
			port = port || other.Port != e.Port
		}
	}
	if port {
		name += ":" + strconv.Itoa(e.Port)
	}
	if user {
		name = e.User + "@" + name
	}
	return name
}

func plainName(e vfs.Endpoint) string {
	if e.Name != "" {
		return e.Name
	}
	return e.Host
}

// entitle tells each pane what its upper edge has to say: the side where
// nothing else does, and clear text.
func (m *model) entitle() {
	for _, t := range m.tabs {
		remote := 0
		for _, s := range t.sides {
			if !s.none && s.conn != ftpsvc.Local {
				remote++
			}
		}
		for _, s := range t.sides {
			if s.none {
				continue
			}
			s.pane.Rename(m.sideName(s.conn))
			hidden := m.lay.site.h == 0
			s.pane.SetTitle(pane.Title{Side: hidden || remote == 2, Clear: hidden && s.conn != ftpsvc.Local && m.conns[s.conn].TLS == ""})
		}
	}
}

// caps is what a side can do.
func (m *model) caps(s *side) vfs.Caps {
	if s.conn == ftpsvc.Local {
		return vfs.Caps{SetModTime: true, SetMode: true, Symlink: true, Space: true, REST: true, Size: true}
	}
	return m.conns[s.conn].Caps
}
