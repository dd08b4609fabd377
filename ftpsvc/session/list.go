package session

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
	"ferry/ftpsvc/wire"
)

// List implements vfs.FS.
func (s *Session) List(ctx context.Context, dir string, o vfs.ListOptions, yield func(vfs.Batch) error) (vfs.ListInfo, error) {
	info := vfs.ListInfo{Dir: dir, Taken: time.Now()}
	err := s.do(ctx, "list", dir, func() error {
		if err := s.setType(ctx, false); err != nil {
			return err
		}
		return s.transfer(func() error { return s.list(ctx, dir, &info, yield) })
	})
	return info, err
}

func (s *Session) list(ctx context.Context, dir string, info *vfs.ListInfo, yield func(vfs.Batch) error) error {
	info.Command = "LIST -a"
	if s.facts.mlst {
		info.Command = "MLSD"
	}
	s.t.OnCount(nil)
	s.t.NextData(info.Command + " " + dir)
	resp, err := s.c.Retr("listing")
	if err != nil {
		if s.emptyFolder(replyIn(err)) {
			return nil
		}
		return s.why(ctx, "list", dir, err)
	}
	return s.lend(ctx, resp, func(r io.Reader) error { return s.parse(r, info, yield) })
}

// emptyFolder reports refusals by which servers tell that a folder holds nothing.
func (s *Session) emptyFolder(r vfs.Reply) bool {
	if r.Code != 450 && r.Code != 550 && r.Code != 226 {
		return false
	}
	return has(strings.ToLower(strings.Join(r.Lines, " ")), "no files found", "no data sets found", "no members found", "directory empty", "empty directory")
}

// Stat implements vfs.FS: by MLST where offered, else by looking into the folder that holds path.
func (s *Session) Stat(ctx context.Context, path string) (vfs.Entry, error) {
	style := s.Style()
	path = style.Clean(path)
	if style.IsRoot(path) {
		return vfs.Entry{Name: style.Base(path), Kind: vfs.Dir, Size: -1}, nil
	}
	var found *vfs.Entry
	base := style.Base(path)
	_, err := s.List(ctx, style.Dir(path), vfs.ListOptions{}, func(b vfs.Batch) error {
		for i := range b.Len() {
			if e := b.At(i); e.Name == base && found == nil {
				found = &e
			}
		}
		return nil
	})
	var ve *vfs.Error
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		if errors.As(err, &ve) {
			ve.Op, ve.Path = "look up", path
		}
		return vfs.Entry{}, err
	}
	if found == nil {
		return vfs.Entry{}, &vfs.Error{Op: "look up", Path: path, Err: fs.ErrNotExist}
	}
	return *found, nil
}

// notQuotable tells why a raw command is refused, "" when it is not.
func notQuotable(line string) string {
	if err := checkPath(line); err != nil {
		return "it holds CR, LF or NUL"
	}
	verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch strings.ToUpper(verb) {
	case "":
		return "it is empty"
	case "RETR", "STOR", "STOU", "APPE", "LIST", "NLST", "MLSD", "PASV", "EPSV", "SPSV", "CPSV", "LPSV", "PORT", "EPRT", "LPRT":
		return "it needs a data connection"
	case "AUTH", "CCC", "PROT", "PBSZ", "REIN", "QUIT", "USER", "PASS", "TYPE", "MODE", "STRU", "REST":
		return "it would change the connection behind ferry's back"
	}
	return ""
}

var _ = wire.Mask
