package ftpsvc

import (
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// parked is an item that waits for the user.
type parked struct {
	item   queue.Item
	source vfs.Entry
	target vfs.Entry
	asked  ID // the open question, 0 when another one of the job is asked first
}

// park puts an item aside until the user has answered; one question a job is open at a time.
func (e *engine) park(j *job, p *parked) {
	if j.dropped {
		j.here--
		e.settleAs(p.item, queue.Canceled)
		return
	}
	p.item.State = queue.Waiting
	e.keep.later(p.item)
	j.parked = append(j.parked, p)
	e.askNext(j)
}

// askNext asks about the first parked item of a job, unless one is being asked.
func (e *engine) askNext(j *job) {
	if len(j.parked) == 0 {
		return
	}
	for _, p := range j.parked {
		if p.asked != 0 {
			return
		}
	}
	p := j.parked[0]
	q := e.s.pose(Question{Kind: AskConflict, Conn: Conn(p.item.To), Item: p.item, Source: p.source, Target: p.target, Others: len(j.parked) - 1}, nil)
	p.asked = q.ID
	q.settled = func(a Answer) { e.answered(j, p, a) }
}

// answered goes on with a parked item, and with the rest of the job when told
// so; no answer for the rest cancels the job.
func (e *engine) answered(j *job, p *parked, a Answer) {
	word, _ := a.Value.(queue.Conflict)
	var go_ []*parked
	if a.Rest {
		go_, j.parked = j.parked, nil
		if j.answer = word; word == "" {
			j.dropped = true
			e.cancelJobs(j.id)
		}
	} else {
		go_ = []*parked{p}
		for i, q := range j.parked {
			if q == p {
				j.parked = append(j.parked[:i:i], j.parked[i+1:]...)
				break
			}
		}
	}
	for _, q := range go_ {
		e.gone(&q.item)
		if word == "" {
			e.settleAs(q.item, queue.Canceled)
			continue
		}
		it := q.item
		it.Answer, it.State = word, queue.Queued
		e.hold(&it, true)
	}
	e.askNext(j)
}

// conflictOf is the policy for an item whose target is taken.
func conflictOf(it queue.Item, o queue.Options, rest queue.Conflict) queue.Conflict {
	for _, c := range []queue.Conflict{it.Answer, rest, o.Conflict} {
		if c != "" && c != queue.Ask {
			return c
		}
	}
	return queue.Ask
}

// conflict is what an Answer to AskConflict holds.
type conflict = queue.Conflict
