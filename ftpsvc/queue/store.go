package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// flushEvery is how long an asynchronous write may wait.
const flushEvery = 400 * time.Millisecond

// flushAt is how many waiting writes bring the flush forward.
const flushAt = 512

// OpenOptions are how a process takes part in the queue.
type OpenOptions struct {
	Now func() time.Time // nil: time.Now
	// Name says who runs this process's items, for Item.Owner; "": "pid 123".
	Name string
	// Notify is told what others did, and what of this process's items is to
	// stop. It is called from a goroutine of the store, or from inside Control,
	// and must not call the store.
	Notify func(Note)
	// Temp names the temporary file of an item that a process may have begun
	// that died before it stored a name; nil: nobody knows.
	Temp func(Item) string
	// Waits tells that whoever runs this process waits for its own jobs: they
	// run also while the queue is paused.
	Waits bool
	// Lease is how long the heartbeat of another process may stand still before
	// its items are taken over; 0: 20 s. A process of this machine that is
	// gone loses them at once.
	Lease time.Duration
	// Poll is how often the file is asked for changes of others; 0: 250 ms, < 0: never.
	Poll time.Duration
}

// Note is news of the file.
type Note struct {
	Changed bool   // another process wrote
	Stops   []Stop // items of this process that are to stop
	Lost    bool   // this process's leases were taken over: it must stop all it runs and store nothing of it
}

// Stop asks the process that runs an item to end it: it stops the transfer and
// saves the item in that state.
type Stop struct {
	Item  int64
	State State // Paused or Canceled
}

// Store is an open queue. Its methods may be called from any goroutine.
//
// Durability: what a method that takes a context has stored survives the death
// of the process at any moment. AddJob and Control also survive a power cut;
// after one, the rest of the file is as it was some time before, in whole
// transactions: an item may be queued again that was done (it is then proven,
// not sent again), and a temporary name may be forgotten.
type Store struct {
	path  string
	moved string
	opt   OpenOptions
	place string

	wmu   sync.Mutex // held over each write transaction
	w     *sql.Conn
	dbs   []*sql.DB
	stmts map[string]*sql.Stmt
	me    int64 // this process's row in procs
	beat  int64
	reapt time.Time // last look for dead processes
	seen  map[int64]sighting
	lanes map[Lane]int64
	scans map[int64]*scan
	fresh fresh

	dataVersion int64

	mu     sync.Mutex // never held across a statement
	leases map[int64]*lease
	pend   map[int64]pending
	broken error // of the last asynchronous flush, told by the next Flush

	vmu    sync.Mutex // one view at a time: it needs a second connection for lanes
	lmu    sync.Mutex
	laneOf map[int64]Lane

	kick chan struct{}
	quit chan struct{}
	wg   sync.WaitGroup
}

// Open opens the queue at path, or makes it. A damaged file is moved aside, see Moved.
func Open(ctx context.Context, path string, o OpenOptions) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, failed("open", path, err)
	}
	o = o.withDefaults()
	s := &Store{
		path: path, opt: o, place: here(),
		stmts: map[string]*sql.Stmt{}, seen: map[int64]sighting{}, lanes: map[Lane]int64{}, scans: map[int64]*scan{}, fresh: fresh{items: map[int64]Item{}},
		leases: map[int64]*lease{}, pend: map[int64]pending{}, laneOf: map[int64]Lane{},
		kick: make(chan struct{}, 1), quit: make(chan struct{}),
	}
	for try, start := 0, time.Now(); ; try++ {
		before, _ := os.Stat(path)
		s.w, s.dbs, err = openFile(ctx, path)
		if err == nil {
			break
		}
		if busy(err) && waitOpen(ctx, time.Since(start)) {
			try--
			continue
		}
		if before == nil || !damaged(err) || try > 2 {
			return nil, s.failed("open", err)
		}
		moved, merr := moveAside(path, before, o.Now())
		if merr != nil {
			return nil, s.failed("open", fmt.Errorf("%w; moving it aside failed: %w", err, merr))
		}
		if moved != "" {
			s.moved = moved
		}
	}
	if err := s.write(ctx, (*tx).register); err != nil {
		_ = closeAll(s.w, s.dbs)
		return nil, s.failed("open", err)
	}
	s.wg.Add(1)
	go s.run()
	return s, nil
}

// openMost is how long a file is waited for that another process opens or
// closes: SQLite's own waiting leaves out these moments.
const openMost = 15 * time.Second

// waitOpen waits a little, unless that was done for long enough.
func waitOpen(ctx context.Context, waited time.Duration) bool {
	if waited > openMost {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(20 * time.Millisecond):
		return true
	}
}

func (o OpenOptions) withDefaults() OpenOptions {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Name == "" {
		o.Name = fmt.Sprintf("pid %d", os.Getpid())
	}
	if o.Notify == nil {
		o.Notify = func(Note) {}
	}
	if o.Temp == nil {
		o.Temp = func(Item) string { return "" }
	}
	if o.Lease == 0 {
		o.Lease = 20 * time.Second
	}
	if o.Poll == 0 {
		o.Poll = 250 * time.Millisecond
	}
	return o
}

// Moved is the name that a damaged file was given by Open, "" when it was sound.
func (s *Store) Moved() string { return s.moved }

// Close stores what is waiting, gives this process's items back to the queue
// and closes the file.
func (s *Store) Close() error {
	close(s.quit)
	s.wg.Wait()
	ctx := context.Background()
	err := s.Flush(ctx)
	if !errors.Is(err, ErrLost) {
		err = errors.Join(err, s.write(ctx, (*tx).unregister))
	} else {
		err = nil
	}
	s.wmu.Lock()
	defer s.wmu.Unlock()
	for _, st := range s.stmts {
		err = errors.Join(err, st.Close())
	}
	return errors.Join(err, closeAll(s.w, s.dbs))
}

// run is the store's goroutine: it flushes, keeps the heartbeat, and watches
// for the writes of others.
func (s *Store) run() {
	defer s.wg.Done()
	flush := time.NewTicker(flushEvery)
	defer flush.Stop()
	beat := time.NewTicker(s.opt.Lease / 8)
	defer beat.Stop()
	var poll <-chan time.Time
	if s.opt.Poll > 0 {
		t := time.NewTicker(s.opt.Poll)
		defer t.Stop()
		poll = t.C
	}
	for {
		var err error
		select {
		case <-s.quit:
			return
		case <-flush.C:
			err = s.Flush(context.Background())
		case <-s.kick:
			err = s.Flush(context.Background())
		case <-beat.C:
			err = s.heartbeat()
		case <-poll:
			err = s.poll()
		}
		if err != nil && !errors.Is(err, ErrLost) {
			s.mu.Lock()
			s.broken = s.failed("save", err)
			s.mu.Unlock()
		}
	}
}

// tx is a write transaction. The tally follows what note tells it.
type tx struct {
	s     *Store
	now   time.Time
	delta map[spot]sums
	after []func() // done once the transaction is in the file, still under wmu
}

// spot is a key of the tally.
type spot struct {
	state     State
	prio, blk int64
	lane      int64
}

type sums struct{ n, size, bytes, last int64 }

// write runs f in a transaction; nothing of it is stored when f fails.
func (s *Store) write(ctx context.Context, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.wmu.Lock()
	defer s.wmu.Unlock()
	return s.writeLocked(f)
}

func (s *Store) writeLocked(f func(*tx) error) (err error) {
	t := &tx{s: s, now: s.opt.Now(), delta: map[spot]sums{}}
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = t.exec("ROLLBACK")
			clear(s.lanes)
			clear(s.scans)
			clear(s.fresh.items)
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	if err := t.settle(); err != nil {
		return err
	}
	if err := t.exec("COMMIT"); err != nil {
		return err
	}
	for _, f := range t.after {
		f()
	}
	return nil
}

// safely makes the writes of f survive a power cut as well.
func (s *Store) safely(ctx context.Context, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.wmu.Lock()
	defer s.wmu.Unlock()
	t := &tx{s: s}
	if err := t.exec("PRAGMA synchronous=full"); err != nil {
		return err
	}
	return errors.Join(s.writeLocked(f), t.exec("PRAGMA synchronous=normal"))
}

// stmt prepares each text once. The texts are constants or built of a few shapes.
func (t *tx) stmt(q string) (*sql.Stmt, error) {
	if st := t.s.stmts[q]; st != nil {
		return st, nil
	}
	st, err := t.s.w.PrepareContext(context.Background(), q)
	if err != nil {
		return nil, err
	}
	t.s.stmts[q] = st
	return st, nil
}

func (t *tx) exec(q string, args ...any) error {
	_, err := t.execN(q, args...)
	return err
}

func (t *tx) execN(q string, args ...any) (int64, error) {
	st, err := t.stmt(q)
	if err != nil {
		return 0, err
	}
	r, err := st.Exec(args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (t *tx) insert(q string, args ...any) (int64, error) {
	st, err := t.stmt(q)
	if err != nil {
		return 0, err
	}
	r, err := st.Exec(args...)
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

// rows calls f for each row.
func (t *tx) rows(q string, f func(scan func(...any) error) error, args ...any) error {
	st, err := t.stmt(q)
	if err != nil {
		return err
	}
	r, err := st.Query(args...)
	if err != nil {
		return err
	}
	return each(r, f)
}

func each(r *sql.Rows, f func(scan func(...any) error) error) error {
	defer func() { _ = r.Close() }()
	for r.Next() {
		if err := f(r.Scan); err != nil {
			return err
		}
	}
	return r.Err()
}

// one reads one value; found is false when there is no row.
func (t *tx) one(to any, q string, args ...any) (found bool, err error) {
	st, err := t.stmt(q)
	if err != nil {
		return false, err
	}
	err = st.QueryRow(args...).Scan(to)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// note changes the tally by n items.
func (t *tx) note(k spot, n, size, bytes int64) {
	v := t.delta[k]
	v.n += n
	v.size += size
	v.bytes += bytes
	if n > 0 && k.state.IsFinal() {
		v.last = max(v.last, t.now.UnixMilli())
	}
	t.delta[k] = v
}

// settle brings the tally up to date.
func (t *tx) settle() error {
	defer clear(t.delta)
	for k, v := range t.delta {
		if v == (sums{}) {
			continue
		}
		err := t.exec(`INSERT INTO tally VALUES(?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET
			n=n+excluded.n, size=size+excluded.size, bytes=bytes+excluded.bytes, last=max(last,excluded.last)`,
			k.state, k.prio, k.blk, k.lane, v.n, v.size, v.bytes, v.last)
		if err != nil {
			return err
		}
		if v.n < 0 {
			if err := t.exec(`DELETE FROM tally WHERE state=? AND prio=? AND blk=? AND lane=? AND n=0`, k.state, k.prio, k.blk, k.lane); err != nil {
				return err
			}
		}
	}
	return nil
}
