package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ferry/config"
)

func newConfig(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "print where the settings are, and all of them at their defaults",
		Args:  exactly(0),
		RunE: func(*cobra.Command, []string) error {
			_, problems := e.store.Config()
			for _, p := range problems {
				e.say("ferry: %s", p)
			}
			_, err := fmt.Fprintf(e.out, "# %s\n# Every key at its default. Put only what you change into the file.\n\n%s", e.store.Dirs().ConfigFile(), config.Reference())
			return err
		},
	}
}
