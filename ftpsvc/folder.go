package ftpsvc

import (
	"context"
	"sync"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// folderKey names a folder at the target of a job.
type folderKey struct {
	job int64
	to  Conn
	dir string
}

func folderOf(it *queue.Item) folderKey {
	return folderKey{it.Job, Conn(it.To), styleOf(it.To).Dir(it.Target)}
}

// folder is what is known of a target folder. A nil folder knows nothing.
type folder struct {
	listing sync.Mutex // held while it is listed

	mu    sync.Mutex
	names map[string]vfs.Entry // what was there when it was listed; nil when it was made by us
	due   bool                 // it is still to be listed, by the first who wants to know
	blind bool                 // it cannot be listed

	// loop's
	from    Conn
	open    int    // its files and links that are not over
	scanned bool   // no more will come
	late    []late // uploaded and not proven
	listed  int    // uploads of which the proof was begun
}

// read makes sure that the folder's listing is there; known is false when
// there is none to be had.
func (f *folder) read(ctx context.Context, side vfs.FS, dir string) (known bool, err error) {
	if f == nil {
		return false, nil
	}
	f.listing.Lock()
	defer f.listing.Unlock()
	f.mu.Lock()
	due := f.due
	f.mu.Unlock()
	if due {
		l, err := listNames(ctx, side, dir)
		if lost(err) || ctx.Err() != nil {
			return false, err
		}
		f.mu.Lock()
		f.due, f.blind = false, err != nil && !isMissing(err)
		if err == nil {
			f.names = l.names
		}
		f.mu.Unlock()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.blind, nil
}

// size is how many entries were there.
func (f *folder) size() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.names)
}

// at tells what was there under a name.
func (f *folder) at(st vfs.PathStyle, name string) (vfs.Entry, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, ok := f.names[st.NameKey(name)]
	return e, ok
}

// correct puts what is better known of an entry in place of what the listing told.
func (f *folder) correct(st vfs.PathStyle, e vfs.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.names[st.NameKey(e.Name)] = e
}

// holds reports whether a folder was there at path, which lies in f.
func (f *folder) holds(st vfs.PathStyle, path string) bool {
	if f == nil {
		return false
	}
	e, ok := f.at(st, st.Base(path))
	return ok && e.Kind == vfs.Dir
}

// fresh reports whether the folder was made by us: all that is in it is ours.
func (f *folder) fresh() bool {
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.names == nil && !f.due && !f.blind
}

// folderFor returns what is known of the folder that an item goes to. For
// several files to one on a server that was not looked at, it is to be listed once.
func (e *engine) folderFor(k folderKey, it *queue.Item) *folder {
	f := e.folders[k]
	if f != nil || it.To == "" {
		return f
	}
	b, n := e.binOf(route{Conn(it.From), Conn(it.To)}), 1
	for _, l := range []*list{&b.small, &b.big} {
		for _, o := range l.items {
			if folderOf(o) == k {
				if n++; n == listFrom {
					f = &folder{due: true}
					e.remember(k, f)
					return f
				}
			}
		}
	}
	return nil
}
