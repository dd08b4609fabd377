package listing

import (
	"bufio"
	"bytes"
	"time"

	"github.com/jlaffaye/ftp"
)

// libraryParse is the loop of the library's ServerConn.List, without the
// connection.
func libraryParse(data []byte, now time.Time, parse func(string, time.Time, *time.Location) (*ftp.Entry, error)) (entries []*ftp.Entry) {
	sc := bufio.NewScanner(bytes.NewReader(data))
	for sc.Scan() {
		if e, err := parse(sc.Text(), now, time.UTC); err == nil {
			entries = append(entries, e)
		}
	}
	return entries
}
