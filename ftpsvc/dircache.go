package ftpsvc

import (
	"time"

	"ferry/ftpsvc/vfs"
)

// Limits of the listings that are kept of a server. The panes go back and forth
// between folders without asking again; what others change there is seen after
// cacheFor at the latest, or with a refresh, which always asks.
const (
	cacheFor     = time.Minute
	cacheFolders = 64
	cacheRows    = 200_000
)

// dirCache keeps listings of one server that came whole. It belongs to the loop
// of the Service. What ferry itself changes is forgotten at once.
type dirCache struct {
	style vfs.PathStyle
	kept  map[string]*cached
	rows  int
	epoch int // grows whenever something is forgotten
	now   func() time.Time
}

type cached struct {
	info    vfs.ListInfo
	batches []vfs.Batch
	rows    int
	at      time.Time
}

// add takes a batch, as long as the listing is not too long to be kept.
func (k *cached) add(b vfs.Batch) {
	if k == nil {
		return
	}
	if k.rows += b.Len(); k.rows > cacheRows {
		k.batches = nil
		return
	}
	k.batches = append(k.batches, b)
}

// reset forgets what was taken.
func (k *cached) reset() {
	if k != nil {
		*k = cached{}
	}
}

func newDirCache(now func() time.Time) *dirCache {
	return &dirCache{kept: map[string]*cached{}, now: now}
}

// get returns the listing of a folder, nil when there is none or it is too old.
func (c *dirCache) get(dir string) *cached {
	k := c.kept[dir]
	if k == nil {
		return nil
	}
	if age := c.now().Sub(k.at); age > cacheFor || age < 0 {
		c.drop(dir)
		return nil
	}
	return k
}

// put keeps a listing that began in the given epoch. One during which something
// was changed may show either state, so it is not kept.
func (c *dirCache) put(dir string, k *cached, epoch int) {
	if epoch != c.epoch || k.rows > cacheRows || !k.info.Complete() {
		return
	}
	c.drop(dir)
	k.at = c.now()
	c.kept[dir] = k
	c.rows += k.rows
	for len(c.kept) > cacheFolders || c.rows > cacheRows {
		c.dropOldest(dir)
	}
}

func (c *dirCache) dropOldest(but string) {
	oldest := ""
	for d, k := range c.kept {
		if d != but && (oldest == "" || k.at.Before(c.kept[oldest].at)) {
			oldest = d
		}
	}
	c.drop(oldest)
}

func (c *dirCache) drop(dir string) {
	if k := c.kept[dir]; k != nil {
		c.rows -= k.rows
		delete(c.kept, dir)
	}
}

// forget drops what a change in dir may have made wrong: the folder, the one
// that shows its time and size, and all below it.
func (c *dirCache) forget(dir string) {
	c.epoch++
	c.drop(dir)
	c.drop(c.style.Dir(dir))
	for d := range c.kept {
		if c.style.Within(dir, d) {
			c.drop(d)
		}
	}
}

// clear drops everything.
func (c *dirCache) clear() {
	c.epoch++
	c.rows = 0
	clear(c.kept)
}
