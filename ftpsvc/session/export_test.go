package session

import "time"

// GreetsWithin sets how long a server may take to greet before it is tried
// whether it waits for TLS.
func GreetsWithin(d time.Duration) (restore func()) {
	was := firstSilence
	firstSilence = d
	return func() { firstSilence = was }
}
