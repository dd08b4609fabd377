package main

import (
	"ferry/config"
	"ferry/ui"
)

// settings is the file of settings for the screen.
type settings struct{ store *config.Store }

var _ ui.Settings = settings{}

func (s settings) File() string                             { return s.store.Dirs().ConfigFile() }
func (s settings) Prepare() error                           { return s.store.Prepare() }
func (s settings) Change(change func(*config.Config)) error { return s.store.Change(change) }
func (s settings) Locate(problems []*config.Problem)        { s.store.Locate(problems) }

func (s settings) Load() (config.Config, []string) {
	c, problems := s.store.Config()
	var said []string
	for _, p := range problems {
		said = append(said, p.Error())
	}
	return c, said
}
