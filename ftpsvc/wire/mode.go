package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ferry/ftpsvc/vfs"
)

// prepareData makes a data connection ready and tells the library a port,
// whatever the real command was. A refusal is told as it is.
func (t *Transport) prepareData(verb string) (vfs.Reply, error) {
	if verb == "PASV" && (t.refused.Code != 0 || t.noWay != nil) {
		// The library tries PASV after a failed EPSV. All was tried already.
		r, err := t.refused, t.noWay
		t.refused, t.noWay = vfs.Reply{}, nil
		return r, err
	}
	d, rep, err := t.openData()
	if d == nil {
		if verb == "EPSV" {
			t.refused, t.noWay = rep, err
		}
		return rep, err
	}
	t.refused, t.noWay = vfs.Reply{}, nil
	t.mu.Lock()
	old := t.data
	t.data = d
	t.mu.Unlock()
	if old != nil {
		old.drop()
	}
	if verb == "PASV" {
		return made(227, "Entering Passive Mode (127,0,0,1,0,9)."), nil
	}
	return made(229, "Entering Extended Passive Mode (|||9|)"), nil
}

// openData tries the modes that are allowed, in their order, and keeps to
// the one that the server accepted. What it returns without a connection is
// the last refusal, or the error.
func (t *Transport) openData() (*Data, vfs.Reply, error) {
	var last vfs.Reply
	var failed error
	for _, m := range t.modes() {
		d, rep, err := t.openMode(m)
		switch {
		case d != nil:
			t.mode = m
			return d, rep, nil
		case errors.Is(err, ErrNoData) && t.opt.Mode == vfs.DataAuto:
			t.deadPort(m)
		case err != nil && (!errors.Is(err, ErrNoMode) || t.opt.Mode != vfs.DataAuto):
			return nil, vfs.Reply{}, err
		}
		if last, failed = rep, err; err != nil {
			t.detail("data connections: %s: %v", m, err)
		}
		if rep.Code/100 == 4 { // busy, not unknown: another mode will not help
			break
		}
		t.giveUpMode(m)
	}
	if t.opt.Mode == vfs.DataAuto && len(t.modes()) <= 1 {
		t.mode, t.gaveUp = vfs.DataAuto, nil // a later transfer may find a way
	}
	if failed != nil {
		failed = &noModeLeft{failed}
	}
	return nil, last, failed
}

// noModeLeft tells that every data mode failed: it is no ErrNoData, after
// which another one would be tried.
type noModeLeft struct{ last error }

func (e *noModeLeft) Error() string { return "every data mode failed; the last: " + e.last.Error() }
func (e *noModeLeft) Unwrap() error { return ErrData }

// modes are the data modes to try: the one in use, then those that were not given up.
func (t *Transport) modes() []vfs.DataMode {
	if t.opt.Mode != vfs.DataAuto {
		return []vfs.DataMode{t.opt.Mode}
	}
	all := []vfs.DataMode{vfs.DataEPSV, vfs.DataPASV, vfs.DataEPRT, vfs.DataPORT}
	if t.quirk(QuirkDeadEPSV) && (t.peer == nil || t.peer.To4() != nil) {
		all[0], all[1] = all[1], all[0]
	}
	if t.opt.DataHost != "" { // behind a proxy nobody can reach us
		all = all[:2]
	}
	out := make([]vfs.DataMode, 0, len(all))
	if slices.Contains(all, t.mode) {
		out = append(out, t.mode)
	}
	for _, m := range all {
		if m != t.mode && !t.gaveUp[m] {
			out = append(out, m)
		}
	}
	return out
}

// deadPort notes that a port told in reply to EPSV cannot be reached, so that
// auto begins with PASV next time. The way back is that PASV fails.
func (t *Transport) deadPort(m vfs.DataMode) {
	if m == vfs.DataEPSV {
		t.SetQuirk(QuirkDeadEPSV)
	}
}

func (t *Transport) giveUpMode(m vfs.DataMode) {
	if t.gaveUp == nil {
		t.gaveUp = map[vfs.DataMode]bool{}
	}
	t.gaveUp[m] = true
}

// NextMode makes auto go on to the next data mode, after the data connection
// of the present one could not be made. It reports whether there is one that
// was not tried; if not, all may be tried again by a later transfer.
func (t *Transport) NextMode() bool {
	l := t.modes()
	if t.opt.Mode != vfs.DataAuto || len(l) == 0 {
		return false
	}
	t.deadPort(l[0])
	t.giveUpMode(l[0])
	t.ready = nil
	if len(l) < 2 {
		t.mode, t.gaveUp = vfs.DataAuto, nil
		return false
	}
	t.mode = l[1]
	t.detail("data connections: %s failed, now trying %s", l[0], l[1])
	return true
}

// StartMode makes auto begin with what worked before.
func (t *Transport) StartMode(m vfs.DataMode) { t.mode, t.proven = m, m }

// Worked reports whether a transfer came to its end in the present data mode.
func (t *Transport) Worked() bool { return t.worked == t.mode }

// Doubt notes that a port of the present mode, which had worked before, could
// not be reached.
func (t *Transport) Doubt() {
	t.deadPort(t.mode)
	t.worked, t.proven = "", ""
}

// patience is how long a passive port may take to answer, where another mode
// is there to be tried: a firewall may drop the packets without a word.
const patience = 8 * time.Second

func (t *Transport) dialLimit() time.Duration {
	if t.opt.Mode == vfs.DataAuto && t.worked == "" {
		return min(t.opt.Timeout, patience+4*t.rtt)
	}
	return t.opt.Timeout
}

func (t *Transport) openMode(m vfs.DataMode) (*Data, vfs.Reply, error) {
	switch m {
	case vfs.DataPASV:
		return t.passive("PASV")
	case vfs.DataEPRT, vfs.DataPORT:
		return t.active(m)
	}
	return t.passive("EPSV")
}

// passive asks for a port, unless that was done ahead, and begins to connect.
func (t *Transport) passive(verb string) (*Data, vfs.Reply, error) {
	rep, err := t.askPort(verb)
	if err != nil {
		return nil, rep, err
	}
	if rep.Code/100 != 2 {
		return nil, rep, nil
	}
	addr, err := t.passiveAddr(verb, rep)
	if err != nil && rep.Code != 227 && rep.Code != 229 { // the reply to another command?
		if err := t.Settle(t.ctx); err != nil {
			return nil, vfs.Reply{}, err
		}
		if rep, err = t.Exec(t.ctx, verb); err != nil || rep.Code/100 != 2 {
			return nil, rep, err
		}
		addr, err = t.passiveAddr(verb, rep)
	}
	if err != nil {
		return nil, vfs.Reply{}, fmt.Errorf("%w: %w", ErrNoData, err)
	}
	d := newData(t)
	d.connect(addr)
	if m := modeOf(verb); t.opt.Mode == vfs.DataAuto && t.proven != m && t.worked != m {
		if err := t.awaitLink(d); err != nil {
			d.drop()
			return nil, vfs.Reply{}, err
		}
	}
	return d, rep, nil
}

func modeOf(verb string) vfs.DataMode {
	if verb == "PASV" {
		return vfs.DataPASV
	}
	return vfs.DataEPSV
}

// awaitLink waits until a data connection is made, in a mode of which it is not
// known that it works. Were the transfer's command on its way already, most
// servers would wait for a connection that cannot come about, and read no
// command meanwhile: the control connection would be lost with it.
func (t *Transport) awaitLink(d *Data) error {
	select {
	case <-d.linked:
		return nil
	case <-d.failed:
		return fmt.Errorf("%w: %w", ErrNoData, d.cause())
	case <-t.ctx.Done():
		return context.Cause(t.ctx)
	case <-t.dead:
		return t.Err()
	}
}

// askPort sends EPSV or PASV, or takes the reply to one that was sent ahead. A
// server that refused it at that moment is not asked ahead again.
func (t *Transport) askPort(verb string) (vfs.Reply, error) {
	c := t.ready
	t.ready = nil
	if c != nil && c.verb == verb && time.Since(t.readyAt) < readyFor {
		rep, err := t.await(t.ctx, c, t.opt.Timeout)
		if err != nil || rep.Code/100 == 2 {
			return rep, err
		}
		if rep, err = t.Exec(t.ctx, verb); err == nil && rep.Code/100 == 2 {
			t.SetQuirk(QuirkNoEarlyEPSV)
		}
		return rep, err
	}
	return t.Exec(t.ctx, verb)
}

// readyFor is how long a passive port asked for ahead is trusted to stay open.
const readyFor = 10 * time.Second

// portVerb is the command that asks for the next port, "" when there is one
// already, or none is needed.
func (t *Transport) portVerb() string {
	if t.ready != nil && time.Since(t.readyAt) < readyFor {
		return ""
	}
	return t.passiveVerb()
}

// passiveVerb is the command that the next transfer will need, "" in active mode.
func (t *Transport) passiveVerb() string {
	switch t.modes()[0] {
	case vfs.DataEPSV:
		return "EPSV"
	case vfs.DataPASV:
		return "PASV"
	}
	return ""
}

var errPort = errors.New("no usable port in the reply")
