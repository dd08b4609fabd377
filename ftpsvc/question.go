package ftpsvc

import (
	"context"
	"fmt"

	"ferry/ftpsvc/vfs"
)

// question is an Asked that waits for its Answer. Several may wait for the
// same one: the password of an account is asked for once.
type question struct {
	Question
	answers []chan Answer // each holds one
	settled func(Answer)  // in the loop, instead of channels; may be nil
}

// ask puts q to the user and waits for the answer, from any goroutine but the
// loop. A nil value means that the user declined.
func (s *Service) ask(ctx context.Context, q Question) (Answer, error) {
	ch := make(chan Answer, 1)
	s.report(func() {
		s.pose(q, ch)
		s.eng.asks(q.Conn)
	})
	select {
	case a := <-ch:
		s.report(func() { s.eng.asked(q.Conn) })
		return a, nil
	case <-ctx.Done():
		s.report(func() { s.withdraw(ch) })
		return Answer{}, ctx.Err()
	}
}

// same reports whether an answer to a is one to b.
func same(a, b Question) bool {
	pw := func(k QuestionKind) bool { return k == AskPassword || k == AskPasswordQueue }
	if pw(a.Kind) && pw(b.Kind) {
		return a.Conn == b.Conn
	}
	return a.Kind == b.Kind && a.Kind != AskConflict && a.Conn == b.Conn && a.Cert.Fingerprint == b.Cert.Fingerprint
}

// pose asks, or joins a question that is asked already. A certificate that is
// trusted once is trusted as long as this process runs. Loop only.
func (s *Service) pose(q Question, ch chan Answer) *question {
	if q.Kind == AskCertificate && s.once[q.Endpoint.HostKey()] == q.Cert.Fingerprint {
		ch <- Answer{Value: vfs.TrustOnce}
		return nil
	}
	for _, old := range s.questions {
		if ch != nil && len(old.answers) > 0 && same(old.Question, q) {
			old.answers = append(old.answers, ch)
			return old
		}
	}
	q.ID = ID(s.nextID.Add(1))
	n := &question{Question: q}
	if ch != nil {
		n.answers = []chan Answer{ch}
	}
	s.questions[q.ID] = n
	s.out.put(Asked{q})
	return n
}

// withdraw takes back one asker; the last one takes the question with it.
func (s *Service) withdraw(ch chan Answer) {
	for id, q := range s.questions {
		for i, c := range q.answers {
			if c != ch {
				continue
			}
			q.answers = append(q.answers[:i], q.answers[i+1:]...)
			if len(q.answers) == 0 {
				s.drop(id)
			}
			return
		}
	}
}

// drop forgets a question that no longer matters.
func (s *Service) drop(id ID) {
	if _, ok := s.questions[id]; ok {
		delete(s.questions, id)
		s.out.put(Withdrawn{id})
	}
}

// answer settles a question.
func (s *Service) answer(r *request, a Answer) {
	q := s.questions[a.Question]
	if q == nil {
		s.finish(r, nil, &vfs.Error{Op: "answer", Err: fmt.Errorf("%w: no such question is open", vfs.ErrUsage)})
		return
	}
	if err := q.accepts(a.Value); err != nil {
		s.finish(r, nil, err)
		return
	}
	delete(s.questions, a.Question)
	if q.Kind == AskCertificate && a.Value == vfs.TrustOnce {
		s.once[q.Endpoint.HostKey()] = q.Cert.Fingerprint
	}
	for _, ch := range q.answers {
		ch <- a
	}
	if q.settled != nil {
		q.settled(a)
	}
	s.finish(r, nil, nil)
}

// accepts checks that the value is of the type that the kind wants.
func (q *question) accepts(v any) error {
	ok := v == nil
	if !ok {
		switch q.Kind {
		case AskPassword, AskPasswordQueue, AskAccount:
			_, ok = v.(string)
		case AskCertificate:
			_, ok = v.(vfs.TrustAnswer)
		case AskClearText, AskTLSAlarm:
			_, ok = v.(bool)
		case AskConflict:
			_, ok = v.(conflict)
		}
	}
	if !ok {
		return &vfs.Error{Op: "answer", Err: fmt.Errorf("%w: a value of type %T does not answer this question", vfs.ErrUsage, v)}
	}
	return nil
}
