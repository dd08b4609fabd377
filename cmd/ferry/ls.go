package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"ferry/ftpsvc"
	"ferry/ftpsvc/vfs"
	"ferry/ui/text"
)

type lsFlags struct {
	long, recursive, json, null bool
}

func newLs(e *env, o *options) *cobra.Command {
	var f lsFlags
	c := &cobra.Command{
		Use:   "ls [-l] [-R] [-0] [--json] URL...",
		Short: "list folders, one name a line, in the server's order",
		Long: `List folders, one name a line, in the order in which the server tells them.

With -R the lines are paths below the folder. -l shows kind and permissions,
owner, group, size in bytes (? where the server does not tell) and the time:
of the server's own clock, or UTC where it ends in Z. A date without a time is
the one that the server told. --json prints an object a line. Lines of the listing that could not be read are told on stderr, and
the exit code is then 6.`,
		Args: atLeast(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return completeSites(e, nil, 0, ":")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd.Context(), e, o, serviceOptions{})
			if err != nil {
				return err
			}
			defer c.close()
			return c.each(args, func(t target) error { return c.ls(t, f) })
		},
	}
	c.Flags().BoolVarP(&f.long, "long", "l", false, "permissions, owner, size and time too")
	c.Flags().BoolVarP(&f.recursive, "recursive", "R", false, "folders below too")
	c.Flags().BoolVar(&f.json, "json", false, "an object a line")
	c.Flags().BoolVarP(&f.null, "null", "0", false, "end names with NUL, for xargs -0")
	return c
}

func (c *client) ls(t target, f lsFlags) error {
	info, path, err := c.open(t)
	if err != nil {
		return err
	}
	p := &lister{c: c, f: f, conn: info.Conn, style: info.Style}
	if err := p.folder(path, ""); err != nil {
		return p.file(path, err)
	}
	if p.count == 0 { // many servers list what is not there as empty
		if _, err := c.do(ftpsvc.Stat{Conn: info.Conn, Path: path}); notThere(err) {
			return err
		}
	}
	if p.unread > 0 {
		return &vfs.Error{Op: "list", Path: path, Err: fmt.Errorf("%w: %s could not be read", vfs.ErrIncomplete, text.Plural(int64(p.unread), "line", "lines"))}
	}
	return p.failed
}

// lister prints what it lists.
type lister struct {
	c      *client
	f      lsFlags
	conn   ftpsvc.Conn
	style  vfs.PathStyle
	count  int
	unread int
	failed error // of a folder below, told already
	line   []byte
}

// folder prints the entries of dir, each name behind prefix, and with -R those
// of the folders below it. Links are not followed.
func (p *lister) folder(dir, prefix string) error {
	var below []string
	info, err := p.c.list(p.conn, dir, func(b vfs.Batch) error {
		for i := range b.Len() {
			entry := b.At(i)
			if err := p.print(entry, dir, prefix); err != nil {
				return err
			}
			if p.f.recursive && entry.IsDir() {
				below = append(below, entry.Name)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.unread += info.Unknown
	p.count += info.Entries
	for _, u := range info.Unread {
		if p.c.o.verbose > 1 {
			p.c.e.say("ferry: %q: line %d not read (%s): %s", dir, u.Line, u.Why, u.Raw)
		}
	}
	for _, name := range below {
		if p.c.ctx.Err() != nil {
			return p.c.ctx.Err()
		}
		if err := p.folder(p.style.Join(dir, name), prefix+name+"/"); err != nil {
			if p.c.ctx.Err() != nil || errors.Is(err, vfs.ErrConnLost) {
				return err
			}
			p.c.e.say("ferry: %v", err)
			if p.failed == nil {
				p.failed = errReported{err}
			}
		}
	}
	return nil
}

// file prints a path that turned out to be no folder; else listErr stands.
func (p *lister) file(path string, listErr error) error {
	if !errors.Is(listErr, fs.ErrNotExist) && !errors.Is(listErr, vfs.ErrRefused) {
		return listErr
	}
	v, err := p.c.do(ftpsvc.Stat{Conn: p.conn, Path: path})
	entry, ok := v.(vfs.Entry)
	if err != nil || !ok || entry.IsDir() {
		return listErr
	}
	return p.print(entry, p.style.Dir(path), "")
}

func (p *lister) print(x vfs.Entry, dir, prefix string) error {
	if p.f.json {
		return p.object(x, dir)
	}
	b := p.line[:0]
	if p.f.long {
		b = appendLong(b, x)
	}
	b = append(b, p.c.e.name(prefix)...)
	b = append(b, p.c.e.name(x.Name)...)
	if p.f.long && x.Kind == vfs.Link && x.Target != "" {
		b = append(b, " -> "...)
		b = append(b, p.c.e.name(x.Target)...)
	}
	if p.f.null {
		b = append(b, 0)
	} else {
		b = append(b, '\n')
	}
	p.line = b
	_, err := p.c.e.out.Write(b)
	return err
}

// appendLong adds the columns of -l before the name.
func appendLong(b []byte, x vfs.Entry) []byte {
	perm := x.Perm
	if x.HasMode {
		perm = x.Mode.String()[1:]
	}
	if perm == "" {
		perm = "?"
	}
	b = append(b, kindLetter(x.Kind))
	b = pad(append(b, perm...), len(perm), 9)
	b = append(b, ' ')
	b = column(b, x.Owner, 8)
	b = column(b, x.Group, 8)
	size := "?"
	if x.Size >= 0 {
		size = strconv.FormatInt(x.Size, 10)
	}
	for n := len(size); n < 11; n++ {
		b = append(b, ' ')
	}
	b = append(append(b, size...), ' ')
	n := len(b)
	switch x.Prec {
	case vfs.NoTime:
		b = append(b, '?')
	case vfs.Day:
		b = x.ModTime.AppendFormat(b, "2006-01-02")
	case vfs.Minute:
		b = x.ModTime.AppendFormat(b, "2006-01-02 15:04")
	default:
		b = x.ModTime.AppendFormat(b, "2006-01-02 15:04:05")
	}
	if x.UTC && x.Prec > vfs.Day {
		b = append(b, 'Z')
	}
	return append(pad(b, len(b)-n, 20), ' ')
}

func kindLetter(k vfs.Kind) byte {
	return [...]byte{vfs.Unknown: '?', vfs.File: '-', vfs.Dir: 'd', vfs.Link: 'l', vfs.Other: 'o'}[k]
}

func column(b []byte, s string, w int) []byte {
	if s == "" {
		s = "-"
	}
	safe := safeWord(s)
	return append(pad(append(b, safe...), utf8.RuneCountInString(safe), w), ' ')
}

func pad(b []byte, n, w int) []byte {
	for ; n < w; n++ {
		b = append(b, ' ')
	}
	return b
}

// jsonEntry is what `ls --json` prints for an entry.
type jsonEntry struct {
	Path    string `json:"path"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Size    *int64 `json:"size,omitempty"`
	Time    string `json:"time,omitempty"` // RFC 3339 where UTC, else without a zone; of a day the date alone
	Mode    string `json:"mode,omitempty"` // octal
	Perm    string `json:"perm,omitempty"`
	Owner   string `json:"owner,omitempty"`
	Group   string `json:"group,omitempty"`
	Target  string `json:"target,omitempty"`
	Unique  string `json:"unique,omitempty"`
	Raw     []byte `json:"raw,omitempty"` // bytes of the name where they are not those of name; base64
	Precise string `json:"precision,omitempty"`
}

var kindWords = [...]string{vfs.Unknown: "unknown", vfs.File: "file", vfs.Dir: "dir", vfs.Link: "link", vfs.Other: "other"}

func (p *lister) object(x vfs.Entry, dir string) error {
	j := jsonEntry{Path: p.style.Join(dir, x.Name), Name: x.Name, Kind: kindWords[x.Kind], Perm: x.Perm, Owner: x.Owner, Group: x.Group, Target: x.Target, Unique: x.Unique}
	if x.Size >= 0 {
		j.Size = &x.Size
	}
	if raw := x.RawName(); raw != x.Name {
		j.Raw = []byte(raw)
	}
	if x.HasMode {
		j.Mode = fmt.Sprintf("%04o", x.Mode.Perm())
	}
	if x.Prec != vfs.NoTime {
		j.Precise = [...]string{vfs.Day: "day", vfs.Minute: "minute", vfs.Second: "second", vfs.Nano: "nanosecond"}[x.Prec]
		switch {
		case x.Prec == vfs.Day:
			j.Time = x.ModTime.Format(time.DateOnly)
		case x.UTC:
			j.Time = x.ModTime.UTC().Format(time.RFC3339)
		default:
			j.Time = x.ModTime.Format("2006-01-02T15:04:05")
		}
	}
	enc := json.NewEncoder(p.c.e.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(j)
}
