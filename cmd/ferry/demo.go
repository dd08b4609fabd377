package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ferry/config"
	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/vfs"
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
				if err := e.needScreen(); err != nil {
					return err
				}
			}
			d, err := ftptest.Serve(cmd.Context(), ftptest.Options{})
			if err != nil {
				return local("start demo", "", err)
			}
			if serve {
				fmt.Fprintln(e.out, d.URL())
				_ = e.out.Flush()
				<-cmd.Context().Done()
				return local("end demo", "", d.Close())
			}
			return errors.Join(demoScreen(cmd, e, o, d), local("end demo", "", d.Close()))
		},
	}
	o.screenFlags(c.Flags())
	c.Flags().BoolVar(&serve, "serve", false, "no screen: print the URL and serve until interrupted")
	return c
}

// demoScreen opens the screen on d. What it learns and queues goes with it:
// the port is another one next time.
func demoScreen(cmd *cobra.Command, e *env, o *options, d *ftptest.Demo) error {
	if err := os.Mkdir(d.State, 0o700); err != nil {
		return local("start demo", "", err)
	}
	dirs := e.store.Dirs()
	dirs.State = d.State
	ep := vfs.Endpoint{Host: d.Host, Port: d.Port, User: d.User, TLS: vfs.TLSOff}
	if err := o.apply(&ep); err != nil {
		return err
	}
	s := screen{e: e, o: o, store: config.Open(dirs), target: &target{arg: "demo", ep: ep, password: d.Password, hasPassword: true}, local: d.Local, demo: true}
	return s.run(cmd.Context())
}
