package main

import (
	"github.com/spf13/cobra"
)

func newPut(e *env, o *options) *cobra.Command {
	var f transferFlags
	c := &cobra.Command{
		Use:   "put [-r] PATH... URL",
		Short: "upload files and, with -r, folders",
		Long: `Upload files and, with -r, folders.

Names resolve as with cp: an existing folder on the server takes the sources
inside, else the last element of the URL is the new name; a URL that ends in a
slash is a folder, made when missing. What would be replaced, and files from
1 MiB up, go up under a temporary name first where the server can rename.`,
		Args: atLeast(2),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return completeSites(e, nil, 0, ":")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.client(cmd.Context(), e, o)
			if err != nil {
				return err
			}
			defer c.close()
			copies, err := c.uploads(&f, args)
			if err != nil {
				return err
			}
			return c.transfer(&f, copies)
		},
	}
	f.flags(c, true)
	return c
}
