package main

import (
	"github.com/spf13/cobra"

	"ferry/ftpsvc"
)

func newMkdir(e *env, o *options) *cobra.Command {
	var parents bool
	c := &cobra.Command{
		Use:               "mkdir [-p] URL...",
		Short:             "make folders",
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
				_, err = c.do(ftpsvc.Mkdir{Conn: info.Conn, Path: path, Parents: parents})
				return err
			})
		},
	}
	c.Flags().BoolVarP(&parents, "parents", "p", false, "make what is missing above too; one that is there is no error")
	return c
}
