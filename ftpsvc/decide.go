package ftpsvc

import (
	"context"
	"time"

	"ferry/ftpsvc/localfs"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// decide applies a policy to two entries: Skip, Overwrite, KeepBoth or Ask.
// keeps says that a copy has the time of its source.
func decide(c queue.Conflict, src, old vfs.Entry, keeps bool) queue.Conflict {
	yes := func(replace bool) queue.Conflict {
		if replace {
			return queue.Overwrite
		}
		return queue.Skip
	}
	switch c {
	case queue.NewerOnly:
		return yes(newer(src, old))
	case queue.SizeOnly:
		return yes(src.Size < 0 || old.Size < 0 || src.Size != old.Size)
	case queue.Differs:
		return yes(differs(src, old, keeps))
	case queue.ResumePart:
		return yes(src.Size < 0 || src.Size != old.Size)
	case queue.Skip, queue.KeepBoth, queue.Overwrite:
		return c
	}
	return queue.Ask
}

// keepsTimes reports whether copies have the time of their sources.
func keepsTimes(o queue.Options, dst vfs.FS) bool { return o.KeepTime && dst.Caps().SetModTime }

// timeless says how files are compared where copies do not keep their times.
func timeless(c queue.Conflict, keeps bool) []string {
	if c != queue.Differs || keeps {
		return nil
	}
	return []string{"copies do not keep their times: files are compared by size, and by whether the source is newer"}
}

// slack is how far two times may be apart and still be the same, by how exactly they were told.
func slack(a, b vfs.Entry) time.Duration {
	return max(2*time.Second, grain(a), grain(b)) // FAT's grain at least
}

// grain is how exactly an entry's time was told.
func grain(e vfs.Entry) time.Duration {
	switch e.Prec {
	case vfs.Minute:
		return time.Minute
	case vfs.Day:
		return 24 * time.Hour
	}
	return 0
}

// newer reports whether src is newer than old, as far as both times are known.
func newer(src, old vfs.Entry) bool {
	if src.ModTime.IsZero() || old.ModTime.IsZero() {
		return true
	}
	return src.ModTime.Sub(old.ModTime) > slack(src, old)
}

// differs reports whether size or time differ, as far as they are known. A
// time whose zone is not known says nothing; that of a copy which does not
// keep its source's says only what is newer.
func differs(src, old vfs.Entry, keeps bool) bool {
	if src.Size >= 0 && old.Size >= 0 && src.Size != old.Size {
		return true
	}
	if src.ModTime.IsZero() || old.ModTime.IsZero() || !src.UTC || !old.UTC {
		return src.Size < 0 || old.Size < 0
	}
	d := src.ModTime.Sub(old.ModTime)
	return d > slack(src, old) || keeps && -d > slack(src, old)
}

// rough reports whether a decision to skip hung on a time that a listing told
// without its seconds: the files differ in nothing else.
func rough(c queue.Conflict, it queue.Item, src, old vfs.Entry) bool {
	if c != queue.Differs && c != queue.NewerOnly || !src.UTC || !old.UTC {
		return false
	}
	d := src.ModTime.Sub(old.ModTime).Abs()
	return d <= slack(src, old) && (it.Upload() && grain(old) > 0 || it.Download() && grain(src) > 0)
}

// How long after a file's last change another one may hide behind the time of
// a listing: clocks may differ a little, and of an upload nobody knows when it was.
const (
	clocks = 2 * time.Minute
	recent = 10 * time.Minute
)

// inDoubt reports whether a rough time may hide a change since the copy was
// made: one that came in the same minute (or the same day, of an old file).
// All that is there already is not asked about for less.
func inDoubt(it queue.Item, src, old vfs.Entry, now time.Time) bool {
	if it.Upload() {
		return now.Sub(src.ModTime) < recent
	}
	made := localfs.Changed(it.Target)
	return made.Before(src.ModTime.Add(grain(src) + clocks))
}

// moreExact asks the server for the time that its listing told roughly.
func moreExact(ctx context.Context, src, dst vfs.FS, it queue.Item, from, old *vfs.Entry) error {
	side, path, e := src, it.Source, from
	if it.Upload() {
		side, path, e = dst, it.Target, old
	}
	d, ok := side.(vfs.Dater)
	if !ok {
		return nil
	}
	t, err := d.Dates(ctx, []string{path})
	if err == nil && !t[0].IsZero() {
		e.ModTime, e.Prec, e.UTC = t[0], vfs.Second, true
	}
	return err
}
