package session_test

import (
	"bytes"
	"fmt"
	"testing"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// Uploads over TLS 1.3 lose their end when the server's session tickets lie
// unread at the close; vsftpd and pyftpdlib show it with files of some MiB.
func TestRealServersTLS13UploadsArriveWhole(t *testing.T) {
	if testing.Short() {
		t.Skip("160 MiB to each server: not in short mode")
	}
	body := randomBytes(8 << 20)
	for _, r := range ftptest.RealServers(t) {
		if r.TLS == "none" {
			continue
		}
		t.Run(r.String(), func(t *testing.T) {
			e := realEndpoint(r)
			e.TLSMin = "1.3"
			if e.TLS == vfs.TLSOff {
				e.TLS = vfs.TLSExplicit
			}
			s := open(t, session.Options{Endpoint: e})
			dir := workFolder(t, s)
			for i := range 20 {
				path := fmt.Sprintf("%s/f%d", dir, i)
				if _, err := s.Write(t.Context(), path, bytes.NewReader(body), vfs.WriteOptions{}); err != nil {
					t.Fatalf("upload %d: %v", i, err)
				}
				if n, err := s.Size(t.Context(), path); err != nil || n != int64(len(body)) {
					t.Fatalf("upload %d: %d bytes of %d arrived, %v", i, n, len(body), err)
				}
				if err := s.Remove(t.Context(), path); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
