package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
)

func newQuote(e *env, o *options) *cobra.Command {
	c := &cobra.Command{
		Use:   "quote URL COMMAND [ARGUMENT...]",
		Short: "send a raw command and print the reply",
		Long: `Send a raw command, such as STAT or SITE HELP, and print the server's reply.
It acts in the folder of the URL, where it names one. The exit code is 6 where the server refuses it.`,
		Args: atLeast(2),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return completeSites(e, args, 1, ":")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := e.remote(o, args[0])
			if err != nil {
				return err
			}
			c, err := newClient(cmd.Context(), e, o, serviceOptions{})
			if err != nil {
				return err
			}
			defer c.close()
			info, dir, err := c.open(t)
			if err != nil {
				return err
			}
			if t.path == "" { // where the login leads
				dir = ""
			}
			v, err := c.do(ftpsvc.Quote{Conn: info.Conn, Dir: dir, Line: strings.Join(args[1:], " ")})
			if err != nil {
				return err
			}
			r, _ := v.(vfs.Reply)
			for i, l := range r.Lines {
				if e.outTTY {
					l = text.Display(l)
				}
				if i == 0 {
					l = fmt.Sprintf("%d %s", r.Code, l)
				}
				fmt.Fprintln(e.out, l)
			}
			if r.Code >= 400 {
				return errReported{exitCode(vfs.ExitRefused)}
			}
			return nil
		},
	}
	c.Flags().SetInterspersed(false) // what comes after the URL is the command's
	return c
}
