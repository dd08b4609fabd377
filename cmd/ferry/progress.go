package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
)

// progress tells how transfers go: as a line that is drawn over, as lines, as
// JSON, or not at all. Failures are told in every form.
type progress struct {
	c       *client
	form    string // bar, lines, json, none
	started time.Time
	names   map[int64]queue.Item // running ones, from the last view
	running map[int64]ftpsvc.Progress
	files   int64 // over
	bytes   int64 // of those
	known   int64 // bytes of the whole queue as last counted, 0 unknown
	width   int
	told    bool // a failure was printed
}

func newProgress(c *client, form string) *progress {
	p := &progress{c: c, form: form, started: time.Now(), names: map[int64]queue.Item{}, running: map[int64]ftpsvc.Progress{}, width: 80}
	if p.form == "" {
		if p.form = "none"; c.e.errTTY {
			p.form = "bar"
		}
	}
	if w, _, err := term.GetSize(2); err == nil && w > 0 {
		p.width = w
	}
	return p
}

// event is a line of --progress=json.
type event struct {
	Event   string  `json:"event"` // progress, done, skipped, failed, canceled, end
	Item    int64   `json:"item,omitempty"`
	Source  string  `json:"source,omitempty"`
	Target  string  `json:"target,omitempty"`
	Bytes   int64   `json:"bytes"`
	Size    *int64  `json:"size,omitempty"`
	Rate    int64   `json:"rate,omitempty"` // bytes a second
	Left    float64 `json:"left,omitempty"` // seconds
	Reached string  `json:"reached,omitempty"`
	Error   string  `json:"error,omitempty"`
	Done    int64   `json:"done,omitempty"`
	Skipped int64   `json:"skipped,omitempty"`
	Failed  int64   `json:"failed,omitempty"`
	Paused  int64   `json:"paused,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
}

func (p *progress) json(ev event) {
	enc := json.NewEncoder(p.c.e.out)
	enc.SetEscapeHTML(false)
	if enc.Encode(ev) == nil {
		_ = p.c.e.out.Flush()
	}
}

// item hears of one that is over.
func (p *progress) item(d ftpsvc.ItemDone) {
	it := d.Item
	delete(p.running, it.ID)
	delete(p.names, it.ID)
	if it.Kind != queue.KindTree {
		p.files++
		p.bytes += it.Bytes
	}
	if it.State == queue.Failed {
		p.told = true
		if p.form != "json" {
			p.c.e.say("ferry: %s", it.Err)
		}
	}
	switch {
	case p.form == "lines" && it.Kind != queue.KindTree && it.State != queue.Failed:
		word := string(it.State)
		if it.State == queue.Done {
			word = string(it.Reached)
		}
		p.c.e.say("%-12s %8s  %s -> %s", word, text.Size(it.Size), it.Source, it.Target)
	case p.form == "json":
		ev := event{Event: string(it.State), Item: it.ID, Source: vfs.BytesOfName(it.Source), Target: vfs.BytesOfName(it.Target),
			Bytes: it.Bytes, Reached: string(it.Reached), Error: it.Err}
		if it.Size >= 0 {
			ev.Size = &it.Size
		}
		p.json(ev)
	}
}

func (p *progress) batch(b ftpsvc.Batch) {
	if q := b.Queue; q != nil {
		for _, it := range q.Active {
			p.names[it.ID] = it
		}
		p.known = q.Counts.Bytes
	}
	for _, r := range b.Progress {
		p.running[r.Item] = r
		if p.form == "json" {
			ev := event{Event: "progress", Item: r.Item, Bytes: r.Bytes, Rate: r.Rate, Source: p.names[r.Item].Source, Target: p.names[r.Item].Target}
			if r.Size >= 0 {
				ev.Size = &r.Size
			}
			if r.Left > 0 {
				ev.Left = r.Left.Seconds()
			}
			p.json(ev)
		}
	}
	if p.form == "bar" && p.c.ctx.Err() == nil {
		p.c.e.setStatus(p.bar())
	}
}

// bar is the one line that is drawn over.
func (p *progress) bar() string {
	var bytes, rate int64
	var last ftpsvc.Progress
	for _, r := range p.running {
		bytes += r.Bytes
		rate += r.Rate
		last = r
	}
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if len(p.running) == 1 && p.files == 0 {
		add(text.Percent(last.Bytes, last.Size, false))
	} else if n := p.files; n > 0 {
		add(text.Plural(n, "file", "files"))
	}
	add(text.Size(p.bytes + bytes))
	add(text.Rate(rate))
	if len(p.running) == 1 && last.Left > 0 {
		add(text.Duration(last.Left))
	}
	name := ""
	if len(p.running) > 0 {
		it := p.names[last.Item]
		name = vfs.OS.Base(it.Target)
		if it.Target == "" {
			name = ""
		}
		if n := len(p.running) - 1; n > 0 {
			name += fmt.Sprintf(" and %d more", n)
		}
	}
	line := strings.Join(parts, "  ")
	if room := p.width - len(line) - 3; name != "" && room > 8 {
		var m text.Method
		line += "  " + m.CutMiddle(m.Display(name), room)
	}
	return line
}

// end tells the sum.
func (p *progress) end(r ftpsvc.JobResult) {
	p.c.e.setStatus("")
	took := time.Since(p.started)
	switch p.form {
	case "json":
		p.json(event{Event: "end", Bytes: r.Bytes, Done: r.Done, Skipped: r.Skipped, Failed: r.Failed, Paused: r.Paused, Seconds: took.Seconds()})
	case "bar", "lines":
		if p.c.o.quiet {
			return
		}
		s := fmt.Sprintf("%s, %s in %s", text.Plural(r.Done, "file", "files"), text.Size(r.Bytes), text.Duration(took))
		for _, n := range []struct {
			n    int64
			word string
		}{{r.Skipped, "skipped"}, {r.Failed, "failed"}, {r.Canceled, "canceled"}, {r.Paused, "paused"}, {r.Lost, "left out"}} {
			if n.n > 0 {
				s += fmt.Sprintf(", %s %s", text.Count(n.n), n.word)
			}
		}
		p.c.e.say("%s", s)
	}
}
