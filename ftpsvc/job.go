package ftpsvc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
	"ferry/ftpsvc/vfs"
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
}

// parked is an item that waits for the user.
type parked struct {
	item   queue.Item
	source vfs.Entry
	target vfs.Entry
	asked  ID // the open question, 0 when another one of the job is asked first
}

func newJob(j queue.Job) *job {
	return &job{id: j.ID, options: j.Options, created: j.Created, few: j.Roots < listFrom, open: -1, result: JobResult{Job: j.ID}}
}

// ownJob marks a job as this process's alone, for as long as it lives.
const ownJob = "self"

// copy looks at the sources, fixes the targets and queues a job.
func (e *engine) copy(r *request, b Copy) {
	if err := checkCopy(b); err != nil {
		e.s.finish(r, nil, err)
		return
	}
	to, err := e.s.account("copy", b.To)
	if err == nil {
		_, err = e.s.account("copy", b.From)
	}
	if err != nil {
		e.s.finish(r, nil, err)
		return
	}
	if b.From == b.To && b.Options.Move && !b.Later {
		e.s.onSideThen(r, op{name: "move", conn: b.From, run: func(ctx context.Context, side vfs.FS) (any, error) {
			return moveWithin(ctx, side, b)
		}}, func(v any) { e.moved(r, b, v.(movedPaths)) })
		return
	}
	e.look(r, b, to)
}

// look learns what the sources are, and plans.
func (e *engine) look(r *request, b Copy, to *account) {
	e.s.onSideThen(r, op{name: "copy", conn: b.From, again: true, run: func(ctx context.Context, side vfs.FS) (any, error) {
		return sources(ctx, side, b)
	}}, func(v any) { e.plan(r, b, to.info.Style, v.([]source)) })
}

func checkCopy(b Copy) error {
	wrong := func(why string) error {
		return &vfs.Error{Op: "copy", Err: fmt.Errorf("%w: %s", vfs.ErrUsage, why)}
	}
	switch {
	case len(b.Paths) == 0:
		return wrong("nothing to copy")
	case b.Dir == "":
		return wrong("no target folder")
	case b.As != "" && len(b.Paths) > 1:
		return wrong("a new name is for a single source")
	case b.As == "." || b.As == "..":
		return wrong("the new name is no name")
	case b.Contents && (b.As != "" || b.Options.Move):
		return wrong("the contents of a folder have no new name and are not moved")
	}
	return nil
}

// plan makes the job's first items and stores them.
func (e *engine) plan(r *request, b Copy, dst vfs.PathStyle, from []source) {
	a, err := e.s.account("copy", b.From)
	if err != nil {
		e.s.finish(r, nil, err)
		return
	}
	src := a.info.Style
	o := b.Options
	if !b.Later {
		o.Owner = ownJob
	}
	items := make([]queue.Item, 0, len(from))
	for i, f := range from {
		it := itemOf(f.entry, f.path, targetOf(b, src, dst, b.Paths[i]))
		if b.Contents && it.Kind != queue.KindTree {
			e.s.finish(r, nil, &vfs.Error{Op: "copy", Path: it.Source, Err: fmt.Errorf("%w: not a folder", vfs.ErrUsage)})
			return
		}
		it.From, it.To = string(b.From), string(b.To)
		if o.Links == queue.LinksFollow {
			o.Roots = append(o.Roots, f.path)
		}
		if it.Kind == queue.KindTree && o.NoTrees && len(from) == 1 {
			e.s.finish(r, nil, errNoTrees(it.Source))
			return
		}
		if err := intoItself(src, it); err != nil {
			e.s.finish(r, nil, err)
			return
		}
		items = append(items, it)
	}
	title := b.Paths[0]
	if n := len(b.Paths); n > 1 {
		title = fmt.Sprintf("%s and %d more", title, n-1)
	}
	if b.Contents {
		title = "what is in " + title
	}
	var ends []vfs.Endpoint // so that another process knows how to reach them
	for _, c := range []Conn{b.From, b.To} {
		if c != Local {
			ends = append(ends, e.s.endpoint(c))
		}
	}
	e.keep.try(func(ctx context.Context, st *queue.Store, err error) func() {
		if err != nil {
			return func() { e.s.finish(r, nil, err) }
		}
		for _, ep := range ends {
			if err := st.PutAccount(ctx, ep); err != nil {
				return func() { e.s.finish(r, nil, err) }
			}
		}
		if old, ok := interrupted(ctx, st, title, o, items, b.Began); ok && !b.Later {
			if err := st.Own(ctx, old.ID); err != nil {
				return func() { e.s.finish(r, nil, err) }
			}
			return func() { e.goOn(r, old) }
		}
		j, stored, err := st.AddJob(ctx, queue.Job{Title: title, Options: o}, items)
		return func() { e.filed(r, b.Later, j, stored, err) }
	})
}

// targetOf is where a path of a Copy goes.
func targetOf(b Copy, src, dst vfs.PathStyle, path string) string {
	if b.Contents {
		return b.Dir
	}
	name := b.As
	if name == "" {
		name, _ = nameAt(src, dst, src.Base(path))
	}
	return dst.Join(b.Dir, name)
}

// itemOf is the item of a listing's entry.
func itemOf(en vfs.Entry, source, target string) queue.Item {
	it := queue.Item{Kind: queue.KindFile, Source: source, Target: target, Size: en.Size,
		ModTime: en.ModTime, UTC: en.UTC, Prec: en.Prec, Mode: en.Mode, HasMode: en.HasMode}
	if en.SizeRough {
		it.Size = -1
	}
	switch en.Kind {
	case vfs.Dir:
		it.Kind, it.Size = queue.KindTree, -1
	case vfs.Link:
		it.Kind, it.Size = queue.KindLink, -1
	}
	return it
}

// errNoTrees is the refusal of a folder where whole trees were not asked for.
func errNoTrees(path string) error {
	return &vfs.Error{Op: "copy", Path: path, Err: ErrFolder}
}

// ErrFolder is the cause where a folder is among what is not to be gone into.
var ErrFolder = fmt.Errorf("%w: it is a folder", vfs.ErrUsage)

// intoItself refuses what would read what it writes.
func intoItself(st vfs.PathStyle, it queue.Item) error {
	if it.From != it.To {
		return nil
	}
	if st.Clean(it.Source) == st.Clean(it.Target) {
		return &vfs.Error{Op: "copy", Path: it.Source, Err: fmt.Errorf("%w: source and target are the same", vfs.ErrUsage)}
	}
	if it.Kind == queue.KindTree && st.Within(it.Source, it.Target) {
		return &vfs.Error{Op: "copy", Path: it.Source, Err: fmt.Errorf("%w: a folder cannot be copied into itself", vfs.ErrUsage)}
	}
	return nil
}

// filed hears that a job is on disk.
func (e *engine) filed(r *request, later bool, j queue.Job, items []queue.Item, err error) {
	if err != nil {
		e.s.finish(r, nil, err)
		return
	}
	e.stale = true
	if later {
		e.s.finish(r, JobResult{Job: j.ID}, nil)
		return
	}
	n := newJob(j)
	n.open, n.request, n.first = int64(len(items)), r, items[0].ID
	if j.Options.Move {
		n.roots = items
	}
	e.jobs[j.ID] = n
	e.onCancel(r, j.ID)
	e.stir()
}

// onCancel lets a request end what is left of its job: canceled, or with keep
// paused, of which the request does not wait for the end. The end of the
// service leaves what is queued.
func (e *engine) onCancel(r *request, id int64) {
	r.onCancel = func() {
		switch {
		case e.stopping:
		case r.keep:
			e.keep.control(queue.OpPause, queue.Selection{Jobs: []int64{id}}, 0, func(int64, error) { e.s.finish(r, nil, context.Canceled) })
		default:
			e.cancelJobs(id)
		}
	}
	if r.canceled {
		r.onCancel()
	}
}

// freshFor is how long a job that was interrupted is gone on with by the same
// copy: later too much may have changed.
const freshFor = 24 * time.Hour

// interrupted finds a job that would be queued again now: same sources, targets
// and policy. It was canceled with Keep, or its ferry was killed, and nobody is
// at it. began, which may be "", is where the only source may have gone then.
func interrupted(ctx context.Context, st *queue.Store, title string, o queue.Options, items []queue.Item, began string) (queue.Job, bool) {
	jobs, err := st.JobsOf(ctx, title, time.Now().Add(-freshFor))
	if err != nil {
		return queue.Job{}, false
	}
	some := func(j queue.Job, states ...queue.State) (queue.Item, bool) {
		list, _, err := st.Page(ctx, queue.Filter{Job: j.ID, States: states}, 0, 1)
		if err != nil || len(list) == 0 {
			return queue.Item{}, err != nil
		}
		return list[0], true
	}
	for _, j := range jobs {
		if j.Roots != len(items) || !samePolicy(j.Options, o) {
			continue
		}
		it, ok := some(j, queue.Paused, queue.Queued, queue.Retrying)
		if !ok || !below(it, items) && !(began != "" && len(items) == 1 && placed(it, items[0], began)) {
			continue
		}
		if _, busy := some(j, queue.Running, queue.Scanning, queue.Waiting, queue.Held); !busy {
			return j, true
		}
	}
	return queue.Job{}, false
}

// below reports whether an item is one of roots, or part of one.
func below(it queue.Item, roots []queue.Item) bool {
	for _, r := range roots {
		if placed(it, r, r.Target) {
			return true
		}
	}
	return false
}

// placed reports whether an item lies below target as it does below the source of root.
func placed(it, root queue.Item, target string) bool {
	from, to := styleOf(root.From), styleOf(root.To)
	if it.From != root.From || it.To != root.To || !from.Within(root.Source, it.Source) || !to.Within(target, it.Target) {
		return false
	}
	steps := func(st vfs.PathStyle, top, p string) (n int) {
		for ; p != top && st.Dir(p) != p; p = st.Dir(p) {
			n++
		}
		return n
	}
	return steps(from, root.Source, it.Source) == steps(to, target, it.Target)
}

// samePolicy compares what decides about the outcome, not how fast it comes.
func samePolicy(a, b queue.Options) bool {
	for _, o := range []*queue.Options{&a, &b} {
		o.Segments, o.Parallel, o.BlockSize, o.Owner = 0, 0, 0, ""
	}
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

// goOn takes up a job that was interrupted for a request that asks for the same.
func (e *engine) goOn(r *request, j queue.Job) {
	e.s.out.put(Notice{Text: "going on where it was interrupted"})
	n := newJob(j)
	n.request = r
	e.jobs[j.ID] = n
	e.onCancel(r, j.ID)
	if !r.canceled {
		n.asking = true // not looked after before: its items may still be paused
		e.keep.control(queue.OpResume, queue.Selection{Jobs: []int64{j.ID}}, 0, func(int64, error) { n.asking = false })
	}
}

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
	return !e.s.opt.Foreign && j.request != nil && !j.request.canceled && j.moved == nil
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
	e.stored(func() { e.s.finish(j.request, j.result, nil) })
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
	e.stored(func() { e.s.finish(r, j.result, nil) })
}

// stored runs f once all that has become of items is in the file, and told.
func (e *engine) stored(f func()) {
	upTo := e.ended()
	e.keep.do(func(ctx context.Context, st *queue.Store) func() {
		err := st.Flush(ctx)
		return func() {
			if err != nil {
				e.trouble(err)
			}
			e.tell(upTo)
			f()
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

// isMissing reports whether err says that there is nothing at the path.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// safeBase is a check of names that come from a side.
var safeBase = transfer.SafeBase
