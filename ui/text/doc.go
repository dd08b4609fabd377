// Package text turns values into what may be drawn: names made safe, sizes,
// rates, times, and strings cut or padded to columns. It owns no state and
// does no I/O; all its functions may be called from any goroutine.
//
// Every string that came from a disk, a server or the clipboard passes Display
// before it reaches a frame, the window title or the log on the screen.
package text
