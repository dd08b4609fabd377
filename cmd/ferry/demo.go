package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ferry/ftpsvc/ftptest"
)

func newDemo(e *env, o *options) *cobra.Command {
	var serve bool
	c := &cobra.Command{
		Use:   "demo [--serve]",
		Short: "open the screen on an FTP server of its own, with sample files",
		Long: `Start an FTP server on 127.0.0.1 over a temporary folder with sample files, and
open the screen connected to it. The local pane starts in a second temporary
folder. Both go when it ends. --serve only serves and prints the URL, for
other clients.`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !serve {
				return usage("only demo --serve works in this version")
			}
			d, err := ftptest.Serve(cmd.Context(), ftptest.Options{})
			if err != nil {
				return local("start demo", "", err)
			}
			fmt.Fprintln(e.out, d.URL())
			_ = e.out.Flush()
			<-cmd.Context().Done()
			return local("end demo", "", d.Close())
		},
	}
	c.Flags().BoolVar(&serve, "serve", false, "no screen: print the URL and serve until interrupted")
	return c
}
