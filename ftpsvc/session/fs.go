package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync/atomic"

	"github.com/jlaffaye/ftp"

	"ferry/ftpsvc/vfs"
	"ferry/ftpsvc/wire"
)

var _ vfs.FS = (*Session)(nil)

// transfer runs a data command; where no data connection could be made, again
// with the next data mode (auto only). A 425 is tried anew with a new port
// first: servers say it when theirs are used up for a moment; and so is a port
// that fails where others worked.
func (s *Session) transfer(run func() error) error {
	busy := 0
	for {
		s.t.Untouch()
		err := run()
		s.t.Reset()
		var insecure *wire.TLSError
		switch {
		case !s.t.Alive() && errors.Is(err, wire.ErrNoData):
			s.doubtMode()
			return err
		case err == nil || !s.t.Alive() || s.t.Touched():
			return err
		case errors.Is(err, wire.ErrNoData) && errors.As(err, &insecure) && insecure.Cut() && s.t.LateTLS():
			// tried again with the handshake behind the server's first reply
		case errors.As(err, &insecure):
			return err
		case errors.Is(err, wire.ErrNoData) && s.t.Worked() && busy < 1, replyIn(err).Code == 425 && busy < 2:
			busy++
		case (errors.Is(err, wire.ErrNoData) || replyIn(err).Code == 425) && s.t.NextMode():
		default:
			return err
		}
	}
}

// doubtMode takes back that a data mode works, where the server went down with
// a data connection that could not be made: the next session tries out what does.
func (s *Session) doubtMode() {
	if s.e.Data != vfs.DataAuto {
		return
	}
	mode := s.t.Mode()
	s.t.Doubt()
	s.info.Lock()
	s.data = ""
	s.info.Unlock()
	s.learn(func(l *vfs.Learned) {
		if l.Data == mode {
			l.Data = ""
		}
	})
}

// restart clears a restart point that a server may have kept from a transfer
// before: some forget it only with the next REST.
func (s *Session) restart(ctx context.Context, offset int64) error {
	kept := s.rested
	s.rested = offset > 0
	if !kept || offset > 0 {
		return nil
	}
	_, err := s.t.Exec(ctx, "REST 0")
	return err
}

// Read implements vfs.FS.
func (s *Session) Read(ctx context.Context, path string, o vfs.ReadOptions, use func(io.Reader) error) error {
	const op = "download"
	return s.do(ctx, op, path, func() error {
		if err := s.setType(ctx, o.ASCII); err != nil {
			return err
		}
		if err := s.restart(ctx, o.Offset); err != nil {
			return err
		}
		var got int64
		s.t.OnCount(counter(&got, o.Progress))
		err := s.transfer(func() error {
			s.t.Behind(false, s.dated(path, o)...)
			resp, err := s.c.RetrFrom(path, uint64(max(o.Offset, 0)))
			if err != nil {
				return s.noRestart(o.Offset, op, path, s.why(ctx, op, path, err))
			}
			return s.lend(ctx, resp, func(r io.Reader) error {
				r.(*download).name = func(err error) error { return s.fail(op, path, err) }
				return asText(o.ASCII, use)(r)
			})
		})
		if err != nil {
			s.t.BehindForget(ctx)
			return err
		}
		if s.readDate(ctx, o); o.ASCII {
			return nil
		}
		return s.wholeDownload(ctx, path, o, got)
	})
}

// ended chooses what to report of a transfer: what its user said, else what
// the connections say.
func (s *Session) ended(ctx context.Context, use, conn error) error {
	if ctx.Err() != nil && (use != nil || conn != nil) {
		return context.Cause(ctx)
	}
	var refusal *wire.ReplyError
	if use != nil && errors.As(conn, &refusal) {
		return conn
	}
	if use != nil && (conn == nil || !isReply(conn) || !errors.Is(use, wire.ErrData)) {
		return use
	}
	return conn
}

func isReply(err error) bool { return replyIn(err).Code != 0 }

// wholeDownload compares what came with what was expected; where they differ
// the server is asked again, since a listing may be old.
func (s *Session) wholeDownload(ctx context.Context, path string, o vfs.ReadOptions, got int64) error {
	if (o.Size < 0 && !s.t.Unclean()) || o.Size == o.Offset+got || (o.Size == 0 && o.Offset == 0 && !s.t.Unclean()) {
		return nil
	}
	size, err := s.c.FileSize(path)
	switch {
	case err == nil && size == o.Offset+got:
		return nil
	case err != nil && o.Size < 0:
		return joined{vfs.ErrConnLost, errors.New("the data connection was cut: it ended without TLS close_notify")}
	case err != nil:
		size = o.Size
	}
	return joined{vfs.ErrConnLost, fmt.Errorf("%w, after %d of %d bytes", vfs.ErrShort, o.Offset+got, size)}
}

// lend gives use the data connection of a transfer that has begun, and ends the transfer.
func (s *Session) lend(ctx context.Context, resp *ftp.Response, use func(io.Reader) error) error {
	d := s.t.Data()
	if err := d.Ready(); err != nil {
		resp.Close()
		return s.ended(ctx, err, nil)
	}
	r := &download{d: d}
	uerr := use(r)
	r.d = nil
	return s.ended(ctx, uerr, resp.Close())
}

// download is the reader that Read lends: dead once the transfer is over.
type download struct {
	d    *wire.Data
	name func(error) error // tells an error of the connection as one of this side; nil: as it is
}

// said is for errors of Read and WriteTo: those of the connection must not pass
// for the target's, which may have met them while it wrote.
func (r *download) said(err error) error {
	if r.name == nil || err == nil || err == io.EOF || causeOf(err) == nil {
		return err
	}
	return r.name(err)
}

var errDead = errors.New("internal error: reader used after the transfer")

func (r *download) Read(p []byte) (int, error) {
	if r.d == nil {
		return 0, errDead
	}
	n, err := r.d.Read(p)
	return n, r.said(err)
}

// WriteTo lets the kernel move the bytes where it can.
func (r *download) WriteTo(w io.Writer) (int64, error) {
	if r.d == nil {
		return 0, errDead
	}
	n, err := r.d.WriteTo(w)
	return n, r.said(err)
}

// counter adds up bytes as they go by.
func counter(sum *int64, progress *atomic.Int64) func(int64) {
	return func(n int64) {
		*sum += n
		if progress != nil {
			progress.Add(n)
		}
	}
}

// Write implements vfs.FS.
func (s *Session) Write(ctx context.Context, path string, r io.Reader, o vfs.WriteOptions) (int64, error) {
	done, err := s.WriteThen(ctx, path, r, o, vfs.Then{})
	return done.Sent, err
}

// WriteThen implements vfs.Finisher. SIZE, the time and RNFR travel with the
// last byte where the server bears it, else together behind the final reply,
// and the next EPSV with them; RNTO follows once the size is known to be right, with the next EPSV.
func (s *Session) WriteThen(ctx context.Context, path string, r io.Reader, o vfs.WriteOptions, then vfs.Then) (vfs.Stored, error) {
	done := vfs.Stored{Size: -1}
	if err := s.check("upload", then.Rename); err != nil {
		return done, err
	}
	if then.Rename != "" {
		if err := s.rooted("upload", then.Rename); err != nil {
			return done, err
		}
	}
	err := s.do(ctx, "upload", path, func() error {
		if err := s.learnTelnet(ctx, then.Rename); err != nil {
			return err
		}
		if err := s.setType(ctx, o.ASCII); err != nil {
			return err
		}
		if err := s.restart(ctx, o.Offset); err != nil {
			return err
		}
		err := s.transfer(func() error {
			count := counter(&done.Sent, o.Progress)
			s.t.OnCount(count)
			s.t.Behind(then.Rename != "", s.behind(path, then)...)
			s.t.Eager(o.Size >= 0 && o.Size <= eagerMax && o.Offset == 0 && !o.Append)
			err := s.store(path, uploadOf(r, o), o)
			if err != nil && s.t.Turned() {
				count(-done.Sent)
			}
			if ctx.Err() != nil && err != nil {
				return context.Cause(ctx)
			}
			return s.noRestart(o.Offset, "upload", path, err)
		})
		if err != nil {
			if r := s.t.BehindForget(ctx); then.Rename != "" && len(r) > 0 {
				s.renaming(path, r[len(r)-1])
			}
			return err
		}
		return s.finish(ctx, path, o, then, &done)
	})
	return done, err
}

// eagerMax is the size in bytes up to which an upload does not wait for the
// server's word to begin.
const eagerMax = 64 << 10

// behind are the commands that come behind an upload, in their order.
func (s *Session) behind(path string, then vfs.Then) []string {
	var cmds []string
	if then.Size {
		cmds = append(cmds, "SIZE "+path)
	}
	if c := s.timeCommand(path, then.ModTime); c != "" {
		cmds = append(cmds, c)
	}
	if then.Rename != "" {
		cmds = append(cmds, "RNFR "+path)
	}
	return cmds
}

// finish does what comes behind an upload.
func (s *Session) finish(ctx context.Context, path string, o vfs.WriteOptions, then vfs.Then, done *vfs.Stored) error {
	r, err := s.t.BehindReplies(ctx)
	if err != nil {
		return err
	}
	if then.Rename != "" {
		s.renaming(path, r[len(r)-1])
	}
	if then.Size {
		if n, ok := sizeIn(r[0]); ok {
			done.Size = n
			if want := o.Offset + done.Sent; n != want && !o.Append && !o.ASCII {
				return joined{vfs.ErrVerify, fmt.Errorf("%d bytes were sent, the server has %d", want, n)}
			}
		}
		r = r[1:]
	}
	if s.timeCommand(path, then.ModTime) != "" {
		done.TimeSet = r[0].Code/100 == 2 && r[0].Code != 202
		r = r[1:]
	}
	if then.Rename == "" {
		return nil
	}
	if from := r[0]; from.Code/100 != 3 {
		return refused("rename", path, from)
	}
	if then.Check != nil {
		if err := then.Check(done.Size); err != nil {
			return err
		}
	}
	to, err := s.t.PipelineAhead(ctx, "RNTO "+then.Rename)
	if err != nil {
		return err
	}
	s.halfway = ""
	if to[0].Code/100 != 2 {
		return refused("rename", then.Rename, to[0])
	}
	done.Renamed = true
	return nil
}

// noRestart notes that the server does not know REST.
func (s *Session) noRestart(off int64, op, path string, err error) error {
	r := replyIn(err)
	if off <= 0 || !unsupported(r) {
		return err
	}
	s.lacks("restart")
	return &vfs.Error{Op: op, Path: path, Reply: r, Err: vfs.ErrUnsupported}
}

func (s *Session) store(path string, r io.Reader, o vfs.WriteOptions) error {
	if o.Append {
		return s.c.Append(path, r)
	}
	return s.c.StorFrom(path, r, uint64(max(o.Offset, 0)))
}

// upload is the reader that the library gets: it hides WriterTo, so that the
// data connection's ReadFrom sees whether r fails.
type upload struct {
	r    io.Reader
	size int64 // as WriteOptions.Size
}

func (u *upload) Read(p []byte) (int, error) { return u.r.Read(p) }

// Source implements wire.Sourced.
func (u *upload) Source() (io.Reader, int64) { return u.r, u.size }

// setType switches between image and ASCII type (RFC 959 section 3.1.1); image is where a session rests.
func (s *Session) setType(ctx context.Context, ascii bool) error {
	if s.ascii == ascii {
		return nil
	}
	kind := "TYPE I"
	if ascii {
		kind = "TYPE A"
	}
	r, err := s.t.Exec(ctx, kind)
	if err != nil {
		return err
	}
	if r.Code/100 != 2 {
		return &wire.ReplyError{Reply: r}
	}
	s.ascii = ascii
	return nil
}

// Mkdir implements vfs.FS. Servers say 550 for "it is there" and for all
// else; whether one can go there tells.
func (s *Session) Mkdir(ctx context.Context, path string) error {
	return s.do(ctx, "make folder", path, func() error {
		err := s.c.MakeDir(path)
		if r := replyIn(err); r.Code/100 == 5 && !errors.Is(sentinelOf(r), fs.ErrPermission) {
			if there, cerr := s.enter(ctx, path); cerr == nil && there {
				return &vfs.Error{Op: "make folder", Path: path, Reply: r, Err: fs.ErrExist}
			}
		}
		return err
	})
}

// Rename implements vfs.FS.
func (s *Session) Rename(ctx context.Context, from, to string) error {
	if err := s.rooted("rename", to); err != nil {
		return err
	}
	if err := s.check("rename", to); err != nil {
		return err
	}
	return s.do(ctx, "rename", from, func() error {
		if err := s.learnTelnet(ctx, to); err != nil {
			return err
		}
		err := s.c.Rename(from, to)
		if err != nil && !isReply(err) { // canceled between the two
			s.halfway = from
		}
		return s.why(ctx, "rename", from, err)
	})
}

// renaming notes the answer to RNFR.
func (s *Session) renaming(from string, r vfs.Reply) {
	if r.Code/100 == 3 {
		s.halfway = from
	}
}

// endRename ends a rename that got no further than RNFR: proftpd refuses most
// commands until RNTO comes.
func (s *Session) endRename(ctx context.Context) error {
	if s.halfway == "" {
		return nil
	}
	_, err := s.t.Exec(ctx, "RNTO "+s.halfway)
	s.halfway = ""
	return err
}

// Remove implements vfs.FS.
func (s *Session) Remove(ctx context.Context, path string) error {
	return s.do(ctx, "delete", path, func() error { return s.why(ctx, "delete", path, s.c.Delete(path)) })
}

// Rmdir implements vfs.FS.
func (s *Session) Rmdir(ctx context.Context, path string) error {
	return s.do(ctx, "delete folder", path, func() error {
		// pure-ftpd hangs up on a session whose working folder is gone.
		if s.cwd != "" && s.Style().Within(path, s.cwd) {
			if _, err := s.enter(ctx, s.facts.home); err != nil {
				return err
			}
		}
		return s.why(ctx, "delete folder", path, s.c.RemoveDir(path))
	})
}

// enter makes dir the working folder and reports whether the server went
// there. Paths are sent whole, so it matters to nothing but a listing.
func (s *Session) enter(ctx context.Context, dir string) (bool, error) {
	if dir == "" || s.cwd == dir {
		return dir != "", nil
	}
	r, err := s.t.Exec(ctx, "CWD "+dir)
	if err != nil {
		return false, err
	}
	if r.Code/100 != 2 {
		return false, nil
	}
	s.cwd = dir
	return true, nil
}

// why finds out more about a refusal that says nothing ("550 Delete operation
// failed."): whether the path is there at all.
func (s *Session) why(ctx context.Context, op, path string, err error) error {
	r := replyIn(err)
	if r.Code != 550 || !errors.Is(sentinelOf(r), vfs.ErrRefused) {
		return err
	}
	answer, perr := s.t.Exec(ctx, "SIZE "+path)
	if perr != nil || answer.Code != 550 {
		return err
	}
	s.cwd = ""
	if there, perr := s.enter(ctx, path); perr == nil && !there {
		return &vfs.Error{Op: op, Path: path, Reply: r, Err: fs.ErrNotExist}
	}
	return err
}
