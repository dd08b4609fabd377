// Package queue draws the transfer queue: a strip under the panes, and a full
// view with tabs, a cursor and all that can be done to a transfer. It keeps
// the last snapshot it was given and nothing else; what is to be done it
// reports as an action.Intent.
package queue

import (
	"slices"
	"time"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
)

// State is the newest of the queue, shared by the strip and the full view.
type State struct {
	Lost map[ftpsvc.Conn]bool // connections that are lost; the root's, read only

	view     ftpsvc.QueueView
	progress map[int64]ftpsvc.Progress
	now      time.Time

	message string
	spark   [sparkSeconds]int64 // rates, one a second, newest last
	second  int64               // Unix time of the newest
}

const sparkSeconds = 60

// Apply takes the news of a batch and reports whether anything that is drawn
// may have changed.
func (s *State) Apply(b ftpsvc.Batch) bool {
	if b.Queue == nil && len(b.Progress) == 0 {
		return false
	}
	s.now = b.Now
	if s.progress == nil {
		s.progress = map[int64]ftpsvc.Progress{}
	}
	for _, p := range b.Progress {
		s.progress[p.Item] = p
	}
	if b.Queue != nil {
		s.view = *b.Queue
		active := make(map[int64]bool, len(s.view.Active))
		for _, it := range s.view.Active {
			active[it.ID] = true
		}
		for id := range s.progress {
			if !active[id] {
				delete(s.progress, id)
			}
		}
	}
	s.sample(b.Now.Unix(), s.Rate())
	return true
}

// SetNow moves the clock, for what counts down while no news come.
func (s *State) SetNow(now time.Time) { s.now = now }

// CountsDown reports whether an item that is shown waits for its next try.
func (s *State) CountsDown() bool {
	return slices.ContainsFunc(s.view.Active, func(it queue.Item) bool { return it.State == queue.Retrying && it.NotBefore.After(s.now) })
}

// sample keeps one rate a second; seconds without news had none.
func (s *State) sample(second, rate int64) {
	switch step := second - s.second; {
	case step <= 0:
	case step >= sparkSeconds || s.second == 0:
		clear(s.spark[:])
	default:
		copy(s.spark[:], s.spark[step:])
		clear(s.spark[sparkSeconds-step:])
	}
	s.second = max(s.second, second)
	s.spark[sparkSeconds-1] = rate
}

// SetMessage keeps the last line of a server, for the strip.
func (s *State) SetMessage(text string) { s.message = text }

// Rate is bytes a second over all running transfers.
func (s *State) Rate() (rate int64) {
	for _, it := range s.view.Active {
		if it.State == queue.Running {
			rate += s.progress[it.ID].Rate
		}
	}
	return rate
}

// Total is the queue in sum. Active are those at work, those that ask, and
// those that try again; Waiting those that are to come; Stopped the paused ones.
type Total struct {
	Active, Waiting, Stopped, Failed, Done, Skipped, Canceled int64 // items

	Moved, Bytes int64
	Rate         int64
	Left         time.Duration // -1: not known
	Paused       bool          // the whole queue
}

// Total sums up; ferry's window title and the taskbar show it too.
func (s *State) Total() Total {
	c := s.view.Counts.ByState
	t := Total{
		Active:  c[queue.Running] + c[queue.Scanning] + c[queue.Waiting] + c[queue.Retrying],
		Waiting: c[queue.Queued],
		Stopped: c[queue.Paused],
		Failed:  c[queue.Failed],
		Done:    c[queue.Done],
		Skipped: c[queue.Skipped], Canceled: c[queue.Canceled],
		Bytes: s.view.Counts.Bytes, Moved: s.view.Counts.Moved,
		Rate: s.Rate(), Left: -1, Paused: s.view.Paused,
	}
	// What is stored lags behind what was moved.
	for _, it := range s.view.Active {
		t.Moved += max(s.progress[it.ID].Bytes-it.Bytes, 0)
	}
	t.Moved = min(t.Moved, t.Bytes)
	if t.Rate > 0 && t.Bytes > 0 {
		t.Left = time.Duration(float64(t.Bytes-t.Moved) / float64(t.Rate) * float64(time.Second))
	}
	return t
}

// Asking is how many items of a job wait for an answer, as far as is known: a
// snapshot holds only the first of many, the rest may be of any job.
func (s *State) Asking(job int64) int64 {
	n := s.view.Counts.ByState[queue.Waiting]
	for _, it := range s.view.Active {
		if it.State == queue.Waiting && it.Job != job {
			n--
		}
	}
	return n
}

// Open is how many items are not over.
func (t Total) Open() int64 { return t.Active + t.Waiting + t.Stopped }

// Over is how many are.
func (t Total) Over() int64 { return t.Done + t.Skipped + t.Failed + t.Canceled }

// Busy reports whether anything is at work.
func (s *State) Busy() bool { return s.Total().Active > 0 }

// Find returns the item of that number as far as the snapshot knows it.
func (s *State) Find(id int64) (queue.Item, bool) {
	for _, part := range [][]queue.Item{s.view.Active, s.view.Failed, s.view.Next} {
		for _, it := range part {
			if it.ID == id {
				return it, true
			}
		}
	}
	return queue.Item{}, false
}

// Newest is the item at work that began last, for a key that cancels one.
func (s *State) Newest() (queue.Item, bool) {
	var best queue.Item
	for _, it := range s.view.Active {
		if it.ID > best.ID {
			best = it
		}
	}
	return best, best.ID != 0
}

// done and size of an item, by its newest progress.
func (s *State) bytes(it queue.Item) (done, size int64) {
	p, ok := s.progress[it.ID]
	if !ok {
		return it.Bytes, it.Size
	}
	size = p.Size
	if size < 0 {
		size = it.Size
	}
	return max(p.Bytes, it.Bytes), size
}

func (s *State) left(it queue.Item) time.Duration {
	p, ok := s.progress[it.ID]
	if !ok {
		return -1
	}
	return p.Left
}

// shown are the items a strip of n rows shows: those at work, then what
// failed, then what comes next.
func (s *State) shown(n int) []queue.Item {
	var out []queue.Item
	add := func(items []queue.Item, limit int) {
		for _, it := range items {
			if len(out) >= limit {
				return
			}
			out = append(out, it)
		}
	}
	room := n
	if len(s.view.Failed) > 0 && n > 1 {
		room = n - 1
	}
	for _, st := range []queue.State{queue.Waiting, queue.Running, queue.Scanning, queue.Retrying, queue.Paused} {
		for _, it := range s.view.Active {
			if it.State == st && len(out) < room {
				out = append(out, it)
			}
		}
	}
	add(s.view.Failed, n)
	add(s.view.Next, n)
	return out
}

// slowest is the running transfer that will take longest, else the first shown.
func (s *State) slowest() (queue.Item, bool) {
	var best queue.Item
	var left time.Duration = -2
	for _, it := range s.view.Active {
		if it.State == queue.Waiting {
			return it, true // it needs the user
		}
		if it.State == queue.Running && s.left(it) > left {
			best, left = it, s.left(it)
		}
	}
	if best.ID != 0 {
		return best, true
	}
	if items := s.shown(1); len(items) > 0 {
		return items[0], true
	}
	return best, false
}
