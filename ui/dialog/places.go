package dialog

import (
	"errors"

	tea "charm.land/bubbletea/v2"
)

// The values of Places. All but PlaceOpen leave the list open.
type (
	PlaceOpen   struct{ Index int }
	PlaceRename struct{ Index int }
	PlaceDelete struct{ Index int }
)

func (PlaceRename) stays() {}
func (PlaceDelete) stays() {}

// Places lists kept places; empty is said when there is none.
func Places(rows []Choice, empty string) *Dialog {
	l := &list{choose: "open", empty: empty}
	d := &Dialog{Name: "bookmarks", title: "Bookmarks", width: 60, parts: []part{l}, list: l}
	l.reject = func(k tea.KeyPressMsg) string {
		switch k.String() {
		case "shift+f6", "f4":
			return "rename"
		case "f8", "delete":
			return "delete"
		}
		return ""
	}
	d.bar = &buttons{items: []button{{choice: "open", label: "Open", letter: 'o'}, {choice: "rename", label: "Rename", letter: 'r'},
		{choice: "delete", label: "Delete", letter: 'd'}, {choice: cancelChoice, label: "Close"}}}
	d.SetPlaces(rows)
	d.done = func(choice string) (Value, error) {
		switch {
		case len(l.rows) == 0:
			return nil, errors.New("no place is kept yet")
		case choice == "rename":
			return PlaceRename{l.at}, nil
		case choice == "delete":
			return PlaceDelete{l.at}, nil
		}
		return PlaceOpen{l.at}, nil
	}
	return d
}

// SetPlaces replaces what an open Places dialog lists.
func (d *Dialog) SetPlaces(rows []Choice) {
	d.list.rows = nil
	for _, r := range rows {
		d.list.rows = append(d.list.rows, row{left: r.Label, right: r.Note})
	}
	d.list.moveTo(d.list.at)
}
