package main

import (
	"github.com/spf13/cobra"

	"ferry/ftpsvc"
)

func newMv(e *env, o *options) *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "mv [-f] URL URL",
		Short: "rename or move on one server",
		Long: `Rename a file or folder, or move it on its server.

An existing folder takes the source inside, else the second URL is the new
name. A file that is there is replaced only with -f.`,
		Args:              exactly(2),
		ValidArgsFunction: sitePaths(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			from, err := e.remote(o, args[0])
			if err != nil {
				return err
			}
			to, err := e.remote(o, args[1])
			if err != nil {
				return err
			}
			if from.ep.Key() != to.ep.Key() {
				return usage("mv works within one account; %s and %s are two", from.arg, to.arg)
			}
			c, err := newClient(cmd.Context(), e, o, serviceOptions{})
			if err != nil {
				return err
			}
			defer c.close()
			return c.mv(from, to, force)
		},
	}
	c.Flags().BoolVarP(&force, "force", "f", false, "replace a file that is there")
	return c
}

func (c *client) mv(from, to target, force bool) error {
	info, src, err := c.open(from)
	if err != nil {
		return err
	}
	dst := to.in(info)
	folder := to.slash()
	if !folder {
		if folder, err = c.isFolder(info.Conn, dst); err != nil {
			return err
		}
	}
	if folder {
		dst = info.Style.Join(dst, info.Style.Base(src))
	}
	_, err = c.do(ftpsvc.Rename{Conn: info.Conn, From: src, To: dst, Overwrite: force})
	return err
}
