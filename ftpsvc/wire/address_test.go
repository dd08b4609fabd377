package wire

import "testing"

func TestHostile17EPSVReplies(t *testing.T) {
	for text, want := range map[string]int{
		"Entering Extended Passive Mode (|||6446|)": 6446,
		"Entering Extended Passive Mode (!!!6446!)": 6446,
		"mode (|1|132.235.1.2|6275|)":               6275,
		"Entering Extended Passive Mode |||6446|":   6446,
		"mode (||| 6446 |)":                         6446,
		"mode (|||0|)":                              0,
		"mode (|||65536|)":                          0,
		"mode (|||-5|)":                             0,
		"mode (|||99999999999999999999|)":           0,
		"mode (|||abc|)":                            0,
		"mode (|||)":                                0,
		"mode ()":                                   0,
		"(":                                         0,
		"":                                          0,
		"|||":                                       0,
		"Entering Passive Mode (127,0,0,1,4,5)":     0,
		"mode (66666446666)":                        0,
		"\xff\xff\xff1\xff (\xff\xff\xff21\xff)":    0,
		"Entering Extended Passive Mode (|||6446|) (|||1|) ": 6446,
	} {
		got, err := parseEPSV(text)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
}

func TestHostile17PASVReplies(t *testing.T) {
	for text, want := range map[string]string{
		"Entering Passive Mode (127,0,0,1,4,5).":           "127.0.0.1 1029",
		"Entering Passive Mode 127,0,0,1,4,5":              "127.0.0.1 1029",
		"Entering Passive Mode. 10, 0, 0, 1, 4, 5":         "10.0.0.1 1029",
		"=127,0,0,1,4,5":                                   "127.0.0.1 1029",
		"Entering Passive Mode (256,0,0,1,4,5)":            "",
		"Entering Passive Mode (127,0,0,1,4,256)":          "",
		"Entering Passive Mode (127,0,0,1,0,0)":            "",
		"Entering Passive Mode (-1,0,0,1,4,5)":             "",
		"Entering Passive Mode (127,0,0,1,4)":              "",
		"Entering Passive Mode (127,0,0,1,4,5,6)":          "",
		"Entering Passive Mode (127,0,0,1,4,)":             "",
		"Entering Passive Mode":                            "",
		"12345678901234567890,0,0,1,4,5":                   "",
		"port 21: Entering Passive Mode (127,0,0,1,1,255)": "127.0.0.1 511",
	} {
		ip, port, err := parsePASV(text)
		got := ""
		if err == nil {
			got = ip.String() + " " + itoa(port)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}
