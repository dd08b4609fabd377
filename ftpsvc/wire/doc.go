// Package wire is the transport under github.com/jlaffaye/ftp: it hands the
// library every connection through ftp.DialWithDialFunc and does below it what
// the library does not: TLS, passive and active mode with fall-back, charsets,
// trace, deadlines, aborting, limits, and commands sent before the replies of
// earlier ones are in.
//
//	library  --EPSV, RETR a-->  control  --EPSV/PASV/EPRT/PORT, RETR a-->  server
//	library  <--229, 150, 226-- control  <--replies, one reader goroutine-- server
//	library  <-----bytes------  dataConn <--TCP or TLS-------------------   server
//
// The library always believes that it talks plain passive FTP in UTF-8. Each
// command that goes out is a call; replies are given to calls in order, by
// the reader goroutine, so that nothing falls out of step when the wait for a
// reply is given up. A Transport is used by one goroutine at a time, except
// for Close, Interrupt and the getters.
package wire
