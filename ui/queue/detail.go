package queue

import (
	"fmt"
	"strings"

	"ferry/ftpsvc/queue"
	"ferry/ui/action"
	"ferry/ui/text"
)

// detail says all there is to say of the item under the cursor.
func (v *View) detail() []string {
	t, m := v.Theme, v.Theme.Method
	n := v.details()
	room := v.w - 4
	var lines []string
	if it, ok := v.current(); ok {
		lines = append(lines, t.Strong.Render(m.CutMiddle(m.Display(side(it.From)+it.Source), room/2-2))+t.Dim.Render("  "+t.Glyphs.Arrow+"  ")+
			t.Strong.Render(m.CutMiddle(m.Display(side(it.To)+it.Target), room/2-2)))
		if it.Err != "" {
			for _, s := range m.Wrap(m.Display(it.Err), room) {
				lines = append(lines, t.Error.Render(s))
			}
		}
		if h := Hint(it, v.Keys); h != "" {
			if len(lines) >= n {
				lines = lines[:max(n-1, 1)]
			}
			lines = append(lines, t.Info.Render(m.Cut(h, room)))
		}
		lines = append(lines, t.Dim.Render(facts(it)))
	}
	out := []string{t.Border.Render(strings.Repeat(t.Glyphs.Light.H, max(v.w-2, 0)))}
	out[0] = t.Row(v.w, true, out[0])
	for i := range n {
		s := ""
		if i < len(lines) {
			s = " " + m.Cut(lines[i], room)
		}
		out = append(out, t.Row(v.w, true, s))
	}
	return out
}

func side(conn string) string {
	if conn == "" {
		return ""
	}
	return conn + " "
}

func facts(it queue.Item) string {
	s := fmt.Sprintf("transfer %d, %s", it.ID, it.State)
	if it.Reached != "" {
		s += " (" + string(it.Reached) + ")"
	}
	if it.Size >= 0 && it.Kind == queue.KindFile {
		s += ", " + text.Size(it.Size)
	}
	if it.Tries > 1 {
		s += fmt.Sprintf(", tried %d times", it.Tries)
	}
	if it.Priority != 0 {
		s += fmt.Sprintf(", priority %d", it.Priority)
	}
	return s
}

// Hint says what mends a failed item, with the keys for it.
func Hint(it queue.Item, keys *action.Map) string {
	switch {
	case it.State == queue.Paused && it.Class == "disk":
		return "The disk is full: make room, then " + keys.Ref("item-pause") + " goes on."
	case it.State != queue.Failed && it.State != queue.Retrying:
		return ""
	}
	retry := keys.Ref("item-retry")
	if it.State == queue.Retrying {
		retry = keys.Ref("item-now")
	}
	switch it.Class {
	case "login":
		return "The login was refused: " + keys.Ref("sites") + " edits the site, then " + retry + " tries again."
	case "trust", "tls":
		return "The connection was not trusted: connect again and look at the certificate, then " + retry + " tries again."
	case "connect", "timeout", "lost":
		return "The server did not answer: " + retry + " tries now; the copy goes on from where it stopped."
	case "too-many":
		return "The server takes fewer connections: " + keys.Ref("sites") + " sets how many, then " + retry + " tries again."
	case "disk", "local":
		return "The local disk said no: make room or change the permissions, then " + retry + " tries again."
	case "quota":
		return "The server has no room left: delete something there, then " + retry + " tries again."
	case "conflict":
		return "The target was there already: " + retry + " asks again what to do."
	case "verify", "changed":
		return "What arrived is not what was sent: " + retry + " sends it again."
	case "name":
		return "The name cannot be sent to this server: rename it, or change the site's charset; then " + keys.Ref("copy") + " again."
	case "":
		return ""
	}
	return "The server said no: " + keys.Ref("item-folder") + " goes to the folder to look at its permissions, " + retry + " tries again."
}
