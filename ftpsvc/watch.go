package ftpsvc

import (
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"ferry/ftpsvc/vfs"
)

// settle is how long changes of a folder are gathered before they are told.
const settle = 200 * time.Millisecond

// watcher follows the folders that panes show on the local side.
type watcher struct {
	s     *Service
	fs    *fsnotify.Watcher
	panes map[int]watched
	due   map[string]bool // paths of panes whose change will be told
}

// watched is the folder of a pane: the path that the pane shows, and where
// that leads through symbolic links. The system names changes by the path that
// a folder was first watched by, so each is watched by the latter alone.
type watched struct{ path, real string }

// follow begins or ends watching for a pane.
func (s *Service) follow(r *request, b Watch) {
	if s.watch == nil {
		w, err := fsnotify.NewWatcher()
		if err != nil {
			s.finish(r, nil, &vfs.Error{Op: "watch", Path: b.Path, Err: err})
			return
		}
		s.watch = &watcher{s: s, fs: w, panes: map[int]watched{}, due: map[string]bool{}}
		s.spawn(s.watch.run)
	}
	s.finish(r, nil, s.watch.set(b.Pane, b.Path))
}

func (w *watcher) set(pane int, path string) error {
	old := w.panes[pane]
	if old.path == path {
		return nil
	}
	delete(w.panes, pane)
	if old.path != "" && !w.watches(old.real) {
		_ = w.fs.Remove(old.real) // gone already is as good
	}
	if path == "" {
		return nil
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = path
	}
	if !w.watches(real) {
		if err := w.fs.Add(real); err != nil {
			return &vfs.Error{Op: "watch", Path: path, Err: err}
		}
	}
	w.panes[pane] = watched{path, real}
	return nil
}

func (w *watcher) watches(real string) bool {
	for _, f := range w.panes {
		if f.real == real {
			return true
		}
	}
	return false
}

func (w *watcher) run() {
	events, errs := w.fs.Events, w.fs.Errors
	for events != nil || errs != nil {
		select {
		case e, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			if e.Op != fsnotify.Chmod {
				w.s.report(func() { w.changed(e.Name) })
			}
		case _, ok := <-errs: // an overflow: something changed somewhere
			if !ok {
				errs = nil
				continue
			}
			w.s.report(func() {
				for _, f := range w.panes {
					w.tell(f.path)
				}
			})
		}
	}
}

// changed hears of a file; the folder that holds it is told, and the folder itself when it is watched.
func (w *watcher) changed(path string) {
	dir := vfs.OS.Dir(path)
	for _, f := range w.panes {
		if f.real == path || f.real == dir {
			w.tell(f.path)
		}
	}
}

func (w *watcher) tell(dir string) {
	if w.due[dir] {
		return
	}
	w.due[dir] = true
	w.s.after(settle, func() {
		delete(w.due, dir)
		w.s.touch(Local, dir)
	})
}

func (w *watcher) close() { _ = w.fs.Close() }
