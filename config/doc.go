// Package config keeps what the user set and what ferry learned, in files that
// the user can read and edit:
//
//	config.toml   settings      ($XDG_CONFIG_HOME/ferry)
//	sites.toml    saved sites   ($XDG_CONFIG_HOME/ferry)
//	learned.toml  certificates trusted, limits and habits of hosts ($XDG_STATE_HOME/ferry)
//	queue.db      the transfer queue, owned by package queue       ($XDG_STATE_HOME/ferry)
//
// No file holds a password; those may live in the system's keyring (secret.go).
// Files are written whole or not at all, mode 0600. One that cannot be read as
// it stands gives defaults and Problems that name file, line and key, and is
// never written over.
//
//	store := config.Open(config.Folders())
//	settings, problems := store.Config()
//
// The package imports nothing of ours and starts a goroutine only while
// learned facts are being written.
package config
