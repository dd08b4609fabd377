package main

import (
	"context"
	"fmt"
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
			if e.prompting.Load() { // nobody listens but the terminal
				e.quit(before)
			}
			cancel()
		}
		if _, ok := <-ch; ok {
			e.quit(before)
		}
	}()
	return ctx, func() {
		signal.Stop(ch)
		cancel()
		close(ch)
	}
}

// quit ends the program at once, with the terminal as it was.
func (e *env) quit(s *term.State) {
	if s != nil && e.prompting.Load() {
		_ = term.Restore(e.in.Fd(), s)
		fmt.Fprintln(e.err)
	}
	os.Exit(vfs.ExitCanceled)
}
