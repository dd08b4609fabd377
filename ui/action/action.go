// Package action is the registry of what a user can do. Menus, the palette,
// the which-key box, the help, the key bar, the config and `ferry keys` are
// all drawn from it, so that none of them can lie.
//
// It knows names, words and keys; what an action does stands in ui, in
// act_<verb>.go.
package action

// Menu is a title of the menu bar.
type Menu string

// The menu bar, from left to right.
const (
	None     Menu = ""
	Panes    Menu = "Panes"
	File     Menu = "File"
	MarkMenu Menu = "Mark"
	Commands Menu = "Commands"
	Queue    Menu = "Queue"
	Sites    Menu = "Sites"
	View     Menu = "View"
	Help     Menu = "Help"
)

// Menus is the menu bar in its order.
var Menus = []Menu{Panes, File, MarkMenu, Commands, Queue, Sites, View, Help}

// Action is one thing a user can do.
type Action struct {
	Name    string   // "copy": in the config and for `ferry keys`
	Label   string   // "Copy…": in menus and the palette
	Help    string   // one line for the help
	Menu    Menu     // None: only by key, palette and help
	Group   int      // within a menu; a line stands between groups
	Context bool     // also in the right-click menu of an entry
	Bar     string   // short word for the key bar, when a F-key runs it
	Keys    []string // of the norton preset: "f5", "g o" (a prefix, a key)
	Vim     []string // of the vim preset; nil: as Keys
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

// Close is the intent to close the overlay that reports it, with nothing done.
type Close struct{}

// ByName finds an action, nil when there is none of that name.
func ByName(name string) *Action { return index[name] }

// All are the actions in the order of menus and help.
func All() []*Action { return all }

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
		all = append(all, a)
		index[a.Name] = a
	}
}
