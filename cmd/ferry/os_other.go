//go:build !windows

package main

const windows = false
