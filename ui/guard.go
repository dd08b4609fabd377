package ui

// unfinished reports whether b ends within an escape sequence of which more
// than the ESC has come. A lone ESC may be the key, so it is not one.
func unfinished(b []byte) bool {
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != 0x1b {
			continue
		}
		rest := b[i+1:]
		if len(rest) == 0 {
			return false
		}
		switch rest[0] {
		case '[':
			return openCSI(rest[1:])
		case 'O':
			return len(rest) == 1
		case ']', 'P', '_', '^', 'X': // ended by BEL or ST; an ST's own ESC was met first
			for _, c := range rest[1:] {
				if c == 0x07 {
					return false
				}
			}
			return true
		case '\\':
			return false
		}
		return false
	}
	return false
}

// openCSI reports whether a control sequence has no final byte yet. The old
// mouse form ESC [ M has three bytes after its final.
func openCSI(p []byte) bool {
	for i, c := range p {
		if c >= 0x40 && c <= 0x7e {
			if i == 0 && c == 'M' {
				return len(p) < 4
			}
			return i == 0 && c == '[' && len(p) == 1 // ESC [ [ A: function keys of the Linux console
		}
	}
	return true
}
