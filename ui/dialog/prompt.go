package dialog

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"ferry/ftpsvc/queue"
	"ferry/ui/edit"
)

// Text is the value of Prompt. Ticked tells the toggles of the prompt, in order.
type Text struct {
	Text   string
	Ticked []bool
}

// PromptForm describes a dialog that asks for one line.
type PromptForm struct {
	Name    string // Dialog.Name
	Title   string
	Corner  string
	About   string // said above the field
	Label   string
	Value   string // selected at first: typing takes its place
	Stem    int    // how many of its characters are selected, 0: all
	Hint    string
	OK      string                      // label of the choice
	Toggles []Toggle                    // below the field
	Empty   bool                        // an empty line is an answer
	Suggest func(typed string) []string // what typed may become, nil for not known yet; Tab completes
	Check   func(text string) error     // nil: anything goes
}

// Toggle is a box to tick in a prompt.
type Toggle struct {
	Label  string
	Letter rune
	On     bool
	Why    string // why it cannot be ticked, "" when it can
}

// Prompt asks for one line of text. Value: Text.
func Prompt(p PromptForm) *Dialog {
	f := &field{label: p.Label, in: edit.New(p.Value), hint: p.Hint, completion: completion{ghost: p.Suggest, eager: true}, stem: p.Stem}
	d := &Dialog{Name: p.Name, title: p.Title, corner: p.Corner, width: 60, enter: "ok"}
	if p.About != "" {
		d.parts = append(d.parts, &words{text: p.About}, gap{})
	}
	d.parts = append(d.parts, f)
	align(f)
	var toggles []*toggle
	for _, t := range p.Toggles {
		x := &toggle{label: t.Label, letter: t.Letter, on: t.On, off: t.Why != "", why: t.Why}
		toggles = append(toggles, x)
		d.parts = append(d.parts, x)
	}
	ok := p.OK
	if ok == "" {
		ok = "OK"
	}
	d.bar = &buttons{items: []button{{choice: "ok", label: ok, letter: unicode.ToLower([]rune(ok)[0])}, {choice: cancelChoice, label: "Cancel"}}}
	d.done = func(string) (Value, error) {
		v := Text{Text: f.in.Value()}
		if v.Text == "" && !p.Empty {
			return nil, errors.New("nothing is typed yet")
		}
		if p.Check != nil {
			if err := p.Check(v.Text); err != nil {
				return nil, err
			}
		}
		for _, t := range toggles {
			v.Ticked = append(v.Ticked, t.on)
		}
		return v, nil
	}
	return d
}

var errName = errors.New("neither . nor .. is a name, nor what holds a line end, a NUL or a slash")

func checkName(s string) error {
	if strings.ContainsAny(s, "\r\n\x00/") || s == "." || s == ".." {
		return errName
	}
	return nil
}

func checkPath(s string) error {
	if strings.ContainsAny(s, "\r\n\x00") {
		return errors.New("a path cannot hold a line end or a NUL")
	}
	return nil
}

// Mkdir asks for the name of a new folder in dir. Value: Text; missing parents
// of a/b/c are made too.
func Mkdir(dir string) *Dialog {
	return Prompt(PromptForm{Name: "mkdir", Title: "Make folder", Corner: dir, Label: "Name", OK: "Make", Hint: "a/b/c makes all that are missing", Check: checkPath})
}

// MakeFile asks for the name of a new, empty file in dir. Value: Text.
func MakeFile(dir string) *Dialog {
	return Prompt(PromptForm{Name: "makefile", Title: "Make file", Corner: dir, Label: "Name", OK: "Make", Check: checkName})
}

// Rename asks for the new name of old, all but its extension selected. Value: Text.
func Rename(old string) *Dialog {
	stem := 0
	if i := strings.LastIndexByte(old, '.'); i > 0 {
		stem = len(edit.Clusters(old[:i]))
	}
	d := Prompt(PromptForm{Name: "rename", Title: "Rename", Label: "New name", Value: old, Stem: stem, OK: "Rename", Check: func(s string) error {
		if s == old {
			return errors.New("that is the name it has")
		}
		return checkName(s)
	}})
	d.parts = append([]part{&name{text: old, role: dim}}, d.parts...)
	return d
}

// Pattern asks for a mask to mark or unmark by. Value: Text with Ticked
// {folders too, match case}.
func Pattern(mark bool, value string) *Dialog {
	title, ok := "Mark by pattern", "Mark"
	if !mark {
		title, ok = "Unmark by pattern", "Unmark"
	}
	if value == "" {
		value = "*"
	}
	return Prompt(PromptForm{Name: "pattern", Title: title, Label: "Pattern", Value: value, OK: ok, About: "* any text, ? one character, [a-z] a range; *.c;*.h: both",
		Toggles: []Toggle{{Label: "folders too", Letter: 'f'}, {Label: "match case", Letter: 'c'}}})
}

// Link asks for the target of a symbolic link that will be called Text. Value: LinkTo.
func Link(target, as string) *Dialog {
	t := &field{label: "Points to", in: edit.New(target)}
	n := &field{label: "Name", in: edit.New(as)}
	align(t, n)
	d := &Dialog{Name: "link", title: "Make symbolic link", width: 60, enter: "ok", parts: []part{n, t}}
	d.bar = &buttons{items: []button{{choice: "ok", label: "Make", letter: 'm'}, {choice: cancelChoice, label: "Cancel"}}}
	d.done = func(string) (Value, error) {
		v := LinkTo{Target: t.in.Value(), Name: n.in.Value()}
		if v.Target == "" || v.Name == "" {
			return nil, errors.New("a link needs a name and a target")
		}
		if err := checkPath(v.Target); err != nil {
			return nil, err
		}
		return v, checkName(v.Name)
	}
	return d
}

// LinkTo is the value of Link.
type LinkTo struct{ Target, Name string }

// CopyTo is the value of Copy. Target is as typed.
type CopyTo struct {
	Target  string
	Options queue.Options
}

// CopyForm describes what is to be copied or moved.
type CopyForm struct {
	Move    bool
	What    string // "3 files and 1 folder", or the one name
	Size    string // "4.11 G", "" not known
	To      string // the other side's name: "local", the site
	Target  string // folder with a separator at its end, or a path with the new name
	Options queue.Options
	Suggest func(typed string) []string
	Note    string // why something will not work as usual, "" for nothing
}

var conflictOptions = []option{
	{string(queue.Ask), "ask"}, {string(queue.Skip), "skip"}, {string(queue.Overwrite), "overwrite"}, {string(queue.ResumePart), "resume"},
	{string(queue.KeepBoth), "keep both"}, {string(queue.NewerOnly), "overwrite when newer"}, {string(queue.SizeOnly), "overwrite when size differs"},
	{string(queue.Differs), "overwrite when size or date differs"},
}

// Copy asks for the target of a copy or a move and for its policy. Value: CopyTo.
func Copy(c CopyForm) *Dialog {
	target := &field{label: "To", in: edit.New(c.Target), completion: completion{ghost: c.Suggest}}
	o := c.Options
	if o.Conflict == "" {
		o.Conflict = queue.Ask
	}
	if o.Links == "" {
		o.Links = queue.LinksSkip
	}
	exists := (&choice{label: "If it exists", options: conflictOptions}).set(string(o.Conflict))
	links := (&choice{label: "Links", options: []option{{string(queue.LinksSkip), "skip"}, {string(queue.LinksFollow), "follow"},
		{string(queue.LinksRecreate), "copy as links"}}}).set(string(o.Links))
	times := &toggle{label: "keep dates", letter: 'd', on: o.KeepTime}
	modes := &toggle{label: "keep permissions", letter: 'p', on: o.KeepMode}
	verb := "Copy"
	if c.Move {
		verb = "Move"
	}
	about := c.What
	if c.Size != "" {
		about += ", " + c.Size
	}
	d := &Dialog{Name: "copy", title: verb, corner: c.To, width: 64, enter: "ok"}
	d.parts = []part{&name{text: about, role: strong}}
	if c.Note != "" {
		d.parts = append(d.parts, &words{text: c.Note, role: warning})
	}
	d.parts = append(d.parts, target, gap{}, exists, links, times, modes)
	align(target, exists, links)
	d.bar = &buttons{items: []button{{choice: "ok", label: verb, letter: rune(strings.ToLower(verb)[0])}, {choice: cancelChoice, label: "Cancel"}}}
	d.focusOn(target, 0)
	d.done = func(string) (Value, error) {
		v := CopyTo{Target: target.in.Value(), Options: o}
		if strings.TrimSpace(v.Target) == "" {
			return nil, errors.New("where to? the target is empty")
		}
		v.Options.Move = c.Move
		v.Options.Conflict, v.Options.Links = queue.Conflict(exists.value()), queue.LinkPolicy(links.value())
		v.Options.KeepTime, v.Options.KeepMode = times.on, modes.on
		return v, checkPath(v.Target)
	}
	return d
}

// SetTime asks for a date for what is named. Value: time.Time in loc.
func SetTime(what string, t time.Time, loc *time.Location) *Dialog {
	const form = "2006-01-02 15:04:05"
	var got time.Time
	d := Prompt(PromptForm{Name: "settime", Title: "Set date", Label: "Date", Value: t.In(loc).Format(form), OK: "Set",
		About: "YYYY-MM-DD, with HH:MM and :SS if you like, in " + zoneName(t, loc), Check: func(s string) (err error) {
			s = strings.Join(strings.Fields(strings.Replace(s, "T", " ", 1)), " ")
			for _, f := range []string{form, "2006-01-02 15:04", "2006-01-02"} {
				if got, err = time.ParseInLocation(f, s, loc); err == nil {
					return nil
				}
			}
			return errors.New("not a date: want 2026-11-22 13:00")
		}})
	d.parts = append([]part{&name{text: what, role: strong}}, d.parts...)
	inner := d.done
	d.done = func(c string) (Value, error) {
		if _, err := inner(c); err != nil {
			return nil, err
		}
		return got, nil
	}
	return d
}

func zoneName(t time.Time, loc *time.Location) string {
	if loc == time.UTC {
		return "UTC"
	}
	return "your local time (" + t.In(loc).Format("-07:00") + ")"
}
