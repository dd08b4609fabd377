//go:build unix

package session_test

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// BenchmarkRealServers moves 512 MiB to and from vsftpd, and tells our CPU
// time beside the wall time. With FERRY_SERVERS set:
//
//	go test -run xxx -bench RealServers -benchtime 5x ./ftpsvc/session
func BenchmarkRealServers(b *testing.B) {
	const size = 512 << 20
	var server ftptest.Real
	for _, r := range ftptest.RealServers(b) {
		if r.Port == "21102" {
			server = r
		}
	}
	if server.Name == "" {
		b.Skip("no vsftpd without session reuse among the servers")
	}
	local := filepath.Join(b.TempDir(), "big")
	if _, err := os.Stat("/dev/shm"); err == nil {
		local = "/dev/shm/ferry-bench"
	}
	if err := os.WriteFile(local, make([]byte, size), 0o600); err != nil {
		b.Fatal(err)
	}
	defer os.Remove(local)
	run := func(name string, change func(*session.Options), move func(s *session.Session, f *os.File, path string) error) {
		b.Run(name, func(b *testing.B) {
			o := session.Options{Endpoint: realEndpoint(server), Password: ftptest.RealPass}
			if change != nil {
				change(&o)
			}
			s, err := session.Open(b.Context(), o)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			path := "/wire-bench"
			defer s.Remove(b.Context(), path)
			b.SetBytes(size)
			before := cpu()
			for b.Loop() {
				f, err := os.OpenFile(local, os.O_RDWR, 0)
				if err != nil {
					b.Fatal(err)
				}
				if err := move(s, f, path); err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
			b.ReportMetric((cpu()-before).Seconds()/float64(b.N)*(1<<30)/size, "cpu-s/GiB")
		})
	}
	up := func(s *session.Session, f *os.File, path string) error {
		_, err := s.Write(b.Context(), path, f, vfs.WriteOptions{Size: size})
		return err
	}
	down := func(s *session.Session, f *os.File, path string) error {
		if err := up(s, f, path); err != nil {
			return err
		}
		return s.Read(b.Context(), path, vfs.ReadOptions{Size: size}, func(r io.Reader) error {
			f.Seek(0, io.SeekStart)
			_, err := r.(io.WriterTo).WriteTo(f)
			return err
		})
	}
	secure := func(o *session.Options) { o.Endpoint.TLS = vfs.TLSExplicit }
	run("up by sendfile", nil, up)
	run("up by buffer", func(o *session.Options) { o.NoSendfile = true }, up)
	run("up and down", nil, down)
	run("up over TLS", secure, up)
}

func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
