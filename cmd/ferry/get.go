package main

import (
	"github.com/spf13/cobra"
)

func newGet(e *env, o *options) *cobra.Command {
	var f transferFlags
	c := &cobra.Command{
		Use:   "get [-r] URL... [DEST]",
		Short: "download files and, with -r, folders",
		Long: `Download files and, with -r, folders to DEST, or to the folder where you are.

Names resolve as with cp: an existing folder takes the sources inside, else
DEST is the new name; a URL that ends in /. stands for what is in the folder.
Links that are named are followed; those below a folder are skipped unless the
setting links says otherwise. A file has its final name only when it is whole; what an
interrupt (Ctrl+C) or a kill leaves is taken up where it stopped by the same
command, or by ferry queue run. Files that are there are replaced unless --if says
otherwise; with --if=differs a tree that is there already costs one listing
for each folder and no transfer. What a listing holds that could not be read or
cannot be named here is left out and told, and the exit code is then 7.`,
		Args:              atLeast(1),
		ValidArgsFunction: sitePaths(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.client(cmd.Context(), e, o)
			if err != nil {
				return err
			}
			defer c.close()
			copies, err := c.downloads(&f, args)
			if err != nil {
				return err
			}
			return c.transfer(&f, copies)
		},
	}
	f.flags(c, true)
	f.downFlags(c)
	return c
}
