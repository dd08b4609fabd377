// Package action is the registry of what a user can do. Menus, the palette,
// the which-key box, the help, the key bar, the config and `ferry keys` are
// all drawn from it, so that none of them can lie.
//
// It knows names, words and keys; what an action does stands in ui, in
// act_<verb>.go.
package action

import (
	"slices"
	"strings"
)

// Menu is a title of the menu bar.
type Menu string

// The menu bar, from left to right.
const (
	None     Menu = ""
	PaneMenu Menu = "Panes"
	File     Menu = "File"
	MarkMenu Menu = "Mark"
	Commands Menu = "Commands"
	Queue    Menu = "Queue"
	Sites    Menu = "Sites"
	View     Menu = "View"
	Help     Menu = "Help"
)

// Menus is the menu bar in its order.
var Menus = []Menu{PaneMenu, File, MarkMenu, Commands, Queue, Sites, View, Help}

// Place is where keys go: the panes, or a view that covers them. As a set of
// bits it is where an action works.
type Place uint8

// The places.
const (
	Panes Place = 1 << iota
	QueueView
	LogView
	FileView
	Views    = QueueView | LogView | FileView
	Anywhere = Panes | Views
)

// Places are the single ones.
var Places = []Place{Panes, QueueView, LogView, FileView}

// Tasks of actions that are in no menu.
const (
	Move       Menu = "Move"
	InQueue    Menu = "Queue view"
	InLog      Menu = "Log view"
	InFile     Menu = "Viewer"
	InAllViews Menu = "All views"
)

// Tasks are the headings of the help, in its order: those of the menu bar, and
// what is in no menu.
var Tasks = append(append([]Menu{Move}, Menus...), InAllViews, InQueue, InLog, InFile)

// Action is one thing a user can do.
type Action struct {
	Name    string   // "copy": in the config and for `ferry keys`
	Label   string   // "Copy…": in menus and the palette
	Help    string   // one line for the help
	In      Place    // where it works; 0: Panes
	Menu    Menu     // None: only by key, palette and help
	Task    Menu     // heading in the help; "": its menu
	Group   int      // within a menu; a line stands between groups
	Context bool     // also in the right-click menu of an entry, or of a transfer
	Bar     string   // short word, for the key bar and hints
	Keys    []string // of the norton preset: "f5", "g o" (a prefix, a key)
	Vim     []string // of the vim preset; nil: as Keys
}

// Word is the action in one or two words, for hints beside its key.
func (a *Action) Word() string {
	if a.Bar != "" {
		return strings.ToLower(a.Bar)
	}
	return strings.ToLower(strings.TrimSuffix(a.Label, "…"))
}

// Item is an action as a menu, the palette or the help shows it now.
type Item struct {
	*Action
	Keys     []string // bound now
	Disabled string   // why it cannot be done here and now, "" when it can
	State    string   // "on", "off", or a value, for what is switched; else ""
}

// Intent is what a widget wants done; nil is nothing. A widget only reports
// it: the root model routes and acts.
type Intent any

// Run is the intent to run an action by its name.
type Run struct{ Name string }

// Rebind is the intent to give an action another key.
type Rebind struct{ Name string }

// Close is the intent to close the overlay that reports it, with nothing done.
type Close struct{}

// ByName finds an action, nil when there is none of that name.
func ByName(name string) *Action { return index[name] }

// All are the actions in the order of menus and help.
func All() []*Action { return all }

// ByTask are the actions in the order of Tasks.
func ByTask() []*Action {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b *Action) int { return slices.Index(Tasks, a.Task) - slices.Index(Tasks, b.Task) })
	return out
}

var (
	all   []*Action
	index = map[string]*Action{}
)

func register(as ...Action) {
	for i := range as {
		a := &as[i]
		if index[a.Name] != nil {
			panic("internal error: two actions are named " + a.Name)
		}
		if a.In == 0 {
			a.In = Panes
		}
		if a.Task == "" {
			a.Task = a.Menu
		}
		all = append(all, a)
		index[a.Name] = a
	}
}

// workIn lets actions work in other places than the panes alone.
func workIn(in Place, names ...string) {
	for _, n := range names {
		index[n].In = in
	}
}
