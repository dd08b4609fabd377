package session_test

import (
	"bytes"
	"fmt"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// Many small files in a row use all that is sent ahead of replies: the data
// before the 150, EPSV before the 226, SIZE and the time behind the last byte.
func TestRealServersManySmallFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of files: not in short mode")
	}
	for _, r := range ftptest.RealServers(t) {
		for _, enc := range []vfs.TLSMode{vfs.TLSOff, vfs.TLSExplicit} {
			if r.TLS != "explicit" && enc == vfs.TLSExplicit || r.TLS == "implicit" {
				continue
			}
			t.Run(fmt.Sprintf("%s %s", r, enc), func(t *testing.T) {
				t.Parallel()
				e := realEndpoint(r)
				e.TLS = enc
				s := open(t, session.Options{Endpoint: e})
				dir := workFolder(t, s)
				body := func(i int) []byte { return randomBytes(1 + i*37%4000) }
				for i := range 100 {
					path := fmt.Sprintf("%s/f%d", dir, i)
					then := vfs.Then{Size: true}
					if i%10 == 9 {
						then.Rename = path + ".new"
					}
					b := body(i)
					done, err := s.WriteThen(t.Context(), path, bytes.NewReader(b), vfs.WriteOptions{Size: int64(len(b))}, then)
					if err != nil || done.Size != int64(len(b)) {
						t.Fatalf("upload %d: %+v, %v", i, done, err)
					}
				}
				for i := range 100 {
					path := fmt.Sprintf("%s/f%d", dir, i)
					if i%10 == 9 {
						path += ".new"
					}
					got, err := read(t.Context(), s, path, vfs.ReadOptions{Size: int64(len(body(i)))})
					if err != nil || string(got) != string(body(i)) {
						t.Fatalf("download %d: %d bytes, %v", i, len(got), err)
					}
				}
				inStep(t, s)
			})
		}
	}
}
