package pane

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Matcher returns a test for names: every name for "", names that hold the
// text whatever its case, or, where the text holds * ? or [, names that match
// it as a pattern; several patterns stand apart with semicolons.
func Matcher(pattern string) func(string) bool {
	if pattern == "" {
		return func(string) bool { return true }
	}
	if strings.ContainsAny(pattern, "*?[") {
		return globMatcher(pattern, false)
	}
	low := strings.ToLower(pattern)
	return func(name string) bool { return indexFold(name, low) >= 0 }
}

// ExactMatcher is Matcher with regard to case.
func ExactMatcher(pattern string) func(string) bool {
	if strings.ContainsAny(pattern, "*?[") {
		return globMatcher(pattern, true)
	}
	return func(name string) bool { return strings.Contains(name, pattern) }
}

func globMatcher(pattern string, exact bool) func(string) bool {
	fold := strings.ToLower
	if exact {
		fold = func(s string) string { return s }
	}
	var pats []string
	for p := range strings.SplitSeq(fold(pattern), ";") {
		if p = strings.TrimSpace(p); p != "" {
			if _, err := path.Match(p, ""); err != nil {
				p = strings.ReplaceAll(p, "[", `\[`) // an unfinished class stands for itself
			}
			pats = append(pats, p)
		}
	}
	return func(name string) bool {
		name = strings.ReplaceAll(fold(name), "/", "_")
		for _, p := range pats {
			if ok, _ := path.Match(p, name); ok {
				return true
			}
		}
		return false
	}
}

// indexFold finds low, which is in lower case, in s whatever its case.
func indexFold(s, low string) int {
	if low == "" {
		return 0
	}
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if !ascii {
		return strings.Index(strings.Map(unicode.ToLower, s), low)
	}
	for i := 0; i+len(low) <= len(s); i++ {
		j := 0
		for j < len(low) {
			c := s[i+j]
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			if c != low[j] {
				break
			}
			j++
		}
		if j == len(low) {
			return i
		}
	}
	return -1
}
