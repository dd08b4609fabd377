//go:build unix

package main

import (
	"os"
	"strings"
	"unsafe"
)

// hideArgs overwrites a password in the process's own arguments, which other
// users can read (ps). They could until now: hence the warning all the same.
// Go's os.Args point into that memory; arg is copied before, as is the password.
func hideArgs(password, arg string) {
	if password == "" {
		return
	}
	for i, a := range os.Args {
		if a != arg || i == 0 {
			continue
		}
		at := strings.Index(a, "://")
		end := strings.LastIndexByte(a, '@')
		colon := strings.IndexByte(a[at+3:], ':')
		if at < 0 || colon < 0 || end < at+3+colon {
			continue
		}
		b := unsafe.Slice(unsafe.StringData(a), len(a))
		for j := at + 3 + colon + 1; j < end; j++ {
			b[j] = '*'
		}
	}
}
