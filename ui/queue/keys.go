package queue

import (
	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ui/action"
)

// Key handles a key of the full view.
func (v *View) Key(k tea.KeyPressMsg) action.Intent {
	page := max(v.rows()-1, 1)
	switch s := k.String(); s {
	case "esc":
		if len(v.marks) > 0 {
			clear(v.marks)
			return nil
		}
		return action.Close{}
	case "q", "w", "f10", "alt+q", "ctrl+c":
		return action.Close{}
	case "up", "k":
		v.move(v.at - 1)
	case "down", "j":
		v.move(v.at + 1)
	case "pgup", "ctrl+b":
		v.move(v.at - page)
	case "pgdown", "ctrl+f":
		v.move(v.at + page)
	case "home", "g":
		v.move(0)
	case "end", "G":
		v.move(v.total - 1)
	case "tab", "right":
		v.show(v.tab + 1)
	case "shift+tab", "left":
		v.show(v.tab - 1)
	case "1", "2", "3", "4", "5":
		v.show(int(s[0] - '1'))
	case "space", "insert":
		if it, ok := v.current(); ok {
			v.toggle(it.ID)
			v.move(v.at + 1)
		}
	default:
		return v.act(s)
	}
	return nil
}

// act is what a key does to the chosen items.
func (v *View) act(key string) action.Intent {
	it, ok := v.current()
	switch key {
	case "alt+p":
		if v.State.view.Paused {
			return ftpsvc.Control{Op: ftpsvc.Resume, All: true}
		}
		return ftpsvc.Control{Op: ftpsvc.Pause, All: true}
	case "X", "shift+x":
		return AskCancel{Count: v.State.Total().Active + v.State.Total().Waiting}
	case "R", "shift+r":
		return ftpsvc.Control{Op: ftpsvc.Retry, All: true}
	case "C", "shift+c":
		return ftpsvc.Control{Op: ftpsvc.Clear, All: true}
	case "L", "shift+l", "alt+l":
		return AskLimit{}
	}
	if !ok {
		return nil
	}
	switch key {
	case "p":
		op := ftpsvc.Pause
		if it.State == queue.Paused {
			op = ftpsvc.Resume
		}
		return v.control(op, 0)
	case "x", "delete", "f8":
		return v.cancel(it)
	case "r":
		return v.control(ftpsvc.Retry, 0)
	case "+", "plus", "shift+up", "K":
		return v.order(it, -1)
	case "-", "minus", "shift+down", "J":
		return v.order(it, 1)
	case "t":
		return v.control(ftpsvc.RunNow, 0)
	case "P", "shift+p":
		return AskPriority{Items: v.chosen(), Now: it.Priority}
	case "enter":
		return Jump{it}
	case "l", "d":
		return ShowLog{it.ID}
	case "y":
		return Copy{copyText(it)}
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

func (v *View) control(op ftpsvc.ControlOp, value int64) action.Intent {
	c := ftpsvc.Control{Op: op, Items: v.chosen(), Value: value}
	clear(v.marks)
	return c
}

// cancel asks first when more than one is meant; a final one is forgotten.
func (v *View) cancel(it queue.Item) action.Intent {
	items := v.chosen()
	if len(items) > 1 {
		return AskCancel{Items: items, Count: int64(len(items))}
	}
	if it.State.IsFinal() {
		return v.control(ftpsvc.Clear, 0)
	}
	return v.control(ftpsvc.CancelItems, 0)
}

// order moves a queued item by one place; the place is among the queued ones.
func (v *View) order(it queue.Item, step int) action.Intent {
	if it.State != queue.Queued {
		return nil
	}
	place := v.at
	switch tabs[v.tab].name {
	case "all":
		for _, st := range atWork {
			place -= int(v.State.view.Counts.ByState[st])
		}
	case "waiting":
	default:
		return nil
	}
	v.want = it.ID
	return ftpsvc.Control{Op: ftpsvc.Reorder, Items: []int64{it.ID}, Value: int64(max(place+step, 0))}
}
