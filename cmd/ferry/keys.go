package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ferry/ui/action"
)

func newKeys(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "keys",
		Short: "list actions, their names for the key map, their keys, and what they do",
		Args:  exactly(0),
		RunE: func(*cobra.Command, []string) error {
			conf, problems := e.store.Config()
			for _, p := range problems {
				e.say("ferry: %s", p)
			}
			m, clashes := action.NewMap(conf.Keys.Preset, conf.Keys.Bind)
			for _, p := range clashes {
				e.say("ferry: %s: %s", e.store.Dirs().ConfigFile(), p)
			}
			menu := action.Menu("-")
			for _, a := range action.All() {
				if a.Menu != menu {
					if menu = a.Menu; menu == action.None {
						fmt.Fprintln(e.out, "\nElsewhere")
					} else {
						fmt.Fprintf(e.out, "\n%s\n", menu)
					}
				}
				if _, err := fmt.Fprintf(e.out, "  %-18s %-28s %s\n", a.Name, strings.Join(m.Keys(a.Name), "  "), a.Help); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
