package ftpsvc

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
)

// job is a Copy on its way, or one of another process of which items run here.
type job struct {
	id      int64
	options queue.Options
	request *request // nil when nobody here waits for it
	created time.Time
	few     bool      // it began with one or two items
	first   int64     // the number of its first item, 0 when that is not known
	trees   int       // folders that are done
	dress   *dressing // of them; nil: not begun
	open    int64     // items not final, as far as they came about here; < 0: not known
	here    int       // items in memory: ready, at work, parked, or late
	late    int       // those that were sent and wait for their proof
	result  JobResult
	answer  queue.Conflict // the user's word for the rest
	parked  []*parked
	roots   []queue.Item
	moved   *bool // whether the folders of a move were tidied; nil: not yet
	asking  bool  // the file is being asked whether anything is left
	dropped bool  // the user canceled what is left
	full    bool  // the local disk is, and what is left is being paused
	stopped bool  // it was, once: what was at work then has not failed for itself
}

func newJob(j queue.Job) *job {
	return &job{id: j.ID, options: j.Options, created: j.Created, few: j.Roots < listFrom, open: -1, result: JobResult{Job: j.ID}}
}

// ownJob marks a job as this process's alone, for as long as it lives.
const ownJob = "self"

// atRest reports whether nothing of a job is in memory but what waits for its proof.
func (j *job) atRest() bool { return j.here <= j.late }

// checkJobs looks after jobs at rest: their last items may have been ended by a
// control or by another process.
func (e *engine) checkJobs() {
	for _, j := range e.jobs {
		if !j.atRest() || j.asking || j.moved != nil {
			continue
		}
		if j.request == nil && j.here == 0 {
			delete(e.jobs, j.id)
			continue
		}
		j.asking = true
		e.keep.do(func(ctx context.Context, st *queue.Store) func() {
			_ = st.Flush(ctx)
			c, err := st.Counts(ctx, j.id)
			return func() {
				j.asking = false
				switch open := c.Open(); {
				case err == nil && j.atRest() && e.waits(j) && open > 0 && open == c.ByState[queue.Paused]:
					j.result.Paused = open
					e.leave(j)
				case err != nil || !j.atRest() || open > int64(j.late) || j.moved != nil:
				case open > 0:
					e.proveRest()
				case j.request != nil:
					j.result.Canceled = c.ByState[queue.Canceled]
					j.result.Failed = max(j.result.Failed, c.ByState[queue.Failed])
					e.endJob(j)
				}
			}
		})
	}
}

// waits reports whether somebody waits for a job who cannot let paused items go
// on: the one who can is another process.
func (e *engine) waits(j *job) bool {
	return !e.s.opt.Foreign && j.request != nil && !j.request.canceled && j.moved == nil && !j.full
}

// pauseOwn pauses the jobs that somebody waits for: the whole queue was paused
// meanwhile. One that is begun after that runs.
func (e *engine) pauseOwn() {
	var ids []int64
	for id, j := range e.jobs {
		if e.waits(j) {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 {
		e.keep.control(queue.OpPause, queue.Selection{Jobs: ids}, 0, nil)
	}
}

// leave ends the wait for a job of which only paused items are left.
func (e *engine) leave(j *job) {
	delete(e.jobs, j.id)
	r := j.request
	e.stored(func(err error) { e.s.finish(r, j.result, err) })
}

// endJob tells the result of a job.
func (e *engine) endJob(j *job) {
	if e.jobs[j.id] != j {
		return
	}
	if j.options.Move && j.moved == nil && j.request != nil && !j.request.canceled {
		e.tidy(j)
		return
	}
	if !e.dress(j) {
		return
	}
	delete(e.jobs, j.id)
	for k := range e.folders {
		if k.job == j.id {
			delete(e.folders, k)
		}
	}
	r := j.request
	if r == nil {
		return
	}
	if r.canceled {
		e.s.finish(r, nil, context.Canceled)
		return
	}
	if what := j.result.passedOver(); what != "" {
		e.s.out.put(Notice{Text: what})
	}
	e.stored(func(err error) { e.s.finish(r, j.result, err) })
}

// stored runs f once all that has become of items is in the file, and told, or
// with why that cannot be.
func (e *engine) stored(f func(error)) {
	upTo := e.ended()
	e.keep.do(func(ctx context.Context, st *queue.Store) func() {
		err := st.Flush(ctx)
		if errors.Is(err, queue.ErrLost) {
			err = nil // whoever took over stores it
		}
		return func() {
			if err == nil {
				e.tell(upTo)
			}
			f(err)
		}
	})
}

// ended is how many items were over up to now.
func (e *engine) ended() int { return e.said + len(e.unsaid) }

// tell tells of the items that were over by then: not before that is in the
// file, or a process that takes over would tell of them again.
func (e *engine) tell(upTo int) {
	n := max(0, upTo-e.said)
	for _, it := range e.unsaid[:n] {
		e.s.out.put(ItemDone{it})
	}
	e.said += n
	e.unsaid = slices.Delete(e.unsaid, 0, n)
}

// settleAs stores an item that is not at work in the state that a control gave it.
func (e *engine) settleAs(it queue.Item, to queue.State) {
	it.State = to
	j := e.jobs[it.Job]
	e.keep.later(it)
	e.stale = true
	if to.IsFinal() && j != nil {
		e.count(j, it, nil)
	} else {
		e.stir() // so that the job is looked after
	}
}

// count enters a final item in its job's result.
func (e *engine) count(j *job, it queue.Item, err error) {
	it.Ended = e.now()
	e.unsaid = append(e.unsaid, it)
	e.stale = true
	if j == nil {
		return
	}
	if it.Kind != queue.KindTree || it.State == queue.Failed {
		switch it.State {
		case queue.Done:
			j.result.Done++
			j.result.Bytes += it.Bytes
			switch it.Reached {
			case queue.Verified:
				j.result.Verified++
			case queue.Acknowledged:
				j.result.Acknowledged++
			case queue.Sent:
				j.result.Sent++
			}
		case queue.Skipped:
			j.result.Skipped++
		case queue.Failed:
			j.result.Failed++
		case queue.Canceled:
			j.result.Canceled++
		}
	}
	if it.Kind == queue.KindTree && it.State == queue.Done {
		j.trees++
	}
	if err != nil && j.result.FirstErr == nil {
		j.result.FirstErr = err
	}
	if j.open > 0 { // else only the file knows whether anything is left
		if j.open--; j.open == 0 {
			e.endJob(j)
		}
	}
}

// isMissing reports whether err says that there is nothing at the path.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// safeBase is a check of names that come from a side.
var safeBase = transfer.SafeBase
