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
			e.store.Locate(clashes)
			for _, p := range clashes {
				e.say("ferry: %s", p)
			}
			task := action.None
			for _, a := range action.ByTask() {
				if a.Task != task {
					if task != action.None {
						fmt.Fprintln(e.out)
					}
					task = a.Task
					fmt.Fprintln(e.out, task)
				}
				if _, err := fmt.Fprintf(e.out, "  %-18s %-28s %s\n", a.Name, strings.Join(m.Keys(a.Name), "  "), a.Help); err != nil {
					return err
				}
			}
			_, err := fmt.Fprintf(e.out, "\nTo change one, on the screen: %s; or by hand, in %s:\n\n[keys.bind]\ncopy = [\"f5\", \"c\"]\n", m.Ref("change-key"), e.store.Dirs().ConfigFile())
			return err
		},
	}
}
