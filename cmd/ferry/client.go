package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"ferry/config"
	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
)

// client is a service and the one goroutine that hears from it: a verb submits
// requests and waits for them, and meanwhile questions are answered, log lines
// and notices printed, progress drawn.
type client struct {
	e    *env
	o    *options
	ctx  context.Context
	conf config.Config
	svc  interface {
		ftpsvc.API
		Close() error
	}
	mem *config.Memory

	targets map[ftpsvc.Conn]target     // what was connected, for passwords
	tried   map[ftpsvc.Conn]int        // passwords given
	single  string                     // the account that FERRY_PASSWORD and --password-stdin are for; "": the first one
	trust   map[string]vfs.TrustAnswer // by fingerprint
	clear   map[string]bool            // hosts that clear text was warned of
	waiting map[ftpsvc.ID]*call
	infos   map[ftpsvc.Conn]ftpsvc.ConnInfo // of what is connected
	onBatch func(ftpsvc.Batch)              // may be nil
	onItem  func(ftpsvc.ItemDone)           // may be nil
	refusal error                           // why a question was declined: the better error
	unfiled error                           // why the queue's file cannot be used: nothing goes on
	lines   int                             // connections seen in the log
	stopped bool                            // Cancel was sent for all that waits
	leaves  bool                            // what nobody can be asked about is left waiting
}

// call is a request on its way.
type call struct {
	rows  func(vfs.Batch) error
	value any
	err   error
	ended bool
}

// serviceOptions are those of ftpsvc.New that verbs choose.
type serviceOptions struct {
	foreign          bool // run what other processes queued
	parallel         int
	limitDown, limit int64
	queue            bool // needs the queue's file
}

// newClient starts a service. It opens no file but the settings.
func newClient(ctx context.Context, e *env, o *options, so serviceOptions) (*client, error) {
	conf, problems := e.store.Config()
	for _, p := range problems {
		if !o.quiet {
			e.say("ferry: %s", p)
		}
	}
	c := &client{e: e, o: o, ctx: ctx, conf: conf, mem: e.store.Memory(),
		targets: map[ftpsvc.Conn]target{}, tried: map[ftpsvc.Conn]int{},
		waiting: map[ftpsvc.ID]*call{}, infos: map[ftpsvc.Conn]ftpsvc.ConnInfo{}}
	t := conf.Transfer
	opt := ftpsvc.Options{
		Memory: verbMemory{memory{c.mem}}, Endpoint: c.endpoint, Amend: func(ep *vfs.Endpoint) { _ = o.apply(ep) }, Log: o.verbose, Foreign: so.foreign, Lend: true, KeepFinished: time.Duration(t.KeepFinished),
		Workers: t.ParallelAll, PerSite: t.Parallel, Down: int64(t.LimitDown), Up: int64(t.LimitUp),
	}
	if so.parallel > 0 {
		opt.PerSite, opt.Workers = so.parallel, max(so.parallel, t.ParallelAll)
	}
	if so.limitDown > 0 {
		opt.Down, opt.Up = so.limitDown, so.limit
	}
	if so.queue {
		opt.Queue = e.store.Dirs().QueueFile()
	}
	svc, err := ftpsvc.New(opt)
	if err != nil {
		return nil, err
	}
	c.svc = svc
	return c, nil
}

// close ends the service and waits until what was learned is on disk.
func (c *client) close() {
	_ = c.svc.Close()
	if err := c.mem.Close(); err != nil && !c.o.quiet {
		c.e.say("ferry: what was learned of the host is not kept: %v", err)
	}
}

// endpoint tells how an account of the queue is reached: as it was connected,
// or as the saved site of that account says.
func (c *client) endpoint(key string) (vfs.Endpoint, bool) {
	list, _ := c.e.store.Sites()
	for _, s := range list {
		if ep := endpointOf(s); ep.Key() == key {
			ep = withDefaults(ep, c.conf.Connection)
			if c.o.apply(&ep) == nil {
				return ep, true
			}
		}
	}
	return vfs.Endpoint{}, false
}

// connect opens the connection of a target, and returns what is known of it.
func (c *client) connect(t target) (ftpsvc.ConnInfo, error) {
	t.ep = withDefaults(t.ep, c.conf.Connection)
	key := ftpsvc.Conn(t.ep.Key())
	c.targets[key] = t
	c.warn(t)
	req := ftpsvc.Connect{Endpoint: t.ep}
	var err error
	if req.Password, req.HasPassword, err = c.knownPassword(t); err != nil {
		return ftpsvc.ConnInfo{}, err
	}
	v, err := c.do(req)
	info, _ := v.(ftpsvc.ConnInfo)
	return info, err
}

// warn says, once for each server, what is unsafe about how it is reached.
func (c *client) warn(t target) {
	if c.o.quiet {
		return
	}
	if t.hasPassword && !t.ep.Anonymous() && t.site == "" {
		c.e.say("ferry: warning: other users of this machine may have seen the password in the URL; FERRY_PASSWORD or ~/.netrc hide it")
	}
	if t.ep.Insecure {
		c.warnInsecure()
	}
	if t.ep.TLS == vfs.TLSOff && !t.ep.Anonymous() {
		c.warnClear(t.ep)
	}
}

func (c *client) warnInsecure() {
	if !c.o.quiet {
		c.e.say("ferry: WARNING: --insecure: any certificate is taken, so whoever stands between can read the password and change every file")
	}
}

// warnClear says, once for each host, that its password goes out unencrypted.
func (c *client) warnClear(ep vfs.Endpoint) {
	host := ep.HostKey()
	if c.o.quiet || c.clear[host] {
		return
	}
	if c.clear == nil {
		c.clear = map[string]bool{}
	}
	c.clear[host] = true
	switch {
	case ep.TLS == vfs.TLSOff:
		c.e.say("ferry: warning: the password for %s goes out in clear text", host)
	case ftpsvc.FTPProxy(ep):
		c.e.say("ferry: warning: through an FTP proxy there is no TLS to %s: the password goes out in clear text", host)
	default:
		c.e.say("ferry: warning: %s offers no TLS: the password goes out in clear text", host)
	}
}

// tlsAlarm is the refusal to log in where TLS, once offered, is refused.
func tlsAlarm(ep vfs.Endpoint) error {
	return &vfs.Error{Op: "connect", Path: ep.HostKey(), Err: wrapped{
		errors.New("ALARM: this server offered TLS before and refuses it now; somebody may stand between, so no password was sent"), errors.Join(vfs.ErrTLS, vfs.ErrAlarm)}}
}

// do submits a request and waits for its end.
func (c *client) do(r ftpsvc.Request) (any, error) {
	id := c.submit(r, nil)
	return c.wait(id)
}

// list reads a folder; rows may be called many times.
func (c *client) list(conn ftpsvc.Conn, path string, rows func(vfs.Batch) error) (vfs.ListInfo, error) {
	v, err := c.wait(c.submit(ftpsvc.List{Conn: conn, Path: path}, rows))
	info, _ := v.(vfs.ListInfo)
	return info, err
}

func (c *client) submit(r ftpsvc.Request, rows func(vfs.Batch) error) ftpsvc.ID {
	id := c.svc.Submit(r)
	c.waiting[id] = &call{rows: rows}
	return id
}

// wait returns once the request has ended. After an interrupt all that waits
// is canceled, and waited for a little.
func (c *client) wait(id ftpsvc.ID) (any, error) {
	for k := c.waiting[id]; ; {
		if k.ended {
			delete(c.waiting, id)
			if k.err != nil && c.refusal != nil {
				return nil, c.refusal
			}
			return k.value, k.err
		}
		if err := c.pump(); err != nil {
			return nil, err
		}
	}
}

// drainTime is how long an interrupted verb waits for its requests to end.
const drainTime = 5 * time.Second

// pump waits for one batch of news and deals with it.
func (c *client) pump() error {
	ctx := c.ctx
	if ctx.Err() != nil {
		if !c.stopped {
			c.stopped = true
			for id := range c.waiting {
				c.svc.Submit(ftpsvc.Cancel{ID: id, Keep: true})
			}
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
	}
	b, err := c.svc.Next(ctx)
	for _, ev := range b.Events {
		c.event(ev)
	}
	if c.onBatch != nil {
		c.onBatch(b)
	}
	if c.unfiled != nil {
		return c.unfiled
	}
	if err != nil && c.ctx.Err() != nil && !c.stopped {
		return nil // interrupted just now: cancel what waits, next time round
	}
	return err
}

func (c *client) event(ev ftpsvc.Event) {
	switch ev := ev.(type) {
	case ftpsvc.Done:
		c.end(ev.ID, ev.Value, nil)
	case ftpsvc.Failed:
		c.end(ev.ID, nil, ev.Err)
	case ftpsvc.Canceled:
		c.end(ev.ID, nil, context.Canceled)
	case ftpsvc.Rows:
		if k := c.waiting[ev.ID]; k != nil && k.rows != nil && k.err == nil {
			if k.err = k.rows(ev.Batch); k.err != nil {
				c.svc.Submit(ftpsvc.Cancel{ID: ev.ID})
			}
		}
	case ftpsvc.Asked:
		if c.leaves && ev.Question.Kind == ftpsvc.AskConflict && !c.e.terminal() {
			return
		}
		c.svc.Submit(ftpsvc.Answer{Question: ev.Question.ID, Value: c.answer(ev.Question)})
	case ftpsvc.Logged:
		c.logged(ev.Line)
	case ftpsvc.Notice:
		switch {
		case errors.Is(ev.Err, queue.ErrFile):
			c.unfiled = ev.Err
		case !c.o.quiet:
			c.e.say("ferry: %s", ev.Text)
		}
	case ftpsvc.ItemRetry:
		if !c.o.quiet {
			c.e.say("ferry: %s; trying again%s", ev.Item.Err, after(ev.Wait))
		}
	case ftpsvc.ItemDone:
		if c.onItem != nil {
			c.onItem(ev)
		}
	}
}

// after is a wait in words, "" for one that nobody notices.
func after(wait time.Duration) string {
	if wait = wait.Round(time.Second); wait == 0 {
		return ""
	}
	return " in " + text.Duration(wait)
}

func (c *client) end(id ftpsvc.ID, v any, err error) {
	k := c.waiting[id]
	if k == nil || k.ended {
		return
	}
	k.ended, k.value = true, v
	if k.err == nil {
		k.err = err
	}
}

func (c *client) logged(l ftpsvc.LogLine) {
	c.lines = max(c.lines, l.Num)
	num := ""
	if c.lines > 1 {
		num = fmt.Sprintf("[%d] ", l.Num)
	}
	c.e.say("%s%c %s", num, l.Dir, l.Text)
}

// in is the absolute path of a target on its server.
func (t target) in(i ftpsvc.ConnInfo) string { return vfs.Resolve(t.path, i.Home, i.Style) }

// each does f for every argument, goes on after a failure, says each failure,
// and returns the first one.
func (c *client) each(args []string, f func(target) error) error {
	var first error
	for _, arg := range args {
		t, err := c.e.remote(c.o, arg)
		if err == nil {
			err = f(t)
		}
		if c.ctx.Err() != nil || errors.Is(err, io.ErrClosedPipe) {
			return err
		}
		if err != nil {
			if len(args) > 1 {
				c.e.say("ferry: %v", err)
				err = errReported{err}
			}
			if first == nil {
				first = err
			}
		}
	}
	return first
}

// open connects a target unless its account is connected, and returns its path.
func (c *client) open(t target) (ftpsvc.ConnInfo, string, error) {
	info, ok := c.infos[ftpsvc.Conn(t.ep.Key())]
	if !ok {
		var err error
		if info, err = c.connect(t); err != nil {
			return info, "", err
		}
		c.infos[ftpsvc.Conn(t.ep.Key())] = info
	}
	return info, t.in(info), nil
}
