package session

import (
	"bufio"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
)

// parse reads a listing: MLSD facts, or the lines of ls -l.
func (s *Session) parse(r io.Reader, info *vfs.ListInfo, yield func(vfs.Batch) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	var batch vfs.Entries
	read := readUnix
	info.Format = "unix"
	if info.Command == "MLSD" {
		read, info.Format = readMLSD, "mlsd"
	}
	for sc.Scan() {
		line := s.t.Codec().Decode([]byte(strings.TrimSuffix(sc.Text(), "\r")))
		e, ok := read(line)
		switch {
		case !ok:
			info.Noise++
		case e.Name != "." && e.Name != "..":
			batch = append(batch, e)
			info.Entries++
		}
		if len(batch) == 500 {
			if err := yield(batch); err != nil {
				return err
			}
			batch = nil
		}
	}
	if err := sc.Err(); err != nil {
		return err
	}
	if len(batch) > 0 {
		return yield(batch)
	}
	return nil
}

func readMLSD(line string) (vfs.Entry, bool) {
	facts, name, ok := strings.Cut(line, " ")
	e := vfs.Entry{Name: name, Size: -1, Facts: facts}
	if !ok || name == "" {
		return e, false
	}
	for _, f := range strings.Split(facts, ";") {
		k, v, _ := strings.Cut(f, "=")
		switch strings.ToLower(k) {
		case "type":
			switch strings.ToLower(v) {
			case "file":
				e.Kind = vfs.File
			case "dir":
				e.Kind = vfs.Dir
			case "cdir", "pdir":
				return e, false
			default:
				e.Kind = vfs.Link
			}
		case "size":
			e.Size, _ = strconv.ParseInt(v, 10, 64)
		case "modify":
			if t, err := time.Parse("20060102150405", v); err == nil {
				e.ModTime, e.Prec, e.UTC = t, vfs.Second, true
			}
		case "unix.mode":
			if m, err := strconv.ParseUint(v, 8, 32); err == nil {
				e.Mode, e.HasMode = fs.FileMode(m)&fs.ModePerm, true
			}
		}
	}
	if e.Kind == vfs.Dir {
		e.Size = -1
	}
	return e, true
}

func readUnix(line string) (vfs.Entry, bool) {
	f := strings.Fields(line)
	if len(f) < 9 || len(f[0]) < 10 {
		return vfs.Entry{}, false
	}
	rest := line
	for range 8 {
		rest = strings.TrimLeft(rest, " ")
		rest = rest[strings.IndexByte(rest, ' '):]
	}
	e := vfs.Entry{Name: rest[1:], Perm: f[0][1:], Owner: f[2], Group: f[3]}
	e.Size, _ = strconv.ParseInt(f[4], 10, 64)
	switch f[0][0] {
	case 'd':
		e.Kind, e.Size = vfs.Dir, -1
	case 'l':
		e.Kind = vfs.Link
		e.Name, e.Target, _ = strings.Cut(e.Name, " -> ")
	case '-':
		e.Kind = vfs.File
	default:
		e.Kind = vfs.Other
	}
	year := strconv.Itoa(time.Now().Year())
	clock := f[7]
	if !strings.Contains(clock, ":") {
		year, clock = clock, "00:00"
	}
	if t, err := time.Parse("2006 Jan 2 15:04", year+" "+f[5]+" "+f[6]+" "+clock); err == nil {
		e.ModTime, e.Prec = t, vfs.Minute
	}
	return e, true
}
