package ftptest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// BigSample is the large sample file, of BigSize bytes, which takes no room on
// disks that know sparse files.
const (
	BigSample = "big/disk-image.bin"
	BigSize   = 200 << 20
)

// sample is a file to make: name with slashes, size in bytes.
type sample struct {
	name string
	size int
}

// samples lists the sample files.
func samples() []sample {
	out := []sample{{"README.txt", 0}, {"notes with blanks.txt", 700}, {".hidden settings", 120}, {"100% of #1 \u00e9clair.txt", 333},
		{"中文/报告 二〇二六.txt", 2100}, {"中文/合同.txt", 900}, {"中文/照片/长城.jpg", 48_000},
		{"日本語/はじめに.txt", 640}, {"日本語/写真/富士山.jpg", 52_000}, {"日本語/表計算.csv", 4_200},
		{"emoji/🚢 ferry.txt", 80}, {"emoji/👩‍💻 work.txt", 81}, {"emoji/🏝️🌊.txt", 82}, {"emoji/🇯🇵 trip.txt", 83},
		{"accents/composed-\u00e9\u00e0\u00fc.txt", 60}, {"accents/combining-e\u0301a\u0300u\u0308.txt", 61}, {"accents/a\u0302\u0323\u0331 stack.txt", 62},
		{"empty.dat", 0}}
	for y := 2021; y <= 2026; y++ {
		for m := 1; m <= 12; m++ {
			out = append(out, sample{fmt.Sprintf("logs/%d/%02d/access.log", y, m), 900 + 13*m}, sample{fmt.Sprintf("logs/%d/%02d/error.log", y, m), 37 * m})
		}
	}
	for i := range 60 {
		out = append(out, sample{fmt.Sprintf("photos/2026-%02d/IMG_%04d.jpg", i/10+1, 1000+i), 8_000 + 911*i})
	}
	for _, part := range []string{"index.html", "about.html", "contact.html", "robots.txt", "css/site.css", "css/print.css", "js/app.js",
		"js/vendor/lib.js", "img/logo.svg", "img/hero.png", "blog/2026/first-post.html", "blog/2026/second-post.html"} {
		out = append(out, sample{"website/" + part, 300 + 97*len(part)})
	}
	for i := range 40 {
		out = append(out, sample{fmt.Sprintf("deep/%sleaf-%02d.txt", strings.Repeat("down/", i%8), i), 50 + i})
	}
	return out
}

const readme = `This is the demo server of ferry. All of it was made just now and goes when
the demo ends, so nothing here can be broken.

F5 copies what is marked (or the row under the cursor) to the other pane,
Space marks, Tab changes the pane, F7 makes a folder, F8 deletes, F10 quits.
`

// makeSamples fills root. Names that a disk does not bear are left out.
func makeSamples(root string) error {
	all := samples()
	start := time.Now().Truncate(time.Second)
	for i, s := range all {
		p := filepath.Join(root, filepath.FromSlash(s.name))
		data := bytes.Repeat([]byte("ferry sample "+filepath.Base(s.name)+"\n"), s.size/20+1)[:s.size]
		if s.name == "README.txt" {
			data = []byte(readme)
		}
		if err := writeSample(p, data, start.Add(-time.Duration(i*i)*17*time.Minute)); err != nil {
			if badName(err) {
				continue
			}
			return err
		}
	}
	big := filepath.Join(root, filepath.FromSlash(BigSample))
	if err := writeSample(big, []byte("ferry disk image, the rest is zeros\n"), start); err != nil {
		return err
	}
	if err := os.Truncate(big, BigSize); err != nil {
		return err
	}
	if err := os.Chtimes(big, start, start.Add(-48*time.Hour)); err != nil {
		return err
	}
	// Windows gives links only to the privileged; the demo does without.
	for link, target := range map[string]string{"latest.log": "logs/2026/12/access.log", "pictures": "photos"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil && runtime.GOOS != "windows" {
			return err
		}
	}
	return nil
}

func writeSample(p string, data []byte, mod time.Time) error {
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(p, data, 0o644); err != nil {
		return err
	}
	return os.Chtimes(p, mod, mod)
}

// badName reports an error that only says that the disk refuses the name.
func badName(err error) bool {
	return runtime.GOOS != "linux" && errors.Is(err, os.ErrInvalid) || strings.Contains(err.Error(), "illegal byte sequence")
}
