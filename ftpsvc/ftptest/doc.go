// Package ftptest holds the servers that ferry is tried against: Script, a
// small FTP server of our own whose every reply and byte a test can bend;
// Serve, the well-behaved embedded server behind `ferry demo`; and
// RealServers, which finds the servers a test machine runs.
//
//	srv := ftptest.NewScript(t)
//	srv.Put("/pub/a.txt", []byte("hello"))
//	srv.On("SIZE", func(c *ftptest.Conn, arg string) { c.Reply(213, "7") })
//	srv.Fault(ftptest.Fault{Verb: "RETR", Nth: 1, When: ftptest.AtByte, Byte: 3, Do: ftptest.ResetData, Code: 426})
//	... dial srv.Addr() ...
//	srv.Commands() // "USER anonymous", "PASS x", ...
//
// Everything listens on loopback only. The package speaks no client side and
// imports no other package of ours.
package ftptest

import "context"

// TB is what is used of a testing.TB, so that the demo does not pull the
// testing package into the binary.
type TB interface {
	Helper()
	Cleanup(func())
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
	Logf(format string, args ...any)
}
