package uitest

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

func TestAPictureIsWellFormedAndHoldsTheText(t *testing.T) {
	em := newDisplay(40, 4)
	defer em.close()
	_, _ = em.Write([]byte("┏━ <a> & \"b\" ━┓\r\n\x1b[1;31m写真\x1b[7mreversed\x1b[m █▌░ ▁▃█\r\n\x1b[38;2;1;2;3mrgb\x1b[38;5;200mindexed"))
	term := &Term{em: em, w: 40, h: 4, shown: true}
	svg := term.Screen().SVG("a & b")
	d := xml.NewDecoder(strings.NewReader(svg))
	text := ""
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		if c, ok := tok.(xml.CharData); ok {
			text += string(c)
		}
	}
	for _, want := range []string{`<a> & "b"`, "写", "reversed", "rgb", "indexed"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the picture", want)
		}
	}
	if !strings.Contains(svg, "#010203") || strings.Contains(text, "█") || strings.Contains(text, "━") {
		t.Errorf("colours or signs are wrong:\n%s", svg)
	}
}
