//go:build windows || darwin || ios

package localfs

// shown returns a name of the disk, which is Unicode here.
func shown(s string) string { return s }

// raw is shown undone. A private-use rune that stands for a server's byte is
// kept on the disk as it is, and goes back to the server as that byte.
func raw(s string) string { return s }
