package ftpsvc

import (
	"context"

	"ferry/ftpsvc/localfs"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// dialSession is Options.Dial when none was given.
func dialSession(ctx context.Context, o session.Options) (Remote, error) {
	s, err := session.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// openLocal is Options.Local when none was given.
func openLocal() vfs.FS { return localfs.New() }

// safeName is what a server's name is called on the local disk.
func safeName(name string) string {
	safe, _ := localfs.SafeName(name)
	return safe
}
