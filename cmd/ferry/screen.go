package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"ferry/config"
	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui"
)

// openScreen is `ferry`, `ferry URL` and `ferry NAME`.
func openScreen(cmd *cobra.Command, e *env, o *options, args []string) error {
	s := screen{e: e, o: o, store: e.store}
	if len(args) == 1 {
		var verbs []string
		for _, c := range cmd.Commands() {
			verbs = append(verbs, c.Name())
		}
		t, err := e.siteOrURL(o, args[0], verbs)
		if err != nil {
			return err
		}
		s.target = &t
	}
	if err := e.needScreen(); err != nil {
		return err
	}
	return s.run(cmd.Context())
}

// needScreen refuses where no screen can be drawn, with one line.
func (e *env) needScreen() error {
	const verbs = "the verbs ls, get, put, cat, mkdir, rm, mv and queue work without one"
	switch {
	case !e.outTTY || !term.IsTerminal(e.in.Fd()):
		return usage("the screen needs a terminal on standard input and output; %s", verbs)
	case os.Getenv("TERM") == "dumb" || os.Getenv("TERM") == "" && !windows:
		return usage("the screen needs a terminal that can move the cursor, and TERM is %q; %s", os.Getenv("TERM"), verbs)
	}
	return nil
}

// screen is what joins the settings, the service and the screen.
type screen struct {
	e      *env
	o      *options
	store  *config.Store
	target *target // connected at once; nil: the connect dialog
	local  string  // folder of the local pane
	demo   bool
}

func (s *screen) run(ctx context.Context) error {
	conf, notices := settings{s.store}.Load()
	_, broken := s.store.Sites()
	_, more := s.store.Bookmarks()
	for _, p := range append(broken, more...) {
		notices = append(notices, p.Error())
	}
	mem := s.store.Memory()
	if err := mem.Problem(); err != nil {
		notices = append(notices, err.Error())
	}
	if s.o.ascii {
		conf.Screen.Glyphs = "ascii"
	}
	opt := ui.Options{Config: conf, Settings: settings{s.store}, Book: book{s.store, conf}, Version: versionText(), Demo: s.demo, Local: s.local}
	if opt.Local == "" {
		opt.Local = conf.Screen.LocalStart
	}
	if t := s.target; t != nil {
		if t.localStart != "" {
			opt.Local = t.localStart
		}
		if t.hasPassword && !s.demo && !t.ep.Anonymous() {
			notices = append(notices, "other users of this machine may have seen the password in the URL")
		}
		if err := s.connectTo(&opt, *t, conf, mem); err != nil {
			return err
		}
	}
	opt.Problems = notices
	t := conf.Transfer
	so := ftpsvc.Options{
		Memory: memory{mem}, Queue: s.store.Dirs().QueueFile(), Endpoint: s.endpoint(conf), Log: max(2, s.o.verbose), Foreign: true,
		KeepFinished: time.Duration(t.KeepFinished),
		Workers:      t.ParallelAll, PerSite: t.Parallel, Down: int64(t.LimitDown), Up: int64(t.LimitUp),
	}
	svc, err := ftpsvc.New(so)
	if err != nil {
		return err
	}
	opt.API = svc
	err = ui.Run(ctx, opt)
	if errors.Is(err, context.Canceled) { // by a signal: the terminal is restored, the queue is on disk
		err = errReported{err}
	}
	return errors.Join(err, svc.Close(), local("keep what was learned", "", mem.Close()))
}

// connectTo fills in what the screen connects to at once.
func (s *screen) connectTo(opt *ui.Options, t target, conf config.Config, mem *config.Memory) error {
	c := client{e: s.e, o: s.o, conf: conf}
	var err error
	if opt.Password, opt.HasPassword, err = c.knownPassword(t); err != nil {
		return err
	}
	ep := withDefaults(t.ep, conf.Connection)
	if t.path != "" {
		ep.Start = t.path
	}
	if s.demo { // its password is worth nothing: no question about clear text
		mem.Learn(ep.Key(), func(l *config.Learned) { l.ClearOK = true })
	}
	opt.Connect = &ep
	return nil
}

// endpoint finds how an account of the queue is reached.
func (s *screen) endpoint(conf config.Config) func(string) (vfs.Endpoint, bool) {
	return func(key string) (vfs.Endpoint, bool) {
		list, _ := s.store.Sites()
		for _, site := range list {
			if ep := endpointOf(site); ep.Key() == key {
				return withDefaults(ep, conf.Connection), true
			}
		}
		return vfs.Endpoint{}, false
	}
}
