package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/charmbracelet/x/term"

	"ferry/config"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
)

// env is the world outside: what main reads and writes.
type env struct {
	args   []string
	in     *os.File
	out    *bufio.Writer // stdout
	err    io.Writer     // stderr
	outTTY bool
	errTTY bool
	store  *config.Store

	prompting atomic.Bool // somebody is asked on the terminal
	stdinOnce sync.Once   // of the three below
	stdinLine string
	stdinErr  error
	lines     *bufio.Reader // of answers typed on the terminal

	mu     sync.Mutex // over err
	status string     // the line on the terminal that is drawn over
}

func systemEnv() *env {
	args := make([]string, len(os.Args)-1)
	for i, a := range os.Args[1:] {
		args[i] = strings.Clone(a) // hideArgs writes over the originals
	}
	return &env{
		args: args, in: os.Stdin, out: bufio.NewWriterSize(os.Stdout, 64<<10), err: os.Stderr,
		outTTY: term.IsTerminal(os.Stdout.Fd()), errTTY: term.IsTerminal(os.Stderr.Fd()),
		store: config.Open(config.Folders()),
	}
}

// name is a name or path for stdout: safe to draw on a terminal, else the
// bytes as they are.
func (e *env) name(s string) string {
	if e.outTTY {
		return text.Display(s)
	}
	return vfs.BytesOfName(s)
}

// say writes a line to stderr, safe to draw, above the status line if there is one.
func (e *env) say(format string, a ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	lines := strings.Split(strings.TrimRight(fmt.Sprintf(format, a...), "\n"), "\n")
	clear := ""
	if e.status != "" {
		clear = "\r\x1b[K"
	}
	for _, l := range lines {
		fmt.Fprintf(e.err, "%s%s\n", clear, text.Display(l))
		clear = ""
	}
	io.WriteString(e.err, e.status)
}

// setStatus draws the status line; "" takes it away. Only for a terminal.
func (e *env) setStatus(s string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s == e.status {
		return
	}
	if s == "" || e.status != "" {
		io.WriteString(e.err, "\r\x1b[K")
	}
	io.WriteString(e.err, s)
	e.status = s
}

// errReported is an error whose words the user has seen already.
type errReported struct{ error }

func (e errReported) Unwrap() error { return e.error }

// report prints what went wrong and what to try, and returns the exit code.
// parallel says that the verb has this flag.
func (e *env) report(ctx context.Context, err error, parallel bool) int {
	e.setStatus("")
	if err == nil {
		return vfs.ExitOK
	}
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, vfs.ErrConnLost)) {
		err = errReported{context.Canceled}
	}
	var seen errReported
	if !errors.As(err, &seen) {
		e.say("ferry: %s", err)
		if h := hint(err, parallel); h != "" {
			e.say("       %s", h)
		}
	}
	var code exitCode
	if errors.As(err, &code) {
		return int(code)
	}
	return vfs.ExitCode(err)
}

// exitCode is an error that only says how the program ends.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// usage is an error in what was typed.
func usage(format string, a ...any) error {
	return wrapped{fmt.Errorf(format, a...), vfs.ErrUsage}
}

// wrapped is an error with the words of one and the class of another.
type wrapped struct{ words, class error }

func (w wrapped) Error() string   { return w.words.Error() }
func (w wrapped) Unwrap() []error { return []error{w.words, w.class} }

// safeWord is a column of a listing: no blanks and nothing that could pass for
// another column.
func safeWord(s string) string {
	if strings.ContainsAny(s, " \t\r\n") {
		s = strings.Join(strings.Fields(s), "_")
	}
	return text.Display(s)
}

// local gives an error of this machine's files its class; nil stays nil.
func local(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &vfs.Error{Op: op, Path: path, Err: wrapped{err, vfs.ErrLocal}}
}
