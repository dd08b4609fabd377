package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ferry/config"
	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
)

func newQueue(e *env, o *options) *cobra.Command {
	q := group(&cobra.Command{
		Use:   "queue ls|add|run|pause|resume|retry|rm",
		Short: "look at the transfer queue, and steer it",
		Long: `The transfer queue is one for the screen and the verbs, and outlives both.
Items are named by the numbers that ferry queue ls prints.`,
	})
	q.AddCommand(newQueueLs(e, o), newQueueAdd(e, o), newQueueRun(e, o),
		newQueueControl(e, o, "pause", "stop items and keep what they have", ftpsvc.Pause),
		newQueueControl(e, o, "resume", "let paused items go on", ftpsvc.Resume),
		newQueueControl(e, o, "retry", "queue failed and canceled items again", ftpsvc.Retry),
		newQueueControl(e, o, "rm", "cancel items that are not over and forget them", ftpsvc.Forget))
	return q
}

const queuePaused = "the queue is paused; ferry queue resume --all lets it go on"

// pageSize is how many items are read from the queue at a time.
const pageSize = 1000

func newQueueLs(e *env, o *options) *cobra.Command {
	var state string
	var asJSON bool
	c := &cobra.Command{
		Use:   "ls [--state STATE] [--json]",
		Short: "list items: number, state, size, done, source and target",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd.Context(), e, o, serviceOptions{queue: true})
			if err != nil {
				return err
			}
			defer c.close()
			var f queue.Filter
			if state != "" {
				f.States = []queue.State{queue.State(state)}
			}
			for off := 0; ; {
				v, err := c.do(ftpsvc.QueuePage{Filter: f, Offset: off, Limit: pageSize})
				if err != nil {
					return err
				}
				rows, _ := v.(ftpsvc.QueueRows)
				for _, it := range rows.Items {
					if err := e.printItem(it, asJSON); err != nil {
						return err
					}
				}
				if off += len(rows.Items); len(rows.Items) == 0 || off >= rows.Total {
					if rows.Paused && !o.quiet {
						e.say("ferry: " + queuePaused)
					}
					return nil
				}
			}
		},
	}
	c.Flags().Var(word(&state, "queued", "scanning", "running", "waiting", "retrying", "paused", "done", "skipped", "failed", "canceled"), "state", "only items in this state")
	c.Flags().BoolVar(&asJSON, "json", false, "an object a line")
	return c
}

// jsonItem is what `queue ls --json` prints for an item.
type jsonItem struct {
	ID      int64  `json:"id"`
	Job     int64  `json:"job"`
	Kind    string `json:"kind"`
	State   string `json:"state"`
	Reached string `json:"reached,omitempty"`
	From    string `json:"from,omitempty"` // account; "" is local
	To      string `json:"to,omitempty"`
	Source  string `json:"source"`
	Target  string `json:"target"`
	Size    *int64 `json:"size,omitempty"`
	Bytes   int64  `json:"bytes"`
	Tries   int    `json:"tries,omitempty"`
	Prio    int    `json:"priority,omitempty"` // higher goes first
	Error   string `json:"error,omitempty"`
}

func (e *env) printItem(it queue.Item, asJSON bool) error {
	if asJSON {
		j := jsonItem{it.ID, it.Job, string(it.Kind), string(it.State), string(it.Reached), it.From, it.To, it.Source, it.Target, nil, it.Bytes, it.Tries, it.Priority, it.Err}
		if it.Size >= 0 {
			j.Size = &it.Size
		}
		enc := json.NewEncoder(e.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(j)
	}
	end := func(account, path string) string {
		if account != "" {
			return account + ":" + path
		}
		return path
	}
	word := string(it.State)
	switch {
	case it.State == queue.Done:
		word = string(it.Reached)
	case it.State == queue.Queued && it.Reached != queue.Nothing:
		word = "sent" // and not proven yet
	}
	_, err := fmt.Fprintf(e.out, "%6d  %-12s %8s %8s  %s -> %s\n", it.ID, word, text.Size(it.Size), text.Size(it.Bytes),
		e.name(end(it.From, it.Source)), e.name(end(it.To, it.Target)))
	if err == nil && it.State == queue.Failed && it.Err != "" {
		_, err = fmt.Fprintf(e.out, "%8s%s\n", "", text.Display(it.Err))
	}
	return err
}

func newQueueAdd(e *env, o *options) *cobra.Command {
	var f transferFlags
	c := &cobra.Command{
		Use:   "add get|put [-r] ARGUMENT...",
		Short: "queue what get or put would do, and leave it to the screen or to queue run",
		Long: `Queue what ferry get or ferry put would do with the same arguments, and end.
What runs it is the screen, or ferry queue run. Passwords are never in the queue.`,
		Args: atLeast(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] != "get" && args[0] != "put" || args[0] == "put" && len(args) < 3 {
				return usage("use: ferry queue add get [-r] URL... [DEST], or ferry queue add put [-r] PATH... URL")
			}
			c, err := f.client(cmd.Context(), e, o)
			if err != nil {
				return err
			}
			defer c.close()
			make := c.downloads
			if args[0] == "put" {
				make = c.uploads
			}
			copies, err := make(&f, args[1:])
			if err != nil {
				return err
			}
			for _, r := range copies {
				r.Later = true
				v, err := c.do(r)
				if err != nil {
					return err
				}
				if j, ok := v.(ftpsvc.JobResult); ok && !o.quiet {
					e.say("queued as job %d", j.Job)
				}
			}
			return nil
		},
	}
	f.flags(c, false)
	f.downFlags(c)
	return c
}

func newQueueRun(e *env, o *options) *cobra.Command {
	var f transferFlags
	c := &cobra.Command{
		Use:   "run",
		Short: "run what is queued until nothing is left",
		Long: `Run what is queued until nothing is left that can run here. The exit code is 0
only when nothing is left at all: what is paused, or waits for an answer that
nobody can give because there is no terminal, is told and makes it 7.`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd.Context(), e, o, serviceOptions{queue: true, foreign: true, parallel: f.parallel, limitDown: f.limit, limit: f.limit})
			if err != nil {
				return err
			}
			defer c.close()
			c.leaves = true
			if o.insecure {
				c.warnInsecure()
			}
			if err := c.singleAccount(); err != nil {
				return err
			}
			return c.runQueue(f.progress)
		},
	}
	s := c.Flags()
	s.IntVar(&f.parallel, "parallel", 0, "connections for transfers (default 4)")
	s.Var(rate{&f.limit, config.ParseRate}, "limit", "bytes a second at most, such as 500k or 2M")
	s.Var(word(&f.progress, "bar", "lines", "json", "none"), "progress", "bar or lines on stderr, json on stdout, or none (default bar on a terminal, else none)")
	return c
}

// errSeveral is why a password that names no account is given to none.
var errSeveral = errors.New("several accounts are queued, so FERRY_PASSWORD and --password-stdin are for none of them")

// nobody is no account: a password that is for it goes to no server.
const nobody = "nobody"

// singleAccount finds out whether all that is queued is of one account: only
// then FERRY_PASSWORD says whose password it is.
func (c *client) singleAccount() error {
	if os.Getenv("FERRY_PASSWORD") == "" && !c.o.passwordStdin {
		return nil
	}
	look, err := newClient(c.ctx, c.e, &options{quiet: true}, serviceOptions{queue: true})
	if err != nil {
		return err
	}
	defer look.close()
	open := queue.Filter{States: []queue.State{queue.Queued, queue.Scanning, queue.Running, queue.Waiting, queue.Retrying}}
	found := map[string]bool{}
	for off := 0; len(found) < 2; {
		v, err := look.do(ftpsvc.QueuePage{Filter: open, Offset: off, Limit: pageSize})
		if err != nil {
			return err
		}
		rows, _ := v.(ftpsvc.QueueRows)
		for _, it := range rows.Items {
			for _, account := range []string{it.From, it.To} {
				if account != "" {
					found[account] = true
				}
			}
		}
		if off += len(rows.Items); len(rows.Items) == 0 {
			break
		}
	}
	switch len(found) {
	case 0:
	case 1:
		for account := range found {
			c.single = account
		}
	default:
		c.single = nobody
		if !c.o.quiet && c.e.terminal() { // else who fails for it says so
			c.e.say("ferry: %v", errSeveral)
		}
	}
	return nil
}

// runQueue works until the queue has nothing more that can run here.
func (c *client) runQueue(form string) error {
	p := newProgress(c, form)
	var sum ftpsvc.JobResult
	c.onItem = func(d ftpsvc.ItemDone) {
		p.item(d)
		if d.Item.Kind == queue.KindTree && d.Item.State != queue.Failed {
			return
		}
		sum.Bytes += d.Item.Bytes
		switch d.Item.State {
		case queue.Done:
			sum.Done++
		case queue.Skipped:
			sum.Skipped++
		case queue.Failed:
			sum.Failed++
		}
	}
	var last ftpsvc.QueueView
	over := false
	c.onBatch = func(b ftpsvc.Batch) {
		p.batch(b)
		if b.Queue != nil {
			last = *b.Queue
			over = c.atRest(last)
		}
	}
	if _, err := c.do(ftpsvc.QueuePage{Limit: 1}); err != nil { // opens the file
		return err
	}
	for !over {
		if c.ctx.Err() != nil {
			return context.Canceled
		}
		if err := c.pump(); err != nil {
			return err
		}
	}
	// The view may have been of an item's end before that was told.
	if _, err := c.do(ftpsvc.QueuePage{Limit: 1}); err != nil {
		return err
	}
	p.end(sum)
	left := c.tellLeft(last)
	if !last.Paused && sum.Done+sum.Skipped+sum.Failed > 0 {
		c.atEnd()
	}
	switch {
	case c.refusal != nil:
		return c.refusal
	case sum.Failed > 0 || left:
		return errReported{exitCode(vfs.ExitSome)}
	}
	return nil
}

// atRest reports whether the queue has nothing more that can run here.
func (c *client) atRest(v ftpsvc.QueueView) bool {
	n := v.Counts.ByState
	next := n[queue.Queued]
	if c.e.terminal() {
		next += n[queue.Waiting]
	}
	return n[queue.Running]+n[queue.Scanning]+n[queue.Retrying] == 0 && (v.Paused || c.refusal != nil || next == 0)
}

// tellLeft tells what is left in the queue, and how it goes on.
func (c *client) tellLeft(v ftpsvc.QueueView) bool {
	n := v.Counts.ByState
	items := func(k int64, is, are string) string { return text.Plural(k, "item "+is, "items "+are) }
	if v.Paused {
		c.e.say("ferry: " + queuePaused)
	} else if k := n[queue.Paused]; k > 0 {
		c.e.say("ferry: %s paused; ferry queue resume lets them go on, by their numbers or with --all", items(k, "is", "are"))
	}
	if k := n[queue.Waiting]; k > 0 {
		such := ""
		if i := slices.IndexFunc(v.Active, func(it queue.Item) bool { return it.State == queue.Waiting }); i >= 0 {
			such = " (" + c.e.name(v.Active[i].Target) + ")"
		}
		c.e.say("ferry: %s for an answer, for there is something at the target%s; ferry queue run on a terminal asks, and so does the screen", items(k, "waits", "wait"), such)
	}
	return v.Counts.Open() > 0
}

// atEnd does what the settings say for the moment when the queue is empty.
func (c *client) atEnd() {
	t := c.conf.Transfer
	switch t.AtEnd {
	case "bell":
		if c.e.errTTY {
			fmt.Fprint(c.e.err, "\a")
		}
	case "notify":
		if c.e.errTTY {
			fmt.Fprint(c.e.err, text.Notify("the queue is done", os.Getenv))
		}
	case "command":
		if len(t.AtEndCommand) > 0 {
			cmd := exec.CommandContext(c.ctx, t.AtEndCommand[0], t.AtEndCommand[1:]...)
			cmd.Stderr = c.e.err
			if err := cmd.Run(); err != nil {
				c.e.say("ferry: run %q: %v", strings.Join(t.AtEndCommand, " "), err)
			}
		}
	}
}

// inQueue refuses numbers that are of no item.
func (c *client) inQueue(ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	v, err := c.do(ftpsvc.QueuePage{Items: ids})
	if err != nil {
		return err
	}
	there := map[int64]bool{}
	for _, it := range v.(ftpsvc.QueueRows).Items {
		there[it.ID] = true
	}
	for _, id := range ids {
		if !there[id] {
			return usage("no item %d is in the queue, so nothing was changed; ferry queue ls prints the numbers", id)
		}
	}
	return nil
}

func newQueueControl(e *env, o *options, name, short string, op ftpsvc.ControlOp) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   name + " NUMBER... | --all",
		Short: short,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctl := ftpsvc.Control{Op: op, All: all}
			for _, a := range args {
				n, err := strconv.ParseInt(a, 10, 64)
				if err != nil || n < 1 {
					return usage("%q is no number of an item; ferry queue ls prints them", a)
				}
				ctl.Items = append(ctl.Items, n)
			}
			if all == (len(args) > 0) {
				return usage("name items by their numbers, or give --all")
			}
			c, err := newClient(cmd.Context(), e, o, serviceOptions{queue: true})
			if err != nil {
				return err
			}
			defer c.close()
			if err := c.inQueue(ctl.Items); err != nil {
				return err
			}
			_, err = c.do(ctl)
			return err
		},
	}
	c.Flags().BoolVar(&all, "all", false, "every item")
	return c
}
