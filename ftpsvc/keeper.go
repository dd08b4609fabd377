package ftpsvc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/transfer"
	"ferry/ftpsvc/vfs"
)

// keeper is the goroutine that uses the queue's file, so that no disk is ever
// in the way of the loop or of a transfer. It opens the file when first needed.
type keeper struct {
	e      *engine
	opened bool // loop's: the file was asked for

	mu     sync.Mutex
	list   []func(context.Context, *queue.Store, error)
	slow   []func() // for the goroutine beside
	slowly bool
	done   bool
	wake   chan struct{}
	store  *queue.Store
	err    error
	dir    string // of a queue that lives in memory only
}

// do runs f with the open file, and then what it returned in the loop. When
// the file cannot be opened, f is not run; use try to hear of it.
func (k *keeper) do(f func(context.Context, *queue.Store) func()) {
	k.try(func(ctx context.Context, st *queue.Store, err error) func() {
		if err != nil {
			return func() { k.e.trouble(err) }
		}
		return f(ctx, st)
	})
}

// try is do that hears of a file that cannot be opened. Loop only.
func (k *keeper) try(f func(context.Context, *queue.Store, error) func()) {
	if !k.opened {
		k.opened = true
		k.e.stale = true // what is there already is shown, and run where that is wanted
		k.e.stir()
		k.e.s.spawn(k.serve)
	}
	k.push(func(ctx context.Context, st *queue.Store, err error) {
		if then := f(ctx, st, err); then != nil {
			k.e.s.report(then)
		}
	})
}

func (k *keeper) push(f func(context.Context, *queue.Store, error)) {
	k.mu.Lock()
	k.list = append(k.list, f)
	k.mu.Unlock()
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// later stores an item soon. It does not wait.
func (k *keeper) later(items ...queue.Item) {
	if st := k.get(); st != nil {
		st.Later(items...)
	}
}

// rest stores soon that an item is held and not at work, where the file says
// that it is. It does not wait.
func (k *keeper) rest(it queue.Item) {
	if st := k.get(); st != nil {
		st.Rest(it)
	}
}

// progress stores how far an item is, soon. It does not wait.
func (k *keeper) progress(id, n int64) {
	if st := k.get(); st != nil {
		st.Progress(id, n)
	}
}

func (k *keeper) get() *queue.Store {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.store
}

// record stores an item at once; called by workers.
func (k *keeper) record(it queue.Item) error {
	it.State = queue.Running
	return k.get().Save(context.Background(), it)
}

// add stores children of a scanned folder and waits for it; called by workers.
func (k *keeper) add(ctx context.Context, job, tree int64, items []queue.Item) ([]queue.Item, error) {
	st := k.get()
	return st.Add(ctx, job, tree, items)
}

func (k *keeper) serve() {
	ctx := context.Background()
	st, err := k.open(ctx)
	k.mu.Lock()
	k.store, k.err = st, err
	k.mu.Unlock()
	if err == nil {
		k.tidy(ctx, st)
	}
	for {
		k.mu.Lock()
		fs, done := k.list, k.done
		k.list = nil
		k.mu.Unlock()
		for _, f := range fs {
			f(ctx, st, err)
		}
		if len(fs) == 0 {
			if done {
				return
			}
			<-k.wake
		}
	}
}

// aside runs f beside the keeper's own work, one after the other. Loop only.
func (k *keeper) aside(f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.slow = append(k.slow, f)
	if !k.slowly {
		k.slowly = true
		k.e.s.spawn(k.serveSlow)
	}
}

func (k *keeper) serveSlow() {
	for {
		k.mu.Lock()
		fs := k.slow
		k.slow = nil
		k.slowly = len(fs) > 0
		k.mu.Unlock()
		if len(fs) == 0 {
			return
		}
		for _, f := range fs {
			f()
		}
	}
}

// tidy tells of a file that had to be replaced, and removes what was finished
// long ago.
func (k *keeper) tidy(ctx context.Context, st *queue.Store) {
	s := k.e.s
	if moved := st.Moved(); moved != "" {
		s.out.put(Notice{Text: fmt.Sprintf("the queue's file was damaged: it is now %q, and the queue begins anew", moved)})
	}
	keep := s.opt.KeepFinished
	if keep <= 0 {
		keep = 7 * 24 * time.Hour
	}
	s.report(func() {
		k.aside(func() {
			_, err := st.Expire(ctx, keep, mostFinished)
			if err != nil && !errors.Is(err, vfs.ErrDiskFull) { // that waits for another day
				s.report(func() { k.e.trouble(err) })
			}
		})
		k.e.sweepAll(nil)
	})
}

// mostFinished is how many finished items stay in the queue at most, about.
const mostFinished = 200_000

func (k *keeper) open(ctx context.Context) (*queue.Store, error) {
	path := k.e.s.opt.Queue
	if path == "" {
		dir, err := os.MkdirTemp("", "ferry-queue-")
		if err != nil {
			return nil, fmt.Errorf("queue: open: %w (%w)", err, vfs.ErrLocal)
		}
		k.dir = dir
		path = filepath.Join(dir, "queue.db")
	}
	s := k.e.s
	return queue.Open(ctx, path, queue.OpenOptions{Waits: !s.opt.Foreign, Notify: func(n queue.Note) { s.report(func() { k.e.noted(n) }) },
		Temp: func(it queue.Item) string { return transfer.TempName(styleOf(it.To), it, s.salt()) }})
}

// end lets the goroutine finish what it was given.
func (k *keeper) end() {
	k.mu.Lock()
	k.done = true
	k.mu.Unlock()
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// close closes the file, once the goroutine has ended.
func (k *keeper) close() {
	if k.store != nil {
		if err := k.store.Close(); err != nil {
			k.e.trouble(err)
		}
	}
	if k.dir != "" {
		_ = os.RemoveAll(k.dir)
	}
}

// known is what the file tells about claimed items: their jobs, and how the
// accounts of another process's jobs are reached.
type known struct {
	jobs     map[int64]queue.Job
	accounts map[Conn]vfs.Endpoint
}

// knownOf asks for what the jobs in own do not need.
func (k *keeper) knownOf(ctx context.Context, st *queue.Store, items []queue.Item, own map[int64]bool) known {
	n := known{map[int64]queue.Job{}, map[Conn]vfs.Endpoint{}}
	for _, it := range items {
		if own[it.Job] {
			continue
		}
		if _, ok := n.jobs[it.Job]; !ok {
			if j, found, err := st.Job(ctx, it.Job); err == nil && found {
				n.jobs[it.Job] = j
			}
		}
		for _, c := range []string{it.From, it.To} {
			if _, ok := n.accounts[Conn(c)]; c != "" && !ok {
				if e, found, err := st.Account(ctx, c); err == nil && found {
					n.accounts[Conn(c)] = e
				}
			}
		}
	}
	return n
}
