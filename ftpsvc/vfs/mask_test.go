package vfs

import "testing"

func TestMaskCommandHidesSecrets(t *testing.T) {
	for in, want := range map[string]string{
		"SITE CHPASS x": "SITE CHPASS *****", "site setpwd a b": "site setpwd *****",
		"PASS secret":                "PASS *****",
		"pass secret with blanks":    "pass *****",
		"  PASS secret":              "PASS *****",
		"ACCT secret":                "ACCT *****",
		"SITE PSWD old new":          "SITE PSWD *****",
		"site  cpwd new":             "site cpwd *****",
		"SITE CHMOD 644 PASS secret": "SITE CHMOD 644 PASS secret",
		"USER me":                    "USER me",
		"PASS":                       "PASS",
		"PASS\tsecret":               "PASS *****",
		"SITE PSWD\told":             "SITE PSWD *****",
		"RETR PASS secret":           "RETR PASS secret",
	} {
		if got := MaskCommand(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
