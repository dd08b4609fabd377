//go:build !unix

package queue

import "os"

func here() string {
	host, _ := os.Hostname()
	return host
}

// gone is never known here; the heartbeat tells.
func gone(string, string, int) bool { return false }
