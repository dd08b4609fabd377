package localfs

import "time"

// Changed is not known of files on Windows.
func Changed(string) time.Time { return time.Time{} }
