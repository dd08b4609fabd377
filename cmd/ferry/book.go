package main

import (
	"errors"
	"reflect"

	"github.com/zalando/go-keyring"

	"ferry/config"
	"ferry/ftpsvc/vfs"
	"ferry/ui"
)

// book keeps what the user saves on the screen.
type book struct {
	store *config.Store
	conf  config.Config
}

var _ ui.Book = book{}

func (b book) Sites() ([]vfs.Endpoint, error) {
	list, problems := b.store.Sites()
	eps := make([]vfs.Endpoint, len(list))
	for i, s := range list {
		eps[i] = endpointOf(s)
	}
	if len(problems) > 0 {
		return eps, problems[0]
	}
	return eps, nil
}

// SaveSite stores e, and leaves alone what the screen does not know of a site.
func (b book) SaveSite(old string, e vfs.Endpoint) error {
	var was config.Site
	if old != "" {
		s, err := b.store.Site(old)
		if err != nil {
			return err
		}
		was, old = s.Site, s.Name
	}
	return b.store.SaveSite(old, siteOf(b.own(e, endpointOf(config.NamedSite{Site: was})), was))
}

// own leaves out what the settings say anyway, unless the site said so before.
func (b book) own(e, was vfs.Endpoint) vfs.Endpoint {
	usual := withDefaults(vfs.Endpoint{}, b.conf.Connection)
	u, w, to := reflect.ValueOf(usual), reflect.ValueOf(was), reflect.ValueOf(&e).Elem()
	for i := range to.NumField() {
		if w.Field(i).IsZero() && to.Field(i).Equal(u.Field(i)) {
			to.Field(i).SetZero()
		}
	}
	return e
}

func (b book) DeleteSite(name string) error {
	s, err := b.store.Site(name)
	if err != nil {
		return err
	}
	if err := b.store.DeleteSite(s.Name); err != nil || !s.Keyring {
		return err
	}
	return config.DeletePassword(endpointOf(s).Key())
}

func (b book) Bookmarks() ([]ui.Bookmark, error) {
	list, problems := b.store.Bookmarks()
	out := make([]ui.Bookmark, len(list))
	for i, m := range list {
		out[i] = ui.Bookmark(m)
	}
	if len(problems) > 0 {
		return out, problems[0]
	}
	return out, nil
}

func (b book) SaveBookmarks(list []ui.Bookmark) error {
	out := make([]config.Bookmark, len(list))
	for i, m := range list {
		out[i] = config.Bookmark(m)
	}
	return b.store.SaveBookmarks(out)
}

// SavePassword keeps a password in the keyring, and marks the site so that it
// is looked for there.
func (b book) SavePassword(e vfs.Endpoint, password string) error {
	if err := config.SavePassword(e.Key(), password); err != nil {
		return err
	}
	s, err := b.store.Site(e.Name)
	if errors.Is(err, config.ErrNoSite) {
		return nil
	}
	if err != nil || s.Keyring {
		return err
	}
	s.Keyring = true
	return b.store.SaveSite(s.Name, s)
}

// CanKeep asks the system's keyring for an entry that is not there: only one
// that works says so.
func (b book) CanKeep() bool {
	if !b.conf.Connection.Keyring {
		return false
	}
	_, err := keyring.Get("ferry", "nobody")
	return err == nil || errors.Is(err, keyring.ErrNotFound)
}
