package ftpsvc

import (
	"context"
	"errors"
	"fmt"

	"ferry/ftpsvc/vfs"
)

// request is one Submit on its way. It is owned by the loop; its ctx goes to
// whatever works for it.
type request struct {
	id       ID
	body     Request
	ctx      context.Context
	cancel   context.CancelFunc
	canceled bool
	keep     bool // canceled, and what is not finished is paused
	ended    bool
	onCancel func() // in the loop, when nothing watches ctx; may be nil
}

// cancelNow asks the work to end. The request ends when it did.
func (r *request) cancelNow() {
	if r.ended || r.canceled {
		return
	}
	r.canceled = true
	r.cancel()
	if r.onCancel != nil {
		r.onCancel()
	}
}

// finish ends r, once: further calls do nothing.
func (s *Service) finish(r *request, value any, err error) {
	if r.ended {
		return
	}
	r.ended = true
	r.cancel()
	delete(s.requests, r.id)
	switch {
	case err == nil:
		s.out.put(Done{r.id, value})
	case r.canceled || errors.Is(err, context.Canceled):
		s.out.put(Canceled{r.id})
	default:
		s.out.put(Failed{r.id, err})
	}
}

// begin takes a request up. Every branch leads to exactly one finish.
func (s *Service) begin(id ID, body Request) {
	r := &request{id: id, body: body}
	r.ctx, r.cancel = context.WithCancel(s.ctx)
	s.requests[id] = r
	switch b := body.(type) {
	case Connect:
		s.connect(r, b)
	case Disconnect:
		s.disconnect(r, b.Conn)
	case Reconnect:
		s.reconnect(r, b.Conn)
	case Configure:
		s.configure(r, b)
	case Watch:
		s.follow(r, b)
	case Copy:
		s.eng.copy(r, b)
	case Control:
		s.eng.control(r, b)
	case QueuePage:
		s.eng.page(r, b)
	case Limit:
		s.setLimit(r, b)
	case Answer:
		s.answer(r, b)
	case Cancel:
		if q := s.requests[b.ID]; q != nil {
			q.keep = b.Keep
			q.cancelNow()
		}
		s.finish(r, nil, nil)
	default:
		s.beginOnLane(r, body)
	}
}

// beginOnLane takes up what runs on a side's browsing connection.
func (s *Service) beginOnLane(r *request, body Request) {
	switch b := body.(type) {
	case List:
		s.list(r, b)
	case Stat:
		s.stat(r, b)
	case Mkdir:
		s.mkdir(r, b)
	case MakeFile:
		s.makeFile(r, b)
	case Rename:
		s.rename(r, b)
	case Delete:
		s.delete(r, b)
	case Chmod:
		s.chmod(r, b)
	case SetTime:
		s.setTime(r, b)
	case Symlink:
		s.symlink(r, b)
	case Measure:
		s.measure(r, b)
	case Space:
		s.space(r, b)
	case Read:
		s.read(r, b)
	case Quote:
		s.quote(r, b)
	case CharsetPreview:
		s.charsetPreview(r, b)
	default:
		s.finish(r, nil, &vfs.Error{Op: "submit", Err: fmt.Errorf("%w: unknown request %T", vfs.ErrUsage, body)})
	}
}

// setLimit changes rates, also of what is running.
func (s *Service) setLimit(r *request, b Limit) {
	if b.Down < 0 || b.Up < 0 {
		s.finish(r, nil, &vfs.Error{Op: "limit", Err: fmt.Errorf("%w: a rate is 0 or more bytes a second", vfs.ErrUsage)})
		return
	}
	l := s.limit
	if b.Conn != Local {
		l = s.limitOf(b.Conn)
		e := s.endpoint(b.Conn)
		e.RateDown, e.RateUp = b.Down, b.Up
		s.known[b.Conn] = e
		if a := s.accounts[b.Conn]; a != nil {
			a.ep.RateDown, a.ep.RateUp = b.Down, b.Up
			a.info.Endpoint.RateDown, a.info.Endpoint.RateUp = b.Down, b.Up
			a.tell()
		}
	}
	l[0].set(b.Down)
	l[1].set(b.Up)
	s.eng.dirty()
	s.finish(r, nil, nil)
}

// limitOf returns the buckets of an account, made when missing.
func (s *Service) limitOf(c Conn) [2]*bucket {
	l, ok := s.limits[c]
	if !ok {
		e := s.known[c]
		l = [2]*bucket{newBucket(e.RateDown), newBucket(e.RateUp)}
		s.limits[c] = l
	}
	return l
}
