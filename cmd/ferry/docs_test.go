package main

import (
	"bufio"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ferry/config"
)

// TestTheReadmeNamesEveryVerbAndFlag, so that nothing is there that nobody can find.
func TestTheReadmeNamesEveryVerbAndFlag(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)
	root := newRoot(&env{out: bufio.NewWriter(io.Discard), err: io.Discard, store: config.Open(config.Dirs{})})
	root.InitDefaultCompletionCmd()
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && !strings.Contains(readme, "--"+f.Name) {
				t.Errorf("%s --%s is not in the README", c.CommandPath(), f.Name)
			}
		})
		for _, sub := range c.Commands() {
			if sub.Hidden {
				continue
			}
			if c == root && !strings.Contains(readme, "ferry "+sub.Name()) || !strings.Contains(readme, sub.Name()) {
				t.Errorf("%s is not in the README", sub.CommandPath())
			}
			if sub.Short == "" {
				t.Errorf("%s has no description", sub.CommandPath())
			}
			if sub.Parent() != nil && sub.Parent().Name() != "completion" {
				check(sub)
			}
		}
	}
	check(root)
	for _, must := range []string{"go run ./cmd/ferry demo", "go test ./...", "github.com/jlaffaye/ftp", "charmbracelet/bubbletea", "charmbracelet/bubbles", "charmbracelet/lipgloss"} {
		if !strings.Contains(readme, must) {
			t.Errorf("the README does not say %q", must)
		}
	}
}
