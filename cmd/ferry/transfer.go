package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ferry/config"
	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
)

// transferFlags are those of get, put and queue add.
type transferFlags struct {
	recursive bool
	parallel  int
	segments  int
	limit     int64
	block     int64
	when      string
	progress  string
}

func (f *transferFlags) flags(c *cobra.Command, run bool) {
	s := c.Flags()
	s.BoolVarP(&f.recursive, "recursive", "r", false, "folders with all that is in them")
	s.IntVar(&f.parallel, "parallel", 0, "connections for transfers (default 4)")
	s.Var(rate{&f.block, config.ParseSize}, "block-size", "bytes of one read and write, such as 256k")
	s.Var(word(&f.when, "always", "newer", "differs", "missing"), "if", "what to do where the target exists: always replace it, only if the source is newer, only if size or time differ, or only what is missing (default always)")
	if run {
		s.Var(rate{&f.limit, config.ParseRate}, "limit", "bytes a second at most, such as 500k or 2M")
		s.Var(word(&f.progress, "bar", "lines", "json", "none"), "progress", "bar or lines on stderr, json on stdout, or none (default bar on a terminal, else none)")
	}
}

// downFlags are those that mean something for downloads alone.
func (f *transferFlags) downFlags(c *cobra.Command) {
	c.Flags().IntVar(&f.segments, "segments", 0, "connections for one large download; 1 for none, 0 lets ferry choose")
}

func (f *transferFlags) check() error {
	switch {
	case f.parallel < 0 || f.parallel > 64:
		return usage("--parallel takes 1 to 64")
	case f.segments < 0 || f.segments > 32:
		return usage("--segments takes 0 to 32")
	case f.block < 0 || f.block > 64<<20:
		return usage("--block-size takes up to 64M")
	}
	return nil
}

// copyOptions are the policy of a job: the settings, and the flags over them.
func (f *transferFlags) copyOptions(t config.Transfer) ftpsvc.CopyOptions {
	o := ftpsvc.CopyOptions{
		Conflict: queue.Overwrite, Links: queue.LinkPolicy(t.Links), KeepTime: t.KeepTime, KeepMode: t.KeepMode,
		ASCII: t.ASCII, Exclude: t.Exclude, Segments: t.Segments, BlockSize: int(t.BlockSize), MaxTries: t.Tries,
		NoTemp: t.TempNames == "never", NoTrees: !f.recursive, Parallel: f.parallel,
	}
	switch f.when {
	case "newer":
		o.Conflict = queue.NewerOnly
	case "differs":
		o.Conflict = queue.Differs
	case "missing":
		o.Conflict = queue.Skip
	}
	if t.Hash == "auto" {
		o.Hash = "auto"
	}
	if t.Sync != "auto" {
		o.Sync = t.Sync
	}
	if f.segments > 0 {
		o.Segments = f.segments
	}
	if f.block > 0 {
		o.BlockSize = int(f.block)
	}
	return o
}

// transferClient is a client whose queue is the user's own.
func (f *transferFlags) client(ctx context.Context, e *env, o *options) (*client, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return newClient(ctx, e, o, serviceOptions{queue: true, parallel: f.parallel, limitDown: f.limit, limit: f.limit})
}

// downloads makes the requests of `get URL... DEST`. DEST is resolved as cp does.
func (c *client) downloads(f *transferFlags, args []string) ([]ftpsvc.Copy, error) {
	urls, dest := args, "."
	if len(args) > 1 {
		urls, dest = args[:len(args)-1], args[len(args)-1]
	}
	if t, ok, err := c.e.tryRemote(c.o, dest); ok || err != nil {
		return nil, errors.Join(err, usage("the target of get is local; %q is on a server", t.arg))
	}
	abs, err := filepath.Abs(dest)
	if err != nil {
		return nil, &vfs.Error{Op: "get", Path: dest, Err: wrapped{err, vfs.ErrLocal}}
	}
	into, as, began := abs, "", ""
	slash := strings.HasSuffix(filepath.ToSlash(dest), "/")
	if fi, err := os.Stat(abs); err == nil && fi.IsDir() || slash {
		if err == nil && !fi.IsDir() {
			return nil, usage("%q is not a folder", dest)
		}
		if len(urls) == 1 && !slash {
			began = abs
		}
	} else if len(urls) > 1 {
		return nil, usage("%q is not a folder, so it cannot take %d sources", dest, len(urls))
	} else {
		into, as = filepath.Dir(abs), filepath.Base(abs)
	}
	var all []ftpsvc.Copy
	for _, arg := range urls {
		t, err := c.e.remote(c.o, arg)
		if err != nil {
			return nil, err
		}
		info, path, err := c.open(t)
		if err != nil {
			return nil, err
		}
		r := ftpsvc.Copy{From: info.Conn, Paths: []string{path}, To: ftpsvc.Local, Dir: into, As: as, Began: began, Options: f.copyOptions(c.conf.Transfer)}
		if t.ascii {
			r.Options.ASCII = []string{"*"}
		}
		if dotted(t.path) || info.Style.IsRoot(path) && as == "" { // it has no name of its own: what is in it, as with cp
			r.Dir, r.As, r.Contents = filepath.Join(into, as), "", true
		}
		all = merge(all, r)
	}
	return all, nil
}

// merge adds a request, to one that differs in its paths alone where there is
// such: what lies in one folder is then looked at together.
func merge(all []ftpsvc.Copy, r ftpsvc.Copy) []ftpsvc.Copy {
	for i := range all {
		o := &all[i]
		if o.From == r.From && o.To == r.To && o.Contents == r.Contents && r.As == "" && len(o.Options.ASCII) == len(r.Options.ASCII) {
			o.Paths = append(o.Paths, r.Paths...)
			return all
		}
	}
	return append(all, r)
}

// dotted reports whether a path that was typed ends in ".", which stands for
// what is in a folder.
func dotted(p string) bool { return p == "." || strings.HasSuffix(filepath.ToSlash(p), "/.") }

// uploads makes the requests of `put PATH... URL`.
func (c *client) uploads(f *transferFlags, args []string) ([]ftpsvc.Copy, error) {
	paths, err := localSources(f, args[:len(args)-1])
	if err != nil {
		return nil, err
	}
	t, err := c.e.remote(c.o, args[len(args)-1])
	if err != nil {
		return nil, err
	}
	info, path, err := c.open(t)
	if err != nil {
		return nil, err
	}
	into, as, began := path, "", ""
	if !t.slash() {
		folder, err := c.isFolder(info.Conn, path)
		switch {
		case err != nil:
			return nil, err
		case folder && len(paths) == 1:
			began = path
		case folder:
		case len(paths) > 1:
			return nil, usage("%s is not a folder, so it cannot take %d sources", t.arg, len(paths))
		default:
			into, as = info.Style.Dir(path), info.Style.Base(path)
		}
	}
	var all []ftpsvc.Copy
	for i, p := range paths {
		r := ftpsvc.Copy{From: ftpsvc.Local, Paths: []string{p}, To: info.Conn, Dir: into, As: as, Began: began, Options: f.copyOptions(c.conf.Transfer)}
		if t.ascii {
			r.Options.ASCII = []string{"*"}
		}
		r.Contents = as == "" && dotted(args[i])
		all = merge(all, r)
	}
	return all, nil
}

// localSources checks the sources of put and makes them absolute.
func localSources(f *transferFlags, args []string) (paths []string, err error) {
	for _, p := range args {
		switch {
		case p == "":
			return nil, usage("an empty path is no source")
		case strings.Contains(p, "://"):
			return nil, usage("the sources of put are local; %q is on a server", vfs.MaskURL(p))
		}
		abs, err := filepath.Abs(p)
		if err != nil {
			return nil, &vfs.Error{Op: "put", Path: p, Err: wrapped{err, vfs.ErrLocal}}
		}
		fi, err := os.Stat(abs)
		switch {
		case err != nil:
			return nil, &vfs.Error{Op: "put", Path: p, Err: wrapped{plainErr(err), vfs.ErrLocal}}
		case fi.IsDir() && !f.recursive:
			return nil, usage("%q is a folder; -r uploads it with all that is in it", p)
		}
		paths = append(paths, abs)
	}
	return paths, nil
}

// isFolder reports whether a path on a server is a folder, or a link to one;
// what is not there is none.
func (c *client) isFolder(conn ftpsvc.Conn, path string) (bool, error) {
	v, err := c.do(ftpsvc.Stat{Conn: conn, Path: path, Follow: true})
	if notThere(err) {
		return false, nil
	}
	x, _ := v.(vfs.Entry)
	return x.IsDir(), err
}

// notThere reports whether an error means that a path does not exist, as far
// as servers can be told apart: many answer 550 to everything.
func notThere(err error) bool {
	var e *vfs.Error
	return errors.Is(err, os.ErrNotExist) || errors.As(err, &e) && e.Reply.Code == 550 && !errors.Is(err, os.ErrPermission)
}

// plainErr is the cause in an error of package os, without operation and path.
func plainErr(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// goOn is what lets paused items go on.
const goOn = "ferry queue resume --all && ferry queue run"

// transfer runs copies to their end and tells how it went.
func (c *client) transfer(f *transferFlags, copies []ftpsvc.Copy) error {
	p := newProgress(c, f.progress)
	c.onBatch, c.onItem = p.batch, p.item
	var ids []ftpsvc.ID
	for _, r := range copies {
		ids = append(ids, c.submit(r, nil))
	}
	var sum ftpsvc.JobResult
	var failed error
	for _, id := range ids {
		v, err := c.wait(id)
		if errors.Is(err, queue.ErrFile) { // nor can the others go on
			return err
		}
		if err != nil && failed == nil {
			failed = err
		}
		if err != nil && len(ids) > 1 {
			c.e.say("ferry: %v", err)
			sum.Failed++
		}
		if r, ok := v.(ftpsvc.JobResult); ok {
			sum.Done += r.Done
			sum.Skipped += r.Skipped
			sum.Failed += r.Failed
			sum.Canceled += r.Canceled
			sum.Paused += r.Paused
			sum.Bytes += r.Bytes
			sum.Lost += r.Lost
			if sum.FirstErr == nil {
				sum.FirstErr = r.FirstErr
			}
		}
	}
	p.end(sum)
	switch {
	case c.ctx.Err() != nil:
		if !c.o.quiet {
			c.e.say("ferry: interrupted; the same command goes on with what is left, and so does: " + goOn)
		}
		return context.Canceled
	case sum.Paused > 0:
		c.e.say("ferry: paused by ferry queue pause, with %s left; the same command goes on with that, and so does: %s", text.Plural(sum.Paused, "item", "items"), goOn)
	}
	switch {
	case failed != nil && len(ids) == 1:
		return failed
	case sum.Failed > 0 && sum.Failed+sum.Done+sum.Skipped == 1 && sum.FirstErr != nil:
		return told(p.told, sum.FirstErr)
	case sum.Failed > 0:
		return told(p.told, exitCode(vfs.ExitSome))
	case sum.Canceled > 0:
		return errReported{context.Canceled}
	case sum.Lost > 0 || sum.Paused > 0:
		return errReported{exitCode(vfs.ExitSome)}
	}
	return nil
}

// told marks an error whose words were shown with the item.
func told(yes bool, err error) error {
	var code exitCode
	if yes || errors.As(err, &code) {
		return errReported{err}
	}
	return err
}
