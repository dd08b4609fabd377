// Package ftpsvc is the engine behind the screen and the verbs: it owns the
// connections, the transfer queue and everything that waits. ui and cmd talk
// to it alone, with Submit and Next:
//
//	key or flag -> Submit(Request) -> service goroutine -> session, queue, transfer
//	                                      |
//	  frame or line <- Next(ctx) Batch <--+
//
// It draws nothing, reads no configuration, and asks the user by an Asked
// event that a later Answer request settles.
package ftpsvc

import (
	"context"
	"io"
	"io/fs"
	"time"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// API is what ui and cmd see of a Service, so that tests can put a stub there.
type API interface {
	// Submit hands in a request and returns its ID at once: it appends to a
	// list in memory and never waits. Requests of one connection are begun in
	// the order of Submit. Each request ends in exactly one event of Done,
	// Failed or Canceled that carries the ID.
	Submit(Request) ID
	// Next waits for news and returns all of it since the last call: events in
	// order and complete, the newest queue snapshot, and for each running
	// transfer only its newest Progress. With nothing to tell that anybody
	// waits for (progress, the queue's view, ItemDone, Counted, log lines) it
	// waits until 100 ms after the previous return. It returns ctx.Err() once ctx
	// ends, and ErrClosed after Close. One caller at a time.
	Next(ctx context.Context) (Batch, error)
}

// ID is a request's number, from 1 up, never used twice in a process.
type ID uint64

// Conn names a side: Local, or a connected account by vfs.Endpoint.Key.
type Conn string

// Local is the disk of this machine.
const Local Conn = ""

// Request is one of the request types below.
type Request interface{ request() }

type (
	// Connect opens the browsing connection of an account; Done carries ConnInfo.
	// Already connected: the old one is closed first (never reused after a
	// change of settings). Password "" and HasPassword false: asked for when needed.
	Connect struct {
		Endpoint    vfs.Endpoint
		Password    string
		HasPassword bool
	}
	// Disconnect sends QUIT. Queued items of the account stay queued.
	Disconnect struct{ Conn Conn }
	// Reconnect tries at once, also in the middle of a count-down.
	Reconnect struct{ Conn Conn }
	// Configure changes a live connection: what can change in place does
	// (debug level, limits, charset), the rest reconnects.
	Configure struct {
		Endpoint vfs.Endpoint
		Remember bool // the charset, for later connections of the account that name none
	}
	// List reads a folder: Rows events, then Done with vfs.ListInfo. A newer
	// List of the same Conn and Pane cancels the older.
	List struct {
		Conn    Conn
		Path    string // "": the side's home
		Pane    int    // whose answer this is; 0 for verbs
		Gen     uint64 // carried back
		Refresh bool
		Anew    bool // rows may come while some of them may change: see Rows.Anew
	}
	// Stat: Done carries vfs.Entry. Follow resolves a link (its target's kind and size).
	Stat struct {
		Conn   Conn
		Path   string
		Follow bool
	}
	// Mkdir makes one folder, or with Parents all that are missing.
	Mkdir struct {
		Conn    Conn
		Path    string
		Parents bool
	}
	// MakeFile makes an empty file; an existing one is refused.
	MakeFile struct {
		Conn Conn
		Path string
	}
	// Rename refuses to replace what is there unless Overwrite.
	Rename struct {
		Conn      Conn
		From, To  string
		Overwrite bool
	}
	// Delete removes paths, folders only when Recursive. Links are removed,
	// never followed. An incomplete listing stops it unless Unread.
	// Events: Counted as it goes; Done carries Count.
	Delete struct {
		Conn      Conn
		Paths     []string
		Recursive bool
		Unread    bool // go on although lines of a listing could not be read
	}
	// Chmod sets permissions; nil leaves that kind alone below a recursive one.
	Chmod struct {
		Conn              Conn
		Paths             []string
		Files, Dirs       *fs.FileMode
		Recursive, Unread bool
	}
	SetTime struct {
		Conn  Conn
		Paths []string
		Time  time.Time
	}
	Symlink struct {
		Conn         Conn
		Target, Path string
	}
	// Measure counts what is below paths: Counted events, Done carries Count.
	Measure struct {
		Conn  Conn
		Paths []string
	}
	// Space: Done carries int64, the free bytes.
	Space struct {
		Conn Conn
		Path string
	}
	// Read copies a part of a file to W (viewer, cat); Limit < 0: to the end.
	// W is written from a service goroutine. Done carries int64.
	Read struct {
		Conn          Conn
		Path          string
		Offset, Limit int64
		W             io.Writer
	}
	// Quote sends a raw command on the browsing connection; Done carries vfs.Reply.
	Quote struct {
		Conn Conn
		Dir  string // that it acts in; "": wherever the connection happens to be
		Line string
	}
	// CharsetPreview decodes the names of a folder by each charset; Done
	// carries []CharsetSample, in the order of Charsets ("" = the usual candidates).
	CharsetPreview struct {
		Conn     Conn
		Path     string
		Charsets []string
	}
	// Watch follows one local folder a pane: Changed events. Path "" stops.
	Watch struct {
		Pane int
		Path string
	}
	// Copy queues a job; the target is fixed now. Done carries JobResult when
	// the last item is final. It is done by the queue, so it may also be
	// finished by another process or the next one. With Later nothing is run
	// for it here: Done comes as soon as the job is on disk.
	Copy struct {
		From  Conn
		Paths []string
		To    Conn
		Dir   string // target folder, made when missing
		As    string // new name, for a single path
		// Contents puts what the folders of Paths hold into Dir, not the folders
		// themselves, as "cp -r folder/." does. Not with As or a move.
		Contents bool
		Later    bool
		// Began is where the only path went if this copy was begun and
		// interrupted when Dir, which is there now, was still to be made. "": nowhere.
		Began   string
		Options CopyOptions
	}
	// Control acts on the queue; see ControlOp.
	Control struct {
		Op    ControlOp
		Items []int64 // item numbers
		Jobs  []int64 // or whole jobs
		All   bool    // or everything
		Value int64   // priority, or target position for Reorder
	}
	// QueuePage reads a part of the queue; Done carries QueueRows.
	QueuePage struct {
		Filter        queue.Filter
		Offset, Limit int
		Items         []int64 // these alone, by number; what is not there is left out
	}
	// Limit sets rate limits in bytes a second, 0 for none, also of what is
	// running. Conn "" sets those over all.
	Limit struct {
		Conn     Conn
		Down, Up int64
	}
	// Answer settles a question.
	Answer struct {
		Question ID   // of the Asked event
		Value    any  // as Question.Kind says
		Rest     bool // the same for the rest of the job; with no Value it is canceled
	}
	// Cancel ends another request: it then ends in Canceled. With Keep what a
	// Copy has not finished is paused instead, with all it has, and the same
	// Copy goes on with it within a day.
	Cancel struct {
		ID   ID
		Keep bool
	}
)

func (Connect) request()        {}
func (Disconnect) request()     {}
func (Reconnect) request()      {}
func (Configure) request()      {}
func (List) request()           {}
func (Stat) request()           {}
func (Mkdir) request()          {}
func (MakeFile) request()       {}
func (Rename) request()         {}
func (Delete) request()         {}
func (Chmod) request()          {}
func (SetTime) request()        {}
func (Symlink) request()        {}
func (Measure) request()        {}
func (Space) request()          {}
func (Read) request()           {}
func (Quote) request()          {}
func (CharsetPreview) request() {}
func (Watch) request()          {}
func (Copy) request()           {}
func (Control) request()        {}
func (QueuePage) request()      {}
func (Limit) request()          {}
func (Answer) request()         {}
func (Cancel) request()         {}

// CopyOptions is the policy of a job; it is stored with it.
type CopyOptions = queue.Options

// ControlOp is what Control does.
type ControlOp uint8

const (
	Pause ControlOp = iota
	Resume
	CancelItems
	Retry       // failed and canceled ones back to queued
	Reorder     // to position Value
	SetPriority // to Value, higher first
	Clear       // finished ones
	RunNow
	Forget // all of them, canceled where they are not finished
)

// Event is one of the event types below.
type Event interface{ event() }

type (
	// Done, Failed and Canceled end a request, exactly once.
	Done struct {
		ID    ID
		Value any
	}
	Failed struct {
		ID  ID
		Err error
	}
	Canceled struct{ ID ID }

	// Rows are some entries of a listing, in order; the same ID, Pane and Gen as the List.
	Rows struct {
		ID    ID
		Conn  Conn
		Path  string
		Pane  int
		Gen   uint64
		Anew  bool // the rows so far are void, all follow once more; only where List.Anew is set
		Batch vfs.Batch
	}
	// ConnChanged tells every change of a connection's state.
	ConnChanged struct{ Info ConnInfo }
	// Counted is the newest count of a Measure, Delete or Chmod.
	Counted struct {
		ID    ID
		Count Count
	}
	// Asked needs an Answer; what asked is parked, all else goes on.
	Asked struct{ Question Question }
	// Withdrawn: the question no longer matters (canceled, answered elsewhere).
	Withdrawn struct{ Question ID }
	// Changed: what a pane may show of the folder is out of date.
	Changed struct {
		Conn Conn
		Path string
	}
	// Logged is a line of the protocol log, secrets already masked.
	Logged struct{ Line LogLine }
	// ItemDone: an item of this process's own jobs became final.
	ItemDone struct{ Item queue.Item }
	// ItemRetry: an item failed, for a reason that may pass, and is tried again after Wait.
	ItemRetry struct {
		Item queue.Item
		Wait time.Duration
	}
	// Notice is a fact worth a status line: a fall-back, a learned limit.
	Notice struct {
		Conn Conn
		Text string
		Err  error // why the queue cannot be used; nil for all else
	}
)

func (Done) event()        {}
func (Failed) event()      {}
func (Canceled) event()    {}
func (Rows) event()        {}
func (ConnChanged) event() {}
func (Counted) event()     {}
func (Asked) event()       {}
func (Withdrawn) event()   {}
func (Changed) event()     {}
func (Logged) event()      {}
func (ItemDone) event()    {}
func (ItemRetry) event()   {}
func (Notice) event()      {}

// Batch is all the news since the last Next.
type Batch struct {
	Events   []Event
	Queue    *QueueView // nil when nothing of it changed
	Progress []Progress // newest of each running transfer; empty when none moved
	Now      time.Time  // when this was taken, for rates
}

// QueueView is the queue as a strip shows it: counts, and the few items at work.
type QueueView struct {
	Counts queue.Counts
	Active []queue.Item // running, scanning, retrying, waiting; at most 64, those of other processes too
	Next   []queue.Item // the first queued ones, at most 16
	Failed []queue.Item // the newest failed ones, at most 16
	Paused bool         // the whole queue
	Down   int64        // limit over all, bytes a second
	Up     int64
	// The lowest limits of accounts that transfers are at work with; 0: none.
	SiteDown, SiteUp int64
}

// Progress is how far a running transfer is.
type Progress struct {
	Item  int64
	Bytes int64         // done, a resumed part included
	Size  int64         // -1: unknown
	Rate  int64         // bytes a second over the last seconds; 0: too early to tell
	Left  time.Duration // -1: not known
	Conn  int           // number of the connection, as in the log
}

// ConnState is where a connection stands.
type ConnState uint8

const (
	Offline ConnState = iota
	Connecting
	Online
	Lost     // and not tried again: press reconnect
	Retrying // counts down to RetryAt
)

// ConnInfo is what the site line shows.
type ConnInfo struct {
	Conn      Conn
	Endpoint  vfs.Endpoint
	State     ConnState
	Err       error // why it is Lost or Retrying
	RetryAt   time.Time
	Welcome   []string // the greeting and the login text
	Home      string
	Style     vfs.PathStyle
	Caps      vfs.Caps
	TLS       string // "TLS 1.3 AES-128-GCM"; "" is clear text
	CertEnd   time.Time
	CertPrint string // SHA-256 of the certificate, "" for none
	Charset   string
	Data      vfs.DataMode // in use
	Command   string       // "MLSD", "LIST"
	Zone      string       // measured offset, "+02:00"
	Open      int          // connections now
	Max       int          // allowed; 0: no limit known
	RTT       time.Duration
}

// Count is the size of a tree.
type Count struct {
	Files, Dirs, Others int64
	Bytes               int64
	Unknown             int64  // files whose size is not known
	Unread              int64  // listing lines that could not be read
	Now                 string // path being looked at
}

// JobResult is how a Copy ended.
type JobResult struct {
	Job                                    int64
	Done, Skipped, Failed, Canceled, Bytes int64
	Paused                                 int64 // left paused; where the process runs nothing but its own jobs
	Verified, Acknowledged, Sent           int64 // what the done ones reached
	Links, Others                          int64 // of the skipped ones: links, and what is neither file nor folder
	Lost                                   int64 // entries and lines of listings that were left out, and are missing now
	FirstErr                               error
}

// QueueRows is a page of the queue.
type QueueRows struct {
	Items  []queue.Item
	Offset int
	Total  int
	Paused bool // the whole queue is
}

// CharsetSample is a folder's names in one charset.
type CharsetSample struct {
	Charset string
	Names   []string
	Bad     int // names that did not decode whole
}

// LogLine is a line of the protocol log.
type LogLine struct {
	Time  time.Time
	Conn  Conn
	Num   int    // connection number, from 1
	Level int    // 1: commands and replies, 2: details
	Dir   byte   // '>' sent, '<' received, '*' detail
	Text  string // one line, secrets masked, not yet safe to draw
	Item  int64  // queue item at work there, 0 when none
}

// QuestionKind says what a question asks and what the Answer's Value must be.
type QuestionKind uint8

const (
	AskPassword      QuestionKind = iota // string
	AskCertificate                       // vfs.TrustAnswer; Question.Cert
	AskClearText                         // bool: send the password in clear
	AskTLSAlarm                          // bool: host that offered TLS refuses it; true goes on in clear
	AskConflict                          // queue.Conflict; Question.Source, Question.Target
	AskPasswordQueue                     // string; for queued items of an account after a restart
	AskAccount                           // string; what ACCT sends, where the server wants it
)

// Question is what Asked asks. A nil Answer.Value cancels what asked.
type Question struct {
	ID       ID
	Kind     QuestionKind
	Conn     Conn
	Endpoint vfs.Endpoint
	Again    bool // the password or account given before was refused
	Reply    vfs.Reply
	Cert     vfs.Certificate
	Item     queue.Item // for AskConflict
	Source   vfs.Entry
	Target   vfs.Entry
	Others   int // how many more of the job are known to ask the same, 0: not known
}
