package ftpsvc

import (
	"context"
	"strings"

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

// nameAt is what an entry called name on one side is called on the other: a
// server's name as the local disk can keep it, and such a name as the server
// knew it. kept is false when the name was changed.
func nameAt(src, dst vfs.PathStyle, name string) (there string, kept bool) {
	switch {
	case src == dst:
		return name, true
	case dst == vfs.OS:
		there, changed := localfs.SafeName(name)
		return there, !changed
	case src == vfs.OS:
		there, whole := localfs.ServerName(name)
		if !whole || there == "" || there == "." || there == ".." || strings.ContainsAny(there, "/\r\n\x00") {
			return name, true // no server takes what it stands for
		}
		return there, there == name
	}
	return name, true
}
