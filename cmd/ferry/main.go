// Command ferry is a file manager with two panes for FTP and FTPS servers, and
// the same powers as verbs for scripts. It parses flags, joins the packages
// below, and turns errors into exit codes; it holds no logic of its own.
//
//	ferry                      the screen, with the connect dialog
//	ferry ftp://user@host/     the screen, connected
//	ferry get -r URL DIR       a verb: nothing on stdout but what was asked for
package main

import (
	"os"
	"runtime"
)

func main() {
	code := run(systemEnv())
	runtime.KeepAlive(ballast)
	os.Exit(code)
}

// run is the whole program, for tests too. It returns the exit code.
func run(e *env) int {
	ctx, stop := watchSignals(e)
	defer stop()
	root := newRoot(e)
	root.SetArgs(e.args)
	root.SetOut(e.out)
	root.SetErr(e.err)
	verb := root
	err := profiled(os.Getenv("FERRY_CPUPROFILE"), func() (err error) {
		verb, err = root.ExecuteContextC(ctx)
		return err
	})
	if err == nil {
		err = e.out.Flush()
	} else {
		_ = e.out.Flush()
	}
	return e.report(ctx, err, verb.Flags().Lookup("parallel") != nil)
}
