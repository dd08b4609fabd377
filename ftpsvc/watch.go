package ftpsvc

import (
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
	panes map[int]string
	due   map[string]bool // folders whose change will be told
}

// follow begins or ends watching for a pane.
func (s *Service) follow(r *request, b Watch) {
	if s.watch == nil {
		w, err := fsnotify.NewWatcher()
		if err != nil {
			s.finish(r, nil, &vfs.Error{Op: "watch", Path: b.Path, Err: err})
			return
		}
		s.watch = &watcher{s: s, fs: w, panes: map[int]string{}, due: map[string]bool{}}
		s.spawn(s.watch.run)
	}
	s.finish(r, nil, s.watch.set(b.Pane, b.Path))
}

func (w *watcher) set(pane int, path string) error {
	old := w.panes[pane]
	if old == path {
		return nil
	}
	delete(w.panes, pane)
	if old != "" && !w.shown(old) {
		_ = w.fs.Remove(old) // gone already is as good
	}
	if path == "" {
		return nil
	}
	if !w.shown(path) {
		if err := w.fs.Add(path); err != nil {
			return &vfs.Error{Op: "watch", Path: path, Err: err}
		}
	}
	w.panes[pane] = path
	return nil
}

func (w *watcher) shown(path string) bool {
	for _, p := range w.panes {
		if p == path {
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
				for _, p := range w.panes {
					w.tell(p)
				}
			})
		}
	}
}

// changed hears of a file; the folder that holds it is told, and the folder itself when it is watched.
func (w *watcher) changed(path string) {
	for _, p := range []string{path, vfs.OS.Dir(path)} {
		if w.shown(p) {
			w.tell(p)
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
