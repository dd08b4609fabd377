package text

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Notify is what makes the terminal show a desktop notification: OSC 777 in
// those of VTE and urxvt, which know no other, OSC 9 elsewhere. getenv is os.Getenv.
func Notify(body string, getenv func(string) string) string {
	body = DisplayASCII(body)
	if getenv("VTE_VERSION") == "" && !strings.HasPrefix(getenv("TERM"), "rxvt") {
		return ansi.Notify("ferry: " + body)
	}
	return "\x1b]777;notify;ferry;" + strings.ReplaceAll(body, ";", ",") + "\a"
}
