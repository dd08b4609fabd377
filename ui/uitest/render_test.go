package uitest

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"ferry/ui/text"
)

// pieces of names by script; the renderer has lost accents and shifted columns in some of them.
var scripts = map[string][]string{
	"ascii":     {"a", "name", ".txt", " ", "_", "0"},
	"cjk":       {"写真", "家", "族", "한국", "ｆｕ", "a", " "},
	"combining": {"cafe\u0301", "n\u0303", "o\u0308\u0323", "x", " "},
	"emoji":     {"🎉", "📁", "a", " "},
	"thai":      {"ไทย", "ภาษา", "a", " "},
	"hindi":     {"हिन्दी", "नमस्ते", "a", " "},
	"arabic":    {"عربى", "ملف", "a", " "},
}

type frameMsg string

// player shows whatever frame it is sent.
type player struct{ frame string }

func (p player) Init() tea.Cmd { return nil }
func (p player) Update(m tea.Msg) (tea.Model, tea.Cmd) {
	if f, ok := m.(frameMsg); ok {
		p.frame = string(f)
	}
	return p, nil
}
func (p player) View() tea.View {
	v := tea.NewView(p.frame)
	v.AltScreen = true
	return v
}

// cooked is a terminal that makes CR LF of LF, as a real one does.
type cooked struct {
	em   *display
	news chan struct{}
}

func (c cooked) Write(p []byte) (int, error) {
	_, err := c.em.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n")))
	select {
	case c.news <- struct{}{}:
	default:
	}
	return len(p), err
}

func emRows(em *display, w, h int) string {
	t := &Term{em: em, w: w, h: h}
	return t.Screen().String()
}

// What the renderer sends must draw the frame that it was given: with
// scrolled, repeated and blank rows, in every script.
func TestTheTerminalShowsTheFrameThatWasDrawn(t *testing.T) {
	const w, h = 60, 12
	frames := 40
	if testing.Short() {
		frames = 12
	}
	for name, parts := range scripts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := cooked{newDisplay(w, h), make(chan struct{}, 1)}
			go func() { _, _ = io.Copy(io.Discard, out.em) }()
			defer out.em.close()
			p := tea.NewProgram(player{}, tea.WithInput(nil), tea.WithOutput(out), tea.WithWindowSize(w, h), tea.WithColorProfile(colorprofile.TrueColor),
				tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithoutSignalHandler(), tea.WithFPS(120))
			ended := make(chan error, 1)
			go func() { _, err := p.Run(); ended <- err }()
			rnd := rand.New(rand.NewPCG(1, uint64(len(name))))
			rows := make([]string, h)
			for n := range frames {
				next(rnd, parts, rows, n, w)
				frame := strings.Join(rows, "\n")
				p.Send(frameMsg(frame))
				want := trimmed(rows)
				if got, ok := await(out, w, h, want); !ok {
					t.Fatalf("frame %d\n--- drawn\n%s\n--- shown\n%s", n, want, got)
				}
			}
			p.Quit()
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
		})
	}
}

// next changes the rows as a file manager does: scroll, replace, repeat, blank.
func next(rnd *rand.Rand, parts []string, rows []string, n, w int) {
	row := func() string {
		var b strings.Builder
		b.WriteString("\x1b[3" + fmt.Sprint(1+rnd.IntN(6)) + "m")
		for range rnd.IntN(30) {
			b.WriteString(parts[rnd.IntN(len(parts))])
		}
		return text.Method{}.Pad(b.String()+"\x1b[m", w)
	}
	last := len(rows) - 1
	switch rnd.IntN(5) {
	case 0:
		copy(rows[:last-1], rows[1:last])
		rows[last-1] = row()
	case 1:
		copy(rows[1:last], rows[:last-1])
		rows[0] = row()
	case 2:
		rows[rnd.IntN(last)] = rows[rnd.IntN(last)]
	case 3:
		rows[rnd.IntN(last)] = text.Spaces(w)
	default:
		for i := range last {
			if rnd.IntN(2) == 0 {
				rows[i] = row()
			}
		}
	}
	for i := range rows {
		if rows[i] == "" {
			rows[i] = text.Spaces(w)
		}
	}
	rows[last] = text.Method{}.Pad(fmt.Sprintf("frame %d", n), w)
}

func trimmed(rows []string) string {
	var out []string
	for _, r := range rows {
		out = append(out, strings.TrimRight(stripSGR(r), " "))
	}
	return strings.Join(out, "\n")
}

func stripSGR(s string) string {
	for {
		i := strings.Index(s, "\x1b[")
		if i < 0 {
			return s
		}
		j := strings.IndexByte(s[i:], 'm')
		s = s[:i] + s[i+j+1:]
	}
}

func await(out cooked, w, h int, want string) (got string, ok bool) {
	limit := time.NewTimer(10 * time.Second)
	defer limit.Stop()
	for {
		if got = emRows(out.em, w, h); got == want {
			return got, true
		}
		select {
		case <-out.news:
		case <-limit.C:
			return got, false
		}
	}
}
