package main

import (
	"github.com/spf13/cobra"

	"ferry/ftpsvc"
)

func newRm(e *env, o *options) *cobra.Command {
	var recursive, unread bool
	c := &cobra.Command{
		Use:   "rm [-r] URL...",
		Short: "delete files and, with -r, folders",
		Long: `Delete files and, with -r, folders with all that is in them. It does not ask.

Links are deleted, never followed. The folder after login is refused, and so
are those above it. A folder whose listing holds lines that could not be read
is left, unless --unread.`,
		Args:              atLeast(1),
		ValidArgsFunction: sitePaths(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd.Context(), e, o, serviceOptions{})
			if err != nil {
				return err
			}
			defer c.close()
			return c.each(args, func(t target) error {
				info, path, err := c.open(t)
				if err != nil {
					return err
				}
				if t.path == "" || info.Style.IsRoot(path) || info.Style.Within(path, info.Home) {
					return usage("%s is the folder after login, or one that holds it; name what is to be deleted", t.arg)
				}
				_, err = c.do(ftpsvc.Delete{Conn: info.Conn, Paths: []string{path}, Recursive: recursive, Unread: unread})
				return err
			})
		},
	}
	c.Flags().BoolVarP(&recursive, "recursive", "r", false, "folders with all that is in them")
	c.Flags().BoolVar(&unread, "unread", false, "go on although lines of a listing could not be read")
	return c
}
