package ftpsvc

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// Options are what a Service starts with. The zero value works: the queue then
// lives in memory and nothing is remembered.
type Options struct {
	// Queue is the path of the queue's file, opened when first needed; "" keeps
	// the queue in memory, for this process alone.
	Queue  string
	Memory vfs.Memory // nil: nothing is remembered
	// Endpoint tells how an account of the queue is reached when nothing in
	// this process knows it yet; nil, or false: as its key says.
	Endpoint func(key string) (vfs.Endpoint, bool)
	// Amend changes how the queue says that an account is reached, by what was
	// said for this process; may be nil.
	Amend func(*vfs.Endpoint)
	// Dial opens a session; nil: session.Open. Local opens the local side; nil: localfs.
	Dial  func(ctx context.Context, o session.Options) (Remote, error)
	Local func() vfs.FS
	// Log is the least level of the protocol log that is told by Logged
	// events, whatever an Endpoint's own level: 0, 1 or 2.
	Log     int
	Workers int   // connections for transfers, in all; 0: 8
	PerSite int   // and per account; 0: 4. An Endpoint's MaxConns and what was learned are above it.
	Down    int64 // bytes a second over all, 0: no limit
	Up      int64
	// Lend lets a worker use the browsing connection while nothing is browsed,
	// which saves a verb one login. Where a server bears a single connection
	// it is lent in any case.
	Lend bool
	// KeepFinished is how long finished items stay in the queue; 0: a week.
	KeepFinished time.Duration
	// Foreign lets this process run what others queued. A verb that waits for
	// its own job leaves it false.
	Foreign bool
}

// Remote is a session as the service needs it.
type Remote interface {
	vfs.FS
	Info() session.Info
}

// Service owns the connections and the queue. Make it with New; end it with Close.
//
// One goroutine runs everything that decides (loop): it owns all fields below
// the line, and is sent work as closures with do. Whatever waits for a disk or
// a server is in a goroutine of its own: one for each open session (lane,
// worker), one for the queue's file (keeper).
type Service struct {
	opt    Options
	out    *outbox
	nextID atomic.Uint64
	taps   sync.Map // of open sessions: vfs.FS -> *tap

	mu     sync.Mutex
	inbox  []func()
	closed bool
	wake   chan struct{}
	gone   chan struct{} // closed when loop has ended
	live   atomic.Int64  // goroutines that report their end

	pause func(tries int) time.Duration // before the next try, after so many failed ones
	mark  string                        // in the hash of temporary names

	ctx context.Context // ends with Close
	end context.CancelFunc

	// ---- owned by loop ----
	requests  map[ID]*request
	accounts  map[Conn]*account
	known     map[Conn]vfs.Endpoint // every account heard of
	passwords map[Conn]string       // given by the user; never stored
	once      map[string]string     // fingerprint by host, trusted until the end
	likes     map[Conn]Remote       // the newest session of each account: what it found out is not asked again
	questions map[ID]*question
	alarmed   map[string]bool  // hosts and certificates that were told of
	nums      int              // connection numbers given
	changed   map[Changed]bool // folders whose change will be told
	limit     [2]*bucket       // down, up: over all
	limits    map[Conn][2]*bucket
	watch     *watcher
	eng       *engine
}

var _ API = (*Service)(nil)

// New starts a service. It opens no file and no connection.
func New(o Options) (*Service, error) {
	if o.Dial == nil {
		o.Dial = dialSession
	}
	if o.Local == nil {
		o.Local = openLocal
	}
	if o.Workers <= 0 {
		o.Workers = 8
	}
	if o.PerSite <= 0 {
		o.PerSite = 4
	}
	s := &Service{
		opt: o, out: newOutbox(time.Now), pause: backOff,
		wake: make(chan struct{}, 1), gone: make(chan struct{}),
		requests: map[ID]*request{}, accounts: map[Conn]*account{},
		known: map[Conn]vfs.Endpoint{}, passwords: map[Conn]string{}, once: map[string]string{}, alarmed: map[string]bool{},
		likes: map[Conn]Remote{}, questions: map[ID]*question{}, changed: map[Changed]bool{},
		limit:  [2]*bucket{newBucket(o.Down), newBucket(o.Up)},
		limits: map[Conn][2]*bucket{},
	}
	host, _ := os.Hostname()
	s.mark = host + " " + o.Queue
	s.ctx, s.end = context.WithCancel(context.Background())
	s.eng = newEngine(s)
	go s.loop()
	if o.Foreign {
		s.after(foreignDelay, s.eng.stir)
	}
	return s, nil
}

// Submit is described at API.
func (s *Service) Submit(r Request) ID {
	id := ID(s.nextID.Add(1))
	if !s.do(func() { s.begin(id, r) }) {
		s.out.put(Failed{id, ErrClosed})
	}
	return id
}

// Next is described at API.
func (s *Service) Next(ctx context.Context) (Batch, error) { return s.out.next(ctx) }

// Close ends everything: what runs is canceled, sessions say QUIT within a
// short limit, items of the queue that are not final stay queued. It returns
// when no goroutine of the service is left. Next then tells what is left to
// tell, and ErrClosed after that. A second Close does nothing.
func (s *Service) Close() error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if !again {
		s.end()
		s.signal()
	}
	<-s.gone
	return nil
}

// do hands f to the loop, in order; false when the service has ended.
func (s *Service) do(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.inbox = append(s.inbox, f)
	s.signal()
	return true
}

// report hands f to the loop also while it ends: goroutines of the service use
// it to give back their results.
func (s *Service) report(f func()) {
	s.mu.Lock()
	s.inbox = append(s.inbox, f)
	s.mu.Unlock()
	s.signal()
}

func (s *Service) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// spawn runs f in a goroutine that Close waits for. It is called by the loop, and
// by goroutines that were made by it.
func (s *Service) spawn(f func()) {
	s.live.Add(1)
	go func() {
		f()
		s.report(func() { s.live.Add(-1) })
	}()
}

func (s *Service) loop() {
	defer close(s.gone)
	for {
		select {
		case <-s.wake:
			s.drain()
		case <-s.ctx.Done():
			s.shutdown()
			return
		}
	}
}

// drain runs all that was handed in, and then lets the engine start what can.
func (s *Service) drain() {
	for {
		s.mu.Lock()
		fs := s.inbox
		s.inbox = nil
		s.mu.Unlock()
		if len(fs) == 0 {
			return
		}
		for _, f := range fs {
			f()
		}
		s.eng.step()
	}
}

// shutdown cancels what is left and waits for every goroutine.
func (s *Service) shutdown() {
	s.drain()
	s.eng.stopping = true
	for _, r := range s.requests {
		r.cancelNow()
	}
	if s.watch != nil {
		s.watch.close()
	}
	for _, a := range s.accounts {
		a.close()
	}
	s.eng.stop()
	for s.live.Load() > 0 {
		<-s.wake
		s.drain()
	}
	s.eng.closeStore()
	for _, r := range s.requests {
		s.finish(r, nil, context.Canceled)
	}
	s.out.close()
}

// after runs f in the loop once d has passed, unless stop was called or the service ended.
func (s *Service) after(d time.Duration, f func()) (stop func()) {
	t := time.AfterFunc(d, func() { s.do(f) })
	return func() { t.Stop() }
}

// touch tells panes that a folder changed.
func (s *Service) touch(c Conn, path string) {
	s.stale(c, path)
	s.out.put(Changed{c, path})
}

// stale drops the kept listings that a change in a folder made wrong.
func (s *Service) stale(c Conn, path string) {
	if a := s.accounts[c]; a != nil && a.cache != nil {
		a.cache.style = a.info.Style
		a.cache.forget(path)
	}
}

// changedSoon tells panes of a folder that a transfer changes, twice a second at most.
func (s *Service) changedSoon(c Conn, path string) {
	s.stale(c, path)
	k := Changed{c, path}
	if s.changed[k] {
		return
	}
	s.changed[k] = true
	s.after(changeEvery, func() {
		delete(s.changed, k)
		s.touch(c, path)
	})
}

// foreignDelay leaves the first frame and the first connection alone before
// the queue's file is opened for what others left in it.
const foreignDelay = 700 * time.Millisecond

// changeEvery is how long the changes of a folder by transfers are gathered.
const changeEvery = 500 * time.Millisecond

// salt tells temporary names of this user's queue from those of another on the same server.
func (s *Service) salt() string { return s.mark }
