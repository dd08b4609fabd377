package config

import (
	"path/filepath"
	"sync"

	"github.com/adrg/xdg"
)

// Dirs are the folders where ferry keeps its files. They need not exist.
type Dirs struct {
	Config string // settings and sites
	State  string // learned facts, the queue, the lock
	Cache  string // what may be thrown away
}

var xdgLock sync.Mutex

// Folders returns the user's folders as the environment says at the moment of
// the call: XDG_CONFIG_HOME, XDG_STATE_HOME and XDG_CACHE_HOME (XDG Base
// Directory Specification), or what the system uses in their place.
func Folders() Dirs {
	xdgLock.Lock()
	defer xdgLock.Unlock()
	xdg.Reload()
	return Dirs{
		Config: filepath.Join(xdg.ConfigHome, "ferry"),
		State:  filepath.Join(xdg.StateHome, "ferry"),
		Cache:  filepath.Join(xdg.CacheHome, "ferry"),
	}
}

// ConfigFile is the path of the settings.
func (d Dirs) ConfigFile() string { return filepath.Join(d.Config, "config.toml") }

// SitesFile is the path of the saved sites.
func (d Dirs) SitesFile() string { return filepath.Join(d.Config, "sites.toml") }

// LearnedFile is the path of what was learned of hosts.
func (d Dirs) LearnedFile() string { return filepath.Join(d.State, "learned.toml") }

// QueueFile is the path of the transfer queue that all processes of the user share.
func (d Dirs) QueueFile() string { return filepath.Join(d.State, "queue.db") }

func (d Dirs) lockFile() string { return filepath.Join(d.State, "config.lock") }
