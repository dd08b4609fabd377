package main

import (
	"github.com/spf13/cobra"

	"ferry/ftpsvc"
)

func newCat(e *env, o *options) *cobra.Command {
	return &cobra.Command{
		Use:               "cat URL...",
		Short:             "write files to standard output",
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
				_, err = c.do(ftpsvc.Read{Conn: info.Conn, Path: path, Limit: -1, W: e.out})
				return err
			})
		},
	}
}
