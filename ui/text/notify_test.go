package text

import "testing"

func TestNotify(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"TERM", "xterm-256color", "\x1b]9;ferry: a; b\a"},
		{"TERM", "rxvt-unicode-256color", "\x1b]777;notify;ferry;a, b\a"},
		{"VTE_VERSION", "7600", "\x1b]777;notify;ferry;a, b\a"},
	} {
		got := Notify("a; b", func(name string) string {
			if name == c.name {
				return c.value
			}
			return ""
		})
		if got != c.want {
			t.Errorf("%s=%s: %q, want %q", c.name, c.value, got, c.want)
		}
	}
}
