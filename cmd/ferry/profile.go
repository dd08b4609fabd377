package main

import (
	"errors"
	"os"
	"runtime/pprof"
)

// profiled runs f and writes where its CPU time went to a file, for
// `go tool pprof`; an empty path only runs f.
func profiled(path string, f func() error) (err error) {
	if path == "" {
		return f()
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}
