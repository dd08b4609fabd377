package ftptest

import (
	"path"
	"sync"
	"time"
)

// Phase is when a fault strikes.
type Phase uint8

const (
	Before     Phase = iota // in place of the command's first reply
	AtByte                  // after the preliminary reply, when Byte bytes went over the data connection
	Final                   // all bytes went by; in place of the final reply
	AfterFinal              // after the final reply
)

// Action is what a fault does to the connections.
type Action uint8

const (
	CloseData    Action = iota // close the data connection in order, then reply with Code
	ResetData                  // reset it, then reply with Code
	CloseControl               // close the data connection in order and the control connection with it
	ResetControl               // reset both
	Stall                      // send and read nothing more until the client hangs up
	Dribble                    // go on, one byte each Every
	Pause                      // close Reached, wait for Go, go on
)

// Fault is one thing that goes wrong. The zero Do only gives a wrong reply.
type Fault struct {
	Verb string // of the command, "GREETING" for a new connection
	Name string // only where the argument's last element is this; "" for any
	Nth  int    // only the nth time after the fault was set, from 1; 0: each time
	When Phase
	Byte int64 // for AtByte, counted over the data connection from 0
	Do   Action
	Code int    // reply sent instead; 0: none. 421 hangs up
	Text string // of the reply; "": "scripted fault"

	Every   time.Duration // for Dribble; 0: a millisecond
	Reached chan struct{} // for Pause: closed when the fault strikes; may be nil
	Go      chan struct{} // for Pause

}

// fault is one that is set, with what came of it.
type fault struct {
	Fault
	seen int
	once sync.Once
}

func (f *fault) text() string {
	if f.Text == "" {
		return "scripted fault"
	}
	return f.Text
}

// Fault adds a fault. Of those that fit a command the first one set strikes.
func (s *Script) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &fault{Fault: f})
}

// ClearFaults takes all faults away.
func (s *Script) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault returns the fault that strikes this command, nil for none.
func (s *Script) fault(verb, arg string) *fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var hit *fault
	for _, f := range s.faults {
		if f.Verb != verb || (f.Name != "" && f.Name != path.Base(arg)) {
			continue
		}
		f.seen++
		if hit == nil && (f.Nth == 0 || f.Nth == f.seen) {
			hit = f
		}
	}
	return hit
}

// strike carries f out on c. It reports whether the command goes on.
func (c *Conn) strike(f *fault) bool {
	switch f.Do {
	case CloseControl:
		c.CloseData()
		c.Close()
		return false
	case ResetControl:
		c.resetData()
		c.Reset()
		return false
	case Stall:
		c.Stall()
		return false
	case Dribble:
		c.dribble = max(f.Every, time.Millisecond)
		return true
	case Pause:
		f.once.Do(func() {
			if f.Reached != nil {
				close(f.Reached)
			}
		})
		c.wait(f.Go)
		return true
	case ResetData:
		c.resetData()
	default:
		c.CloseData()
	}
	if f.Code != 0 {
		c.Reply(f.Code, f.text())
	}
	return false
}
