package queue

import "ferry/ftpsvc/queue"

// Active are the items at work, as of the newest snapshot.
func (s *State) Active() []queue.Item { return s.view.Active }

// Paused reports whether the whole queue is.
func (s *State) Paused() bool { return s.view.Paused }

// Limits are the limits over all, down and up, in bytes a second; 0: none.
func (s *State) Limits() (down, up int64) { return s.view.Down, s.view.Up }

// Failed are the newest failed items.
func (s *State) Failed() []queue.Item { return s.view.Failed }

// Bytes is how much of an item is done and how large it is, by its newest progress.
func (s *State) Bytes(it queue.Item) (done, size int64) { return s.bytes(it) }
