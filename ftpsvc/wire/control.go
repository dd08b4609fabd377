package wire

import (
	"bytes"
	"net"
	"strconv"
	"strings"
	"time"

	"ferry/ftpsvc/vfs"
)

// control is the library's side of the control connection. Write takes whole
// command lines, Read gives exactly one whole reply for each, so that nothing
// is ever left in the library's buffered reader.
type control struct {
	t    *Transport
	in   []byte                      // a command not yet whole
	out  []byte                      // rest of the reply that Read is giving
	todo []func() (vfs.Reply, error) // one for each reply the library will ask for
}

// Write never fails for a local reason: the library's writer would keep the error for ever.
func (c *control) Write(p []byte) (int, error) {
	c.in = append(c.in, p...)
	for {
		i := bytes.Index(c.in, []byte("\r\n"))
		if i < 0 {
			return len(p), nil
		}
		line := string(c.in[:i])
		c.in = append(c.in[:0], c.in[i+2:]...)
		c.todo = append(c.todo, c.t.command(line))
	}
}

func (c *control) Read(p []byte) (int, error) {
	if len(c.out) == 0 {
		rep, err := c.reply()
		if err != nil {
			return 0, err
		}
		c.out = format(rep)
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

func (c *control) reply() (vfs.Reply, error) {
	if len(c.todo) == 0 {
		return c.t.finish()
	}
	f := c.todo[0]
	c.todo = c.todo[1:]
	return f()
}

// reset forgets what a broken library call left behind.
func (c *control) reset() { c.in, c.out, c.todo = nil, nil, nil }

// format writes a reply as the library's reader wants it.
func format(r vfs.Reply) []byte {
	lines := r.Lines
	if len(lines) == 0 {
		lines = []string{""}
	}
	var out []byte
	for i, l := range lines {
		out = strconv.AppendInt(out, int64(r.Code), 10)
		sep := byte('-')
		if i == len(lines)-1 {
			sep = ' '
		}
		out = append(out, sep)
		from := len(out)
		out = append(out, l...)
		for k := from; k < len(out); k++ {
			if out[k] == '\r' || out[k] == '\n' {
				out[k] = ' '
			}
		}
		out = append(out, "\r\n"...)
	}
	return out
}

func (c *control) Close() error { return c.t.Close() }

func (c *control) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero} }

// RemoteAddr is always a *net.TCPAddr: the library insists on it.
func (c *control) RemoteAddr() net.Addr {
	if a, ok := c.t.raw.RemoteAddr().(*net.TCPAddr); ok {
		return a
	}
	return &net.TCPAddr{IP: net.IPv4zero}
}

// Deadlines are the transport's own business.
func (c *control) SetDeadline(time.Time) error      { return nil }
func (c *control) SetReadDeadline(time.Time) error  { return nil }
func (c *control) SetWriteDeadline(time.Time) error { return nil }

// command carries out what the library asked for and returns how its reply is got.
func (t *Transport) command(line string) func() (vfs.Reply, error) {
	if t.feign != nil {
		if rep, ok := t.feign(line); ok {
			return func() (vfs.Reply, error) { return rep, nil }
		}
	}
	if err := t.ctx.Err(); err != nil {
		return func() (vfs.Reply, error) { return vfs.Reply{}, err }
	}
	switch verb := firstWord(line); verb {
	case "EPSV", "PASV":
		return func() (vfs.Reply, error) { return t.prepareData(verb) }
	case "REST":
		// It goes out with the command that it is for.
		t.rest = line
		return func() (vfs.Reply, error) { return made(350, "restart position noted"), nil }
	case "RETR", "STOR", "APPE":
		return t.startTransfer(line)
	case "QUIT":
		return func() (vfs.Reply, error) { return made(221, "Goodbye."), nil }
	default:
		calls, err := t.send(simple, line)
		return func() (vfs.Reply, error) {
			if err != nil {
				return local(err)
			}
			rep, err := t.await(t.ctx, calls[0], t.opt.Timeout)
			return repair(verb, rep), err
		}
	}
}

// local makes a reply of an error that is not the connection's.
func local(err error) (vfs.Reply, error) { return vfs.Reply{}, err }

func made(code int, text string) vfs.Reply { return vfs.Reply{Code: code, Lines: []string{text}} }

// exact are the codes that the library insists on.
var exact = map[string]int{"CWD": 250, "CDUP": 250, "DELE": 250, "RMD": 250, "RNTO": 250, "MKD": 257,
	"PWD": 257, "TYPE": 200, "NOOP": 200, "RNFR": 350, "REST": 350, "SIZE": 213, "MDTM": 213, "MFMT": 213}

// repair gives the exact code that the library insists on where a server
// answers with another of the same meaning.
func repair(verb string, r vfs.Reply) vfs.Reply {
	want := exact[verb]
	if want != 0 && r.Code/100 == want/100 {
		r.Code = want
	}
	if verb == "SIZE" && r.Code == 213 && len(r.Lines) > 0 {
		r.Lines = []string{strings.TrimSpace(r.Lines[len(r.Lines)-1])}
	}
	return r
}
