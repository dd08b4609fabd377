package ftpsvc

import (
	"fmt"
	"strings"
)

// tally counts what became no item, and what items that ended as skipped were.
type tally struct {
	skipped       int64 // that became no item
	links, others int64 // skipped for being a link, or neither file nor folder: FIFOs, devices
	lost          int64 // left out though it was wanted
}

func (r *JobResult) add(t tally) {
	r.Skipped += t.skipped
	r.Links += t.links
	r.Others += t.others
	r.Lost += t.lost
}

// passedOver says what was not copied for what it is, "" when there was nothing.
func (r *JobResult) passedOver() string {
	var parts []string
	if r.Links > 0 {
		parts = append(parts, plural(r.Links, "link", "links"))
	}
	if r.Others > 0 {
		parts = append(parts, plural(r.Others, "special file", "special files"))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, " and ") + " skipped"
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
