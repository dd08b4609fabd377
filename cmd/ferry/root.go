package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ferry/config"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
)

const rootLong = `ferry is a file manager with two panes, one local, one on an FTP or FTPS
server, with a transfer queue, and the same powers as verbs for scripts.

  ferry                     open the screen with the connect dialog
  ferry ftp://user@host/    open the screen connected; no user is anonymous
  ferry NAME                open a saved site
  ferry demo                try it on a server of its own

A URL is ftp:// (TLS where the server offers it), ftpes:// (explicit TLS) or
ftps:// (implicit TLS). Its path counts from the folder after login;
ftp://host//path, with two slashes, counts from the root. NAME:path is a path
on a saved site.

Passwords come from --password-stdin, the URL (others can see it), the
variable FERRY_PASSWORD, the keyring, ~/.netrc, or are asked for.

Exit codes: 0 done, 2 wrong use, 3 cannot connect, 4 login refused, 5 TLS or
certificate, 6 refused by the server, 7 some transfers failed or are left, 8
verification failed, 9 local disk, 130 canceled.`

// newRoot builds all commands. Nothing is read and nothing connected before one runs.
func newRoot(e *env) *cobra.Command {
	o := &options{}
	root := &cobra.Command{
		Use:           "ferry [flags] [URL | NAME]",
		Short:         "two-pane file manager and verbs for FTP and FTPS",
		Long:          rootLong,
		Args:          atMost(1),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(c *cobra.Command, args []string) error { return openScreen(c, e, o, args) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return completeSites(e, args, 1, "")
		},
	}
	root.Version = versionLine()
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(&cobra.Command{Use: "help [verb]", Short: "help about a verb", RunE: func(c *cobra.Command, args []string) error {
		v, rest, err := c.Root().Find(args)
		if err != nil || v == nil || len(rest) > 0 {
			return usage("there is no verb %q", strings.Join(args, " "))
		}
		return v.Help()
	}})
	o.connFlags(root.PersistentFlags())
	o.screenFlags(root.Flags())
	root.AddCommand(
		newLs(e, o), newGet(e, o), newPut(e, o), newCat(e, o), newMkdir(e, o), newRm(e, o), newMv(e, o),
		newQuote(e, o), newQueue(e, o), newSites(e), newKeys(e), newConfig(e), newDoctor(e, o),
		newDemo(e, o), newVersion(e), newMan(e),
	)
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

// options are the flags that say how a server is reached; they hold for the
// screen and for every verb.
type options struct {
	tls, mode, charset string
	insecure           bool
	passwordStdin      bool
	verbose            int
	quiet              bool
	ascii              bool // the screen in ASCII glyphs
}

// screenFlags are those of the commands that open the screen.
func (o *options) screenFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.ascii, "ascii", false, "draw the screen with ASCII signs alone")
}

func (o *options) connFlags(f *pflag.FlagSet) {
	f.Var(word(&o.tls, "try", "off", "explicit", "implicit"), "tls", "encryption: try, off, explicit or implicit; goes over the URL's scheme")
	f.Var(word(&o.mode, "auto", "epsv", "pasv", "eprt", "port"), "mode", "data connections: auto, epsv, pasv, eprt or port")
	f.StringVar(&o.charset, "charset", "", "charset of names on the server, such as GBK (default auto)")
	f.BoolVar(&o.insecure, "insecure", false, "take any certificate: whoever stands between can read and change everything")
	f.BoolVar(&o.passwordStdin, "password-stdin", false, "read the password from the first line of standard input")
	f.CountVarP(&o.verbose, "verbose", "v", "show commands and replies; twice: TLS, timings and data connections too")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no warnings and notices")
}

// choice is a flag that takes one of a few words.
type choice struct {
	to    *string
	words []string
}

func word(to *string, words ...string) *choice { return &choice{to, words} }

func (c *choice) String() string { return *c.to }
func (c *choice) Type() string   { return "word" }
func (c *choice) Set(s string) error {
	for _, w := range c.words {
		if s == w {
			*c.to = s
			return nil
		}
	}
	err := fmt.Errorf("not one of %s", strings.Join(c.words, ", "))
	if near := config.Nearest(s, c.words); near != "" {
		err = fmt.Errorf("%w; did you mean %q?", err, near)
	}
	return err
}

// rate is a flag that takes bytes a second, or bytes.
type rate struct {
	to    *int64
	parse func(string) (int64, error)
}

func (r rate) String() string {
	if r.to == nil || *r.to == 0 {
		return ""
	}
	return fmt.Sprint(*r.to)
}
func (r rate) Type() string { return "bytes" }
func (r rate) Set(s string) (err error) {
	*r.to, err = r.parse(s)
	return err
}

// flagError adds the nearest flag to an unknown one, and makes exit code 2 of it.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		name := unknown.GetSpecifiedName()
		if near := config.Nearest(name, names); near != "" && len(name) > 1 {
			return usage("unknown flag --%s; did you mean --%s?", name, near)
		}
		return usage("%v; `%s --help` lists them", err, c.CommandPath())
	}
	return usage("%v", err)
}

// Arguments that do not fit end with exit code 2 and the line of use.
func atMost(n int) cobra.PositionalArgs {
	return argCount(func(got int) bool { return got <= n })
}

func atLeast(n int) cobra.PositionalArgs {
	return argCount(func(got int) bool { return got >= n })
}

func exactly(n int) cobra.PositionalArgs {
	return argCount(func(got int) bool { return got == n })
}

func argCount(fits func(int) bool) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if fits(len(args)) {
			return nil
		}
		if len(args) == 0 {
			return usage("an argument is missing; use: %s", c.UseLine())
		}
		return usage("%s; use: %s", text.Plural(int64(len(args)), "argument does not fit", "arguments do not fit"), c.UseLine())
	}
}

// group is a verb that only has verbs below it.
func group(c *cobra.Command) *cobra.Command {
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		var names []string
		for _, s := range c.Commands() {
			names = append(names, s.Name())
		}
		if len(args) == 0 {
			return usage("say which: %s %s", c.CommandPath(), strings.Join(names, "|"))
		}
		if near := config.Nearest(args[0], names); near != "" {
			return usage("unknown verb %q; did you mean %q?", args[0], c.CommandPath()+" "+near)
		}
		return usage("unknown verb %q; there are %s", args[0], strings.Join(names, ", "))
	}
	return c
}

// completeSites offers the names of saved sites for the first n arguments.
func completeSites(e *env, args []string, n int, after string) ([]string, cobra.ShellCompDirective) {
	if len(args) >= n && n > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	list, _ := e.store.Sites()
	var names []string
	for _, s := range list {
		if vfs.MaskURL(s.Name) == s.Name && !strings.ContainsAny(s.Name, "\t\n") {
			names = append(names, s.Name+after)
		}
	}
	d := cobra.ShellCompDirectiveDefault
	if after != "" {
		d |= cobra.ShellCompDirectiveNoSpace
	}
	return names, d
}

// sitePaths completes arguments that name something on a server.
func sitePaths(e *env) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return completeSites(e, nil, 0, ":")
	}
}
