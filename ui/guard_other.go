//go:build !unix

package ui

import "os"

// noTermNeeded: the console of Windows has no TERM.
const noTermNeeded = true

// jobControl reports whether a shell can stop and continue ferry.
func jobControl() bool { return false }

var stopSignals = []os.Signal{os.Interrupt}

// guard hands the file on: this console does not cut sequences.
func guard(f *os.File) *os.File { return f }
