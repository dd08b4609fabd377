package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/charmbracelet/x/term"

	"ferry/ftpsvc/vfs"
)

// watchSignals returns a context that the first interrupt, hang-up or request
// to end cancels: what runs then stops where it can be resumed. The second one
// ends the program at once.
func watchSignals(e *env) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	before, _ := term.GetState(e.in.Fd()) // to undo a hidden password prompt
	go func() {
		select {
		case <-ctx.Done():
			return
		case <-ch:
			e.restore(before)
			cancel()
		}
		if _, ok := <-ch; ok {
			e.restore(before)
			os.Exit(vfs.ExitCanceled)
		}
	}()
	return ctx, func() {
		signal.Stop(ch)
		cancel()
		close(ch)
	}
}

func (e *env) restore(s *term.State) {
	if s != nil && e.prompting.Load() {
		_ = term.Restore(e.in.Fd(), s)
	}
}
