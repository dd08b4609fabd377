package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/action"
	"ferry/ui/pane"
)

// Messages of ferry's own. Each is a value, sent by one command.
type (
	// batchMsg is the news of the service, sent by the next command.
	batchMsg ftpsvc.Batch
	// endedMsg tells that no more news will come.
	endedMsg struct{ err error }
	// sortedMsg is the answer to a pane's job, sent by the sort command.
	sortedMsg struct {
		pane  int
		order pane.Order
	}
	// comparedMsg is the answer of the compare command.
	comparedMsg struct {
		tab         *tab
		gens        [2]uint64
		left, right map[string]string
		mark        bool // mark the differences in the pane with the focus
	}
	// whichMsg is sent when a prefix has been left alone for a moment.
	whichMsg struct{ n int }
	// tickMsg is sent once a second while a count-down is shown.
	tickMsg time.Time
	// bookMsg is what the book of sites and bookmarks holds.
	bookMsg struct {
		sites []vfs.Endpoint
		marks []Bookmark
		err   error
		then  func() tea.Cmd
	}
	// doneMsg reports the end of some work in a command.
	doneMsg struct {
		err  error
		text string
		then func() tea.Cmd
	}
	// rereadMsg is sent a while after a big folder changed.
	rereadMsg struct{ pane int }
	// scrollMsg is sent while a drag is held at the edge of a pane.
	scrollMsg struct{ n int }
)

// floating is what is drawn over the screen: a menu, the palette, the help.
type floating interface {
	SetSize(w, h int)
	View() (content string, x, y int)
	Key(tea.KeyPressMsg) action.Intent
	Mouse(tea.MouseMsg) action.Intent
	Paste(string) action.Intent
	Cursor() *tea.Cursor
}

// Init asks for news, the home folder and the saved sites.
func (m *model) Init() tea.Cmd {
	return tea.Batch(m.next(), m.start())
}

// next waits for the service's news in a command of its own; exactly one is out.
func (m *model) next() tea.Cmd {
	api, ctx := m.api, m.ctx
	return func() tea.Msg {
		b, err := api.Next(ctx)
		if err != nil {
			return endedMsg{err}
		}
		return batchMsg(b)
	}
}

// Update routes a message. It never waits.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.route(msg)
	m.dialogs.Hold(m.handsFull(), m.now())
	m.feed()
	m.each(func(s *side) {
		if j, ok := s.pane.TakeJob(); ok {
			id := s.id
			cmd = tea.Batch(cmd, func() tea.Msg { return sortedMsg{id, j.Run()} })
		}
	})
	return m, cmd
}

func (m *model) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case batchMsg:
		return tea.Batch(m.news(ftpsvc.Batch(msg)), m.next())
	case endedMsg:
		m.stopped = msg.err
		return tea.Quit
	case tea.WindowSizeMsg:
		m.resize(msg.Width, msg.Height)
	case tea.KeyPressMsg:
		m.seeMessages()
		return m.key(msg)
	case tea.PasteMsg:
		return m.paste(msg.Content)
	case tea.MouseMsg:
		return m.mouse(msg)
	case tea.ModeReportMsg:
		m.modeReport(msg)
	case tea.ColorProfileMsg:
		if msg.Profile == colorprofile.ASCII || msg.Profile == colorprofile.NoTTY { // a cursor made of colour would vanish
			m.setTheme("terminal")
		}
	case tea.FocusMsg:
		m.blurred = false
	case tea.BlurMsg:
		m.blurred = true
	case tea.ResumeMsg:
		m.each(func(s *side) { s.pane.Redraw() })
	default:
		return m.own(msg)
	}
	return nil
}

// own handles the messages of ferry's own commands.
func (m *model) own(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case sortedMsg:
		if s := m.byID(msg.pane); s != nil {
			s.pane.Apply(msg.order)
		}
	case comparedMsg:
		m.compared(msg)
	case whichMsg:
		if m.prefix != "" && msg.n == m.prefixN {
			m.which = true
		}
	case tickMsg:
		m.ticking = false
		return m.tick()
	case rereadMsg:
		if s := m.byID(msg.pane); s != nil && s.later {
			s.later = false
			m.reread(s)
		}
	case scrollMsg:
		return m.edgeScroll(msg.n)
	case editReadyMsg, editFetchedMsg, editedMsg, editCheckedMsg:
		return m.edited(msg)
	case settingsMsg:
		m.settingsRead(msg)
	case bookMsg:
		m.fail(msg.err)
		m.sites, m.marks = msg.sites, msg.marks
		if msg.then != nil {
			return msg.then()
		}
	case doneMsg:
		m.fail(msg.err)
		if msg.err == nil {
			m.say(good, msg.text)
			if msg.then != nil {
				return msg.then()
			}
		}
	}
	return nil
}

// modeReport switches to counting columns by grapheme once the terminal says
// that it does (mode 2027).
func (m *model) modeReport(msg tea.ModeReportMsg) {
	if msg.Mode != ansi.ModeUnicodeCore {
		return
	}
	if msg.Value == ansi.ModeSet || msg.Value == ansi.ModeReset || msg.Value == ansi.ModePermanentlySet {
		m.th.Method.Mode = ansi.GraphemeWidth
		m.each(func(s *side) { s.pane.Redraw() })
	}
}

// resize takes the size of the terminal and lays everything out anew.
func (m *model) resize(w, h int) {
	m.w, m.h = w, h
	m.dialogs.SetSize(w, h)
	m.bar.SetSize(w, h)
	if m.over != nil {
		m.over.SetSize(w, h)
	}
	for _, v := range m.views {
		v.SetSize(w, h)
	}
	m.arrange()
}

// arrange gives every part its place.
func (m *model) arrange() {
	t := m.cur()
	m.lay = arrange(m.w, m.h, shape{split: m.split, full: t.full, focus: t.focus, log: m.logOn, queue: m.opt.Config.Screen.Queue})
	m.strip.Mute = m.lay.log.h > 0
	m.entitle()
	for i, s := range t.sides {
		r := m.lay.panes[i]
		if r.w == 0 {
			r = m.lay.panes[1-i]
		}
		s.pane.SetSize(r.w, r.h)
		s.pane.SetFocus(i == t.focus)
	}
}

// seeMessages takes a key press a moment after a message as a sign that it was read.
func (m *model) seeMessages() {
	if m.notice != "" && m.now().Sub(m.messages[0].at) > time.Second {
		m.notice = ""
	}
	if n := len(m.messages); n > m.seen && m.now().Sub(m.messages[n-1].at) > time.Second {
		m.seen = n
	}
}

func (m *model) byID(id int) *side {
	var found *side
	m.each(func(s *side) {
		if s.id == id {
			found = s
		}
	})
	return found
}

// tick keeps a count-down moving; it stops by itself when none is shown.
func (m *model) tick() tea.Cmd {
	m.queue.SetNow(m.now())
	if m.ticking || !m.countingDown() {
		return nil
	}
	m.ticking = true
	return tea.Tick(time.Second, func(t time.Time) tea.Msg { return tickMsg(t) })
}

func (m *model) countingDown() bool {
	for _, i := range m.conns {
		if i.State == ftpsvc.Retrying {
			return true
		}
	}
	return m.queue.CountsDown()
}
