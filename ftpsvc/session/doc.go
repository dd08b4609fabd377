// Package session is a logged-in control connection as a vfs.FS. It is the only importer of
// github.com/jlaffaye/ftp.
package session
