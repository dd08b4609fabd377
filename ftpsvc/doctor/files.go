package doctor

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// smallFile is the largest file that is read to see whether REST works, in bytes.
const smallFile = 256 << 10

// listings reads the folder by each command, and keeps its names and a small
// file for the checks that follow. The best command is the first one whose
// lines can all be read; ferry itself takes the first one that works.
func (x *exam) listings(ctx context.Context) {
	first, best := "", ""
	for _, way := range []string{"mlsd", "list-a", "list", "nlst"} {
		var rows []vfs.Entry
		res := x.check(ctx, wayName(way), func(ctx context.Context) (res Result, found string) {
			rows, res, found = x.listBy(ctx, way)
			return res, found
		})
		if res != OK && res != Warn {
			continue
		}
		if first == "" {
			first = way
		}
		if best == "" && res == OK {
			best = way
		}
		if x.names == nil {
			x.names = rows
		}
		if x.file == nil {
			x.pickFile(x.dir, rows)
		}
		for i, e := range rows {
			if x.file != nil && x.local == nil && strings.HasPrefix(way, "list") && e.Name == x.file.Name && x.path == x.style.Join(x.dir, e.Name) {
				x.local = &rows[i]
			}
		}
	}
	switch x.r.Use.List = first; {
	case x.ep.List != "":
		x.r.Use.List = x.ep.List
	case best != "" && best != first:
		x.r.Use.List, x.r.Pin.List = best, best
	}
	if x.file == nil {
		x.searchFile(ctx)
	}
}

func wayName(way string) string {
	if way == "list-a" {
		return "LIST -a"
	}
	return strings.ToUpper(way)
}

func (x *exam) listBy(ctx context.Context, way string) ([]vfs.Entry, Result, string) {
	if way == "mlsd" && !x.caps.MLSD {
		return nil, No, "not offered"
	}
	s, err := x.open(ctx, func(e *vfs.Endpoint) { e.List = way })
	if err != nil {
		return nil, No, why(err)
	}
	defer s.Close()
	rows, info, err := x.rowsOf(ctx, s, x.dir)
	switch {
	case err != nil:
		return nil, No, why(err)
	case way == "list-a" && len(rows) == 0 && len(x.names) > 0:
		return nil, No, "\"-a\" is taken for a name"
	}
	found := info.Format + ", " + plural(len(rows), "entry", "entries")
	if info.Unknown > 0 {
		return rows, Warn, found + ", " + plural(info.Unknown, "line", "lines") + " could not be read"
	}
	return rows, OK, found
}

// rowsOf lists a folder. What the session finds out of the server's zone
// meanwhile is taken over: it tells times in UTC then.
func (x *exam) rowsOf(ctx context.Context, s *session.Session, dir string) (rows []vfs.Entry, info vfs.ListInfo, err error) {
	info, err = s.List(ctx, dir, vfs.ListOptions{Refresh: true}, func(b vfs.Batch) error {
		for i := range b.Len() {
			rows = append(rows, b.At(i))
		}
		return nil
	})
	if z := s.Info().Zone; z != "" {
		x.r.Use.Zone = z
	}
	return rows, info, err
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// pickFile chooses the smallest file of at least 16 bytes.
func (x *exam) pickFile(dir string, rows []vfs.Entry) {
	for i, e := range rows {
		if e.Kind == vfs.File && e.Size >= 16 && e.Size <= smallFile && (x.file == nil || e.Size < x.file.Size) {
			x.file, x.path = &rows[i], x.style.Join(dir, e.Name)
		}
	}
}

// searched is in how many folders a file is looked for.
const searched = 5

// searchFile looks for a file one level below.
func (x *exam) searchFile(ctx context.Context) {
	var s *session.Session
	n := 0
	for _, e := range x.names {
		if e.Kind != vfs.Dir || x.file != nil || n == searched || ctx.Err() != nil {
			continue
		}
		if s == nil {
			var err error
			if s, err = x.open(ctx, nil); err != nil {
				return
			}
			defer s.Close()
		}
		n++
		dir := x.style.Join(x.dir, e.Name)
		if rows, _, err := x.rowsOf(ctx, s, dir); err == nil {
			x.pickFile(dir, rows)
		}
	}
}

// names8 says whether names are UTF-8, and what else they may be.
func (x *exam) names8() {
	if told := x.ep.Charset; told != "" && told != "auto" && !strings.EqualFold(told, "UTF-8") {
		x.namesIn(told)
		return
	}
	c := Check{Name: "UTF-8", Result: OK, Found: "offered"}
	if !x.caps.UTF8 {
		c.Result, c.Found = No, "not offered"
	}
	other := x.broken()
	switch {
	case len(other) > 0:
		x.r.Use.Charset = guess(other)
		x.r.Pin.Charset = x.r.Use.Charset
		c.Result, c.Found = Warn, fmt.Sprintf("%s, but %s here not; they may be %s", c.Found, plural(len(other), "name is", "names are"), x.r.Use.Charset)
	case len(x.names) > 0:
		c.Found += "; all names here are UTF-8"
		x.r.Use.Charset = "UTF-8"
	}
	x.add(c)
}

// namesIn says how names fit the charset that the user told.
func (x *exam) namesIn(charset string) {
	x.r.Use.Charset = charset
	c := Check{Name: "names in " + charset, Result: Skipped, Found: "no names here"}
	if n := len(x.broken()); n > 0 {
		c.Result, c.Found = Warn, plural(n, "name does", "names do")+" not fit"
	} else if len(x.names) > 0 {
		c.Result, c.Found = OK, "all names here fit"
	}
	x.add(c)
}

// broken are the names that the charset in use cannot decode, as bytes.
func (x *exam) broken() (names []string) {
	for _, e := range x.names {
		if strings.ContainsFunc(e.Name, func(r rune) bool { return r >= 0xF780 && r <= 0xF7FF }) {
			names = append(names, vfs.BytesOfName(e.Name))
		}
	}
	return names
}

// files asks for size and time, and reads a small file from its middle.
func (x *exam) files(ctx context.Context) {
	if x.file == nil && x.o.Write {
		return // the temporary file will do
	}
	if x.file == nil {
		for _, name := range []string{"SIZE", "MDTM", "REST"} {
			x.add(Check{Name: name, Result: Skipped, Found: "no file of 16 bytes to 256 KiB here or just below"})
		}
		return
	}
	s, err := x.open(ctx, nil)
	if err != nil {
		x.add(Check{Name: "SIZE, MDTM, REST", Result: No, Found: why(err)})
		return
	}
	defer s.Close()
	x.file3(ctx, s)
}

// file3 are the three checks of one file.
func (x *exam) file3(ctx context.Context, s *session.Session) {
	x.check(ctx, "SIZE", func(ctx context.Context) (Result, string) {
		n, err := s.Size(ctx, x.path)
		if err == nil && n != x.file.Size {
			return Warn, fmt.Sprintf("says %d where the listing says %d", n, x.file.Size)
		}
		return did(fmt.Sprintf("%d bytes", n), err)
	})
	x.check(ctx, "MDTM", func(ctx context.Context) (Result, string) {
		t, err := s.ModTime(ctx, x.path)
		if err != nil {
			return No, why(err)
		}
		if e := x.listed(); e != nil {
			x.zone(e.ModTime, t)
		}
		return OK, t.Format("2006-01-02 15:04:05Z")
	})
	x.check(ctx, "REST", func(ctx context.Context) (Result, string) { return restart(ctx, s, x.path, x.file.Size) })
}

// listed is the file as a listing shows it by the server's own clock, nil when none does.
func (x *exam) listed() *vfs.Entry {
	for _, e := range []*vfs.Entry{x.local, x.file} {
		if e != nil && !e.UTC && e.Prec >= vfs.Minute {
			return e
		}
	}
	return nil
}

// zone takes the server's offset from its clock in a listing and the same time in UTC.
func (x *exam) zone(listed, utc time.Time) {
	d := listed.Sub(utc).Round(15 * time.Minute)
	if d.Abs() > 15*time.Hour {
		return
	}
	sign := '+'
	if d < 0 {
		sign = '-'
	}
	x.r.Use.Zone = fmt.Sprintf("%c%02d:%02d", sign, int(d.Abs().Hours()), int(d.Abs().Minutes())%60)
}

func readAll(ctx context.Context, s *session.Session, path string, from, size int64) ([]byte, error) {
	var got bytes.Buffer
	err := s.Read(ctx, path, vfs.ReadOptions{Offset: from, Size: size}, func(r io.Reader) error {
		got.Reset()
		_, err := io.Copy(&got, io.LimitReader(r, 2*smallFile))
		return err
	})
	return got.Bytes(), err
}

// restart reads a file whole and from its middle, and compares.
func restart(ctx context.Context, s *session.Session, path string, size int64) (Result, string) {
	whole, err := readAll(ctx, s, path, 0, size)
	if err != nil {
		return No, "the file cannot be read: " + why(err)
	}
	half := int64(len(whole) / 2)
	rest, err := readAll(ctx, s, path, half, size)
	switch {
	case err != nil:
		return No, why(err)
	case !bytes.Equal(rest, whole[half:]):
		return Warn, "accepted, and ignored: the bytes are not those that follow"
	}
	return OK, "downloads can be resumed"
}

// offers tells what FEAT and the like promise.
func (x *exam) offers() {
	c := x.caps
	hashes := Check{Name: "hashes", Result: No, Found: "not offered"}
	if len(c.Hashes) > 0 {
		hashes.Result, hashes.Found = OK, strings.Join(c.Hashes, ", ")
	}
	x.add(hashes)
	feat := Check{Name: "FEAT", Result: No, Found: "nothing"}
	if len(c.Features) > 0 {
		feat.Result, feat.Found = OK, strings.Join(c.Features, ", ")
	}
	x.add(feat)
}

// clock says what is known of the server's zone. Its clock shows only in the
// time of a file that was just written: see writes.
func (x *exam) clock(ctx context.Context) {
	x.check(ctx, "time zone", func(ctx context.Context) (Result, string) {
		switch z := x.r.Use.Zone; {
		case z != "":
			return OK, "listings are in " + z
		case x.r.Use.List == "mlsd":
			return OK, "listings are in UTC"
		}
		return Skipped, "no file to compare MDTM and LIST of"
	})
}

// writes tries what changes something, on one temporary file.
func (x *exam) writes(ctx context.Context) {
	const off = "needs --write"
	steps := []string{"upload", "clock", "set time", "resume upload", "rename", "set permissions", "delete"}
	if !x.o.Write {
		x.add(Check{Name: "writing, clock", Result: Skipped, Found: off})
		return
	}
	s, err := x.open(ctx, nil)
	if err != nil {
		x.add(Check{Name: "writing, clock", Result: No, Found: why(err)})
		return
	}
	defer s.Close()
	path := x.style.Join(x.dir, ".ferry-doctor-"+rand.Text()[:8])
	t := &tempFile{x: x, s: s, path: path, data: bytes.Repeat([]byte("ferry doctor\n"), 100)}
	todo := []func(context.Context) (Result, string){t.upload, t.clock, t.setTime, t.resume, t.rename, t.mode, t.remove}
	for i, f := range todo {
		if i > 0 && !t.there {
			return
		}
		if x.check(ctx, steps[i], f) == Skipped && ctx.Err() != nil {
			break
		}
		if i == 0 && t.there && x.file == nil {
			x.examineTemp(ctx, t)
		}
	}
	if t.there { // stopped midway: the file must not stay
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		_, _ = t.remove(ctx)
	}
}

// examineTemp does the checks of a file on the temporary one.
func (x *exam) examineTemp(ctx context.Context, t *tempFile) {
	x.file, x.path = &vfs.Entry{Name: x.style.Base(t.path), Kind: vfs.File, Size: int64(len(t.data)), UTC: true}, t.path
	if s, err := x.open(ctx, func(e *vfs.Endpoint) { e.List = "list-a" }); err == nil {
		rows, _, _ := x.rowsOf(ctx, s, x.dir)
		s.Close()
		for i := range rows {
			if rows[i].Name == x.file.Name {
				x.local = &rows[i]
			}
		}
	}
	x.file3(ctx, t.s)
}

// tempFile is the one file that is written.
type tempFile struct {
	x     *exam
	s     *session.Session
	path  string
	data  []byte
	there bool
}

func (t *tempFile) upload(ctx context.Context) (Result, string) {
	t.there = true // a part of it may be, also after an error
	n, err := t.s.Write(ctx, t.path, bytes.NewReader(t.data), vfs.WriteOptions{Size: int64(len(t.data))})
	if err != nil && n == 0 {
		if _, e := t.s.Stat(ctx, t.path); e != nil {
			t.there = false
		}
	}
	return did(fmt.Sprintf("%d bytes as %s", n, t.path), err)
}

func (t *tempFile) clock(ctx context.Context) (Result, string) {
	at, err := t.s.ModTime(ctx, t.path)
	if err != nil {
		return No, why(err)
	}
	skew := at.Sub(t.x.o.Now()).Round(time.Second)
	if skew.Abs() > time.Minute {
		return Warn, "the server's clock is " + offBy(skew) + "; comparing by time will mislead"
	}
	return OK, offBy(skew)
}

func offBy(d time.Duration) string {
	if days := int(d.Abs().Hours() / 24); days >= 2 {
		if d < 0 {
			days = -days
		}
		return fmt.Sprintf("%+d days off", days)
	}
	return d.String() + " off"
}

func (t *tempFile) setTime(ctx context.Context) (Result, string) {
	want := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	if err := t.s.SetModTime(ctx, t.path, want); err != nil {
		return No, why(err)
	}
	got, err := t.s.ModTime(ctx, t.path)
	if err == nil && !got.Equal(want) {
		return Warn, fmt.Sprintf("accepted, but the time is now %s", got.Format(time.DateTime))
	}
	return did("times of uploads are kept", err)
}

func (t *tempFile) resume(ctx context.Context) (Result, string) {
	half := len(t.data) / 2
	_, err := t.s.Write(ctx, t.path, bytes.NewReader(t.data[half:]), vfs.WriteOptions{Offset: int64(half), Size: int64(len(t.data) - half)})
	if err != nil {
		return No, why(err)
	}
	got, err := readAll(ctx, t.s, t.path, 0, int64(len(t.data)))
	if err == nil && !bytes.Equal(got, t.data) {
		return Warn, fmt.Sprintf("accepted, but the file has %d bytes instead of %d", len(got), len(t.data))
	}
	return did("uploads can be resumed", err)
}

func (t *tempFile) rename(ctx context.Context) (Result, string) {
	to := t.path + "-2"
	err := t.s.Rename(ctx, t.path, to)
	if err == nil {
		t.path = to
	}
	return did("uploads go to a temporary name first", err)
}

func (t *tempFile) mode(ctx context.Context) (Result, string) {
	err := t.s.SetMode(ctx, t.path, 0o640)
	if errors.Is(err, vfs.ErrUnsupported) {
		return No, "not offered"
	}
	return did("", err)
}

func (t *tempFile) remove(ctx context.Context) (Result, string) {
	err := t.s.Remove(ctx, t.path)
	if err == nil {
		t.there = false
	}
	return did("the temporary file is gone", err)
}
