package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ferry/ftpsvc"
)

const pathSeparator = string(filepath.Separator)

// userHome is the user's home folder by the environment, "" when it does not tell.
func userHome() string {
	h, err := os.UserHomeDir() // looks at the environment only
	if err != nil {
		return ""
	}
	return h
}

func sortedConns(m map[ftpsvc.Conn]ftpsvc.ConnInfo) []ftpsvc.Conn {
	out := make([]ftpsvc.Conn, 0, len(m))
	for c := range m {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}

// one makes one line of several.
func one(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\n", "   ")), " ")
}
