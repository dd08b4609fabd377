package ftpsvc

import (
	"context"
	"encoding/json"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

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
