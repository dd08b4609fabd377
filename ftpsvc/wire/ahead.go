package wire

import (
	"context"
	"slices"
	"time"

	"ferry/ftpsvc/vfs"
)

// afterData is called when the last byte of a transfer is through and our end
// is closed, before its final reply: the moment to ask for the next port. In
// downloads no server minds. In uploads our end is not the server's:
// only those known to finish one command before they look at the next are asked.
// That a transfer follows is guessed from one having come before.
func (t *Transport) afterData(d *Data) {
	verb := d.call.verb
	if t.quirk(QuirkNoPipeline) || d.up && !t.quirk(QuirkUploadEPSV) {
		return
	}
	lines := t.behind
	port := ""
	if t.lastData == verb && !t.quirk(QuirkNoEarlyEPSV) && !t.holdPort {
		port = t.portVerb()
	}
	behind := len(lines)
	if port != "" {
		lines = append(slices.Clip(lines), port)
	}
	if len(lines) == 0 {
		return
	}
	calls, err := t.send(simple, lines...)
	if err != nil {
		return
	}
	if behind > 0 {
		t.behindCalls = calls[:behind]
	}
	if port != "" {
		t.ready, t.readyAt = calls[behind], time.Now()
	}
}

// Eager lets the next upload send its bytes as soon as there is a connection,
// without the wait for the preliminary reply: a round trip less. It is for
// small files: what a server refuses has then been sent in vain.
func (t *Transport) Eager(on bool) { t.eager, t.turned = on, false }

// Turned reports whether the server refused the last upload at once, so that
// nothing was stored of what was sent.
func (t *Transport) Turned() bool { return t.turned }

// Behind sets the commands that follow the next transfer. Where the server
// bears it they leave with the last byte, before the final reply: of downloads
// all do that take several commands at once. hold keeps the port of the next
// transfer from being asked for at that moment.
func (t *Transport) Behind(hold bool, lines ...string) {
	t.behind, t.behindCalls, t.holdPort = lines, nil, hold
}

// BehindReplies gives the answers to the commands of Behind, and sends them
// now if that was not done. They are forgotten then.
func (t *Transport) BehindReplies(ctx context.Context) ([]vfs.Reply, error) {
	lines, calls, ahead := t.behind, t.behindCalls, !t.holdPort
	t.Behind(false)
	if len(lines) == 0 {
		return nil, nil
	}
	if calls == nil {
		return t.batch(ctx, lines, ahead)
	}
	out := make([]vfs.Reply, len(calls))
	for i, c := range calls {
		var err error
		if out[i], err = t.await(ctx, c, t.opt.Timeout); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// BehindSent is BehindReplies for what was worth no round trip of its own: nil
// when the commands did not leave with the last byte.
func (t *Transport) BehindSent(ctx context.Context) ([]vfs.Reply, error) {
	if t.behindCalls == nil {
		t.Behind(false)
		return nil, nil
	}
	return t.BehindReplies(ctx)
}

// BehindForget drops the commands of Behind; of those that have left the
// answers are waited for and returned.
func (t *Transport) BehindForget(ctx context.Context) (r []vfs.Reply) {
	if t.behindCalls != nil && t.Alive() {
		r, _ = t.BehindReplies(ctx)
	}
	t.Behind(false)
	return r
}
