package wire

import (
	"net"
	"syscall"
)

// quickAck acknowledges what comes on the control connection at once. Servers
// that do not set TCP_NODELAY hold the second of two replies back until the first is
// acknowledged, for which the kernel takes up to 40 ms. The option does not last,
// so it is set after each read, which sends what acknowledgement is due.
type quickAck struct {
	*net.TCPConn
	raw syscall.RawConn
}

func quick(c net.Conn) net.Conn {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return c
	}
	return &quickAck{TCPConn: tcp, raw: raw}
}

func (q *quickAck) set() {
	q.raw.Control(func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}

func (q *quickAck) Read(p []byte) (int, error) {
	n, err := q.TCPConn.Read(p)
	q.set()
	return n, err
}
