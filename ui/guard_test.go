package ui

import "testing"

func TestUnfinishedSequencesAreHeldBack(t *testing.T) {
	for in, want := range map[string]bool{
		"":                     false,
		"abc":                  false,
		"\x1b":                 false, // may be the Esc key
		"\x1b[":                true,
		"\x1b[<65;57":          true,
		"\x1b[<65;57;10M":      false,
		"x\x1b[1;5":            true,
		"\x1b[A":               false,
		"\x1bO":                true,
		"\x1bOP":               false,
		"\x1b[M":               true, // the old mouse form has three more bytes
		"\x1b[M !!":            false,
		"\x1b[[":               true, // Linux console F1
		"\x1b[[A":              false,
		"\x1b]11;rgb:00/00":    true,
		"\x1b]11;rgb:0\x07":    false,
		"\x1b]11;rgb:0\x1b\\":  false,
		"\x1bP1$r":             true,
		"\x1bx":                false, // Alt+x
		"\x1b[200~pasted text": false,
		"\x1b[A\x1b[<0;1":      true,
	} {
		if got := unfinished([]byte(in)); got != want {
			t.Errorf("unfinished(%q) = %v", in, got)
		}
	}
}
