package queue

import (
	"fmt"
	"slices"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ui/action"
)

// deed is what an action does in the full view.
type deed struct {
	do  func(*View) action.Intent
	why func(*View) string // why it cannot be done now; nil: it always can
}

// Act finds what an action does in the full view, nil when that is not the
// view's business, and why it cannot be done now.
func (v *View) Act(name string) (do func() action.Intent, why string) {
	d, ok := deeds[name]
	if !ok {
		return nil, ""
	}
	if d.why != nil {
		why = d.why(v)
	}
	return func() action.Intent { return d.do(v) }, why
}

var deeds = map[string]deed{}

func init() {
	moves := map[string]func(v *View) int{
		"up":        func(v *View) int { return v.at - 1 },
		"down":      func(v *View) int { return v.at + 1 },
		"page-up":   func(v *View) int { return v.at - max(v.rows()-1, 1) },
		"page-down": func(v *View) int { return v.at + max(v.rows()-1, 1) },
		"top":       func(*View) int { return 0 },
		"bottom":    func(v *View) int { return v.total - 1 },
	}
	for name, to := range moves {
		deeds[name] = deed{do: func(v *View) action.Intent { v.move(to(v)); return nil }}
	}
	for i, t := range tabs {
		deeds["list-"+t.name] = deed{do: func(v *View) action.Intent { v.show(i); return nil }}
	}
	deeds["list-next"] = deed{do: func(v *View) action.Intent { v.show(v.tab + 1); return nil }}
	deeds["list-prev"] = deed{do: func(v *View) action.Intent { v.show(v.tab - 1); return nil }}
	deeds["close-view"] = deed{do: func(*View) action.Intent { return action.Close{} }}
	deeds["queue"] = deeds["close-view"]
	deeds["cancel"] = deed{do: func(v *View) action.Intent {
		if len(v.marks) > 0 {
			clear(v.marks)
			return nil
		}
		return action.Close{}
	}}
	deeds["mark"] = deed{do: (*View).markNext, why: (*View).noItem}
	deeds["mark-all"] = deed{do: (*View).markAll, why: (*View).noItem}
	deeds["unmark-all"] = deed{do: func(v *View) action.Intent { clear(v.marks); return nil }}
	deeds["context"] = deed{do: func(v *View) action.Intent { return Menu{X: 4, Y: v.at - v.top + 4} }, why: (*View).noItem}
	deeds["item-pause"] = deed{do: (*View).pause, why: (*View).noPause}
	deeds["item-cancel"] = deed{do: (*View).cancel, why: (*View).noItem}
	deeds["item-retry"] = deed{do: func(v *View) action.Intent { return v.control(ftpsvc.Retry) }, why: (*View).noRetry}
	deeds["item-now"] = deed{do: (*View).now, why: (*View).noNow}
	deeds["item-up"] = deed{do: func(v *View) action.Intent { return v.order(-1) }, why: (*View).noOrder}
	deeds["item-down"] = deed{do: func(v *View) action.Intent { return v.order(1) }, why: (*View).noOrder}
	deeds["item-priority"] = deed{do: func(v *View) action.Intent {
		it, _ := v.current()
		return AskPriority{Items: v.chosen(), Now: it.Priority}
	}, why: (*View).noPriority}
	deeds["item-folder"] = deed{do: func(v *View) action.Intent { it, _ := v.current(); return Jump{it} }, why: (*View).noItem}
	deeds["item-log"] = deed{do: func(v *View) action.Intent { it, _ := v.current(); return ShowLog{it.ID} }, why: (*View).noItem}
	deeds["item-copy"] = deed{do: func(v *View) action.Intent { it, _ := v.current(); return Copy{copyText(it)} }, why: (*View).noItem}
}

func (v *View) noItem() string {
	if _, ok := v.current(); !ok && len(v.marks) == 0 {
		return "the list is empty"
	}
	return ""
}

// unfit is the reason where the item under the cursor is in none of the states;
// of several marked ones those that are do what is asked.
func (v *View) unfit(why string, states ...queue.State) string {
	it, ok := v.current()
	if len(v.marks) > 0 || ok && slices.Contains(states, it.State) {
		return ""
	}
	if !ok {
		return "the list is empty"
	}
	return fmt.Sprintf("%s is %s: %s", Name(it), it.State, why)
}

func (v *View) noPause() string {
	return v.unfit("only what is not over can be paused", queue.Queued, queue.Running, queue.Scanning, queue.Waiting, queue.Retrying, queue.Paused)
}

func (v *View) noRetry() string {
	return v.unfit("only what failed or was canceled is retried", queue.Failed, queue.Canceled)
}

func (v *View) noNow() string {
	return v.unfit("only what waits can be hurried", queue.Queued, queue.Retrying, queue.Paused)
}

func (v *View) noPriority() string {
	return v.unfit("only what is to come has a priority", queue.Queued, queue.Retrying, queue.Paused)
}

func (v *View) noOrder() string {
	switch tabs[v.tab].name {
	case "all", "waiting":
		if len(v.marks) > 0 {
			return "one after the other: " + v.Keys.Key("unmark-all") + " takes off the marks"
		}
		return v.unfit("only what waits has an order", queue.Queued)
	}
	return "what waits is in the lists of all and waiting: " + v.Keys.Key("list-waiting") + " shows it"
}

func (v *View) markNext() action.Intent {
	if it, ok := v.current(); ok {
		v.toggle(it.ID)
		v.move(v.at + 1)
	}
	return nil
}

// markAll marks the items of the list that are in memory: some hundred around the cursor.
func (v *View) markAll() action.Intent {
	for _, it := range v.items {
		v.marks[it.ID] = true
	}
	return nil
}

func copyText(it queue.Item) string {
	s := side(it.From) + it.Source + " -> " + side(it.To) + it.Target
	if it.Err != "" {
		s += "\n" + it.Err
	}
	return s
}

func (v *View) control(op ftpsvc.ControlOp) action.Intent {
	c := ftpsvc.Control{Op: op, Items: v.chosen()}
	clear(v.marks)
	return c
}

func (v *View) pause() action.Intent {
	if it, ok := v.current(); ok && it.State == queue.Paused {
		return v.control(ftpsvc.Resume)
	}
	return v.control(ftpsvc.Pause)
}

// now tries an item that waits for its next try, or moves a queued one to the front.
func (v *View) now() action.Intent {
	if it, ok := v.current(); ok && it.State == queue.Queued && len(v.marks) == 0 {
		v.want = it.ID
		return ftpsvc.Control{Op: ftpsvc.Reorder, Items: []int64{it.ID}}
	}
	return v.control(ftpsvc.RunNow)
}

// cancel asks first where something was begun, which goes with it, or when more
// than one is meant; what is over is forgotten.
func (v *View) cancel() action.Intent {
	it, _ := v.current()
	items := v.chosen()
	switch done, _ := v.State.bytes(it); {
	case len(items) > 1:
		return AskCancel{Items: items, Count: int64(len(items))}
	case it.State.IsFinal():
		return v.control(ftpsvc.Clear)
	case done > 0:
		return AskCancel{Items: items, Count: 1, Item: it}
	}
	return v.control(ftpsvc.CancelItems)
}

// order moves a queued item by one place; the place is among the queued ones.
func (v *View) order(step int) action.Intent {
	it, _ := v.current()
	place := v.at
	if tabs[v.tab].name == "all" {
		for _, st := range atWork {
			place -= int(v.State.view.Counts.ByState[st])
		}
	}
	v.want = it.ID
	return ftpsvc.Control{Op: ftpsvc.Reorder, Items: []int64{it.ID}, Value: int64(max(place+step, 0))}
}
