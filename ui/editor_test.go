package ui

import (
	"errors"
	"runtime"
	"slices"
	"testing"

	"ferry/config"
)

func TestAnEditorIsFoundWhereNoneIsNamed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is one only")
	}
	for _, c := range []struct {
		there []string
		want  []string
	}{{[]string{"vi", "nano"}, []string{"nano"}}, {[]string{"vi"}, []string{"vi"}}, {[]string{"vi", "editor", "sensible-editor"}, []string{"sensible-editor"}}, {nil, nil}} {
		got := plainEditor(func(file string) (string, error) {
			if slices.Contains(c.there, file) {
				return "/bin/" + file, nil
			}
			return "", errors.New("not there")
		})
		if !slices.Equal(got, c.want) {
			t.Errorf("of %v: %v", c.there, got)
		}
	}
}

// fileless is settings of which no file is there yet.
type fileless struct{ Settings }

func (fileless) File() string             { return "/home/me/ferry.toml" }
func (fileless) Locate([]*config.Problem) {}

func TestTheSettingsClaimNoFileThatIsNotThere(t *testing.T) {
	t.Setenv("VISUAL", "")
	t.Setenv("EDITOR", "")
	r := online(t, 120, 36, func(o *Options) { o.Settings = fileless{} })
	r.keys("g", ",").see("/home/me/ferry.toml", "Where it is missing it is made", "No editor is known").gone("It names every setting").keys("esc")
	r.m.plainEditor = []string{"nano"}
	r.keys("g", ",").see("Where it is missing it is made", "Edit it with nano?").keys("esc")
	t.Setenv("EDITOR", "mine -w")
	r.keys("g", ",").see("Edit it with mine?")
}
