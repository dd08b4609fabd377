// Package session is a logged-in control connection as a vfs.FS. It is the
// only importer of github.com/jlaffaye/ftp, which does the talking for each
// file operation; below it package wire moves the bytes, above it listings
// are read by package listing, and replies become *vfs.Error here.
//
//	s, err := session.Open(ctx, session.Options{Endpoint: e, Password: p})
//	defer s.Close()
//	s.List(ctx, "/", vfs.ListOptions{}, func(b vfs.Batch) error { ... })
//
// Login is done without the library, so that ACCT, odd codes and several
// commands at once are possible; the library is told of it afterwards. A
// Session serialises its calls; Close, Info, Alive and the setters may be called at any time.
package session
