package ui

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"
)

// ErrNoScreen is the error for a terminal that cannot show the screen: none at
// all, or a dumb one.
var ErrNoScreen = errors.New("ferry needs a terminal with cursor addressing; its verbs (ferry ls, get, put) work without one")

// Run shows the screen until the user leaves, ctx ends, or a signal comes; in
// the last two cases it returns context.Canceled. The terminal is restored in
// every case. The caller then closes the service.
func Run(ctx context.Context, opt Options) error {
	if t := os.Getenv("TERM"); t == "dumb" || t == "" && !noTermNeeded {
		return ErrNoScreen
	}
	if !term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd()) {
		return ErrNoScreen
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if opt.Config.Screen.Glyphs != "unicode" && !drawsUnicode() {
		opt.Config.Screen.Glyphs = "ascii"
	}
	m := newModel(ctx, opt)
	m.plainEditor = plainEditor(exec.LookPath)
	p := tea.NewProgram(m, programOptions(opt)...)

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, stopSignals...)
	defer signal.Stop(stop)
	gone := make(chan struct{})
	watched := make(chan struct{})
	go func() { // ends with Run
		defer close(watched)
		select {
		case <-stop:
		case <-ctx.Done():
		case <-gone:
			return
		}
		cancel()
		p.Quit()
	}()
	_, err := p.Run()
	ended := ctx.Err()
	cancel()
	close(gone)
	<-watched
	if err == nil && ended != nil {
		return context.Canceled
	}
	if err == nil && m.stopped != nil && !errors.Is(m.stopped, context.Canceled) {
		err = m.stopped
	}
	return err
}

// programOptions are what every terminal gets.
func programOptions(opt Options) []tea.ProgramOption {
	fps := opt.Config.Screen.FPS
	if fps == 0 {
		fps = 60
		if os.Getenv("SSH_TTY") != "" {
			fps = 30
		}
	}
	return []tea.ProgramOption{
		tea.WithInput(guard(os.Stdin)),
		tea.WithFilter(filter),
		tea.WithoutSignalHandler(),
		tea.WithFPS(fps),
	}
}

// filter turns the size 0x0, which some consoles report, into 80x24.
func filter(_ tea.Model, msg tea.Msg) tea.Msg {
	if s, ok := msg.(tea.WindowSizeMsg); ok && (s.Width <= 0 || s.Height <= 0) {
		return tea.WindowSizeMsg{Width: 80, Height: 24}
	}
	return msg
}

// drawsUnicode tells by the locale whether box drawing and bars can be shown;
// where the user's terminal makes them two columns wide they cannot.
func drawsUnicode() bool {
	if wide, err := strconv.ParseBool(os.Getenv("RUNEWIDTH_EASTASIAN")); err == nil && wide {
		return false
	}
	if noTermNeeded {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(os.Getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true // nothing is said: terminals of today draw it
}
