package dialog

import (
	"fmt"
	"strings"
	"unicode"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
)

// Yes is the value of Confirm, ClearText and TLSAlarm: go on.
type Yes struct{}

// ConfirmForm describes a question whose default is no.
type ConfirmForm struct {
	Name   string
	Title  string
	Corner string
	Text   string   // the question
	Names  []string // what it is about; the first few are shown
	Detail string   // counts and sizes; SetDetail changes it while it is open
	Yes    string   // label of the choice that goes on: "Delete"
	Letter rune     // its letter; 0: y
	Alarm  bool
}

const namesShown = 5

// Confirm asks before something that cannot be undone; "No" has the focus. Value: Yes.
func Confirm(c ConfirmForm) *Dialog {
	d := &Dialog{Name: c.Name, title: c.Title, corner: c.Corner, width: 56, alarm: c.Alarm, enter: cancelChoice}
	d.parts = append(d.parts, &words{text: c.Text})
	for i, n := range c.Names {
		if i == namesShown-1 && len(c.Names) > namesShown {
			d.parts = append(d.parts, &words{text: "  and " + text.Count(int64(len(c.Names)-i)) + " more", role: dim})
			break
		}
		d.parts = append(d.parts, &name{text: "  " + n, role: strong})
	}
	d.text = &words{text: c.Detail, role: dim}
	d.parts = append(d.parts, d.text)
	letter := c.Letter
	if letter == 0 {
		letter = 'y'
	}
	also := 'y'
	if c.Alarm && unicode.IsUpper(letter) {
		also = 0
	}
	d.bar = &buttons{items: []button{{choice: cancelChoice, label: "No", letter: 'n'}, {choice: "yes", label: c.Yes, letter: letter, also: also}}}
	d.done = func(string) (Value, error) { return Yes{}, nil }
	return d.focusButton(cancelChoice)
}

// SetDetail changes the line of counts and sizes of an open dialog.
func (d *Dialog) SetDetail(s string) {
	if d.text != nil {
		d.text.text = s
	}
}

// CountText is a count in words: 1,204 files in 37 folders, 8.1 G. running
// says that the counting goes on.
func CountText(c ftpsvc.Count, running bool) string {
	parts := []string{text.Plural(c.Files, "file", "files")}
	if c.Dirs > 0 {
		parts[0] += " in " + text.Plural(c.Dirs, "folder", "folders")
	}
	if c.Others > 0 {
		parts = append(parts, text.Plural(c.Others, "link or other", "links and others"))
	}
	size := text.Size(c.Bytes)
	if c.Unknown > 0 {
		size = "at least " + size
	}
	parts = append(parts, size)
	s := strings.Join(parts, ", ")
	if running {
		s = "counting " + s
	}
	if c.Unread > 0 {
		s += "\n" + text.Plural(c.Unread, "line of a listing could not be read", "lines of listings could not be read")
	}
	return s
}

// Quit values.
type (
	// QuitNow ends ferry; what is queued goes on at the next start.
	QuitNow struct{}
	// QuitWhenDone ends it when the queue is empty.
	QuitWhenDone struct{}
)

// QuitForm is what there is to say before ferry ends.
type QuitForm struct {
	Running, Waiting int64
	Pending          bool // it was to end when the queue is empty
	Demo             bool // the queue and the server go with it
}

// Quit asks while transfers run; "Stay" has the focus. Value: QuitNow or QuitWhenDone.
func Quit(f QuitForm) *Dialog {
	d := &Dialog{Name: "quit", title: "Quit", width: 56, esc: "stay", enter: cancelChoice}
	then := "Quitting now stops them where they are. They stay in the queue and go on from there at the next start."
	if f.Demo {
		then = "Quitting now ends them. The demo's server and all its files go too: nothing of it is there at the next start."
	}
	d.parts = []part{&words{text: fmt.Sprintf("%s and %s.", text.Plural(f.Running, "transfer is running", "transfers are running"),
		text.Plural(f.Waiting, "waits in the queue", "wait in the queue")), role: strong}, &words{text: then}}
	if f.Pending {
		d.parts = append(d.parts, &words{text: "ferry was to end when the queue is empty: Stay takes that back.", role: warning})
	}
	d.bar = &buttons{items: []button{{choice: cancelChoice, label: "Stay", letter: 's'}, {choice: "done", label: "Quit when done", letter: 'w'}, {choice: "now", label: "Quit now", letter: 'q'}}}
	d.done = func(c string) (Value, error) {
		if c == "done" {
			return QuitWhenDone{}, nil
		}
		return QuitNow{}, nil
	}
	return d.focusButton(cancelChoice)
}

// Message tells something; hint is what to try, "" for nothing. No value.
func Message(title, about, hint string) *Dialog {
	return message("message", title, about, hint, plain, false)
}

// Error tells what failed, with the server's own reply in it, and what to try. No value.
func Error(err error, hint string) *Dialog {
	return message("error", "Error", err.Error(), hint, plain, true)
}

func message(kind, title, about, hint string, r role, alarm bool) *Dialog {
	d := &Dialog{Name: kind, title: title, width: 60, alarm: alarm}
	d.parts = []part{&words{text: about, role: r}}
	if hint != "" {
		d.parts = append(d.parts, gap{}, &words{text: hint, role: dim})
	}
	d.bar = &buttons{items: []button{{choice: cancelChoice, label: "OK", letter: 'o'}}}
	return d
}

// Welcome shows a server's greeting and login text. Value: Copied.
func Welcome(site string, lines []string) *Dialog {
	return viewer("welcome", "Welcome text", site, lines, "The server said nothing.")
}

// Unread shows the lines of a listing that no reader knew, raw. Value: Copied.
func Unread(dir string, info vfs.ListInfo) *Dialog {
	var lines []string
	for _, u := range info.Unread {
		lines = append(lines, fmt.Sprintf("%5d  %s  (%s)", u.Line, u.Raw, u.Why))
	}
	if more := info.Unknown - len(info.Unread); more > 0 {
		lines = append(lines, "and "+text.Count(int64(more))+" more")
	}
	d := viewer("unread", "Unread lines: "+text.Count(int64(info.Unknown)), dir, lines, "Every line of the listing was read.")
	d.parts = append(d.parts, &words{text: "Deleting or mirroring what relies on this listing is refused until you allow it.", role: dim})
	return d
}

// Copied is the value of a dialog that shows lines: the one under the cursor is
// wanted in the clipboard. The dialog stays.
type Copied struct{ Text string }

func (Copied) stays() {}

// Lines shows lines of text, to scroll in both directions, the one under the
// cursor as a whole. Value: Copied.
func Lines(name, title, corner string, lines []string) *Dialog {
	return viewer(name, title, corner, lines, "Nothing.")
}

func viewer(kind, title, corner string, lines []string, empty string) *Dialog {
	l := &list{wide: true, empty: empty}
	for _, s := range lines {
		l.rows = append(l.rows, row{left: s})
	}
	d := &Dialog{Name: kind, title: title, corner: corner, width: 100, parts: []part{l, &whole{of: l}}, list: l}
	d.bar = &buttons{items: []button{{choice: cancelChoice, label: "Close", letter: 'c'}}}
	if len(lines) == 0 {
		return d
	}
	d.bar.items = append(d.bar.items, button{choice: "copy", label: "Copy the line", letter: 'y'})
	d.esc = "close"
	d.done = func(string) (Value, error) { return Copied{l.rows[l.at].left}, nil }
	return d
}

// Picked is the value of Pick.
type Picked struct{ Index int }

// Choice is a row of Pick.
type Choice struct{ Label, Note string }

// Pick asks for one of some rows (history, colours). Value: Picked.
func Pick(name, title string, rows []Choice, at int, empty string) *Dialog {
	l := &list{choose: "open", at: at, empty: empty}
	for _, r := range rows {
		l.rows = append(l.rows, row{left: r.Label, right: r.Note})
	}
	d := &Dialog{Name: name, title: title, width: 60, parts: []part{l}, list: l}
	d.bar = &buttons{items: []button{{choice: "open", label: "Choose", letter: 'c'}, {choice: cancelChoice, label: "Cancel"}}}
	d.done = func(string) (Value, error) {
		if len(rows) == 0 {
			return nil, nil
		}
		return Picked{l.at}, nil
	}
	return d
}
