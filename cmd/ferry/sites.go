package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ferry/config"
	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
)

func newSites(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "sites [--json]",
		Short: "list saved sites; sites add and sites rm change them",
		Args:  exactly(0),
		RunE: func(*cobra.Command, []string) error {
			list, problems := e.store.Sites()
			var failed error
			for _, p := range problems {
				e.say("ferry: %s", p)
				if !p.Harmless() { // the list is not whole
					failed = errReported{usage("%s", p)}
				}
			}
			enc := json.NewEncoder(e.out)
			enc.SetEscapeHTML(false)
			for _, s := range list {
				ep := endpointOf(s)
				var err error
				if asJSON {
					err = enc.Encode(struct {
						Name string `json:"name"`
						URL  string `json:"url"`
						Note string `json:"note,omitempty"`
					}{s.Name, ep.URL(s.Start), s.Note})
				} else {
					note := ""
					if s.Note != "" {
						note = "  " + text.Display(s.Note)
					}
					_, err = fmt.Fprintf(e.out, "%-20s  %s%s\n", e.name(s.Name), ep.URL(s.Start), note)
				}
				if err != nil {
					return err
				}
			}
			return failed
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "an object a line")
	c.AddCommand(newSitesAdd(e), newSitesRm(e))
	return c
}

func newSitesAdd(e *env) *cobra.Command {
	var o options
	var keyring bool
	c := &cobra.Command{
		Use:   "add NAME URL",
		Short: "save a site, with the flags --tls, --mode, --charset and --insecure",
		Long: `Save a site under a name. No password goes into the file; with --keyring that
of the URL, or one that is asked for, goes into the system's keyring.`,
		Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			f := cmd.Flags()
			o.tls, o.mode, o.charset = f.Lookup("tls").Value.String(), f.Lookup("mode").Value.String(), f.Lookup("charset").Value.String()
			o.insecure, _ = f.GetBool("insecure")
			t, err := e.remote(&o, args[1])
			if err != nil {
				return err
			}
			if err := checkSite(args[0], t.ep); err != nil {
				return wrapped{err, vfs.ErrUsage}
			}
			ep := t.ep
			s := config.NamedSite{Name: args[0], Site: config.Site{Host: ep.Host, Port: ep.Port, User: ep.User, Start: t.path,
				TLS: string(ep.TLS), Mode: string(ep.Data), Charset: ep.Charset, Insecure: ep.Insecure, Keyring: keyring}}
			if keyring {
				if !t.hasPassword {
					if !e.terminal() {
						return usage("--keyring: no password in the URL, and no terminal to ask on")
					}
					if t.password, err = e.typedPassword("password for " + ep.Key() + ": "); err != nil {
						return err
					}
				}
				if err := config.SavePassword(ep.Key(), t.password); err != nil {
					return local("save password", ep.Key(), err)
				}
			} else if t.hasPassword {
				e.say("ferry: the password is not saved; --keyring puts it into the system's keyring")
			}
			err = e.store.SaveSite("", s)
			switch {
			case errors.Is(err, config.ErrTaken):
				return wrapped{err, vfs.ErrUsage}
			case err != nil:
				return wrapped{err, vfs.ErrLocal}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&keyring, "keyring", false, "keep the password in the system's keyring")
	return c
}

// checkSite refuses what could be saved and not be used.
func checkSite(name string, ep vfs.Endpoint) error {
	if err := ftpsvc.CheckCharset(ep.WithDefaults().Charset); err != nil {
		return err
	}
	return config.CheckSiteName(name)
}

func newSitesRm(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "rm NAME",
		Short: "delete a saved site, and its password from the keyring",
		Args:  exactly(1),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return completeSites(e, args, 1, "")
		},
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := e.store.Site(args[0])
			if err != nil {
				return usage("%v", err)
			}
			if err := e.store.DeleteSite(s.Name); err != nil {
				return local("delete site", "", err)
			}
			if s.Keyring {
				return local("delete password", "", config.DeletePassword(endpointOf(s).Key()))
			}
			return nil
		},
	}
}
