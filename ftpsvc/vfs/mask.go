package vfs

import "strings"

// Masked stands for a secret.
const Masked = "*****"

// MaskCommand hides the secret in an FTP command: the argument of PASS and
// ACCT, and of the SITE commands that change a password.
func MaskCommand(line string) string {
	if shown, secret := SplitSecret(line); secret != "" {
		return shown + " " + Masked
	}
	return line
}

// SplitSecret parts an FTP command into what may be shown and its secret, ""
// for none.
func SplitSecret(line string) (shown, secret string) {
	verb, rest := firstWord(line)
	switch strings.ToUpper(verb) {
	case "PASS", "ACCT", "ADAT":
		return verb, rest
	case "SITE":
		sub, rest := firstWord(rest)
		up := strings.ToUpper(sub)
		for _, part := range []string{"PASS", "PSW", "PWD", "ADDUSER"} { // CHPASS, CPWD, GPASS ...
			if strings.Contains(up, part) {
				return verb + " " + sub, rest
			}
		}
	}
	return line, ""
}

// firstWord parts a line at the first blank behind a word; one more blank may
// be of a password.
func firstWord(line string) (word, rest string) {
	line = strings.TrimLeft(line, " \t")
	end := strings.IndexAny(line, " \t")
	if end < 0 {
		return line, ""
	}
	return line[:end], line[end+1:]
}
